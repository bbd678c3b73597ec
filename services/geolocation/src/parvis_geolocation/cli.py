"""The command line: build the store, look at it, ask it.

Errors are one sentence and what to do, on standard error, with exit status 1; a wrong command line has status 2, as
click has it.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO, get_args

import click
from rich.console import Console

from .errors import DataMissingError, GeolocationError
from .printing import plain, show
from .sources import PARTS, PartName
from .values.place import Kind
from .version import __version__

if TYPE_CHECKING:
    from .geolocation import Geolocation

store_option = click.option(
    "--store",
    metavar="DIR",
    help="Directory of the store. [default: $GEOLOCATION_STORE, else your data directory]",
)
json_option = click.option("--json", "as_json", is_flag=True, help="Write JSON, also on a terminal.")
limit_option = click.option("--limit", type=int, default=10, show_default=True, help="Largest number, 1 to 100.")
language_option = click.option("--language", metavar="TAG", help="Language of the names, such as fr or zh.")
# Lets negative coordinates through: -33.9 is no option.
COORDINATES = {"ignore_unknown_options": True}


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
    """Places, postal codes, time zones and internet addresses of the world, without a network."""


@main.command()
@store_option
@click.option("--force", is_flag=True, help="Build even what is current.")
@click.option(
    "--part",
    "parts",
    type=click.Choice(PARTS),
    multiple=True,
    help="Build this part only; may be repeated. The others need the places. [default: all]",
)
@click.option(
    "--from",
    "directory",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Read the data files from this directory instead of the installed packages.",
)
def build(store: str | None, force: bool, parts: tuple[PartName, ...], directory: Path | None) -> None:
    """Build the store from the data packages: places, then postal codes, then internet addresses.

    Each part is in place as soon as it is built, also for a service that already answers. A part whose data packages
    are not installed is left out, and said so.
    """
    from .storage.store import locate

    place = locate(store)
    for part in PARTS:
        if not parts or part in parts:
            _build_part(place, part, force, directory, asked=part in parts)


def _build_part(place: Path, part: PartName, force: bool, directory: Path | None, asked: bool) -> None:
    from . import sources
    from .build import build as build_part
    from .build import whole
    from .progress import TITLES, shown
    from .storage.store import directory_of

    title = TITLES[part].capitalize()
    try:
        inputs = sources.in_directory(directory, part) if directory else sources.installed(part)
    except DataMissingError as error:
        standing = whole(directory_of(place, part))
        if asked or force or (part == "places" and (directory or not standing)):
            raise
        kept = "what was built before is whole and stays" if standing else "left out"
        click.echo(f"{title}: {kept}. {error}")
        return
    with shown(Console(stderr=True), part) as progress:
        built = build_part(place, inputs, force=force, progress=progress, waiting=_say_waiting)
    what = ", ".join(f"{count:,} {name.replace('_', ' ')}" for name, count in built.counts.items())
    for lack in inputs.missing:
        click.echo(f"{title}: {lack}. Install it: {sources.INSTALL_COMMAND}")
    if built.kept:
        click.echo(f"{title}: current ({what}; {built.size / 1e6:.1f} MB), nothing to do. --force builds them again.")
    else:
        click.echo(f"{title}: built in {built.seconds:.1f} s ({what}; {built.size / 1e6:.1f} MB), in {place}.")


def _say_waiting() -> None:
    click.echo("Another build of this store is under way: waiting for it to end.", err=True)


@main.command()
@store_option
@click.option("--check", is_flag=True, help="Read every byte and compare it with its checksum.")
@json_option
def info(store: str | None, check: bool, as_json: bool) -> None:
    """Show what is in the store, and where it comes from."""
    from .errors import StoreMissingError
    from .geolocation import Geolocation
    from .storage.store import directory_of, locate, open_store

    place = locate(store)
    size = 0
    for part in PARTS:
        try:
            generation = open_store(directory_of(place, part), lambda generation: generation)
        except StoreMissingError:
            if part == "places":
                raise
            continue
        size += generation.size
        if check:
            generation.verify()
    with Geolocation(str(place)) as geolocation:
        about = geolocation.about()
    show({"store": str(place), "bytes": size, "checked": check, **asdict(about)}, as_json)


@main.command(context_settings=COORDINATES)
@click.argument("latitude", type=float)
@click.argument("longitude", type=float)
@language_option
@store_option
@json_option
def reverse(latitude: float, longitude: float, language: str | None, store: str | None, as_json: bool) -> None:
    """Find the place that a point belongs to."""
    with _opened(store) as geolocation:
        show(geolocation.reverse(latitude, longitude, language), as_json)


@main.command()
@click.argument("text", nargs=-1, required=True)
@click.option("--country", metavar="CODE", help="Search in this country only: an ISO 3166-1 alpha-2 code.")
@click.option("--region", metavar="CODE", help="In this region only: an ISO 3166-2 code or a name.")
@click.option("--kind", type=click.Choice(get_args(Kind)), help="Find this kind of place only.")
@click.option("--min-population", type=int, default=0, help="Leave out places with fewer inhabitants.")
@click.option("--near", type=float, nargs=2, metavar="LATITUDE LONGITUDE", help="Favour places near this point.")
@limit_option
@language_option
@store_option
@json_option
def search(
    text: tuple[str, ...],
    country: str | None,
    region: str | None,
    kind: Kind | None,
    min_population: int,
    near: tuple[float, float] | None,
    limit: int,
    language: str | None,
    store: str | None,
    as_json: bool,
) -> None:
    """Find places by name, postal code or coordinates."""
    latitude, longitude = near or (None, None)
    with _opened(store) as geolocation:
        found = geolocation.search(
            " ".join(text),
            country=country,
            region=region,
            kind=kind,
            min_population=min_population,
            latitude=latitude,
            longitude=longitude,
            language=language,
            limit=limit,
        )
        show(found, as_json)


@main.command()
@click.argument("text", nargs=-1, required=True)
@click.option("--country", metavar="CODE", help="In this country only: an ISO 3166-1 alpha-2 code.")
@limit_option
@language_option
@store_option
@json_option
def autocomplete(
    text: tuple[str, ...], country: str | None, limit: int, language: str | None, store: str | None, as_json: bool
) -> None:
    """Find places by the beginning of a name."""
    with _opened(store) as geolocation:
        show(geolocation.autocomplete(" ".join(text), country=country, language=language, limit=limit), as_json)


@main.command(context_settings=COORDINATES)
@click.argument("latitude", type=float)
@click.argument("longitude", type=float)
@click.option("--radius", "radius_km", type=float, default=25.0, show_default=True, help="Kilometres, up to 500.")
@click.option("--min-population", type=int, default=0, help="Leave out places with fewer inhabitants.")
@limit_option
@language_option
@store_option
@json_option
def nearby(
    latitude: float,
    longitude: float,
    radius_km: float,
    min_population: int,
    limit: int,
    language: str | None,
    store: str | None,
    as_json: bool,
) -> None:
    """List the places around a point, the nearest first."""
    with _opened(store) as geolocation:
        found = geolocation.nearby(
            latitude, longitude, radius_km, min_population=min_population, language=language, limit=limit
        )
        show(found, as_json)


@main.command()
@click.argument("id", type=int)
@language_option
@store_option
@json_option
def place(id: int, language: str | None, store: str | None, as_json: bool) -> None:
    """Describe a place, by its GeoNames identifier."""
    with _opened(store) as geolocation:
        show(geolocation.place(id, language), as_json)


@main.command()
@click.argument("code")
@click.argument("country")
@store_option
@json_option
def postal(code: str, country: str, store: str | None, as_json: bool) -> None:
    """Describe a postal code of a country: 75001 FR."""
    with _opened(store) as geolocation:
        show(geolocation.postal(code, country), as_json)


@main.command()
@click.argument("code")
@language_option
@store_option
@json_option
def country(code: str, language: str | None, store: str | None, as_json: bool) -> None:
    """Describe a country, by its ISO 3166-1 code."""
    with _opened(store) as geolocation:
        show(geolocation.country(code, language), as_json)


@main.command()
@click.option("--continent", metavar="CODE", help="Of this continent only: AF, AN, AS, EU, NA, OC or SA.")
@language_option
@store_option
@json_option
def countries(continent: str | None, language: str | None, store: str | None, as_json: bool) -> None:
    """List the countries and territories."""
    with _opened(store) as geolocation:
        show(geolocation.countries(continent, language), as_json)


@main.command(context_settings=COORDINATES)
@click.argument("latitude", type=float)
@click.argument("longitude", type=float)
@click.option("--at", metavar="TIME", help="At this moment instead of now, such as 2026-03-29T01:00:00+00:00.")
@store_option
@json_option
def timezone(latitude: float, longitude: float, at: str | None, store: str | None, as_json: bool) -> None:
    """Find the time zone of a point, and what its clocks show."""
    try:
        moment = None if at is None else datetime.fromisoformat(at)
    except ValueError:
        raise click.BadParameter(f"{at!r} is no ISO 8601 date and time", param_hint="--at") from None
    with _opened(store) as geolocation:
        show(geolocation.timezone(latitude, longitude, moment), as_json)


@main.command()
@click.argument("address")
@language_option
@store_option
@json_option
def ip(address: str, language: str | None, store: str | None, as_json: bool) -> None:
    """Tell where an internet address is used."""
    with _opened(store) as geolocation:
        show(geolocation.ip(address, language), as_json)


@main.command(context_settings=COORDINATES)
@click.argument("points", type=float, nargs=4, metavar="LATITUDE LONGITUDE LATITUDE LONGITUDE")
@store_option
@json_option
def distance(points: tuple[float, float, float, float], store: str | None, as_json: bool) -> None:
    """Measure the way between two points over the ellipsoid."""
    with _opened(store) as geolocation:
        show(geolocation.distance(*points), as_json)


@main.command()
@click.argument("what", type=click.Choice(["reverse", "search", "ip"]))
@click.argument("file", type=click.File("r", encoding="utf-8"), default="-")
@language_option
@store_option
def batch(what: str, file: TextIO, language: str | None, store: str | None) -> None:
    """Answer many questions: one line of FILE (or standard input) each, one line of JSON out each, in order.

    A line is "latitude,longitude" for reverse, a text for search, an address for ip.
    """
    lines = [line.rstrip("\r\n") for line in file]
    with _opened(store) as geolocation:
        rows: Iterator[Any]
        if what == "reverse":
            rows = geolocation.reverse_many([_point(line) for line in lines], language)
        elif what == "search":
            rows = geolocation.search_many(lines, language=language)
        else:
            rows = geolocation.ip_many(lines, language)
        for row in rows:
            click.echo(json.dumps(asdict(row), default=plain, ensure_ascii=False))


def _point(line: str) -> tuple[float, float]:
    """The coordinates in a line; not a number where it holds none, so that the answer of this row says so."""
    try:
        latitude, longitude = (float(part) for part in line.replace(";", ",").split(","))
    except ValueError:
        return math.nan, math.nan
    return latitude, longitude


def _opened(store: str | None) -> Geolocation:
    from .geolocation import Geolocation

    return Geolocation(store)
