"""One connection (RFC 9112): requests as they arrive and answers as they leave, each within its bounds.

Rules. A head is frozen where it ends: trailers are read, counted and dropped. An offer to speak another protocol is not
taken up, and its body is read like any other (RFC 9110 section 7.8). Requests are answered one at a time, in the order
in which they came; what cannot be understood is refused after all that came before it, and ends the connection.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Coroutine
from contextvars import Context, copy_context
from functools import partial
from time import perf_counter
from typing import Any

from httptools import HttpParserError, HttpParserUpgrade, HttpRequestParser

from ...contract.outcomes import Refusal
from ..http.application import Application
from ..request import CallerGone, Request
from ..run import driven
from .body import ArrivingBody
from .connections import Connections
from .malformed import absolute, diagnosis, frame_of, length_of, measured, objection, refusal
from .parts import Parts, date_line, head

Exchange = Coroutine[Any, Any, None]


class Connection(asyncio.Protocol):
    """``application`` answers, ``all`` knows every connection of the process and what each may take."""

    def __init__(self, application: Application, all: Connections) -> None:
        self._application = application
        self._all = all
        self._loop = asyncio.get_running_loop()
        self._parser = HttpRequestParser(self)
        self.left = asyncio.Event()
        self.since: float | None = self._loop.time()
        """When the request that arrives began to, or the connection was made; None between two requests."""
        self.idle_since = self.since
        self.task: asyncio.Task[None] | None = None
        """Answers the request in hand, where it waits for something."""
        self.fresh = True
        """Whether no request came yet."""
        self.in_head = True
        self._chunk = self.came = self._framing = self._written = 0
        self._line = b""
        """What came since the request line began, or since the packet did in which it stands; empty between."""
        self._alone = True
        """Whether nothing else stands before it there."""
        self._url = b""
        self._fields: list[tuple[bytes, bytes]] = []
        self._waiting: deque[tuple[Request, ArrivingBody]] = deque()
        self._arriving: ArrivingBody | None = None
        self.current: ArrivingBody | None = None
        """The body of the request in hand."""
        self.deaf = False
        """What else comes is not looked at."""
        self._declined = self._reframed = False
        self._why: Refusal | None = None
        """Why the connection ends, once all before it is answered."""
        self.paused = self._ended = False
        self._writable: asyncio.Future[None] | None = None
        self.leaving: tuple[float, int] | None = None
        """Since when there are bytes that wait to leave, and how many had left by then."""

    # What the transport tells

    def connection_made(self, transport: Any) -> None:
        self.transport: asyncio.Transport = transport
        peer, own = transport.get_extra_info("peername"), transport.get_extra_info("sockname")
        self.address: str = peer[0] if isinstance(peer, tuple) else ""
        self._socket: str = own if isinstance(own, str) else ""
        self._all.add(self)

    def connection_lost(self, exc: Exception | None) -> None:
        self.deaf = self._ended = True
        self._all.remove(self)
        self.left.set()
        self._waiting.clear()
        self._cut()
        self.resume_writing()

    def eof_received(self) -> bool:
        """The caller sends nothing more; whether the connection stays open for an answer."""
        self.deaf = self._ended = True
        self._cut()
        if self.idle:
            return False
        self._loop.call_later(self._all.bounds.half_closed_seconds, self.left.set)
        return True

    def pause_writing(self) -> None:
        self._writable = self._loop.create_future()
        self._all.holds(self)

    def resume_writing(self) -> None:
        if self._writable is not None:
            self._all.holds_no_more(self)
            if not self._writable.done():
                self._writable.set_result(None)
            self._writable = None

    def data_received(self, data: bytes) -> None:
        if self.deaf:
            return
        self._chunk = len(data)
        self._alone = self._alone if self._line else self.in_head
        self._line += data
        self._framing += self._chunk
        try:
            while data:
                try:
                    self._parser.feed_data(data)
                    break
                except HttpParserUpgrade as offer:
                    data = data[offer.args[0] :]
                    self._decline()
        except HttpParserError as error:
            self.refuse(self._why or diagnosis(error, self._line if self._alone else b""))
            self._begin()
            return
        if self.since is None or not self.in_head or self._fields:
            self._line = b""  # no request line is on its way
        if self._framing > self._all.bounds.head_bytes:
            # A head, or sizes of chunks, their extensions, and trailers, counted since the last byte of a body.
            self.refuse(self._too_large())
        if self._waiting:
            self._begin()

    # What the parser tells

    def on_message_begin(self) -> None:
        if self._reframed:
            return
        self.since = self._loop.time()
        self.in_head = True
        self.came = 0
        self._url = b""
        self._fields = []

    def on_url(self, url: bytes) -> None:
        if not self._reframed:
            self._url += url

    def on_header(self, name: bytes, value: bytes) -> None:
        if self.in_head and not self._reframed:
            self._fields.append((name.lower(), value.rstrip(b" \t")))
            if len(self._fields) > self._all.bounds.fields:
                self._stop(self._too_large())

    def on_headers_complete(self) -> None:
        if self._reframed:
            return
        # The bytes so far may hold more than the head, and a head that began within a chunk is not counted yet: only
        # when there are many is the head itself measured.
        limit = self._all.bounds.head_bytes
        if self._framing + self._chunk > limit and measured(self._url, self._fields) > limit:
            self._stop(self._too_large())
        method, version = self._parser.get_method().decode(), self._parser.get_http_version()
        fields = dict(self._fields)
        target, _, query = self._url.partition(b"?")
        authority = None
        odd = version != "1.1" or b"transfer-encoding" in fields or b" RTSP/" in self._line or b" ICE/" in self._line
        if odd or not self._url.startswith(b"/") or b"#" in self._url:
            why = objection(method, version, self._url, fields, self._line)
            if why is not None:
                self._stop(why)
            if not target.startswith(b"/") and target != b"*":
                authority, target = absolute(target)
        self.in_head = False
        self._framing = 0
        self._alone = False
        self._declined = self._parser.should_upgrade()
        self._arriving = body = ArrivingBody(
            self, version == "1.1", method == "HEAD",
            close=version != "1.1" or b"close" in fields.get(b"connection", b"").lower(),
            expects=version == "1.1" and fields.get(b"expect", b"").lower() == b"100-continue",
        )  # fmt: skip
        request = self._application.request(
            method, target, query, fields, self._fields, body,
            address=self.address, socket=self._socket, began=perf_counter(), authority=authority,
        )  # fmt: skip
        self._waiting.append((request, body))
        if self.current is not None or len(self._waiting) > 1:
            if len(self._waiting) - (self.current is None) >= self._all.bounds.pipelined:
                self.deaf = body.close = True
            self.flow()

    def on_body(self, piece: bytes) -> None:
        self.came += len(piece)
        self._framing = 0
        if self._arriving is not None:
            self._arriving.came(piece)
            self.flow()

    def on_message_complete(self) -> None:
        if self._declined:
            return  # the parser takes what follows for another protocol
        self._reframed = False
        self._framing = 0
        self.since = None
        self.in_head = True  # what comes next is the head of the next request
        if self._arriving is not None:
            self._arriving.whole = True
            if self._arriving.waiter is not None:
                self._arriving.wake()
            if self._arriving.close:
                self.deaf = True
            self._arriving = None

    def _decline(self) -> None:
        """Read on after an offer of another protocol, by a parser that is told the frame of the body alone."""
        self._declined, self._reframed = False, True
        self._parser = HttpRequestParser(self)
        self._parser.feed_data(frame_of(self._fields))

    # Answers

    def write(self, data: bytes) -> None:
        if not self.transport.is_closing():
            self._written += len(data)
            self.transport.write(data)

    async def drained(self) -> bool:
        """Wait until there is room to write. False where nobody reads any more."""
        if self._writable is not None:
            await asyncio.shield(self._writable)
        return not self.transport.is_closing()

    def flow(self) -> None:
        """Read on, or wait: for the reader of a body, or for the requests before one that came already."""
        body = self._arriving
        full = bool(self._waiting) or (body is not None and body.held > self._all.bounds.waiting_bytes)
        if full != self.paused and not self._ended and not self.transport.is_closing():
            self.paused = full
            (self.transport.pause_reading if full else self.transport.resume_reading)()
            if not full and self.since is not None:
                self.since = self._loop.time()  # it could not arrive while we did not read

    def _begin(self) -> None:
        """Take up the request that waits, where none is in hand; as far as that goes without waiting, at once."""
        if self.current is not None or not self._waiting:
            return
        request, body = self._waiting.popleft()
        self.current, self.fresh = body, False
        if self.paused:
            self.flow()
        exchange, context = self._exchange(request, body), copy_context()
        self._drive(exchange, context, body, exchange.send, None)

    def _drive(self, exchange: Exchange, context: Context, body: ArrivingBody, step: Any, given: Any) -> None:
        """One step by hand, to the end or to a wait."""
        try:
            owed = context.run(step, given)
        except StopIteration:
            self._next(body)
            return
        if callable(owed):  # the end of this turn, of which it wants to be told
            owed(partial(self._drive, exchange, context, body, exchange.send))
        else:
            self.task = self._loop.create_task(self._carry_on(exchange, owed, body), context=context)

    async def _carry_on(self, exchange: Exchange, owed: Any, body: ArrivingBody) -> None:
        try:
            if owed is None:  # it wanted a task, and here it is
                owed = exchange.send(None)
            await driven(exchange, owed)
        except StopIteration:
            pass
        finally:
            self.task = None
            self._next(body)

    async def _exchange(self, request: Request, body: ArrivingBody) -> None:
        began = self._written
        try:
            answer = await self._application.answer(request)
            if not body.whole:
                self._give_up(body)
            if isinstance(answer.body, bytes):
                out = head(answer, body, len(answer.body))
                self.write(out if body.head_only else out + answer.body)
                if self._writable is not None:
                    await self.drained()
            else:
                await Parts(self, body, answer, answer.body).carried()
        except CallerGone:
            self.abort()
        except Exception as error:
            if self._written == began:
                self._all.report(error)
                body.close = True
                self.write(refusal(Refusal("internal-error"), date_line()))
            else:
                # It has begun and cannot be finished: its end, or the want of a last chunk, must be seen to be none.
                (self.transport.close if body.modern else self.abort)()
        except BaseException:
            self.abort()
            raise

    def _give_up(self, body: ArrivingBody) -> None:
        """The answer is there before the whole of the body: the rest is read and dropped where it is short, else the
        connection ends with this answer."""
        length, most = length_of(self._fields), self._all.bounds.waiting_bytes
        if body.fault is not None or body.expects or length is None or length - self.came > most:
            body.close = True
        else:
            body.dropped = True

    def _next(self, body: ArrivingBody) -> None:
        """The answer is on its way."""
        self.current = None
        if self.transport.is_closing():
            self._waiting.clear()
        elif body.close or body.fault is not None:
            self._end()
        elif self._waiting:
            self._loop.call_soon(self._begin)  # others have their turns in between
        elif self._why is not None:
            self._say(self._why)
        elif self._ended or self._all.closing:
            self._end()
        else:
            self.idle_since = self._loop.time()
            if self.paused:
                self.flow()

    def _end(self) -> None:
        """Close, once all is sent; to a caller that still sends, not before he had time to read it."""
        self.deaf = True
        self._waiting.clear()
        if self._ended or (self._arriving is None and self._why is None) or not self.transport.can_write_eof():
            self.transport.close()
        elif not self.transport.is_closing():
            self._ended = True
            self.transport.write_eof()
            self.transport.resume_reading()
            self._loop.call_later(self._all.bounds.linger_seconds, self.transport.close)

    def abort(self) -> None:
        """Close at once; what was not sent yet is dropped."""
        self.deaf = True
        self.transport.abort()

    # What cannot be understood, or comes or leaves too slowly

    def _stop(self, why: Refusal) -> None:
        """Within the parser: end it."""
        self._why = why
        raise ValueError(why.outcome.code)

    def refuse(self, why: Refusal) -> None:
        """Refuse what arrives, after all that came before it."""
        self.deaf = True
        self._why = why
        self.since = None
        if self._arriving is not None and self._arriving.dropped:
            self._end()
        elif self._arriving is not None:
            self._arriving.fail(why)  # it is in somebody's hand, or will be, and is answered there
        elif self.idle:
            self._say(why)

    def _say(self, why: Refusal) -> None:
        self.write(refusal(why, date_line()))
        self._end()

    def _cut(self) -> None:
        if self._arriving is not None:
            self._arriving.fail(Refusal("malformed-request", "The connection was closed before the whole body came."))

    def _too_large(self) -> Refusal:
        return Refusal("headers-too-large", limit=self._all.bounds.head_bytes)

    @property
    def idle(self) -> bool:
        """Whether no request waits for its answer."""
        return self.current is None and not self._waiting

    @property
    def sent(self) -> int:
        """Bytes that have left."""
        return self._written - self.unsent

    @property
    def unsent(self) -> int:
        """Bytes that were written and have not left yet."""
        return self.transport.get_write_buffer_size()

    def shutdown(self) -> None:
        """No further request is taken; one in hand is answered, and the connection closed."""
        if self.current is None:
            self.transport.close()
        else:
            self.current.close = True
            self._waiting.clear()
