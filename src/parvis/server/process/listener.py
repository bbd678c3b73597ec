"""Connections, taken from listening sockets while there is room."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import socket
import ssl
from collections.abc import Callable, Iterable
from functools import partial

from ...contract.outcomes import Refusal
from .connection import Connection
from .connections import Connections
from .malformed import refusal
from .parts import date_line

AT_ONCE = 64
"""Connections taken from a socket in one turn of the loop."""
UNSENT = 65_536
"""Bytes that the system holds of what a caller does not read; left to itself, it takes megabytes for each."""
PAUSE = 0.1
"""Seconds until a socket is looked at again after the process had no descriptor left."""
_EXHAUSTED = (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM)


class Listener:
    """Takes connections from ``start`` to ``stop``; the sockets are the caller's, and stay open."""

    def __init__(
        self, sockets: Iterable[socket.socket], connections: Connections, make: Callable[[], Connection],
        tls: ssl.SSLContext | None = None,
    ) -> None:  # fmt: skip
        """``tls`` is for sockets of the network, never for a Unix socket."""
        self._sockets = list(sockets)
        self._connections = connections
        self._make = make
        self._tls = tls
        self._loop = asyncio.get_running_loop()
        self._stopped = False

    def start(self) -> None:
        for each in self._sockets:
            each.setblocking(False)
            self._loop.add_reader(each.fileno(), self._accept, each)

    def stop(self) -> None:
        self._stopped = True
        for each in self._sockets:
            self._loop.remove_reader(each.fileno())

    def _accept(self, listening: socket.socket) -> None:
        for _ in range(AT_ONCE):
            try:
                made, peer = listening.accept()
            except (BlockingIOError, InterruptedError, ConnectionAbortedError):
                return
            except OSError as error:
                if error.errno not in _EXHAUSTED:
                    raise
                self._loop.remove_reader(listening.fileno())
                self._loop.call_later(PAUSE, self._again, listening)
                return
            made.setblocking(False)
            network = listening.family != socket.AF_UNIX
            if network:
                made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                if hasattr(socket, "TCP_NOTSENT_LOWAT"):
                    made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT, UNSENT)
            address = peer[0] if network else ""
            if not self._connections.room(address):
                with contextlib.suppress(OSError):
                    made.send(refusal(Refusal("unavailable", "There are too many connections."), date_line()))
                made.close()
                continue
            tls = self._tls if network else None
            handshake = None if tls is None else self._connections.bounds.head_seconds
            opening = self._loop.connect_accepted_socket(self._make, made, ssl=tls, ssl_handshake_timeout=handshake)
            task = self._loop.create_task(opening)
            task.add_done_callback(partial(_given_up, made))
            self._connections.opens(address, task)

    def _again(self, listening: socket.socket) -> None:
        if not self._stopped:
            self._loop.add_reader(listening.fileno(), self._accept, listening)


def _given_up(made: socket.socket, task: asyncio.Task[object]) -> None:
    """What was cancelled before it began has closed nothing."""
    if task.cancelled():
        made.close()
