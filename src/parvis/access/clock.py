"""What time it is, as a value that is passed in: whole microseconds since 1970, UTC."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import Protocol

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Clock(Protocol):
    """The port: the system's clock in a server, a settable one in a test."""

    def now(self) -> int:
        """Microseconds since 1970-01-01T00:00:00Z."""
        ...

    def nanoseconds(self) -> int:
        """The same as :meth:`now`, in nanoseconds."""
        ...

    def tick(self) -> int:
        """Nanoseconds since some moment, never backwards: for spans of time."""
        ...


class SystemClock:
    """The machine's clock. It may step back when the machine is set right: compare times, never count on order."""

    def now(self) -> int:
        return time.time_ns() // 1000

    nanoseconds = staticmethod(time.time_ns)
    tick = staticmethod(time.monotonic_ns)


class ManualClock:
    """A clock for tests: it stands still until it is moved."""

    def __init__(self, now: int = 1_700_000_000_000_000) -> None:
        self._now = now
        self._tick = 1_000_000_000_000

    def now(self) -> int:
        return self._now

    def nanoseconds(self) -> int:
        return self._now * 1000

    def tick(self) -> int:
        return self._tick

    def advance(self, seconds: float) -> None:
        """Move on by so many seconds (back, when negative: as a machine's clock that is set right)."""
        self._now += round(seconds * 1_000_000)
        self._tick += max(0, round(seconds * 1_000_000_000))


def as_datetime(microseconds: int) -> datetime:
    """The same moment as an aware ``datetime`` in UTC, exact to the microsecond."""
    return _EPOCH + timedelta(microseconds=microseconds)


def as_microseconds(moment: datetime) -> int:
    """The other way round. One without an offset is taken as UTC."""
    aware = moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
    return (aware - _EPOCH) // timedelta(microseconds=1)
