from __future__ import annotations

import random

import numpy as np
import pytest

from parvis_geolocation.points.distance import (
    EARTH_RADIUS_KM,
    distance_and_bearing,
    distances_and_bearings,
    geodesic,
    unit_vector,
    unit_vectors,
)
from parvis_geolocation.values import Distance


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


def test_many_distances_are_those_of_one() -> None:
    anywhere = random.Random(5)
    rows = [[anywhere.uniform(-bound, bound) for bound in (90, 180, 90, 180)] for _ in range(1000)]
    many = np.column_stack(distances_and_bearings(*np.array(rows).T))
    alone = [distance_and_bearing((a, b), (c, d)) for a, b, c, d in rows]
    assert np.allclose(many, alone, rtol=1e-14, atol=1e-10)
    vectors = unit_vectors(*np.array(rows)[:, :2].T)
    assert np.allclose(vectors, [unit_vector(a, b) for a, b, _, _ in rows], rtol=0, atol=1e-15)


@pytest.mark.parametrize(
    ("points", "km", "bearing"),
    [
        # GeodTest and the example of Karney's GeographicLib: Wellington to Salamanca.
        ((-41.32, 174.81, 40.96, -5.50), 19959.679267, 161.0677),
        ((0, 0, 0, 0), 0.0, 0.0),
        ((0, 0, 0.5, 179.5), 19936.288579, 25.6719),  # nearly antipodal, where Vincenty's formula fails
        ((90, 0, -90, 0), 20003.931459, 180.0),
        ((0, 179.5, 0, -179.5), 111.319491, 90.0),
    ],
)
def test_the_geodesic_is_exact(points: tuple[float, float, float, float], km: float, bearing: float) -> None:
    found = geodesic(*points)
    assert type(found) is Distance
    assert found.km == pytest.approx(km, abs=2e-6)
    assert found.bearing == pytest.approx(bearing, abs=2e-4)
