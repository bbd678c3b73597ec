"""Measure the full store: how long answers take. How often they are right is for `scripts/accuracy`.

python tools/measure.py
"""

from __future__ import annotations

import random
import resource
import statistics
import time
from collections.abc import Callable
from typing import Any

from parvis_geolocation import Geolocation


def timed(name: str, call: Callable[..., Any], arguments: list[tuple[Any, ...]]) -> None:
    """Print how long calls take, one at a time."""
    taken: list[float] = []
    for each in arguments:
        begun = time.perf_counter_ns()
        call(*each)
        taken.append((time.perf_counter_ns() - begun) / 1000)
    cuts = statistics.quantiles(taken, n=100)
    print(f"{name:<34} p50 {cuts[49]:7.1f} µs   p99 {cuts[98]:7.1f} µs")


def times(geolocation: Geolocation, count: int = 10_000) -> None:
    """Print how long each operation takes on the points and names of places taken anywhere."""
    places = [place for letter in "abcdefghijklmnopqrstuvwxyz" for place in geolocation.search(letter, limit=100)]
    chosen = random.choices(places, k=count)
    points = [(place.latitude + random.gauss(0, 0.05), place.longitude + random.gauss(0, 0.05)) for place in chosen]
    points = [(min(90.0, max(-90.0, lat)), min(180.0, max(-180.0, lon))) for lat, lon in points]
    anywhere = [(random.uniform(-90, 90), random.uniform(-180, 180)) for _ in range(count)]
    names = [place.name for place in chosen if place.name[:3].isalpha()]
    timed("reverse, near places", geolocation.reverse, points)
    timed("reverse, anywhere", geolocation.reverse, anywhere)
    timed("timezone, near places", geolocation.timezone, points)
    timed("search, whole name, limit 1", lambda name: geolocation.search(name, limit=1), [(name,) for name in names])
    timed("search, whole name, limit 10", geolocation.search, [(name,) for name in names])
    timed("search, 3 letters", geolocation.search, [(name[:3],) for name in names])
    timed("search, 3 letters in France", geolocation.search, [(name[:3], "FR") for name in names])
    timed("search, name and country", geolocation.search, [(f"{p.name}, {p.country}",) for p in chosen])
    timed(
        "search, 3 letters, limit 100",
        lambda text: geolocation.search(text, limit=100),
        [(n[:3],) for n in names[:1000]],
    )
    timed("country", geolocation.country, [(place.country_code,) for place in chosen])
    timed("about", geolocation.about, [()] * count)


def main() -> None:
    """Run the measurements."""
    random.seed(7)
    begun = time.perf_counter()
    with Geolocation() as geolocation:
        print(f"opened in {(time.perf_counter() - begun) * 1000:.0f} ms")
        times(geolocation)
    print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MiB")


if __name__ == "__main__":
    main()
