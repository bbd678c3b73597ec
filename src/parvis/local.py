"""The client's front door, and the in-process transport: an object behind the client, without a network.

``connect(Shop())`` runs the very pipeline of the server, on an event loop of its own, so that a test in one process
finds what a caller across the network would.
"""

from __future__ import annotations

import asyncio
import queue
import threading
import weakref
from collections.abc import Awaitable, Callable, Coroutine, Generator, Mapping, MutableMapping
from concurrent.futures import CancelledError, Future
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar, cast, overload

from .client.errors import ConnectionFailed
from .client.transport import Answer, Lines
from .client.upload import Unread, Upload
from .contract.bodies import OCTETS, raw

if TYPE_CHECKING:
    from .access.credential import Credential
    from .contract.model import Contract, Operation
    from .server.application import Application

T = TypeVar("T")


@overload
def connect(target: str, *, like: type[T], key: str | None = None, **options: Any) -> T: ...
@overload
def connect(target: Any, *, like: None = None, key: str | None = None, **options: Any) -> Any: ...
def connect(target: Any, *, like: type[Any] | None = None, key: str | None = None, **options: Any) -> Any:
    """A service as if it were the object behind it.

    Args:
        target: An address, ``http://host:8000/shop`` (newest stable version) or ``http://host:8000/shop/v1``; or an
            object, class or module of this process, or a :class:`~parvis.Service` of one with its settings, which is
            then called through the whole pipeline without a network.
        like: The class that the service publishes, where the caller has it: results and exceptions are then its own
            classes, and type checkers know the methods.
        key: The key; else ``PARVIS_KEY``, else the one that ``parvis register`` kept for the address.
        options: ``timeout`` in seconds and the others of :func:`parvis.client.connect_url`.

    Raises:
        ValueError: The address or the key is malformed.
        ParvisError: There is no such service, or it cannot be reached.
    """
    from .client.connect import connect_url

    if isinstance(target, str) and "://" in target:
        return connect_url(target, key, **options, **(_native(like) if like is not None else {}))
    from .client.facade import facade_of
    from .facade.compile import compile_facade
    from .facade.target import load
    from .serving import Service

    service = target if isinstance(target, Service) else Service(target)
    facade = compile_facade(load(service.target), service.options)
    return facade_of(LocalTransport(facade), classes=facade.classes, exceptions=_exceptions(facade))


def _native(like: type[Any]) -> dict[str, Any]:
    from .facade.compile import compile_facade
    from .facade.target import load

    facade = compile_facade(load(like))
    return {"classes": facade.classes, "exceptions": _exceptions(facade)}


def _exceptions(facade: Any) -> Mapping[str, type]:
    return {r.cls.__name__: r.cls for operation in facade.operations.values() for r in operation.errors}


class LocalTransport:
    """One façade in this process, called as by a caller with every right."""

    def __init__(
        self,
        facade: Any,
        caller: Credential | None = None,
        *,
        log: Any = None,
        closing: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        """``caller`` is who calls in place of everybody; ``log`` is told of bugs; ``closing`` is awaited at the end."""
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
        try:
            self._wait(self._application.open())
        except BaseException:
            _stop(self._loop, self._thread)
            raise
        # One that is simply dropped leaves its object in good order too, at the end of the program at the latest.
        self._finalizer = weakref.finalize(self, _leave, self._application, self._loop, self._thread)

    @property
    def address(self) -> str:
        return "in this process"

    def contract(self) -> Contract:
        return self._contract

    def call(self, operation: Operation, body: bytes | Upload) -> Answer:
        self._check()
        messages: list[MutableMapping[str, Any]] = []

        async def send(message: MutableMapping[str, Any]) -> None:
            messages.append(message)

        sending = _Sending(body)
        self._wait(self._application(self._scope(operation, body), sending.receive, send))
        sending.check()
        return _answer(messages[0], b"".join(m.get("body", b"") for m in messages[1:]))

    def stream(self, operation: Operation, body: bytes | Upload) -> Lines | Answer:
        self._check()
        arrived: queue.Queue[MutableMapping[str, Any] | None] = queue.Queue()
        room = asyncio.Semaphore(1)  # the generator is asked for more when what it gave was taken
        gone = asyncio.Event()

        async def send(message: MutableMapping[str, Any]) -> None:
            if not gone.is_set():  # nobody takes anything any more, so nothing makes room
                await room.acquire()
            arrived.put(message)

        sending = _Sending(body, gone)
        task = asyncio.run_coroutine_threadsafe(
            self._application(self._scope(operation, body), sending.receive, send), self._loop
        )
        task.add_done_callback(lambda _: arrived.put(None))
        release = partial(self._tell, room.release)
        head = arrived.get()
        release()
        if head is None:
            _outcome(task)
            raise ConnectionFailed("The stream ended before it began", outcome="unknown", fix="Call again.")
        if head["status"] != 200:
            rest = []
            while (message := arrived.get()) is not None:
                release()
                rest.append(message.get("body", b""))
            sending.check()
            return _answer(head, b"".join(rest))
        return _lines(arrived, release, partial(self._tell, gone.set), task)

    def close(self) -> None:
        self._finalizer()

    def _check(self) -> None:
        if not self._finalizer.alive:
            raise ConnectionFailed("This client is closed", outcome="not-sent", fix="Connect again.")

    def _tell(self, what: Callable[[], object]) -> None:
        with suppress(RuntimeError):  # the loop is closed, and nothing waits there any more
            self._loop.call_soon_threadsafe(what)

    def _wait(self, work: Coroutine[Any, Any, T]) -> T:
        return _outcome(asyncio.run_coroutine_threadsafe(work, self._loop))

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


def _outcome(future: Future[T]) -> T:
    try:
        return future.result()
    except CancelledError:
        raise ConnectionFailed(
            "This client was closed during the call", outcome="unknown", fix="Connect again."
        ) from None


def _lines(arrived: queue.Queue[Any], release: Any, gone: Any, task: Future[None]) -> Generator[bytes, None, None]:
    try:
        while (message := arrived.get()) is not None:
            release()
            yield from message.get("body", b"").splitlines()
        _outcome(task)
    finally:
        gone()
        release()


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
