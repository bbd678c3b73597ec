"""``parvis operator``: set the operator's e-mail and password, by the server's own socket, or in its absence."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import Any

import click

from . import Complaint
from .serve import SOCKET
from .sources import settings_of


@click.command()
@click.option("--data", help="Directory of accounts and keys (parvis-data).")
@click.option("--config", help="Settings file (parvis.toml).")
@click.option("--email", prompt="E-mail", help="The operator's e-mail.")
def operator(data: str | None, config: str | None, email: str) -> None:
    """Set the operator's e-mail and password.

    Reaches a running server by its own socket in the data directory, which only the directory's owner can open; when
    none runs, it opens the store itself. The password is asked for, or read from PARVIS_PASSWORD.
    """
    settings = settings_of(config, {"data": data})
    password = os.environ.get("PARVIS_PASSWORD") or click.prompt("Password", hide_input=True, confirmation_prompt=True)
    path = Path(settings["data"]).resolve() / SOCKET
    arguments = {"email": email, "password": password}
    problem = _over_socket(path, arguments)
    if problem is NOT_RUNNING:
        problem = asyncio.run(_in_process(settings, arguments))
    if problem is not None:
        told = "; ".join(f"{row['location']} {row['message']}" for row in problem.get("errors", []))
        raise Complaint(told or problem.get("detail") or problem["title"])
    click.echo(f"{email} is the operator.")


NOT_RUNNING: dict[str, Any] = {}


def _over_socket(path: Path, arguments: dict[str, str]) -> dict[str, Any] | None:
    """The problem, None when all is well, or ``NOT_RUNNING``."""
    import httpx2

    try:
        with httpx2.Client(transport=httpx2.HTTPTransport(uds=str(path)), trust_env=False) as client:
            answer = client.post("http://localhost/parvis/v1/operators.set", json=arguments)
    except (httpx2.ConnectError, OSError):
        return NOT_RUNNING
    return None if answer.is_success else dict(answer.json())


async def _in_process(settings: Any, arguments: dict[str, str]) -> dict[str, Any] | None:
    from ..contract.caller import Caller
    from ..contract.outcomes import Refusal
    from ..protocol.problems import problem
    from ..store.lock import DataInUse
    from .compose import open_console
    from .plan import data_directory

    try:
        data_directory(settings)
        console, closing = await open_console(settings)
    except DataInUse as error:
        raise Complaint(str(error)) from None
    try:
        await console.operators.set(**arguments, caller=Caller("operator"))
    except Refusal as refusal:
        return problem(refusal, request_id="", language="en", links={})
    finally:
        await closing()
    return None
