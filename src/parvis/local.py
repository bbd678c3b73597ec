"""The in-process protocol: calls that never leave this process, by the very pipeline of the server.

An answer is what the client's port takes, and no byte of HTTP is made. The pages reach the console by it, and
``connect(Shop())`` reaches an object, on an event loop of its own. Nothing is sent again here: between the two sides
is nothing that could fail.
"""

from __future__ import annotations

import asyncio
import base64
import threading
import weakref
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from concurrent.futures import CancelledError, Future
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, BinaryIO, TypeVar

from .access.account_state import Bounds
from .access.console import run_credential
from .access.credential import Credential
from .access.keys import mint
from .client.errors import ConnectionFailed
from .client.transport import PROBLEM, Answer, Lines, closed
from .client.values.upload import Unread, Upload
from .contract.bodies import OCTETS, is_file, raw, upload
from .contract.model import Contract, Operation
from .contract.outcomes import Refusal
from .facade.compile import Facade
from .protocol.http.addresses import links
from .server.bind import Arguments
from .server.endpoint import Endpoint, Protocol, body_limit, too_large
from .server.guards import Guards
from .server.host import Host, nothing
from .server.identify import OneCaller
from .server.logs import CallLine, Log
from .server.object.service import BoundOperation, ServiceInstance
from .server.refuse import Refused
from .server.request import GONE, CallerGone, Request
from .server.spool import Spool
from .server.stream import Stream

T = TypeVar("T")

UPLOAD = 104_857_600
"""Bytes of a file that a call in this process may carry."""


class Sent:
    """What a caller in this process sends: JSON, or a file with such beside it; and the caller, until ``gone``."""

    def __init__(self, body: bytes | Upload, gone: asyncio.Event | None = None) -> None:
        self.body = body
        self._chunks: Iterator[bytes] = body.chunks() if isinstance(body, Upload) else iter((body,))
        self._gone = gone or asyncio.Event()
        self._unread: BaseException | None = None

    async def read(self) -> tuple[bytes, bool]:
        if not isinstance(self.body, Upload):
            return next(self._chunks, b""), False
        try:
            chunk = await asyncio.to_thread(next, self._chunks, b"")  # the caller's own file may make us wait
        except Unread as unread:
            self._unread = unread.error
            raise Refusal("malformed-request", "The connection was closed before the whole body came.") from None
        return chunk, bool(chunk)

    async def gone(self) -> int:
        await self._gone.wait()
        return GONE

    def check(self) -> None:
        """Raise what the caller's own file raised: the call has ended for it, whatever it was answered."""
        if self._unread is not None:
            raise self._unread


@dataclass(slots=True, eq=False)
class Reply:
    """What a call in this process ends with."""

    answer: Answer
    stream: Stream | None = None


class LocalEndpoint(Endpoint[Reply, None]):
    """An operation, for callers in this process."""

    def __init__(self, operation: BoundOperation, limit: int) -> None:
        spec = operation.operation.spec
        super().__init__(operation, limit)
        self.status = next(r.status for r in spec.routes if r.method == "POST" and r.path == f"/{spec.name}")
        self._raw = raw(spec) is not None
        taken = upload(spec)
        self._streamed = taken is not None and is_file(taken)

    async def read(self, request: Request, bounds: Bounds | None, files: list[BinaryIO]) -> Arguments:
        sent = request.body
        if isinstance(sent, Sent) and isinstance(sent.body, Upload):
            return await self._uploaded(sent, sent.body, bounds, files)
        return await super().read(request, bounds, files)

    async def _uploaded(self, sent: Sent, given: Upload, bounds: Bounds | None, files: list[BinaryIO]) -> Arguments:
        limit, size, more = body_limit(UPLOAD if self._streamed else self.limit, bounds), 0, True
        content = Spool(given.name, on_disk=self._streamed, directory=None, files=files, digested=False)
        while more:
            part, more = await sent.read()
            size += len(part)
            if size > limit:
                raise too_large(limit)
            await content.write(part)
        return content.beside(given.arguments)

    async def represent(
        self, request: Request, form: None, result: bytes, status: int, replayed: bool
    ) -> tuple[int, Reply]:
        if status == 204:
            return status, _reply(request, status, b"", "")
        if self._raw:
            return status, _reply(request, status, base64.urlsafe_b64decode(result[1:-1]), OCTETS)
        return status, _reply(request, status, result, "application/json")

    def open(self, request: Request, form: None, stream: Stream) -> Reply:
        return Reply(_reply(request, 200, b"", "application/jsonl").answer, stream)


