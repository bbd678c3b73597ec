from __future__ import annotations

from pathlib import Path

import pytest

from parvis_geolocation.entries import Filters
from parvis_geolocation.places import Places
from parvis_geolocation.postal.postal import Postal
from parvis_geolocation.search.query import Point
from parvis_geolocation.search.search import Search
from parvis_geolocation.storage.store import open_store


class Opened:
    """A search over the extract, that tells names and areas instead of numbers."""

    def __init__(self, store: Path, with_postal: bool = True) -> None:
        self.places = open_store(store, Places)
        postal = open_store(store / "postal", lambda part: Postal(part, self.places)) if with_postal else None
        self.search = open_store(store, lambda generation: Search(generation, self.places, lambda: postal))

    def found(self, text: str, filters: Filters | None = None, bias: tuple[float, float] | None = None) -> list[str]:
        return [self._told(what) for what, _ in self.search.find(text, filters, bias)]

    def completed(
        self, text: str, filters: Filters | None = None, bias: tuple[float, float] | None = None
    ) -> list[str]:
        return [self._told(what) for what, _ in self.search.complete(text, filters, bias)]

    def first(self, text: str, filters: Filters | None = None, bias: tuple[float, float] | None = None) -> str:
        return self.found(text, filters, bias)[0]

    def match(self, text: str) -> str:
        return self.search.find(text)[0][1]

    def area(self, code: str) -> int:
        return next(number for number in range(500) if self.places.country_code(number) == code)

    def _told(self, what: object) -> str:
        if isinstance(what, int):
            fields = self.places.fields(what)
            within = [fields["admin1"], fields["country_code"]] if fields["kind"] != "country" else ["country"]
            return " | ".join(str(part) for part in [fields["name"], *within] if part)
        return f"{what.name} | {what.country_code} | {what.kind}"  # type: ignore[attr-defined]


@pytest.fixture(scope="module")
def opened(store: Path) -> Opened:
    return Opened(store)


PARIS = "Paris | Île-de-France | FR"


@pytest.mark.parametrize(
    "text",
    ["Paris", "PARIS", "  paris ", "パリ", "Париж", "巴黎", "باريس", "Lutetia Parisorum", "Paris,", "Парижъ", "París"],
)
def test_a_place_is_found_by_its_name_in_any_script(opened: Opened, text: str) -> None:
    assert opened.first(text) == PARIS


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("東京", "Tokyo"), ("东京", "Tokyo"), ("München", "Munich"), ("munchen", "Munich"), ("Muenchen", "Munich"),
        ("Koeln", "Köln"), ("Cologne", "Köln"), ("sao paulo", "São Paulo"), ("St Petersburg", "Saint Petersburg"),
        ("Sankt-Peterburg", "Saint Petersburg"), ("Frankfurt (Main)", "Frankfurt am Main"),
        ("Frankfurt/Main", "Frankfurt am Main"), ("Frankfurt a. M.", "Frankfurt am Main"), ("上海市", "Shanghai"),
        ("Newyork", "New York City"), ("City of Paris", "Paris"), ("القاهره", "Cairo"), ("Düsseldorf", "Düsseldorf"),
    ],
)  # fmt: skip
def test_known_places_are_found_by_names_as_people_type_them(opened: Opened, text: str, name: str) -> None:
    assert opened.first(text).split(" | ")[0] == name


