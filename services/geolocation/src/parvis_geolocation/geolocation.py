"""The front door: one class over the places, postal codes, time zones and internet addresses of the world.

The rule: this class checks what callers give and puts answers together; what is known stands in the modules it uses,
each over its own arrays of the store. Inherited are the same questions for many rows (`batches.py`) and for maps
(`features.py`), and how the store is opened and closed (`opened.py`).
"""

from __future__ import annotations

from datetime import datetime

from .batches import Batches
from .checks import MAX_RADIUS_KM, check_limit, check_point, check_text, favoured_point
from .errors import PartMissingError  # noqa: F401  (docstrings name it, and who reads them looks for it here)
from .features import Features
from .points.distance import geodesic
from .values.address import IPAddress
from .values.country import Country
from .values.distance import Distance
from .values.place import FoundPlace, Kind, NearbyPlace, PlaceDetails, ReversePlace
from .values.postal import PostalCode
from .values.time_zone import TimeZone


class Geolocation(Batches, Features):
    """Places, postal codes, time zones and internet addresses of the world, on open data, without a network.

    Knows 235,000 cities, towns and villages by name in any script and by position, the outlines of countries and
    their regions, 890,000 postal codes, 250 countries and territories, the time zone of every point, and where
    internet addresses are used. It does not know streets, buildings or points of interest.

    Any number of threads may call one instance at the same time.
    """

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
        check_limit(limit)
        check_text(text)
        bias = favoured_point(latitude, longitude)
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
        check_limit(limit)
        check_text(text)
        bias = favoured_point(latitude, longitude)
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
        check_point(latitude, longitude)
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
        check_point(latitude, longitude)
        check_limit(limit)
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
        check_point(latitude, longitude)
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
        check_point(from_latitude, from_longitude)
        check_point(to_latitude, to_longitude)
        return geodesic(from_latitude, from_longitude, to_latitude, to_longitude)
