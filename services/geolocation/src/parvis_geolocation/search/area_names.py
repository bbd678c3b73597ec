"""The names and codes of countries and subdivisions, which tell one place from others of its name.

The rule: an area is named by its key (`spelling.key`) in any language of the data, by a code, or without the word for
what it is. A name or code may belong to several areas, and then means any of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from ..places import Places
from ..storage.store import Generation
from .fold import fold
from .names import NameIndex
from .spelling import is_cjk, key, unfinished_key, variants

_WORDS: Final = 4
"""Words of an area that is named without a comma."""


class AreaNames:
    """The names of all areas, mapped from the store."""

    __slots__ = ("_index", "_places")

    def __init__(self, generation: Generation, places: Places) -> None:
        self._index = NameIndex.mapped(generation, "contexts")
        self._places = places

    def named(self, text: str) -> frozenset[int]:
        """The areas of this name or code; a country has its territories with it."""
        folded = fold(text)
        for name in (key(folded), *variants(text, folded)):
            if len(areas := self._index.exact(name)):
                return self._places.with_territories(areas.tolist())
        return frozenset()

    def beginning(self, text: str) -> frozenset[int]:
        """The areas with a name or code that begins so."""
        begins, ends = self._index.starting(unfinished_key(text))
        return frozenset(self._index.postings[begins:ends].tolist())

    def regions(self, text: str) -> tuple[int, ...]:
        """The subdivisions of this name or ISO 3166-2 code.

        Raises:
            ValueError: When none has it.
        """
        numbers = self._index.exact(key(fold(text))).tolist()
        found = tuple(number for number in numbers if self._places.area_level(number) > 0)
        if not found:
            raise ValueError(f"No region is called {text[:40]!r}. Give its name or an ISO 3166-2 code such as US-IL")
        return found

    def splits(self, folded: str) -> Iterator[tuple[str, frozenset[int]]]:
        """A folded text as a name and an area, in all ways: "paris texas", then "texas paris"; 北京市朝阳区."""
        if is_cjk(folded) and " " not in folded:
            for cut in range(2, len(folded) - 1):
                if areas := self.named(folded[:cut]):
                    yield folded[cut:], areas
            return
        words = folded.split(" ")
        counts = range(1, min(_WORDS, len(words) - 1) + 1)
        for count in counts:
            if areas := self.named(" ".join(words[-count:])):
                yield " ".join(words[:-count]), areas
        for count in counts:
            if areas := self.named(" ".join(words[:count])):
                yield " ".join(words[count:]), areas
