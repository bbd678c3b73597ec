from __future__ import annotations

import math

import numpy as np
import pytest
from numpy.typing import NDArray

from parvis_geolocation.points.cells import FEW, LEVELS, REACH_KM, CellIndex, Cells, cut

KM_PER_DEGREE = 111.195


def points(seed: int, count: int = 3_000) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.int32]]:
    """Clusters and single points of two groups, some at the 180th meridian and near a pole."""
    random = np.random.default_rng(seed)
    centres = np.array([(48.8, 2.3), (-17.0, 179.99), (-17.0, -179.99), (84.0, 30.0), (0.0, 0.0)])
    latitude, longitude = (centres[random.integers(0, len(centres), count)] + random.normal(0, 0.2, (count, 2))).T
    longitude = (longitude + 180) % 360 - 180
    degrees = np.unique(np.rint(np.column_stack((latitude, longitude)) * 100_000).astype(np.int32), axis=0)
    group = random.integers(0, 2, len(degrees)) * 7
    return group, np.ascontiguousarray(degrees[:, 0]), np.ascontiguousarray(degrees[:, 1])


def squares(latitude: float, longitude: float, lats: NDArray[np.int32], lons: NDArray[np.int32]) -> NDArray[np.float64]:
    """Squares of the distances in kilometres, over the plane that touches the globe at the point."""
    run = np.abs(lons / 100_000 - longitude)
    run = np.minimum(run, 360 - run) * math.cos(math.radians(latitude))
    return np.asarray(((lats / 100_000 - latitude) ** 2 + run**2) * KM_PER_DEGREE**2)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_nearest_point_is_the_one_a_comparison_with_all_finds(seed: int) -> None:
    group, latitude, longitude = points(seed)
    index = CellIndex(cut(group, latitude, longitude), latitude, longitude)
    random = np.random.default_rng(seed + 100)
    near = random.integers(0, len(group), 300)
    for at, of in zip(near.tolist(), random.integers(0, 2, 300).tolist(), strict=True):
        lat = float(latitude[at]) / 100_000 + random.normal(0, 0.1)
        lon = (float(longitude[at]) / 100_000 + random.normal(0, 0.3) + 180) % 360 - 180
        members = np.flatnonzero(group == of * 7)
        apart = squares(lat, lon, latitude[members], longitude[members])
        found = index.nearest(of * 7, lat, lon)
        if apart.min() > REACH_KM**2:
            assert found is None
        else:
            assert found is not None and group[found] == of * 7
            assert squares(lat, lon, latitude[[found]], longitude[[found]])[0] == pytest.approx(apart.min(), abs=1e-9)


def test_many_points_have_the_answers_of_each() -> None:
    group, latitude, longitude = points(4)
    index = CellIndex(cut(group, latitude, longitude), latitude, longitude)
    random = np.random.default_rng(5)
    lat, lon = random.uniform(47, 50, 2_000), random.uniform(0, 4, 2_000)
    of = random.integers(0, 2, 2_000) * 7
    single = [index.nearest(*asked) for asked in zip(of.tolist(), lat.tolist(), lon.tolist(), strict=True)]
    assert [None if found < 0 else found for found in index.nearest_many(of, lat, lon).tolist()] == single
    assert None in single and len(set(single)) > 100


def test_the_corners_of_the_globe_have_an_answer_or_none() -> None:
    group, latitude, longitude = points(6)
    index = CellIndex(cut(group, latitude, longitude), latitude, longitude)
    corners = [(90.0, 180.0), (90.0, -180.0), (-90.0, 180.0), (-90.0, -180.0), (0.0, 180.0)]
    assert [index.nearest(0, *corner) for corner in corners] == [None] * 5
    assert index.nearest_many(np.zeros(0, np.int64), np.zeros(0), np.zeros(0)).tolist() == []


def test_points_closer_than_the_smallest_cell_are_told_apart() -> None:
    latitude = np.arange(2 * FEW, dtype=np.int32)
    longitude = np.zeros(2 * FEW, dtype=np.int32)
    index = CellIndex(cut(np.zeros(2 * FEW, np.int64), latitude, longitude), latitude, longitude)
    assert [index.nearest(0, at / 100_000, 0.0) for at in range(2 * FEW)] == list(range(2 * FEW))


def test_cells_cover_the_globe_once_and_hold_few_candidates() -> None:
    group, latitude, longitude = points(7)
    cells: Cells = cut(group, latitude, longitude)
    assert cells.cells.tolist() == sorted(set(cells.cells.tolist()))
    assert cells.cells[0] == 0 and 7 << 2 * LEVELS in cells.cells
    assert int(np.diff(cells.starts.astype(np.int64)).max()) <= FEW
