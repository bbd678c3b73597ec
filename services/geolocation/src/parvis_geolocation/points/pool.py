"""Points in groups, each with a reach, in an order that makes the ones around a place a few slices of neighbours.

The rule: points stand by group, then by row of `ROWS_PER_DEGREE`, then by longitude. For one point, whole rows are
compared at once; for many points, of each row the stretch around the point. Both do the same arithmetic and give the
same answer.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..gazetteer import COORDINATE_SCALE
from ..storage.draft import Draft
from ..storage.store import Generation
from .distance import EARTH_RADIUS_KM, unit_vector, unit_vectors

_WHOLE: Final = 2 * EARTH_RADIUS_KM
"""Straight distance across the globe: a band that reaches as far holds everything."""
ROWS_PER_DEGREE: Final = 8
_ROWS: Final = 180 * ROWS_PER_DEGREE
_ROW: Final = 1 << 26
"""Keys in a row: longitudes from the date line, in whole numbers, need 26 bits."""
_BAND: Final = 0.2
"""Degrees of latitude to either side of a point that are looked at first."""
_WIDER: Final = 4.0
"""How many times wider a band is looked at when there is nothing in the one before."""
_ROUNDING: Final = 1e-6

BLUR: Final = 1.0
"""Kilometres within which the centre of a place may be said to lie."""
DETOUR: Final = 15.0
"""Kilometres by which the answer may be farther than the nearest centre."""

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def write_pool(draft: Draft, name: str, group: Ints, latitude: Floats, longitude: Floats, reach: Floats) -> None:
    """Write points, whose numbers are their positions here, under a name."""
    known, numbers = np.unique(group, return_inverse=True)
    rows = np.minimum((latitude + 90) * ROWS_PER_DEGREE, _ROWS - 1).astype(np.int64)
    keys = (numbers * _ROWS + rows) * _ROW + np.rint((longitude + 180) * COORDINATE_SCALE).astype(np.int64)
    order = np.argsort(keys, kind="stable")
    draft.array(f"{name}.groups", known)
    draft.array(f"{name}.keys", keys[order])
    draft.array(f"{name}.ranks", order.astype(np.uint32))
    draft.array(f"{name}.points", unit_vectors(latitude, longitude)[order].T)
    draft.array(f"{name}.reach", reach[order])


class Pool:
    """The points of one name."""

    __slots__ = ("_groups", "_keys", "_keys_view", "_known", "_points", "_ranks", "_ranks_view", "_reach")

    def __init__(self, generation: Generation, name: str) -> None:
        self._known, self._keys, self._ranks, self._points, self._reach = (
            generation.array(f"{name}.{part}") for part in ("groups", "keys", "ranks", "points", "reach")
        )
        self._groups: dict[int, int] = {group: number for number, group in enumerate(self._known.tolist())}
        self._keys_view, self._ranks_view = self._keys.data, self._ranks.data

    def best(self, group: int, latitude: float, point: tuple[float, float, float], within: float) -> int:
        """The rank of the best place of a group, if the nearest is not farther than `within` kilometres; else -1."""
        number = self._groups.get(group)
        if number is None:
            return -1
        first, keys, band = number * _ROWS, self._keys_view, _BAND
        while True:
            south = max(0, int((latitude - band + 90) * ROWS_PER_DEGREE))
            north = min(_ROWS - 1, int((latitude + band + 90) * ROWS_PER_DEGREE))
            low = bisect_left(keys, (first + south) * _ROW)
            high = bisect_left(keys, (first + north + 1) * _ROW, low)
            reached = _straight_of(band)
            least = math.inf
            if low < high:
                x, y, z = self._points[:, low:high]
                distances = _straight(x * point[0] + y * point[1] + z * point[2])
                least = float(distances.min())
            if least + DETOUR <= reached or reached >= _WHOLE:
                if least > within:
                    return -1
                scores = (distances + BLUR) / self._reach[low:high]
                scores[distances > least + DETOUR] = math.inf
                return self._ranks_view[low + int(scores.argmin())]
            if reached >= within + DETOUR:
                return -1
            band = min(band * _WIDER, _band_of(least + DETOUR))

    def best_of_many(self, groups: Ints, latitudes: Floats, longitudes: Floats, points: Floats, within: float) -> Ints:
        """The same as `best`, for many points."""
        found = np.full(len(groups), -1, dtype=np.int64)
        number = np.minimum(np.searchsorted(self._known, groups), len(self._known) - 1)
        left = np.flatnonzero(self._known[number] == groups)
        # Points of one neighbourhood one after the other find its places in the cache of the processor.
        left = left[np.lexsort((latitudes[left], number[left]))]
        band = np.full(len(groups), _BAND)
        while len(left):
            low, count = self._stretches(number[left], latitudes[left], longitudes[left], band[left])
            reached = _WHOLE * np.sin(np.radians(band[left]) / 2)
            least = np.full(len(left), math.inf)
            total = count.sum(axis=1)
            some = np.flatnonzero(total)
            owner = np.repeat(some, total[some])
            first = np.cumsum(total[some]) - total[some]
            place = _expand(low, count)
            x, y, z = points[:, left]
            (px, py, pz), own = self._points, owner
            distances = _straight(px[place] * x[own] + py[place] * y[own] + pz[place] * z[own])
            if len(some):
                least[some] = np.minimum.reduceat(distances, first)
                scores = (distances + BLUR) / self._reach[place]
                scores[distances > np.repeat(least[some] + DETOUR, total[some])] = math.inf
                best = np.minimum.reduceat(scores, first)
                winner = np.flatnonzero(scores == np.repeat(best, total[some]))
                winner = winner[np.flatnonzero(np.diff(owner[winner], prepend=-1))]
                taken = ((least + DETOUR <= reached) | (reached >= _WHOLE))[some] & (least[some] <= within)
                found[left[some[taken]]] = self._ranks[place[winner[taken]]]
            going = (least + DETOUR > reached) & (reached < min(_WHOLE, within + DETOUR))
            wanted = np.degrees(2 * np.arcsin(np.minimum((least + DETOUR) / _WHOLE, 1.0))) + _ROUNDING
            band[left] = np.minimum(np.minimum(band[left] * _WIDER, wanted), 180.0)
            left = left[going]
        return found

    def around(
        self, group: int, latitude: float, longitude: float, radius_km: float
    ) -> tuple[NDArray[np.uint32], Floats]:
        """The points of a group within a radius, and how far they are along the ground."""
        chord = _WHOLE * math.sin(radius_km / EARTH_RADIUS_KM / 2)
        number = np.searchsorted(self._known, [group])
        low, count = self._stretches(number, np.array([latitude]), np.array([longitude]), np.array([_band_of(chord)]))
        place = _expand(low, count)
        (x, y, z), point = self._points, unit_vector(latitude, longitude)
        straight = _straight(x[place] * point[0] + y[place] * point[1] + z[place] * point[2])
        near = np.flatnonzero(straight <= chord)
        along = _WHOLE * np.arcsin(np.minimum(straight[near] / (_WHOLE), 1.0))
        return self._ranks[place[near]], along

    def _stretches(self, number: Ints, latitude: Floats, longitude: Floats, band: Floats) -> tuple[Ints, Ints]:
        """For each point, and each row within its band, the first place of the stretch around it and how many."""
        south = np.maximum(0, (latitude - band + 90) * ROWS_PER_DEGREE).astype(np.int64)
        north = np.minimum(_ROWS - 1, (latitude + band + 90) * ROWS_PER_DEGREE).astype(np.int64)
        row = south[:, None] + np.arange(int((north - south).max()) + 1)
        # The farthest to either side that a circle of the size of the band gets; where it holds a pole or crosses the
        # date line, whole rows are taken.
        polar = np.abs(latitude) + band >= 90
        ratio = np.sin(np.radians(np.minimum(band, 90.0))) / np.cos(np.radians(np.where(polar, 0.0, latitude)))
        aside = np.degrees(np.arcsin(np.minimum(ratio, 1.0))) + _ROUNDING
        crossing = polar | (np.abs(longitude) + aside >= 180)
        west = np.where(crossing, 0, (longitude - aside + 180) * COORDINATE_SCALE)
        east = np.where(crossing, 360 * COORDINATE_SCALE, (longitude + aside + 180) * COORDINATE_SCALE)
        key = (number[:, None] * _ROWS + row) * _ROW
        low = np.searchsorted(self._keys, (key + west.astype(np.int64)[:, None]).ravel(), side="left")
        high = np.searchsorted(self._keys, (key + east.astype(np.int64)[:, None]).ravel(), side="right")
        count = np.where(row <= north[:, None], (high - low).reshape(row.shape), 0)
        return low.reshape(row.shape), count


def _straight_of(degrees: float) -> float:
    """The straight distance between points that are so many degrees of a great circle apart."""
    return _WHOLE * math.sin(math.radians(degrees) / 2)


def _band_of(straight: float) -> float:
    """The degrees of a great circle of a straight distance, and a little more; at most 180."""
    return min(180.0, math.degrees(2 * math.asin(min(1.0, straight / (_WHOLE)))) + _ROUNDING)


def _expand(low: Ints, count: Ints) -> Ints:
    """The whole numbers of all ranges, one range after the other."""
    low, count = low.ravel(), count.ravel()
    before = np.cumsum(count) - count
    numbers: Ints = np.arange(int(count.sum())) + np.repeat(low - before, count)
    return numbers


def _straight(dots: Floats) -> Floats:
    """Straight distances in kilometres between points whose unit vectors have these products."""
    distances: Floats = EARTH_RADIUS_KM * np.sqrt(np.maximum(2.0 - 2.0 * dots, 0.0))
    return distances