@pytest.mark.parametrize(
    ("text", "first", "second"),
    [
        ("France", "France | country", None),
        ("Frankreich", "France | country", None),
        ("Berlin", "Berlin | Berlin | DE", "Berlin | Berlin | DE"),
        ("New York", "New York City | New York | US", "New York | New York | US"),
        ("Bavaria", "Bayern | Bayern | DE", None),
        ("Monaco", "Monaco | Municipality of Monaco | MC", "Monaco | country"),
    ],
)
def test_a_city_comes_before_its_own_area_and_areas_are_found(
    opened: Opened, text: str, first: str, second: str | None
) -> None:
    found = opened.found(text)
    assert found[0] == first
    assert second is None or found[1] == second


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Paris, Texas", "Paris | Texas | US"),
        ("paris,tx", "Paris | Texas | US"),
        ("Paris Texas", "Paris | Texas | US"),
        ("paris tx", "Paris | Texas | US"),
        ("Texas Paris", "Paris | Texas | US"),
        ("Paris, FR", PARIS),
        ("Paris, Frankreich", PARIS),
        ("Paris、France", PARIS),
        ("巴黎，法国", PARIS),
        ("Springfield, IL, USA", "Springfield | Illinois | US"),
        ("Springfield IL USA", "Springfield | Illinois | US"),
        ("Springfield, Sangamon County, Illinois", "Springfield | Illinois | US"),
        ("London, UK", "London | England | GB"),
        ("London, Ontario", "London | Ontario | CA"),
        ("Pariss, Texas", "Paris | Texas | US"),
        ("Pariss Texas", "Paris | Texas | US"),
        ("中国北京", "Beijing | Beijing Shi | CN"),
    ],
)
def test_an_area_tells_which_place_of_a_name_is_meant(opened: Opened, text: str, expected: str) -> None:
    assert opened.first(text) == expected


def test_an_unknown_area_is_no_more_than_a_hint(opened: Opened) -> None:
    assert opened.first("Paris, Nowhereland") == PARIS
    assert opened.first("San, José").startswith("San José")


def test_a_name_beside_another_place_is_that_near_it(opened: Opened) -> None:
    assert opened.first("Montreuil, La Rochelle") == "Montreuil | Pays-de-la-Loire | FR"
    assert opened.first("Montreuil, Berlin") == opened.first("Montreuil"), "not near it, so a hint that does not help"


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Pariss", "Paris"), ("Aris", "Paris"), ("Lodnon", "London"), ("Berlni", "Berlin"), ("Hambrug", "Hamburg"),
        ("Dusseldrf", "Düsseldorf"), ("Москва́а", "Moscow"), ("Frankfurt am Mian", "Frankfurt am Main"),
    ],
)  # fmt: skip
def test_one_typing_error_is_forgiven(opened: Opened, text: str, name: str) -> None:
    assert opened.first(text).split(" | ")[0] == name
    assert opened.match(text) == "fuzzy"


def test_two_typing_errors_in_the_long_name_of_a_large_place_are_forgiven(opened: Opened) -> None:
    assert opened.first("Sant Peterzburg") == "Saint Petersburg | Sankt-Peterburg | RU"


def test_a_name_in_a_script_that_the_data_lacks_is_found_by_its_sound(opened: Opened) -> None:
    assert opened.first("Спрингфилд, Illinois") == "Springfield | Illinois | US"
    assert opened.first("மார்சேய்ல்").split(" | ")[0] == "Marseille"


def test_the_beginning_of_a_name_is_found_where_no_name_is_so_whole(opened: Opened) -> None:
    assert opened.first("springf") == opened.first("Springfield")
    assert opened.match("springf") == "prefix"


def test_what_is_much_better_known_and_one_edit_away_comes_after(opened: Opened) -> None:
    matches = [match for _, match in opened.search.find("Paris", limit=100)]
    assert matches == sorted(matches, key=("exact", "fuzzy").index)


@pytest.mark.parametrize(
    ("text", "point"),
    [("48.85, 2.35", (48.85, 2.35)), ("48°51′N 2°21′E", (48.85, 2.35)), ("geo:-33.9,151.2", (-33.9, 151.2))],
)
def test_coordinates_are_recognised(opened: Opened, text: str, point: tuple[float, float]) -> None:
    assert opened.search.find(text) == [(Point(*point), "coordinates")]


def test_a_country_a_region_a_kind_a_size_and_a_box_narrow_a_search(opened: Opened) -> None:
    assert opened.found("Paris", Filters(country=opened.area("US")))[0] == "Paris | Texas | US"
    assert opened.found("Paris", Filters(country=opened.area("JP"))) == []
    assert opened.found("Paris", Filters(regions=opened.search.regions("Texas"))) == ["Paris | Texas | US"]
    assert opened.found("Paris", Filters(regions=opened.search.regions("US-TX"))) == ["Paris | Texas | US"]
    assert opened.found("New York", Filters(kind="region")) == ["New York | New York | US"]
    assert opened.found("Paris", Filters(min_population=1_000_000)) == [PARIS]
    assert opened.found("Paris", Filters(bbox=(-100.0, 30.0, -90.0, 36.0)))[0] == "Paris | Texas | US"


