"""A third protocol beside HTTP and MCP: one JSON request a line, over a Unix socket.

    {"id": 1, "call": "shop.price", "arguments": {"item": "tea"}, "key": "pv_live_..."}

is answered by ``{"id": 1, "result": 3.5}``, a stream by lines with an ``item`` and one with ``"end": true``, what goes
wrong by ``{"id": 1, "problem": {...}}``; the calls of a connection in their order. Run it by the setting
``protocols = ["lines:serve"]``.
"""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from parvis.contract.outcomes import Refusal
from parvis.facade.codec import CONFIG, refusal, strict_json
from parvis.server.endpoint import Endpoint, Protocol
from parvis.server.host import Host
from parvis.server.refuse import Refused
from parvis.server.request import GONE, Request, Whole
from parvis.server.stream import CallerGone, Stream


@dataclass
class Asked:
    """What may stand in a line."""

    __pydantic_config__ = CONFIG  # as for arguments: nothing is guessed, nothing is passed over
    call: str
    arguments: dict[str, Any] = field(default_factory=dict)
    id: int | str | None = None
    version: int | None = None
    key: str = ""
    language: str = ""
    idempotency_key: str = ""


ASKED = TypeAdapter(Asked)

# An answer: what it is, ``result`` or ``problem``, and its JSON; or a stream that is to be carried.
Line = tuple[bytes, bytes] | Stream


class LineEndpoint(Endpoint[Line, None]):
    """An operation, called by a line."""

    async def represent(self, request: Request, form: None, result: bytes, status: int, replayed: bool) -> Any:
        return status, (b"result", result)

    def open(self, request: Request, form: None, stream: Stream) -> Line:
        return stream


class Connection(Protocol[Line]):
    """One caller's socket, which opens on this machine alone; ``asked`` is the line in hand."""

    def __init__(self, host: Host, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.host, self.reader, self.writer, self.asked = host, reader, writer, Asked("")
        self.next = asyncio.ensure_future(self._line())  # after the one in hand; empty when the caller has gone

    async def serve(self) -> None:
        try:
            while text := await self.next:
                self.next = asyncio.ensure_future(self._line())
                with suppress(ConnectionError, CallerGone):  # the call is in the records all the same
                    answer = await self.host.respond(self, self._request(text))
                    await (answer.carry(self) if isinstance(answer, Stream) else self._say(*answer))
                if not text.endswith(b"\n"):
                    break  # what comes after it is the rest of that line
        finally:
            self.next.cancel()
            self.writer.close()

    def _request(self, text: bytes) -> Request:
        self.asked, fault, limit = Asked(""), None, self.host.body_limit
        try:
            if not text.endswith(b"\n"):
                raise Refusal("body-too-large", "The line is too long, or has no end.", limit=limit)
            strict_json(text)
            self.asked = ASKED.validate_json(text)
        except (Refusal, ValidationError) as error:
            fault = error if isinstance(error, Refusal) else refusal(error, text)
        asked, key = self.asked, self.asked.key and f"Bearer {self.asked.key}"
        said = {"authorization": key, "accept-language": asked.language, "idempotency-key": asked.idempotency_key}
        fields = {name.encode(): value.encode() for name, value in said.items() if value}
        body = Whole(json.dumps(asked.arguments).encode(), self._gone)
        return Request(self.host.new_id(), "LINE", asked.call, fields, "127.0.0.1", body=body, fault=fault)

    async def _line(self) -> bytes:
        try:
            return await self.reader.readline()
        except (ConnectionError, ValueError) as error:  # ValueError: longer than a body may be
            return b"" if isinstance(error, ConnectionError) else b"?"

    async def _gone(self) -> int:
        if await asyncio.shield(self.next):  # a line that waits for its turn: there is somebody
            await asyncio.get_running_loop().create_future()
        return GONE

    async def _say(self, kind: bytes, value: bytes) -> None:
        self.writer.write(b'{"id":' + json.dumps(self.asked.id).encode() + b',"' + kind + b'":' + value + b"}\n")
        await self.writer.drain()  # who does not read makes its own calls wait, and nobody else's

    def find(self, request: Request) -> LineEndpoint:
        return LineEndpoint(self.host.operation(request.path, self.asked.version), self.host.body_limit)

    def refuse(self, request: Request, refused: Refused, endpoint: object) -> Line:
        return b"problem", refused.problem

    async def begin(self) -> bool:
        return True

    async def items(self, items: list[bytes]) -> int:
        return len([await self._say(b"item", item) for item in items])

    async def finish(self, problem: bytes | None) -> None:
        await (self._say(b"end", b"true") if problem is None else self._say(b"problem", problem))


@asynccontextmanager
async def serve(host: Host) -> AsyncIterator[None]:
    """Serve until left: the server leaves before it closes the services."""
    path = Path(os.environ.get("LINES_SOCKET", "lines.sock"))
    path.unlink(missing_ok=True)  # left by a server that was killed
    talking: set[asyncio.Task[None]] = set()

    def connect(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(Connection(host, reader, writer).serve())
        talking.add(task)
        task.add_done_callback(talking.discard)

    server = await asyncio.start_unix_server(connect, path, limit=host.body_limit)
    try:
        yield
    finally:
        server.close()
        path.unlink(missing_ok=True)
        for task in talking:
            task.cancel()
        await asyncio.gather(*talking, return_exceptions=True)
