"""All names that the data gives to places and areas, each with how well it names them.

The rule: a name counts by where it stands in the data. The default name is how the place is known; a name tagged with
a language is how speakers of it call the place; an untagged alternate may be old, rare or a code.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Final

from ..gazetteer import Gazetteer
from .fold import fold_many
from .spelling import expanded, key, shortened

_CHUNK: Final = 100_000


class Kind(IntEnum):
    """How a name stands to what bears it, best first."""

    DEFAULT = 0
    TAGGED = 1
    ALTERNATE = 2
    SHORTENED = 3  # a default or tagged name without the words people leave out
    SPELLED = 4  # a romanisation or a code among the alternates


@dataclass(slots=True)
class Naming:
    """Keys and what bears them.

    Attributes:
        keys: All different keys, in no order.
        of: For each meaning, the number of its key.
        numbers: For each meaning, what bears the key: a rank, or the number of places and that of an area.
        kinds: For each meaning, its `Kind`.
    """

    keys: list[str] = field(default_factory=list)
    of: array[int] = field(default_factory=lambda: array("I"))
    numbers: array[int] = field(default_factory=lambda: array("I"))
    kinds: bytearray = field(default_factory=bytearray)

    def add(self, number: int, kind: Kind, key_number: int) -> None:
        """One more meaning of a key."""
        self.of.append(key_number)
        self.numbers.append(number)
        self.kinds.append(kind)


def naming(
    gazetteer: Gazetteer, tagged: Iterable[tuple[int, str]], progress: Callable[[str, int, int], None]
) -> Naming:
    """All keys of the places and of the countries and first-level subdivisions of a gazetteer.

    Args:
        gazetteer: The places and areas.
        tagged: GeoNames identifiers with names in some language.
        progress: Told how far it is, as step "fold".
    """
    result = Naming()
    key_numbers: dict[str, int] = {}
    of_folded: dict[str, tuple[int, int]] = {}

    def number_of(spelling: str) -> int:
        found = key_numbers.get(spelling)
        if found is None:
            found = key_numbers[spelling] = len(result.keys)
            result.keys.append(spelling)
        return found

    def add(texts: list[str], numbers: list[int], kinds: list[Kind]) -> None:
        for folded, number, kind in zip(fold_many(texts), numbers, kinds, strict=True):
            if not folded:
                continue
            known = of_folded.get(folded)
            if known is None:
                short = shortened(folded)
                known = of_folded[folded] = number_of(key(folded)), number_of(short) if short else -1
            result.add(number, kind, known[0])
            if known[1] >= 0 and kind <= Kind.ALTERNATE:
                result.add(number, Kind.SHORTENED, known[1])

    texts: list[str] = []
    numbers: list[int] = []
    kinds: list[Kind] = []
    total = len(gazetteer.places)
    for text, number, kind in _names(gazetteer, tagged):
        texts.append(text)
        numbers.append(number)
        kinds.append(kind)
        if not text.isascii() and (other := expanded(text)) != text:
            texts.append(other)
            numbers.append(number)
            kinds.append(kind)
        if len(texts) >= _CHUNK:
            add(texts, numbers, kinds)
            texts, numbers, kinds = [], [], []
            progress("fold", min(number, total), total)
    add(texts, numbers, kinds)
    progress("fold", total, total)
    return result


def _names(gazetteer: Gazetteer, tagged: Iterable[tuple[int, str]]) -> Iterator[tuple[str, int, Kind]]:
    places, areas = gazetteer.places, gazetteer.areas
    for rank, place in enumerate(places):
        yield place["name"], rank, Kind.DEFAULT
        for name in place["alternatenames"]:
            if "://" not in name:
                yield name, rank, _kind_of_alternate(name)
    # An area that no place lies in has no position: it is context only.
    occupied = {area for of_place in gazetteer.place_areas for area in of_place[:2]}
    found = {area: len(places) + area for area in occupied if area}
    by_id = {areas[area].id: number for area, number in found.items() if areas[area].id}
    by_id |= {place["geonameid"]: rank for rank, place in enumerate(places)}
    for identifier, name in tagged:
        if (number := by_id.get(identifier)) is not None:
            yield name, number, Kind.TAGGED
    for area, number in found.items():
        yield areas[area].name, number, Kind.DEFAULT
    for name, area in gazetteer.area_aliases:
        if area in found:
            yield name, found[area], Kind.TAGGED if len(name) > 3 else Kind.SPELLED


def _kind_of_alternate(name: str) -> Kind:
    # GeoNames' files romanise other scripts in small letters ("xi si ke te") and hold codes of airports ("LHR").
    if name.isascii() and (name.islower() or (len(name) <= 3 and name.isupper())):
        return Kind.SPELLED
    return Kind.ALTERNATE
