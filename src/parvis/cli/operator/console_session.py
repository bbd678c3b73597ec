"""How the operator's commands reach the console: by the socket of the server that runs, else by opening the store.

Either way it is the same service `parvis`, called by the same client as any other, and who calls is the operator: the
one who can open the data directory.
"""

from __future__ import annotations

import asyncio
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from ...assembly.launch import SOCKET
from ...settings import Settings
from ..complaint import Complaint

if TYPE_CHECKING:
    from ...client.session import Session
    from ...client.transport import Transport
    from ...server.logs import Log

Command = TypeVar("Command", bound=Callable[..., Any])


def where(command: Command) -> Command:
    """The options of a command that works on a data directory."""
    config = click.option("--config", help="Settings file (parvis.toml).")
    data = click.option("--data", help="Directory of accounts and keys (parvis-data).")
    return data(config(command))


@contextmanager
def operated(settings: Settings, *, make: bool = False) -> Iterator[Session]:
    """A session with the console, as the operator. ``make``: a data directory that is not there is made.

    Raises :class:`Complaint` when there is neither a server nor a store.
    """
    from ...client.session import Session
    from ...client.sync_runner import wait

    transport = _transport(settings, make)
    try:
        yield Session(transport, wait(transport.contract()))
    finally:
        wait(transport.close())


def _transport(settings: Settings, make: bool) -> Transport:
    from ...store.lock import DataInUse

    data = Path(settings["data"])
    path = data.resolve() / SOCKET
    if _listens(path):
        return _over_socket(path)
    if not (make or settings["database"] or data.is_dir()):
        raise Complaint(f"there is no data directory {data}: name the server's with --data, or run this beside it")
    try:
        return _in_process(settings, make)
    except DataInUse as error:
        if _listens(path):  # it was starting, and is ready by now
            return _over_socket(path)
        raise Complaint(str(error)) from None


def _listens(path: Path) -> bool:
    """Whether a server takes the operator's calls there."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as tried:
        try:
            tried.connect(str(path))
        except PermissionError:
            raise Complaint(f"{path} opens to the owner of the data directory alone: run this as that user") from None
        except OSError:  # nothing there, nobody behind it, or a path too long for any server to stand there
            return False
        return True


def _over_socket(path: Path) -> Transport:
    from ...client.http.address import ServiceAddress
    from ...client.http.transport import HttpTransport

    # No bound in time: the server has its own, and whoever waits at a terminal has Ctrl-C.
    return HttpTransport(ServiceAddress.parse("http://localhost/parvis/v1"), timeout=None, uds=str(path))


def _in_process(settings: Settings, make: bool) -> Transport:
    """The console without a server. Raises ``DataInUse``, and :class:`Complaint` for all else that is wrong."""
    from ...access.console import OPERATOR
    from ...assembly.console import compile_console, open_console
    from ...assembly.failures import sentence
    from ...assembly.launch import data_directory
    from ...local import LocalTransport
    from ...store.lock import DataInUse

    try:
        if make:
            data_directory(settings)
        console, closing = asyncio.run(open_console(settings))
    except DataInUse:
        raise
    except OSError as error:
        raise Complaint(f"{settings['data']} cannot be used: {error.strerror or error}") from None
    except Exception as error:
        first = str(error).partition("\n")[0]
        told = sentence(error) or f"the store cannot be opened: {type(error).__name__}: {first}"
        raise Complaint(told) from None
    return LocalTransport(compile_console(console), OPERATOR, log=_errors(), closing=closing)


def _errors() -> Log:
    """The log of a command: nothing, but a sentence for what broke."""
    from ...server.logs import Log

    class Errors(Log):
        def call(self, call: object) -> None: ...

        def error(self, event: str, error: BaseException, **fields: Any) -> None:
            print(f"parvis: {event}: {type(error).__name__}: {error}", file=sys.stderr)

    return Errors()
