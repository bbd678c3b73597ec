"""The parts of a stream on its way out."""

from __future__ import annotations

from ..http.answer import Answer, FramedStream
from .body import ArrivingBody, Carrier


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
        self._head = self._carrier.head(self._answer, self._body, None)
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
