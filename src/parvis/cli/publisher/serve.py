"""``parvis serve``."""

from __future__ import annotations

from typing import Any

import click

from ...assembly.launch import CannotServe
from ...assembly.serving import launch
from ..complaint import Complaint
from ..sources import settings_of, sources_of
from .banner import print_banner


@click.command()
@click.argument("target", required=False)
@click.option("--host", help="Address to listen on (127.0.0.1).")
@click.option("--port", type=int, help="Port to listen on (8000); 0 takes a free one.")
@click.option("--name", help="Name of the service, in every address.")
@click.option("--data", help="Directory of accounts and keys (parvis-data).")
@click.option("--config", help="Settings file (parvis.toml).")
@click.option("--public-url", help="Address that callers use, when a proxy stands in front.")
@click.option("--grace", type=float, help="Seconds that calls in hand get at the end (10).")
@click.option("--reload", is_flag=True, help="Start again when a file of the working directory changes (development).")
@click.option("--workers", type=int, default=1, hidden=True)
def serve(target: str | None, name: str | None, config: str | None, reload: bool, workers: int, **flags: Any) -> None:
    """Serve TARGET: module:Class, module:factory(), module:instance, module, or the services of parvis.toml."""
    if workers != 1:
        raise Complaint("one worker for now: limits and quotas are not yet shared between workers; leave --workers out")
    settings = settings_of(config, flags)
    try:
        launch(sources_of(settings, target, name), settings, print_banner, supervised=True, reload=reload)
    except CannotServe as error:
        raise Complaint(str(error)) from None