def _reply(request: Request, status: int, body: bytes, kind: str, **more: str) -> Reply:
    told = {"content-type": kind} if kind else {}
    return Reply(Answer(status, body, {**told, "x-request-id": request.id, **more}))


class LocalCalls(Protocol[Reply]):
    """The operations of one service; the path of a request ends with an operation's name."""

    def __init__(self, service: ServiceInstance, limit: int) -> None:
        self._prefix = service.contract.prefix
        self._endpoints = {name: LocalEndpoint(each, limit) for name, each in service.operations.items()}

    def find(self, request: Request) -> LocalEndpoint:
        found = self._endpoints.get(request.path.removeprefix(f"{self._prefix}/"))
        if found is None:
            raise Refusal("unknown-operation", f"There is no {request.path[:200]}.")
        return found

    def refuse(self, request: Request, refused: Refused, endpoint: object) -> Reply:
        again = {"retry-after": "1"} if refused.status == 503 else {}
        return _reply(request, refused.status, refused.problem, PROBLEM, **again)


class LocalTransport:
    """One façade in this process, called as by a caller with every right."""

    def __init__(
        self,
        facade: Facade,
        caller: Credential | None = None,
        *,
        log: Log | None = None,
        closing: Callable[[], Awaitable[None]] = nothing,
        awaited: bool = False,
    ) -> None:
        """``caller`` is who calls in place of everybody; ``log`` is told of bugs; ``closing`` is awaited at the end.
        ``awaited``: its coroutines await asyncio's loop, where they block without."""
        self._contract: Contract = facade.contract
        who = OneCaller(caller or run_credential(mint("test"), 0))
        guards = Guards(identifier=who, log=log or Bugs(), links=links(""))
        service = ServiceInstance(facade)
        self._host = Host([service], guards, closing=closing)
        self._calls = LocalCalls(service, self._host.body_limit)
        runner = asyncio.Runner(loop_factory=asyncio.new_event_loop)
        self._loop = runner.get_loop()
        self._thread = threading.Thread(target=_run, args=(runner,), name="parvis-local", daemon=True)
        self._thread.start()
        self._awaited = awaited
        try:
            asyncio.run_coroutine_threadsafe(self._host.open(), self._loop).result()
        except BaseException:
            _stop(self._loop, self._thread)
            raise
        # One that is simply dropped leaves its object in good order too, at the end of the program at the latest.
        self._finalizer = weakref.finalize(self, _leave, self._host, self._loop, self._thread)

    @property
    def address(self) -> str:
        return "in this process"

    async def contract(self) -> Contract:
        return self._contract

    async def call(self, operation: Operation, body: bytes | Upload) -> Answer:
        self._check()
        sent = Sent(body)
        reply = await self.outcome(self.start(self._respond(operation, sent)))
        sent.check()
        return reply.answer

    async def stream(self, operation: Operation, body: bytes | Upload) -> Lines | Answer:
        self._check()
        opened = _Opened(self)
        sent = Sent(body, opened.gone)
        try:
            reply = await self.outcome(self.start(self._opened(operation, sent, opened)))
        except CallerGone:
            raise ConnectionFailed("The stream ended before it began", outcome="unknown", fix="Call again.") from None
        except BaseException:  # who asked does not wait any more
            self.tell(opened.gone.set)
            raise
        sent.check()
        opened.answer = reply.answer
        return reply.answer if reply.stream is None else opened

    async def _opened(self, operation: Operation, sent: Sent, opened: _Opened) -> Reply:
        """The answer to a stream, which is carried by the task that has opened it."""
        head: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()

        async def carry() -> None:
            try:
                reply = await self._respond(operation, sent)
            except BaseException as error:
                if not head.done():  # by whoever does not wait any more
                    head.set_exception(error)
                return
            if not head.done():
                head.set_result(reply)
            if reply.stream is not None:
                await reply.stream.carry(opened)

        opened.carrying = asyncio.ensure_future(carry())
        opened.carrying.add_done_callback(opened.over)
        return await head

    async def _respond(self, operation: Operation, sent: Sent) -> Reply:
        path = f"{self._contract.prefix}/{operation.name}"
        return await self._host.respond(self._calls, Request(self._host.new_id(), "POST", path, body=sent))

    async def close(self) -> None:
        if self._awaited:
            await asyncio.to_thread(self._finalizer)
        else:
            self._finalizer()

    async def outcome(self, future: Future[T]) -> T:
        """What a piece of work on the other side's loop gives, when it is done."""
        try:
            return await asyncio.wrap_future(future) if self._awaited else future.result()
        except (CancelledError, asyncio.CancelledError):
            if self._finalizer.alive:  # it is the caller who was cancelled
                raise
        raise ConnectionFailed("This client was closed during the call", outcome="unknown", fix="Connect again.")

    def tell(self, what: Callable[[], object]) -> None:
        """Do something small on the other side's loop."""
        with suppress(RuntimeError):  # the loop is closed, and nothing waits there any more
            self._loop.call_soon_threadsafe(what)

    def start(self, work: Coroutine[Any, Any, T]) -> Future[T]:
        """Begin a piece of work on the other side's loop."""
        try:
            return asyncio.run_coroutine_threadsafe(work, self._loop)
        except RuntimeError:  # the loop was closed meanwhile
            work.close()
            raise closed() from None

    def _check(self) -> None:
        if not self._finalizer.alive:
            raise closed()


