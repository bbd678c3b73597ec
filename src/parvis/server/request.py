"""A request, as a value: what every protocol makes of what came, and what every step reads.

Whoever carries requests (an ASGI server, an agent's tool call, an object in this process) makes one and takes an answer
for it. Rule: a request is never changed. What could not be read of it stands in ``fault``, so that it is answered,
counted and logged like any other.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from time import perf_counter
from typing import Protocol

from ..contract.outcomes import Refusal

GONE = 499
"""The status in the records of a call whose caller went before the answer began; nothing was sent."""


class CallerGone(Exception):
    """The caller went before the answer began: there is nobody to answer."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


class Body(Protocol):
    """The body of a request as it arrives, and its caller behind it."""

    async def read(self) -> tuple[bytes, bool]:
        """The next piece, and whether another may come. Raises :class:`Refusal` when the caller has gone."""

    async def gone(self) -> int:
        """Return when nobody waits for the answer any more. Gives the status of a call that has answered nothing by
        then: :data:`GONE`, unless the protocol itself waits for only so long."""


class Whole:
    """A body that is there already; ``gone`` tells of its caller, where that can be known."""

    __slots__ = ("_data", "_gone")

    def __init__(self, data: bytes = b"", gone: Callable[[], Awaitable[int]] | None = None) -> None:
        self._data = data
        self._gone = gone

    async def read(self) -> tuple[bytes, bool]:
        return self._data, False

    async def gone(self) -> int:
        return await (asyncio.get_running_loop().create_future() if self._gone is None else self._gone())


NOTHING = Whole()


@dataclass(slots=True, eq=False)
class Request:
    """One request. ``fields`` are named as HTTP has them, names in lower case, whatever the protocol calls them:
    ``authorization`` is who calls, ``accept-language`` the language of problems, ``idempotency-key`` makes a repeat
    safe, ``traceparent`` goes into the log, and parameters may be bound to any other."""

    id: str
    """Its name for the operator, for the log and for who asks about it (``host.new_id()``)."""
    method: str
    path: str
    """With ``method``, how it came, in the log."""
    fields: Mapping[bytes, bytes] = field(default_factory=dict)
    address: str = ""
    """The caller's network address; empty where there is none."""
    socket: str = ""
    """The path of the Unix socket that it came by; empty where there is none."""
    query: bytes = b""
    body: Body = NOTHING
    root: str = ""
    """The path under which another application has mounted this one."""
    session: bool = False
    """Whether it comes from the pages, for the person who looks at them."""
    fault: Refusal | None = None
    """Why it cannot be served, known before anything else is."""
    began: float = field(default_factory=perf_counter)
    """When it arrived, in seconds of :func:`time.perf_counter`."""