def test_an_unknown_region_is_refused(opened: Opened) -> None:
    with pytest.raises(ValueError, match="No region is called 'Nowhere'"):
        opened.search.regions("Nowhere")


def test_a_point_favours_what_is_around_it(opened: Opened) -> None:
    assert opened.first("Springfield", bias=(39.8, -89.65)) == "Springfield | Illinois | US"
    assert opened.first("Springfield", bias=(44.05, -123.0)) == "Springfield | Oregon | US"
    assert opened.first("Paris", bias=(33.6, -95.5)) == "Paris | Texas | US"
    assert opened.first("Paris", bias=(40.7, -74.0)) == PARIS


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("par", PARIS), ("saint pet", "Saint Petersburg | Sankt-Peterburg | RU"), ("東", "Tokyo | Tokyo | JP"),
        ("st pet", "Saint Petersburg | Sankt-Peterburg | RU"), ("new y", "New York City | New York | US"),
        ("Hambr", "Hamburg | Hamburg | DE"), ("frankfrut", "Frankfurt am Main | Hessen | DE"),
        ("Springfield, Ill", "Springfield | Illinois | US"), ("paris, tex", "Paris | Texas | US"),
    ],
)  # fmt: skip
def test_what_somebody_types_is_completed(opened: Opened, text: str, first: str) -> None:
    assert opened.completed(text)[0] == first


def test_a_completion_is_narrowed_and_favours_as_a_search_does(opened: Opened) -> None:
    towns = opened.completed("m", Filters(country=opened.area("DE")))
    assert towns[0] == "Munich | Bayern | DE"
    assert {town.split(" | ")[-1] for town in towns} <= {"DE", "country"}
    assert opened.completed("spri", bias=(39.8, -89.65))[0] == "Springfield | Illinois | US"
    assert opened.completed("l", Filters(kind="country"))[0].endswith("country")


@pytest.mark.parametrize("text", ["s", "sa", "a", "la", "m"])
@pytest.mark.parametrize("limit", [1, 2, 50, 100])
def test_a_limit_is_kept_and_nothing_comes_twice(opened: Opened, text: str, limit: int) -> None:
    for found in (opened.search.complete(text, limit=limit), opened.search.find(text, limit=limit)):
        assert 0 < len(found) <= limit
        assert len({what for what, _ in found}) == len(found)
    assert opened.search.complete(text, limit=1) == opened.search.complete(text, limit=100)[:1]


@pytest.mark.parametrize(
    "text", ["qqqzzzxxx", "", ",", "...", "qqqzzz, xxxqqq", "东东东东东", "x" * 250, " ".join("qz" for _ in range(80))]
)
def test_an_unknown_text_finds_nothing(opened: Opened, text: str) -> None:
    assert opened.found(text) == []


def test_the_places_of_a_name_are_named_without_areas(opened: Opened) -> None:
    assert opened.search.named("Paris")[0] == opened.search.find("Paris")[0][0]
    assert all(number < len(opened.places) for number in opened.search.named("Berlin"))
    assert opened.search.named("qqqzzzxxx") == []


def test_postal_codes_are_recognised(opened: Opened) -> None:
    found = opened.search.find("AD500")
    assert [match for _, match in found] == ["postal_code"] * len(found)
    assert opened.first("AD500") == "AD500 | AD | postal_code"
    assert opened.first("AD500 Andorra la Vella") == "AD500 | AD | postal_code"
    assert opened.first("AD500, Andorra") == "AD500 | AD | postal_code"


def test_a_store_without_postal_codes_still_answers(store: Path) -> None:
    opened = Opened(store, with_postal=False)
    assert opened.first("Paris") == PARIS
    assert opened.found("AD500") == []
