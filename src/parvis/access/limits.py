"""Limits and quotas: how much a plan allows, and what of it has been used.

Rules. Never more is admitted than allowed, in any span of time; where something is not known, the answer is the
stricter one. A refused call uses nothing. One event loop calls these methods and none of them waits, so each is atomic.
Time is passed in: ``now``, the wall clock in microseconds since 1970 UTC, says which day and month it is; ``tick``, a
clock in nanoseconds that never steps back (``time.monotonic_ns``), measures the rate.

The rate is a bucket that holds ``burst`` calls and is filled by ``rate`` calls a second (GCRA, the virtual scheduling
of ITU-T I.371): all that is kept of it is the tick at which it will be full again.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from heapq import heappop, heappush, heapreplace
from typing import Literal, NamedTuple

from .rights import Rights

Policy = Literal["concurrent", "rate", "day", "month"]

State = tuple[tuple[str, int, int, int], ...]
"""For each bound of a plan that has a window: its name, limit, what remains, and the seconds until there is more."""

SLOWEST, FASTEST = 1 / 86_400, 1_000_000
"""Calls a second. A slower rate is a quota. A faster one could not be told exactly in nanoseconds a call."""

MOST_BURST = 1_000_000
MOST = 10**15 - 1
"""The largest number that a header field can hold (RFC 9651 section 3.3.1)."""

_MICROSECOND = 1000  # ns
_SECOND = 1_000_000_000  # ns
_HOUR = 3600 * _SECOND
_DAY = 86_400_000_000  # µs
_EPOCH = date(1970, 1, 1).toordinal()
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}\Z")

# Of every bound that is a whole number: the least, the most, and whether it may be absent.
_WHOLE = {
    "burst": (1, MOST_BURST, False),
    "concurrent": (1, MOST, True),
    "day": (0, MOST, True),
    "month": (0, MOST, True),
    "keys": (0, MOST, False),
    "body": (1, MOST, True),
    "page": (1, MOST, True),
}


@dataclass(frozen=True, slots=True)
class Plan:
    """Rights and bounds under a name. None: no bound. Raises ``ValueError`` that says what to write instead."""

    name: str
    rights: tuple[str, ...]
    """What its accounts may give to their keys."""
    rate: float | None = None
    """Calls a second, over any span of time, besides the burst."""
    burst: int = 1
    """Calls at once after a pause. Means nothing without a rate."""
    concurrent: int | None = None
    """Calls at one time."""
    day: int | None = None
    """Units of cost in a day of UTC."""
    month: int | None = None
    """Units of cost in a calendar month of UTC."""
    keys: int = 0
    """Live keys that an account may have."""
    body: int | None = None
    """Bytes of a request's body."""
    page: int | None = None
    """The largest ``limit`` that a call may ask for."""

    def __post_init__(self) -> None:
        if not _NAME.match(self.name):
            raise ValueError(f"{self.name[:100]!r} is no name of a plan: write letters, digits, `.`, `_` and `-`")
        object.__setattr__(self, "rights", Rights(self.rights).patterns)
        rate = self.rate
        if rate is not None and (
            isinstance(rate, bool) or not isinstance(rate, int | float) or not SLOWEST <= rate <= FASTEST
        ):
            raise ValueError(
                f"`rate` is {rate!r}: write calls a second from {SLOWEST:.6f} (one a day) to {FASTEST:,}, or none for"
                " no bound; for fewer calls use `day` or `month`"
            )
        for name, (least, most, absent) in _WHOLE.items():
            value = getattr(self, name)
            if value is None and absent:
                continue
            if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
                none = ", or none for no bound" if absent else ""
                raise ValueError(f"`{name}` is {value!r}: write a whole number from {least} to {most:,}{none}")

    @property
    def lookback(self) -> int:
        """Nanoseconds: how far back a restart must know the calls; see :meth:`Allowance.restore`. In half of that an
        empty bucket fills up."""
        return 2 * self.burst * _interval(self.rate)

    def told(self) -> str:
        """One line for people: ``10 calls a second (burst 50), 10,000 a day, 5 keys``."""
        told = ["no rate limit" if self.rate is None else f"{_calls(self.rate)} a second (burst {self.burst:,})"]
        told += [
            f"{most:,} a {period}" for period, most in (("day", self.day), ("month", self.month)) if most is not None
        ] or ["no quota"]
        if self.keys:
            told.append("1 key" if self.keys == 1 else f"{self.keys:,} keys")
        return ", ".join(told)


DEFAULT = Plan("default", ("*",), rate=10, burst=50, concurrent=50, day=10_000, keys=5, page=1000)
ANONYMOUS = Plan("anonymous", (), rate=1, burst=10, concurrent=10, day=10_000, page=1000)
"""Callers without a key: the rate by address (:class:`Addresses`), the rest for all of them together. It holds no
rights until the operator says so."""
TEST = Plan("test", (), rate=2, burst=20, concurrent=5, day=1_000, page=1000)
"""The bounds of test keys, whatever their account's plan. Their rights are the account's: this plan adds none."""


