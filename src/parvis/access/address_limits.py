"""Limits by the block of addresses that callers come from: calls without a key, and sign-ups.

The rules are those of :mod:`.limits`; ``tick`` is in nanoseconds and never steps back. What is known of blocks is
bounded, for there are more blocks than memory.
"""

from __future__ import annotations

from collections import OrderedDict
from heapq import heappop, heappush, heapreplace

from .limits import LimitExceeded
from .plans import SECOND, Plan

_HOUR = 3600 * SECOND


class AddressRateLimiter:
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

    def admit(self, block: str, plan: Plan, tick: int) -> LimitExceeded | None:
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
            return LimitExceeded("rate", -(-over // SECOND), plan.burst, plan.burst)
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
        interval = plan.interval
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
            return -((tick - recent[0] - _HOUR) // SECOND)
        if block not in ticks and len(ticks) >= self._capacity:
            return -((tick - free) // SECOND)
        ticks[block] = (*recent, tick)
        ticks.move_to_end(block)
        return 0
