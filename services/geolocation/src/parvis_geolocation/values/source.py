"""A set of data that answers come from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

SourceKey = Literal["geonames", "geonames-postal", "iso-codes", "natural-earth", "openstreetmap", "iana", "ip"]
"""The sets of data, as `About.sources` describes them."""


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
