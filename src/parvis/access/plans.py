"""Plans: the rights and bounds that accounts have under a name."""

from __future__ import annotations

import re
from dataclasses import dataclass

from .rights import Rights

SLOWEST, FASTEST = 1 / 86_400, 1_000_000
"""Calls a second. A slower rate is a quota. A faster one could not be told exactly in nanoseconds a call."""

MOST_BURST = 1_000_000
MOST = 10**15 - 1
"""The largest number that a header field can hold (RFC 9651 section 3.3.1)."""

SECOND = 1_000_000_000
"""Nanoseconds."""

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
        return 2 * self.burst * self.interval

    @property
    def interval(self) -> int:
        """Nanoseconds that a call takes to be restored, rounded up so that no span holds more than allowed; 0: no
        rate."""
        if self.rate is None:
            return 0
        above, below = self.rate.as_integer_ratio()
        return -(-SECOND * below // above)

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
"""Callers without a key: the rate by address (:mod:`.address_limits`), the rest for all of them together. It holds no
rights until the operator says so."""
TEST = Plan("test", (), rate=2, burst=20, concurrent=5, day=1_000, page=1000)
"""The bounds of test keys, whatever their account's plan. Their rights are the account's: this plan adds none."""


def _calls(rate: float) -> str:
    return "1 call" if rate == 1 else f"{rate:,.15g} calls"
