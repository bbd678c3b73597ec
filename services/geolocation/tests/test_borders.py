from __future__ import annotations

import hashlib
import math
import random
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from parvis_geolocation.packaged import packaged
from parvis_geolocation.places import Places
from parvis_geolocation.points.borders import Borders
from parvis_geolocation.points.outlines import UNITS_PER_DEGREE, Arcs, pack, read_arcs, read_regions, unpack
from parvis_geolocation.points.shapes import Shapes, position, positions, square_from_origin, squares_from_origin
from parvis_geolocation.points.tiles import COLUMNS, MIXED, NUMBER, ROWS, SHORE, Tiles, _cut_edges, cut
from parvis_geolocation.storage.store import open_store

DATA = packaged("README.md").parent

Ring = list[tuple[float, float]]


def square(west: float, south: float, east: float, north: float) -> Ring:
    return [(west, south), (east, south), (east, north), (west, north), (west, south)]


def arcs_of(*lines: tuple[int, int, Ring]) -> Arcs:
    """Arcs from (left, right, vertices in degrees)."""
    points = np.rint(np.array([point for line in lines for point in line[2]]) * UNITS_PER_DEGREE).astype(np.int64)
    left, right, counts = ([line[part] if part < 2 else len(line[2]) for line in lines] for part in range(3))
    return Arcs(np.array(left), np.array(right), np.array(counts), points)


def shapes_of(tiles: Tiles) -> Shapes:
    return Shapes(*(getattr(tiles, name) for name in Shapes.ARRAYS))


def region_at(shapes: Shapes, latitude: float, longitude: float) -> int:
    row, column, x, y = position(latitude, longitude)
    cell = shapes.cells[row * COLUMNS + column]
    return shapes.region(cell & NUMBER, x, y) if cell & MIXED else cell & NUMBER


def shore_at(shapes: Shapes, latitude: float, longitude: float) -> int:
    row, column, x, y = position(latitude, longitude)
    cell = shapes.cells[row * COLUMNS + column]
    return shapes.shore(row, column, x, y, latitude) if cell & SHORE else 0


@pytest.fixture(scope="module")
def two_squares() -> Shapes:
    """Region 1 from 10 to 11.1 east, region 2 from there to 12.3 east, both from 20.05 to 21.3 north."""
    border = [(11.1, 20.05), (11.1, 21.3)]
    around_1 = [(11.1, 21.3), (10.0, 21.3), (10.0, 20.05), (11.1, 20.05)]
    around_2 = [(11.1, 20.05), (12.3, 20.05), (12.3, 21.3), (11.1, 21.3)]
    return shapes_of(cut(arcs_of((1, 2, border), (1, 0, around_1), (2, 0, around_2)), np.array([0, 1, 2])))


@pytest.mark.parametrize(
    ("latitude", "longitude", "region"),
    [
        (20.5, 10.5, 1), (20.5, 11.0999, 1), (20.5, 11.1001, 2), (20.5, 12.2999, 2), (20.5, 12.3001, 0),
        (20.0501, 10.5, 1), (20.0499, 10.5, 0), (21.2999, 12.0, 2), (21.3001, 12.0, 0), (20.5, 9.9999, 0),
        (20.75, 10.25, 1), (20.75, 11.25, 2), (-20.5, 10.5, 0), (20.5, -10.5, 0), (90, 10.5, 0), (-90, 10.5, 0),
    ],
)  # fmt: skip
def test_a_point_is_in_the_region_whose_outline_holds_it(
    two_squares: Shapes, latitude: float, longitude: float, region: int
) -> None:
    assert region_at(two_squares, latitude, longitude) == region


@pytest.mark.parametrize(
    ("latitude", "longitude", "region"),
    [
        (20.5, 9.1, 1), (20.5, 8.9, 0), (22.2, 10.5, 1), (22.4, 10.5, 0), (21.4, 12.2, 2), (19.2, 12.0, 2),
        (20.6, 13.36, 2), (20.6, 13.38, 0),
    ],
)  # fmt: skip
def test_a_point_at_sea_has_the_region_of_a_shore_within_a_degree_of_a_great_circle(
    two_squares: Shapes, latitude: float, longitude: float, region: int
) -> None:
    assert region_at(two_squares, latitude, longitude) == 0
    assert shore_at(two_squares, latitude, longitude) == region


