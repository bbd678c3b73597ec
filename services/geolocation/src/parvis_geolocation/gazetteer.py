"""Reading the data: from the files of the packages to places in rank order.

The rule: rank 0 is the most populous place of the world, ties broken by GeoNames id, so a rank is both the number of a
place and its score. Countries and subdivisions are one list of areas; area 0 stands for none.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from .errors import BuildError
from .fold import fold
from .sources import Inputs

COORDINATE_SCALE: Final = 100_000
"""GeoNames writes five decimals: as whole numbers of 1e-5 degrees coordinates are exact in 32 bits."""

_SUBDIVISION_FIELDS: Final = 9
_LINK_FIELDS: Final = 7
_COUNTRY_FIELDS: Final = 12


@dataclass(slots=True)
class Gazetteer:
    """All that a store is made of, read and joined, before any index."""

    places: list[dict[str, Any]]
    place_areas: list[tuple[int, int, int]]
    area_names: list[str] = field(default_factory=lambda: [""])
    area_aliases: list[tuple[str, int]] = field(default_factory=list)
    countries: list[dict[str, Any]] = field(default_factory=list)

    def folded_names(self, rank: int) -> set[str]:
        """The folded names that find a place."""
        place = self.places[rank]
        names = {fold(name) for name in (place["name"], *place["alternatenames"]) if "://" not in name}
        names.discard("")
        return names


def read(inputs: Inputs) -> Gazetteer:
    """Read the files and join places to the areas they lie in.

    Raises:
        BuildError: When a file is not what this version expects.
    """
    try:
        return _read(inputs)
    except (KeyError, IndexError, TypeError, ValueError, AttributeError) as error:
        raise BuildError(
            f"The data is not in the form this version reads ({type(error).__name__}: {error}). "
            "Install the versions named in requirements-data.txt"
        ) from error


def _read(inputs: Inputs) -> Gazetteer:
    places = sorted(_json(inputs.places).values(), key=lambda place: (-place["population"], place["geonameid"]))
    gazetteer = Gazetteer(places=places, place_areas=[])
    country_areas = _read_countries(inputs, gazetteer)

    subdivisions = list(_rows(inputs.subdivisions, _SUBDIVISION_FIELDS))
    by_code = {row[2]: number for number, row in enumerate(subdivisions) if row[2]}
    links = {
        int(row[1]): [int(number) - 1 for number in row[2].split("|") if number]
        for row in _rows(inputs.links, _LINK_FIELDS)
    }
    areas: dict[int, int] = {}

    def area_of(number: int) -> int:
        if number not in areas:
            areas[number] = len(gazetteer.area_names)
            _add_subdivision(gazetteer, subdivisions[number])
        return areas[number]

    for place in places:
        found = {1: 0, 2: 0}
        linked = links.get(place["geonameid"])
        if linked is None:
            number = by_code.get(f"{place['countrycode']}.{place['admin1code']}")
            linked = [] if number is None else [number]
        for number in linked:
            level = int(subdivisions[number][6])
            if level in found and not found[level]:
                found[level] = area_of(number)
        gazetteer.place_areas.append((country_areas[place["countrycode"]], found[1], found[2]))
    return gazetteer


def _read_countries(inputs: Inputs, gazetteer: Gazetteer) -> dict[str, int]:
    continents = _json(inputs.continents)
    rows: dict[str, list[str]] = {}
    for row in _rows(inputs.aliases, _COUNTRY_FIELDS):
        # A code may have been used before: the row of today has nothing in its field of history.
        if row[1] not in rows or not row[9]:
            rows[row[1]] = row
    areas: dict[str, int] = {}
    for code, country in sorted(_json(inputs.countries).items()):
        known = rows.get(code)
        if known and known[9]:
            continue  # withdrawn from ISO 3166-1: AN, CS
        areas[code] = area = len(gazetteer.area_names)
        gazetteer.area_names.append(country["name"])
        spellings = [country["name"], code, country["iso3"]]
        if known:
            spellings += [known[0], known[4], known[5], *known[6].split("|")]
        _add_aliases(gazetteer, area, spellings)
        gazetteer.countries.append({**country, "area": area, "continent": continents[country["continentcode"]]["name"]})
    return areas


def _add_subdivision(gazetteer: Gazetteer, row: list[str]) -> None:
    name, iso_code, code, _, _, aliases, *_ = row
    last = {iso_code.rpartition("-")[2], code.rpartition(".")[2]}
    codes = [code for code in last if not code.isdigit()]
    _add_aliases(gazetteer, len(gazetteer.area_names), [name, *aliases.split("|"), *codes])
    gazetteer.area_names.append(name)


def _add_aliases(gazetteer: Gazetteer, area: int, spellings: list[str]) -> None:
    folded = {fold(spelling) for spelling in spellings} - {""}
    gazetteer.area_aliases += [(spelling, area) for spelling in folded]


def _json(path: Path) -> Any:
    return json.loads(path.read_bytes())


def _rows(path: Path, fields: int) -> Iterator[list[str]]:
    with open(path, encoding="utf-8", newline="\n") as file:
        for number, line in enumerate(file, 1):
            row = line.rstrip("\r\n").split("\t")
            if len(row) != fields:
                raise BuildError(f"{path.name}, line {number}: {len(row)} fields instead of {fields}")
            yield row
