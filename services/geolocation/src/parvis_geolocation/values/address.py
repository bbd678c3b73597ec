"""An internet address, and how far the sets of data agree on it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from .source import SourceKey

AddressKind = Literal[
    "public", "private", "loopback", "link-local", "shared", "documentation", "multicast", "benchmarking",
    "unspecified", "broadcast", "reserved", "translation",
]  # fmt: skip
"""What an address is for, by the special-purpose registries of IANA (RFC 6890)."""


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
