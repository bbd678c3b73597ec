"""From what somebody typed to places, best first.

The rule: places whose name is exactly the text come first, then places whose name begins with it, each by population.
Names are compared folded, in any script, and alternate names count as names. What follows a comma is context, not
name: "Paris, Texas" and "Paris, FR" are places called Paris in an area called Texas or FR; when no area is called
that, the comma is part of the name.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from .fold import fold
from .hot import HOT, hot_key
from .names import NameIndex, Ranks
from .places import Places

_COMMAS: Final = str.maketrans("，、،﹐؛;", ",,,,,,")


@dataclass(frozen=True, slots=True)
class Query:
    """A folded name, and the areas it must lie in: one set of area numbers for each piece of context."""

    name: str
    contexts: tuple[NDArray[np.uint32], ...] = ()


class Search:
    """The names of all places, and those of the areas that give them context."""

    __slots__ = ("_contexts", "_hot", "_names", "_places")

    def __init__(self, places: Places, names: NameIndex, hot: NameIndex, contexts: NameIndex) -> None:
        self._places = places
        self._names = names
        self._hot = hot
        self._contexts = contexts

    def ranks(self, text: str, country: tuple[int, str] | None, limit: int) -> list[int]:
        """Ranks of the places that a text means, best first; `country` is an area number and its code."""
        found: dict[int, None] = {}
        for query in self._readings(text):
            for block in self._blocks(query, country):
                for rank in block.tolist():
                    found[rank] = None
                    if len(found) == limit:
                        return list(found)
            if found:
                break
        return list(found)

    def _readings(self, text: str) -> Iterator[Query]:
        """The ways to read a text, the likeliest first."""
        whole = fold(text)
        name, *rest = (fold(part) for part in text.translate(_COMMAS).split(","))
        contexts = tuple(self._contexts.exact(part) for part in dict.fromkeys(rest) if part)
        if not name or not contexts or not all(len(areas) for areas in contexts):
            yield Query(whole)
            return
        yield Query(name, contexts)
        yield Query(whole)

    def _blocks(self, query: Query, country: tuple[int, str] | None) -> Iterator[Ranks]:
        """Places of a query, in blocks that are each in rank order: the exact ones, then those it begins."""
        yield self._within(self._names.exact(query.name), query, country)
        postings = self._names.starting(query.name)
        if len(postings) <= HOT:
            yield np.unique(self._within(postings, query, country))
        elif query.contexts:
            # Beginnings this short are completed among the best of the world or of the country only.
            code = country[1] if country else self._only_country(query)
            yield self._within(self._hot.exact(hot_key(query.name, code)), query, country)
        else:
            yield self._hot.exact(hot_key(query.name, country[1] if country else ""))

    def _within(self, ranks: Ranks, query: Query, country: tuple[int, str] | None) -> Ranks:
        if country:
            ranks = ranks[self._places.countries[ranks] == country[0]]
        for areas in query.contexts:
            if len(ranks):
                ranks = ranks[np.isin(self._places.areas[ranks], areas).any(axis=1)]
        return ranks

    def _only_country(self, query: Query) -> str:
        for areas in query.contexts:
            if len(areas) == 1 and (code := self._places.country_code(int(areas[0]))):
                return code
        return ""
