"""A connection without a socket: what is sent to it, what it answers, and what the application saw."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from parvis.contract.outcomes import Refusal
from parvis.server.http.answer import Answer, FramedStream
from parvis.server.process.connection import Connection
from parvis.server.process.connections import ConnectionBounds, Connections
from parvis.server.request import Request

Answering = Callable[[Request, bytes], Answer]


def echo(request: Request, body: bytes) -> Answer:
    """Tells what it was asked."""
    told = b"%b %b%b%b" % (request.method.encode(), request.path.encode(), b"?" * bool(request.query), request.query)
    told += b" " + body if body else b""
    return Answer(200, [(b"content-length", b"%d" % len(told))], told)


class Transport(asyncio.Transport):
    """``writes`` is what went out, write by write."""

    def __init__(self, *, reads: bool = True) -> None:
        super().__init__()
        self.writes: list[bytes] = []
        self.closed = self.aborted = self.half_closed = self.paused = False
        self.reads = reads

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return {"peername": ("192.0.2.7", 1), "sockname": ("192.0.2.1", 80)}.get(name, default)

    def write(self, data: bytes | bytearray | memoryview) -> None:
        assert not self.half_closed
        self.writes.append(bytes(data))

    def get_write_buffer_size(self) -> int:
        return 0 if self.reads else sum(map(len, self.writes))

    def can_write_eof(self) -> bool:
        return True

    def write_eof(self) -> None:
        self.half_closed = True

    def is_closing(self) -> bool:
        return self.closed

    def close(self) -> None:
        self.closed = True

    def abort(self) -> None:
        self.closed = self.aborted = True

    def pause_reading(self) -> None:
        self.paused = True

    def resume_reading(self) -> None:
        self.paused = False


@dataclass
class Carried:
    """What an application below a connection sees, and how it answers."""

    answering: Answering = echo
    seen: list[Request] = field(default_factory=list)
    raised: list[BaseException] = field(default_factory=list)

    def request(self, method: str, path: bytes, query: bytes, fields: dict[bytes, bytes], raw: Any, body: Any, *,
                authority: bytes | None, **more: Any) -> Request:  # fmt: skip
        fields = fields | ({} if authority is None else {b"host": authority})
        return Request("id", method, path.decode("latin-1"), fields, query=query, body=body)

    async def answer(self, request: Request) -> Answer:
        self.seen.append(request)
        data, more = b"", True
        try:
            while more:
                piece, more = await request.body.read()
                data += piece
        except Refusal as why:
            text = why.outcome.code.encode()
            return Answer(why.outcome.status, [(b"content-length", b"%d" % len(text))], text)
        return self.answering(request, data)

    def connected(self, bounds: ConnectionBounds | None = None, *, reads: bool = True) -> tuple[Connection, Transport]:
        connections = Connections(bounds or ConnectionBounds(), self.raised.append)
        made, transport = Connection(self, connections), Transport(reads=reads)  # type: ignore[arg-type]
        made.connection_made(transport)
        return made, transport


async def settled() -> None:
    for _ in range(12):
        await asyncio.sleep(0)


async def sent(carried: Carried, pieces: Sequence[bytes], bounds: ConnectionBounds | None = None) -> Transport:
    """Everything that is answered to these pieces, each of which comes when what came before is dealt with."""
    connection, transport = carried.connected(bounds)
    for piece in pieces:
        if transport.closed:
            break
        while transport.paused:
            await asyncio.sleep(0)
        connection.data_received(piece)
        await settled()
    await settled()
    return transport


def answers(written: bytes) -> list[tuple[int, bytes]]:
    """The status and the body of each answer; of a refusal its code."""
    found = []
    while written:
        head, _, rest = written.partition(b"\r\n\r\n")
        length = re.search(rb"content-length: (\d+)", head)
        status = int(head.split()[1])
        size = int(length[1]) if length else 0
        body, written = rest[:size], rest[size:]
        code = re.search(rb'"code": "([a-z-]+)"', body)
        if status != 100:
            found.append((status, code[1] if code else body))
    return found


def framed(answer: Answer, **more: Any) -> Answer:
    return replace(answer, body=FramedStream(**more))
