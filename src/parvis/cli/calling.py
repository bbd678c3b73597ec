"""Call an operation by its name, with arguments as a shell user writes them, and show what it gives."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from .client_output import clean, show

if TYPE_CHECKING:
    from parvis.client.session import Session


def perform(session: Session, operation: str | None, arguments: tuple[str, ...]) -> None:
    """Call an operation of a session, or list all when none is named. Raises ``UsageError``, and what the call does."""
    from parvis.client.shell import body_of

    if operation is None:
        for each in session.contract.operations:
            click.echo(clean(f"{each.name}{each.signature}"))
        return
    found = session.operations.get(operation)
    if found is None:
        raise click.UsageError(f"{operation} is none of {', '.join(session.operations)}.")
    try:
        body = body_of(arguments, found, session.contract, _read_file)
    except ValueError as error:
        raise click.UsageError(f"{error}\n{clean(found.name + found.signature)}") from None
    if not found.result.stream:
        show(session.fetch(found, body))
        return
    for line in session.lines(found, body):
        show(line)


def _read_file(name: str) -> str:
    try:
        return sys.stdin.read() if name == "-" else Path(name).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ValueError(f"{name} cannot be read: {error}") from None
