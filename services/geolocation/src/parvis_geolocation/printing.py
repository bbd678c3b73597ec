"""Answers as they are printed: for reading on a terminal, and as JSON otherwise or with --json."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping
from dataclasses import asdict, is_dataclass
from datetime import datetime
from typing import Any, Final

import click
from rich.console import Console
from rich.table import Table

from .values.country import Country
from .values.place import NearbyPlace, Place

_COUNTED = ("population", "area_km2", "bytes")
_NUMBERS = ("id", "population", "latitude", "longitude", "km")


def show(answer: Any, as_json: bool) -> None:
    """Print an answer, or fields by their names."""
    if as_json or not sys.stdout.isatty():
        click.echo(json.dumps(answer, default=plain, ensure_ascii=False, indent=2))
    elif isinstance(answer, list):
        Console().print(_table(answer) if answer else "Nothing found.")
    else:
        _print_fields(answer if isinstance(answer, Mapping) else asdict(answer))


def plain(value: Any) -> Any:
    """What `json` writes for a value that it does not know."""
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} is no value of an answer")


_PLACES: Final[Mapping[str, Callable[[Any], str]]] = {
    "id": lambda place: "-" if place.id is None else str(place.id),
    "name": lambda place: place.name,
    "kind": lambda place: place.kind.replace("_", " "),
    "in": lambda place: ", ".join(part for part in (place.admin2, place.admin1, place.country) if part),
    "population": lambda place: f"{place.population:,}" if place.population else "-",
    "latitude": lambda place: f"{place.latitude:.5f}",
    "longitude": lambda place: f"{place.longitude:.5f}",
}
_COLUMNS: Final[Mapping[type, Mapping[str, Callable[[Any], str]]]] = {
    Place: _PLACES,
    NearbyPlace: {**_PLACES, "km": lambda place: f"{place.distance_km:.1f}"},
    Country: {
        "code": lambda country: country.code,
        "name": lambda country: country.name,
        "capital": lambda country: country.capital or "-",
        "continent": lambda country: country.continent,
        "population": lambda country: f"{country.population:,}",
    },
}
"""What a table shows of each kind of answer."""


def _table(answers: list[Any]) -> Table:
    columns = next(_COLUMNS[kind] for kind in type(answers[0]).__mro__ if kind in _COLUMNS)
    table = Table(box=None, header_style="bold", pad_edge=False)
    for name in columns:
        table.add_column(name, justify="right" if name in _NUMBERS else "left")
    for answer in answers:
        table.add_row(*(column(answer) for column in columns.values()))
    return table


def _print_fields(fields: Mapping[str, Any]) -> None:
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column(style="bold")
    table.add_column()
    for name, value in fields.items():
        table.add_row(name, f"{value:,}" if name in _COUNTED else _readable(value))
    Console().print(table, highlight=False)


def _readable(value: Any) -> str:
    if value is None or value == ():
        return "-"
    if isinstance(value, Mapping):
        return "\n".join(f"{name}: {_readable(inner)}" for name, inner in value.items())
    if isinstance(value, tuple):
        several_lines = any(isinstance(inner, Mapping) or " " in str(inner) for inner in value)
        return ("\n\n" if isinstance(value[0], Mapping) else "\n" if several_lines else ", ").join(
            map(_readable, value)
        )
    return str(value)
