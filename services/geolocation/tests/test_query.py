from __future__ import annotations

import pytest

from parvis_geolocation.search.query import Point, coordinates, parts, postal_code


@pytest.mark.parametrize(
    ("text", "point"),
    [
        ("48.85, 2.35", (48.85, 2.35)),
        ("48.85,2.35", (48.85, 2.35)),
        ("48.85 2.35", (48.85, 2.35)),
        ("-33.9 151.2", (-33.9, 151.2)),
        ("−33.9, 151.2", (-33.9, 151.2)),
        ("40, -74", (40.0, -74.0)),
        ("(48.85; 2.35)", (48.85, 2.35)),
        ("48,85 2,35", (48.85, 2.35)),
        ("48°51′N 2°21′E", (48.85, 2.35)),
        ("48° 51' 24\" N, 2° 21' 3.6\" E", (48.856666667, 2.351)),
        ("33.9S 151.2E", (-33.9, 151.2)),
        ("N 48.85 W 2.35", (48.85, -2.35)),
        ("2.35 E 48.85 N", (48.85, 2.35)),
        ("48.85° 2.35°", (48.85, 2.35)),
        ("48.85 N, 2.35 O", (48.85, -2.35)),
        ("geo:48.85,2.35", (48.85, 2.35)),
        ("geo:48.85,2.35;u=35", (48.85, 2.35)),
    ],
)
def test_coordinates_are_read_in_the_forms_people_write(text: str, point: tuple[float, float]) -> None:
    assert coordinates(text) == Point(*point)


@pytest.mark.parametrize(
    "text",
    [
        "Paris",
        "75001",
        "75001 Paris",
        "10 20",
        "25 de Mayo",
        "1, 2, 3",
        "48.85",
        "N N",
        "48.85 N 2.35 S",
        "120, 75",
        "",
    ],
)
def test_other_texts_are_no_coordinates(text: str) -> None:
    assert coordinates(text) is None


@pytest.mark.parametrize("text", ["95°N 2°E", "48°N 190°E", "geo:91,0"])
def test_marked_coordinates_off_the_globe_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not on the globe"):
        coordinates(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("75001", ("75001", "")),
        ("75001 Paris", ("75001", "Paris")),
        ("10115, Berlin", ("10115", "Berlin")),
        ("Berlin 10115", ("10115", "Berlin")),
        ("90210, US", ("90210", "US")),
        ("SW1A 1AA", ("SW1A 1AA", "")),
        ("1010 AB", ("1010 AB", "")),
        ("D-10115", ("D-10115", "")),
        ("100-0001", ("100-0001", "")),
        ("90210 Beverly Hills", ("90210", "Beverly Hills")),
    ],
)
def test_a_postal_code_is_read_with_what_stands_beside_it(text: str, expected: tuple[str, str]) -> None:
    assert postal_code(text) == expected


@pytest.mark.parametrize("text", ["Paris", "", "Rue 12 Paris"])
def test_a_text_without_a_code_at_its_end_has_none(text: str) -> None:
    assert postal_code(text) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Paris, Texas", ["Paris", " Texas"]),
        ("Paris,", ["Paris"]),
        ("パリ、フランス", ["パリ", "フランス"]),
        (" , ", []),
        ("", []),
    ],
)
def test_a_text_is_cut_at_its_commas(text: str, expected: list[str]) -> None:
    assert parts(text) == expected
