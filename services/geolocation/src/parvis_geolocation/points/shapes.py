"""Which region holds a point, or is nearest to one at sea.

How cells and lines are laid out is said in `tiles`. One point is looked up with plain numbers, many with arrays; both
do the same arithmetic and give the same answer.
"""

from __future__ import annotations

import math
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from .tiles import (
    CELL,
    CELLS_PER_DEGREE,
    COLUMNS,
    EDGE,
    MIXED,
    NUMBER,
    OFFSET,
    ROWS,
    SHORE,
    SHORE_DEGREES,
    STEPS_PER_DEGREE,
    columns_within,
)

_SHORE_STEPS: Final = SHORE_DEGREES * STEPS_PER_DEGREE
_SHORE_ROWS: Final = sorted(range(-CELLS_PER_DEGREE, CELLS_PER_DEGREE + 1), key=abs)

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


class Shapes:
    """The cells and their lines."""

    ARRAYS: Final = ("cells", "runs", "starts", "left", "right", "x", "y")
    __slots__ = ("_cells", "_left", "_right", "_runs", "_starts", "_views", "_x", "_y", "cells")

    def __init__(self, cells: NDArray[np.uint32], *arrays: NDArray[Any]) -> None:
        self._cells = cells
        self._runs, self._starts, self._left, self._right, self._x, self._y = arrays
        # Their memoryviews give plain numbers for an index, several times faster than arrays give their own scalars.
        self.cells = cells.data
        self._views = tuple(array.data for array in arrays)

    def region(self, number: int, x: float, y: float) -> int:
        """The region at a point of a mixed cell: east of the first line to the west."""
        runs, starts, left, right, xs, ys = self._views
        nearest, found = 0.0, 0
        for run in range(runs[number], runs[number + 1]):
            first = starts[run]
            heights = ys[first : starts[run + 1]].tolist()
            below = heights[0] <= y
            for vertex, height in enumerate(heights):
                if (height <= y) != below:
                    before = heights[vertex - 1]
                    x1 = xs[first + vertex - 1]
                    at = x1 + (y - before) * (xs[first + vertex] - x1) / (height - before)
                    if nearest <= at <= x:
                        nearest, found = at, right[run] if below else left[run]
                    below = not below
        return int(found)

    def regions(self, cell: NDArray[np.uint32], x: Floats, y: Floats) -> Ints:
        """The region at each of many points; 0 at sea."""
        found = np.where(cell & MIXED, 0, cell & NUMBER).astype(np.int64)
        point = np.flatnonzero(cell & MIXED)
        number = cell[point] & NUMBER
        first = self._starts[self._runs[number]].astype(np.int64)
        count = self._starts[self._runs[number + 1]].astype(np.int64) - first - 1
        owner = np.repeat(point, count)
        vertex = np.arange(len(owner)) + np.repeat(first - np.cumsum(count) + count, count)
        level = y[owner]
        below = self._y[vertex] <= level
        crossed = np.flatnonzero(below != (self._y[vertex + 1] <= level))
        owner, vertex, below = owner[crossed], vertex[crossed], below[crossed]
        run = np.searchsorted(self._starts, vertex, side="right") - 1
        x1, y1 = self._x[vertex].astype(np.float64), self._y[vertex].astype(np.float64)
        at = x1 + (y[owner] - y1) * (self._x[vertex + 1] - x1) / (self._y[vertex + 1] - y1)
        # Between two runs there is no line.
        kept = np.flatnonzero((vertex + 1 < self._starts[run + 1]) & (at <= x[owner]))
        owner, run, below = owner[kept], run[kept], below[kept]
        order = np.lexsort((np.arange(len(kept)), at[kept], owner))  # of two at the same place the later one counts
        last = order[np.flatnonzero(np.diff(owner[order], append=-1))]
        found[owner[last]] = np.where(below[last], self._right[run[last]], self._left[run[last]])
        return found

    def shore(self, row: int, column: int, x: float, y: float, latitude: float) -> int:
        """The region of the nearest shore within reach of a point at sea; 0 when there is none."""
        cells = self.cells
        width = math.cos(math.radians(latitude))
        nearest, found = _SHORE_STEPS, 0
        for up in _SHORE_ROWS:
            target = row + up
            gap = up * CELL - y if up > 0 else y - (up + 1) * CELL
            if not 0 <= target < ROWS or gap >= nearest:
                continue
            for aside in _outward(_SHORE_COLUMNS[target]):
                if (abs(aside) - 1) * CELL * width >= nearest:
                    break
                gap = aside * CELL - x if aside > 0 else x - (aside + 1) * CELL
                cell = cells[target * COLUMNS + (column + aside) % COLUMNS]
                if cell & MIXED and cell & SHORE and gap * width < nearest:
                    nearest, found = self._coast(cell & NUMBER, x - aside * CELL, y - up * CELL, width, nearest, found)
        return found

    def _coast(self, number: int, x: float, y: float, width: float, nearest: float, found: int) -> tuple[float, int]:
        """The nearest coast of a cell, where it is nearer than what was found before."""
        runs, starts, left, right, xs, ys = self._views
        least = nearest * nearest
        for run in range(runs[number], runs[number + 1]):
            if (left[run] and right[run]) or left[run] == EDGE:
                continue
            first, after = starts[run], starts[run + 1]
            x2, y2 = (xs[first] - x) * width, ys[first] - y
            for next_x, next_y in zip(xs[first + 1 : after].tolist(), ys[first + 1 : after].tolist(), strict=True):
                x1, y1, x2, y2 = x2, y2, (next_x - x) * width, next_y - y
                square = square_from_origin(x1, y1, x2, y2)
                if square < least:
                    least, found = square, left[run] or right[run]
        return math.sqrt(least), found


