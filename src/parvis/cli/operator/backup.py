"""``parvis backup``: a copy of the store, made by the server that runs, else by this command."""

from __future__ import annotations

import os
from typing import Any

import click

from ..output import reporting_failures, waiting
from ..sources import settings_of
from .console_session import operated, where


@click.command()
@click.argument("path", type=click.Path(dir_okay=False))
@where
def backup(path: str, data: str | None, config: str | None) -> None:
    """Copy accounts, keys, totals and the audit into a new file at PATH, while the server goes on.

    The file is made by the server, where one runs. It is a whole `parvis.db`: to go back to it, stop the server and put
    it in place of the one in the data directory. A PostgreSQL database is backed up by its own pg_dump.
    """
    settings = settings_of(config, {"data": data})
    with reporting_failures(), operated(settings) as session, waiting("Copying"):
        made: Any = session.call("operators.backup", {"path": os.path.abspath(path)})
    click.echo(f"The copy is {made}.")
