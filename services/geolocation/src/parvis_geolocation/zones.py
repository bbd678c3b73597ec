"""The time zone of a point: boundaries from timezonefinder, what the clocks show from zoneinfo.

The boundaries are ODbL data and stay in the package they come in, apart from the store of places.
"""

from __future__ import annotations

import zoneinfo
from datetime import UTC, datetime, timedelta

from timezonefinder import TimezoneFinder

from .values import TimeZone


class Zones:
    """The time zones of the world, memory-mapped."""

    __slots__ = ("_finder", "_zones")

    def __init__(self) -> None:
        self._finder = TimezoneFinder(in_memory=False)
        self._zones: dict[str, zoneinfo.ZoneInfo] = {}

    def at(self, latitude: float, longitude: float, now: datetime | None = None) -> TimeZone:
        """The time zone of a point, as it stands now or at another moment.

        Raises:
            LookupError: When no time zone covers the point.
        """
        name = self._finder.timezone_at(lng=longitude, lat=latitude)
        if name is None:
            raise LookupError(f"No time zone covers the point {latitude}, {longitude}")
        zone = self._zones.get(name)
        if zone is None:
            zone = self._zones[name] = zoneinfo.ZoneInfo(name)
        local = (now or datetime.now(UTC)).astimezone(zone)
        offset = local.utcoffset() or timedelta(0)
        return TimeZone(name=name, utc_offset=int(offset.total_seconds()), abbreviation=local.tzname() or name)
