"""Call an operation by its name, with arguments as a shell user writes them, and show what it gives.

Rule: what is wrong with the words is told before anything is sent, with what they could have meant.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from difflib import get_close_matches
from itertools import chain, islice
from os.path import expanduser
from typing import TYPE_CHECKING, BinaryIO

import click

from .output import clean, show, stopped
from .progress import streaming, uploading

if TYPE_CHECKING:
    from parvis.client.session import Session
    from parvis.client.shell_arguments import Given
    from parvis.client.values.upload import Upload
    from parvis.contract.model import Operation

LISTED = 8
"""The most operations that are all told to who named none of them."""


def perform(session: Session, operation: str | None, arguments: tuple[str, ...], language: str = "en") -> None:
    """Call an operation of a session, or list all when none is named. Raises ``UsageError``, and what the call does."""
    if operation is None:
        list_all(session)
        return
    with Files() as files:
        found, given = understood(session, operation, arguments, files)
        send(session, found, given, files, language)


def list_all(session: Session) -> None:
    for each in session.contract.operations:
        click.echo(clean(f"{each.name}{each.signature}"))


def understood(
    session: Session, operation: str, arguments: tuple[str, ...], files: Files, whole: str | None = None
) -> tuple[Operation, Given]:
    """What the words mean; ``whole`` is a JSON object of arguments, or ``@`` and the name of its file. Raises
    ``UsageError``."""
    from parvis.client.shell_arguments import given

    found = session.operations.get(operation)
    if found is None:
        raise click.UsageError(_unknown(operation, session))
    try:
        if whole is None:
            json = None
        else:
            json = files.read(whole.removeprefix("@")) if whole == "-" or whole[:1] == "@" else whole.encode()
        return found, given(arguments, found, session.contract, files.read, json)
    except ValueError as error:
        raise click.UsageError(f"{clean(str(error))}\n{clean(found.name + found.signature)}") from None


def send(session: Session, operation: Operation, given: Given, files: Files, language: str = "en") -> None:
    """Make the call, and show its result or the items of it as they come."""
    came = 0
    try:
        with _body(given, files, language) as body:
            if not operation.result.stream:
                result = session.fetch(operation, body)
            else:
                lines = session.lines(operation, body)
                first = list(islice(lines, 1)) if given.file is not None else []  # it comes when all is sent
        if not operation.result.stream:
            show(result)
            return
        with closing(lines), closing(streaming(chain(first, lines), language)) as items:
            for line in items:
                show(line)
                came += 1
    except KeyboardInterrupt:
        if operation.result.stream:
            stopped("Stopped. Items received: {count}.", language, count=came)
        stopped("Stopped. The call may have taken effect." if operation.read is None else "Stopped.", language)


@contextmanager
def _body(given: Given, files: Files, language: str) -> Iterator[bytes | Upload]:
    if given.file is None:
        yield given.json
        return
    from parvis.client.values.upload import Upload

    name, at = given.file
    file = files.open(at)
    length = Upload(name, file, b"", "").length
    with uploading(file, length, language) as counted:
        yield Upload(name, counted, given.json, given.query)


class Files:
    """The files that words name, ``-`` being standard input; closed at the end of ``with``."""

    def __init__(self) -> None:
        self._opened = ExitStack()
        self._typed = False

    def __enter__(self) -> Files:
        return self

    def __exit__(self, *_: object) -> None:
        self._opened.close()

    def open(self, name: str) -> BinaryIO:
        """Raises ``ValueError``, worded for the user."""
        if name == "-":
            if self._typed:
                raise ValueError("standard input can be the value of one argument only")
            self._typed = True
            return sys.stdin.buffer
        try:
            return self._opened.enter_context(open(expanduser(name), "rb"))
        except (OSError, ValueError) as error:
            raise ValueError(f"{name} cannot be read: {getattr(error, 'strerror', None) or error}") from None

    def read(self, name: str) -> bytes:
        """All of a file. Raises ``ValueError``, worded for the user."""
        file = self.open(name)
        try:
            return file.read()
        except OSError as error:
            raise ValueError(f"{name} cannot be read: {error.strerror or error}") from None


def _unknown(operation: str, session: Session) -> str:
    names = list(session.operations)
    leaf = operation.rpartition(".")[2].lower()
    near = [name for name in names if name.rpartition(".")[2].lower() == leaf]
    near = list(dict.fromkeys([*near, *get_close_matches(operation, names, 3)]))[:3]
    told = f"{clean(operation)} is no operation of {session.contract.service}."
    if near:
        return f"{told} Did you mean {' or '.join(near)}?"
    if len(names) <= LISTED:
        return f"{told} There are {', '.join(names)}."
    return f"{told} Without an operation, all are listed."
