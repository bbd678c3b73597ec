"""The outlines of countries and their regions, as this package carries them: Natural Earth, public domain.

The rule: regions cover the land without overlap, so outlines are kept as arcs, each with the region on its left and
the one on its right; region 0 is the sea. Coordinates are whole units of 1/`UNITS_PER_DEGREE` degree. The files in
`data` are written by `tools/outlines.py`.
"""

from __future__ import annotations

import io
import lzma
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..packaged import packaged

UNITS_PER_DEGREE: Final = 8192
"""So rounding moves a vertex by at most 7 metres; Natural Earth 1:10m is exact to about 2 kilometres at borders."""

BOUNDARIES: Final = (
    "A territory that several countries claim belongs to the country under whose code ISO 3166 lists it: Crimea to "
    "Ukraine (UA-43), Kosovo under its customary code XK, Taiwan and Western Sahara under TW and EH. Where ISO 3166 "
    "lists none, it belongs to the country under whose code Natural Earth lists it. This states no opinion on any claim."
)
"""The policy on disputed territory."""


class Region(NamedTuple):
    """A state, province or other region; its number is its position in the table, from 1.

    Attributes:
        country: ISO 3166-1 alpha-2 code.
        code: ISO 3166-2 code; empty when it has none.
        geonames_id: GeoNames identifier of the subdivision; 0 when there is none.
        name: Name.
    """

    country: str
    code: str
    geonames_id: int
    name: str


class Arcs(NamedTuple):
    """Lines between regions.

    Attributes:
        left: For each arc, the region on its left.
        right: For each arc, the region on its right; 0 for the sea.
        counts: For each arc, how many vertices it has.
        points: The vertices of all arcs end to end, x (east) and y (north) in units.
    """

    left: NDArray[np.int64]
    right: NDArray[np.int64]
    counts: NDArray[np.int64]
    points: NDArray[np.int64]


def read_regions() -> list[Region]:
    """All regions."""
    text = packaged("regions.tsv").read_text(encoding="utf-8")
    rows = (line.split("\t") for line in text.split("\n") if line)
    return [Region(country, code, int(number), name) for country, code, number, name in rows]


def read_arcs() -> Arcs:
    """All arcs."""
    packed = packaged("outlines.xz").read_bytes()
    with np.load(io.BytesIO(lzma.decompress(packed)), allow_pickle=False) as columns:
        return unpack(dict(columns))


def pack(arcs: Arcs) -> dict[str, NDArray[Any]]:
    """Arcs as columns that compress well: steps from vertex to vertex, their high and low bytes apart."""
    steps = np.diff(arcs.points, axis=0, prepend=np.zeros((1, 2), dtype=np.int64))
    columns = {"left": arcs.left.astype(np.uint16), "right": arcs.right.astype(np.uint16)}
    columns["counts"] = arcs.counts.astype(np.uint16)
    # A step is small, either way: the sign goes into the last bit.
    folded = np.where(steps < 0, -2 * steps - 1, 2 * steps).astype(np.uint32)
    for axis, name in enumerate("xy"):
        for byte in range(3):
            columns[f"{name}{byte}"] = (folded[:, axis] >> (8 * byte)).astype(np.uint8)
    assert not (folded >> 24).any() and arcs.counts.max() < 1 << 16
    return columns


def unpack(columns: dict[str, NDArray[Any]]) -> Arcs:
    """Arcs from the columns of `pack`."""
    folded = [sum(columns[f"{name}{byte}"].astype(np.int64) << (8 * byte) for byte in range(3)) for name in "xy"]
    points = np.column_stack([np.cumsum((column >> 1) ^ -(column & 1)) for column in folded])
    left, right, counts = (columns[name].astype(np.int64) for name in ("left", "right", "counts"))
    return Arcs(left, right, counts, points)
