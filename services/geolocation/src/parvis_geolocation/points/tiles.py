"""Cutting the outlines into cells, so that a point is compared with a few lines only.

The rule: the globe is cut into cells of a quarter of a degree. A cell that no outline passes through is plain: it
holds the number of its one region. Any other is mixed: it holds the pieces of outlines inside it, and its own western
edge, cut where outlines cross it. So from a point in a mixed cell, the first line to the west has the point's region on
its east side, and there always is one.

Lines are runs of vertices in steps of 1/`STEPS` of a unit of the outlines, counted from the south-west corner of the
cell. The grid lies half a unit south-west of whole degrees: no vertex is ever on its lines.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .outlines import UNITS_PER_DEGREE, Arcs

CELLS_PER_DEGREE: Final = 4
ROWS: Final = 180 * CELLS_PER_DEGREE
COLUMNS: Final = 360 * CELLS_PER_DEGREE
STEPS: Final = 30
"""Steps in a unit; a step is 0.45 metres of latitude, by which a line may move where it is cut."""
STEPS_PER_DEGREE: Final = UNITS_PER_DEGREE * STEPS
CELL: Final = STEPS_PER_DEGREE // CELLS_PER_DEGREE
"""Steps along a side of a cell; below 65,536."""
OFFSET: Final = STEPS // 2
"""Steps from a line of the grid to the whole degrees north-east of it."""
KM_PER_DEGREE: Final = 111.195
"""Of latitude, on the sphere."""

MIXED: Final = 1 << 31
NEIGHBOURED: Final = 1 << 30
"""Set for a cell that is within `NEIGHBOUR_KM` of two countries."""
PATCHED: Final = 1 << 28
"""Set for a cell that the discs of `patches` reach into."""
SHORE: Final = 1 << 29
"""Set for a mixed cell that holds a coast, and for a plain cell of sea within a degree of one."""
NUMBER: Final = (1 << 24) - 1
"""The bits that hold the region of a plain cell, or the number of a mixed one."""
EDGE: Final = (1 << 16) - 1
"""In place of a region, to the west of the western edge of a cell."""

NEIGHBOUR_KM: Final = 2.0
SHORE_DEGREES: Final = 1.0
"""Degrees of a great circle within which a point at sea belongs to the nearest shore."""

Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Tiles:
    """The cells.

    Attributes:
        cells: For each cell, row by row from the south-west, flags and a number.
        runs: For each mixed cell, the number of its first run; one more entry ends the last.
        starts: For each run, the number of its first vertex; one more entry ends the last.
        left: For each run, the region on its left.
        right: For each run, the region on its right.
        x: For each vertex, steps from the western edge of its cell.
        y: For each vertex, steps from its southern edge.
        near_cells: The cells that are near two countries, sorted.
        near_starts: For each of those, the number of its first piece of border; one more entry ends the last.
        near_pieces: For each piece of border, its two ends, x, y, x, y in steps from the corner of the cell.
        near_sides: For each piece of border, the regions on its left and right.
    """

    cells: NDArray[np.uint32]
    runs: NDArray[np.uint32]
    starts: NDArray[np.uint32]
    left: NDArray[np.uint16]
    right: NDArray[np.uint16]
    x: NDArray[np.uint16]
    y: NDArray[np.uint16]
    near_cells: NDArray[np.uint32]
    near_starts: NDArray[np.uint32]
    near_pieces: NDArray[np.int32]
    near_sides: NDArray[np.uint16]


@dataclass(frozen=True, slots=True)
class _Pieces:
    """Edges, cut at the lines of the grid, in the order they are walked; ends in steps from the corner of the grid."""

    ends: Ints
    cell: Ints
    left: Ints
    right: Ints
    arc: Ints


@dataclass(frozen=True, slots=True)
class _Crossings:
    """Where edges cross the western lines of cells, sorted by column, row and latitude."""

    place: Ints
    y: Ints
    above: Ints
    below: Ints


def cut(arcs: Arcs, countries: Ints) -> Tiles:
    """Cut outlines into cells; `countries` numbers the country of each region, 0 being no country."""
    pieces, crossings = _cut_edges(arcs)
    corner = _corners(crossings)
    mixed = np.unique(pieces.cell)
    cells = corner.astype(np.uint32)
    cells[mixed] = MIXED | np.arange(len(mixed), dtype=np.uint32)
    coasts = np.unique(pieces.cell[(pieces.left == 0) | (pieces.right == 0)])
    cells[coasts] |= SHORE
    plain_sea = cells == 0
    cells[plain_sea & _around(coasts)] |= SHORE
    runs = _runs(pieces, crossings, corner, mixed)
    near = _neighboured(pieces, countries, cells)
    cells[near[0]] |= NEIGHBOURED
    return Tiles(cells, *runs, *near)


def _cut_edges(arcs: Arcs) -> tuple[_Pieces, _Crossings]:
    points = (arcs.points + np.array([180, 90]) * UNITS_PER_DEGREE) * STEPS + OFFSET
    arc = np.repeat(np.arange(len(arcs.counts)), arcs.counts)
    first = np.flatnonzero(arc[:-1] == arc[1:])
    x1, y1, x2, y2 = points[first, 0], points[first, 1], points[first + 1, 0], points[first + 1, 1]
    column1, column2, row1, row2 = x1 // CELL, x2 // CELL, y1 // CELL, y2 // CELL

    across, line_x = _lines(column1, column2)  # the edges that cross vertical lines, once for each line
    y_at = y1[across] + (line_x - x1[across]) * ((y2 - y1)[across] / (x2 - x1)[across])
    along, line_y = _lines(row1, row2)
    x_at = x1[along] + (line_y - y1[along]) * ((x2 - x1)[along] / (y2 - y1)[along])

    # All crossings of an edge, in the order they are met; each one moves on by a column or a row.
    edge = np.concatenate((across, along))
    way = np.concatenate(
        (np.abs(line_x - x1[across]) / np.abs((x2 - x1)[across]), np.abs(line_y - y1[along]) / np.abs((y2 - y1)[along]))
    )
    order = np.lexsort((way, edge))
    edge = edge[order]
    at_x = np.concatenate((line_x, np.rint(x_at).astype(np.int64)))[order]
    at_y = np.concatenate((np.rint(y_at).astype(np.int64), line_y))[order]
    vertical = order < len(across)
    step_x = np.where(vertical, np.sign(x2 - x1)[edge], 0)
    step_y = np.where(vertical, 0, np.sign(y2 - y1)[edge])

    # Pieces: one more than an edge has crossings.
    crossed = np.bincount(edge, minlength=len(first))
    begins = np.cumsum(crossed + 1) - (crossed + 1)
    piece_edge = np.repeat(np.arange(len(first)), crossed + 1)
    after = np.ones(len(piece_edge), dtype=bool)
    after[begins] = False
    start_x, start_y, column, row = x1[piece_edge], y1[piece_edge], column1[piece_edge], row1[piece_edge]
    start_x[after], start_y[after] = at_x, at_y
    column[after] += _running(step_x, edge)
    row[after] += _running(step_y, edge)
    end_x, end_y = x2[piece_edge], y2[piece_edge]
    before = np.ones(len(piece_edge), dtype=bool)
    before[begins + crossed] = False
    end_x[before], end_y[before] = at_x, at_y
    ends = np.column_stack((start_x, start_y, end_x, end_y))
    arc_of_piece = arc[first][piece_edge]
    inside = column < COLUMNS  # an outline that is cut at 180 degrees east ends there
    pieces = _Pieces(
        ends[inside],
        (row * COLUMNS + column)[inside],
        arcs.left[arc_of_piece[inside]],
        arcs.right[arc_of_piece[inside]],
        arc_of_piece[inside],
    )

    # A vertical crossing lies on the western line of the eastern one of its two cells.
    crossing = np.flatnonzero(after)[vertical]
    line = at_x[vertical] // CELL
    eastward = step_x[vertical] > 0
    crossing_arc = arc_of_piece[crossing]
    left, right = arcs.left[crossing_arc], arcs.right[crossing_arc]
    place = line * ROWS + row[crossing]
    exact_y = np.concatenate((y_at, np.zeros(len(along))))[order][vertical]
    order = np.lexsort((exact_y, place))
    above, below = np.where(eastward, left, right), np.where(eastward, right, left)
    crossings = _Crossings(place[order], at_y[vertical][order], above[order], below[order])
    return pieces, crossings


def _lines(cell1: Ints, cell2: Ints) -> tuple[Ints, Ints]:
    """The edges that go from one row or column to another: each with each line between the two."""
    count = np.abs(cell2 - cell1)
    edge = np.repeat(np.arange(len(count)), count)
    nth = np.arange(len(edge)) - np.repeat(np.cumsum(count) - count, count)
    return edge, (np.minimum(cell1, cell2)[edge] + 1 + nth) * CELL


def _running(steps: Ints, edge: Ints) -> Ints:
    """Sums of the steps so far, for each edge on its own."""
    total = np.cumsum(steps)
    first = np.r_[True, edge[1:] != edge[:-1]] if len(edge) else np.zeros(0, dtype=bool)
    before = (total - steps)[first]
    sums: Ints = total - before[np.cumsum(first) - 1]
    return sums


def _corners(crossings: _Crossings) -> Ints:
    """The region at the south-west corner of each cell: above the last crossing south of it on the same line."""
    row, column = np.divmod(np.arange(ROWS * COLUMNS), COLUMNS)
    last = np.searchsorted(crossings.place, column * ROWS + row) - 1
    known = (last >= 0) & (crossings.place[last] // ROWS == column)
    return np.where(known, crossings.above[last], 0)


def _around(coasts: Ints) -> NDArray[np.bool_]:
    """The cells that have a point within `SHORE_DEGREES` of one of these cells."""
    there = np.zeros((ROWS, COLUMNS), dtype=np.int32)
    there.ravel()[coasts] = 1
    near = np.zeros((ROWS, COLUMNS), dtype=bool)
    reach = math.ceil(SHORE_DEGREES * CELLS_PER_DEGREE)
    for row in np.flatnonzero(there.any(axis=1)).tolist():
        for target in range(max(0, row - reach), min(ROWS, row + reach + 1)):
            near[target] |= _widened(there[row], columns_within(target, SHORE_DEGREES))
    return near.ravel()


def columns_within(row: int, degrees: float) -> int:
    """Columns that so many degrees of a great circle reach over, in a row of cells; all of them near a pole."""
    outer = max(abs(row / CELLS_PER_DEGREE - 90), abs((row + 1) / CELLS_PER_DEGREE - 90))
    ratio = math.sin(math.radians(degrees)) / max(1e-9, math.cos(math.radians(outer)))
    if ratio >= 1:
        return COLUMNS // 2
    return min(COLUMNS // 2, math.ceil(math.degrees(math.asin(ratio)) * CELLS_PER_DEGREE))


def _widened(there: NDArray[np.int32], by: int) -> NDArray[np.bool_]:
    total = np.cumsum(np.concatenate((there[-by:], there, there[:by], [0])))
    return (total[2 * by : 2 * by + COLUMNS] - np.concatenate(([0], total[: COLUMNS - 1]))) > 0


def _runs(
    pieces: _Pieces, crossings: _Crossings, corner: Ints, mixed: Ints
) -> tuple[
    NDArray[np.uint32],
    NDArray[np.uint32],
    NDArray[np.uint16],
    NDArray[np.uint16],
    NDArray[np.uint16],
    NDArray[np.uint16],
]:
    # The western edges: one piece more than there are crossings on it.
    mixed_place = mixed % COLUMNS * ROWS + mixed // COLUMNS
    low, high = (np.searchsorted(crossings.place, mixed_place, side) for side in ("left", "right"))
    crossed = high - low
    cell = np.repeat(mixed, crossed + 1)
    nth = np.arange(len(cell)) - np.repeat(np.cumsum(crossed + 1) - (crossed + 1), crossed + 1)
    at = np.repeat(low, crossed + 1) + nth
    last = nth == np.repeat(crossed, crossed + 1)
    south, north = cell // COLUMNS * CELL, (cell // COLUMNS + 1) * CELL
    y1 = np.where(nth == 0, south, crossings.y[np.minimum(at - 1, len(crossings.y) - 1)])
    y2 = np.where(last, north, crossings.y[np.minimum(at, len(crossings.y) - 1)])
    east = np.where(nth == 0, corner[cell], crossings.above[np.minimum(at - 1, len(crossings.y) - 1)])
    x = cell % COLUMNS * CELL

    ends = np.concatenate((np.column_stack((x, y1, x, y2)), pieces.ends))
    cells = np.concatenate((cell, pieces.cell))
    left = np.concatenate((np.full(len(cell), EDGE), pieces.left))
    right = np.concatenate((east, pieces.right))
    arc = np.concatenate((-1 - np.arange(len(cell)), pieces.arc))
    order = np.argsort(cells, kind="stable")
    ends, cells, left, right, arc = ends[order], cells[order], left[order], right[order], arc[order]
    first = np.r_[True, (order[1:] != order[:-1] + 1) | (arc[1:] != arc[:-1]) | (cells[1:] != cells[:-1])]

    # Of each piece its end, and of the first piece of each run its start as well.
    size = 1 + first
    position = np.cumsum(size) - 1
    vertex = np.empty((int(size.sum()), 2), dtype=np.int64)
    vertex[position] = ends[:, 2:]
    vertex[position[first] - 1] = ends[first, :2]
    owner = np.repeat(cells, size)
    vertex -= np.column_stack((owner % COLUMNS, owner // COLUMNS)) * CELL
    assert vertex.min() >= 0 and vertex.max() <= CELL
    runs = np.searchsorted(cells[first], np.append(mixed, ROWS * COLUMNS))
    starts = np.append(position[first] - 1, len(vertex))
    return (
        runs.astype(np.uint32),
        starts.astype(np.uint32),
        left[first].astype(np.uint16),
        right[first].astype(np.uint16),
        vertex[:, 0].astype(np.uint16),
        vertex[:, 1].astype(np.uint16),
    )


class Around(NamedTuple):
    """Cells that items reach into.

    Attributes:
        cell: Number of the cell.
        item: Number of the item.
        corner: Steps to the south-west corner of the cell, on the side of the date line that the item is on.
    """

    cell: Ints
    item: Ints
    corner: Ints


def cells_around(
    west: NDArray[Any], south: NDArray[Any], east: NDArray[Any], north: NDArray[Any], margin_y: Any, margin_x: Any
) -> Around:
    """The cells that boxes with margins reach into; all in steps from the corner of the grid."""
    first, last = (np.floor(side / CELL).astype(np.int64) for side in (west - margin_x, east + margin_x))
    low, high = (np.floor(side / CELL).astype(np.int64) for side in (south - margin_y, north + margin_y))
    low, high = np.maximum(low, 0), np.minimum(high, ROWS - 1)
    width = last - first + 1
    count = width * (high - low + 1)
    item = np.repeat(np.arange(len(count)), count)
    nth = np.arange(len(item)) - np.repeat(np.cumsum(count) - count, count)
    row, column = low[item] + nth // width[item], first[item] + nth % width[item]
    return Around(row * COLUMNS + column % COLUMNS, item, np.column_stack((column, row)) * CELL)


def spread(starts: NDArray[np.uint32], at: Ints) -> tuple[Ints, Ints]:
    """For rows of a table that is kept as one list with the start of each row: pairs of the position in `at` of a row
    and the position in the list of an entry of it, row by row."""
    first = starts[at].astype(np.int64)
    count = starts[at + 1].astype(np.int64) - first
    owner = np.repeat(np.arange(len(at)), count)
    return owner, np.arange(len(owner)) + np.repeat(first - np.cumsum(count) + count, count)


def _neighboured(
    pieces: _Pieces, countries: Ints, cells: NDArray[np.uint32]
) -> tuple[NDArray[np.uint32], NDArray[np.uint32], NDArray[np.int32], NDArray[np.uint16]]:
    """The pieces of border near each cell that is near two countries."""
    kept = np.flatnonzero(countries[pieces.left] != countries[pieces.right])
    ends = pieces.ends[kept]
    sides = np.column_stack((pieces.left[kept], pieces.right[kept]))
    margin = NEIGHBOUR_KM / KM_PER_DEGREE * STEPS_PER_DEGREE
    latitude = np.abs((ends[:, 1] + ends[:, 3]) / (2 * STEPS_PER_DEGREE) - 90) + 1 / CELLS_PER_DEGREE
    around = cells_around(
        np.minimum(ends[:, 0], ends[:, 2]),
        np.minimum(ends[:, 1], ends[:, 3]),
        np.maximum(ends[:, 0], ends[:, 2]),
        np.maximum(ends[:, 1], ends[:, 3]),
        margin,
        margin / np.cos(np.radians(np.minimum(latitude, 89))),
    )
    cell, piece, corner = around.cell, around.item, around.corner
    order = np.argsort(cell, kind="stable")
    cell, piece, corner = cell[order], piece[order], corner[order]

    # A cell matters when its pieces, or its own plain region, are of more than one country.
    own = np.where(cells & MIXED, 0, cells & NUMBER).astype(np.int64)
    seen = countries[np.column_stack((sides[piece], own[cell]))]
    most = seen.max(axis=1)
    least = np.where(seen == 0, most[:, None], seen).min(axis=1)
    first = np.flatnonzero(np.r_[True, cell[1:] != cell[:-1]])
    several = np.maximum.reduceat(most, first) != np.minimum.reduceat(least, first)
    count = np.diff(np.append(first, len(cell)))
    chosen = np.repeat(several, count)
    starts = np.r_[0, np.cumsum(count[several])]
    return (
        cell[first[several]].astype(np.uint32),
        starts.astype(np.uint32),
        (ends[piece] - np.tile(corner, 2))[chosen].astype(np.int32),
        sides[piece[chosen]].astype(np.uint16),
    )
