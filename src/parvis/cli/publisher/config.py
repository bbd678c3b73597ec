"""``parvis config``: what is set, to what, and where; with ``--all`` every setting."""

from __future__ import annotations

import json
import re
from typing import Any

import click

from ...settings import DEFAULT, Value
from ..sources import settings_of

_PASSWORD = re.compile(r"(://[^/:@\s]*:).*@", re.DOTALL)
"""Up to the last ``@``: a password that was not escaped may hold one."""


@click.command()
@click.option("--config", help="Settings file (parvis.toml).")
@click.option("--all", "every", is_flag=True, help="Print the settings that have their defaults, too.")
def config(config: str | None, every: bool) -> None:
    """Print what is set, and whether in a file, by a variable or by a flag."""
    settings = settings_of(config, {})
    groups = {"": settings.values, **{f"service.{name}": values for name, values in settings.services.items()}}
    paragraphs = []
    for section, values in groups.items():
        chosen = {name: value for name, value in values.items() if every or value.origin != DEFAULT}
        width = max(map(len, chosen), default=0)
        lines = [f"[{section}]"] if section else []
        lines += [f"{name:<{width}} = {_show(value)}" for name, value in chosen.items()]
        paragraphs.append("\n".join(lines))
    click.echo("\n\n".join(filter(None, paragraphs)) or "# Nothing is set: `parvis config --all` prints the defaults.")


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
