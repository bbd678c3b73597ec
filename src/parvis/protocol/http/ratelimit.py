"""The fields ``RateLimit-Policy`` and ``RateLimit``: what a plan allows, and what is left of it.

As draft-ietf-httpapi-ratelimit-headers-11 has them: a List of Strings with parameters (RFC 9651). Two rules. What does
not change from call to call is made once. And this room knows no plans: it takes whatever has these bounds, and the
state that it is told.
"""

from __future__ import annotations

from collections.abc import Hashable
from functools import lru_cache
from typing import Protocol, TypeVar

from .answer import Headers

POLICY = b"ratelimit-policy"
STATE = b"ratelimit"

DAY = 86_400
MONTH = 31 * DAY
"""Seconds. A month is a calendar month: 31 days at most."""


class PlanLimits(Hashable, Protocol):
    """The bounds that these fields tell: ``rate`` in calls a second, ``day`` and ``month`` in units of cost."""

    @property
    def rate(self) -> float | None: ...
    @property
    def burst(self) -> int: ...
    @property
    def day(self) -> int | None: ...
    @property
    def month(self) -> int | None: ...


P = TypeVar("P", bound=PlanLimits)
P_contra = TypeVar("P_contra", contravariant=True)


class LimitUsage(Protocol[P_contra]):
    """What has been used: for each bound its name, limit, what remains, and the seconds until there is more."""

    def state(self, plan: P_contra, now: int, tick: int, /) -> tuple[tuple[str, int, int, int], ...]: ...


@lru_cache(maxsize=1024)
def policy(plan: PlanLimits) -> bytes:
    """The value of ``RateLimit-Policy``; empty, so no field, for a plan without bounds. Kept for the next call.

    Of a rate, ``q`` is the burst and ``w`` the seconds in which it fills up again.
    """
    items = []
    if plan.rate is not None:
        above, below = plan.rate.as_integer_ratio()
        items.append(f'"rate";q={plan.burst};w={-(-plan.burst * below // above)}')
    if plan.day is not None:
        items.append(f'"day";q={plan.day};w={DAY}')
    if plan.month is not None:
        items.append(f'"month";q={plan.month};w={MONTH}')
    return ", ".join(items).encode()


def state(plan: P_contra, allowance: LimitUsage[P_contra], now: int, tick: int) -> bytes:
    """The value of ``RateLimit``, empty for a plan without bounds. ``now`` in microseconds UTC, ``tick`` in monotonic
    nanoseconds.

    ``t`` is the effective window: so many seconds in which no more than ``r`` can be used. So where ``r`` is 0 it
    agrees with the ``Retry-After`` of the refusal (section 6: that is never earlier).
    """
    rows = allowance.state(plan, now, tick)
    if len(rows) == 2:  # nearly every plan: one f-string
        (first, _, r, t), (second, _, more, end) = rows
        return f'"{first}";r={r};t={t}, "{second}";r={more};t={end}'.encode()
    return ", ".join([f'"{name}";r={remaining};t={seconds}' for name, _, remaining, seconds in rows]).encode()


def fields(plan: P, allowance: LimitUsage[P], now: int, tick: int) -> Headers:
    """Both fields, for a plan that has a bound which they could tell."""
    told = policy(plan)
    return [(POLICY, told), (STATE, state(plan, allowance, now, tick))] if told else []


def written(plan: P, allowance: LimitUsage[P], now: int, tick: int) -> bytes:
    """:func:`fields` as they go out."""
    line = _LINES.get(id(plan))
    if line is None or line[0] is not plan:
        told = policy(plan)
        if len(_LINES) >= 1024:
            _LINES.clear()
        line = _LINES[id(plan)] = plan, b"ratelimit-policy: %b\r\nratelimit: " % told if told else b""
    return b"%b%b\r\n" % (line[1], state(plan, allowance, now, tick)) if line[1] else b""


_LINES: dict[int, tuple[object, bytes]] = {}
"""By its address, a plan and the line of its policy: to find it by its bounds would cost as much as the rest."""
