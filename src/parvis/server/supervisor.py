"""The process that holds the socket and keeps one worker alive: uvicorn's, with a second Ctrl-C that stops now.

A worker that dies, hangs or drains because every thread of a façade hangs is replaced within a second; connections wait
in the socket meanwhile.
"""

from __future__ import annotations

import os
import signal
import socket
import threading
from multiprocessing import connection, parent_process
from time import monotonic, sleep

from uvicorn.config import STARTUP_FAILURE, Config
from uvicorn.supervisors.multiprocess import Multiprocess

MARGIN = 10.0
"""Seconds that a worker has for its end beyond the grace of its calls; then it is killed."""


class Supervisor(Multiprocess):
    """Runs ``config.app`` in one worker process until a signal."""

    def keep_subprocess_alive(self) -> None:
        for worker in self.processes:
            # Only the worker itself holds its end: a question to one that has ended is answered at once.
            worker.child_conn.close()
        super().keep_subprocess_alive()

    def __init__(self, config: Config, sockets: list[socket.socket]) -> None:
        deaf = signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
        super().__init__(config, sockets)
        if deaf:  # under nohup: the end of the terminal is not the end of the server
            signal.signal(signal.SIGHUP, signal.SIG_IGN)

    def handle_hup(self) -> None:
        """The terminal is gone. uvicorn would start a second worker beside the first, but one process owns the data."""
        self.should_exit.set()

    def handle_ttin(self) -> None: ...  # one worker, never more

    def handle_ttou(self) -> None: ...

    def join_all(self) -> None:
        """Wait for the worker's grace. Another signal in the meantime ends it at once; one that hangs is killed."""
        self.signal_queue.clear()
        deadline = monotonic() + (self.config.timeout_graceful_shutdown or 0) + MARGIN
        for worker in self.processes:
            while worker.process.is_alive():
                worker.process.join(0.1)
                if self.signal_queue or monotonic() > deadline:
                    worker.process.kill()
                    worker.process.join()


def listen(host: str, port: int) -> socket.socket:
    """The listening socket. Raises ``OSError``."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    made = socket.socket(family, socket.SOCK_STREAM)
    try:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.bind((host, port))
        made.listen(2048)
        made.set_inheritable(True)
    except BaseException:
        made.close()
        raise
    return made


def die_with_parent(grace: float = 10.0) -> None:
    """In a worker: end when the supervisor has died, however it died, so that port and data are free again.

    ``grace`` is what calls in hand have, in seconds; what hangs after it is ended hard.
    """
    parent = parent_process()
    if parent is None:
        return

    def watch() -> None:
        connection.wait([parent.sentinel])
        os.kill(os.getpid(), signal.SIGTERM)
        sleep(grace + MARGIN)
        os._exit(1)

    threading.Thread(target=watch, name="parent-watch", daemon=True).start()


def supervise(config: Config, sockets: list[socket.socket]) -> None:
    if config.should_reload:
        from uvicorn.supervisors import ChangeReload

        ChangeReload(config, target=_run(config), sockets=sockets).run()
    else:
        supervisor = Supervisor(config, sockets)
        supervisor.run()
        if any(worker.exitcode == STARTUP_FAILURE for worker in supervisor.processes):
            raise SystemExit(1)  # the worker has said why


class _run:
    """A picklable ``Server(config).run``."""

    def __init__(self, config: Config) -> None:
        self.config = config

    def __call__(self, sockets: list[socket.socket] | None = None) -> None:
        from uvicorn.server import Server

        Server(self.config).run(sockets)
