"""``parvis register``: an account, and a key that is kept.

Exit codes: 1 when it was refused or failed, 2 when the command was written wrongly.
"""

from __future__ import annotations

from typing import Any

import click

from ...i18n import language as language_of
from ..output import reporting_failures
from .console_client import address_of, console_at, make_key, password, users_language


@click.command()
@click.argument("url")
@click.option("--email", help="Where you can be reached; asked for when left out.")
@click.option("--name", default="", help="You, or your organisation.")
@click.option("--label", help="What you will know the key by; this machine's name when left out.")
@click.option("--show-key", is_flag=True, help="Print the key too: it is never shown again.")
def register(url: str, email: str | None, name: str, label: str | None, show_key: bool) -> None:
    """Register at the server of URL, make a key and keep it.

    The password is asked for twice. In a script give it by PARVIS_PASSWORD, or as a line of standard input. Where the
    e-mail must be verified first, or the operator must approve, the key is a test key, and you are told what is next.
    """
    with reporting_failures():
        address = address_of(url)
        email = email or click.prompt("E-mail", err=True)
        secret = password(twice=True)
        with console_at(address) as console:
            account = console.accounts.create(email=email, password=secret, name=name, **_language())
        click.echo(f"Registered {email} at {address.origin}.", err=True)
        # Until the e-mail is verified it is nobody's, and the account goes by its id.
        who = email if account.verified else account.id
        make_key(address, (who, secret), email, {"label": label, "test": not account.live}, show_key)
        for line in _what_is_next(account, email, url):
            click.echo(line, err=True)
        service = address.origin + (address.path or "/SERVICE")
        click.echo(f'Next: `parvis call {service}`, or in Python: parvis.connect("{service}")', err=True)


def _what_is_next(account: Any, email: str, url: str) -> list[str]:
    """What has to happen before an account can have live keys."""
    if account.live:
        return []
    meanwhile = "The test key reaches the sandbox of a service, or what only reads."
    live = f"`parvis keys create {url}` makes a live key"
    if account.verified:
        return [f"{meanwhile} When the operator has approved your account, {live}."]
    return [
        f"{meanwhile} A letter is on its way to {email}: when you have followed its link, {live}.",
        f"Until then log in as {account.id} in place of the e-mail.",
    ]


def _language() -> dict[str, str]:
    """The language of the letters, where the user's own is one that there is; English is what they are in anyway."""
    spoken = language_of(users_language())
    return {"language": spoken} if spoken != "en" else {}
