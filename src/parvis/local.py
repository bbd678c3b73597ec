"""The client's front door, and the in-process transport: an object behind the client, without a network.

``connect(Shop())`` runs the very pipeline of the server, on an event loop of its own, so that a test in one process
finds what a caller across the network would.
"""

from __future__ import annotations

import asyncio
import threading
import weakref
from collections.abc import Awaitable, Callable, Coroutine, Mapping, MutableMapping
from concurrent.futures import CancelledError, Future
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar, Unpack, cast, overload

from .client.connect import Connecting, Options, known
from .client.errors import ConnectionFailed
from .client.transport import Answer, Lines
from .client.trouble import closed
from .client.upload import Unread, Upload
from .contract.bodies import OCTETS, raw

if TYPE_CHECKING:
    from .access.credential import Credential
    from .contract.model import Contract, Operation
    from .server.application import Application

T = TypeVar("T")


@overload
def connect(target: str, like: type[T], key: str | None = None, **options: Unpack[Options]) -> T: ...
@overload
def connect(target: Any, like: None = None, key: str | None = None, **options: Unpack[Options]) -> Any: ...
def connect(target: Any, like: type[Any] | None = None, key: str | None = None, **options: Unpack[Options]) -> Any:
    """A service as if it were the object behind it.

    Args:
        target: An address, ``http://host:8000/shop`` (newest stable version) or ``http://host:8000/shop/v1``; or an
            object, class or module of this process, or a :class:`~parvis.Service` of one with its settings, which is
            then called through the whole pipeline without a network.
        like: The class that the service publishes, where the caller has it: results and exceptions are then its own
            classes, and type checkers know the methods.
        key: The key; else ``PARVIS_KEY``, else the one that ``parvis register`` kept for the address.
        options: Those of :func:`parvis.client.connect_url`: ``auth``, an e-mail with its password; ``presets``, values
            by parameter name; ``timeout``, seconds for a call; ``retries``; ``limit``, bytes of an answer; ``uds``, a
            Unix socket; ``language`` of the server's errors; ``classes`` and ``exceptions``, your own by name.

    Raises:
        ValueError: The address, the key or a preset is malformed.
        ParvisError: There is no such service, or it cannot be reached.
    """
    from .client.connect import connect_url
    from .client.facade import facade_of

    if isinstance(target, str) and "://" in target:
        return connect_url(target, key, **cast(Options, {**_native(like), **options}))
    known(options)
    facade = _compiled(target)
    return facade_of(LocalTransport(facade), presets=options.get("presets"), **_own(facade))


def connect_async(
    target: Any, like: type[Any] | None = None, key: str | None = None, **options: Unpack[Options]
) -> Connecting[Any]:
    """The same for callers who await: the methods are coroutine functions, generators are async generators.

    ``shop = await connect_async(...)``, or ``async with connect_async(...) as shop:``, which closes it. The arguments
    are those of :func:`connect`, and errors come with the ``await``.
    """
    return Connecting(partial(_connect_async, target, like, key, **options))


async def _connect_async(target: Any, like: type[Any] | None, key: str | None, **options: Unpack[Options]) -> Any:
    from .client.connect import connect_url_async
    from .client.facade import async_facade_of

    if isinstance(target, str) and "://" in target:
        return await connect_url_async(target, key, **cast(Options, {**_native(like), **options}))
    known(options)
    facade = _compiled(target)
    transport = await asyncio.to_thread(LocalTransport, facade, awaited=True)
    return await async_facade_of(transport, presets=options.get("presets"), **_own(facade))


def _compiled(target: Any) -> Any:
    from .facade.compile import compile_facade
    from .facade.target import load
    from .serving import Service

    service = target if isinstance(target, Service) else Service(target)
    return compile_facade(load(service.target), service.options)


def _native(like: type[Any] | None) -> dict[str, Any]:
    if like is None:
        return {}
    from .facade.compile import compile_facade
    from .facade.target import load

    return _own(compile_facade(load(like)))


