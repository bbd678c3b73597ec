"""A time zone, and when its clocks change."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


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
