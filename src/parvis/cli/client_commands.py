"""The commands of a consumer: register, keep keys, call.

Rule: registration and keys are operations of a service like any other, so these commands are a client of it and know no
address but ``/parvis/v1``. Results go to standard output, all else to standard error. Exit codes: 1 when the call was
refused or failed, 2 when the command was written wrongly.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from .client_output import clean, show, show_table, told

if TYPE_CHECKING:
    from parvis.client.address import Address
    from parvis.client.session import Session

CONSOLE = "/parvis/v1"
PAGE = 100


@click.command()
@click.argument("url")
@click.option("--email", help="Where you can be reached; asked for when left out.")
@click.option("--name", default="", help="You, or your organisation.")
@click.option("--label", help="What you will know the key by; this machine's name when left out.")
@click.option("--show-key", is_flag=True, help="Print the key too: it is never shown again.")
def register(url: str, email: str | None, name: str, label: str | None, show_key: bool) -> None:
    """Register at the server of URL, make a key and keep it.

    The password is asked for twice. In a script give it by PARVIS_PASSWORD, or as a line of standard input.
    """
    with told():
        address = _address(url)
        email = email or click.prompt("E-mail", err=True)
        password = _password(twice=True)
        with _console(address) as console:
            console.accounts.create(email=email, password=password, name=name)
        click.echo(f"Registered {email} at {address.origin}.", err=True)
        _make_key(address, email, password, label, None, show_key)
        service = address.origin + (address.path or "/SERVICE")
        click.echo(f'Next: `parvis call {service}`, or in Python: parvis.connect("{service}")', err=True)


@click.group()
def keys() -> None:
    """Make, list and revoke keys. They take your e-mail and password."""


@keys.command("create")
@click.argument("url")
@click.option("--email", help="Your account's e-mail; asked for when left out.")
@click.option("--label", help="What you will know the key by; this machine's name when left out.")
@click.option("--right", "rights", multiple=True, help="What the key may do, like shop.orders.get; may be repeated.")
@click.option("--show-key", is_flag=True, help="Print the key too: it is never shown again.")
def create_key(url: str, email: str | None, label: str | None, rights: tuple[str, ...], show_key: bool) -> None:
    """Make a key at the server of URL, and keep it in place of an earlier one."""
    with told():
        address = _address(url)
        _make_key(address, *_login(address, email), label, list(rights) or None, show_key)


@keys.command("list")
@click.argument("url")
@click.option("--email", help="Your account's e-mail; asked for when left out.")
def list_keys(url: str, email: str | None) -> None:
    """List your keys at the server of URL."""
    from parvis.client import keyring

    with told():
        address = _address(url)
        with _console(address, auth=_login(address, email)) as console:
            rows = _pages(console.parvis, "keys.list")
        kept = keyring.load(address.origin)
        show_table(rows, kept.id if kept else "")


@keys.command("revoke")
@click.argument("url")
@click.argument("id", required=False)
@click.option("--email", help="Your account's e-mail; asked for when left out.")
def revoke_key(url: str, id: str | None, email: str | None) -> None:
    """Revoke the key with this ID at the server of URL; without ID, the one that is kept for it.

    The kept key revokes itself; any other takes your e-mail and password.
    """
    from parvis.client import keyring

    with told():
        address = _address(url)
        kept = keyring.load(address.origin)
        id = id or (kept.id if kept else None)
        if id is None:
            raise click.UsageError(f"No key is kept for {address.origin}: say which by its id (`parvis keys list`).")
        own = kept is not None and kept.id == id
        opened = _console(address, key=kept.key) if own and kept else _console(address, auth=_login(address, email))
        with opened as console:
            console.keys.revoke(id)
        if own:
            keyring.forget(address.origin)
        click.echo(f"Revoked {id}{', and forgot it here' if own else ''}.", err=True)


@click.command()
@click.argument("url")
@click.argument("operation", required=False)
@click.argument("arguments", nargs=-1)
@click.option("--key", help="What opens the service; better by PARVIS_KEY, which others on this machine cannot see.")
@click.option("--timeout", type=click.FloatRange(min=0, min_open=True), default=60.0, help="Seconds for the call.")
def call(url: str, operation: str | None, arguments: tuple[str, ...], key: str | None, timeout: float) -> None:
    """Call an OPERATION of the service at URL; without one, list what there is.

    \b
    name=value     text, or a number, true or false where the parameter is one
    name:=json     any JSON value
    name=@file     the text of a file (name:=@file: its JSON); - is standard input

    The result is JSON, one line an item for a stream.
    """
    from parvis.client import connect_url
    from parvis.client.shell import body_of

    with told(), connect_url(url, key, timeout=timeout) as service:
        session: Session = service.parvis
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


COMMANDS: list[click.Command] = [register, keys, call]


def _make_key(
    address: Address, email: str, password: str, label: str | None, rights: list[str] | None, show_key: bool
) -> None:
    import socket

    from parvis.client import keyring

    wanted = {"label": label or socket.gethostname(), **({"rights": rights} if rights else {})}
    with _console(address, auth=(email, password)) as console:
        made = console.keys.create(**wanted)
    if show_key:
        click.echo(made.secret)
    try:
        file = keyring.save(address.origin, keyring.SavedKey(made.id, made.secret, email))
    except Exception:
        # The only copy of the secret is here: better on the screen than lost.
        if not show_key:
            click.echo(made.secret)
        raise
    click.echo(f"Key {made.id} is kept in {file}, for {address.origin}; only you can read it.", err=True)
    if os.environ.get("PARVIS_KEY"):
        click.echo("PARVIS_KEY is set and goes before it: `unset PARVIS_KEY` to use this key.", err=True)


def _address(url: str) -> Address:
    from parvis.client.address import Address

    try:
        return Address.parse(url)
    except ValueError as error:
        raise click.UsageError(str(error)) from None


def _console(address: Address, *, auth: tuple[str, str] | None = None, key: str = "") -> Any:
    from parvis.client import connect_url

    return connect_url(address.origin + CONSOLE, key, auth=auth)


def _login(address: Address, email: str | None) -> tuple[str, str]:
    from parvis.client import keyring

    if email is None:
        kept = keyring.load(address.origin)
        email = click.prompt("E-mail", default=(kept.email if kept else "") or None, err=True)
    return email, _password(twice=False)


def _password(*, twice: bool) -> str:
    if "PARVIS_PASSWORD" in os.environ:
        return os.environ["PARVIS_PASSWORD"]
    if not sys.stdin.isatty():
        line = sys.stdin.readline()
        if not line:
            raise click.UsageError("No password: give it by PARVIS_PASSWORD, or as a line of standard input.")
        return line.rstrip("\r\n")
    answer: str = click.prompt("Password", hide_input=True, confirmation_prompt=twice, err=True)
    return answer


def _pages(session: Session, name: str) -> list[dict[str, Any]]:
    """All rows of a listing, page by page."""
    rows: list[dict[str, Any]] = []
    while True:
        page = {"limit": PAGE, **({"after": rows[-1]["id"]} if rows else {})}
        found = json.loads(session.fetch(session.operations[name], json.dumps(page).encode()))
        rows += found
        if len(found) < PAGE:
            return rows


def _read_file(name: str) -> str:
    try:
        return sys.stdin.read() if name == "-" else Path(name).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ValueError(f"{name} cannot be read: {error}") from None