def star(seed: int, middle: tuple[float, float], corners: int = 40) -> Ring:
    """A ring with random spikes, counter-clockwise."""
    rays = random.Random(seed)
    turns = [2 * math.pi * corner / corners for corner in range(corners)]
    ring = [
        (middle[0] + math.cos(turn) * reach, middle[1] + math.sin(turn) * reach)
        for turn in turns
        for reach in [rays.uniform(0.2, 1.5)]
    ]
    return [*ring, ring[0]]


def inside(ring: list[tuple[int, int]], x: float, y: float) -> bool:
    """The even-odd rule, in the plainest form."""
    crossings = 0
    for (x1, y1), (x2, y2) in pairwise(ring):
        if (y1 <= y) != (y2 <= y) and x1 + (y - y1) * (x2 - x1) / (y2 - y1) <= x:
            crossings += 1
    return crossings % 2 == 1


@pytest.mark.parametrize("seed", range(5))
def test_a_jagged_outline_holds_the_points_that_the_even_odd_rule_says(seed: int) -> None:
    # An island in region 1's lake of the sea, its own region: outlines within outlines.
    middle = (-60.1 + seed, 3.3 * seed - 5)
    outer = star(seed, middle)
    lake = [(middle[0] + x, middle[1] + y) for x, y in reversed(square(-0.1, -0.1, 0.1, 0.1))]
    arcs = arcs_of((1, 0, outer), (1, 0, lake))
    shapes = shapes_of(cut(arcs, np.array([0, 1])))
    rings = np.split(arcs.points, [len(outer)])
    anywhere = random.Random(seed)
    for _ in range(2000):
        x, y = middle[0] + anywhere.uniform(-1.6, 1.6), middle[1] + anywhere.uniform(-1.6, 1.6)
        units = x * UNITS_PER_DEGREE, y * UNITS_PER_DEGREE
        held = [inside([tuple(point) for point in ring.tolist()], *units) for ring in rings]
        assert region_at(shapes, y, x) == (1 if held == [True, False] else 0), (y, x)


def test_many_points_get_the_answers_of_one(two_squares: Shapes) -> None:
    anywhere = random.Random(7)
    latitudes = np.array([anywhere.uniform(19.9, 21.5) for _ in range(3000)])
    longitudes = np.array([anywhere.uniform(9.9, 12.5) for _ in range(3000)])
    row, column, x, y = positions(latitudes, longitudes)
    cells = np.asarray(two_squares.cells)[row * COLUMNS + column]
    alone = [region_at(two_squares, *point) for point in zip(latitudes.tolist(), longitudes.tolist(), strict=True)]
    assert two_squares.regions(cells, x, y).tolist() == alone


def test_an_outline_may_end_at_the_date_line_and_at_the_pole() -> None:
    outline = [(-180.0, -90.0), (180.0, -90.0), (180.0, -70.3), (-180.0, -70.3), (-180.0, -90.0)]
    shapes = shapes_of(cut(arcs_of((1, 0, outline)), np.array([0, 1])))
    for longitude in (-180, -179.99, 0.0, 179.99, 180):
        assert region_at(shapes, -90, longitude) == 1
        assert region_at(shapes, -70.31, longitude) == 1
        assert region_at(shapes, -70.29, longitude) == 0
        assert shore_at(shapes, -69.9, longitude) == 1


def test_the_distance_from_a_segment_is_the_same_for_one_and_for_many() -> None:
    anywhere = random.Random(3)
    segments = np.array([[anywhere.uniform(-9, 9) for _ in range(4)] for _ in range(500)] + [[1.0, 2.0, 1.0, 2.0]])
    many = squares_from_origin(*segments.T)
    assert many.tolist() == [square_from_origin(*segment) for segment in segments.tolist()]
    assert square_from_origin(-1.0, 2.0, 5.0, 2.0) == 4.0
    assert square_from_origin(3.0, 4.0, 6.0, 8.0) == 25.0


def test_arcs_are_the_same_after_packing() -> None:
    arcs = arcs_of((3, 0, square(-180, -90, 180, 90)), (1, 2, [(0.0, 0.0), (-0.001, 0.002)]))
    again = unpack(pack(arcs))
    assert all((mine == yours).all() for mine, yours in zip(arcs, again, strict=True))


@pytest.fixture(scope="module")
def outlines() -> Arcs:
    return read_arcs()


