"""The best places under every short prefix, kept so that completing one never scans the world.

A prefix that covers more than `HOT` postings is hot: its `KEEP` most populous places are kept, for the world and for
each country. The rest cover so few that ranking them on the spot is quicker than a look-up.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from .names import NameIndex, Ranks

HOT: Final = 1024
KEEP: Final = 200
"""Twice the largest answer: an answer also leaves out places already found under the exact name."""


def hot_key(prefix: str, country: str = "") -> str:
    """The name under which the best places of a prefix are kept; a folded name holds no bar."""
    return f"{country}|{prefix}"


def hot_prefixes(names: NameIndex, country_of: NDArray[np.uint32], codes: list[str]) -> NameIndex:
    """The index of all hot prefixes; `codes` are those of the countries that `country_of` numbers."""
    keys = [names.keys.text(number) for number in range(len(names))]
    found: dict[str, Ranks] = {}

    def visit(first: int, after: int, length: int) -> None:
        while first < after:
            prefix = keys[first][:length]
            end = _end_of_group(keys, prefix, first, after)
            postings = names.postings[names.starts[first] : names.starts[end]]
            if len(prefix) == length and len(postings) > HOT:
                keep(prefix, np.unique(postings))
                visit(first, end, length + 1)
            first = end

    def keep(prefix: str, ranks: Ranks) -> None:
        found[hot_key(prefix)] = ranks[:KEEP]
        countries = country_of[ranks]
        order = np.argsort(countries, kind="stable")
        numbers, starts = np.unique(countries[order], return_index=True)
        for number, group in zip(numbers, np.split(ranks[order], starts[1:]), strict=True):
            found[hot_key(prefix, codes[number])] = group[:KEEP]

    visit(0, len(keys), 1)
    return NameIndex.of_lists(found)


def _end_of_group(keys: list[str], prefix: str, first: int, after: int) -> int:
    low, high = first + 1, after
    while low < high:
        middle = (low + high) // 2
        if keys[middle].startswith(prefix):
            low = middle + 1
        else:
            high = middle
    return low
