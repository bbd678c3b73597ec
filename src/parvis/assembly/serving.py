"""From sockets to a server that serves: the process that holds them, its worker, and what the worker makes."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
import ssl
import sys
import threading
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from ..server.logs import Log
from ..server.process.sockets import descriptors, listen
from ..server.process.supervisor import STARTUP_FAILURE, Care, Supervisor
from ..settings import Settings, SettingsError
from .launch import SOCKET, CannotServe, Secrets, ServiceSource, base_url, data_directory, host_names, is_loopback

if TYPE_CHECKING:  # the process that holds the socket stays light
    from ..facade.compile import Facade
    from ..server.process.connections import ConnectionBounds
    from ..server.process.worker import Serving
    from .server import Start

AGAIN = 1.0
"""Seconds until a worker that cannot start for want of its store tries again."""


class Launched(NamedTuple):
    """What runs, once it is ready."""

    facades: list[Facade]
    settings: Settings
    port: int
    local: bool
    secrets: Secrets
    start: Start


Announce = Callable[[Launched], None]
"""Tells that the server is ready; a function of a module, for it crosses to the worker's process."""


def launch(
    sources: list[ServiceSource], settings: Settings, announce: Announce, *, supervised: bool, reload: bool
) -> None:
    """Serve until the end; without a supervisor from this very process, for code that holds the object itself.

    Raises :class:`~.launch.CannotServe`."""
    local = is_loopback(settings["host"]) and not settings["public_url"]
    try:
        data = data_directory(settings)
    except OSError as error:
        raise CannotServe(
            f"the data directory {settings['data']} cannot be made: {error.strerror}; give another with --data"
        ) from None
    sockets = [_listen(settings)]
    port = sockets[0].getsockname()[1]
    # Under a name of its own until the worker has the directory's lock: another server's socket may stand there.
    operator = str(data.resolve() / f"{SOCKET}.{os.getpid()}")
    sockets.append(_operator_socket(operator))
    announced = get_context("spawn").Event() if supervised else threading.Event()
    worker = Worker(sources, settings, port, local, Secrets(), operator, announced, announce, reload)
    with contextlib.ExitStack() as undo:
        undo.callback(_unlink_ours, Path(operator), os.stat(operator).st_ino)
        for each in sockets:
            undo.callback(each.close)
        if supervised:
            care = Care(settings["grace"], settings["hung_after"])
            code = Supervisor(worker, sockets, care, Log().event, watched=Path.cwd() if reload else None).run()
            if code:
                raise SystemExit(code)  # the worker has said why
        else:
            worker(sockets, lambda: None, "")


def _listen(settings: Settings) -> socket.socket:
    host, port = settings["host"], settings["port"]
    try:
        return listen(host, port)
    except OSError as error:
        if error.errno == 98:
            raise CannotServe(f"port {port} is taken: stop what uses it, or give another with --port") from None
        raise CannotServe(
            f"cannot listen on {host}:{port}: {error.strerror}; give another with --host or --port"
        ) from None
    except OverflowError:
        raise CannotServe(f"{port} is no port: give one from 0 to 65535 with --port") from None


def _operator_socket(path: str) -> socket.socket:
    """The operator's own socket, which only the owner of the data directory can open."""
    made = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    with contextlib.suppress(FileNotFoundError):
        os.unlink(path)  # left by a killed server whose process id we have now
    mask = os.umask(0o177)
    try:
        made.bind(path)
        made.listen(16)
    except OSError as error:
        made.close()
        raise CannotServe(
            f"the operator's socket {path} cannot be made: {error.strerror or error}; give a shorter --data"
        ) from None
    finally:
        os.umask(mask)
    return made


def _unlink_ours(own: Path, inode: int) -> None:
    """Take the operator's socket away, under either name, unless another server's stands there by now."""
    for path in (own, own.with_name(SOCKET)):
        with contextlib.suppress(FileNotFoundError):
            if path.stat().st_ino == inode:
                path.unlink()


