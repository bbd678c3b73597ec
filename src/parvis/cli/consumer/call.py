"""``parvis call``: call an operation of a service, or print the call as others make it.

Exit codes: 1 when the call was refused or failed, 2 when the command was written wrongly.
"""

from __future__ import annotations

import os
import re

import click

from ...i18n import language as language_of
from ..call_runner import Files, list_all, send, understood
from ..output import reporting_failures
from . import completion_values
from .console_client import address_of, users_language

SECONDS = 60.0
_TAG = re.compile(r"[A-Za-z]{1,8}(-[A-Za-z0-9]{1,8})*\Z")
"""The form of a language tag (RFC 5646), or near it: the server says which it knows."""


def _tag(context: click.Context, parameter: click.Parameter, value: str | None) -> str | None:
    if value is not None and not _TAG.match(value):
        raise click.BadParameter(f"{value!r} names no language: write fr, or pt-BR.")
    return value


@click.command()
@click.argument("url", shell_complete=completion_values.urls)
@click.argument("operation", required=False, shell_complete=completion_values.operations)
@click.argument("arguments", nargs=-1, shell_complete=completion_values.arguments)
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
    shown = language_of(tag)
    seconds = SECONDS if timeout is None else timeout
    with reporting_failures(shown), connect_url(url, key, timeout=seconds, language=tag) as service, Files() as files:
        session = service.parvis
        completion_values.remember(url, session.contract)
        if operation is None:
            list_all(session)
            return
        found, given = understood(session, operation, arguments, files, whole)
        if not (curl or python):
            send(session, found, given, files, shown)
            return
        from .code_snippets import CallSnippet

        credential = keyring.find(address_of(url).origin, key)
        written = CallSnippet(
            session.contract.service, url, session.address, found, given, credential is not None, key, language, timeout
        )
        try:
            click.echo(written.curl() if curl else written.python())
        except ValueError as error:
            raise click.UsageError(str(error)) from None
        if curl and credential is not None and not os.environ.get(keyring.VARIABLE):
            where = f": it is in {keyring.path()}" if key is None else ""
            click.echo(f"Set {keyring.VARIABLE} to your key{where}.", err=True)
