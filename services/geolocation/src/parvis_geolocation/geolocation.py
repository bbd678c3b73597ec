"""The front door: one class over the places, countries and time zones of the world."""

from __future__ import annotations

import math
from datetime import datetime
from importlib import metadata
from types import TracebackType
from typing import Final, Self

from .countries import Countries
from .fold import fold
from .names import NameIndex
from .nearest import Nearest, distance_and_bearing
from .places import Places
from .search import Search
from .sources import described
from .store import Generation, locate, open_store
from .strings import StringTable
from .values import About, Country, Counts, Place, ReversePlace, Source, TimeZone
from .version import __version__
from .zones import Zones

MAX_LIMIT: Final = 100
MAX_TEXT: Final = 250
"""Characters of a search; the longest name in the data has fewer than 200."""

_TIMEZONE_PACKAGES: Final = ("timezonefinder-data", "tzdata")


class Geolocation:
    """Places, countries and time zones of the world, on open data, without a network.

    Knows 235,000 cities, towns and villages by name in any script and by position, 250 countries and territories,
    and the time zone of every point. It does not know streets, addresses or points of interest.

    An instance never changes once it is open: any number of threads may call it at the same time.
    """

    def __init__(self, store: str | None = None) -> None:
        """Open the place store, which `parvis-geolocation build` makes once.

        Args:
            store: Directory of the store. Default: the environment variable GEOLOCATION_STORE, else the directory
                parvis-geolocation in the user's own data directory.

        Raises:
            StoreMissingError: When nothing has been built there.
            StoreDamagedError: When what is there cannot be used.
        """
        self._content: _Content | None = open_store(locate(store), _Content)

    def reverse(self, latitude: float, longitude: float) -> ReversePlace:
        """Find the place that a point belongs to.

        That is not always the place whose centre is nearest: a large city reaches farther than a hamlet. Among the
        nearest places, in the same country and state as the very nearest, the one with the least distance for its
        size is taken, and never one that is more than 25 km farther than the nearest. There is always an answer,
        also at sea: look at its distance.

        Args:
            latitude: Degrees north of the equator, from -90 to 90.
            longitude: Degrees east of Greenwich, from -180 to 180.

        Returns:
            The place, with its distance from the point and its direction.

        Raises:
            ValueError: When the point is not on the globe.
        """
        _check_point(latitude, longitude)
        content = self._open()
        rank = content.nearest.rank(latitude, longitude)
        fields = content.places.fields(rank)
        distance, bearing = distance_and_bearing((latitude, longitude), (fields["latitude"], fields["longitude"]))
        return ReversePlace(**fields, distance_km=round(distance, 3), bearing=round(bearing, 1) % 360.0)

    def search(self, text: str, country: str | None = None, limit: int = 10) -> list[Place]:
        """Find places by name, in any language and script.

        Case, accents and punctuation do not matter: "sao paulo" finds São Paulo, and "東京" finds Tokyo. Places whose
        name is exactly the text come first, then those whose name begins with it; the most populous come first in
        both. What follows a comma narrows the search to an area: "Paris, Texas", "Springfield, IL, US".

        Args:
            text: A name or the beginning of a name, up to 250 characters.
            country: ISO 3166-1 alpha-2 code of the country to search in; everywhere when left out.
            limit: Largest number of places to return, from 1 to 100.

        Returns:
            The places, best first; empty when no name matches.

        Raises:
            ValueError: When the text is empty or too long, the country unknown, or the limit out of range.
        """
        content = self._open()
        if not 1 <= limit <= MAX_LIMIT:
            raise ValueError(f"limit is {limit}. Give a number from 1 to {MAX_LIMIT}")
        if len(text) > MAX_TEXT:
            raise ValueError(f"text has {len(text)} characters. Give at most {MAX_TEXT}")
        if not fold(text):
            raise ValueError("text holds no letter or digit. Give a name or the beginning of a name")
        area = None if country is None else content.countries.area(country)
        return [content.places.place(rank) for rank in content.search.ranks(text, area, limit)]

    def country(self, code: str) -> Country:
        """Describe a country or territory.

        Args:
            code: ISO 3166-1 code, alpha-2 or alpha-3, in any case, such as FR or FRA.

        Returns:
            The country.

        Raises:
            LookupError: When no country has this code.
        """
        return self._open().countries.get(code)

    def timezone(self, latitude: float, longitude: float) -> TimeZone:
        """Find the time zone of a point, and what its clocks show now.

        Args:
            latitude: Degrees north of the equator, from -90 to 90.
            longitude: Degrees east of Greenwich, from -180 to 180.

        Returns:
            The time zone, with its offset from UTC at this moment.

        Raises:
            ValueError: When the point is not on the globe.
            LookupError: When no time zone covers the point.
        """
        _check_point(latitude, longitude)
        return self._open().zones.at(latitude, longitude)

    def about(self) -> About:
        """Tell where the answers come from: data, versions, licences, and the lines of attribution to show.

        Returns:
            The sources and how much there is in the store.
        """
        return self._open().about

    def close(self) -> None:
        """Let go of the store. Calls after this one fail; closing twice does nothing."""
        self._content = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _open(self) -> _Content:
        if self._content is None:
            raise RuntimeError("This Geolocation is closed. Make another one")
        return self._content


class _Content:
    """All that an open store holds. Built from one generation, then never changed."""

    __slots__ = ("about", "countries", "nearest", "places", "search", "zones")

    def __init__(self, generation: Generation) -> None:
        self.places = Places(generation)
        self.countries = Countries(generation)
        self.nearest = Nearest(self.places)
        self.search = Search(
            self.places, _index(generation, "names"), _index(generation, "hot"), _index(generation, "contexts")
        )
        self.zones = Zones()
        self.about = _about(generation)


def _index(generation: Generation, name: str) -> NameIndex:
    array = generation.array
    keys = StringTable(array(f"{name}.keys.blob"), array(f"{name}.keys.starts"))
    return NameIndex(keys, array(f"{name}.starts"), array(f"{name}.postings"))


def _about(generation: Generation) -> About:
    sources = tuple(Source(**entry) for entry in generation.manifest["sources"])
    sources += tuple(described(package, metadata.version(package)) for package in _TIMEZONE_PACKAGES)
    return About(
        version=__version__,
        built_at=datetime.fromisoformat(generation.manifest["built_at"]),
        counts=Counts(**generation.manifest["counts"]),
        sources=sources,
        attribution=tuple(dict.fromkeys(source.attribution for source in sources if source.attribution)),
    )


def _check_point(latitude: float, longitude: float) -> None:
    # A comparison with NaN is false, so these refuse it too.
    if not -90 <= latitude <= 90:
        hint = ". Latitude comes before longitude" if math.isfinite(latitude) and abs(latitude) <= 180 else ""
        raise ValueError(f"latitude is {latitude}. Give degrees from -90 to 90{hint}")
    if not -180 <= longitude <= 180:
        raise ValueError(f"longitude is {longitude}. Give degrees from -180 to 180, east positive")
