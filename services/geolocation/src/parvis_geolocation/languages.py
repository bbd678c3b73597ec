"""What places, regions and countries are called in each language.

The rule: a language is a number, and 0 stands for the default names. What a caller asks for, a tag or a whole
Accept-Language list, is turned into a number once; a name is then one bisection in the identifiers that this language
has names for. A language without the name gives that of the language it is a form of (zh-Hant, then zh), else None.

Tags are matched by the lookup of RFC 4647, section 3.4. Nothing a caller may write is an error: headers come from
browsers, and an unknown language only means the default names.
"""

from __future__ import annotations

import lzma
from bisect import bisect_left
from collections.abc import Collection, Iterable, Iterator, Mapping
from itertools import chain
from typing import Any, Final, TypeAlias

import numpy as np

from .packaged import packaged
from .scripts import names_by_script
from .storage.draft import Draft
from .storage.store import Generation
from .storage.strings import StringTable

DEFAULT: Final = 0
"""The number for the default names."""

# Tags of one language under another: deprecated ones, macrolanguages, and scripts that a region implies (CLDR).
_ALIASES: Final = {
    "cmn": "zh", "in": "id", "iw": "he", "mo": "ro", "nan": "nan-latn", "no": "nb", "sh": "sr-latn", "tl": "fil",
    "zh-hk": "zh-hant", "zh-mo": "zh-hant", "zh-tw": "zh-hant",
}  # fmt: skip

_LONGEST: Final = 500
"""Characters of an Accept-Language list that are read."""
_REMEMBERED: Final = 1000


TaggedName: TypeAlias = tuple[int, str, str]
"""A GeoNames identifier, a language tag and a name; the tag is empty for names that only serve to find things."""


def tagged_names() -> Iterator[TaggedName]:
    """The GeoNames identifier, language tag and name of each row of the package's own data, sorted.

    The tag is empty for names that only serve to find things: other spellings, and the short names of countries.
    """
    packed = packaged("names.tsv.xz").read_bytes()
    for line in lzma.decompress(packed).decode().splitlines():
        identifier, tag, name = line.split("\t")
        yield int(identifier), tag, name


def write_languages(
    draft: Draft, tagged: Iterable[TaggedName], known: Collection[int], places: Iterable[Mapping[str, Any]] = ()
) -> None:
    """Write the names of all things in all languages.

    Args:
        draft: Where to.
        tagged: Names in languages.
        known: GeoNames identifiers of what has a place in the store.
        places: Rows of GeoNames whose alternate names tell their language by their script.
    """
    by_tag: dict[str, dict[int, str]] = {}
    # The first to name something in a language is the one that counts.
    for identifier, tag, name in chain(tagged, names_by_script(places)):
        if tag and identifier in known:
            by_tag.setdefault(tag, {}).setdefault(identifier, name)
    tags = sorted(by_tag)
    rows = [row for tag in tags for row in sorted(by_tag[tag].items())]
    starts = np.zeros(len(tags) + 2, dtype=np.uint32)
    np.cumsum([len(by_tag[tag]) for tag in tags], out=starts[2:])
    draft.table("language.tags", ["", *tags])
    draft.array("language.starts", starts)
    draft.array("language.ids", np.array([identifier for identifier, _ in rows], dtype=np.uint32))
    draft.strings("language.names", StringTable.of([name for _, name in rows]))


class Languages:
    """The names of a store in every language, by number of the language."""

    __slots__ = ("_asked", "_ids", "_names", "_numbers", "_parents", "_starts", "tags")

    def __init__(self, generation: Generation) -> None:
        self.tags: list[str] = generation.table("language.tags")
        self._starts: list[int] = generation.array("language.starts").tolist()
        self._ids = generation.array("language.ids").data
        self._names = StringTable(generation.array("language.names.blob"), generation.array("language.names.starts"))
        self._numbers = {tag.lower(): number for number, tag in enumerate(self.tags)}
        self._parents = [self._numbers.get(tag.lower().rpartition("-")[0], DEFAULT) for tag in self.tags]
        self._asked: dict[str, int] = {}
        if len(self._starts) != len(self.tags) + 1 or not self._starts[-1] == len(self._ids) == len(self._names):
            raise generation.damaged("its names in other languages differ in number")

    def number(self, language: str | None) -> int:
        """The number of the language that a caller asks for.

        Args:
            language: A tag (BCP 47) such as pt or zh-Hant-TW, or an Accept-Language list with weights (RFC 9110,
                section 12.5.4); None for the default names.

        Returns:
            The number of the first language of the list that there are names in; `DEFAULT` when there is none.
        """
        if language is None:
            return DEFAULT
        found = self._asked.get(language)
        if found is None:
            found = next((number for tag in _preferred(language) if (number := self._lookup(tag))), DEFAULT)
            if len(self._asked) < _REMEMBERED and len(language) <= _LONGEST:
                self._asked[language] = found
        return found

    def name(self, identifier: int, number: int) -> str | None:
        """The name in a language of what has this GeoNames identifier; None when it has none there."""
        ids = self._ids
        while number:
            after = self._starts[number + 1]
            at = bisect_left(ids, identifier, self._starts[number], after)
            if at < after and ids[at] == identifier:
                return self._names.text(at)
            number = self._parents[number]
        return None

    def all(self, identifier: int) -> dict[str, str]:
        """Every name of what has this GeoNames identifier, by language tag."""
        names: dict[str, str] = {}
        for number, tag in enumerate(self.tags):
            after = self._starts[number + 1]
            at = bisect_left(self._ids, identifier, self._starts[number], after)
            if at < after and self._ids[at] == identifier:
                names[tag] = self._names.text(at)
        return names

    def _lookup(self, tag: str) -> int:
        """The number for the longest beginning of a lower-case tag, cut at its hyphens, that is a language here."""
        while tag:
            if number := self._numbers.get(_ALIASES.get(tag, tag)):
                return number
            tag = tag.rpartition("-")[0]
        return DEFAULT


def _preferred(language: str) -> list[str]:
    """The tags of an Accept-Language list in lower case, the most wanted first; those of weight 0 are left out."""
    weighted: list[tuple[float, str]] = []
    for part in language[:_LONGEST].lower().split(","):
        tag, _, parameter = part.partition(";")
        if weight := _weight(parameter):
            weighted.append((weight, tag.strip().replace("_", "-")))
    return [tag for _, tag in sorted(weighted, key=lambda pair: -pair[0])]


def _weight(parameter: str) -> float:
    name, _, value = parameter.partition("=")
    if name.strip() != "q":
        return 1.0
    try:
        return max(0.0, min(1.0, float(value)))
    except ValueError:
        return 0.0
