"""Write the extract that the tests build from: whole rows of the installed data packages, chosen by one fixed rule.

    python tools/extract.py tests/data

The rule: every place of four small countries; places of `LARGE` or more inhabitants; places of `TOWN` or more in two
countries; and every place of some names that many places share. Of the subdivisions, those these places lie in. No row
is altered, but rows of subdivisions are renumbered, as rows refer to one another by their number.
"""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path
from typing import Any, Final

from parvis_geolocation import sources

COUNTRIES: Final = {"AD", "LI", "MC", "SM"}
LARGE: Final = 3_000_000
TOWNS: Final = {"FR": 60_000, "DE": 150_000}
NAMES: Final = {"Springfield", "Paris", "London", "Montreuil", "San José", "Kehl"}


def chosen(place: dict[str, Any]) -> bool:
    """Whether the extract holds this place."""
    country, population = place["countrycode"], place["population"]
    return (
        country in COUNTRIES or place["name"] in NAMES or population >= LARGE or population >= TOWNS.get(country, LARGE)
    )


def main(target: Path) -> None:
    """Write the extract."""
    inputs = sources.installed("places")
    files = inputs.files
    target.mkdir(parents=True, exist_ok=True)
    places = {number: place for number, place in json.loads(files["places"].read_bytes()).items() if chosen(place)}
    _write_json(target / files["places"].name, places)
    # Of continents only the English name is read: their many translations would fill the extract.
    continents = json.loads(files["continents"].read_bytes())
    _write_json(target / files["continents"].name, {code: {"name": row["name"]} for code, row in continents.items()})
    shutil.copyfile(files["countries"], target / files["countries"].name)
    shutil.copyfile(files["aliases"], target / files["aliases"].name)

    links = [row for row in _rows(files["links"]) if row[1] in places]
    subdivisions = list(_rows(files["subdivisions"]))
    used = sorted({int(number) for row in links for number in row[2].split("|") if number})
    renumbered = {number: str(position) for position, number in enumerate(used, 1)}
    for row in links:
        row[2] = "|".join(renumbered[int(number)] for number in row[2].split("|") if number)
    kept = [subdivisions[number - 1] for number in used]
    for row in kept:
        row[7] = renumbered.get(int(row[7]), "") if row[7] else ""
    _write_rows(target / files["links"].name, links)
    _write_rows(target / files["subdivisions"].name, kept)
    versions = {name: package.version for name, package in sources.PACKAGES.items() if package.part}
    _write_json(target / "versions.json", versions)
    size = sum(path.stat().st_size for path in target.iterdir())
    print(f"{len(places)} places, {len(kept)} subdivisions, {size / 1e6:.2f} MB in {target}")


def _rows(path: Path) -> list[list[str]]:
    return [line.split("\t") for line in path.read_text(encoding="utf-8").split("\n") if line]


def _write_rows(path: Path, rows: list[list[str]]) -> None:
    path.write_text("".join("\t".join(row) + "\n" for row in rows), encoding="utf-8")


def _write_json(path: Path, value: Any) -> None:
    path.write_text(json.dumps(value, ensure_ascii=False, indent=0) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
