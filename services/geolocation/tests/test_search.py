from __future__ import annotations

import pytest

from parvis_geolocation import Geolocation


def found(geolocation: Geolocation, text: str, country: str | None = None, limit: int = 10) -> list[tuple[str, str]]:
    return [(place.name, place.admin1 or "") for place in geolocation.search(text, country=country, limit=limit)]


@pytest.mark.parametrize("text", ["Paris", "PARIS", "  paris ", "パリ", "Париж", "巴黎", "باريس", "Lutetia Parisorum"])
def test_a_place_is_found_by_its_name_in_any_script(geolocation: Geolocation, text: str) -> None:
    first = geolocation.search(text)[0]
    assert (first.id, first.name, first.country) == (2988507, "Paris", "France")


@pytest.mark.parametrize(
    ("text", "identifier"), [("東京", 1850147), ("München", 2867714), ("munchen", 2867714), ("sao paulo", 3448439)]
)
def test_known_places_are_found_by_names_as_people_type_them(
    geolocation: Geolocation, text: str, identifier: int
) -> None:
    assert geolocation.search(text)[0].id == identifier


def test_exact_names_come_before_names_that_only_begin_so(geolocation: Geolocation) -> None:
    names = [place.name for place in geolocation.search("San José", limit=100)]
    exact = [name == "San José" for name in names]
    assert exact == sorted(exact, reverse=True)
    assert exact[0]


def test_places_of_one_name_come_by_population(geolocation: Geolocation) -> None:
    places = [place for place in geolocation.search("Springfield", limit=100) if place.name == "Springfield"]
    populations = [place.population for place in places]
    assert len(populations) > 10
    assert populations == sorted(populations, reverse=True)


def test_the_beginning_of_a_name_is_completed(geolocation: Geolocation) -> None:
    assert ("Springfield", "Illinois") in found(geolocation, "springf", limit=100)
    assert geolocation.search("toky")[0].name == "Tokyo"


@pytest.mark.parametrize("text", ["s", "sa", "a", "la", "m"])
@pytest.mark.parametrize("country", [None, "US", "FR", "AD"])
def test_short_beginnings_answer_in_order_of_population(
    geolocation: Geolocation, text: str, country: str | None
) -> None:
    places = geolocation.search(text, country=country, limit=50)
    assert places
    assert len({place.id for place in places}) == len(places)
    assert country is None or {place.country_code for place in places} == {country}


def test_a_country_narrows_a_search(geolocation: Geolocation) -> None:
    assert {place.country_code for place in geolocation.search("Paris", country="us", limit=100)} == {"US"}
    assert geolocation.search("Paris", country="JP") == []


@pytest.mark.parametrize(
    ("text", "admin1", "country"),
    [
        ("Paris, Texas", "Texas", "US"),
        ("paris,tx", "Texas", "US"),
        ("Paris, FR", "Île-de-France", "FR"),
        ("Paris, France", "Île-de-France", "FR"),
        ("Paris、France", "Île-de-France", "FR"),
        ("Springfield, IL, USA", "Illinois", "US"),
        ("Springfield, Sangamon County, Illinois", "Illinois", "US"),
        ("London, UK", "England", "GB"),
        ("London, Ontario", "Ontario", "CA"),
    ],
)
def test_what_follows_a_comma_is_an_area(geolocation: Geolocation, text: str, admin1: str, country: str) -> None:
    first = geolocation.search(text)[0]
    assert (first.admin1, first.country_code) == (admin1, country)


def test_a_comma_before_no_area_is_part_of_the_name(geolocation: Geolocation) -> None:
    assert geolocation.search("Paris, Nowhereland") == []
    assert geolocation.search("Paris,")[0].name == "Paris"
    assert geolocation.search("San, José")[0].name == "San José"


def test_the_limit_is_kept(geolocation: Geolocation) -> None:
    assert [len(geolocation.search("s", limit=limit)) for limit in (1, 2, 50)] == [1, 2, 50]
    assert geolocation.search("s", limit=50)[:2] == geolocation.search("s", limit=2)


def test_an_unknown_name_finds_nothing(geolocation: Geolocation) -> None:
    assert geolocation.search("qqqzzzxxx") == []
