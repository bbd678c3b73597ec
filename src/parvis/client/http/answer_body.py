"""The bytes of an answer: unpacked within bounds, a part at a time, or a line at a time."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

from ..errors import AnswerUnreadable
from ..transport import Answer
from .deadline import Deadline
from .prepared_call import GZIP, IDENTITY
from .transport_errors import cannot_unpack, connection_error, too_large

if TYPE_CHECKING:
    from .connections import Incoming

PART = 1024 * 1024
"""Bytes that are unpacked at once."""


class BodyReader:
    """An answer's bytes, unpacked, a bounded part at a time."""

    def __init__(self, incoming: Incoming, limit: int, origin: str) -> None:
        self.incoming = incoming
        self.limit = limit
        self.origin = origin
        self._packed = b""
        coding = incoming.headers.get("content-encoding", IDENTITY).lower()
        self._inflate = zlib.decompressobj(zlib.MAX_WBITS | 16) if coding != IDENTITY else None
        if coding not in (IDENTITY, GZIP):
            raise cannot_unpack(origin, f"It is packed as {coding}, which was not asked for.")

    async def next(self, deadline: Deadline) -> bytes | None:
        """The next part; None at the end. Raises what the HTTP library does, and ``AnswerUnreadable``."""
        if self._inflate is None:
            return await self.incoming.chunk(deadline)
        while True:
            if not self._packed:
                chunk = await self.incoming.chunk(deadline)
                if chunk is None:
                    if not self._inflate.eof:
                        raise cannot_unpack(self.origin, "It ends too early.")
                    return None
                self._packed = chunk
            try:
                part = self._inflate.decompress(self._packed, PART)
            except zlib.error as error:
                raise cannot_unpack(self.origin, str(error)) from None
            self._packed = self._inflate.unconsumed_tail
            if part:
                return part


class HttpLines:
    """The lines of an open answer, split at line feeds only: JSON text may hold other line separators. Each line has
    ``seconds``."""

    def __init__(self, parts: BodyReader, seconds: float | None, attempt: int) -> None:
        self.answer = Answer(parts.incoming.status, b"", parts.incoming.headers, attempt)
        self._parts = parts
        self._seconds = seconds
        self._buffer = bytearray()
        self._searched = 0
        self._ended = False

    async def __anext__(self) -> bytes:
        deadline: Deadline | None = None
        while not self._ended:
            end = self._buffer.find(b"\n", self._searched)
            if max(end, self._searched) > self._parts.limit:
                await self.aclose()
                raise too_large(self._parts.limit)
            if end >= 0:
                line = bytes(self._buffer[:end])
                del self._buffer[: end + 1]
                self._searched = 0
                return line
            self._searched = len(self._buffer)
            deadline = deadline or Deadline(self._seconds)
            part = await self._part(deadline)
            if part is None:
                await self.aclose()
            else:
                self._buffer += part
        if self._buffer:
            line, self._buffer = bytes(self._buffer), bytearray()
            return line
        raise StopAsyncIteration

    async def _part(self, deadline: Deadline) -> bytes | None:
        error: Exception
        try:
            return await self._parts.next(deadline)
        except AnswerUnreadable as raised:
            error = raised
        except Exception as raised:
            error = connection_error(raised, self._parts.origin) or raised
        await self.aclose()
        raise error from None

    async def aclose(self) -> None:
        self._ended = True
        await self._parts.incoming.close()
