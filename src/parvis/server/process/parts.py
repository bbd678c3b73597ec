"""An answer on its way out: its head, and the parts of a stream."""

from __future__ import annotations

from email.utils import formatdate
from http import HTTPStatus
from time import time

from ...protocol.http.answer import written
from ..http.answer import Answer, FramedStream
from .body import ArrivingBody, Carrier

_NO_BODY = frozenset({204, 304})
_STATUS = {status.value: b"HTTP/1.1 %d %b\r\n" % (status.value, status.phrase.encode()) for status in HTTPStatus}
_dated = 0, b""


def date_line() -> bytes:
    """The Date of an answer (RFC 9110 section 6.6.1), written once a second."""
    global _dated
    now = int(time())
    if now != _dated[0]:
        _dated = now, b"date: %b\r\n" % formatdate(now, usegmt=True).encode()
    return _dated[1]


def head(answer: Answer, body: ArrivingBody, length: int | None) -> bytes:
    """The head of an answer of so many bytes; of a stream where ``length`` is None. Notes on ``body`` whether the
    connection ends with it. No line break gets into a head."""
    status, more = answer.status, answer.fields
    told, closes = bool(answer.lead), False
    for name, value in more:
        if name == b"content-length":
            told = True
            if length is not None and int(value) != length and not body.head_only:
                raise RuntimeError("the body has another length than its content-length")
        elif name == b"connection" and value.lower() == b"close":
            body.close = closes = True
    if body.close and not closes:
        more = [*more, (b"connection", b"close")]
    if not told and status not in _NO_BODY and not (body.head_only and length is None):
        if length is not None:
            more = [*more, (b"content-length", b"%d" % length)]
        elif body.modern:
            more = [*more, (b"transfer-encoding", b"chunked")]
    first = _STATUS.get(status) or b"HTTP/1.1 %d \r\n" % status
    return b"%b%b%b%b\r\n" % (first, date_line(), answer.lead, written(more) if more else b"")


class Parts:
    """Where the items of a stream go: in chunks, or to the end of the connection by HTTP/1.0."""

    def __init__(self, carrier: Carrier, body: ArrivingBody, answer: Answer, framed: FramedStream) -> None:
        self._carrier = carrier
        self._body = body
        self._answer = answer
        self._stream = framed.stream
        self._frames = framed.frames
        self._wanted = framed.wanted
        self._head: bytes | None = None
        """What waits for the first items."""

    async def carried(self) -> None:
        await self._stream.carry(self, self.heartbeat if self._frames.heartbeat else None)

    async def begin(self) -> bool:
        self._head = head(self._answer, self._body, None)
        return self._wanted

    async def items(self, items: list[bytes]) -> int:
        self._send(self._frames.items(items))
        return len(items) if await self._carrier.drained() else 0

    async def heartbeat(self) -> None:
        self._send(self._frames.heartbeat)

    async def finish(self, problem: bytes | None) -> None:
        data = (b"" if problem is None else self._frames.problem(problem)) + self._frames.end()
        self._send(data, last=True)
        await self._carrier.drained()

    def _send(self, data: bytes, *, last: bool = False) -> None:
        out, self._head = self._head or b"", None
        if self._wanted and not self._body.head_only:
            if self._body.modern:
                out += (b"%x\r\n%b\r\n" % (len(data), data) if data else b"") + (b"0\r\n\r\n" if last else b"")
            else:
                out += data
        self._carrier.write(out)
