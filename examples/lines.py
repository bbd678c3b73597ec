"""A third protocol beside HTTP and MCP: one JSON request a line, over a Unix socket.

    {"id": 1, "call": "shop.price", "arguments": {"item": "tea"}, "key": "pv_live_..."}

is answered by ``{"id": 1, "result": 3.5}``, a stream by lines with an ``item`` and one with ``"end": true``, what goes
wrong by ``{"id": 1, "problem": {...}}``; the calls of a connection in their order. Further members are the fields of
:class:`Request`. Run it by ``protocols = ["lines:serve"]`` in parvis.toml.
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
from parvis.server import pipeline
from parvis.server.application import Application
from parvis.server.call import Call


@dataclass
class Request:
    """What stands in a line."""

    __pydantic_config__ = CONFIG  # as for arguments: nothing is guessed, nothing is passed over
    call: str
    arguments: dict[str, Any] = field(default_factory=dict)
    id: int | str | None = None
    version: int | None = None
    key: str = ""
    language: str = ""
    idempotency_key: str = ""


REQUEST = TypeAdapter(Request)


class Line(Call):
    """One call. The methods are the port: ``parvis/server/call.py`` says what each is for."""

    __slots__ = ("asked", "connection", "text")

    def __init__(self, app: Application, connection: Connection, text: bytes) -> None:
        super().__init__(app.new_id(), "LINE", "", address="127.0.0.1")  # who opens the socket is on this machine
        self.connection, self.text, self.asked = connection, text, Request("")

    def find(self, app: Application) -> None:
        if not self.text.endswith(b"\n"):
            raise Refusal("body-too-large", "The line is too long, or has no end.", limit=app.body_limit)
        strict_json(self.text)
        try:
            self.asked = asked = REQUEST.validate_json(self.text)
        except ValidationError as error:
            raise refusal(error, self.text) from None
        self.path = asked.call
        said = {"accept-language": asked.language, "idempotency-key": asked.idempotency_key}
        said["authorization"] = asked.key and f"Bearer {asked.key}"
        self.headers = {name.encode(): value.encode() for name, value in said.items() if value}
        self.entry = app.entry(asked.call, asked.version)

    async def read(self, app: Application) -> None:
        self.body = json.dumps(self.asked.arguments).encode()
        if len(self.body) > (limit := self.body_limit(app)):
            raise Refusal("body-too-large", f"The arguments have more than {limit} bytes.", limit=limit)

    async def answer(self, app: Application) -> None:
        await self._say(b"result", self.outcome)

    async def begin(self, app: Application) -> bool:
        return True

    async def items(self, items: list[bytes]) -> bool:
        for item in items:
            await self._say(b"item", item)
        return True

    async def finish(self, problem: bytes | None) -> None:
        await (self._say(b"end", b"true") if problem is None else self._say(b"problem", problem))

    async def refuse(self, app: Application, error: Exception, problem: bytes) -> None:
        await self._say(b"problem", problem)

    async def gone(self) -> None:
        if await asyncio.shield(self.connection.next):  # a line that waits for its turn: there is somebody
            await super().gone()

    async def _say(self, kind: bytes, value: bytes) -> None:
        id = json.dumps(self.asked.id).encode()
        self.connection.writer.write(b'{"id":' + id + b',"' + kind + b'":' + value + b"}\n")
        await self.connection.writer.drain()  # who does not read makes its own calls wait, and nobody else's


class Connection:
    """One caller's socket, from its first line to its last."""

    def __init__(self, app: Application, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.app, self.reader, self.writer = app, reader, writer
        self.next = asyncio.ensure_future(self._line())  # after the one in hand; empty when the caller has gone

    async def serve(self) -> None:
        try:
            while text := await self.next:
                self.next = asyncio.ensure_future(self._line())
                with suppress(ConnectionError):  # the caller has gone; the call is in the records all the same
                    await pipeline.respond(self.app, Line(self.app, self, text))
                if not text.endswith(b"\n"):
                    break  # what comes after it is the rest of that line
        finally:
            self.next.cancel()
            self.writer.close()

    async def _line(self) -> bytes:
        try:
            return await self.reader.readline()
        except (ConnectionError, ValueError) as error:  # ValueError: longer than a body may be
            return b"" if isinstance(error, ConnectionError) else b"?"


@asynccontextmanager
async def serve(app: Application) -> AsyncIterator[None]:
    """Serve until left: the server leaves before it closes the services."""
    path = Path(os.environ.get("LINES_SOCKET", "lines.sock"))
    path.unlink(missing_ok=True)  # left by a server that was killed
    talking: set[asyncio.Task[None]] = set()

    def connect(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(Connection(app, reader, writer).serve())
        talking.add(task)
        task.add_done_callback(talking.discard)

    server = await asyncio.start_unix_server(connect, path, limit=app.body_limit)
    try:
        yield
    finally:
        server.close()
        path.unlink(missing_ok=True)
        for task in talking:
            task.cancel()
        await asyncio.gather(*talking, return_exceptions=True)
