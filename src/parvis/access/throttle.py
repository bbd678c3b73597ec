"""How often a password may be tried, asked before it is hashed: a hash costs as much as thousands of calls.

Rules. Three counts of failures, each with its own patience (the table below); the longest wait holds.

- A name from one block of addresses, for one person who has forgotten, or one guesser.
- A block over all names, for one guesser of many names. Success does not reset it: a guesser may have an account too.
- A name over all blocks, for many guessers of one name: at most 100 failures in a row without an hour's wait (NIST SP
  800-63B, section 5.2.2 of revision 3). It does not hold for a block from which this name has got in before: a stranger
  cannot lock a customer out.

Success resets the first and the third. An account that does not exist is counted like one that does, so no wait tells
who has an account.

Memory is bounded, and kept counts cannot be washed out cheaply. Each table has two generations of ``capacity`` entries
at most: what is asked for moves to the young one; when that is full it becomes the old one, and the old one goes, but
for the counts that have used up their free failures, which stay (up to half the capacity). To forget one name that is
made to wait, a stranger must thus bring at least half as many others to wait as well, 100 failures each: 2.5 million
hashes, more than a day of two cores, in which the longest wait has passed twenty times over. To forget a count that is
still free he needs new failures under tens of thousands of other names, and a block may fail only 50 times an hour. The
blocks where somebody got in have a table of their own, which only right passwords fill. 50,000 entries a generation are
at most some 50 MB of failures, and only under attack; names are kept as digests, so long ones cost no more and none can
be read from a dump.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from hashlib import blake2b
from itertools import islice
from math import ceil
from typing import Generic, NamedTuple, TypeVar

from .clock import Clock

CAPACITY = 50_000
BLOCKS_A_NAME = 8
LONGEST_WAIT = 3600
"""Seconds."""

_SECOND = 1_000_000


class Patience(NamedTuple):
    """``free`` failures cost nothing; the next a wait of ``first`` seconds, and each after it twice the wait before, up
    to an hour. ``forgiven`` failures an hour are forgotten, from the end of the wait on."""

    free: int
    first: int
    forgiven: int


NAME_IN_BLOCK = Patience(free=5, first=1, forgiven=0)
BLOCK = Patience(free=50, first=1, forgiven=50)
NAME = Patience(free=99, first=LONGEST_WAIT, forgiven=0)
"""The hundredth failure is the first that is followed by a wait."""

_SOONEST_LONGEST = LONGEST_WAIT.bit_length()
"""After so many doublings, of one second even, the wait is the longest."""


class Throttle:
    """All that is known of failed log-ins, in memory: a restart forgets it. Used by one thread.

    ``name`` is what was shown as e-mail or id, folded by the caller to one spelling; ``block`` is what
    :func:`~parvis.access.networks.block_of` makes of the address. ``capacity``: entries a generation of each table.
    """

    def __init__(self, clock: Clock, capacity: int = CAPACITY) -> None:
        self._clock = clock
        self._pairs = _Table[_Count](capacity, lambda count: count.failures > NAME_IN_BLOCK.free)
        self._blocks = _Table[_Count](capacity, lambda count: count.failures > BLOCK.free)
        self._names = _Table[_Count](capacity, lambda count: count.failures > NAME.free)
        self._entered = _Table[tuple[bytes, ...]](capacity, lambda _: False)

    def wait(self, name: str, block: str) -> float:
        """Seconds until ``name`` may be tried from ``block``, at most 3600; 0: go on, hash and compare.

        Once the free failures are used up, 0 lets one try through and begins the same wait anew: of many that ask at
        the same moment one is tried. So ask once a try.
        """
        now = self._clock.now()
        who, where = _digest(name), _digest(block)
        held = [(self._pairs.get(who + where), NAME_IN_BLOCK), (self._blocks.get(where), BLOCK)]
        if where not in (self._entered.get(who) or ()):
            held.append((self._names.get(who), NAME))
        counts = [(count, patience) for count, patience in held if count is not None]
        longest = max((count.remaining(patience, now) for count, patience in counts), default=0)
        if longest == 0:
            for count, patience in counts:
                count.begin(patience, now)
        return longest / _SECOND

    def failed(self, name: str, block: str) -> None:
        """The password was wrong, or there is no such account."""
        now = self._clock.now()
        who, where = _digest(name), _digest(block)
        for table, key, patience in (
            (self._pairs, who + where, NAME_IN_BLOCK),
            (self._blocks, where, BLOCK),
            (self._names, who, NAME),
        ):
            count = table.get(key)
            if count is None:
                table.put(key, _Count(1.0, now))
            else:
                count.add(patience, now)

    def succeeded(self, name: str, block: str) -> None:
        """The password was right: forget what went before, and remember that ``name`` gets in from ``block``."""
        who, where = _digest(name), _digest(block)
        self._pairs.drop(who + where)
        self._names.drop(who)
        others = tuple(other for other in self._entered.get(who) or () if other != where)
        self._entered.put(who, (*others, where)[-BLOCKS_A_NAME:])


@dataclass(slots=True, eq=False)
class _Count:
    """Failures, less what was forgiven since; ``since`` is when the wait began, in microseconds."""

    failures: float
    since: int

    def wait(self, patience: Patience) -> int:
        """How long a wait follows so many failures, in microseconds."""
        over = ceil(self.failures - patience.free)
        if over <= 0:
            return 0
        doublings = min(over - 1, _SOONEST_LONGEST)
        return min(patience.first << doublings, LONGEST_WAIT) * _SECOND

    def remaining(self, patience: Patience, now: int) -> int:
        # The clock was set back: begin the wait anew, for nobody waits longer than it lasts.
        self.since = min(self.since, now)
        return max(0, self.since + self.wait(patience) - now)

    def begin(self, patience: Patience, now: int) -> None:
        """Forgive what the time since the last wait forgives, and begin the next one."""
        quiet = now - self.since - self.wait(patience)
        if quiet > 0:
            self.failures = max(0.0, self.failures - quiet * patience.forgiven / (3600 * _SECOND))
        self.since = now

    def add(self, patience: Patience, now: int) -> None:
        self.begin(patience, now)
        self.failures += 1


V = TypeVar("V")


class _Table(Generic[V]):
    """A bounded dictionary of two generations; ``stays`` tells which old entries outlive their generation."""

    def __init__(self, capacity: int, stays: Callable[[V], bool]) -> None:
        if capacity < 2:
            raise ValueError(f"a table of {capacity} entries remembers nothing: give it 2 or more")
        self._capacity = capacity
        self._stays = stays
        self._young: dict[bytes, V] = {}
        self._old: dict[bytes, V] = {}

    def get(self, key: bytes) -> V | None:
        value = self._young.get(key)
        if value is None and (value := self._old.get(key)) is not None:
            del self._old[key]
            self.put(key, value)
        return value

    def put(self, key: bytes, value: V) -> None:
        self._old.pop(key, None)
        if len(self._young) >= self._capacity and key not in self._young:
            staying = ((k, v) for k, v in self._old.items() if self._stays(v))
            self._old, self._young = self._young, dict(islice(staying, self._capacity // 2))
        self._young[key] = value

    def drop(self, key: bytes) -> None:
        self._young.pop(key, None)
        self._old.pop(key, None)

    def __len__(self) -> int:
        return len(self._young) + len(self._old)


def _digest(text: str) -> bytes:
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest()
