from __future__ import annotations

import pytest

from parvis_geolocation import Geolocation
from parvis_geolocation.nearest import EARTH_RADIUS_KM, distance_and_bearing


@pytest.mark.parametrize(
    ("target", "distance", "bearing"),
    [
        ((0.0, 0.0), 0.0, 0.0),
        ((0.0, 90.0), EARTH_RADIUS_KM * 3.14159265 / 2, 90.0),
        ((90.0, 0.0), EARTH_RADIUS_KM * 3.14159265 / 2, 0.0),
        ((0.0, -90.0), EARTH_RADIUS_KM * 3.14159265 / 2, 270.0),
        ((-1.0, 0.0), EARTH_RADIUS_KM * 3.14159265 / 180, 180.0),
        ((0.0, 180.0), EARTH_RADIUS_KM * 3.14159265, 90.0),
    ],
)
def test_distance_and_bearing_of_known_points(target: tuple[float, float], distance: float, bearing: float) -> None:
    assert distance_and_bearing((0.0, 0.0), target) == pytest.approx((distance, bearing), rel=1e-6)


def test_distance_from_paris_to_london_is_right() -> None:
    assert distance_and_bearing((48.85341, 2.3488), (51.50853, -0.12574)) == pytest.approx((343.5, 330), abs=1)


def test_a_point_in_a_city_is_in_the_city(geolocation: Geolocation) -> None:
    assert geolocation.reverse(48.8566, 2.3522).name == "Paris"


def test_the_middle_of_a_suburb_is_in_the_suburb(geolocation: Geolocation) -> None:
    assert geolocation.reverse(48.8638, 2.4485).name == "Montreuil"


def test_population_never_moves_an_answer_across_a_border(geolocation: Geolocation) -> None:
    kehl = geolocation.reverse(48.575, 7.812)
    assert (kehl.name, kehl.country_code) == ("Kehl", "DE"), "Strasbourg is larger, and across the Rhine"


def test_the_date_line_is_no_border(geolocation: Geolocation) -> None:
    assert geolocation.reverse(10, 180) == geolocation.reverse(10, -180)


@pytest.mark.parametrize("point", [(90, 0), (-90, 0), (90, 180), (0, 0), (-48.9, -123.4)])
def test_every_point_of_the_globe_has_an_answer(geolocation: Geolocation, point: tuple[float, float]) -> None:
    answer = geolocation.reverse(*point)
    assert 0 < answer.distance_km < EARTH_RADIUS_KM * 3.15
    assert 0 <= answer.bearing < 360


def test_the_centre_of_every_place_belongs_to_a_place_at_hand(geolocation: Geolocation) -> None:
    for place in geolocation.search("s", limit=100):
        answer = geolocation.reverse(place.latitude, place.longitude)
        assert answer.country_code == place.country_code
        assert answer.distance_km <= 25
