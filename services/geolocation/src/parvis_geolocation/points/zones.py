"""The time zone of a point: boundaries from timezonefinder, what the clocks show from tzdata.

The boundaries are ODbL data and stay in the package they come in, apart from the store of places. Clocks are read from
the package tzdata alone, never from the system, so that one version, the one `about` names, answers everywhere.
"""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta, timezone
from importlib import resources

from timezonefinder import TimezoneFinder

from ..values.time_zone import TimeZone
from .clock import Clock

_FIRST_YEAR = 2
_LAST_YEAR = 9997
"""So that no local time and no later change falls out of the years that datetime knows."""


class Zones:
    """The time zones of the world, memory-mapped."""

    __slots__ = ("_clocks", "_finder")

    def __init__(self) -> None:
        self._finder = TimezoneFinder(in_memory=False)
        self._clocks: dict[str, Clock] = {}

    def name_at(self, latitude: float, longitude: float) -> str:
        """The IANA name of the time zone of a point.

        Raises:
            LookupError: When no time zone covers the point.
        """
        name = self._finder.timezone_at(lng=longitude, lat=latitude)
        if name is None:
            raise LookupError(f"No time zone covers the point {latitude}, {longitude}")
        return name

    def at(self, latitude: float, longitude: float, at: datetime | None = None) -> TimeZone:
        """The time zone of a point, as it stands now or at another moment.

        Raises:
            LookupError: When no time zone covers the point.
            ValueError: When the moment has no offset from UTC, or is not in the years from 2 to 9997.
        """
        return self.describe(self.name_at(latitude, longitude), at)

    def describe(self, name: str, at: datetime | None = None) -> TimeZone:
        """A time zone by its IANA name; raises as `at` does, LookupError also when there is no zone of that name."""
        if at is None:
            at = datetime.now(UTC)
        elif at.utcoffset() is None:
            raise ValueError("at has no offset from UTC. Give one, such as 2026-07-01T12:00:00Z")
        elif not _FIRST_YEAR <= at.year <= _LAST_YEAR:
            raise ValueError(f"at is in the year {at.year}. Give a moment in the years {_FIRST_YEAR} to {_LAST_YEAR}")
        at = at.astimezone(UTC)
        clock = self._clocks.get(name)
        if clock is None:
            clock = self._clocks[name] = Clock(_tzif(name))
        kept, following = clock.at(at)
        return TimeZone(
            name=name,
            # A fixed offset: plain, and the same wherever it is unpacked.
            at=at.astimezone(timezone(timedelta(seconds=kept.utc_offset))),
            utc_offset=kept.utc_offset,
            abbreviation=kept.abbreviation,
            daylight_saving=kept.daylight_saving,
            next_transition=following,
        )


def _tzif(name: str) -> io.BytesIO:
    try:
        return io.BytesIO((resources.files("tzdata") / "zoneinfo").joinpath(*name.split("/")).read_bytes())
    except (OSError, ValueError):
        raise LookupError(f"There is no time zone {name[:40]!r}. Give an IANA name such as Europe/Paris") from None
