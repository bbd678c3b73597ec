"""The process that serves: from an application that opens to its end, by signals.

One signal ends it in good order: nothing new is taken, calls in hand get their grace. A further Ctrl-C ends it now.
"""

from __future__ import annotations

import asyncio
import contextlib
import signal
import socket
import ssl
from collections.abc import Callable, Coroutine, Iterable
from dataclasses import dataclass
from typing import Any, TypeVar

from ...forks import close_in_children
from ..host import nothing
from ..http.application import Application
from .connection import Connection
from .connections import ConnectionBounds, Connections
from .listener import Listener

T = TypeVar("T")

SIGNALS = (signal.SIGINT, signal.SIGTERM)


@dataclass(frozen=True, slots=True)
class Serving:
    """What is served, and by which rules."""

    application: Application
    bounds: ConnectionBounds
    report: Callable[[BaseException], None]
    """Is told of a bug of ours."""
    trusted: Callable[[str], bool] = lambda address: False
    """Whether an address is a proxy's."""
    tls: ssl.SSLContext | None = None
    open: Callable[[], Coroutine[Any, Any, None]] = nothing
    """Opens the application, if it is not; connections are taken meanwhile. What it raises ends the serving."""


class Taking:
    """Connections of these sockets, taken and answered from when it is made until :meth:`end`."""

    def __init__(self, serving: Serving, sockets: Iterable[socket.socket]) -> None:
        application = serving.application
        self.connections = connections = Connections(serving.bounds, serving.report, serving.trusted)
        listening = list(sockets)
        self._back = close_in_children(
            lambda: [*(each.fileno() for each in listening if each.fileno() >= 0), *connections.descriptors()]
        )
        self._listener = Listener(listening, connections, lambda: Connection(application, connections), serving.tls)
        self._listener.start()

    async def end(self, grace: float) -> None:
        self._listener.stop()
        await self.connections.end(grace)
        self._back()


def run(
    opening: Callable[[], Coroutine[Any, Any, Serving]], sockets: Iterable[socket.socket], *, grace: float,
    ready: Callable[[], None] = lambda: None,
) -> None:  # fmt: skip
    """Serve until a signal. ``ready`` is called when connections are taken and all is open. Raises what ``opening``
    raises."""
    with asyncio.Runner(loop_factory=_loop_factory()) as runner:
        runner.run(_serve(opening, sockets, grace, ready))


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop]:
    try:
        import uvloop
    except ImportError:  # there is none for Windows and for some kinds of Linux
        return asyncio.SelectorEventLoop
    factory: Callable[[], asyncio.AbstractEventLoop] = uvloop.new_event_loop
    return factory


async def _serve(
    opening: Callable[[], Coroutine[Any, Any, Serving]], sockets: Iterable[socket.socket], grace: float,
    ready: Callable[[], None],
) -> None:  # fmt: skip
    loop = asyncio.get_running_loop()
    end, now = asyncio.Event(), asyncio.Event()
    signals: list[int] = []

    def signalled(number: int) -> None:
        # A terminal's Ctrl-C comes here and to the supervisor, whose SIGTERM comes after it, or before.
        (now if number == signal.SIGINT and number in signals else end).set()
        signals.append(number)

    with contextlib.ExitStack() as undo:
        for number in SIGNALS:
            with contextlib.suppress(ValueError, RuntimeError, NotImplementedError):  # not the main thread
                loop.add_signal_handler(number, signalled, number)
                undo.callback(loop.remove_signal_handler, number)

        serving = await _unless(end, opening())
        if serving is None:
            return
        taking = Taking(serving, sockets)
        building = asyncio.ensure_future(serving.open())
        building.add_done_callback(lambda done: end.set() if done.cancelled() or done.exception() else ready())
        await end.wait()
        await _unless(now, taking.end(grace))
        if not building.done():
            building.cancel()
            await _unless(now, _ended(building))
        await _unless(now, serving.application.close())
        if building.done() and not building.cancelled():
            building.result()


async def _ended(task: asyncio.Future[None]) -> None:
    await asyncio.wait((task,))


async def _unless(event: asyncio.Event, work: Coroutine[Any, Any, T]) -> T | None:
    """What ``work`` gives; None where the event comes first, and ``work`` is given up."""
    working, waiting = asyncio.ensure_future(work), asyncio.ensure_future(event.wait())
    try:
        await asyncio.wait((working, waiting), return_when=asyncio.FIRST_COMPLETED)
        if working.done():
            return working.result()
        working.cancel()
        return None
    finally:
        waiting.cancel()
