"""Where the gazetteer knows better than the outlines.

The rule: outlines are exact to about two kilometres, and small islands are missing. So a place that the outlines put
in another country or subdivision than its own proves them wrong at its centre, and its own areas hold in a disc around
it: of `RADIUS_KM`, or of half the way to the nearest place of other areas when that is less. Between countries that
dispute a territory the outlines stand, as they follow the policy that `outlines.BOUNDARIES` names.

Each pair of areas that a disc gives is a region of its own, numbered after those of the outlines.
"""

from __future__ import annotations

from bisect import bisect_left
from typing import Final, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from ..gazetteer import Gazetteer
from ..storage.draft import Draft
from ..storage.store import Generation
from .distance import EARTH_RADIUS_KM, unit_vectors
from .tiles import KM_PER_DEGREE, OFFSET, STEPS_PER_DEGREE, cells_around, spread

RADIUS_KM: Final = 2.0

DISPUTED: Final = frozenset({("AE", "IR"), ("CY", "GB"), ("EH", "MA"), ("IL", "PS"), ("IL", "SY")})
"""Countries between which the outlines stand, in alphabetical order."""

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


class Discs(NamedTuple):
    """Discs of ground and the areas they are in.

    Attributes:
        ranks: The places in their middles.
        radius: Kilometres.
        region: Number of the region of each.
        areas: The country and the area of level 1 of each region that they add.
    """

    ranks: Ints
    radius: Floats
    region: Ints
    areas: list[tuple[int, int]]


def discs(gazetteer: Gazetteer, outlined: list[tuple[int, int]], inside: Ints) -> Discs:
    """The discs that put places where they belong.

    Args:
        gazetteer: The places and areas.
        outlined: The country and the area of level 1 of each region of the outlines.
        inside: For each place the number of its region.
    """
    own = np.array(gazetteer.place_areas, dtype=np.int64)[:, :2]
    drawn = np.array(outlined, dtype=np.int64)[inside]
    abroad = own[:, 0] != drawn[:, 0]
    astray = ~abroad & (own[:, 1] != drawn[:, 1]) & (own[:, 1] > 0) & (drawn[:, 1] > 0)
    codes = [area.code for area in gazetteer.areas]
    for rank in np.flatnonzero(abroad).tolist():
        pair = sorted((codes[own[rank, 0]], codes[drawn[rank, 0]]))
        abroad[rank] = tuple(pair) not in DISPUTED
    ranks = np.flatnonzero(abroad | astray)
    radius = _radii(gazetteer, ranks, own, abroad)
    alone = radius > 0  # of two at one place, in different areas, neither proves a thing
    ranks, radius = ranks[alone], radius[alone]
    areas, number = np.unique(own[ranks], axis=0, return_inverse=True)
    pairs = [(country, admin1) for country, admin1 in areas.tolist()]
    return Discs(ranks, radius, len(outlined) + number.ravel(), pairs)


def _radii(gazetteer: Gazetteer, ranks: Ints, own: Ints, abroad: NDArray[np.bool_]) -> Floats:
    latitude = np.array([place["latitude"] for place in gazetteer.places])
    points = unit_vectors(latitude, np.array([place["longitude"] for place in gazetteer.places]))
    order = np.argsort(latitude, kind="stable")
    reach = 2 * RADIUS_KM / KM_PER_DEGREE
    low = np.searchsorted(latitude[order], latitude[ranks] - reach)
    high = np.searchsorted(latitude[order], latitude[ranks] + reach)
    radius = np.full(len(ranks), RADIUS_KM)
    for number, rank in enumerate(ranks.tolist()):
        near = order[low[number] : high[number]]
        others = near[(own[near] != own[rank])[:, : 1 if abroad[rank] else 2].any(axis=1)]
        if len(others):
            chords = np.sqrt(((points[others] - points[rank]) ** 2).sum(axis=1))
            radius[number] = min(RADIUS_KM, float(chords.min()) * EARTH_RADIUS_KM / 2)
    return radius


def write_patches(draft: Draft, gazetteer: Gazetteer, found: Discs) -> NDArray[np.uint32]:
    """Write the discs by cell; gives the cells that have some."""
    latitude = np.array([gazetteer.places[rank]["latitude"] for rank in found.ranks.tolist()])
    longitude = np.array([gazetteer.places[rank]["longitude"] for rank in found.ranks.tolist()])
    x = (longitude + 180) * STEPS_PER_DEGREE + OFFSET
    y = (latitude + 90) * STEPS_PER_DEGREE + OFFSET
    radius = found.radius / KM_PER_DEGREE * STEPS_PER_DEGREE
    width = np.cos(np.radians(latitude))
    around = cells_around(x, y, x, y, radius, radius / width)
    order = np.argsort(around.cell, kind="stable")
    cells, starts = np.unique(around.cell[order], return_index=True)
    disc = around.item[order]
    middles = np.column_stack((x, y))[disc] - around.corner[order]
    draft.array("patch.cells", cells.astype(np.uint32))
    draft.array("patch.starts", np.append(starts, len(disc)).astype(np.uint32))
    draft.array("patch.discs", np.column_stack((middles, width[disc], radius[disc])))
    draft.array("patch.regions", found.region[disc].astype(np.uint16))
    return cells.astype(np.uint32)


class Patches:
    """The discs of a store."""

    __slots__ = ("_cells", "_discs", "_regions", "_starts", "_views")

    def __init__(self, generation: Generation) -> None:
        self._cells, self._starts, self._discs, self._regions = (
            generation.array(f"patch.{name}") for name in ("cells", "starts", "discs", "regions")
        )
        self._views = self._cells.data, self._starts.data, self._discs.data, self._regions.data

    def region(self, cell: int, x: float, y: float) -> int:
        """The region of the disc that a point of a cell with discs is deepest in; 0 when it is in none."""
        cells, starts, discs, regions = self._views
        at = bisect_left(cells, cell)
        deepest, found = 1.0, 0
        for disc in range(starts[at], starts[at + 1]):
            depth = _depth((x - discs[disc, 0]) * discs[disc, 2], y - discs[disc, 1], discs[disc, 3])
            if depth < deepest:
                deepest, found = depth, regions[disc]
        return found

    def regions(self, cell: Ints, x: Floats, y: Floats) -> Ints:
        """The same as `region`, for many points."""
        owner, disc = spread(self._starts, np.searchsorted(self._cells, cell))
        middle_x, middle_y, width, radius = self._discs[disc].T
        depth = _depth((x[owner] - middle_x) * width, y[owner] - middle_y, radius)
        order = np.lexsort((np.arange(len(depth)), depth, owner))
        order = order[depth[order] < 1.0]
        first = order[np.flatnonzero(np.diff(owner[order], prepend=-1))]
        found = np.zeros(len(cell), dtype=np.int64)
        found[owner[first]] = self._regions[disc[first]]
        return found


N = TypeVar("N", float, Floats)


def _depth(aside: N, up: N, radius: N) -> N:
    """How far from the middle of a disc: 0 there, 1 on its edge."""
    return (aside * aside + up * up) / (radius * radius)
