"""What the clocks of one time zone show, and when they change next.

The rule: changes are taken from the list that the file of the zone holds (TZif, RFC 8536) as far as it goes; after its
end a rule repeats every year, and zoneinfo follows it.
"""

from __future__ import annotations

import io
import struct
from bisect import bisect_right
from datetime import UTC, datetime, timedelta
from typing import BinaryIO, Final, NamedTuple
from zoneinfo import ZoneInfo

from ..values.time_zone import Transition

_HEADER: Final = struct.Struct(">20x6l")
_DAY: Final = timedelta(days=1)
_STEP: Final = 10 * _DAY
"""No two changes of a yearly rule are nearer: the month of fasting in Morocco is the shortest time between two."""
_HORIZON: Final = 380 * _DAY


class Kept(NamedTuple):
    """The time that is kept.

    Attributes:
        utc_offset: Seconds to add to UTC.
        abbreviation: Its short name.
        daylight_saving: Whether it is ahead of the time kept in winter.
    """

    utc_offset: int
    abbreviation: str
    daylight_saving: bool


class Clock:
    """The clock of one time zone."""

    __slots__ = ("_changes", "_following", "_zone")

    def __init__(self, file: BinaryIO) -> None:
        self._changes = _changes(file)
        file.seek(0)
        self._zone = ZoneInfo.from_file(file)
        self._following: tuple[datetime, datetime, Transition | None] | None = None

    def at(self, moment: datetime) -> tuple[Kept, Transition | None]:
        """The time kept at a moment in UTC, and the change after it; None when none is planned."""
        known = self._following
        if known is None or not known[0] <= moment < known[1]:
            known = self._following = self._next(moment)
        following = known[2]
        local = moment.astimezone(self._zone)
        offset, saved = local.utcoffset() or timedelta(0), local.dst() or timedelta(0)
        # Where winter time is the exception (Europe/Dublin), its saving is negative and the rest of the year is ahead.
        ahead = saved > timedelta(0) or (
            following is not None
            and not saved
            and (following.at.astimezone(self._zone).dst() or timedelta(0)) < timedelta(0)
        )
        return Kept(round(offset.total_seconds()), local.tzname() or "", ahead), following

    def _next(self, moment: datetime) -> tuple[datetime, datetime, Transition | None]:
        """The change after a moment, between this moment and one up to which that is the answer."""
        position = bisect_right(self._changes, moment.timestamp())
        for change in self._changes[position:]:
            at = datetime.fromtimestamp(change, UTC)
            if self._shown(at) != self._shown(at - timedelta(seconds=1)):
                return moment, at, self._transition(at)
        shown, before = self._shown(moment), moment
        while before < moment + _HORIZON:
            after = before + _STEP
            if self._shown(after) != shown:
                while after - before > timedelta(seconds=1):
                    middle = before + (after - before) / 2
                    before, after = (middle, after) if self._shown(middle) == shown else (before, middle)
                at = after.replace(microsecond=0)
                return moment, at, self._transition(at)
            before = after
        return moment, moment + _DAY, None

    def _shown(self, moment: datetime) -> tuple[timedelta | None, str | None]:
        local = moment.astimezone(self._zone)
        return local.utcoffset(), local.tzname()

    def _transition(self, at: datetime) -> Transition:
        offset, name = self._shown(at)
        return Transition(at=at, utc_offset=round((offset or timedelta(0)).total_seconds()), abbreviation=name or "")


def _changes(file: BinaryIO) -> list[float]:
    """The moments of a TZif file of version 2 or later, in seconds since 1970, in the years that datetime knows."""
    isutc, isstd, leap, times, types, characters = _counts(file)
    # The first block, of moments in 32 bits, is there for old readers.
    file.seek(times * 5 + types * 6 + characters + leap * 8 + isstd + isutc, io.SEEK_CUR)
    times = _counts(file)[3]
    earliest = datetime(2, 1, 1, tzinfo=UTC).timestamp()
    return [moment for moment in struct.unpack(f">{times}q", file.read(8 * times)) if moment >= earliest]


def _counts(file: BinaryIO) -> tuple[int, ...]:
    return _HEADER.unpack(file.read(_HEADER.size))