@dataclass(slots=True)
class Worker:
    """What crosses to the worker process: calling it there makes the application."""

    sources: list[ServiceSource]
    settings: Settings
    port: int
    local: bool
    secrets: Secrets
    operator_socket: str
    announced: Any
    """An event, shared by the workers of a run: the banner is printed once."""

    announce: Announce
    reload: bool = False
    before: str = ""
    """How the worker ended in whose place this one is."""

    def __call__(self, sockets: Sequence[socket.socket], ready: Callable[[], None], before: str) -> None:
        from ..server.process.worker import run

        self.before = before
        run(self._open, sockets, grace=self.settings["grace"], ready=ready)

    async def _open(self) -> Serving:
        """The application. A worker that replaces another waits for what it needs, a disk with room or a database that
        is there: nobody looks at the screen any more who would start it again."""
        try:
            from ..contract.outcomes import Refusal
            from .enforce_lock import restrict
            from .facades import compile_sources

            facades = compile_sources(self.sources)
            if not self.local:
                facades = restrict(facades, self.settings)
            while True:
                try:
                    return await self._made(facades)
                except (Refusal, OSError):
                    if not self.announced.is_set():
                        raise
                    await asyncio.sleep(AGAIN)
        except Exception as error:
            _fail(error)
            raise

    async def _made(self, facades: list[Facade]) -> Serving:
        from ..server.process.worker import Serving
        from .server import proxy_of, server

        log = Log()
        persistent = self.announced.is_set() and not self.reload  # else a changed file is what helps

        async def open() -> None:
            try:
                await made.application.open(persistent=persistent)
            except Exception as error:
                _fail(error)

        def opened(start: Start) -> None:
            if self.announced.is_set():
                log.event("info", "ready-again", pid=os.getpid())
            else:
                self.announced.set()
                self.announce(Launched(facades, self.settings, self.port, self.local, self.secrets, start))

        made = await server(
            facades, self.settings, url=base_url(self.settings, self.port), hosts=host_names(self.settings, self.port),
            secrets=self.secrets, log=log, run_key=self.local, operator_socket=self.operator_socket, exhausted=_drain,
            opened=opened, before=self.before,
        )  # fmt: skip
        # The store is ours now, and so is the socket's public name.
        with contextlib.suppress(FileNotFoundError):  # a worker that replaces another finds it renamed already
            os.replace(self.operator_socket, Path(self.operator_socket).with_name(SOCKET))
        return Serving(
            made.application, _bounds(self.settings), lambda error: log.error("connection-failed", error),
            trusted=proxy_of(self.settings), tls=_tls(self.settings), open=open,
        )  # fmt: skip


def _bounds(settings: Settings) -> ConnectionBounds:
    from ..server.process.connections import ConnectionBounds

    most = descriptors()
    in_all = min(10_000, most - 256 if most > 512 else most // 2)
    return ConnectionBounds(
        head_bytes=settings["header_limit"], head_seconds=settings["header_timeout"],
        request_seconds=settings["request_timeout"], in_all=in_all, of_address=max(16, in_all // 4),
    )  # fmt: skip


def _tls(settings: Settings) -> ssl.SSLContext | None:
    if not settings["tls_certificate"]:
        return None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    try:
        context.load_cert_chain(settings["tls_certificate"], settings["tls_key"] or None)
    except (OSError, ssl.SSLError) as error:
        raise SettingsError(
            f"tls_certificate: {settings['tls_certificate']} with tls_key cannot be used: {error}; give PEM files "
            "of a certificate chain and of its key"
        ) from None
    return context


def _drain() -> None:
    """End this worker in good order; the supervisor starts another."""
    signal.raise_signal(signal.SIGTERM)


def _fail(error: Exception) -> None:
    """Say in one sentence why the service cannot start, and end the worker so that the supervisor ends too."""
    from .failures import sentence

    message = sentence(error)
    if message is None:
        # The publisher's own code failed: its traceback is what they need.
        traceback.print_exception(error)
        message = f"the service cannot start: {type(error).__name__}: {error}"
    print(f"parvis: {message}", file=sys.stderr, flush=True)
    os._exit(STARTUP_FAILURE)
