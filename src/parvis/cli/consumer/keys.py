"""``parvis keys``: make, list, rotate and revoke keys.

Rule: the key that is kept for a server does for itself what a key may do, by possession; all else takes the account's
e-mail and password.
"""

from __future__ import annotations

import json
import re
import sys
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import click

from ..output import moment, reporting_failures, show_rows
from .console_client import address_of, console_at, keep, login, make_key, pages, show_secret

if TYPE_CHECKING:
    from parvis.client.http.address import ServiceAddress
    from parvis.client.keyring import SavedKey


class Expiry(click.ParamType[datetime]):
    """``30d``, a date (its first moment, UTC), or a date and time, UTC where it says no offset."""

    name = "when"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        if isinstance(value, datetime):
            return value
        try:
            if days := re.fullmatch(r"([0-9]{1,6})d", value):
                return datetime.now(UTC) + timedelta(days=int(days[1]))
            at = datetime.fromisoformat(value)
            return at if at.tzinfo is not None else at.replace(tzinfo=UTC)
        except (ValueError, OverflowError):
            self.fail(f"{value!r} is no time: write 30d, 2030-01-31 or 2030-01-31T12:00+01:00", param, ctx)


@click.group()
def keys() -> None:
    """Make, list, rotate and revoke keys."""


@keys.command("create")
@click.argument("url")
@click.option("--email", help="Your account's e-mail, or its id; asked for when left out.")
@click.option("--label", help="What you will know the key by; this machine's name when left out.")
@click.option("--right", "rights", multiple=True, help="What the key may do, like shop.orders.get; may be repeated.")
@click.option("--kind", type=click.Choice(["string", "basic", "digits"]), default="string", show_default=True,
              help="Its spelling; basic is a user name and a password.")  # fmt: skip
@click.option("--test", is_flag=True, help="A test key: it reaches the sandbox, or what only reads.")
@click.option("--expires", type=Expiry(), help="When it stops working: in days, like 30d, or a date (UTC).")
@click.option("--network", "networks", multiple=True,
              help="Where it is accepted from, like 192.0.2.0/24; may be repeated.")  # fmt: skip
@click.option("--show-key", is_flag=True, help="Print the key too: it is never shown again.")
def create_key(
    url: str, email: str | None, label: str | None, rights: tuple[str, ...], kind: str, test: bool,
    expires: datetime | None, networks: tuple[str, ...], show_key: bool,
) -> None:  # fmt: skip
    """Make a key at the server of URL, and keep it in place of an earlier one."""
    with reporting_failures():
        address = address_of(url)
        auth = login(address, email)
        wanted = {
            "label": label,
            "rights": list(rights) or None,
            "kind": kind if kind != "string" else None,
            "test": test,
            "expires_at": expires,
            "networks": list(networks) or None,
        }
        make_key(address, auth, auth[0], wanted, show_key)


@keys.command("list")
@click.argument("url")
@click.option("--email", help="Your account's e-mail, or its id; asked for when left out.")
def list_keys(url: str, email: str | None) -> None:
    """List your keys at the server of URL: a table on a terminal, else JSON."""
    from parvis.client import keyring

    with reporting_failures():
        address = address_of(url)
        with console_at(address, auth=login(address, email)) as console:
            rows = pages(console.parvis, "keys.list")
        if not sys.stdout.isatty():
            click.echo(json.dumps(rows, ensure_ascii=False))
            return
        kept = keyring.load(address.origin)
        heads = ("id", "label", "kind", "rights", "made (UTC)", "last used", "")
        show_rows(heads, rows, lambda row: (
            row.get("id"), row.get("label"), f"{row.get('kind')}{', test' if row.get('test') else ''}", _rights(row),
            moment(row.get("created_at")), moment(row.get("last_used_at")), _state(row, kept),
        ))  # fmt: skip


def _rights(row: dict[str, Any]) -> str:
    rights, networks = row.get("rights"), row.get("networks")
    told = "all of the account" if rights is None else ", ".join(rights)
    return f"{told}, from {', '.join(networks)}" if networks else told


def _state(row: dict[str, Any], kept: SavedKey | None) -> str:
    """What is to be known of a key beside what it is: whether it ended, or will, and where it is kept."""
    told = [
        f"{word} {moment(row[name])}"
        for name, word in (("revoked_at", "revoked"), ("expires_at", "expires"), ("retiring_until", "old secret until"))
        if row.get(name)
    ]
    here = ["kept here"] if kept is not None and kept.id == row.get("id") else []
    return ", ".join((told[:1] if row.get("revoked_at") else told) + here)


@keys.command("rotate")
@click.argument("url")
@click.argument("id", required=False)
@click.option("--overlap", type=click.IntRange(min=0), metavar="SECONDS",
              help="How long the secret of now goes on working; a day when left out.")  # fmt: skip
@click.option("--email", help="Your account's e-mail, or its id; asked for when left out.")
@click.option("--show-key", is_flag=True, help="Print the new key too: it is never shown again.")
def rotate_key(url: str, id: str | None, overlap: int | None, email: str | None, show_key: bool) -> None:
    """Give the key with this ID a new secret; without ID, the one that is kept for the server of URL.

    The kept key rotates itself, and the new secret is kept in its place. Any other takes your e-mail and password, and
    its new secret is printed.
    """
    with reporting_failures():
        address = address_of(url)
        kept, id = _which(address, id)
        own = kept is not None and kept.id == id
        with _opened(address, kept if own else None, email) as console:
            made = console.keys.rotate(id, **({} if overlap is None else {"overlap": overlap}))
        if own and kept is not None:
            keep(address, made, kept.email, show_key)
        else:
            show_secret(made)
        ends = f"works until {moment(str(made.retiring_until))} (UTC)" if overlap != 0 else "works no more"
        click.echo(f"The secret before {ends}.", err=True)


@keys.command("revoke")
@click.argument("url")
@click.argument("id", required=False)
@click.option("--email", help="Your account's e-mail, or its id; asked for when left out.")
def revoke_key(url: str, id: str | None, email: str | None) -> None:
    """Revoke the key with this ID at the server of URL; without ID, the one that is kept for it.

    The kept key revokes itself; any other takes your e-mail and password.
    """
    from parvis.client import keyring

    with reporting_failures():
        address = address_of(url)
        kept, id = _which(address, id)
        own = kept is not None and kept.id == id
        with _opened(address, kept if own else None, email) as console:
            console.keys.revoke(id)
        if own:
            keyring.forget(address.origin)
        click.echo(f"Revoked {id}{', and forgot it here' if own else ''}.", err=True)


def _which(address: ServiceAddress, id: str | None) -> tuple[SavedKey | None, str]:
    """The key that is kept for a server, and the id of the one that is meant. Raises ``UsageError``."""
    from parvis.client import keyring

    kept = keyring.load(address.origin)
    id = id or (kept.id if kept else None)
    if id is None:
        raise click.UsageError(f"No key is kept for {address.origin}: say which by its id (`parvis keys list`).")
    return kept, id


def _opened(address: ServiceAddress, key: SavedKey | None, email: str | None) -> AbstractContextManager[Any]:
    return console_at(address, key=key.key) if key else console_at(address, auth=login(address, email))
