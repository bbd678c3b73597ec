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
from .search.fold import fold
from .sources import Inputs

COORDINATE_SCALE: Final = 100_000
"""GeoNames writes five decimals: as whole numbers of 1e-5 degrees coordinates are exact in 32 bits."""

_SUBDIVISION_FIELDS: Final = 9
_LINK_FIELDS: Final = 7
_COUNTRY_FIELDS: Final = 12


@dataclass(frozen=True, slots=True)
class Area:
    """A country or a subdivision; the number of one is its position in `Gazetteer.areas`.

    Attributes:
        id: GeoNames identifier; 0 when there is none.
        name: Default name.
        code: ISO 3166-1 alpha-2 code of a country, ISO 3166-2 code of a subdivision; empty when there is none.
        level: 0 for a country, 1 and 2 for a subdivision.
        parent: Number of the area it lies in; 0 when there is none.
    """

    id: int
    name: str
    code: str
    level: int
    parent: int


@dataclass(slots=True)
class Gazetteer:
    """All that a store is made of, read and joined, before any index.

    Attributes:
        places: Rows of GeoNames, in rank order.
        place_areas: For each place, the numbers of its country and of its subdivisions of level 1 and 2.
        areas: Countries, then the subdivisions that places lie in; the first stands for none.
        area_aliases: Folded names and codes of areas, each with the number of the area.
        countries: Rows of GeoNames on countries, each with its `area`.
    """

    places: list[dict[str, Any]]
    place_areas: list[tuple[int, int, int]]
    areas: list[Area] = field(default_factory=lambda: [Area(0, "", "", -1, 0)])
    area_aliases: list[tuple[str, int]] = field(default_factory=list)
    countries: list[dict[str, Any]] = field(default_factory=list)

    def lineage(self, number: int) -> tuple[int, int, int]:
        """The numbers of the country and of the subdivisions of level 1 and 2 that an area is or lies in; 0 for none."""
        found = [0, 0, 0]
        while number:
            area = self.areas[number]
            found[area.level] = number
            number = area.parent
        return found[0], found[1], found[2]


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
    places = sorted(
        _json(inputs.files["places"]).values(), key=lambda place: (-place["population"], place["geonameid"])
    )
    gazetteer = Gazetteer(places=places, place_areas=[])
    country_areas = _read_countries(inputs, gazetteer)

    subdivisions = list(_rows(inputs.files.get("subdivisions"), _SUBDIVISION_FIELDS))
    by_code = {row[2]: number for number, row in enumerate(subdivisions) if row[2]}
    links = {
        int(row[1]): [int(number) - 1 for number in row[2].split("|") if number]
        for row in _rows(inputs.files.get("links"), _LINK_FIELDS)
    }
    areas: dict[int, int] = {}

    def area_of(number: int) -> int:
        if number not in areas:
            row = subdivisions[number]
            # A county lies in a state, a state in a country; groups of states (level 0: Java, Leinster) are left out.
            within = int(row[7]) - 1 if row[7] else None
            if within is not None and subdivisions[within][6] == "1":
                parent = area_of(within)
            else:
                parent = country_areas.get((row[2] or row[1])[:2], 0)
            areas[number] = len(gazetteer.areas)
            _add_subdivision(gazetteer, row, parent)
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
    continents = _json(inputs.files["continents"])
    rows: dict[str, list[str]] = {}
    for row in _rows(inputs.files.get("aliases"), _COUNTRY_FIELDS):
        # A code may have been used before: the row of today has nothing in its field of history.
        if row[1] not in rows or not row[9]:
            rows[row[1]] = row
    areas: dict[str, int] = {}
    for code, country in sorted(_json(inputs.files["countries"]).items()):
        known = rows.get(code)
        if known and known[9]:
            continue  # withdrawn from ISO 3166-1: AN, CS
        areas[code] = area = len(gazetteer.areas)
        gazetteer.areas.append(Area(country["geonameid"], country["name"].strip(), code, 0, 0))
        spellings = [country["name"], code, country["iso3"]]
        if known:
            spellings += [known[0], known[4], known[5], *known[6].split("|")]
        _add_aliases(gazetteer, area, spellings)
        gazetteer.countries.append({**country, "area": area, "continent": continents[country["continentcode"]]["name"]})
    return areas


def _add_subdivision(gazetteer: Gazetteer, row: list[str], parent: int) -> None:
    name, iso_code, code, geonames_id, _, aliases, level, *_ = row
    last = {iso_code.rpartition("-")[2], code.rpartition(".")[2]}
    codes = [code for code in last if not code.isdigit()]
    _add_aliases(gazetteer, len(gazetteer.areas), [name, *aliases.split("|"), *codes])
    gazetteer.areas.append(Area(int(geonames_id or 0), in_speaking_order(name), iso_code, int(level), parent))


def in_speaking_order(name: str) -> str:
    """A name as people say it, where ISO 3166-2 sorts it by its second part: "Murcia, Región de"."""
    first, comma, last = name.partition(", ")
    # With a conjunction it is a list of names: "Newry, Mourne and Down".
    if not comma or {"and", "y", "en", "&"} & set(last.split()):
        return name
    return f"{last[0].upper()}{last[1:]} {first}"


def _add_aliases(gazetteer: Gazetteer, area: int, spellings: list[str]) -> None:
    folded = {fold(spelling) for spelling in spellings} - {""}
    gazetteer.area_aliases += [(spelling, area) for spelling in folded]


def _json(path: Path) -> Any:
    return json.loads(path.read_bytes())


def _rows(path: Path | None, fields: int) -> Iterator[list[str]]:
    """The rows of a file; none where the package that holds it is not there."""
    if path is None:
        return
    with open(path, encoding="utf-8", newline="\n") as file:
        for number, line in enumerate(file, 1):
            row = line.rstrip("\r\n").split("\t")
            if len(row) != fields:
                raise BuildError(f"{path.name}, line {number}: {len(row)} fields instead of {fields}")
            yield row
