"""The body of one request, as it arrives by a connection."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Protocol

from ...contract.outcomes import Refusal
from ..request import GONE

CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"


class Carrier(Protocol):
    """The connection, to those who read from it and write to it."""

    left: asyncio.Event
    """Set when nobody waits for an answer any more."""

    def write(self, data: bytes) -> None: ...

    async def drained(self) -> bool: ...

    def flow(self) -> None: ...


@dataclass(slots=True, eq=False)
class ArrivingBody:
    """What of its request the answer must know stands here too."""

    carrier: Carrier = field(repr=False)
    modern: bool = True
    """Whether it came by HTTP/1.1: an answer to HTTP/1.0 is not sent in chunks, and ends the connection."""
    head_only: bool = False
    """Whether it asks for the head of the answer alone."""
    close: bool = False
    """Whether the connection ends with its answer."""
    expects: bool = False
    """Whether its caller waits to be told to go on (RFC 9110 section 10.1.1)."""
    whole: bool = False
    dropped: bool = False
    """Whether nobody reads it any more."""
    fault: Refusal | None = None
    """Why nothing more of it comes."""
    held: int = 0
    """Bytes that wait for their reader."""
    waiter: asyncio.Future[None] | None = None
    _pieces: list[bytes] = field(default_factory=list)

    async def read(self) -> tuple[bytes, bool]:
        while not self._pieces and not self.whole:
            if self.fault is not None:
                raise self.fault
            if self.expects:
                self.expects = False
                self.carrier.write(CONTINUE)
            self.waiter = asyncio.get_running_loop().create_future()
            await self.waiter
        data = self._pieces[0] if len(self._pieces) == 1 else b"".join(self._pieces)
        self._pieces.clear()
        self.held = 0
        self.carrier.flow()
        return data, not self.whole

    async def gone(self) -> int:
        await self.carrier.left.wait()
        return GONE

    def came(self, piece: bytes) -> None:
        if not self.dropped:
            self._pieces.append(piece)
            self.held += len(piece)
            self.expects = False
            self.wake()

    def fail(self, why: Refusal) -> None:
        """Nothing more of it comes."""
        if not self.whole and self.fault is None:
            self.fault = why
            self.wake()

    def wake(self) -> None:
        """Whoever waits for more looks again."""
        if self.waiter is not None and not self.waiter.done():
            self.waiter.set_result(None)
