"""The answers: frozen values, made of plain types only, so that they print, compare and cross a wire as they are."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

Kind = Literal["country", "region", "city", "town", "village", "locality", "postal_code"]
"""What a place is. Of populated places, by inhabitants: a city has 100,000 or is a capital, a town 10,000, a village
fewer or an unknown number. A region is a state, province or other first-level subdivision. A locality is known from
postal codes alone."""

MatchType = Literal["exact", "prefix", "fuzzy", "coordinates", "postal_code"]
"""How a text was matched: with a whole name, with the beginning of one, with a name that differs by a typing error, as
a pair of coordinates, as a postal code."""

AddressKind = Literal[
    "public", "private", "loopback", "link-local", "shared", "documentation", "multicast", "benchmarking",
    "unspecified", "broadcast", "reserved", "translation",
]  # fmt: skip
"""What an address is for, by the special-purpose registries of IANA (RFC 6890)."""

SourceKey = Literal["geonames", "geonames-postal", "iso-codes", "natural-earth", "openstreetmap", "iana", "ip"]
"""The sets of data, as `About.sources` describes them."""


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Country:
    """A country or territory that has a code in ISO 3166-1; also Kosovo, under its customary code XK.

    Attributes:
        code: ISO 3166-1 alpha-2 code.
        code3: ISO 3166-1 alpha-3 code.
        numeric: ISO 3166-1 numeric code; None when there is none.
        id: GeoNames identifier.
        name: Name in the language asked for, else in English.
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
class Transition:
    """A moment at which the clocks of a time zone change.

    Attributes:
        at: The moment, in UTC.
        utc_offset: Seconds to add to UTC from then on.
        abbreviation: Short name of the time kept from then on.
    """

    at: datetime
    utc_offset: int
    abbreviation: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeZone:
    """The time zone of a point, as it stands at one moment.

    Attributes:
        name: IANA name, such as Europe/Paris; Etc/GMT+3 and the like at sea.
        at: The moment asked about, in the local time of the zone.
        utc_offset: Seconds to add to UTC to get the local time then, daylight saving included.
        abbreviation: Short name of the time kept then, such as CEST; a signed offset where none is in use.
        daylight_saving: Whether daylight saving time is in force then.
        next_transition: The next change of the clocks after that moment; None when none is planned.
    """

    name: str
    at: datetime
    utc_offset: int
    abbreviation: str
    daylight_saving: bool
    next_transition: Transition | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Distance:
    """The shortest way between two points over the ellipsoid (WGS 84).

    Attributes:
        km: Length in kilometres.
        bearing: Direction in which it leaves the first point, in degrees clockwise from north, from 0 up to 360.
    """

    km: float
    bearing: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """How far independent sets of data agree on the country of an address.

    Attributes:
        agree: How many of them name the country of the answer.
        asked: How many of them name a country.
        countries: The country each one names, by the name of the set.
    """

    agree: int
    asked: int
    countries: dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class IPAddress:
    """What is known of an internet address. Addresses tell the network, not the person: treat the position as rough.

    Attributes:
        address: The address, in its canonical form (RFC 5952).
        version: 4 or 6.
        kind: What the address is for; the fields below are None unless it is public.
        network: The network it was found in, in CIDR notation.
        country_code: ISO 3166-1 alpha-2 code of the country in which the sets of data place it; `agreement` tells how
            many of them do.
        country: Name of that country, in the language asked for, else in English.
        region: Name of the state, province or region.
        city: Name of the city, in the language asked for where it is a known place.
        latitude: Degrees north of the equator (WGS 84).
        longitude: Degrees east of Greenwich (WGS 84).
        place_id: GeoNames identifier of the city, for `place`.
        timezone: IANA name of the time zone.
        asn: Number of the autonomous system that announces the network.
        organisation: Name of that autonomous system.
        agreement: How far the sets of data agree on the country.
        sources: The sets of data this comes from.
    """

    address: str
    version: Literal[4, 6]
    kind: AddressKind
    network: str | None
    country_code: str | None
    country: str | None
    region: str | None
    city: str | None
    latitude: float | None
    longitude: float | None
    place_id: int | None
    timezone: str | None
    asn: int | None
    organisation: str | None
    agreement: Agreement | None
    sources: tuple[SourceKey, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReverseRow:
    """The answer for one point of many.

    Attributes:
        row: Number of the point in what was sent, from 0.
        place: The answer; None when the point is wrong.
        error: What is wrong with the point; None when nothing is.
    """

    row: int
    place: ReversePlace | None
    error: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchRow:
    """The answer for one text of many.

    Attributes:
        row: Number of the text in what was sent, from 0.
        place: The best answer; None when nothing was found or the text is wrong.
        error: What is wrong with the text; None when nothing is.
    """

    row: int
    place: FoundPlace | None
    error: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class IPRow:
    """The answer for one address of many.

    Attributes:
        row: Number of the address in what was sent, from 0.
        answer: What is known of it; None when it is no address.
        error: What is wrong with it; None when nothing is.
    """

    row: int
    answer: IPAddress | None
    error: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One set of data that the answers come from.

    Attributes:
        key: What `sources` of an answer calls it.
        name: What the data is, and whose.
        package: Package it was read from.
        version: Version of that package.
        date: When that version was published, as YYYY-MM or YYYY-MM-DD; None when it is not known.
        licence: Licence of the data.
        url: Home of the data.
        attribution: Line to show wherever the data is shown; None when none is asked for.
    """

    key: SourceKey
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
        postal_codes: Postal codes; 0 when the store has none.
        networks: Networks of internet addresses that have a place; 0 when the store has none.
    """

    places: int
    names: int
    countries: int
    subdivisions: int
    timezones: int
    postal_codes: int
    networks: int


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """Where the answers come from.

    Attributes:
        version: Version of this library.
        built_at: When the places of the store were built, in UTC.
        counts: How much there is.
        sources: The data, one entry for each set.
        attribution: The lines to show wherever answers are shown.
        missing: What the store does not have, and what to do to have it; empty when it is complete.
        boundaries: The policy on disputed territory.
    """

    version: str
    built_at: datetime
    counts: Counts
    sources: tuple[Source, ...]
    attribution: tuple[str, ...]
    missing: tuple[str, ...]
    boundaries: str
