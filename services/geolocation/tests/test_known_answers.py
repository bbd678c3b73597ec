"""What anybody would expect of the full store, in many languages: a handful, beside the figures of tools/accuracy."""

from __future__ import annotations

import pytest

from parvis_geolocation import Geolocation

pytestmark = pytest.mark.fulldata

PARIS, MUNICH, COLOGNE, NEW_YORK, LONDON = 2988507, 2867714, 2886242, 5128581, 2643743
MOSCOW, SAINT_PETERSBURG, TOKYO, KYOTO, BEIJING = 524901, 498817, 1850147, 1857910, 1816670
FRANCE, BAVARIA, TEXAS, SINGAPORE, LUXEMBOURG = 3017382, 2951839, 4736286, 1880252, 2960316


@pytest.mark.parametrize(
    ("text", "identifier"),
    [
        # exonyms and scripts
        ("München", MUNICH),
        ("Muenchen", MUNICH),
        ("Monaco di Baviera", MUNICH),
        ("Мюнхен", MUNICH),
        ("慕尼黑", MUNICH),
        ("Cologne", COLOGNE),
        ("Koeln", COLOGNE),
        ("京都", KYOTO),
        ("Peking", BEIJING),
        ("北京", BEIJING),
        ("Москва", MOSCOW),
        ("موسكو", MOSCOW),
        ("Λονδίνο", LONDON),
        ("뉴욕", NEW_YORK),
        ("Нью-Йорк", NEW_YORK),
        ("紐約", NEW_YORK),
        ("纽约", NEW_YORK),
        # abbreviations
        ("St. Petersburg", SAINT_PETERSBURG),
        ("Sankt-Peterburg", SAINT_PETERSBURG),
        ("Ft. Worth", 4691930),
        ("Mt. Vernon, NY", 5127835),
        # names of areas and of their cities
        ("France", FRANCE),
        ("Bayern", BAVARIA),
        ("Texas", TEXAS),
        ("Singapore", SINGAPORE),
        ("Luxembourg", LUXEMBOURG),
        ("New York", NEW_YORK),
        # context
        ("Paris, TX", 4717560),
        ("Paris Texas", 4717560),
        ("Springfield, Illinois", 4250542),
        ("Springfield IL", 4250542),
        ("Париж, Франция", PARIS),
        ("London, Ontario", 6058560),
        ("Frankfurt (Oder)", 2925535),
        ("Frankfurt am Main", 2925533),
        # typing errors
        ("Lodnon", LONDON),
        ("Pariss", PARIS),
        ("Munchien", MUNICH),
        ("Sprngfield, Illinois", 4250542),
        ("Москвва", MOSCOW),
    ],
)
def test_the_place_people_mean_comes_first(world: Geolocation, text: str, identifier: int) -> None:
    assert world.search(text)[0].id == identifier


@pytest.mark.parametrize(
    ("language", "name", "country"),
    [
        ("en", "Munich", "Germany"),
        ("fr", "Munich", "Allemagne"),
        ("de", "München", "Deutschland"),
        ("es", "Múnich", "Alemania"),
        ("pt", "Munique", "Alemanha"),
        ("ru", "Мюнхен", "Германия"),
        ("zh", "慕尼黑", "德国"),
        ("ja", "ミュンヘン", "ドイツ"),
        ("ar", "ميونخ", "ألمانيا"),
        ("zh-TW", "慕尼黑", "德國"),
        ("de-AT,en;q=0.5", "München", "Deutschland"),
    ],
)
def test_names_come_in_the_language_asked_for(world: Geolocation, language: str, name: str, country: str) -> None:
    place = world.place(MUNICH, language)
    assert (place.name, place.country) == (name, country)


@pytest.mark.parametrize(
    ("point", "country", "region"),
    [
        ((48.8566, 2.3522), "FR", "FR-IDF"),
        ((38.9, -77.04), "US", "US-DC"),
        ((45.42, -75.70), "CA", "CA-ON"),
        ((16.265, -61.55), "GP", None),
        ((18.45, -66.1), "PR", None),
        ((60.1, 19.94), "AX", None),
        ((42.66, 21.16), "XK", None),
        ((44.95, 34.1), "UA", "UA-43"),
        ((25.04, 121.56), "TW", None),
    ],
)
def test_points_are_in_the_country_and_region_of_their_code(
    world: Geolocation, point: tuple[float, float], country: str, region: str | None
) -> None:
    answer = world.reverse(*point)
    assert answer.country_code == country
    if region is not None:
        assert answer.admin1_code == region


@pytest.mark.parametrize(
    ("point", "zone"),
    [
        ((40.71, -74.01), "America/New_York"),
        ((33.45, -112.07), "America/Phoenix"),
        ((54.72, 20.5), "Europe/Kaliningrad"),
        ((28.61, 77.21), "Asia/Kolkata"),
        ((27.7, 85.3), "Asia/Kathmandu"),
        ((-31.95, 115.86), "Australia/Perth"),
    ],
)
def test_points_keep_the_time_of_their_zone(world: Geolocation, point: tuple[float, float], zone: str) -> None:
    assert world.timezone(*point).name == zone


@pytest.mark.parametrize(
    ("point", "at_sea"), [((25.264, 55.297), False), ((43.29, 5.36), False), ((40.0, -40.0), True), ((50.5, 0.0), True)]
)
def test_a_quay_is_land_and_the_open_sea_is_not(world: Geolocation, point: tuple[float, float], at_sea: bool) -> None:
    assert world.reverse(*point).at_sea is at_sea
