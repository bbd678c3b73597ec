"""Measure the full store: how long answers take, and how often `reverse` gives the name that is expected.

    python tools/measure.py                                  # times only
    python tools/measure.py --airports AIRPORTS.csv          # the file of the package airportsdata
    python tools/measure.py --postal POSTAL.tsv              # GeoNames' postal codes, allCountries.txt

A point counts when a place whose own name is the expected one lies within reach of it (30 km of a postal code, 60 km of an
airport); an answer is right when it is such a place. Postal codes are sampled: 400 a country.
"""

from __future__ import annotations

import argparse
import csv
import random
import resource
import statistics
import time
from collections import defaultdict
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, NamedTuple

from parvis_geolocation import Geolocation, Place
from parvis_geolocation.fold import fold
from parvis_geolocation.nearest import distance_and_bearing

Point = tuple[float, float]


class Expected(NamedTuple):
    """A point, and what the place it belongs to is called."""

    country: str
    name: str
    point: Point


def airports(path: Path) -> list[Expected]:
    """The towns that airports serve."""
    with open(path, encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["city"]]
    return [Expected(row["country"], row["city"], (float(row["lat"]), float(row["lon"]))) for row in rows]


def postal_codes(path: Path) -> list[Expected]:
    """The place names of postal codes, as many of each country."""
    countries: dict[str, list[Expected]] = defaultdict(list)
    with open(path, encoding="utf-8") as file:
        for line in file:
            row = line.rstrip("\n").split("\t")
            if len(row) > 10 and row[9]:
                countries[row[0]].append(Expected(row[0], row[2], (float(row[9]), float(row[10]))))
    return [item for items in countries.values() for item in random.sample(items, min(400, len(items)))]


def agreement(geolocation: Geolocation, items: Iterable[Expected], within_km: float) -> str:
    """How often `reverse` gives the expected name."""
    right = total = 0
    for item in items:
        named = _of_that_name(geolocation, item, within_km)
        if named:
            total += 1
            right += geolocation.reverse(*item.point).id in named
    return f"{right / total:.1%} of {total:,} points"


def _of_that_name(geolocation: Geolocation, item: Expected, within_km: float) -> set[int]:
    try:
        places = geolocation.search(item.name, country=item.country, limit=100)
    except ValueError:
        return set()  # a country without a code of its own, or a name without a letter
    wanted = fold(item.name)
    return {place.id for place in places if fold(place.name) == wanted and _distance(item.point, place) <= within_km}


def borders(geolocation: Geolocation, path: Path) -> str:
    """How often `reverse` is in the right country, and in the right state of the United States."""
    countries: list[bool] = []
    states: list[bool] = []
    with open(path, encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            place = geolocation.reverse(float(row["lat"]), float(row["lon"]))
            countries.append(place.country_code == row["country"])
            if place.country_code == row["country"] == "US":
                states.append(place.admin1 == row["subd"])
    return f"{statistics.fmean(countries):.1%} of {len(countries):,}, {statistics.fmean(states):.1%} of {len(states):,}"


def _distance(point: Point, place: Place) -> float:
    return distance_and_bearing(point, (place.latitude, place.longitude))[0]


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
    timed("search, 3 letters, limit 100", geolocation.search, [(name[:3], None, 100) for name in names[:1000]])
    timed("country", geolocation.country, [(place.country_code,) for place in chosen])
    timed("about", geolocation.about, [()] * count)


def main() -> None:
    """Run the measurements asked for."""
    parser = argparse.ArgumentParser(description="Measure the full store.")
    parser.add_argument("--airports", type=Path)
    parser.add_argument("--postal", type=Path)
    arguments = parser.parse_args()
    random.seed(7)
    begun = time.perf_counter()
    with Geolocation() as geolocation:
        print(f"opened in {(time.perf_counter() - begun) * 1000:.0f} ms")
        times(geolocation)
        if arguments.airports:
            print("towns of airports:", agreement(geolocation, airports(arguments.airports), 60))
            print("countries and states of airports:", borders(geolocation, arguments.airports))
        if arguments.postal:
            print("postal codes:", agreement(geolocation, postal_codes(arguments.postal), 30))
    print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MiB")


if __name__ == "__main__":
    main()
