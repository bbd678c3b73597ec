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

from uvicorn.config import STARTUP_FAILURE, Config
from uvicorn.supervisors.multiprocess import Multiprocess


class Supervisor(Multiprocess):
    """Runs ``config.app`` in one worker process until a signal."""

    def keep_subprocess_alive(self) -> None:
        for worker in self.processes:
            # Only the worker itself holds its end: a question to one that has ended is answered at once.
            worker.child_conn.close()
        super().keep_subprocess_alive()

    def join_all(self) -> None:
        """Wait for the worker's grace; another signal in the meantime ends it at once."""
        self.signal_queue.clear()
        for worker in self.processes:
            while worker.process.is_alive():
                worker.process.join(0.1)
                if self.signal_queue:
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


def die_with_parent() -> None:
    """In a worker: end when the supervisor has died, however it died, so that port and data are free again."""
    parent = parent_process()
    if parent is None:
        return

    def watch() -> None:
        connection.wait([parent.sentinel])
        os.kill(os.getpid(), signal.SIGTERM)

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
