"""A place, and what is added to it by how it was asked for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from .source import SourceKey

Kind = Literal["country", "region", "city", "town", "village", "locality", "postal_code"]
"""What a place is. Of populated places, by inhabitants: a city has 100,000 or is a capital, a town 10,000, a village
fewer or an unknown number. A region is a state, province or other first-level subdivision. A locality is known from
postal codes alone."""

MatchType = Literal["exact", "prefix", "fuzzy", "coordinates", "postal_code"]
"""How a text was matched: with a whole name, with the beginning of one, with a name that differs by a typing error, as
a pair of coordinates, as a postal code."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A place that has a name: a country, a region, a city, town or village, or what a postal code covers.

    Attributes:
        id: GeoNames identifier, the same in every version of the data; None when GeoNames gives it none (localities
            and postal codes).
        kind: What it is.
        name: Name, in the language asked for where the data has it, else as its own country writes it or in English.
        latitude: Degrees north of the equator (WGS 84).
        longitude: Degrees east of Greenwich (WGS 84).
        population: Number of inhabitants; 0 when it is not known.
        country_code: ISO 3166-1 alpha-2 code of the country.
        country: Name of the country, in the language asked for, else in English.
        admin1: Name of the state, province or region; None when it is not known.
        admin1_code: ISO 3166-2 code of the state, province or region, such as US-IL; None when it has none.
        admin2: Name of the county, department or district; None when it is not known.
        timezone: IANA name of the time zone.
        sources: The sets of data this comes from; `about()` has their licences and the lines to show.
    """

    id: int | None
    kind: Kind
    name: str
    latitude: float
    longitude: float
    population: int
    country_code: str
    country: str
    admin1: str | None
    admin1_code: str | None
    admin2: str | None
    timezone: str
    sources: tuple[SourceKey, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundPlace(Place):
    """A place that a text may mean.

    Attributes:
        match: How the text was matched.
        distance_km: Great-circle distance from the point given to favour, in kilometres; None when none was given.
    """

    match: MatchType
    distance_km: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class NearbyPlace(Place):
    """A place, and where it lies as seen from a point.

    Attributes:
        distance_km: Great-circle distance from the point to the centre of the place, in kilometres.
        bearing: Direction from the point to the place, in degrees clockwise from north, from 0 up to 360.
    """

    distance_km: float
    bearing: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ReversePlace(NearbyPlace):
    """Where a point is, and the place that people would name for it.

    The country, the region and the time zone are those of the point itself, by outlines; the name, the county, the
    population and the position are those of the place.

    Attributes:
        at_sea: Whether the point lies outside the outline of every country and not within 2 km of the place; its
            country is then that of the nearest shore within a degree, else that of the place.
        border_countries: ISO 3166-1 alpha-2 codes of other countries within about 2 km of the point, which is how
            exact the outlines are: near a border the point may be theirs.
        postal_code: Nearest postal code of the same country within 20 km; None when there is none, or when the store
            has no postal codes.
    """

    at_sea: bool
    border_countries: tuple[str, ...]
    postal_code: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceDetails(Place):
    """A place with all that is known of it.

    Attributes:
        names: Its name in other languages, by language tag (BCP 47).
        alternate_names: Other names and spellings that find it, in no particular order.
    """

    names: dict[str, str]
    alternate_names: tuple[str, ...]
