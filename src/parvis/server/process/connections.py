"""All connections of a process, and what each, each address, and all together may take.

Rule: where there are too many, the oldest that is idle goes first: one that never asked anything, then one between two
requests. One sweep a second looks at the times of all: a timer for each request would cost every call.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ...contract.outcomes import Refusal

if TYPE_CHECKING:
    from .connection import Connection

SHED = 64
"""So many of the oldest are found at a time."""
SWEEP = 1.0
"""Seconds between two looks at all connections."""


@dataclass(frozen=True, slots=True)
class ConnectionBounds:
    """What connections may take: sizes in bytes, times in seconds, rates in bytes a second."""

    head_bytes: int = 32_768
    head_seconds: float = 10.0
    request_seconds: float = 30.0
    fields: int = 100
    pace: int = 131_072
    """Bytes a second (1 Mbit/s) at which a body buys time: an upload may take as long as it needs, while it moves."""
    waiting_bytes: int = 65_536
    """Of a body that wait for their reader, before the connection is read no further; and of a body that nobody reads
    any more, that are read to its end all the same, so that the connection can go on."""
    pipelined: int = 100
    """Requests that wait for their turn on one connection."""
    half_closed_seconds: float = 1.0
    """For an answer to a caller who has closed his side: he may still read, and mostly he is gone."""
    linger_seconds: float = 1.0
    """In which a caller that still sends can read why he was refused (RFC 9112 section 9.6)."""
    idle_seconds: float = 75.0
    """Longer than clients and proxies wait (60 s mostly), so that it is they who close, and never in mid-request."""
    leaving_seconds: float = 30.0
    leaving_rate: float = 1_000.0
    """What an answer must leave at, measured over ``leaving_seconds``; a reader below that is no reader."""
    in_all: int = 10_000
    of_address: int = 2_500
    held_in_all: int = 268_435_456
    held_of_address: int = 33_554_432
    """Bytes of answers that are written and not read yet; a connection that is the only one to hold any is let be."""


class Connections:
    """``trusted`` tells whether an address is a proxy's, who speaks for many: the bounds of one address are not its."""

    def __init__(
        self, bounds: ConnectionBounds, report: Callable[[BaseException], None],
        trusted: Callable[[str], bool] = lambda address: False,
    ) -> None:  # fmt: skip
        """``report`` is told of a bug of ours."""
        self.bounds = bounds
        self.report = report
        self.closing = False
        """No further request is taken."""
        self._trusted = trusted
        self._every: set[Connection] = set()
        self._of_address: Counter[str] = Counter()
        self._opening: dict[str, dict[asyncio.Task[object], None]] = {}
        """By address, in order of age: what makes connections that are none yet, for want of a handshake."""
        self._half_open = 0
        self._oldest: list[Connection] = []
        """The next to go where there is no room, the last of them first."""
        # In order of age; a dict for its order.
        self._holding: dict[Connection, None] = {}
        self._sweeping: asyncio.TimerHandle | None = None

    def opens(self, address: str, task: asyncio.Task[object]) -> None:
        """A connection begins, and is one, or will never be, when ``task`` is done."""
        self._opening.setdefault(address, {})[task] = None
        self._half_open += 1
        task.add_done_callback(lambda task: self._opened(address, task))

    def _opened(self, address: str, task: asyncio.Task[object]) -> None:
        self._opens_no_more(address, task)
        if not task.cancelled():
            task.exception()  # a handshake that failed, or a caller that went: nobody's trouble here

    def _opens_no_more(self, address: str, task: asyncio.Task[object]) -> None:
        if task in self._opening.get(address, ()):
            self._half_open -= 1
            del self._opening[address][task]
            if not self._opening[address]:
                del self._opening[address]

    def add(self, connection: Connection) -> None:
        self._every.add(connection)
        self._of_address[connection.address] += 1
        if self._sweeping is None:
            self._sweep()

    def remove(self, connection: Connection) -> None:
        if connection not in self._every:
            return
        self._every.discard(connection)
        self._of_address[connection.address] -= 1
        if not self._of_address[connection.address]:
            del self._of_address[connection.address]
        self._holding.pop(connection, None)

    def descriptors(self) -> list[int]:
        """The sockets of all."""
        sockets = [each.transport.get_extra_info("socket") for each in self._every]
        return [each.fileno() for each in sockets if each is not None and each.fileno() >= 0]

    def room(self, address: str) -> bool:
        """Make room for one more connection of this address. False where every one of them is in use."""
        bounds = self.bounds
        of_address = self._of_address[address] + len(self._opening.get(address, ()))
        if address and of_address >= bounds.of_address and not self._trusted(address) and not self._drop(address):
            return False
        return len(self._every) + self._half_open < bounds.in_all or self._drop("")

    def _drop(self, address: str) -> bool:
        """Close the oldest connection that opens or is idle, of this address where one is given."""
        whose = address or next(iter(self._opening), "")
        for task in self._opening.get(whose, ()):
            self._opens_no_more(whose, task)
            task.cancel()
            return True
        for look in (False, True):
            if look:  # all that are idle are put in order once for many: a flood of connections costs no more each
                idle = [each for each in self._every if each.idle and address in ("", each.address)]
                idle.sort(key=lambda each: (each.fresh, -each.idle_since))
                self._oldest = idle[-SHED:]
            while self._oldest:
                each = self._oldest.pop()
                if each in self._every and each.idle and address in ("", each.address):
                    self._shed(each)
                    return True
        return False

    def _shed(self, connection: Connection) -> None:
        self.remove(connection)
        connection.abort()

    def holds(self, connection: Connection) -> None:
        """It has more to send than its caller takes."""
        self._holding[connection] = None
        address = connection.address
        if address and not self._trusted(address):
            self._relieve(self.bounds.held_of_address, lambda each: each.address == address)
        self._relieve(self.bounds.held_in_all, lambda each: True)

    def holds_no_more(self, connection: Connection) -> None:
        self._holding.pop(connection, None)

    def _relieve(self, most: int, fits: Callable[[Connection], bool]) -> None:
        holding = [each for each in self._holding if fits(each)]
        held = sum(each.unsent for each in holding)
        while held > most and len(holding) > 1:
            oldest = holding.pop(0)
            held -= oldest.unsent
            self._shed(oldest)

    def _sweep(self) -> None:
        loop = asyncio.get_running_loop()
        now = loop.time()
        for connection in list(self._every):
            self._look(connection, now)
        self._sweeping = loop.call_later(SWEEP, self._sweep) if self._every else None

    def _look(self, connection: Connection, now: float) -> None:
        bounds = self.bounds
        if self._is_stuck(connection, now):
            connection.abort()
        elif self._is_late(connection, now):
            connection.refuse(Refusal("request-timeout", seconds=f"{bounds.request_seconds:g}"))
        elif connection.idle and connection.since is None and now - connection.idle_since > bounds.idle_seconds:
            connection.transport.close()

    def _is_late(self, connection: Connection, now: float) -> bool:
        """Whether the request that arrives takes too long."""
        if connection.since is None or connection.paused or connection.deaf:
            return False
        bounds = self.bounds
        most = bounds.head_seconds if connection.in_head else bounds.request_seconds + connection.came / bounds.pace
        return now - connection.since > most

    def _is_stuck(self, connection: Connection, now: float) -> bool:
        """Whether what leaves moves too slowly, or not at all."""
        if not connection.unsent:
            connection.leaving = None
            return False
        sent = connection.sent
        since, before = connection.leaving = connection.leaving or (now, sent)
        if now - since <= self.bounds.leaving_seconds:
            return False
        connection.leaving = now, sent
        return sent - before < self.bounds.leaving_rate * (now - since)

    async def end(self, grace: float) -> None:
        """Take nothing more; wait for calls in hand, at most ``grace`` seconds; then cancel them."""
        self.closing = True
        for task in [task for of_address in self._opening.values() for task in of_address]:
            task.cancel()
        for connection in list(self._every):
            connection.shutdown()
        await asyncio.sleep(0)  # answers that wait for the end of this turn
        tasks = [each.task for each in self._every if each.task is not None]
        if tasks:
            _, late = await asyncio.wait(tasks, timeout=grace)
            for task in late:
                task.cancel()
            if late:
                await asyncio.wait(late, timeout=1.0)
        for connection in list(self._every):
            connection.transport.close()
        if self._sweeping is not None:
            self._sweeping.cancel()
