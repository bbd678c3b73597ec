"""Limits and quotas: what of a plan has been used, and whether there is room for one more call.

Rules. Never more is admitted than allowed, in any span of time; where something is not known, the answer is the
stricter one. A refused call uses nothing. One event loop calls these methods and none of them waits, so each is atomic.
Time is passed in: ``now``, the wall clock in microseconds since 1970 UTC, says which day and month it is; ``tick``, a
clock in nanoseconds that never steps back (``time.monotonic_ns``), measures the rate.

The rate is a bucket that holds ``burst`` calls and is filled by ``rate`` calls a second (GCRA, the virtual scheduling
of ITU-T I.371): all that is kept of it is the tick at which it will be full again.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Literal, NamedTuple

from .plans import SECOND, Plan

Policy = Literal["concurrent", "rate", "day", "month"]

State = tuple[tuple[str, int, int, int], ...]
"""For each bound of a plan that has a window: its name, limit, what remains, and the seconds until there is more."""

_MICROSECOND = 1000  # ns
_DAY = 86_400_000_000  # µs
_EPOCH = date(1970, 1, 1).toordinal()


class LimitExceeded(NamedTuple):
    """Which bound refused a call."""

    policy: Policy
    retry_after: int
    """Seconds, at least 1, before which it is of no use to ask again."""
    limit: int
    used: int


class Allowance:
    """What one account has used of its plan; its test keys have one of their own, and so has the anonymous crowd.

    A call is :meth:`admit`, then :meth:`settle` when it is known whether it is charged, and :meth:`leave` at its end.
    Quotas are reserved before a call runs, so the last unit is used once.

    The periods go by the latest time that was ever seen: a clock that steps back opens none anew, its calls count in
    the period that had begun. Another plan holds at once: what has been used of day and month stays, and so does the
    time until the bucket is full, as far as the new bucket is that deep.
    """

    __slots__ = (
        "_day_ends",
        "_day_used",
        "_depth",
        "_full",
        "_interval",
        "_month_begins",
        "_month_ends",
        "_month_used",
        "_plan",
        "running",
    )

    def __init__(self) -> None:
        self.running = 0
        """Calls that were admitted and have not left."""
        self._plan: Plan | None = None  # of which the next two tell the nanoseconds: a call's, and a whole burst's
        self._interval = 0
        self._depth = 0
        self._full = 0  # the tick at which the bucket is full
        self._day_used = self._month_used = 0
        self._day_ends = self._month_ends = self._month_begins = 0

    def admit(self, plan: Plan, cost: int, now: int, tick: int) -> LimitExceeded | None:
        """Let a call in that costs ``cost`` units (0 or more), or say which bound refuses it. What costs nothing is
        held to no quota."""
        if plan is not self._plan:
            self._adopt(plan, tick)
        if now >= self._day_ends:
            self._turn(now)
        concurrent = plan.concurrent
        if concurrent is not None and self.running >= concurrent:
            return LimitExceeded("concurrent", 1, concurrent, self.running)
        full = self._full
        if self._interval:
            full = (full if full > tick else tick) + self._interval
            over = full - tick - self._depth
            if over > 0:
                return LimitExceeded("rate", -(-over // SECOND), plan.burst, plan.burst)
        if cost:
            day, month = plan.day, plan.month
            if day is not None and self._day_used + cost > day:
                return LimitExceeded("day", _left(self._day_ends, now), day, self._day_used)
            if month is not None and self._month_used + cost > month:
                return LimitExceeded("month", _left(self._month_ends, now), month, self._month_used)
            self._day_used += cost
            self._month_used += cost
        self._full = full
        self.running += 1
        return None

    def settle(self, cost: int, charged: bool, now: int) -> None:
        """The call of that cost, admitted at ``now``, is charged or not: then its units are given back, to the day and
        the month that they were taken from and to no other."""
        if charged:
            return
        # A period's beginning is never after the call that it was charged to, unless the clock stood before it, as at
        # a step back: then nothing is given back.
        if now >= self._day_ends - _DAY:
            self._day_used -= cost
        if now >= self._month_begins:
            self._month_used -= cost

    def leave(self) -> None:
        """An admitted call has ended. Raises ``RuntimeError`` when none is running."""
        if not self.running:
            raise RuntimeError("a call left that was never admitted")
        self.running -= 1

    def restore(
        self, plan: Plan, *, day_used: int, month_used: int, now: int, tick: int, recent: Iterable[int]
    ) -> None:
        """After a restart: bring a fresh allowance to where it would be had the process lived on, or stricter.

        ``day_used`` and ``month_used`` are units of cost in the periods of ``now``. Pass the later of the clock and
        the newest record as ``now``: a clock may have stepped back while nobody looked. ``recent`` holds the ages, in
        nanoseconds, of all calls admitted in the last ``plan.lookback``, in any order. Of the time before nothing is
        known, so the bucket is taken to have been empty then.
        """
        self._adopt(plan, tick)
        self._turn(now)
        self._day_used, self._month_used = day_used, month_used
        if not self._interval:
            return
        # Wall clocks tell ages to the microsecond, so a call may be that much younger; none comes from the future.
        ages = sorted((max(age - _MICROSECOND, 0) for age in recent), reverse=True)
        full = tick - plan.lookback + _MICROSECOND + self._depth
        for age in ages:
            if age <= plan.lookback:
                full = max(full, tick - age) + self._interval
        self._full = min(full, tick + self._depth)

    def idle(self, plan: Plan, tick: int) -> bool:
        """Whether this may be forgotten: nothing runs and the bucket is full. What was used of day and month must
        stand in the ledger, for :meth:`restore`."""
        if plan is not self._plan:
            self._adopt(plan, tick)
        return not self.running and self._full <= tick

    def state(self, plan: Plan, now: int, tick: int) -> State:
        """``(name, limit, remaining, seconds)`` of ``rate``, ``day`` and ``month``, where the plan has them.

        Within so many seconds no more than what remains can be used: of a rate until the next call is restored (0
        when none is missing), of a period until it ends. Uses nothing.
        """
        if plan is not self._plan:
            self._adopt(plan, tick)
        if now >= self._day_ends:
            self._turn(now)
        rows: list[tuple[str, int, int, int]] = []
        interval = self._interval
        if interval:
            owed = self._full - tick
            if owed > 0:
                remaining, begun = divmod(self._depth - owed, interval)
                rows.append(("rate", plan.burst, remaining, -((begun - interval) // SECOND)))
            else:
                rows.append(("rate", plan.burst, plan.burst, 0))
        day, month = plan.day, plan.month
        if day is not None:
            remaining = day - self._day_used
            rows.append(("day", day, remaining if remaining > 0 else 0, -((now - self._day_ends) // 1_000_000)))
        if month is not None:
            rows.append(("month", month, max(0, month - self._month_used), _left(self._month_ends, now)))
        return tuple(rows)

    def _adopt(self, plan: Plan, tick: int) -> None:
        self._plan = plan
        self._interval = plan.interval
        self._depth = plan.burst * self._interval
        self._full = min(self._full, tick + self._depth)

    def _turn(self, now: int) -> None:
        """Begin the day, and where it is over the month, that ``now`` is in."""
        day = now // _DAY
        self._day_ends = (day + 1) * _DAY
        self._day_used = 0
        if now >= self._month_ends:
            first = date.fromordinal(_EPOCH + day).replace(day=1)
            following = (first + timedelta(days=31)).replace(day=1)
            self._month_begins = (first.toordinal() - _EPOCH) * _DAY
            self._month_ends = (following.toordinal() - _EPOCH) * _DAY
            self._month_used = 0


def _left(ends: int, now: int) -> int:
    return -((now - ends) // 1_000_000)
