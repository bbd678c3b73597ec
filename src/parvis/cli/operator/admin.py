"""``parvis admin``: any operation of Parvis's own service, called as the operator.

A call of the console, through a running server or in its absence (:mod:`parvis.cli.operated`).
"""

from __future__ import annotations

import click

from ..call_runner import perform
from ..output import reporting_failures
from ..sources import settings_of
from .console_session import operated, where


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
    with reporting_failures(), operated(settings) as session:
        perform(session, operation, arguments)
