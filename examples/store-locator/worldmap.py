"""Where things stand on the map, and which part of it is shown.

One rule: everything is in the units of `static/world.svg`, Web Mercator with `SCALE` units a degree of longitude, and
y growing southwards as in SVG. What is shown lies near its centre also across the 180th meridian: x may pass the edge
of the world, which the page draws three times side by side.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

SCALE: Final = 50
WIDTH: Final = 360 * SCALE
LEAST_WIDTH: Final = 14 * SCALE
"""The narrowest part that is shown; the outlines are too rough for a closer look."""
RADIUS: Final = 0.026
"""Of a marker, as a part of the width that is shown: so it has one size on the screen."""

Point = tuple[float, float]


def project(latitude: float, longitude: float) -> Point:
    """A point of the globe, between 85 degrees south and north, on the map."""
    return SCALE * longitude, -SCALE * math.degrees(math.asinh(math.tan(math.radians(latitude))))


@dataclass(frozen=True)
class View:
    """A part of the map, and what is marked on it: a place, and the stores in their order."""

    left: float
    top: float
    width: float
    height: float
    place: Point | None
    stores: tuple[Point, ...]

    @property
    def box(self) -> str:
        """The `viewBox` of the SVG."""
        return f"{self.left:.1f} {self.top:.1f} {self.width:.1f} {self.height:.1f}"

    @property
    def radius(self) -> float:
        """Of a marker."""
        return self.width * RADIUS


def world(stores: Sequence[Point]) -> View:
    """All that is inhabited, with these stores, each a latitude and a longitude."""
    top, bottom = project(74, 0)[1], project(-57, 0)[1]
    return View(-WIDTH / 2, top, WIDTH, bottom - top, None, tuple(project(*store) for store in stores))


def around(place: Point, stores: Sequence[Point], shape: float = 1.25) -> View:
    """A place and these stores, each a latitude and a longitude, in a view `shape` times as wide as high."""
    x, y = centre = project(*place)
    marks = []
    for store in stores:
        mx, my = project(*store)
        marks.append((x + (mx - x + WIDTH / 2) % WIDTH - WIDTH / 2, my))
    xs, ys = [x, *(m[0] for m in marks)], [y, *(m[1] for m in marks)]
    wide, high = max(xs) - min(xs), max(ys) - min(ys)
    width = max(wide * 1.25, high * 1.3 * shape, LEAST_WIDTH)
    left, top = (max(xs) + min(xs) - width) / 2, (max(ys) + min(ys) - width / shape) / 2
    return View(left, top, width, width / shape, centre, spread(marks, width * RADIUS))


def spread(marks: Sequence[Point], radius: float) -> tuple[Point, ...]:
    """The marks moved as little as makes their discs lie side by side, so that each can be read."""
    points = list(marks)
    for _ in range(30):
        moved = False
        for j in range(len(points)):
            for i in range(j):
                (ax, ay), (bx, by) = points[i], points[j]
                apart = math.hypot(bx - ax, by - ay)
                lack = 2 * radius - apart
                if lack > radius / 100:
                    ux, uy = ((bx - ax) / apart, (by - ay) / apart) if apart else (1.0, 0.0)
                    dx, dy = ux * lack / 2, uy * lack / 2
                    points[i], points[j] = (ax - dx, ay - dy), (bx + dx, by + dy)
                    moved = True
        if not moved:
            break
    return tuple(points)
