"""The front door: one class over the places, postal codes, time zones and internet addresses of the world.

The rule: this class checks what callers give and puts answers together; what is known stands in the modules it uses,
each over its own arrays of the store. An instance never changes what it answers while it is open, but for the parts of
the store that were not built yet when it was opened.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from types import TracebackType
from typing import Final, Self, TypeVar

from .content import Content
from .errors import PartMissingError  # noqa: F401  (docstrings name it, and who reads them looks for it here)
from .geocodejson import FeatureCollection, collection
from .points.distance import geodesic
from .points.reverse import wrong_with
from .search.fold import fold
from .storage.store import locate, open_store
from .values import (
    About,
    Country,
    Distance,
    FoundPlace,
    IPAddress,
    IPRow,
    Kind,
    NearbyPlace,
    PlaceDetails,
    PostalCode,
    ReversePlace,
    ReverseRow,
    SearchRow,
    TimeZone,
)

T = TypeVar("T")

MAX_LIMIT: Final = 100
MAX_TEXT: Final = 250
"""Characters of a search; the longest name in the data has fewer than 200."""
MAX_ROWS: Final = 100_000
MAX_RADIUS_KM: Final = 500.0


class Geolocation:
    """Places, postal codes, time zones and internet addresses of the world, on open data, without a network.

    Knows 235,000 cities, towns and villages by name in any script and by position, the outlines of countries and
    their regions, 890,000 postal codes, 250 countries and territories, the time zone of every point, and where
    internet addresses are used. It does not know streets, buildings or points of interest.

    Any number of threads may call one instance at the same time.
    """

    def __init__(self, store: str | None = None) -> None:
        """Open the store, which `parvis-geolocation build` makes once.

        Args:
            store: Directory of the store. Default: the environment variable GEOLOCATION_STORE, else the directory
                parvis-geolocation in the user's own data directory.

        Raises:
            StoreMissingError: When nothing has been built there.
            StoreDamagedError: When what is there cannot be used.
        """
        place = locate(store)
        self._content: Content | None = open_store(place, lambda generation: Content(place, generation))

    def search(
        self,
        text: str,
        country: str | None = None,
        region: str | None = None,
        kind: Kind | None = None,
        min_population: int = 0,
        bbox: list[float] | None = None,
        latitude: float | None = None,
        longitude: float | None = None,
        language: str | None = None,
        limit: int = 10,
    ) -> list[FoundPlace]:
        """Find the places that a text may mean: a name in any language and script, a postal code, or coordinates.

        Case, accents and punctuation do not matter, abbreviations such as St or Mt are understood, and a typing error
        is forgiven. What follows a comma, or the last words, may name the area: "Paris, Texas", "Springfield IL",
        "Lyon France", "北京市朝阳区". A name gives the places that bear it; for the beginning of a name use
        `autocomplete`.

        Args:
            text: What to find, up to 250 characters.
            country: ISO 3166-1 alpha-2 code of the country to search in; everywhere when left out.
            region: ISO 3166-2 code or name of the region to search in, such as US-IL or Bavaria.
            kind: The kind of place to find; any when left out.
            min_population: Leave out places with fewer inhabitants.
            bbox: Bounding box to search in, in degrees: west, south, east, north (RFC 7946, section 5). West may be
                greater than east, across the 180th meridian.
            latitude: Degrees north of a point whose surroundings are favoured; with longitude.
            longitude: Degrees east of that point.
            language: Language of the names in the answer: a tag such as fr or zh-Hant, or a list as browsers send it.
            limit: Largest number of places to return, from 1 to 100.

        Returns:
            The places, best first; empty when nothing is found.

        Raises:
            ValueError: When an argument is out of its range, or no country or region is called so.

        Examples:
            >>> geolocation.search("Paris, Texas", limit=1)
        """
        content = self._open()
        _check_limit(limit)
        _check_text(text)
        bias = _bias(latitude, longitude)
        filters = content.filters(country, region, kind, min_population, bbox)
        number = content.languages.number(language)
        return content.found(content.search.find(text, filters, bias, limit), number, bias)

    def autocomplete(
        self,
        text: str,
        country: str | None = None,
        kind: Kind | None = None,
        latitude: float | None = None,
        longitude: float | None = None,
        language: str | None = None,
        limit: int = 10,
    ) -> list[FoundPlace]:
        """Complete what somebody is typing to the names of places, the best known first.

        Args:
            text: The beginning of a name, up to 250 characters; a comma and the beginning of an area may follow.
            country: ISO 3166-1 alpha-2 code of the country to search in; everywhere when left out.
            kind: The kind of place to find; any when left out.
            latitude: Degrees north of a point whose surroundings are favoured; with longitude.
            longitude: Degrees east of that point.
            language: Language of the names in the answer: a tag such as fr or zh-Hant, or a list as browsers send it.
            limit: Largest number of places to return, from 1 to 100.

        Returns:
            The places, best first; empty when no name begins so.

        Raises:
            ValueError: When an argument is out of its range, or no country is called so.

        Examples:
            >>> geolocation.autocomplete("san fr", limit=3)
        """
        content = self._open()
        _check_limit(limit)
        _check_text(text)
        bias = _bias(latitude, longitude)
        filters = content.filters(country, None, kind, 0, None)
        number = content.languages.number(language)
        return content.found(content.search.complete(text, filters, bias, limit), number, bias)

    def reverse(self, latitude: float, longitude: float, language: str | None = None) -> ReversePlace:
        """Tell where a point is: its country, region, time zone and postal code, and the place people would name.

        The country and the region are those whose outlines hold the point, to about 2 km; the place is not always the
        one whose centre is nearest, since a large city reaches farther than a hamlet. There is always an answer, also
        at sea: look at `at_sea` and at the distance.

        Args:
            latitude: Degrees north of the equator, from -90 to 90.
            longitude: Degrees east of Greenwich, from -180 to 180.
            language: Language of the names in the answer: a tag such as fr or zh-Hant, or a list as browsers send it.

        Returns:
            The place, with its distance from the point and its direction.

        Raises:
            ValueError: When the point is not on the globe.

        Examples:
            >>> geolocation.reverse(48.8566, 2.3522)
        """
        _check_point(latitude, longitude)
        content = self._open()
        return content.reverse.at(latitude, longitude, content.languages.number(language), content.postal.get())

    def nearby(
        self,
        latitude: float,
        longitude: float,
        radius_km: float = 25.0,
        country: str | None = None,
        kind: Kind | None = None,
        min_population: int = 0,
        language: str | None = None,
        limit: int = 10,
    ) -> list[NearbyPlace]:
        """List the places around a point, the nearest first.

        Args:
            latitude: Degrees north of the equator, from -90 to 90.
            longitude: Degrees east of Greenwich, from -180 to 180.
            radius_km: How far to look, in kilometres, up to 500.
            country: ISO 3166-1 alpha-2 code of the country they must lie in; any when left out.
            kind: The kind of place: city, town or village; any when left out.
            min_population: Leave out places with fewer inhabitants.
            language: Language of the names in the answer: a tag such as fr or zh-Hant, or a list as browsers send it.
            limit: Largest number of places to return, from 1 to 100.

        Returns:
            The places, each with its distance and direction from the point.

        Raises:
            ValueError: When an argument is out of its range, or no country is called so.

        Examples:
            >>> geolocation.nearby(48.8566, 2.3522, radius_km=10, kind="town", limit=3)
        """
        _check_point(latitude, longitude)
        _check_limit(limit)
        if not 0 < radius_km <= MAX_RADIUS_KM:
            raise ValueError(f"radius_km is {radius_km}. Give kilometres, more than 0 and at most {MAX_RADIUS_KM:g}")
        content = self._open()
        filters = content.filters(country, None, kind, min_population, None)
        return content.around(latitude, longitude, radius_km, filters, content.languages.number(language), limit)

    def place(self, id: int, language: str | None = None) -> PlaceDetails:
        """Describe a place with all its names.

        Args:
            id: GeoNames identifier of a city, town, village, region or country, as other answers give it.
            language: Language of the names in the answer: a tag such as fr or zh-Hant, or a list as browsers send it.

        Returns:
            The place, its names by language, and the other names that find it.

        Raises:
            LookupError: When the data has no such place.

        Examples:
            >>> geolocation.place(2988507)
        """
        content = self._open()
        return content.details(id, content.languages.number(language))

    def postal(self, code: str, country: str) -> PostalCode:
        """Describe a postal code and the localities it serves.

        Args:
            code: The code, with or without its spaces, dashes and country prefix.
            country: ISO 3166-1 alpha-2 code of the country.

        Returns:
            The code, where it is, and its localities.

        Raises:
            ValueError: When the code is not in the form of the codes of the country, or there is no such country.
            LookupError: When the data has no such code.
            PartMissingError: When the store has no postal codes.

        Examples:
            >>> geolocation.postal("75001", "FR")
        """
        content = self._open()
        content.countries.area(country)
        return content.postal.need().get(code, country)

    def country(self, code: str, language: str | None = None) -> Country:
        """Describe a country or territory.

        Args:
            code: ISO 3166-1 code, alpha-2, alpha-3 or numeric, in any case, such as FR, FRA or 250.
            language: Language of the name in the answer: a tag such as fr or zh-Hant, or a list as browsers send it.

        Returns:
            The country.

        Raises:
            LookupError: When no country has this code.

        Examples:
            >>> geolocation.country("FR")
        """
        content = self._open()
        return content.countries.get(code, content.languages.number(language))

    def countries(self, continent: str | None = None, language: str | None = None) -> list[Country]:
        """List the countries and territories, in the order of their codes.

        Args:
            continent: AF, AN, AS, EU, NA, OC or SA; the whole world when left out.
            language: Language of the names in the answer: a tag such as fr or zh-Hant, or a list as browsers send it.

        Returns:
            The countries.

        Raises:
            ValueError: When there is no such continent.

        Examples:
            >>> geolocation.countries(continent="OC")
        """
        content = self._open()
        return content.countries.all(continent, content.languages.number(language))

    def timezone(self, latitude: float, longitude: float, at: datetime | None = None) -> TimeZone:
        """Find the time zone of a point, what its clocks show, and when they change next.

        Args:
            latitude: Degrees north of the equator, from -90 to 90.
            longitude: Degrees east of Greenwich, from -180 to 180.
            at: The moment to tell the time of, with its offset from UTC; now when left out.

        Returns:
            The time zone as it stands at that moment.

        Raises:
            ValueError: When the point is not on the globe, or the moment has no offset from UTC.
            LookupError: When no time zone covers the point.

        Examples:
            >>> geolocation.timezone(48.8566, 2.3522)
        """
        _check_point(latitude, longitude)
        return self._open().zones.at(latitude, longitude, at)

    def ip(self, address: str, language: str | None = None) -> IPAddress:
        """Tell what is known of an internet address: where it is used, and whose network it is in.

        Args:
            address: An IPv4 or IPv6 address.
            language: Language of the names in the answer: a tag such as fr or zh-Hant, or a list as browsers send it.

        Returns:
            The country with how far the sets of data agree on it, the city, the network and who announces it; for an
            address that is not public, what kind it is.

        Raises:
            ValueError: When it is no address.
            PartMissingError: When the store has no internet addresses.

        Examples:
            >>> geolocation.ip("8.8.8.8")
        """
        content = self._open()
        return content.addresses.need().look_up(address, content.languages.number(language))

    def distance(
        self, from_latitude: float, from_longitude: float, to_latitude: float, to_longitude: float
    ) -> Distance:
        """Measure the shortest way between two points over the ellipsoid (WGS 84; Karney, 2013).

        Args:
            from_latitude: Degrees north of the first point.
            from_longitude: Degrees east of the first point.
            to_latitude: Degrees north of the second point.
            to_longitude: Degrees east of the second point.

        Returns:
            The length of the way, to a millimetre, and its direction at the first point.

        Raises:
            ValueError: When a point is not on the globe.

        Examples:
            >>> geolocation.distance(48.8566, 2.3522, 51.5072, -0.1276)
        """
        _check_point(from_latitude, from_longitude)
        _check_point(to_latitude, to_longitude)
        return geodesic(from_latitude, from_longitude, to_latitude, to_longitude)

    def reverse_many(self, points: list[tuple[float, float]], language: str | None = None) -> Iterator[ReverseRow]:
        """Tell where each of many points is; the same answers as `reverse`, many times as fast.

        Args:
            points: Latitude and longitude of each point, in degrees; at most 100,000.
            language: Language of the names in the answer: a tag such as fr or zh-Hant, or a list as browsers send it.

        Yields:
            One row for each point, in order; a point that is wrong gives a row that says so.

        Raises:
            ValueError: When there are too many points.

        Examples:
            >>> geolocation.reverse_many([(48.8566, 2.3522), (35.68, 139.69)])
        """
        _check_rows(len(points))
        content = self._open()
        return content.reverse.many(points, content.languages.number(language), content.postal.get())

    def search_many(
        self, texts: list[str], country: str | None = None, language: str | None = None
    ) -> Iterator[SearchRow]:
        """Find the best place for each of many texts.

        Args:
            texts: What to find, each as for `search`; at most 100,000.
            country: ISO 3166-1 alpha-2 code of the country to search in; everywhere when left out.
            language: Language of the names in the answer: a tag such as fr or zh-Hant, or a list as browsers send it.

        Yields:
            One row for each text, in order; a text that is wrong gives a row that says so.

        Raises:
            ValueError: When there are too many texts, or no country has this code.

        Examples:
            >>> geolocation.search_many(["Paris", "東京"])
        """
        _check_rows(len(texts))
        content = self._open()
        filters = content.filters(country, None, None, 0, None)
        number = content.languages.number(language)

        def best(text: str) -> FoundPlace | None:
            _check_text(text)
            found = content.found(content.search.find(text, filters, None, 1), number)
            return found[0] if found else None

        return (SearchRow(row=row, place=place, error=error) for row, place, error in _answered(texts, best))

    def ip_many(self, addresses: list[str], language: str | None = None) -> Iterator[IPRow]:
        """Tell what is known of each of many internet addresses.

        Args:
            addresses: IPv4 and IPv6 addresses; at most 100,000.
            language: Language of the names in the answer: a tag such as fr or zh-Hant, or a list as browsers send it.

        Yields:
            One row for each address, in order; one that is no address gives a row that says so.

        Raises:
            ValueError: When there are too many addresses.
            PartMissingError: When the store has no internet addresses.

        Examples:
            >>> geolocation.ip_many(["8.8.8.8", "1.1.1.1"])
        """
        _check_rows(len(addresses))
        content = self._open()
        part, number = content.addresses.need(), content.languages.number(language)
        answered = _answered(addresses, lambda address: part.look_up(address, number))
        return (IPRow(row=row, answer=answer, error=error) for row, answer, error in answered)

    def search_geocodejson(
        self, text: str, country: str | None = None, language: str | None = None, limit: int = 10
    ) -> FeatureCollection:
        """Find the places that a text may mean, as GeocodeJSON 0.1.0, which map libraries read.

        Args:
            text: What to find, as for `search`.
            country: ISO 3166-1 alpha-2 code of the country to search in; everywhere when left out.
            language: Language of the names in the answer: a tag such as fr or zh-Hant, or a list as browsers send it.
            limit: Largest number of places to return, from 1 to 100.

        Returns:
            A GeoJSON FeatureCollection (RFC 7946) with the members of GeocodeJSON.

        Raises:
            ValueError: When an argument is out of its range, or no country is called so.

        Examples:
            >>> geolocation.search_geocodejson("Paris", limit=1)
        """
        found = self.search(text, country=country, language=language, limit=limit)
        return collection(found, text, self._open().about())

    def reverse_geocodejson(self, latitude: float, longitude: float, language: str | None = None) -> FeatureCollection:
        """Tell where a point is, as GeocodeJSON 0.1.0, which map libraries read.

        Args:
            latitude: Degrees north of the equator, from -90 to 90.
            longitude: Degrees east of Greenwich, from -180 to 180.
            language: Language of the names in the answer: a tag such as fr or zh-Hant, or a list as browsers send it.

        Returns:
            A GeoJSON FeatureCollection (RFC 7946) of one feature with the members of GeocodeJSON.

        Raises:
            ValueError: When the point is not on the globe.

        Examples:
            >>> geolocation.reverse_geocodejson(48.8566, 2.3522)
        """
        place = self.reverse(latitude, longitude, language)
        return collection([place], f"{latitude}, {longitude}", self._open().about())

    def about(self) -> About:
        """Tell where the answers come from: data, versions, licences, what is missing, and the lines to show.

        Returns:
            The sources and how much there is in the store.
        """
        return self._open().about()

    def close(self) -> None:
        """Let go of the store. Calls after this one fail; closing twice does nothing."""
        self._content = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _open(self) -> Content:
        if self._content is None:
            raise RuntimeError("This Geolocation is closed. Make another one")
        return self._content


def _answered(questions: list[str], answer: Callable[[str], T]) -> Iterator[tuple[int, T | None, str | None]]:
    """Each question's number, its answer, and what is wrong with it."""
    for row, question in enumerate(questions):
        try:
            yield row, answer(question), None
        except ValueError as error:
            yield row, None, str(error)


def _check_point(latitude: float, longitude: float) -> None:
    if error := wrong_with(latitude, longitude):
        raise ValueError(error)


def _check_limit(limit: int) -> None:
    if not 1 <= limit <= MAX_LIMIT:
        raise ValueError(f"limit is {limit}. Give a number from 1 to {MAX_LIMIT}")


def _check_rows(count: int) -> None:
    if count > MAX_ROWS:
        raise ValueError(f"There are {count:,} rows. Give at most {MAX_ROWS:,} at once")


def _check_text(text: str) -> None:
    if len(text) > MAX_TEXT:
        raise ValueError(f"text has {len(text)} characters. Give at most {MAX_TEXT}")
    if not fold(text):
        raise ValueError("text holds no letter or digit. Give a name or the beginning of a name")


def _bias(latitude: float | None, longitude: float | None) -> tuple[float, float] | None:
    if latitude is None and longitude is None:
        return None
    if latitude is None or longitude is None:
        raise ValueError("Only one of latitude and longitude is given. Give both, or none")
    _check_point(latitude, longitude)
    return latitude, longitude
