"""What the consumer's commands share: where the console is, who logs in, and the keeping of a key.

Rule: registration, keys and usage are operations of a service like any other, so these commands are a client of it and
know no address but ``/parvis/v1``. Results go to standard output, all else to standard error.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from parvis.client.http.address import ServiceAddress
    from parvis.client.session import Session

CONSOLE = "/parvis/v1"
PAGE = 100


def address_of(url: str) -> ServiceAddress:
    """The address that was typed. Raises ``UsageError``."""
    from parvis.client.http.address import ServiceAddress

    try:
        return ServiceAddress.parse(url)
    except ValueError as error:
        raise click.UsageError(str(error)) from None


@contextmanager
def console_at(address: ServiceAddress, *, auth: tuple[str, str] | None = None, key: str = "") -> Iterator[Any]:
    """The console of the server, for whoever ``auth`` or ``key`` proves."""
    from parvis.client import AnswerUnreadable, ParvisError, connect_url

    with connect_url(address.origin + CONSOLE, key, auth=auth) as console:
        try:
            yield console
        except (LookupError, AttributeError, TypeError) as error:
            if isinstance(error.__context__, ParvisError):
                raise
            raise AnswerUnreadable(
                f"The server at {address.origin} is not as this command expects it",
                detail=f"{type(error).__name__}: {error}",
                fix="Use the version of Parvis that the server has.",
            ) from None


def login(address: ServiceAddress, email: str | None) -> tuple[str, str]:
    """E-mail (or account's id) and password; asked for where they are not given."""
    from parvis.client import keyring

    if email is None:
        kept = keyring.load(address.origin)
        email = click.prompt("E-mail", default=(kept.email if kept else "") or None, err=True)
    return email, password(twice=False)


def password(*, twice: bool) -> str:
    """The password: of the environment, of standard input, or asked for."""
    if "PARVIS_PASSWORD" in os.environ:
        return os.environ["PARVIS_PASSWORD"]
    if not sys.stdin.isatty():
        line = sys.stdin.readline()
        if not line:
            raise click.UsageError("No password: give it by PARVIS_PASSWORD, or as a line of standard input.")
        return line.rstrip("\r\n")
    answer: str = click.prompt("Password", hide_input=True, confirmation_prompt=twice, err=True)
    return answer


def users_language() -> str | None:
    """The language of the user's locale, as HTTP names it (``fr-CA``); None where the locale names none."""
    locale = next(filter(None, map(os.environ.get, ("LC_ALL", "LC_MESSAGES", "LANG"))), "")
    spoken = locale.partition(".")[0].partition("@")[0].replace("_", "-")
    named = spoken.isascii() and spoken.replace("-", "").isalnum()
    return spoken if named and spoken not in ("C", "POSIX") else None


def pages(session: Session, name: str, **arguments: Any) -> list[dict[str, Any]]:
    """All rows of a listing, page by page."""
    rows: list[dict[str, Any]] = []
    while True:
        page = {**arguments, "limit": PAGE, **({"after": rows[-1]["id"]} if rows else {})}
        found = json.loads(session.fetch(session.operations[name], json.dumps(page).encode()))
        rows += found
        if len(found) < PAGE:
            return rows


def make_key(
    address: ServiceAddress, auth: tuple[str, str], email: str, wanted: dict[str, Any], show_key: bool
) -> None:
    """Make a key and keep it. ``auth`` is who logs in, ``email`` what is kept beside the key; ``wanted`` are the
    arguments of ``keys.create``, this machine's name being the label of a key without one."""
    import socket

    given = {name: value for name, value in wanted.items() if value not in (None, (), False)}
    with console_at(address, auth=auth) as console:
        made = console.keys.create(**{"label": socket.gethostname(), **given})
    keep(address, made, email, show_key)


def keep(address: ServiceAddress, made: Any, email: str, show_key: bool) -> None:
    """Keep a key that was just made or rotated; show it when that is asked for, or when it cannot be kept."""
    from parvis.client import keyring

    if show_key:
        show_secret(made)
    try:
        file = keyring.save(address.origin, keyring.SavedKey(made.id, made.secret, email))
    except Exception:
        # The only copy of the secret is here: better on the screen than lost.
        if not show_key:
            show_secret(made)
        raise
    kind = "Test key" if made.test else "Key"
    click.echo(f"{kind} {made.id} is kept in {file}, for {address.origin}; only you can read it.", err=True)
    if os.environ.get("PARVIS_KEY"):
        click.echo("PARVIS_KEY is set and goes before it: `unset PARVIS_KEY` to use this key.", err=True)


def show_secret(made: Any) -> None:
    """A new key on standard output: in one line, or as user name and password in two where it is of that kind."""
    for line in (made.username, made.password) if made.kind == "basic" else (made.secret,):
        click.echo(line)
