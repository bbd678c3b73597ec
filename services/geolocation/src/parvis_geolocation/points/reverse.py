"""Where points are: the place, the outlines, the time zone and the postal code, joined into one answer.

The rule: what is true of the point (country, region, time zone, postal code) comes from its position, what is true of
the place (name, county, population) from the place. One point and many points go the same way and give the same
answer; many are looked up as arrays, a chunk at a time, so that answers stream.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from itertools import islice, repeat, starmap
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from ..entries import KINDS
from ..gazetteer import COORDINATE_SCALE
from ..places import Places
from ..values.place import ReversePlace
from ..values.row import ReverseRow
from ..values.source import SourceKey
from .borders import Borders
from .distance import distance_and_bearing, distances_and_bearings
from .nearest import Nearest
from .zones import Zones

CHUNK: Final = 1024
"""Points looked up at a time: enough to make arrays pay, few enough to stay in the cache of a processor."""

_SOURCES: Final[tuple[SourceKey, ...]] = ("geonames", "natural-earth", "openstreetmap")
_SOURCES_WITH_POSTAL: Final[tuple[SourceKey, ...]] = (*_SOURCES, "geonames-postal")

ASHORE_KM: Final = 2.0
"""How near the middle of a place is land, whatever the outlines say: harbours are finer than these."""

_REMEMBERED: Final = 100_000
"""Countries and subdivisions whose names are kept once read, in each language."""

Floats = NDArray[np.float64]


class PostalCodes(Protocol):
    """What gives the nearest postal code of a country."""

    def nearest(self, latitude: float, longitude: float, country_code: str) -> str | None:
        """The code nearest to a point."""

    def nearest_many(self, latitude: Floats, longitude: Floats, country: NDArray[np.uint32]) -> list[str | None]:
        """The same for many points, countries being numbers of areas."""


class Reverse:
    """Answers for points."""

    __slots__ = ("_borders", "_named", "_nearest", "_places", "_zones")

    def __init__(self, places: Places, borders: Borders, nearest: Nearest, zones: Zones) -> None:
        self._places = places
        self._borders = borders
        self._nearest = nearest
        self._zones = zones
        self._named: dict[tuple[int, int, int], tuple[str, str, str | None, str | None]] = {}

    def at(self, latitude: float, longitude: float, language: int, postal: PostalCodes | None) -> ReversePlace:
        """Where a point is; `language` is the number of that of the names."""
        country, admin1, at_sea, neighbours = self._borders.at(latitude, longitude)
        rank = self._nearest.rank(latitude, longitude, country, admin1)
        entries = self._places.entries
        own = entries.countries[rank]
        if not admin1 and country in (0, own):
            admin1 = entries.regions[rank]
        country = country or own
        place = entries.coordinates(rank)
        distance, bearing = distance_and_bearing((latitude, longitude), place)
        code = postal.nearest(latitude, longitude, self._places.country_code(country) or "") if postal else None
        distance, bearing = math.floor(distance * 1000 + 0.5) / 1000, math.floor(bearing * 10 + 0.5) / 10 % 360
        zone = self._zone(latitude, longitude, country, at_sea, neighbours)
        return self._answer(
            rank, *place, country, admin1, entries.counties[rank], at_sea, zone, distance, bearing, neighbours, code,
            language,
        )  # fmt: skip

    def many(
        self, points: Iterable[tuple[float, float]], language: int, postal: PostalCodes | None
    ) -> Iterator[ReverseRow]:
        """Where many points are, in their order; a point that is off the globe has its error in its row."""
        source, first = iter(points), 0
        while chunk := list(islice(source, CHUNK)):
            at = np.array(chunk, dtype=np.float64)
            right = (np.abs(at[:, 0]) <= 90) & (np.abs(at[:, 1]) <= 180)
            answers = self._chunk(at[right], language, postal)
            rows = range(first, first + len(chunk))
            if right.all():
                for row, place in zip(rows, answers, strict=True):
                    yield ReverseRow(row=row, place=place, error=None)
            else:
                for row, fine, point in zip(rows, right.tolist(), chunk, strict=True):
                    answer = next(answers) if fine else None
                    yield ReverseRow(row=row, place=answer, error=None if fine else wrong_with(*point))
            first += len(chunk)

    def _chunk(self, points: Floats, language: int, postal: PostalCodes | None) -> Iterator[ReversePlace]:
        latitudes, longitudes = np.ascontiguousarray(points[:, 0]), np.ascontiguousarray(points[:, 1])
        where = self._borders.many(latitudes, longitudes)
        ranks = self._nearest.ranks(latitudes, longitudes, where.country, where.admin1)
        of_place = self._places.entries
        own, regions, counties, place_latitudes, place_longitudes = (
            np.asarray(column)[ranks]
            for column in (of_place.countries, of_place.regions, of_place.counties, of_place.latitudes,
                           of_place.longitudes)
        )  # fmt: skip
        place_latitudes, place_longitudes = place_latitudes / COORDINATE_SCALE, place_longitudes / COORDINATE_SCALE
        known = where.country > 0
        admin1s = np.where((where.admin1 == 0) & (~known | (where.country == own)), regions, where.admin1)
        countries = np.where(known, where.country, own)
        distances, bearings = distances_and_bearings(latitudes, longitudes, place_latitudes, place_longitudes)
        # Rounded as the single point is: to metres, and to tenths of a degree.
        distances, bearings = np.floor(distances * 1000 + 0.5) / 1000, np.floor(bearings * 10 + 0.5) / 10 % 360
        neighbours = [where.neighbours.get(row, ()) for row in range(len(points))]
        zones = map(
            self._zone,
            latitudes.tolist(),
            longitudes.tolist(),
            where.country.tolist(),
            where.at_sea.tolist(),
            neighbours,
        )
        codes: list[str | None] = [None] * len(points)
        if postal:
            codes = postal.nearest_many(latitudes, longitudes, countries.astype(np.uint32))
        rows = zip(
            ranks.tolist(), place_latitudes.tolist(), place_longitudes.tolist(), countries.tolist(), admin1s.tolist(),
            counties.tolist(), where.at_sea.tolist(), zones, distances.tolist(), bearings.tolist(),
            neighbours, codes, repeat(language, len(points)), strict=True,
        )  # fmt: skip
        return starmap(self._answer, rows)

    def _zone(self, latitude: float, longitude: float, country: int, at_sea: bool, neighbours: tuple[int, ...]) -> str:
        # Well inside a country that keeps one time, there is nothing to look up.
        if not at_sea and not neighbours and (only := self._borders.only_zones.get(country)):
            return only
        return self._zones.name_at(latitude, longitude)

    def _answer(
        self, rank: int, latitude: float, longitude: float, country: int, admin1: int, county: int, at_sea: bool,
        zone: str, distance: float, bearing: float, neighbours: tuple[int, ...], code: str | None, language: int,
    ) -> ReversePlace:  # fmt: skip
        places, entries = self._places, self._places.entries
        named = self._named.get((country, admin1, language)) or self._name(country, admin1, language)
        return ReversePlace(
            id=places.identifier(rank),
            kind=KINDS[entries.kinds[rank]],
            name=places.name(rank, language),
            latitude=latitude,
            longitude=longitude,
            population=entries.populations[rank],
            country_code=named[0],
            country=named[1],
            admin1=named[2],
            admin1_code=named[3],
            admin2=places.area_name(county, language) if county else None,
            timezone=zone,
            sources=_SOURCES_WITH_POSTAL if code else _SOURCES,
            distance_km=distance,
            bearing=bearing,
            at_sea=at_sea and distance > ASHORE_KM,
            border_countries=self._codes(neighbours) if neighbours else (),
            postal_code=code,
        )

    def _name(self, country: int, admin1: int, language: int) -> tuple[str, str, str | None, str | None]:
        """The code and name of a country, and the name and code of a subdivision, in a language."""
        places = self._places
        named = (
            places.country_code(country) or "",
            places.area_name(country, language),
            places.area_name(admin1, language) if admin1 else None,
            places.area_code(admin1) if admin1 else None,
        )
        if len(self._named) < _REMEMBERED:
            self._named[country, admin1, language] = named
        return named

    def _codes(self, countries: tuple[int, ...]) -> tuple[str, ...]:
        return tuple(sorted(self._places.country_code(country) or "" for country in countries))


def wrong_with(latitude: float, longitude: float) -> str | None:
    """What is wrong with a point; None when it is on the globe."""
    # A comparison with NaN is false, so these refuse it too.
    if not -90 <= latitude <= 90:
        hint = ". Latitude comes before longitude" if 90 < abs(latitude) <= 180 else ""
        return f"latitude is {latitude}. Give degrees from -90 to 90{hint}"
    if not -180 <= longitude <= 180:
        return f"longitude is {longitude}. Give degrees from -180 to 180, east positive"
    return None
