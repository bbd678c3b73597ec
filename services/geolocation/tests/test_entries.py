from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from parvis_geolocation.entries import KINDS, Entries, Filters, inside
from parvis_geolocation.places import Places
from parvis_geolocation.storage.store import open_store


@pytest.fixture(scope="module")
def places(store: Path) -> Places:
    return open_store(store, Places)


def area(places: Places, code: str) -> int:
    return next(number for number in range(500) if places.country_code(number) == code)


@pytest.mark.parametrize(
    "filters",
    [
        {},
        {"country": "FR"},
        {"kind": "town"},
        {"kind": "country"},
        {"kind": "postal_code"},
        {"min_population": 100_000},
        {"bbox": (-5.0, 41.0, 10.0, 51.0)},
        {"bbox": (140.0, -50.0, -60.0, 60.0)},
        {"country": "FR", "kind": "city", "min_population": 300_000, "bbox": (0.0, 45.0, 8.0, 50.0)},
        {"regions": "FR"},
    ],
)
def test_one_entry_passes_as_many_do(places: Places, filters: dict[str, object]) -> None:
    numbers = np.arange(len(places.entries), dtype=np.uint32)
    asked = dict(filters)
    if "country" in asked:
        asked["country"] = area(places, "FR")
    if "regions" in asked:
        asked["regions"] = (places.entries.regions[0], places.entries.regions[5])
    made = Filters(**asked)  # type: ignore[arg-type]
    passing = places.entries.passing(numbers, made).tolist()
    assert passing == [places.entries.passes(number, made) for number in range(len(places.entries))]
    assert any(passing) is (made.kind != "postal_code")


def test_many_entries_lie_where_each_of_them_does(places: Places) -> None:
    areas = frozenset({area(places, "FR"), places.entries.regions[0]})
    numbers = np.arange(len(places.entries), dtype=np.uint32)
    expected = [places.entries.within(number, areas) for number in range(len(places.entries))]
    assert places.entries.lying(numbers, areas).tolist() == expected
    assert any(expected)


@pytest.mark.parametrize(
    ("point", "bbox", "expected"),
    [
        ((48.9, 2.3), (2.0, 48.0, 3.0, 49.0), True),
        ((48.9, 3.1), (2.0, 48.0, 3.0, 49.0), False),
        ((49.1, 2.3), (2.0, 48.0, 3.0, 49.0), False),
        ((-17.0, 179.0), (177.0, -20.0, -178.0, -15.0), True),
        ((-17.0, -179.0), (177.0, -20.0, -178.0, -15.0), True),
        ((-17.0, 0.0), (177.0, -20.0, -178.0, -15.0), False),
    ],
)
def test_a_box_may_reach_across_the_180th_meridian(
    point: tuple[float, float], bbox: tuple[float, float, float, float], expected: bool
) -> None:
    assert inside(*point, bbox) is expected


def test_a_kind_follows_the_inhabitants_except_for_capitals(places: Places) -> None:
    kinds = {places.name(number): places.fields(number)["kind"] for number in range(len(places))}
    assert [kinds[name] for name in ("Tokyo", "Vaduz", "Andorra la Vella", "Kehl")] == ["city", "city", "city", "town"]
    assert KINDS[places.entries.kinds[len(places) + area(places, "FR")]] == "country"


def test_an_area_lies_among_its_places_and_keeps_the_time_of_the_largest(places: Places) -> None:
    france = places.fields(len(places) + area(places, "FR"))
    assert (france["kind"], france["name"], france["id"]) == ("country", "France", 3017382)
    assert (france["country_code"], france["admin1"], france["timezone"]) == ("FR", None, "Europe/Paris")
    assert 43 < france["latitude"] < 50
    assert -2 < france["longitude"] < 7


def test_the_columns_of_a_damaged_store_are_refused(store: Path) -> None:
    entries = open_store(store, Entries)
    assert len(entries) > 429
