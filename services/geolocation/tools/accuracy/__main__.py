"""The command: measure, print a table, and fail when a figure is below its bar."""

from __future__ import annotations

import argparse
import sys
from functools import partial
from pathlib import Path
from typing import Final

from parvis_geolocation import Geolocation, GeolocationError

from . import __doc__ as purpose
from .figure import Figure, drawn, table
from .reversing import airport_towns, geonames_zones, postal_towns, regions, towns, zones
from .searching import searched
from .sets import SETS, SetMissing, airports, cases, natural_earth_zones

POINTS: Final = "points"
"""Name of the measurements of points, among those of sets."""


def measured_set(name: str, geolocation: Geolocation, packages: Path, sample: int) -> list[Figure]:
    """The figures of a set of names."""
    return searched(geolocation, name, SETS[name].group, drawn(cases(name, packages), sample))


def measured_points(geolocation: Geolocation, packages: Path, sample: int) -> list[Figure]:
    """The figures of points; countries and states are always those of all airports."""
    every = airports(packages)
    some = drawn(every, sample)
    airport_zones = ((airport.latitude, airport.longitude, airport.timezone) for airport in some if airport.timezone)
    return [
        *regions(geolocation, every),
        zones(geolocation, "geonames", "time zone of GeoNames' places", geonames_zones(5 * sample)),
        zones(geolocation, "natural-earth", "time zone", natural_earth_zones(packages)),
        zones(geolocation, "airports", "time zone", airport_zones),
        towns(geolocation, "airports", 60, airport_towns(some)),
        towns(geolocation, "postal codes", 30, postal_towns(-(-sample // 20))),
    ]


def main() -> int:
    """Measure what is asked for; 1 when a figure is below its bar."""
    parser = argparse.ArgumentParser(prog="accuracy", description=(purpose or "").partition("\n")[0])
    parser.add_argument("packages", type=Path, help="directory of the packages that the sets are in")
    parser.add_argument(
        "--set", action="append", choices=[*SETS, POINTS], help="measure this set only; may be repeated"
    )
    parser.add_argument("--sample", type=int, default=4000, help="cases of a set, 0 for all (default: %(default)s)")
    parser.add_argument("--failures", type=int, default=0, help="failures of each class to print")
    parser.add_argument("--store", help="directory of the store (default: as the library finds it)")
    arguments = parser.parse_args()
    figures: list[Figure] = []
    try:
        with Geolocation(arguments.store) as geolocation:
            for name in arguments.set or [*SETS, POINTS]:
                print(f"{name} ...", file=sys.stderr, flush=True)
                measure = measured_points if name == POINTS else partial(measured_set, name)
                try:
                    figures += measure(geolocation, arguments.packages, arguments.sample)
                except SetMissing as missing:
                    print(f"{name} is left out: {missing}", file=sys.stderr)
    except GeolocationError as error:
        print(error, file=sys.stderr)
        return 2
    print(table(figures))
    for figure in figures if arguments.failures else ():
        for kind, failures in sorted(figure.failures.items(), key=lambda item: -len(item[1])):
            print(f"\n{figure.subject}, {figure.what}, {kind}: {len(failures)}")
            print("\n".join(f"    {failure}" for failure in drawn(failures, arguments.failures)))
    return any(figure.below for figure in figures)


if __name__ == "__main__":
    sys.exit(main())
