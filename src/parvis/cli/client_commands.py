"""The commands of a consumer: register, and call.

Exit codes: 1 when the call was refused or failed, 2 when the command was written wrongly.
"""

from __future__ import annotations

import os
import re
from typing import Any

import click

from .. import i18n
from . import completing
from .calling import Files, list_all, send, understood
from .client_output import told
from .consumer import address_of, console_at, make_key, password, users_language

SECONDS = 60.0
_TAG = re.compile(r"[A-Za-z]{1,8}(-[A-Za-z0-9]{1,8})*\Z")
"""The form of a language tag (RFC 5646), or near it: the server says which it knows."""


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
    with told():
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
    spoken = i18n.language(users_language())
    return {"language": spoken} if spoken != "en" else {}


def _tag(context: click.Context, parameter: click.Parameter, value: str | None) -> str | None:
    if value is not None and not _TAG.match(value):
        raise click.BadParameter(f"{value!r} names no language: write fr, or pt-BR.")
    return value


@click.command()
@click.argument("url", shell_complete=completing.urls)
@click.argument("operation", required=False, shell_complete=completing.operations)
@click.argument("arguments", nargs=-1, shell_complete=completing.arguments)
@click.option("--json", "whole", metavar="JSON", help="All arguments as a JSON object; @FILE, or - for standard input.")
@click.option("--curl", is_flag=True, help="Print the call as a command of curl, and do not make it.")
@click.option("--python", is_flag=True, help="Print the call as a program in Python, and do not make it.")
@click.option("--key", help="What opens the service; better by PARVIS_KEY, which others on this machine cannot see.")
@click.option("--language", callback=_tag, help="In which errors are told, like fr; your locale's when left out.")
@click.option("--timeout", type=click.FloatRange(min=0, min_open=True), help="Seconds for the call (60).")
def call(
    url: str, operation: str | None, arguments: tuple[str, ...], whole: str | None, curl: bool, python: bool,
    key: str | None, language: str | None, timeout: float | None,
) -> None:  # fmt: skip
    """Call an OPERATION of the service at URL; without one, list what there is.

    \b
    name=value     text, or a number, true or false where the parameter is one
    name:=json     any JSON value
    name=@file     the text of a file, or the file itself where the parameter
                   is one or bytes (name:=@file: its JSON); @- is standard input

    The result is JSON, one line an item for a stream.
    """
    from parvis.client import connect_url, keyring

    if operation is None and (arguments or whole is not None or curl or python):
        raise click.UsageError("Which operation? Without any of its arguments or options, all are listed.")
    if curl and python:
        raise click.UsageError("Say one of --curl and --python.")
    tag = language or users_language()
    shown = i18n.language(tag)
    seconds = SECONDS if timeout is None else timeout
    with told(shown), connect_url(url, key, timeout=seconds, language=tag) as service, Files() as files:
        session = service.parvis
        completing.remember(url, session.contract)
        if operation is None:
            list_all(session)
            return
        found, given = understood(session, operation, arguments, files, whole)
        if not (curl or python):
            send(session, found, given, files, shown)
            return
        from .written import Call

        credential = keyring.find(address_of(url).origin, key)
        written = Call(
            session.contract.service, url, session.address, found, given, credential is not None, key, language, timeout
        )
        try:
            click.echo(written.curl() if curl else written.python())
        except ValueError as error:
            raise click.UsageError(str(error)) from None
        if curl and credential is not None and not os.environ.get(keyring.VARIABLE):
            where = f": it is in {keyring.path()}" if key is None else ""
            click.echo(f"Set {keyring.VARIABLE} to your key{where}.", err=True)