_SHORE_COLUMNS: Final = [columns_within(row, SHORE_DEGREES) for row in range(ROWS)]


def _outward(reach: int) -> list[int]:
    """0, then the columns to either side, the nearest first."""
    found = _OUTWARD.get(reach)
    if found is None:
        found = _OUTWARD[reach] = sorted(range(-reach, reach + 1), key=abs)
    return found


_OUTWARD: Final[dict[int, list[int]]] = {}


def position(latitude: float, longitude: float) -> tuple[int, int, float, float]:
    """The row and column of the cell of a point, and the steps to it from the south-west corner of that cell."""
    x = (longitude + 180) * STEPS_PER_DEGREE + OFFSET
    y = (latitude + 90) * STEPS_PER_DEGREE + OFFSET
    column, row = int(x // CELL), min(int(y // CELL), ROWS - 1)
    if column >= COLUMNS:
        column, x = column - COLUMNS, x - COLUMNS * CELL
    return row, column, x - column * CELL, y - row * CELL


def positions(latitudes: Floats, longitudes: Floats) -> tuple[Ints, Ints, Floats, Floats]:
    """The same as `position`, for many points."""
    x = (longitudes + 180) * STEPS_PER_DEGREE + OFFSET
    y = (latitudes + 90) * STEPS_PER_DEGREE + OFFSET
    column, row = (x // CELL).astype(np.int64), np.minimum((y // CELL).astype(np.int64), ROWS - 1)
    beyond = column >= COLUMNS
    column, x = column - COLUMNS * beyond, x - COLUMNS * CELL * beyond
    return row, column, x - column * CELL, y - row * CELL


def square_from_origin(x1: float, y1: float, x2: float, y2: float) -> float:
    """The square of the distance of the origin from a segment."""
    along_x, along_y = x2 - x1, y2 - y1
    way = -(x1 * along_x + y1 * along_y)
    if way <= 0:
        return x1 * x1 + y1 * y1
    length = along_x * along_x + along_y * along_y
    if way >= length:
        return x2 * x2 + y2 * y2
    across = x1 * along_y - y1 * along_x
    return across * across / length


def squares_from_origin(x1: Floats, y1: Floats, x2: Floats, y2: Floats) -> Floats:
    """The same as `square_from_origin`, for many segments."""
    along_x, along_y = x2 - x1, y2 - y1
    way = -(x1 * along_x + y1 * along_y)
    length = along_x * along_x + along_y * along_y
    across = x1 * along_y - y1 * along_x
    inside = (way > 0) & (way < length)
    square: Floats = np.where(way <= 0, x1 * x1 + y1 * y1, x2 * x2 + y2 * y2)
    square[inside] = across[inside] * across[inside] / length[inside]
    return square
