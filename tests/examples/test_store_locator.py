"""The store locator by itself: hours, words, map, and the page before a double of the service."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import app
import make_map
import pytest
import stores
import words
import worldmap
from starlette.testclient import TestClient
from stores import State, Store

import parvis
from parvis import testing

HERE = Path(app.__file__).parent

# -- Opening hours


def store(**hours: str) -> Store:
    """A store of these hours, by the first three letters of the day."""
    row = {"name": "Here", "city": "There", "latitude": "0", "longitude": "0"}
    return stores._store(row | {day: hours.get(day[:3], "") for day in stores.DAYS}, "here")


# 23 November 2026 is a Monday.
def at(day: int, time: str) -> datetime:
    return datetime.fromisoformat(f"2026-11-{22 + day}T{time}")


@pytest.mark.parametrize(
    ("day", "time", "expected"),
    [
        (1, "08:59", State(False, 9 * 60, 0)),
        (1, "09:00", State(True, 12 * 60, 0)),
        (1, "11:59", State(True, 12 * 60, 0)),
        (1, "12:00", State(False, 14 * 60, 0)),
        (1, "18:00", State(False, 9 * 60, 4)),
        (5, "23:59", State(True, 2 * 60, 1)),
        (6, "01:59", State(True, 2 * 60, 0)),
        (6, "02:00", State(False, 20 * 60, 1)),
        (7, "22:00", State(True, 60, 1)),
        (1, "00:30", State(True, 60, 0)),
        (1, "01:00", State(False, 9 * 60, 0)),
    ],
)
def test_a_store_is_open_until_or_opens_at(day: int, time: str, expected: State) -> None:
    hours = store(mon="09:00-12:00 14:00-18:00", fri="09:00-02:00", sun="20:00-01:00")
    assert expected == hours.state(at(day, time))


def test_a_store_that_is_open_once_a_week_opens_in_a_week() -> None:
    assert State(False, 9 * 60, 7) == store(mon="09:00-12:00").state(at(1, "12:00"))


def test_a_store_without_hours_is_closed_for_good() -> None:
    assert None is store().state(at(1, "12:00"))


def test_a_day_that_ends_at_midnight_ends_at_midnight() -> None:
    assert State(True, 0, 1) == store(mon="09:00-24:00").state(at(1, "23:59"))
    assert State(False, 9 * 60, 6) == store(mon="09:00-24:00").state(at(2, "00:00"))


@pytest.mark.parametrize(
    ("column", "cell", "message"),
    [
        ("monday", "9-12", "stores.csv, line 2, monday is '9-12'. Write 09:00-12:30 14:00-19:00, or nothing"),
        ("latitude", "north", "stores.csv, line 2, latitude is 'north'. Write degrees from -85 to 85"),
        ("longitude", "190", "stores.csv, line 2, longitude is '190'. Write degrees from -180 to 180"),
        ("name", "", "stores.csv, line 2: the store has no name"),
        ("city", "", "stores.csv, line 2: the store has no city"),
    ],
)
def test_a_wrong_cell_is_told_by_line_and_column(tmp_path: Path, column: str, cell: str, message: str) -> None:
    row = {"name": "Here", "city": "There", "latitude": "0", "longitude": "0"}
    row |= {**dict.fromkeys(stores.DAYS, ""), column: cell}
    file = tmp_path / "stores.csv"
    file.write_text(f"{','.join(row)}\n{','.join(row.values())}\n")
    with pytest.raises(ValueError, match=re.escape(message)):
        stores.read(file)


def test_the_stores_of_the_example_have_names_of_their_own() -> None:
    found = stores.read(HERE / "stores.csv")
    assert 70 == len({store.name for store in found}) == len(found)


# -- Words


def test_both_languages_have_the_same_words_and_each_is_used() -> None:
    english, french = words.WORDS["en"], words.WORDS["fr"]
    assert english.keys() == french.keys()
    for key in english:
        assert (key, set(re.findall(r"{\w+}", english[key]))) == (key, set(re.findall(r"{\w+}", french[key])))
    sources = [(HERE / name).read_text() for name in ("app.py", "words.py", "templates/page.html")]
    text = sources[0] + sources[1].partition("class Words")[2] + sources[2]
    made = {"open_tomorrow", "open_later", "opens_tomorrow", "opens_later"}
    made |= {f"{key}_hint" for key in ("unknown", "private", "no_place", "down", "busy")}
    assert [] == [key for key in english if f'"{key}"' not in text and key not in made]


@pytest.mark.parametrize(
    ("km", "bearing", "english", "french"),
    [
        (0.02, 0.0, "100 m away", "à 100 m"),
        (0.43, 90.0, "400 m away", "à 400 m"),
        (3.21, 350.0, "3.2 km to the north", "à 3,2 km au nord"),
        (42.6, 44.0, "43 km to the north-east", "à 43 km au nord-est"),
        (5088.6, 271.0, "5,089 km to the west", "à 5 089 km à l’ouest"),
    ],
)
def test_a_distance_is_as_exact_as_it_matters(km: float, bearing: float, english: str, french: str) -> None:
    told = [re.sub(r"[\u00a0\u202f]", " ", words.Words(language).away(km, bearing)) for language in ("en", "fr")]
    assert [english, french] == told


@pytest.mark.parametrize(
    ("state", "english", "french"),
    [
        (State(True, 19 * 60, 0), "Open until 19:00", "Ouvert jusqu’à 19 h"),
        (State(True, 120, 1), "Open until 02:00 tomorrow", "Ouvert jusqu’à 2 h demain"),
        (State(False, 570, 0), "Closed, opens at 09:30", "Fermé, ouvre à 9 h 30"),
        (State(False, 540, 1), "Closed, opens tomorrow at 09:00", "Fermé, ouvre demain à 9 h"),
        (State(False, 540, 3), "Closed, opens on Thursday at 09:00", "Fermé, ouvre jeudi à 9 h"),
        (None, "Closed for good", "Fermé définitivement"),
    ],
)
def test_an_opening_is_told_in_words(state: State | None, english: str, french: str) -> None:
    told = [words.Words(language).state(state, at(1, "12:00")).replace("\u00a0", " ") for language in ("en", "fr")]
    assert [english, french] == told


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [(None, "soon"), (1, "soon"), (20, "in 20 seconds"), (400, "in 7 minutes"), (40_000, "in 12 hours")],
)
def test_a_wait_is_rounded_up(seconds: float | None, expected: str) -> None:
    assert expected == words.Words("en").wait(seconds)


@pytest.mark.parametrize(
    ("asked", "accepted", "expected"),
    [
        (None, "", "en"),
        (None, "fr-CA,fr;q=0.9,en;q=0.8", "fr"),
        (None, "de, fr;q=0.5, en;q=0.7", "en"),
        (None, "fr;q=0", "en"),
        (None, ";;q=x,*", "en"),
        ("fr", "en", "fr"),
        ("xx", "fr", "fr"),
    ],
)
def test_the_language_is_asked_for_or_accepted_or_english(asked: str | None, accepted: str, expected: str) -> None:
    assert expected == words.choose(asked, accepted)


# -- The map


def test_a_point_lies_where_web_mercator_has_it() -> None:
    assert (0.0, 0.0) == worldmap.project(0, 0)
    # EPSG:3857 has it 261,846 m east and 6,250,564 m north; a degree of longitude is 111,319.49 m there.
    x, y = worldmap.project(48.8566, 2.3522)
    assert (261_846, 6_250_564) == (round(x / 50 * 111_319.4908), round(-y / 50 * 111_319.4908))


@pytest.mark.parametrize("place", [(48.86, 2.35), (-18.14, 178.44), (21.3, -157.86), (84.0, 0.0)])
def test_a_view_holds_the_place_and_its_stores_also_across_the_180th_meridian(place: tuple[float, float]) -> None:
    near = [(s.latitude, s.longitude) for s in stores.nearest(stores.read(HERE / "stores.csv"), *place, 5)]
    view = worldmap.around(place, near)
    for x, y in [view.place or (0, 0), *view.stores]:
        assert view.left + view.radius < x < view.left + view.width - view.radius
        assert view.top + view.radius < y < view.top + view.height - view.radius
    assert view.width < worldmap.WIDTH


def test_markers_that_would_hide_each_other_are_moved_apart() -> None:
    apart = worldmap.spread([(0, 0), (0, 0), (1, 0), (500, 0)], 10)
    assert (500, 0) == apart[3]
    for i, (ax, ay) in enumerate(apart):
        for bx, by in apart[:i]:
            assert (ax - bx) ** 2 + (ay - by) ** 2 > 19**2


def test_the_map_is_small_and_has_what_the_page_draws() -> None:
    drawn = (HERE / "static/world.svg").read_text()
    assert len(drawn) < 120_000
    assert ["land", "borders"] == re.findall(r'<path id="(\w+)"', drawn)


# -- The page, before a double of the service

PLACE = {
    "kind": "city", "population": 500_000, "country_code": "FR", "admin1_code": None, "admin2": None,
    "timezone": "Europe/Paris", "sources": ["geonames"],
}  # fmt: skip
LYON = {**PLACE, "id": 2996944, "name": "Lyon", "latitude": 45.75, "longitude": 4.85,
        "country": "France", "admin1": "Auvergne-Rhône-Alpes"}  # fmt: skip
FOUND = {"match": "exact", "distance_km": None}
ELSEWHERE = {**LYON, "id": None, "name": "Lyon <b>", "admin1": None}
NO_PLACE = dict.fromkeys(
    ("network", "country_code", "country", "region", "city", "latitude", "longitude", "place_id", "timezone", "asn",
     "organisation", "agreement")
)  # fmt: skip
SOURCE = {
    "key": "geonames", "name": "GeoNames", "package": "p", "version": "1", "date": None, "licence": "CC BY 4.0",
    "url": "https://www.geonames.org/", "attribution": "Contains data from GeoNames",
}  # fmt: skip
COUNTS = dict.fromkeys(("places", "names", "countries", "subdivisions", "timezones", "postal_codes", "networks"), 1)
ABOUT = {
    "version": "1", "built_at": "2026-01-01T00:00:00Z", "counts": COUNTS, "sources": [SOURCE], "attribution": [],
    "missing": [], "boundaries": "",
}  # fmt: skip


def search(text: str, language: str, latitude: float | None = None, **rest: Any) -> list[dict[str, Any]]:
    """A place for what a visitor typed, and for the city of a store."""
    if latitude is None:
        return [{**LYON, **FOUND}, {**ELSEWHERE, **FOUND}]
    country = {"fr": "Royaume-Uni", "en": "United Kingdom"}[language]
    return [{**LYON, **FOUND, "name": text.upper(), "country": country}]


def timezone(latitude: float, longitude: float, at: datetime | None = None) -> dict[str, Any]:
    """Paris in the west, Tokyo in the east, with their true changes of clocks."""
    assert at is not None
    zone = ZoneInfo("Europe/Paris" if longitude < 100 else "Asia/Tokyo")
    local = at.astimezone(zone)
    moment = at
    while moment < at + timedelta(days=400) and moment.astimezone(zone).utcoffset() == local.utcoffset():
        moment += timedelta(hours=1)
    after = moment.astimezone(zone)
    change = {"at": moment.replace(minute=0, second=0).isoformat(), "utc_offset": seconds(after), "abbreviation": "X"}
    return {"name": str(zone), "at": local.isoformat(), "utc_offset": seconds(local), "abbreviation": "Y",
            "daylight_saving": False,
            "next_transition": None if after.utcoffset() == local.utcoffset() else change}  # fmt: skip


def seconds(moment: datetime) -> int:
    offset = moment.utcoffset()
    assert offset is not None
    return int(offset.total_seconds())


ANSWERS: dict[str, Any] = {
    "about": ABOUT,
    "search": search,
    "autocomplete": [{**LYON, **FOUND}, {**ELSEWHERE, **FOUND}],
    "place": {**LYON, "names": {}, "alternate_names": []},
    "timezone": timezone,
    "distance": {"km": 12.3, "bearing": 90.0},
}
NOON = datetime(2026, 7, 1, 12, 0, tzinfo=UTC)  # a Wednesday; 14:00 in Paris, 21:00 in Tokyo


class Desk:
    """A visitor before the page, with a clock and a service that the test sets."""

    def __init__(self, **answers: Any) -> None:
        geolocation = pytest.importorskip("parvis_geolocation", reason="services/geolocation is not installed")
        self.now = NOON
        self.connections: list[Exception] = []
        self._kind = geolocation.Geolocation
        self._answers = ANSWERS | answers
        self.service: Any = None
        self.browser = TestClient(app.application(self._connect, lambda: self.now), client=("127.0.0.1", 50000))

    async def _connect(self) -> Any:
        if self.connections:
            raise self.connections.pop()
        self.service = await testing.double_async(self._kind, self._answers)
        return self.service

    def get(self, path: str = "/", status: int = 200, accept: str = "en", **query: str) -> str:
        answer = self.browser.get(f"{path}?{urlencode(query)}" if query else path, headers={"accept-language": accept})
        assert status == answer.status_code
        self.headers = answer.headers
        return answer.text

    def calls(self, name: str) -> list[dict[str, Any]]:
        return [arguments for called, arguments in testing.calls(self.service) if called == name]


def texts(page: str, pattern: str) -> list[str]:
    """What stands in the elements of a page that begin so, without tags."""
    found = re.findall(rf"{pattern}[^>]*>(.*?)</(?:p|h2|h3|li)>", page, re.DOTALL)
    return [" ".join(re.sub(r"<[^>]+>", " ", text).replace("\u00a0", " ").split()) for text in found]


def test_the_page_without_a_question_asks_the_service_nothing() -> None:
    desk = Desk()
    page = desk.get()
    assert desk.service is None
    assert "Tea and jam, in 70 cities" in page
    assert 70 == page.count('class="store"')


def test_a_place_gets_the_nearest_stores_with_city_distance_and_opening() -> None:
    page = Desk().get(place="Lyon")
    assert ["Near Lyon, Auvergne-Rhône-Alpes, France"] == texts(page, '<h2 id="near"')
    assert ["Bellecour", "Vieux-Port", "Niederdorf", "Brera", "Place du Capitole"] == texts(page, "<h3")
    cities = ["LYON", "MARSEILLE", "ZÜRICH", "MILAN", "TOULOUSE"]
    assert [f"{city}, United Kingdom" for city in cities] == texts(page, '<p class="city"')
    assert ["12 km to the east"] * 5 == texts(page, '<p class="km"')
    assert "Open until 19:00 14:00 there" == texts(page, '<p class="state')[0]
    # Vieux-Port closes over noon.
    assert "Closed, opens at 16:00 14:00 there" == texts(page, '<p class="state')[1]


def test_the_page_and_the_names_are_in_the_language_of_the_visitor() -> None:
    desk = Desk()
    page = desk.get(place="Lyon", accept="fr-FR,fr")
    assert '<html lang="fr">' in page
    assert "fr" == desk.headers["content-language"]
    assert "LYON, Royaume-Uni" == texts(page, '<p class="city"')[0]
    assert "Ouvert jusqu’à 19 h 14 h sur place" == texts(page, '<p class="state')[0]
    assert ["fr"] * 6 == [call["language"] for call in desk.calls("search")]


def test_a_store_on_the_other_side_of_the_world_keeps_its_own_time() -> None:
    desk = Desk(search=[{**LYON, **FOUND, "latitude": 35.68, "longitude": 139.69}])
    assert "Closed, opens tomorrow at 10:00 21:00 there" == texts(desk.get(place="Tokyo"), '<p class="state')[0]


def test_a_time_zone_is_asked_for_again_only_when_the_clocks_have_changed() -> None:
    desk = Desk()
    desk.now = datetime(2026, 10, 24, 8, 0, tzinfo=UTC)  # 10:00 in Paris, the day before the clocks go back
    assert "Open until 19:00 10:00 there" == texts(desk.get(place="Lyon"), '<p class="state')[0]
    desk.now = datetime(2026, 10, 25, 0, 59, tzinfo=UTC)
    assert "Closed, opens tomorrow at 10:00 02:59 there" == texts(desk.get(place="Lyon"), '<p class="state')[0]
    assert 5 == len(desk.calls("timezone"))
    desk.now = datetime(2026, 10, 25, 1, 0, tzinfo=UTC)
    assert "Closed, opens tomorrow at 10:00 02:00 there" == texts(desk.get(place="Lyon"), '<p class="state')[0]
    assert 10 == len(desk.calls("timezone"))
    desk.now = datetime(2026, 10, 26, 9, 0, tzinfo=UTC)
    assert "Open until 19:00 10:00 there" == texts(desk.get(place="Lyon"), '<p class="state')[0]
    assert 10 == len(desk.calls("timezone"))


def test_the_city_of_a_store_is_asked_for_once_a_language() -> None:
    desk = Desk()
    for language in ("en", "fr", "en", "fr"):
        desk.get(place="Lyon", lang=language)
    bellecour = (45.7578, 4.832)
    asked = [call for call in desk.calls("search") if call.get("latitude") is not None]
    assert 10 == len(asked)
    assert ["en", "fr"] == [call["language"] for call in asked if (call["latitude"], call["longitude"]) == bellecour]


def test_other_places_of_the_name_are_one_press_away_and_keep_the_language() -> None:
    desk = Desk(search=[{**ELSEWHERE, **FOUND}, {**LYON, **FOUND}, {**ELSEWHERE, **FOUND}])
    links = re.findall(r'<a href="(\?place[^"]+)"', desk.get(place="Lyon", lang="fr"))
    lyon = "?place=Lyon%2C+Auvergne-Rh%C3%B4ne-Alpes%2C+France&amp;id=2996944&amp;lang=fr"
    assert [lyon] == links, "nor is one offered that reads as the first does"
    page = desk.get("/" + lyon.replace("&amp;", "&"))
    assert [{"id": 2996944, "language": "fr"}] == desk.calls("place")
    assert "Près de Lyon, Auvergne-Rhône-Alpes, France" in page


def test_what_is_typed_and_what_is_answered_is_text_and_no_markup() -> None:
    page = Desk(search=[{**ELSEWHERE, **FOUND}]).get(place="<script>alert(1)</script>")
    assert "Lyon &lt;b&gt;, France" in page
    assert "Lyon <b>" not in page
    assert "<script>alert" not in Desk(search=[]).get(place="<script>alert(1)</script>")


@pytest.mark.parametrize(
    "answers", [{"search": []}, {"search": testing.declared("ValueError", "text holds no letter")}]
)
def test_an_unknown_place_is_told_with_what_to_do(answers: dict[str, Any]) -> None:
    page = Desk(**answers).get(place="Xyzzy")
    notice = page[page.index('role="alert"') : page.index("</section>")]
    assert "No place is called “Xyzzy”" in notice
    assert "Check the spelling, or add the country" in notice
    assert 70 == page.count('class="store"')


def test_a_number_that_is_no_place_is_told_so() -> None:
    assert "No place is called “7”" in Desk(place=testing.declared("LookupError", "none")).get(id="7")


def address(kind: str, **fields: Any) -> Callable[..., dict[str, Any]]:
    return lambda address, language: {
        **NO_PLACE, "address": address, "version": 4, "kind": kind, "sources": ["ip"], **fields,
    }  # fmt: skip


def test_the_address_of_the_visitor_gets_the_stores_near_it_and_says_how_rough_that_is() -> None:
    desk = Desk(ip=address("public", city="Lyon", region="Rhône", country="France", latitude=45.7, longitude=4.8))
    page = desk.get(**{"from": "address", "lang": "en"})
    assert [{"address": "127.0.0.1", "language": "en"}] == desk.calls("ip")
    assert ["Near Lyon, Rhône, France"] == texts(page, '<h2 id="near"')
    assert "where your internet address, 127.0.0.1, seems to be" in page


@pytest.mark.parametrize(
    ("ip", "expected"),
    [
        (address("loopback"), "Your address, 127.0.0.1, tells no place"),
        (address("public"), "Nobody knows where your address, 127.0.0.1, is"),
        (testing.declared("PartMissingError", "no addresses"), "Nobody knows where your address, 127.0.0.1, is"),
    ],
)
def test_an_address_that_tells_no_place_is_told_so(ip: Any, expected: str) -> None:
    page = Desk(ip=ip).get(**{"from": "address"})
    assert expected in page
    assert "Type a place." in page


def test_a_quota_that_is_used_up_is_told_with_the_time_of_its_end() -> None:
    desk = Desk(search=testing.refusal("quota-exceeded", retry_after=7200))
    page = desk.get(status=503, place="Lyon", lang="en")
    assert "Too many visitors are asking just now" in page
    assert "There is room again in 2 hours." in page
    assert '<a class="button" href="?place=Lyon&amp;lang=en">Try again</a>' in page
    assert "7200" == desk.headers["retry-after"]


def test_a_service_that_is_down_is_told_and_the_page_finds_it_again() -> None:
    desk = Desk()
    desk.connections.append(parvis.client.ConnectionFailed("no connection"))
    page = desk.get(status=503, place="Lyon")
    assert "Places cannot be looked up just now" in page
    assert '<a class="button" href="?place=Lyon">Try again</a>' in page
    assert ["Near Lyon, Auvergne-Rhône-Alpes, France"] == texts(desk.get(place="Lyon"), '<h2 id="near"')


def test_suggestions_are_places_with_the_address_of_their_page() -> None:
    rows = json.loads(Desk().get("/suggest", place="Ly"))
    assert {
        "name": "Lyon", "area": "Auvergne-Rhône-Alpes, France", "label": "Lyon, Auvergne-Rhône-Alpes, France",
        "href": "?place=Lyon%2C+Auvergne-Rh%C3%B4ne-Alpes%2C+France&id=2996944",
    } == rows[0]  # fmt: skip
    assert "[]" == Desk().get("/suggest", place=" ")
    assert "[]" == Desk(autocomplete=testing.refusal("quota-exceeded", retry_after=9)).get("/suggest", 503, place="L")


def test_answers_are_shown_with_the_lines_of_their_sources() -> None:
    page = Desk().get(place="Lyon")
    assert '<a href="https://www.geonames.org/">Contains data from GeoNames</a>' in page
    assert "Made with Natural Earth" in page


def test_a_page_loads_nothing_from_elsewhere_and_tells_nobody_what_was_asked() -> None:
    desk = Desk()
    for path in ("/", "/static/world.svg", "/suggest?place=L", "/nowhere"):
        desk.get(path, 404 if path == "/nowhere" else 200)
        assert "default-src 'self'" in desk.headers["content-security-policy"]
        assert "no-referrer" == desk.headers["referrer-policy"]


def test_the_application_knows_the_service_by_its_contract_alone() -> None:
    imported = {line for path in HERE.glob("*.py") for line in path.read_text().splitlines() if "import" in line}
    assert [] == [line for line in imported if "parvis_geolocation" in line]


# -- How the map was made, and what the README says


def test_the_land_is_one_outline_the_border_is_drawn_once_and_the_180th_meridian_is_no_gap(tmp_path: Path) -> None:
    # Two squares of ten degrees side by side, the second across the 180th meridian, and an island too small to see.
    topology = {
        "transform": {"scale": [1, 1], "translate": [0, 0]},
        "arcs": [
            [[175, 10], [0, -10]],
            [[175, 0], [-10, 0], [0, 10], [10, 0]],
            [[175, 10], [5, 0], [-355, 0], [0, -10], [355, 0], [-5, 0]],
            [[0, 0], [0, 0], [0, 0], [0, 0]],
        ],
        "objects": {
            "land": {"type": "MultiPolygon", "arcs": [[[1, 2]], [[3]]]},
            "countries": {
                "type": "GeometryCollection",
                "geometries": [{"type": "Polygon", "arcs": [[0, 1]]}, {"type": "MultiPolygon", "arcs": [[[~0, 2]]]}],
            },
        },
    }
    (tmp_path / "countries.json").write_text(json.dumps(topology))
    make_map.main(tmp_path / "countries.json", tmp_path / "world.svg")
    drawn = (tmp_path / "world.svg").read_text()
    assert ["M8750 0l-500 0 0-503 500 0 500 0 0 503z", "M8750 -503l0 503"] == re.findall(r' d="([^"]*)"', drawn)


def test_a_line_loses_the_points_that_matter_least_and_keeps_its_ends() -> None:
    assert [(0, 0), (50, 100), (100, 0)] == make_map.simplified([(0, 0), (25, 51), (50, 100), (75, 50), (100, 0)], 60)
    assert [(0, 0), (1, 0)] == make_map.simplified([(0, 0), (1, 0)], 60)


def test_the_lines_that_the_readme_shows_are_those_of_the_code() -> None:
    code = "".join("".join((HERE / name).read_text().split()) for name in ("app.py", "locator.py"))
    block = re.search(r"```python\n(.*?)```", (HERE / "README.md").read_text(), re.DOTALL)
    assert block is not None
    calls = re.findall(r"(?:geolocation|parvis)\.(\w+\(.*\))$", block[1], re.MULTILINE)
    assert 7 == len(calls)
    assert [] == [call for call in calls if "".join(call.split()) not in code]


def test_every_file_that_the_readme_names_is_there_and_every_file_is_named() -> None:
    text = (HERE / "README.md").read_text()
    table = re.findall(r"^\| (`.*?`) \|", text, re.MULTILINE)
    named = {name.strip("/") for cell in table for name in re.findall(r"`([^`]+)`", cell)} | {"README.md"}
    assert named == {path.name for path in HERE.iterdir() if not path.name.startswith(("_", "."))}