def _run(runner: asyncio.Runner) -> None:
    with runner:
        runner.get_loop().run_forever()


def _stop(loop: asyncio.AbstractEventLoop, thread: threading.Thread) -> None:
    loop.call_soon_threadsafe(loop.stop)
    if threading.current_thread() is not thread:  # the collector may run there, and no thread can wait for itself
        thread.join()


def _leave(host: Host, loop: asyncio.AbstractEventLoop, thread: threading.Thread) -> None:
    async def close() -> None:
        in_hand = asyncio.all_tasks() - {asyncio.current_task()}
        for task in in_hand:
            task.cancel()
        await asyncio.gather(*in_hand, return_exceptions=True)
        await host.close()

    closing = asyncio.run_coroutine_threadsafe(close(), loop)
    if threading.current_thread() is thread:
        closing.add_done_callback(lambda _: _stop(loop, thread))
    else:
        closing.result()
        _stop(loop, thread)


class _Opened:
    """The open answer of a stream in this process, on both sides: the generator is asked for more when what it gave was
    taken."""

    answer: Answer
    carrying: asyncio.Future[None]

    def __init__(self, transport: LocalTransport) -> None:
        self.gone = asyncio.Event()
        self._transport = transport
        self._arrived: asyncio.Queue[list[bytes] | None] = asyncio.Queue()
        self._room = asyncio.Semaphore(1)
        self._lines: list[bytes] = []
        """Those that came at once, the first one last."""
        self._ended = False

    # On the host's loop

    async def begin(self) -> bool:
        return True

    async def items(self, items: list[bytes]) -> int:
        await self._give(items)
        return len(items)

    async def finish(self, problem: bytes | None) -> None:
        if problem is not None:
            await self._give([b'{"$problem":' + problem + b"}"])

    async def _give(self, lines: list[bytes]) -> None:
        if not self.gone.is_set():  # nobody takes anything any more, so nothing makes room
            await self._room.acquire()
        self._arrived.put_nowait(lines)

    def over(self, _: object) -> None:
        self._arrived.put_nowait(None)

    async def _end(self) -> None:
        await self.carrying

    # On the caller's side

    async def __anext__(self) -> bytes:
        while not self._lines:
            if self._ended:
                raise StopAsyncIteration
            lines = await self._transport.outcome(self._transport.start(self._arrived.get()))
            if lines is None:
                await self.aclose()
                await self._transport.outcome(self._transport.start(self._end()))
            else:
                self._transport.tell(self._room.release)
                self._lines = lines[::-1]
        return self._lines.pop()

    async def aclose(self) -> None:
        if not self._ended:
            self._ended = True
            self._transport.tell(self.gone.set)
            self._transport.tell(self._room.release)


class Bugs(Log):
    """No line a call; a bug of the façade still shows its traceback, since its author is the caller."""

    def __init__(self) -> None:
        super().__init__(2, terminal=True)

    def call(self, call: CallLine) -> None: ...

    def event(self, level: str, event: str, **fields: Any) -> None:
        if level == "error":
            super().event(level, event, **fields)
            self.flush()
