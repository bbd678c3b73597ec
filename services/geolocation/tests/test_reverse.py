from __future__ import annotations

import math
import random
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from parvis_geolocation.places import Places
from parvis_geolocation.points.borders import Borders
from parvis_geolocation.points.nearest import Nearest
from parvis_geolocation.points.reverse import CHUNK, Reverse, wrong_with
from parvis_geolocation.points.zones import Zones
from parvis_geolocation.storage.store import open_store
from parvis_geolocation.values import ReversePlace, ReverseRow


class Codes:
    """Postal codes that tell what was asked; none in Germany."""

    def nearest(self, latitude: float, longitude: float, country_code: str) -> str | None:
        return None if country_code == "DE" else f"{country_code} {latitude:.1f} {longitude:.1f}"

    def __init__(self, places: Places) -> None:
        self.places = places

    def nearest_many(
        self, latitude: NDArray[np.float64], longitude: NDArray[np.float64], country: NDArray[np.uint32]
    ) -> list[str | None]:
        rows = zip(latitude.tolist(), longitude.tolist(), country.tolist(), strict=True)
        return [self.nearest(lat, lon, self.places.country_code(area) or "") for lat, lon, area in rows]


@pytest.fixture(scope="module")
def places(store: Path) -> Places:
    return open_store(store, Places)


@pytest.fixture(scope="module")
def reverse(store: Path, places: Places) -> Reverse:
    return Reverse(places, open_store(store, Borders), open_store(store, Nearest), Zones())


def test_an_answer_joins_the_point_and_the_place(reverse: Reverse, places: Places) -> None:
    assert reverse.at(48.575, 7.812, 0, None) == ReversePlace(
        id=2891951, kind="town", name="Kehl", latitude=48.57297, longitude=7.81523, population=39584,
        country_code="DE", country="Germany", admin1="Baden-Württemberg", admin1_code="DE-BW", admin2="Freiburg Region",
        timezone="Europe/Berlin", sources=("geonames", "natural-earth", "openstreetmap"), distance_km=0.328,
        bearing=133.5, at_sea=False, border_countries=("FR",), postal_code=None,
    )  # fmt: skip


def test_a_postal_code_is_of_the_country_of_the_point_and_names_its_source(reverse: Reverse, places: Places) -> None:
    paris = reverse.at(48.8566, 2.3522, 0, Codes(places))
    assert paris.postal_code == "FR 48.9 2.4"
    assert paris.sources == ("geonames", "natural-earth", "openstreetmap", "geonames-postal")
    assert reverse.at(48.575, 7.812, 0, Codes(places)).postal_code is None


def test_names_are_in_the_language_asked_for(reverse: Reverse, places: Places) -> None:
    assert reverse.at(48.575, 7.812, places.languages.number("fr"), None).country == "Allemagne"


def test_a_point_at_sea_has_the_country_of_the_shore_else_of_the_place(reverse: Reverse) -> None:
    shore, ocean = reverse.at(43.2, 7.5, 0, None), reverse.at(35.1, -140.0, 0, None)
    assert (shore.country_code, shore.at_sea, ocean.at_sea) == ("FR", True, True)
    assert ocean.country_code == "US"
    assert ocean.distance_km > 1000
    assert ocean.timezone == "Etc/GMT+9"


def test_a_country_without_a_place_is_still_that_of_the_point(reverse: Reverse) -> None:
    antarctica = reverse.at(-75, 0, 0, None)
    assert (antarctica.country_code, antarctica.country, antarctica.at_sea) == ("AQ", "Antarctica", False)
    assert (antarctica.admin1, antarctica.admin1_code) == (None, None)


def test_the_date_line_is_no_border(reverse: Reverse) -> None:
    assert reverse.at(10, 180, 0, None) == reverse.at(10, -180, 0, None)


def points(count: int) -> Iterator[tuple[float, float]]:
    anywhere = random.Random(8)
    near = [(48.86, 2.35), (48.57, 7.8), (42.5, 1.5), (47.1, 9.5), (43.94, 12.45), (51.5, -0.1), (39.8, -89.6)]
    for _ in range(count):
        yield anywhere.uniform(-90, 90), anywhere.uniform(-180, 180)
        for latitude, longitude in near:
            yield latitude + anywhere.gauss(0, 0.2), longitude + anywhere.gauss(0, 0.2)


def test_many_get_the_answers_of_one_in_order(reverse: Reverse, places: Places) -> None:
    asked = list(points(300))
    assert len(asked) > CHUNK
    codes = Codes(places)
    alone = [ReverseRow(row=row, place=reverse.at(*at, 3, codes), error=None) for row, at in enumerate(asked)]
    assert list(reverse.many(asked, 3, codes)) == alone


def test_answers_stream_a_chunk_at_a_time(reverse: Reverse) -> None:
    taken = 0

    def source() -> Iterator[tuple[float, float]]:
        nonlocal taken
        while True:
            taken += 1
            yield 48.8566, 2.3522

    rows = reverse.many(source(), 0, None)
    assert [next(rows).row for _ in range(3)] == [0, 1, 2]
    assert taken == CHUNK


@pytest.mark.parametrize("asked", [[], [(91.0, 0.0)], [(math.nan, 0.0), (0.0, -180.5)]])
def test_a_chunk_may_hold_nothing_right(reverse: Reverse, asked: list[tuple[float, float]]) -> None:
    assert [row.place for row in reverse.many(asked, 0, None)] == [None] * len(asked)


def test_a_wrong_point_has_its_error_in_its_row_and_spoils_no_other(reverse: Reverse) -> None:
    rows = list(reverse.many([(48.575, 7.812), (7.812, 248.575), (math.nan, 7.8), (48.575, 7.812)], 0, None))
    assert [row.row for row in rows] == [0, 1, 2, 3]
    assert rows[0].place == rows[3].place == reverse.at(48.575, 7.812, 0, None)
    assert rows[1] == ReverseRow(
        row=1, place=None, error="longitude is 248.575. Give degrees from -180 to 180, east positive"
    )
    assert rows[2] == ReverseRow(row=2, place=None, error="latitude is nan. Give degrees from -90 to 90")


def test_swapped_coordinates_get_a_hint() -> None:
    assert wrong_with(139.7, 35.7) == "latitude is 139.7. Give degrees from -90 to 90. Latitude comes before longitude"
    assert wrong_with(90.0, -180.0) is None
