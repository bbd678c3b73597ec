"""The nearest of many points to any point of the globe, out of mapped arrays and without a tree.

The rule: the globe is cut in four again and again until a cell holds at most `FEW` candidates: all the points that can
be the nearest to some point of the cell. A query finds its cell by one bisection and compares its candidates, so it is
exact, and there is nothing to load. Points beyond `REACH_KM` are no candidates. Each group of points (those of a
country) has cells of its own. A cell is numbered by the interleaved bits (Morton, 1966) of its south-western corner.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

REACH_KM: Final = 20.0
FEW: Final = 12
LEVELS: Final = 20
"""Halvings of the globe in either direction; the smallest cells are at most 38 metres wide, and may hold more than
`FEW` candidates."""

_KM_PER_DEGREE: Final = 111.195
_SIDE: Final = 1 << LEVELS
_SCALE: Final = 100_000
"""Points are whole numbers of 1e-5 degrees."""
_REACH_2: Final = (REACH_KM / _KM_PER_DEGREE * _SCALE) ** 2
_HALF_TURN: Final = 180 * _SCALE
_FIRST_COMPARED: Final = 4
"""The first level whose cells are so narrow that the way from one of its points to a candidate is eastward or westward
for all of them."""
_PORTION: Final = 1 << 18
"""Candidates compared at a time while cutting."""

Floats = NDArray[np.float64]


def _spread_bits() -> list[int]:
    """For each number of ten bits, the number in which a zero follows each of its bits."""
    return [sum((number >> bit & 1) << 2 * bit for bit in range(10)) for number in range(1024)]


_SPREAD: Final = _spread_bits()
_SPREAD_ARRAY: Final = np.array(_SPREAD, dtype=np.uint64)


@dataclass(frozen=True, slots=True)
class Cells:
    """Cells and candidates, as they stand in the store.

    Attributes:
        cells: The first number of each cell, with the number of its group in the bits above; sorted.
        starts: For each cell, where its candidates begin; one more entry ends the last.
        candidates: Numbers of points.
    """

    cells: NDArray[np.uint64]
    starts: NDArray[np.uint32]
    candidates: NDArray[np.uint32]


def cut(group: NDArray[np.integer], latitude: NDArray[np.int32], longitude: NDArray[np.int32]) -> Cells:
    """The cells of these points.

    Args:
        group: The group of each point, a whole number below 2**20.
        latitude: In 1e-5 degrees.
        longitude: In 1e-5 degrees.
    """
    found = [
        _cut(number, np.flatnonzero(group == number).astype(np.uint32), latitude, longitude)
        for number in np.unique(group).tolist()
    ]
    cells, counts, candidates = (np.concatenate(columns) for columns in zip(*found, strict=True))
    return Cells(cells, np.concatenate(([0], np.cumsum(counts))).astype(np.uint32), candidates)


def _cut(
    group: int, members: NDArray[np.uint32], latitude: NDArray[np.int32], longitude: NDArray[np.int32]
) -> tuple[NDArray[np.uint64], NDArray[np.int64], NDArray[np.uint32]]:
    """The cells of one group, in the order of their numbers: number, count of candidates, candidates."""
    zero = np.zeros(1, dtype=np.int64)
    left = _Level(zero, zero, np.array([len(members)]), members)
    done: list[tuple[NDArray[np.uint64], NDArray[np.int64], NDArray[np.uint32]]] = []
    level = 0
    while len(left.x):
        level += 1
        remaining = []
        for portion in _portions(left):
            quarters = _quarters(portion, level, latitude, longitude)
            few = (quarters.counts <= FEW) | (level == LEVELS)
            ready, rest = _parted(quarters, few)
            numbers = _interleaved(ready.x, ready.y) << np.uint64(2 * (LEVELS - level))
            done.append((numbers, ready.counts, ready.candidates))
            remaining.append(rest)
        left = _Level(*(np.concatenate(columns) for columns in zip(*remaining, strict=True)))
    numbers, counts, candidates = (np.concatenate(columns) for columns in zip(*done, strict=True))
    order = np.argsort(numbers)
    picked = candidates[ranges((np.cumsum(counts) - counts)[order], counts[order])]
    return numbers[order] | np.uint64(group << 2 * LEVELS), counts[order], picked


class _Level(NamedTuple):
    """Cells of one size, each with its number of candidates, and these one after the other."""

    x: NDArray[np.int64]
    y: NDArray[np.int64]
    counts: NDArray[np.int64]
    candidates: NDArray[np.uint32]


def _portions(level: _Level) -> Iterator[_Level]:
    """The cells in portions that fit in memory when they are compared with their candidates."""
    ends = np.cumsum(level.counts)
    cell = 0
    while cell < len(ends):
        first = int(ends[cell] - level.counts[cell])
        after = max(int(np.searchsorted(ends, first + _PORTION, side="right")), cell + 1)
        within = slice(cell, after)
        yield _Level(
            level.x[within], level.y[within], level.counts[within], level.candidates[first : int(ends[after - 1])]
        )
        cell = after


def _parted(level: _Level, first: NDArray[np.bool_]) -> tuple[_Level, _Level]:
    of_first = np.repeat(first, level.counts)
    return (
        _Level(level.x[first], level.y[first], level.counts[first], level.candidates[of_first]),
        _Level(level.x[~first], level.y[~first], level.counts[~first], level.candidates[~of_first]),
    )


def _quarters(cells: _Level, level: int, latitude: NDArray[np.int32], longitude: NDArray[np.int32]) -> _Level:
    """The quarters of cells, each with those candidates of its cell that are its own."""
    x = (2 * cells.x[:, None] + np.array([0, 0, 1, 1])).ravel()
    y = (2 * cells.y[:, None] + np.array([0, 1, 0, 1])).ravel()
    counts = np.repeat(cells.counts, 4)
    starts = np.repeat(np.cumsum(cells.counts) - cells.counts, 4)
    points = cells.candidates[ranges(starts, counts)]
    half_high, half_wide = 90 * _SCALE / (1 << level), 180 * _SCALE / (1 << level)
    middle_y, middle_x = (2 * y + 1) * half_high - 90 * _SCALE, (2 * x + 1) * half_wide - 180 * _SCALE
    south, north = np.abs(middle_y) - half_high, np.abs(middle_y) + half_high
    widest, narrowest = (
        np.repeat(np.cos(np.radians(edge / _SCALE)) ** 2, counts) for edge in (np.maximum(south, 0), north)
    )
    # From the middle of the quarter, eastward and northward.
    up = latitude[points] - np.repeat(middle_y, counts)
    right = longitude[points] - np.repeat(middle_x, counts)
    right -= 2 * _HALF_TURN * np.rint(right / (2 * _HALF_TURN))
    least = np.maximum(np.abs(up) - half_high, 0) ** 2 + np.maximum(np.abs(right) - half_wide, 0) ** 2 * narrowest
    own = least <= _REACH_2
    some = counts > 0
    firsts = (np.cumsum(counts) - counts)[some]
    pivot = np.repeat(_first_least(up**2 + right**2 * widest, firsts, counts[some]), counts[some])
    # By how much a candidate is at least farther than the pivot from a point of the quarter: the difference of the
    # squares is linear northward, eastward and in the shrinking of longitudes, so its least value is at the limits.
    farther_up = up**2 - up[pivot] ** 2 - 2 * half_high * np.abs(up - up[pivot])
    farther_right = right**2 - right[pivot] ** 2 - 2 * half_wide * np.abs(right - right[pivot])
    farther = farther_up + farther_right * np.where(farther_right < 0, widest, narrowest)
    own &= (farther < 0) | (np.arange(len(points)) == pivot) | (level < _FIRST_COMPARED)
    own_counts = np.zeros(len(counts), dtype=np.int64)
    own_counts[some] = np.add.reduceat(own, firsts, dtype=np.int64)
    return _Level(x, y, own_counts, points[own])


def _first_least(values: Floats, firsts: NDArray[np.int64], counts: NDArray[np.int64]) -> NDArray[np.int64]:
    """Where the least value of each run stands, the first of equal ones; no run is empty."""
    at = np.flatnonzero(values == np.repeat(np.minimum.reduceat(values, firsts), counts))
    return np.asarray(at[np.searchsorted(at, firsts)])


def ranges(starts: NDArray[np.int64], counts: NDArray[np.int64]) -> NDArray[np.int64]:
    """The numbers of all ranges, one range after the other."""
    ends = np.cumsum(counts)
    within = np.arange(ends[-1] if len(ends) else 0) - np.repeat(ends - counts, counts)
    return np.asarray(np.repeat(starts, counts) + within)


def _interleaved(x: NDArray[np.int64], y: NDArray[np.int64]) -> NDArray[np.uint64]:
    twenty = np.uint64(20)
    spread_x = (_SPREAD_ARRAY[x >> 10] << twenty) | _SPREAD_ARRAY[x & 1023]
    spread_y = (_SPREAD_ARRAY[y >> 10] << twenty) | _SPREAD_ARRAY[y & 1023]
    return np.asarray((spread_x << np.uint64(1)) | spread_y)


class CellIndex:
    """Finds the nearest point."""

    __slots__ = ("_arrays", "_candidates", "_cells", "_latitude", "_longitude", "_starts")

    def __init__(self, cells: Cells, latitude: NDArray[np.int32], longitude: NDArray[np.int32]) -> None:
        self._arrays = (cells, latitude, longitude)
        self._cells = cells.cells.data
        self._starts = cells.starts.data
        self._candidates = cells.candidates.data
        self._latitude = latitude.data
        self._longitude = longitude.data

    def nearest(self, group: int, latitude: float, longitude: float) -> int | None:
        """The point of a group that is nearest to a point, within `REACH_KM`; the first of those at one distance."""
        x = min(int((longitude + 180) * (_SIDE / 360)), _SIDE - 1)
        y = min(int((latitude + 90) * (_SIDE / 180)), _SIDE - 1)
        spread = _SPREAD
        number = (spread[x >> 10] << 20 | spread[x & 1023]) << 1 | spread[y >> 10] << 20 | spread[y & 1023]
        cell = bisect_right(self._cells, group << 2 * LEVELS | number) - 1
        starts = self._starts
        north, east = latitude * _SCALE, longitude * _SCALE
        shrink = math.cos(math.radians(latitude))
        least, best = _REACH_2, None
        latitudes, longitudes = self._latitude, self._longitude
        for point in self._candidates[starts[cell] : starts[cell + 1]]:
            rise = latitudes[point] - north
            run = abs(longitudes[point] - east)
            if run > _HALF_TURN:
                run = 2 * _HALF_TURN - run
            run *= shrink
            distance = rise * rise + run * run
            if distance <= least and (distance < least or best is None):
                least, best = distance, point
        return best

    def nearest_many(self, group: NDArray[np.integer], latitude: Floats, longitude: Floats) -> NDArray[np.int64]:
        """The same for many points at once; -1 where there is none."""
        cells, latitudes, longitudes = self._arrays
        x = np.minimum(((longitude + 180) * (_SIDE / 360)).astype(np.int64), _SIDE - 1)
        y = np.minimum(((latitude + 90) * (_SIDE / 180)).astype(np.int64), _SIDE - 1)
        number = (group.astype(np.uint64) << np.uint64(2 * LEVELS)) | _interleaved(x, y)
        cell = np.searchsorted(cells.cells, number, side="right") - 1
        starts = cells.starts[cell].astype(np.int64)
        counts = cells.starts[cell + 1] - starts
        point = cells.candidates[ranges(starts, counts)]
        rise = latitudes[point] - np.repeat(latitude * _SCALE, counts)
        run = np.abs(longitudes[point] - np.repeat(longitude * _SCALE, counts))
        run = np.minimum(run, 2 * _HALF_TURN - run) * np.repeat(np.cos(np.radians(latitude)), counts)
        distance = rise * rise + run * run
        found = np.full(len(latitude), -1, dtype=np.int64)
        some = np.flatnonzero(counts)
        if len(some):
            at = _first_least(distance, (np.cumsum(counts) - counts)[some], counts[some])
            near = distance[at] <= _REACH_2
            found[some[near]] = point[at[near]]
        return found
