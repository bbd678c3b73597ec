"""``parvis serve``: the socket, the supervisor and the worker."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
import socket
import sys
import threading
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from uvicorn.server import Server

from ..server.deadlines import BoundedConfig, Deadlines
from ..server.supervisor import die_with_parent, listen, supervise
from ..settings import Settings
from . import Complaint
from .plan import Secrets, ServiceSource, base_url, data_directory, host_names, is_loopback
from .sources import settings_of, sources_of

if TYPE_CHECKING:
    from ..facade.compile import Facade

SOCKET = "admin.sock"
AGAIN = 1.0
"""Seconds until a worker that cannot start for want of its store tries again."""


@click.command()
@click.argument("target", required=False)
@click.option("--host", help="Address to listen on (127.0.0.1).")
@click.option("--port", type=int, help="Port to listen on (8000); 0 takes a free one.")
@click.option("--name", help="Name of the service, in every address.")
@click.option("--data", help="Directory of accounts and keys (parvis-data).")
@click.option("--config", help="Settings file (parvis.toml).")
@click.option("--public-url", help="Address that callers use, when a proxy stands in front.")
@click.option("--grace", type=float, help="Seconds that calls in hand get at the end (10).")
@click.option("--reload", is_flag=True, help="Start again when a file of the working directory changes (development).")
@click.option("--workers", type=int, default=1, hidden=True)
def serve(target: str | None, name: str | None, config: str | None, reload: bool, workers: int, **flags: Any) -> None:
    """Serve TARGET: module:Class, module:factory(), module:instance, module, or the services of parvis.toml."""
    if workers != 1:
        raise Complaint("one worker for now: limits and quotas are not yet shared between workers; leave --workers out")
    settings = settings_of(config, flags)
    _serve(sources_of(settings, target, name), settings, supervised=True, reload=reload)


def serve_here(sources: list[ServiceSource], settings: Settings) -> None:
    """Serve from this process, without a supervisor: for code that holds the object itself."""
    _serve(sources, settings, supervised=False, reload=False)


def _serve(sources: list[ServiceSource], settings: Settings, *, supervised: bool, reload: bool) -> None:
    local = is_loopback(settings["host"]) and not settings["public_url"]
    try:
        data = data_directory(settings)
    except OSError as error:
        raise Complaint(
            f"the data directory {settings['data']} cannot be made: {error.strerror}; give another with --data"
        ) from None
    sockets = [_listen(settings)]
    port = sockets[0].getsockname()[1]
    # Under a name of its own until the worker has the directory's lock: another server's socket may stand there.
    operator = str(data.resolve() / f"{SOCKET}.{os.getpid()}")
    sockets.append(_operator_socket(operator))
    announced = get_context("spawn").Event() if supervised else threading.Event()
    worker = Worker(sources, settings, port, local, Secrets(), operator, announced)
    with contextlib.ExitStack() as undo:
        undo.callback(_unlink_ours, Path(operator), os.stat(operator).st_ino)
        for each in sockets:
            undo.callback(each.close)
        configuration = _configuration(worker, settings, reload=reload)
        if supervised:
            supervise(configuration, sockets)
        else:
            with contextlib.suppress(KeyboardInterrupt):  # told again by uvicorn once it has stopped in good order
                Server(configuration).run(sockets)


def _configuration(worker: Worker, settings: Settings, *, reload: bool) -> BoundedConfig:
    options: dict[str, Any] = {"reload": True, "reload_dirs": [os.getcwd()]} if reload else {}
    logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL)
    return BoundedConfig(
        worker,
        factory=True,
        deadlines=Deadlines(settings["header_limit"], settings["header_timeout"], settings["request_timeout"]),
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        ws="none",
        timeout_graceful_shutdown=settings["grace"],
        **options,
    )


def _listen(settings: Settings) -> socket.socket:
    host, port = settings["host"], settings["port"]
    try:
        return listen(host, port)
    except OSError as error:
        if error.errno == 98:
            raise Complaint(f"port {port} is taken: stop what uses it, or give another with --port") from None
        raise Complaint(
            f"cannot listen on {host}:{port}: {error.strerror}; give another with --host or --port"
        ) from None
    except OverflowError:
        raise Complaint(f"{port} is no port: give one from 0 to 65535 with --port") from None


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
        raise Complaint(
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

    def __call__(self) -> Any:
        from ..server.application import Waiting

        die_with_parent(self.settings["grace"])
        logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL)
        return Waiting(self._open, failed=_fail)

    async def _open(self) -> Any:
        """The application. A worker that replaces another waits for what it needs, a disk with room or a database that
        is there: nobody looks at the screen any more who would start it again."""
        try:
            from ..contract.outcomes import Refusal
            from . import compose, locking

            facades = compose.compile_sources(self.sources)
            if not self.local:
                facades = locking.restrict(facades, self.settings)
            while True:
                try:
                    return await self._made(facades)
                except (Refusal, OSError):
                    if not self.announced.is_set():
                        raise
                    await asyncio.sleep(AGAIN)
        except Exception as error:
            _fail(error)

    async def _made(self, facades: list[Facade]) -> Any:
        from ..server.logs import Log
        from . import banner, compose

        made, start = await compose.application(
            facades, self.settings, url=base_url(self.settings, self.port), hosts=host_names(self.settings, self.port),
            secrets=self.secrets, log=Log(), run_key=self.local, operator_socket=self.operator_socket,
            exhausted=_drain,
        )  # fmt: skip
        # The store is ours now, and so is the socket's public name.
        with contextlib.suppress(FileNotFoundError):  # a worker that replaces another finds it renamed already
            os.replace(self.operator_socket, Path(self.operator_socket).with_name(SOCKET))
        if self.announced.is_set():
            made.opened = lambda: made.log.event("info", "ready-again", pid=os.getpid())
        else:
            self.announced.set()
            made.opened = lambda: banner.print_banner(facades, self, start)
        return made


def _drain() -> None:
    """End this worker in good order; the supervisor starts another."""
    signal.raise_signal(signal.SIGTERM)


def _fail(error: Exception) -> Any:
    """Say in one sentence why the service cannot start, and end the worker so that the supervisor ends too."""
    from uvicorn.config import STARTUP_FAILURE

    from .failures import sentence

    message = sentence(error)
    if message is None:
        import traceback

        # The publisher's own code failed: its traceback is what they need.
        traceback.print_exception(error)
        message = f"the service cannot start: {type(error).__name__}: {error}"
    print(f"parvis: {message}", file=sys.stderr, flush=True)
    os._exit(STARTUP_FAILURE)
