"""The country and the region that a point lies in.

The rule: on land, the region whose outline holds the point; at sea, the region of the nearest shore within a degree of
a great circle; beyond, none. `patches` goes before both, where the gazetteer knows better. A country within about two
kilometres, which is how exact the outlines are, is a neighbour: the point may be in it.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..gazetteer import Gazetteer
from ..storage.draft import Draft
from ..storage.store import Generation
from .outlines import read_arcs, read_regions
from .patches import Patches, discs, write_patches
from .regions import areas_of, only_zones
from .shapes import Shapes, position, positions, square_from_origin, squares_from_origin
from .tiles import (
    COLUMNS,
    KM_PER_DEGREE,
    MIXED,
    NEIGHBOUR_KM,
    NEIGHBOURED,
    NUMBER,
    PATCHED,
    SHORE,
    STEPS_PER_DEGREE,
    cut,
    spread,
)

_NEIGHBOUR_SQUARE: Final = (NEIGHBOUR_KM / KM_PER_DEGREE * STEPS_PER_DEGREE) ** 2


Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


class Where(NamedTuple):
    """Where a point lies.

    Attributes:
        country: Number of the area that is its country; 0 when no shore is within reach.
        admin1: Number of the area of level 1 that it is in; 0 when that is not known.
        at_sea: Whether no outline holds the point.
        neighbours: Numbers of the areas that are other countries within about 2 km.
    """

    country: int
    admin1: int
    at_sea: bool
    neighbours: tuple[int, ...]


class Wheres(NamedTuple):
    """Where many points lie: the fields of `Where`, as columns; only those of points with neighbours are there."""

    country: Ints
    admin1: Ints
    at_sea: NDArray[np.bool_]
    neighbours: dict[int, tuple[int, ...]]


def write_borders(draft: Draft, gazetteer: Gazetteer) -> None:
    """Write the cells, the areas of each region, and the countries that keep one time zone."""
    regions = read_regions()
    codes = {code: number for number, code in enumerate(sorted({region.country for region in regions}), 1)}
    tiles = cut(read_arcs(), np.array([0, *(codes[region.country] for region in regions)]))
    latitudes = np.array([place["latitude"] for place in gazetteer.places])
    longitudes = np.array([place["longitude"] for place in gazetteer.places])
    shapes = Shapes(*(getattr(tiles, name) for name in Shapes.ARRAYS))
    row, column, x, y = positions(latitudes, longitudes)
    cell = tiles.cells[row * COLUMNS + column]
    inside = shapes.regions(cell, x, y)
    areas = areas_of(regions, gazetteer, inside)
    nearest = inside.copy()
    for rank in np.flatnonzero((inside == 0) & (cell & SHORE > 0)).tolist():
        nearest[rank] = shapes.shore(
            int(row[rank]), int(column[rank]), float(x[rank]), float(y[rank]), float(latitudes[rank])
        )
    found = discs(gazetteer, areas, nearest)
    tiles.cells[write_patches(draft, gazetteer, found)] |= PATCHED
    for name in tiles.__slots__:
        draft.array(f"border.{name}", getattr(tiles, name))
    areas += found.areas
    draft.array("border.areas", np.array(areas, dtype=np.uint32))
    draft.table("border.only_zones", sorted(only_zones(gazetteer).items()))


class Borders:
    """The outlines of a store."""

    __slots__ = (
        "_areas", "_near_cells", "_near_pieces", "_near_sides", "_near_starts", "_near_views", "_patches", "_shapes",
        "_table", "only_zones",
    )  # fmt: skip

    def __init__(self, generation: Generation) -> None:
        array = generation.array
        self._shapes = Shapes(*(array(f"border.{name}") for name in Shapes.ARRAYS))
        self._patches = Patches(generation)
        self._table = array("border.areas")
        self._areas: list[tuple[int, int]] = [(country, admin1) for country, admin1 in self._table.tolist()]
        self._near_cells = array("border.near_cells")
        self._near_starts = array("border.near_starts")
        self._near_views = self._near_cells.data, self._near_starts.data
        self._near_pieces = array("border.near_pieces")
        self._near_sides = array("border.near_sides")
        self.only_zones: dict[int, str] = dict(generation.table("border.only_zones"))

    def at(self, latitude: float, longitude: float) -> Where:
        """Where a point lies."""
        row, column, x, y = position(latitude, longitude)
        number = row * COLUMNS + column
        cell = self._shapes.cells[number]
        region = self._shapes.region(cell & NUMBER, x, y) if cell & MIXED else cell & NUMBER
        at_sea = not region
        if cell & PATCHED and (patch := self._patches.region(number, x, y)):
            region = patch
        elif at_sea and cell & SHORE:
            region = self._shapes.shore(row, column, x, y, latitude)
        country, admin1 = self._areas[region]
        neighbours = self._neighbours(number, x, y, latitude, country) if cell & NEIGHBOURED else ()
        return Where(country, admin1, at_sea, neighbours)

    def many(self, latitudes: Floats, longitudes: Floats) -> Wheres:
        """Where many points lie."""
        row, column, x, y = positions(latitudes, longitudes)
        number = row * COLUMNS + column
        cell = np.asarray(self._shapes.cells)[number]
        region = self._shapes.regions(cell, x, y)
        at_sea = region == 0
        patched = np.flatnonzero(cell & PATCHED)
        patch = self._patches.regions(number[patched], x[patched], y[patched])
        region[patched[patch > 0]] = patch[patch > 0]
        for point in np.flatnonzero((region == 0) & (cell & SHORE > 0)).tolist():
            region[point] = self._shapes.shore(
                int(row[point]), int(column[point]), float(x[point]), float(y[point]), float(latitudes[point])
            )
        country, admin1 = self._table[region].astype(np.int64).T
        near = np.flatnonzero(cell & NEIGHBOURED)
        found = self._neighbours_of_many(number[near], x[near], y[near], latitudes[near], country[near])
        neighbours = {int(near[point]): countries for point, countries in found.items()}
        return Wheres(country, admin1, at_sea, neighbours)

    def _neighbours(self, cell: int, x: float, y: float, latitude: float, country: int) -> tuple[int, ...]:
        cells, starts = self._near_views
        at = bisect_left(cells, cell)
        first, after = starts[at], starts[at + 1]
        width = math.cos(math.radians(latitude))
        found: set[int] = set()
        for (x1, y1, x2, y2), sides in zip(
            self._near_pieces[first:after].tolist(), self._near_sides[first:after].tolist(), strict=True
        ):
            if square_from_origin((x1 - x) * width, y1 - y, (x2 - x) * width, y2 - y) <= _NEIGHBOUR_SQUARE:
                found.update(self._areas[side][0] for side in sides)
        return tuple(sorted(found - {0, country}))

    def _neighbours_of_many(
        self, cell: Ints, x: Floats, y: Floats, latitude: Floats, country: Ints
    ) -> dict[int, tuple[int, ...]]:
        """The same as `_neighbours`, for many points: of those that have some."""
        owner, piece = spread(self._near_starts, np.searchsorted(self._near_cells, cell))
        width = np.cos(np.radians(latitude))[owner]
        x1, y1, x2, y2 = self._near_pieces[piece].T
        aside, up = x[owner], y[owner]
        square = squares_from_origin((x1 - aside) * width, y1 - up, (x2 - aside) * width, y2 - up)
        close = np.flatnonzero(square <= _NEIGHBOUR_SQUARE)
        sides = self._table[self._near_sides[piece[close]], 0]
        found: dict[int, set[int]] = {}
        for point, countries in zip(owner[close].tolist(), sides.tolist(), strict=True):
            found.setdefault(point, set()).update(countries)
        left = {point: tuple(sorted(near - {0, int(country[point])})) for point, near in found.items()}
        return {point: countries for point, countries in left.items() if countries}
