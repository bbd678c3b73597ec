"""A postal code, and the localities it serves."""

from __future__ import annotations

from dataclasses import dataclass

from .source import SourceKey


@dataclass(frozen=True, slots=True, kw_only=True)
class PostalPlace:
    """A locality that a postal code serves.

    Attributes:
        name: Name of the locality.
        admin1: Name of the state, province or region; None when it is not known.
        admin2: Name of the county, department or district; None when it is not known.
        latitude: Degrees north of the equator (WGS 84).
        longitude: Degrees east of Greenwich (WGS 84).
    """

    name: str
    admin1: str | None
    admin2: str | None
    latitude: float
    longitude: float


@dataclass(frozen=True, slots=True, kw_only=True)
class PostalCode:
    """A postal code and the localities it serves.

    Attributes:
        code: The code, as the country writes it.
        country_code: ISO 3166-1 alpha-2 code of the country.
        latitude: Degrees north of the equator of the middle of its localities (WGS 84).
        longitude: Degrees east of Greenwich of the middle of its localities (WGS 84).
        exact: Whether the data has the code as it was given; False when only its beginning is known (the outward code
            of the United Kingdom, the routing key of Ireland, four digits in the Netherlands, ...).
        places: The localities, those that the data names first coming first.
        sources: The sets of data this comes from.
    """

    code: str
    country_code: str
    latitude: float
    longitude: float
    exact: bool
    places: tuple[PostalPlace, ...]
    sources: tuple[SourceKey, ...]
