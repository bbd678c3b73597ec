"""The commands of the operator: set the operator, call any operation of Parvis's own service, back up.

All are calls of the console, through a running server or in its absence (:mod:`.operated`).
"""

from __future__ import annotations

import os
from typing import Any

import click

from .calling import perform
from .client_output import told, waiting
from .operated import operated, where
from .sources import settings_of


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
    with told(), operated(settings, make=True) as session:
        session.call("operators.set", {"email": email, "password": password})
    click.echo(f"{email} is the operator.")


@click.command()
@click.argument("operation", required=False)
@click.argument("arguments", nargs=-1)
@where
def admin(operation: str | None, arguments: tuple[str, ...], data: str | None, config: str | None) -> None:
    """Call an OPERATION of the service `parvis` as the operator; without one, list what there is.

    \b
    parvis admin accounts.approve id=acc_...
    parvis admin plans.update name=default rate=50 burst=200
    parvis admin accounts.update id=acc_... 'rights:=["shop.*"]'

    ARGUMENTS are written as for `parvis call`. A running server is reached by its socket in the data directory, which
    only the directory's owner can open; when none runs, the store itself is opened.
    """
    settings = settings_of(config, {"data": data})
    with told(), operated(settings) as session:
        perform(session, operation, arguments)


@click.command()
@click.argument("path", type=click.Path(dir_okay=False))
@where
def backup(path: str, data: str | None, config: str | None) -> None:
    """Copy accounts, keys, totals and the audit into a new file at PATH, while the server goes on.

    The file is made by the server, where one runs. It is a whole `parvis.db`: to go back to it, stop the server and put
    it in place of the one in the data directory. A PostgreSQL database is backed up by its own pg_dump.
    """
    settings = settings_of(config, {"data": data})
    with told(), operated(settings) as session, waiting("Copying"):
        made: Any = session.call("operators.backup", {"path": os.path.abspath(path)})
    click.echo(f"The copy is {made}.")
