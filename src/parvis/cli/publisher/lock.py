"""``parvis lock``: write ``parvis.lock``."""

from __future__ import annotations

from pathlib import Path

import click

from ...assembly import enforce_lock
from ...assembly.facades import compile_sources
from ...contract.evolution.lock_writer import write
from ...facade.errors import TargetError
from ..complaint import Complaint
from ..sources import settings_of, sources_of


@click.command()
@click.argument("target", required=False)
@click.option("--name", help="Name of the service.")
@click.option("--config", help="Settings file (parvis.toml).")
def lock(target: str | None, name: str | None, config: str | None) -> None:
    """Write the file that names exactly what is public beyond loopback."""
    settings = settings_of(config, {})
    path = Path(settings["lock"])
    try:
        facades = compile_sources(sources_of(settings, target, name))
        enforce_lock.write(path, write(facade.contract for facade in facades))
    except TargetError as error:
        raise Complaint(str(error)) from None
    except OSError as error:
        raise Complaint(f"{path} cannot be written: {error.strerror}") from None
    count = sum(len(facade.operations) for facade in facades)
    click.echo(f"{path}: {count} operation{'s' if count != 1 else ''}. Read it, then commit it.")