def test_every_line_of_the_outlines_parts_two_regions_that_are_there(outlines: Arcs) -> None:
    regions = read_regions()
    assert len(regions) == 4596
    assert (outlines.left != outlines.right).all()
    assert outlines.left.min() >= 1
    assert outlines.left.max() <= len(regions)
    assert outlines.right.max() <= len(regions)
    assert outlines.counts.min() >= 2
    assert outlines.counts.sum() == len(outlines.points)


def test_territories_with_a_code_of_their_own_are_under_it() -> None:
    countries = {region.country for region in read_regions()}
    assert {"AX", "BQ", "EH", "GF", "GP", "HK", "JE", "MO", "PR", "PS", "RE", "SJ", "SX", "TW", "XK"} <= countries
    assert {"AN", "CS"}.isdisjoint(countries)
    assert all(region.code[:2] in ("", region.country) for region in read_regions())


@pytest.fixture(scope="module")
def borders(store: Path) -> Borders:
    return open_store(store, Borders)


@pytest.fixture(scope="module")
def places(store: Path) -> Places:
    return open_store(store, Places)


@pytest.mark.parametrize(
    ("point", "country", "at_sea"),
    [
        ((48.8566, 2.3522), "FR", False),
        ((48.575, 7.812), "DE", False),  # across the Rhine from Strasbourg
        ((44.95, 34.1), "UA", False),
        ((42.66, 21.16), "XK", False),
        ((27.15, -13.2), "EH", False),
        ((27.7, -12.9), "MA", False),
        ((4.93, -52.33), "GF", False),
        ((18.4, -66.1), "PR", False),
        ((71.0, -8.3), "SJ", False),
        ((22.3, 114.17), "HK", False),
        ((35.1, -140.0), None, True),
        ((43.2, 7.5), "FR", True),
        ((-90, 0), "AQ", False),
        ((66.0, 180), "RU", False),
        ((66.0, -180), "RU", False),
    ],
)
def test_known_points_are_in_their_country(
    borders: Borders, places: Places, point: tuple[float, float], country: str | None, at_sea: bool
) -> None:
    where = borders.at(*point)
    assert (places.country_code(where.country), where.at_sea) == (country, at_sea)


def test_a_country_within_two_kilometres_is_named(borders: Borders, places: Places) -> None:
    def neighbours(latitude: float, longitude: float) -> list[str | None]:
        return [places.country_code(area) for area in borders.at(latitude, longitude).neighbours]

    assert neighbours(48.575, 7.812) == ["FR"]
    assert neighbours(47.58, 7.59) == ["DE", "FR"]
    assert neighbours(48.86, 2.35) == []
    assert neighbours(0, 0) == []


def test_many_wheres_are_those_of_one(borders: Borders) -> None:
    anywhere = random.Random(11)
    near_borders = [
        (47.58, 7.59),
        (43.74, 7.42),
        (42.5, 1.5),
        (47.1, 9.5),
        (43.94, 12.45),
        (36.14, -5.35),
        (1.35, 103.8),
    ]
    points = [(anywhere.uniform(-90, 90), anywhere.uniform(-180, 180)) for _ in range(800)]
    points += [(lat + anywhere.gauss(0, 0.1), lon + anywhere.gauss(0, 0.1)) for lat, lon in near_borders * 100]
    many = borders.many(*np.array(points).T)
    alone = [borders.at(*point) for point in points]
    assert many.country.tolist() == [where.country for where in alone]
    assert many.admin1.tolist() == [where.admin1 for where in alone]
    assert many.at_sea.tolist() == [where.at_sea for where in alone]
    assert many.neighbours == {row: where.neighbours for row, where in enumerate(alone) if where.neighbours}
    assert sum(bool(where.neighbours) for where in alone) > 50


def test_going_north_a_region_ends_where_the_next_one_begins(outlines: Arcs) -> None:
    _, crossings = _cut_edges(outlines)
    same_line = np.flatnonzero(np.diff(crossings.place // ROWS) == 0)
    assert len(same_line) > 50_000
    assert (crossings.above[same_line] == crossings.below[same_line + 1]).all()


def test_the_data_is_what_its_page_says() -> None:
    page = " ".join((DATA / "README.md").read_text(encoding="utf-8").split())
    for name in ("outlines.xz", "regions.tsv"):
        digest = hashlib.sha256((DATA / name).read_bytes()).hexdigest()
        assert f"`{name}` {digest}" in page
