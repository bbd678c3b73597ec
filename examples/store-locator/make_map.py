"""Write `static/world.svg`, the land and the borders of the world: Natural Earth, by way of the package world-atlas.

    npm pack world-atlas@2.0.2 && tar -xzf world-atlas-2.0.2.tgz
    python make_map.py package/countries-50m.json static/world.svg

One rule: what two countries share is drawn once. The outlines of the land are one path, the borders between countries
another, and each arc is made simpler by itself, so the two stay together. Visvalingam's method: the points that
matter least, by the area of the triangle that they make with their neighbours, go first.
"""

from __future__ import annotations

import heapq
import json
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from worldmap import SCALE, WIDTH, project

Point = tuple[float, float]

LEAST: Final = 60.0
"""Square units of the map: the smallest triangle, and the smallest island, that is kept."""
SOUTH, NORTH = -60.0, 83.7
"""What lies farther south is pressed on that line, and so has no area; no land lies farther north."""

SVG: Final = """\
<svg xmlns="http://www.w3.org/2000/svg" viewBox="{box}">
<!-- Made with Natural Earth 4.1, 1:50m (public domain), by make_map.py. Web Mercator, {scale} units a degree. -->
<path id="land" vector-effect="non-scaling-stroke" d="{land}"/>
<path id="borders" fill="none" vector-effect="non-scaling-stroke" d="{borders}"/>
</svg>
"""


def simplified(line: Sequence[Point], least: float) -> list[Point]:
    """The line without the points that matter less than `least` square units; its ends stay."""
    before, after = list(range(-1, len(line) - 1)), list(range(1, len(line) + 1))

    def area(i: int) -> float:
        (ax, ay), (bx, by), (cx, cy) = line[before[i]], line[i], line[after[i]]
        return abs((bx - ax) * (cy - ay) - (cx - ax) * (by - ay)) / 2

    heap = [(area(i), i) for i in range(1, len(line) - 1)]
    heapq.heapify(heap)
    areas = {i: value for value, i in heap}
    while heap:
        value, i = heapq.heappop(heap)
        if areas.get(i) != value:
            continue
        if value >= least:
            break
        del areas[i]
        before[after[i]], after[before[i]] = before[i], after[i]
        for j in (before[i], after[i]):
            if j in areas:
                areas[j] = max(area(j), value)
                heapq.heappush(heap, (areas[j], j))
    return [line[0], *(line[i] for i in sorted(areas)), line[-1]]


def decoded(topology: dict[str, Any]) -> list[list[Point]]:
    """The arcs of a quantised TopoJSON, on the map."""
    (sx, sy), (tx, ty) = topology["transform"]["scale"], topology["transform"]["translate"]
    arcs = []
    for deltas in topology["arcs"]:
        x = y = 0
        arc = []
        for dx, dy in deltas:
            x, y = x + dx, y + dy
            arc.append(project(min(max(y * sy + ty, SOUTH), NORTH), x * sx + tx))
        arcs.append(unbroken(arc))
    return arcs


def unbroken(line: Sequence[Point]) -> list[Point]:
    """The line with no step across the whole map where it crosses the 180th meridian: it goes on past the edge."""
    whole = [line[0]]
    for x, y in line[1:]:
        whole.append((x - round((x - whole[-1][0]) / WIDTH) * WIDTH, y))
    return whole


def rings(geometry: dict[str, Any]) -> Iterator[list[int]]:
    """The rings of a geometry, each a list of arcs."""
    parts = geometry.get("geometries")
    if parts is not None:
        for part in parts:
            yield from rings(part)
    elif geometry["type"] == "Polygon":
        yield from geometry["arcs"]
    elif geometry["type"] == "MultiPolygon":
        for polygon in geometry["arcs"]:
            yield from polygon


def joined(ring: Sequence[int], arcs: Sequence[Sequence[Point]]) -> list[Point]:
    """The points of a ring, from its arcs; the number of an arc that is run backwards is negative."""
    return unbroken([point for i in ring for point in (arcs[i] if i >= 0 else arcs[~i][::-1])])


def path(line: Sequence[Point], close: bool) -> str:
    """A line in whole units, relative to its beginning, in the letters of SVG."""
    points = [(round(x), round(y)) for x, y in line]
    points = [p for i, p in enumerate(points) if i == 0 or p != points[i - 1]]
    if close:
        points.pop()
    if len(points) < (3 if close else 2):
        return ""
    (x, y), text = points[0], f"M{points[0][0]} {points[0][1]}l"
    for nx, ny in points[1:]:
        dx, dy = nx - x, ny - y
        text += f"{dx if dx < 0 or text[-1] == 'l' else f' {dx}'}{dy if dy < 0 else f' {dy}'}"
        x, y = nx, ny
    return text + ("z" if close else "")


def enclosed(ring: Sequence[Point]) -> float:
    """The area within a ring."""
    pairs = zip(ring, [*ring[1:], ring[0]], strict=True)
    return abs(sum(ax * by - bx * ay for (ax, ay), (bx, by) in pairs)) / 2


def main(source: Path, target: Path) -> None:
    """Write the map."""
    topology = json.loads(source.read_bytes())
    arcs = decoded(topology)
    short = [simplified(arc, LEAST) for arc in arcs]
    land = []
    for ring in rings(topology["objects"]["land"]):
        if enclosed(joined(ring, arcs)) >= LEAST:
            land.append(path(joined(ring, short), close=True))
    uses = Counter(i if i >= 0 else ~i for ring in rings(topology["objects"]["countries"]) for i in ring)
    borders = [path(short[i], close=False) for i, number in sorted(uses.items()) if number > 1]
    west, top = project(NORTH, -180)
    east, bottom = project(SOUTH, 180)
    box = f"{west:.0f} {top:.0f} {east - west:.0f} {bottom - top:.0f}"
    target.write_text(SVG.format(box=box, scale=SCALE, land="".join(land), borders="".join(borders)))
    points = f"{sum(map(len, short)):,} of {sum(map(len, arcs)):,} points"
    print(f"{points}, {target.stat().st_size / 1e3:.0f} kB in {target}")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
