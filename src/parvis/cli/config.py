"""``parvis config``: every setting, its value and where it comes from."""

from __future__ import annotations

import json
import re
from typing import Any

import click

from ..settings import Value
from .sources import settings_of

_PASSWORD = re.compile(r"(://[^/:@\s]*:).*@", re.DOTALL)
"""Up to the last ``@``: a password that was not escaped may hold one."""


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
    text = json.dumps(_hidden(value.value), ensure_ascii=False)
    return f"{text:<24}  # {value.origin}"


def _hidden(value: Any) -> Any:
    """A value without the passwords of the URLs in it (of a database, of a mail server), which no screen needs."""
    match value:
        case str():
            return _PASSWORD.sub(r"\1***@", value)
        case list():
            return [_hidden(each) for each in value]
        case dict():
            return {name: _hidden(each) for name, each in value.items()}
        case _:
            return value
