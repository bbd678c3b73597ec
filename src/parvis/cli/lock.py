"""``parvis lock``: write ``parvis.lock``."""

from __future__ import annotations

from pathlib import Path

import click

from ..facade.target import TargetError
from . import Complaint, locking
from .compose import compile_sources
from .sources import settings_of, sources_of


@click.command()
@click.argument("target", required=False)
@click.option("--name", help="Name of the service.")
@click.option("--config", help="Settings file (parvis.toml).")
def lock(target: str | None, name: str | None, config: str | None) -> None:
    """Write the file that names exactly what is public beyond loopback."""
    settings = settings_of(config, {})
    try:
        facades = compile_sources(sources_of(settings, target, name))
    except TargetError as error:
        raise Complaint(str(error)) from None
    path = Path(settings["lock"])
    draft = path.with_name(path.name + ".new")
    draft.write_text(locking.write(facades))
    draft.replace(path)  # a reader sees the old lock or the new one, never half of one
    count = sum(len(facade.operations) for facade in facades)
    click.echo(f"{path}: {count} operation{'s' if count != 1 else ''}. Read it, then commit it.")