def _own(facade: Any) -> dict[str, Mapping[str, type]]:
    """The classes and exceptions of a façade that is at hand, by name."""
    exceptions = {r.cls.__name__: r.cls for operation in facade.operations.values() for r in operation.errors}
    return {"classes": facade.classes, "exceptions": exceptions}


class LocalTransport:
    """One façade in this process, called as by a caller with every right.

    Nothing is sent again here: between the two sides is nothing that could fail.
    """

    def __init__(
        self,
        facade: Any,
        caller: Credential | None = None,
        *,
        log: Any = None,
        closing: Callable[[], Awaitable[None]] | None = None,
        awaited: bool = False,
    ) -> None:
        """``caller`` is who calls in place of everybody; ``log`` is told of bugs; ``closing`` is awaited at the end.
        ``awaited``: its coroutines await asyncio's loop, where they block without."""
        from .access.console import run_credential
        from .access.keys import mint
        from .server.application import Application
        from .server.hosted import Hosted

        self._contract: Contract = facade.contract
        caller = caller or run_credential(mint("test"), 0)
        self._application = Application([Hosted(facade)], cast(Any, _Anyone(caller)), log or cast(Any, _Quiet()))
        self._application.closing = closing
        runner = asyncio.Runner(loop_factory=asyncio.new_event_loop)
        self._loop = runner.get_loop()
        self._thread = threading.Thread(target=_run, args=(runner,), name="parvis-local", daemon=True)
        self._thread.start()
        self._awaited = awaited
        try:
            asyncio.run_coroutine_threadsafe(self._application.open(), self._loop).result()
        except BaseException:
            _stop(self._loop, self._thread)
            raise
        # One that is simply dropped leaves its object in good order too, at the end of the program at the latest.
        self._finalizer = weakref.finalize(self, _leave, self._application, self._loop, self._thread)

    @property
    def address(self) -> str:
        return "in this process"

    async def contract(self) -> Contract:
        return self._contract

    async def call(self, operation: Operation, body: bytes | Upload) -> Answer:
        self._check()
        messages: list[MutableMapping[str, Any]] = []

        async def send(message: MutableMapping[str, Any]) -> None:
            messages.append(message)

        sending = _Sending(body)
        await self.outcome(self.start(self._application(self._scope(operation, body), sending.receive, send)))
        sending.check()
        return _answer(messages[0], b"".join(m.get("body", b"") for m in messages[1:]))

    async def stream(self, operation: Operation, body: bytes | Upload) -> Lines | Answer:
        self._check()
        opened = _Opened(self)
        sending = _Sending(body, opened.gone)
        opened.task = self.start(self._application(self._scope(operation, body), sending.receive, opened.send))
        opened.task.add_done_callback(lambda _: self.tell(opened.over))
        head = await opened.message()
        if head is None:
            await self.outcome(opened.task)
            raise ConnectionFailed("The stream ended before it began", outcome="unknown", fix="Call again.")
        if head["status"] == 200:
            opened.answer = _answer(head, b"")
            return opened
        rest = []
        while (message := await opened.message()) is not None:
            rest.append(message.get("body", b""))
        sending.check()
        return _answer(head, b"".join(rest))

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

    def _scope(self, operation: Operation, body: bytes | Upload) -> dict[str, Any]:
        path = f"{self._contract.prefix}/{operation.name}"
        kind, query = (OCTETS, body.query) if isinstance(body, Upload) else ("application/json", "")
        return {
            "type": "http", "method": "POST", "path": path, "raw_path": path.encode(), "query_string": query.encode(),
            "headers": [(b"content-type", kind.encode()), (b"accept", OCTETS.encode() if raw(operation) else b"*/*")],
            "client": None, "server": None, "root_path": "",
        }  # fmt: skip


def _run(runner: asyncio.Runner) -> None:
    with runner:
        runner.get_loop().run_forever()


def _stop(loop: asyncio.AbstractEventLoop, thread: threading.Thread) -> None:
    loop.call_soon_threadsafe(loop.stop)
    if threading.current_thread() is not thread:  # the collector may run there, and no thread can wait for itself
        thread.join()


