"""``parvis operator``: who the operator is.

A call of the console, through a running server or in its absence (:mod:`parvis.cli.operated`).
"""

from __future__ import annotations

import os

import click

from ..output import reporting_failures
from ..sources import settings_of
from .console_session import operated, where


@click.command()
@where
@click.option("--email", prompt="E-mail", help="The operator's e-mail.")
def operator(data: str | None, config: str | None, email: str) -> None:
    """Set the operator's e-mail and password.

    Reaches a running server by its own socket in the data directory, which only the directory's owner can open; when
    none runs, it opens the store itself. The password is asked for, or read from PARVIS_PASSWORD.
    """
    settings = settings_of(config, {"data": data})
    password = os.environ.get("PARVIS_PASSWORD") or click.prompt("Password", hide_input=True, confirmation_prompt=True)
    with reporting_failures(), operated(settings, make=True) as session:
        session.call("operators.set", {"email": email, "password": password})
    click.echo(f"{email} is the operator.")
