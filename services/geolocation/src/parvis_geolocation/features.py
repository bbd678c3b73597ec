"""The same answers as GeocodeJSON features, for maps."""

from __future__ import annotations

from .checks import check_limit, check_point, check_text
from .geocodejson import FeatureCollection, collection
from .opened import Opened


class Features(Opened):
    """Answers in the form that map libraries read."""

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
        content = self._open()
        check_limit(limit)
        check_text(text)
        found = content.search.find(text, content.filters(country, None, None, 0, None), None, limit)
        return collection(content.found(found, content.languages.number(language)), text, content.about())

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
        check_point(latitude, longitude)
        content = self._open()
        place = content.reverse.at(latitude, longitude, content.languages.number(language), content.postal.get())
        return collection([place], f"{latitude}, {longitude}", content.about())
