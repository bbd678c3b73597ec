"""The answers: frozen values, made of plain types only, so that they print, compare and cross a wire as they are."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A city, town or village.

    Attributes:
        id: GeoNames identifier, the same in every version of the data.
        name: Name of the place, as its own country writes it or in English.
        latitude: Degrees north of the equator (WGS 84).
        longitude: Degrees east of Greenwich (WGS 84).
        population: Number of inhabitants; 0 when it is not known.
        country_code: ISO 3166-1 alpha-2 code of the country.
        country: English name of the country.
        admin1: Name of the state, province or region; None when it is not known.
        admin2: Name of the county, department or district; None when it is not known.
        timezone: IANA name of the time zone kept in the place.
    """

    id: int
    name: str
    latitude: float
    longitude: float
    population: int
    country_code: str
    country: str
    admin1: str | None
    admin2: str | None
    timezone: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReversePlace(Place):
    """The place that a point belongs to, and where it lies as seen from that point.

    Attributes:
        distance_km: Great-circle distance from the point to the centre of the place, in kilometres.
        bearing: Direction from the point to the place, in degrees clockwise from north, from 0 up to 360.
    """

    distance_km: float
    bearing: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Country:
    """A country or territory that has a code in ISO 3166-1; also Kosovo, under its customary code XK.

    Attributes:
        code: ISO 3166-1 alpha-2 code.
        code3: ISO 3166-1 alpha-3 code.
        numeric: ISO 3166-1 numeric code; None when there is none.
        id: GeoNames identifier.
        name: English name.
        capital: Name of the capital; None when there is none.
        continent_code: AF, AN, AS, EU, NA, OC or SA.
        continent: English name of the continent.
        population: Number of inhabitants.
        area_km2: Area in square kilometres.
        currency_code: ISO 4217 code; None when there is none.
        currency: English name of the currency; None when there is none.
        languages: Language tags (BCP 47), the most spoken first.
        phone: International calling codes, digits with a leading plus sign.
        top_level_domain: Internet domain, with its dot; None when there is none.
        neighbours: Alpha-2 codes of the countries it shares a land border with, sorted.
    """

    code: str
    code3: str
    numeric: int | None
    id: int
    name: str
    capital: str | None
    continent_code: str
    continent: str
    population: int
    area_km2: float
    currency_code: str | None
    currency: str | None
    languages: tuple[str, ...]
    phone: tuple[str, ...]
    top_level_domain: str | None
    neighbours: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeZone:
    """The time zone of a point, as it stands at the moment of the answer.

    Attributes:
        name: IANA name, such as Europe/Paris; Etc/GMT+3 and the like at sea.
        utc_offset: Seconds to add to UTC to get the local time now, daylight saving included.
        abbreviation: Short name of the time kept now, such as CEST; a signed offset where none is in use.
    """

    name: str
    utc_offset: int
    abbreviation: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One set of data that the answers come from.

    Attributes:
        name: What the data is, and whose.
        package: Package it was read from.
        version: Version of that package.
        date: Month in which that version was published, as YYYY-MM; None when it is not known.
        licence: Licence of the data.
        url: Home of the data.
        attribution: Line to show wherever the data is shown; None when none is asked for.
    """

    name: str
    package: str
    version: str
    date: str | None
    licence: str
    url: str
    attribution: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """How much there is in the store.

    Attributes:
        places: Cities, towns and villages.
        names: Different names that find them, in all scripts.
        countries: Countries and territories described.
        subdivisions: States, provinces, counties and districts that places lie in.
        timezones: Time zones that places keep.
    """

    places: int
    names: int
    countries: int
    subdivisions: int
    timezones: int


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """Where the answers come from.

    Attributes:
        version: Version of this library.
        built_at: When the store was built, in UTC.
        counts: How much there is.
        sources: The data, one entry for each set.
        attribution: The lines to show wherever answers are shown.
    """

    version: str
    built_at: datetime
    counts: Counts
    sources: tuple[Source, ...]
    attribution: tuple[str, ...]
