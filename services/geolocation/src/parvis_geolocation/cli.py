"""The command line: build the store, look at it, ask it.

Answers are written for reading on a terminal, and as JSON otherwise or with --json. Errors are one sentence and what
to do, on standard error, with exit status 1; a wrong command line has status 2, as click has it.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, is_dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from .errors import DataMissingError, GeolocationError
from .values import Place
from .version import __version__

store_option = click.option(
    "--store",
    metavar="DIR",
    help="Directory of the store. [default: $GEOLOCATION_STORE, else your data directory]",
)
json_option = click.option("--json", "as_json", is_flag=True, help="Write JSON, also on a terminal.")
# Lets negative coordinates through: -33.9 is no option.
COORDINATES = {"ignore_unknown_options": True}
_COUNTED = ("population", "area_km2", "bytes")


class Errors(click.Group):
    """A group that turns the errors this package declares into sentences."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except (GeolocationError, ValueError, LookupError) as error:
            if type(error) not in (ValueError, LookupError) and not isinstance(error, GeolocationError):
                raise  # a subclass, such as KeyError, is a bug of ours: let it be seen
            raise click.ClickException(str(error)) from error


@click.group(cls=Errors)
@click.version_option(__version__)
def main() -> None:
    """Places, countries and time zones of the world, without a network."""


@main.command()
@store_option
@click.option("--force", is_flag=True, help="Build even when the store is current.")
@click.option(
    "--from",
    "directory",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Read the data files from this directory instead of the installed packages.",
)
def build(store: str | None, force: bool, directory: Path | None) -> None:
    """Build the place store from the data packages."""
    from . import sources
    from .build import build as build_store
    from .build import whole
    from .progress import shown
    from .store import locate

    place = locate(store)
    try:
        inputs = sources.in_directory(directory) if directory else sources.installed()
    except DataMissingError:
        if directory or force or not whole(place):
            raise
        click.echo(f"The store in {place} is whole, and no data packages are installed: nothing to do.")
        return
    with shown(Console(stderr=True)) as progress:
        built = build_store(place, inputs, force=force, progress=progress, waiting=_say_waiting)
    what = f"{built.counts['places']:,} places, {built.counts['names']:,} names, {built.size / 1e6:.1f} MB"
    if built.kept:
        click.echo(f"The store in {place} is current ({what}): nothing to do. --force builds it again.")
    else:
        click.echo(f"Built the store in {place} in {built.seconds:.1f} s: {what}.")


def _say_waiting() -> None:
    click.echo("Another build of this store is under way: waiting for it to end.", err=True)


@main.command()
@store_option
@click.option("--check", is_flag=True, help="Read every byte and compare it with its checksum.")
@json_option
def info(store: str | None, check: bool, as_json: bool) -> None:
    """Show what is in the store, and where it comes from."""
    from .geolocation import Geolocation
    from .store import locate, open_store

    place = locate(store)
    size = open_store(place, lambda generation: generation.size)
    if check:
        open_store(place, lambda generation: generation.verify())
    with Geolocation(str(place)) as geolocation:
        about = geolocation.about()
    _show({"store": str(place), "bytes": size, "checked": check, **asdict(about)}, as_json)


@main.command(context_settings=COORDINATES)
@click.argument("latitude", type=float)
@click.argument("longitude", type=float)
@store_option
@json_option
def reverse(latitude: float, longitude: float, store: str | None, as_json: bool) -> None:
    """Find the place that a point belongs to."""
    from .geolocation import Geolocation

    with Geolocation(store) as geolocation:
        _show(geolocation.reverse(latitude, longitude), as_json)


@main.command()
@click.argument("text", nargs=-1, required=True)
@click.option("--country", metavar="CODE", help="Search in this country only: an ISO 3166-1 alpha-2 code.")
@click.option("--limit", type=int, default=10, show_default=True, help="Largest number of places, 1 to 100.")
@store_option
@json_option
def search(text: tuple[str, ...], country: str | None, limit: int, store: str | None, as_json: bool) -> None:
    """Find places by name or the beginning of a name."""
    from .geolocation import Geolocation

    with Geolocation(store) as geolocation:
        _show(geolocation.search(" ".join(text), country=country, limit=limit), as_json)


@main.command()
@click.argument("code")
@store_option
@json_option
def country(code: str, store: str | None, as_json: bool) -> None:
    """Describe a country, by its ISO 3166-1 code."""
    from .geolocation import Geolocation

    with Geolocation(store) as geolocation:
        _show(geolocation.country(code), as_json)


@main.command(context_settings=COORDINATES)
@click.argument("latitude", type=float)
@click.argument("longitude", type=float)
@store_option
@json_option
def timezone(latitude: float, longitude: float, store: str | None, as_json: bool) -> None:
    """Find the time zone of a point, and what its clocks show now."""
    from .geolocation import Geolocation

    with Geolocation(store) as geolocation:
        _show(geolocation.timezone(latitude, longitude), as_json)


def _show(answer: Any, as_json: bool) -> None:
    if as_json or not sys.stdout.isatty():
        click.echo(json.dumps(answer, default=_plain, ensure_ascii=False, indent=2))
    elif isinstance(answer, list):
        Console().print(_table(answer) if answer else "No place has that name.")
    else:
        _print_fields(answer if isinstance(answer, Mapping) else asdict(answer))


def _plain(value: Any) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} is no value of an answer")


def _table(places: Iterable[Place]) -> Table:
    table = Table(box=None, header_style="bold", pad_edge=False)
    columns: dict[str, Callable[[Place], str]] = {
        "id": lambda place: str(place.id),
        "name": lambda place: place.name,
        "in": lambda place: ", ".join(part for part in (place.admin2, place.admin1, place.country) if part),
        "population": lambda place: f"{place.population:,}",
        "latitude": lambda place: f"{place.latitude:.5f}",
        "longitude": lambda place: f"{place.longitude:.5f}",
    }
    for name in columns:
        table.add_column(name, justify="left" if name in ("name", "in") else "right")
    for place in places:
        table.add_row(*(column(place) for column in columns.values()))
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
