"""One figure: how many of how many were right, the bar to reach, and why the others were not."""

from __future__ import annotations

import math
import random
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol, TypeVar

WITHIN_KM: Final = 25.0
SEED: Final = 7

BARS: Final = {
    "natural-earth": {"name": 86.0, "name, country": 91.0, "typing error": 75.0, "typing error, first ten": 90.0},
    "cldr-ru": {"name": 77.0},
    "cldr-zh": {"name": 62.0},
    "libgweather": {"name": 77.5, "name, country": 82.5, "typing error": 69.0, "typing error, first ten": 84.0},
    "simplemaps": {"name": 74.0, "name, country": 78.0, "typing error": 63.0, "typing error, first ten": 77.0},
    "world-cities": {"name": 80.0, "name, country": 87.0, "typing error": 66.0, "typing error, first ten": 81.0},
    "airports-iata": {"name": 71.0, "name, country": 75.5, "typing error": 61.5, "typing error, first ten": 73.5},
    "libgweather-ru": {"name": 67.0},
    "libgweather-zh": {"name": 48.0},
    "airports": {"country": 99.7, "US state": 99.6},
    "geonames": {"time zone of GeoNames' places": 99.6},
}
"""Per cent to reach, by set and what is measured: what is promised, for sets that have nearly all their places in the
store; about one point less than what has been reached, for those whose bound lies below that."""

T = TypeVar("T")


class Point(Protocol):
    """What has a position, in degrees."""

    @property
    def latitude(self) -> float: ...

    @property
    def longitude(self) -> float: ...


@dataclass
class Figure:
    """What was measured.

    Attributes:
        subject: The set.
        what: What of it.
        right: How many were right.
        total: Of how many.
        bound: How many could be, by any ranking of what the store has; None when that is not known.
        failures: What was wrong, by class.
    """

    subject: str
    what: str
    right: int = 0
    total: int = 0
    bound: int | None = None
    failures: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))

    def count(self, right: bool) -> bool:
        """Count a case and say whether it was right."""
        self.total += 1
        self.right += right
        return right

    def fail(self, kind: str, description: str) -> None:
        """Keep why the case just counted was wrong."""
        self.failures[kind].append(description)

    @property
    def bar(self) -> float | None:
        """Per cent to reach; None when there is no bar."""
        return BARS.get(self.subject, {}).get(self.what)

    @property
    def below(self) -> bool:
        """Whether the bar is not reached."""
        return self.bar is not None and 100 * self.right < self.bar * self.total


def table(figures: Iterable[Figure]) -> str:
    """The figures as lines of text."""
    lines = [("set", "measured", "of", "right", "bar", "bound", "failures by class")]
    for figure in figures:
        classes = sorted(figure.failures.items(), key=lambda item: (-len(item[1]), item[0]))
        lines.append(
            (
                figure.subject,
                figure.what,
                f"{figure.total:,}",
                percent(figure.right, figure.total) + (" BELOW" if figure.below else ""),
                "" if figure.bar is None else f"{figure.bar:.1f}",
                "" if figure.bound is None else percent(figure.bound, figure.total),
                ", ".join(f"{kind} {percent(len(cases), figure.total)}" for kind, cases in classes[:5]),
            )
        )
    widths = [max(len(line[column]) for line in lines) for column in range(6)]
    aligned = (str.ljust, str.ljust, str.rjust, str.ljust, str.rjust, str.rjust)
    return "\n".join(
        "  ".join([*(align(cell, width) for align, cell, width in zip(aligned, line, widths, strict=False)), line[6]])
        for line in lines
    )


def percent(part: int, whole: int) -> str:
    """A share, in per cent; of small ones, in hundredths where failures are few."""
    share = 100 * part / whole if whole else 0.0
    return f"{share:.2f}" if 0 < share < 1 or 99 < share < 100 else f"{share:.1f}"


def distance_km(one: Point, other: Point) -> float:
    """Great-circle distance."""
    phi1, phi2 = math.radians(one.latitude), math.radians(other.latitude)
    lam = math.radians(other.longitude - one.longitude)
    haversine = math.sin((phi2 - phi1) / 2) ** 2 + math.cos(phi1) * math.cos(phi2) * math.sin(lam / 2) ** 2
    return 2 * 6371.0088 * math.asin(math.sqrt(min(1.0, haversine)))


def near(point: Point, places: Iterable[Point]) -> bool:
    """Whether one of the places is where the point is."""
    return any(distance_km(point, place) <= WITHIN_KM for place in places)


def drawn(items: Sequence[T], count: int) -> Sequence[T]:
    """So many of the items, the same ones each time; all when `count` is 0."""
    return items if not 0 < count < len(items) else random.Random(SEED).sample(items, count)
