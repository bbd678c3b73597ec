"""What is in the store, and where it comes from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from .source import Source


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