def _leave(application: Application, loop: asyncio.AbstractEventLoop, thread: threading.Thread) -> None:
    async def close() -> None:
        in_hand = asyncio.all_tasks() - {asyncio.current_task()}
        for task in in_hand:
            task.cancel()
        await asyncio.gather(*in_hand, return_exceptions=True)
        await application.close()

    closing = asyncio.run_coroutine_threadsafe(close(), loop)
    if threading.current_thread() is thread:
        closing.add_done_callback(lambda _: _stop(loop, thread))
    else:
        closing.result()
        _stop(loop, thread)


class _Sending:
    """A request's body as an ASGI server hands it in; then nothing until ``gone``."""

    def __init__(self, body: bytes | Upload, gone: asyncio.Event | None = None) -> None:
        self._chunks = body.chunks() if isinstance(body, Upload) else iter((body,))
        self._aside = isinstance(body, Upload)
        self._gone = gone
        self._sent = False
        self._unread: BaseException | None = None

    async def receive(self) -> dict[str, Any]:
        if not self._sent:
            try:
                # The caller's own file may make us wait.
                chunk = await asyncio.to_thread(next, self._chunks, b"") if self._aside else next(self._chunks)
            except Unread as unread:
                self._unread = unread.error
                return {"type": "http.disconnect"}
            self._sent = not self._aside or not chunk
            return {"type": "http.request", "body": chunk, "more_body": not self._sent}
        if self._gone is not None:
            await self._gone.wait()
        return {"type": "http.disconnect"}

    def check(self) -> None:
        """Raise what the caller's own file raised: the call has ended for it, whatever it was answered."""
        if self._unread is not None:
            raise self._unread


def _answer(head: MutableMapping[str, Any], body: bytes) -> Answer:
    return Answer(head["status"], body, {name.decode(): value.decode() for name, value in head["headers"]})


class _Opened:
    """The open answer of a stream in this process. The generator is asked for more when what it gave was taken."""

    answer: Answer
    task: Future[None]

    def __init__(self, transport: LocalTransport) -> None:
        self.gone = asyncio.Event()
        self._transport = transport
        self._arrived: asyncio.Queue[MutableMapping[str, Any] | None] = asyncio.Queue()
        self._room = asyncio.Semaphore(1)
        self._lines: list[bytes] = []
        """Those that came in one message, the first one last."""
        self._ended = False

    async def send(self, message: MutableMapping[str, Any]) -> None:
        if not self.gone.is_set():  # nobody takes anything any more, so nothing makes room
            await self._room.acquire()
        self._arrived.put_nowait(message)

    def over(self) -> None:
        self._arrived.put_nowait(None)

    async def message(self) -> MutableMapping[str, Any] | None:
        """The next message of the application; None when it has ended."""
        message = await self._transport.outcome(self._transport.start(self._arrived.get()))
        if message is not None:
            self._transport.tell(self._room.release)
        return message

    async def __anext__(self) -> bytes:
        while not self._lines:
            if self._ended:
                raise StopAsyncIteration
            message = await self.message()
            if message is None:
                await self.aclose()
                await self._transport.outcome(self.task)
            else:
                self._lines = message.get("body", b"").splitlines()[::-1]
        return self._lines.pop()

    async def aclose(self) -> None:
        if not self._ended:
            self._ended = True
            self._transport.tell(self.gone.set)
            self._transport.tell(self._room.release)


class _Anyone:
    """Who calls in process: always the same, whatever is shown."""

    def __init__(self, credential: Any) -> None:
        self._credential = credential

    def recall(self, shown: bytes | None, call: Any) -> Any:
        return self._credential

    def by_operator_socket(self, call: Any) -> bool:
        return False


class _Quiet:
    """No line a call; a bug of the façade still shows its traceback, since its author is the caller."""

    def call(self, call: Any, seconds: float) -> None: ...

    def flush(self) -> None: ...

    def error(self, event: str, error: BaseException, **fields: Any) -> None:
        from .server.logs import Log

        log = Log(2, terminal=True)
        log.error(event, error, **fields)
        log.flush()
