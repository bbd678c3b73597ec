"""The adapter for ASGI servers (asgi.readthedocs.io, HTTP 2.4): a request of what came, and the answer sent."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from time import perf_counter
from typing import Any
from urllib.parse import quote

from ...contract.outcomes import Refusal
from ..request import GONE, CallerGone
from .answer import Answer, FramedStream
from .application import Application

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]


class Asgi:
    """A server's HTTP, as an ASGI application."""

    def __init__(self, application: Application) -> None:
        self.application = application

    async def open(self) -> None:
        await self.application.open()

    async def close(self) -> None:
        await self.application.close()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await send({"type": "websocket.close", "code": 1000})
            return
        began = perf_counter()
        client, server = scope.get("client"), scope.get("server")
        request = self.application.request(
            scope["method"], scope.get("raw_path") or quote(scope["path"]).encode(),
            scope["query_string"], dict(scope["headers"]), scope["headers"], _Body(receive),
            address=client[0] if client else "",
            socket=server[0] if server and server[1] is None else "",  # ASGI: no port, so a Unix socket
            root=scope.get("root_path", ""), began=began,
        )  # fmt: skip
        try:
            answer = await self.application.answer(request)
        except CallerGone:
            return
        body = answer.body
        if isinstance(body, bytes):
            await send({"type": "http.response.start", "status": answer.status, "headers": answer.all_fields()})
            await send({"type": "http.response.body", "body": body})
        else:
            sink = _Sink(answer, body, send)
            await body.stream.carry(sink, sink.heartbeat if body.frames.heartbeat else None)


class _Body:
    """A body that an ASGI server hands in."""

    __slots__ = ("_receive",)

    def __init__(self, receive: Receive) -> None:
        self._receive = receive

    async def read(self) -> tuple[bytes, bool]:
        message = await self._receive()
        if message["type"] == "http.disconnect":
            raise Refusal("malformed-request", "The connection was closed before the whole body came.")
        return message.get("body", b""), message.get("more_body", False)

    async def gone(self) -> int:
        while (await self._receive())["type"] != "http.disconnect":
            pass
        return GONE


class _Sink:
    """Where the items of a stream go."""

    def __init__(self, answer: Answer, body: FramedStream, send: Send) -> None:
        self._answer = answer
        self._frames = body.frames
        self._wanted = body.wanted
        self._send = send

    async def begin(self) -> bool:
        head = {"type": "http.response.start", "status": self._answer.status, "headers": self._answer.fields}
        await self._send(head)
        return self._wanted

    async def items(self, items: list[bytes]) -> int:
        await self._send({"type": "http.response.body", "body": self._frames.items(items), "more_body": True})
        return len(items)

    async def heartbeat(self) -> None:
        await self._send({"type": "http.response.body", "body": self._frames.heartbeat, "more_body": True})

    async def finish(self, problem: bytes | None) -> None:
        if problem is not None:
            body = self._frames.problem(problem)
            await self._send({"type": "http.response.body", "body": body, "more_body": True})
        await self._send({"type": "http.response.body", "body": self._frames.end()})


class Waiting:
    """An application whose making must wait for a running loop (the store), made at start or at the first request."""

    def __init__(
        self, make: Callable[[], Awaitable[Application]], *, failed: Callable[[Exception], None] | None = None
    ) -> None:
        """``failed`` is told why the start failed, before the ASGI server is."""
        self._make = make
        self._failed = failed
        self._made: Asgi | None = None
        self._lock: asyncio.Lock | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
        else:
            await (self._made or await self._ready())(scope, receive, send)

    async def _ready(self) -> Asgi:
        # Mounted in another application there is no lifespan of our own: the first request opens.
        self._lock = self._lock or asyncio.Lock()
        async with self._lock:
            if self._made is None:
                made = Asgi(await self._make())
                await made.open()
                self._made = made
        return self._made

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                try:
                    await self._ready()
                except Exception as error:
                    if self._failed is not None:
                        self._failed(error)
                    await send({"type": "lifespan.startup.failed", "message": f"{type(error).__name__}: {error}"})
                    raise
                await send({"type": "lifespan.startup.complete"})
            else:
                await self.close()
                await send({"type": "lifespan.shutdown.complete"})
                return

    async def close(self) -> None:
        if self._made is not None:
            await self._made.close()