class Refused(NamedTuple):
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

    def admit(self, plan: Plan, cost: int, now: int, tick: int) -> Refused | None:
        """Let a call in that costs ``cost`` units (0 or more), or say which bound refuses it. What costs nothing is
        held to no quota."""
        if plan is not self._plan:
            self._adopt(plan, tick)
        if now >= self._day_ends:
            self._turn(now)
        concurrent = plan.concurrent
        if concurrent is not None and self.running >= concurrent:
            return Refused("concurrent", 1, concurrent, self.running)
        full = self._full
        if self._interval:
            full = (full if full > tick else tick) + self._interval
            over = full - tick - self._depth
            if over > 0:
                return Refused("rate", -(-over // _SECOND), plan.burst, plan.burst)
        if cost:
            day, month = plan.day, plan.month
            if day is not None and self._day_used + cost > day:
                return Refused("day", _left(self._day_ends, now), day, self._day_used)
            if month is not None and self._month_used + cost > month:
                return Refused("month", _left(self._month_ends, now), month, self._month_used)
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
                rows.append(("rate", plan.burst, remaining, -((begun - interval) // _SECOND)))
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
        self._interval = _interval(plan.rate)
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


class Addresses:
    """The rate of callers without a key, by the block of addresses that they call from.

    At most ``capacity`` blocks are known. Room is made by forgetting those whose bucket is full, which loses nothing;
    when there are none, the one that is nearest to it. So whoever floods with new blocks has his own forgotten first,
    and one that has used its burst is kept longest. Each call takes a bounded number of steps.
    """

    __slots__ = ("_capacity", "_depth", "_full", "_interval", "_plan", "_queue")

    _STEPS = 64

    def __init__(self, capacity: int = 50_000) -> None:
        if capacity < 1:
            raise ValueError(f"the capacity is {capacity}: at least one block must be known")
        self._capacity = capacity
        self._plan: Plan | None = None
        self._interval = self._depth = 0
        self._full: dict[str, int] = {}  # block -> the tick at which its bucket is full
        # Each known block once, by that tick or an earlier one: it is brought up to date when it comes to the front.
        self._queue: list[tuple[int, str]] = []

    def __len__(self) -> int:
        return len(self._full)

    def admit(self, block: str, plan: Plan, tick: int) -> Refused | None:
        """Let a call in, or say how long the block must wait. Looks at the plan's rate and burst alone."""
        if plan is not self._plan:
            self._adopt(plan)
        interval = self._interval
        if not interval:
            return None
        known = self._full.get(block)
        full = (tick if known is None or known < tick else known) + interval
        over = full - tick - self._depth
        if over > 0:
            return Refused("rate", -(-over // _SECOND), plan.burst, plan.burst)
        if known is None:
            self._make_room(tick)
            heappush(self._queue, (full, block))
        self._full[block] = full
        return None

    def _make_room(self, tick: int) -> None:
        queue, known = self._queue, self._full
        for _ in range(self._STEPS):
            if not queue:
                return
            full, block = queue[0]
            current = known[block]
            if current != full:
                heapreplace(queue, (current, block))
            elif full <= tick or len(known) >= self._capacity:
                heappop(queue)
                del known[block]
            else:
                return
        if len(known) >= self._capacity:
            del known[heappop(queue)[1]]

    def _adopt(self, plan: Plan) -> None:
        interval = _interval(plan.rate)
        if (interval, plan.burst * interval) != (self._interval, self._depth):  # other buckets: each begins full
            self._full.clear()
            self._queue.clear()
        self._plan, self._interval, self._depth = plan, interval, plan.burst * interval


class SignUps:
    """At most ``most`` sign-ups from one wide block of addresses in any hour.

    Every moment is kept for its hour, so the count is exact. Memory is bounded by ``capacity`` blocks; with so many in
    one hour, further blocks wait: an attack from everywhere closes the door, it does not open it.
    """

    __slots__ = ("_capacity", "_ticks", "most")

    def __init__(self, most: int, capacity: int = 20_000) -> None:
        if most < 1 or capacity < 1:
            raise ValueError(f"{most} sign-ups from each of {capacity} blocks: write at least 1 of both")
        self.most = most
        self._capacity = capacity
        self._ticks: OrderedDict[str, tuple[int, ...]] = OrderedDict()  # whose last sign-up is the oldest comes first

    def __len__(self) -> int:
        return len(self._ticks)

    def admit(self, block: str, tick: int) -> int:
        """0 when the sign-up may be, and is counted; else the seconds to wait."""
        ticks = self._ticks
        while ticks:
            oldest = next(iter(ticks))
            free = ticks[oldest][-1] + _HOUR
            if free > tick:
                break
            del ticks[oldest]
        recent = tuple(past for past in ticks.get(block, ()) if past + _HOUR > tick)
        if len(recent) >= self.most:
            return -((tick - recent[0] - _HOUR) // _SECOND)
        if block not in ticks and len(ticks) >= self._capacity:
            return -((tick - free) // _SECOND)
        ticks[block] = (*recent, tick)
        ticks.move_to_end(block)
        return 0


def _interval(rate: float | None) -> int:
    """Nanoseconds that a call takes to be restored, rounded up so that no span holds more than allowed; 0: no rate."""
    if rate is None:
        return 0
    above, below = rate.as_integer_ratio()
    return -(-_SECOND * below // above)


def _left(ends: int, now: int) -> int:
    return -((now - ends) // 1_000_000)


def _calls(rate: float) -> str:
    return "1 call" if rate == 1 else f"{rate:,.15g} calls"
