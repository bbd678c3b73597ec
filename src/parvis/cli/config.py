"""``parvis config``: every setting, its value and where it comes from."""

from __future__ import annotations

import json
import re

import click

from ..settings import Value
from .sources import settings_of

_PASSWORD = re.compile(r"(?<=:)[^:@/]+(?=@)")


@click.command()
@click.option("--config", help="Settings file (parvis.toml).")
def config(config: str | None) -> None:
    """Print every setting, its value and its origin: default, file, variable or flag."""
    settings = settings_of(config, {})
    groups = {"": settings.values, **{f"service.{name}": values for name, values in settings.services.items()}}
    for section, values in groups.items():
        if section:
            click.echo(f"\n[{section}]")
        width = max(len(name) for name in values)
        for name, value in values.items():
            click.echo(f"{name:<{width}} = {_show(value)}")


def _show(value: Value) -> str:
    # A database URL may hold a password, which no screen needs.
    text = _PASSWORD.sub("***", json.dumps(value.value, ensure_ascii=False))
    return f"{text:<24}  # {value.origin}"
