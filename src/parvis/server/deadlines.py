"""Bounds on how a request arrives: uvicorn's HTTP protocol with a limit on the head and deadlines for head and body.

No ASGI server bounds a body that stalls. A timer for each request would cost every call; instead one sweep a second
looks at all connections, so a late request is closed within a second of its deadline.
"""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, ClassVar
from weakref import WeakSet

from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from ..contract.outcomes import OUTCOMES, fill
from ..protocol.http.answer import PRIVATE, SECURE
from .onewrite import OneWrite

HEADERS = 100
"""How many headers a request may have."""
PACE = 131_072
"""Bytes a second (1 Mbit/s) at which a body buys time: an upload may take as long as it needs, while it moves."""
_ALWAYS = b"".join(b"%b: %b\r\n" % header for header in (PRIVATE, *SECURE))


@dataclass(frozen=True, slots=True)
class Deadlines:
    head_bytes: int = 32_768
    head_seconds: float = 10.0
    request_seconds: float = 30.0


class BoundedConfig(Config):
    """uvicorn's configuration, with the deadlines that :class:`Bounded` reads."""

    def __init__(self, app: Any, *, deadlines: Deadlines, **options: Any) -> None:
        super().__init__(app, http=Bounded, **options)
        self.deadlines = deadlines

    @property
    def should_reload(self) -> bool:
        return self.reload  # uvicorn's own wants the application as text; ours is made anew in each worker anyway


class HeadTooLarge(Exception):
    pass


class Bounded(HttpToolsProtocol):
    """One connection. ``_since`` is when the request in hand began to arrive; None between two."""

    config: BoundedConfig
    _sweeping: ClassVar[WeakSet[asyncio.AbstractEventLoop]] = WeakSet()

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self._since: float | None = self.loop.time()
        self._in_head = True
        self._head = self._chunk = self._came = 0
        self._refusal = "malformed-request"
        if self.loop not in self._sweeping:
            self._sweeping.add(self.loop)
            self.loop.call_later(1.0, self._sweep)

    def on_message_begin(self) -> None:
        self._since = self.loop.time()
        self._came = 0
        self._in_head = True
        super().on_message_begin()

    def data_received(self, data: bytes) -> None:
        self._chunk = len(data)
        self._came += self._chunk
        if self._in_head:
            self._head += len(data)
        super().data_received(data)
        if self._in_head and self._head > self.config.deadlines.head_bytes:
            self._refuse("headers-too-large")

    def on_headers_complete(self) -> None:
        # The bytes so far may hold more than the head, and a head that began within a chunk is not counted yet: only
        # when there are many is the head itself measured.
        limit = self.config.deadlines.head_bytes
        if len(self.headers) > HEADERS or (self._head + self._chunk > limit and self._measured() > limit):
            self._refusal = "headers-too-large"
            raise HeadTooLarge
        self._in_head = False
        self._head = 0
        super().on_headers_complete()

    def _start_asgi_task(self, cycle: Any, app: Any) -> None:
        cycle.__class__ = OneWrite  # uvicorn has made it, and ours differs by its methods alone
        super()._start_asgi_task(cycle, app)

    def on_message_complete(self) -> None:
        self._since = None
        self._in_head = True  # what comes next is the head of the next request
        super().on_message_complete()

    def send_400_response(self, msg: str) -> None:
        self._refuse(self._refusal)

    def _measured(self) -> int:
        return len(self.url) + sum(len(name) + len(value) + 4 for name, value in self.headers)

    def _late(self, now: float) -> bool:
        if self._since is None:
            return False
        deadlines = self.config.deadlines
        if self._in_head:
            return now - self._since > deadlines.head_seconds
        return now - self._since > deadlines.request_seconds + self._came / PACE

    def _refuse(self, code: str) -> None:
        """Answer from here, where no application has the request yet, and close."""
        if self.transport is None or self.transport.is_closing():
            return
        if self.cycle is None or not self.cycle.response_started or self.cycle.response_complete:
            row, deadlines = OUTCOMES[code], self.config.deadlines
            fix = fill(row.fix, {"limit": deadlines.head_bytes, "seconds": f"{deadlines.request_seconds:g}"})
            body = json.dumps(
                {"type": f"/errors/{code}", "title": row.title, "status": row.status, "code": code, "fix": fix}
            ).encode()
            self.transport.write(
                b"HTTP/1.1 %d %s\r\ncontent-type: application/problem+json\r\ncontent-length: %d\r\n%s"
                b"connection: close\r\n\r\n%s"
                % (row.status, HTTPStatus(row.status).phrase.encode(), len(body), _ALWAYS, body)
            )
        self.transport.close()

    def _sweep(self) -> None:
        now = self.loop.time()
        for connection in list(self.connections):
            if isinstance(connection, Bounded) and connection._late(now):
                connection._refuse("request-timeout")
        self.loop.call_later(1.0, self._sweep)
