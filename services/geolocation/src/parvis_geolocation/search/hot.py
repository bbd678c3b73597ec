"""The best places under every short prefix, kept so that completing one never scans the world.

A prefix that covers more than `HOT` postings is hot: its `KEEP` best places are kept, for the world and for each
country. The rest cover so few that ranking them on the spot is quicker than a look-up.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from .names import Numbers, ScoredIndex, Scores

HOT: Final = 1024
_WORST: Final = np.uint16(0xFFFF)
KEEP: Final = 200
"""Twice the largest answer: an answer also leaves out places already found under the exact name."""


def hot_key(prefix: str, country: str = "") -> str:
    """The name under which the best places of a prefix are kept; a key holds no bar."""
    return f"{country}|{prefix}"


def hot_prefixes(names: ScoredIndex, country_of: NDArray[np.uint32], codes: list[str]) -> ScoredIndex:
    """The index of all hot prefixes.

    Args:
        names: The names of all places and areas.
        country_of: The number of the country that each of them lies in, as an index of `codes`.
        codes: Codes of countries; 0 stands for none.
    """
    keys = [names.keys.text(number) for number in range(len(names))]
    scores = names.scores
    found: dict[str, tuple[Numbers, Scores]] = {}

    def visit(first: int, after: int, length: int) -> None:
        while first < after:
            prefix = keys[first][:length]
            if len(prefix) < length:  # the key that is the prefix of all others here
                first += 1
                continue
            end = _end_of_group(keys, prefix, first, after)
            begins, ends = int(names.starts[first]), int(names.starts[end])
            if ends - begins > HOT:
                keep(prefix, *_arrays(*best_first(names.postings[begins:ends], scores[begins:ends], ends - begins)))
                visit(first, end, length + 1)
            first = end

    def keep(prefix: str, numbers: Numbers, best: Scores) -> None:
        found[hot_key(prefix)] = numbers[:KEEP], best[:KEEP]
        countries = country_of[numbers]
        order = np.argsort(countries, kind="stable")
        present, starts = np.unique(countries[order], return_index=True)
        for country, group in zip(present, np.split(order, starts[1:]), strict=True):
            found[hot_key(prefix, codes[country])] = numbers[group[:KEEP]], best[group[:KEEP]]

    visit(0, len(keys), 1)
    return ScoredIndex.of_lists(found)


def best_first(numbers: Numbers, scores: Scores, most: int) -> tuple[list[int], list[int]]:
    """Each number once, with its best score, the best first; `most` of them."""
    # A stable sort of 16 bits is a radix sort; those that come first are looked at first.
    order = np.argsort(_WORST - scores, kind="stable")
    taken = 4 * most
    while True:
        some = order[:taken]
        best: dict[int, int] = {}
        for number, score in zip(numbers[some].tolist(), scores[some].tolist(), strict=True):
            best.setdefault(number, score)
            if len(best) == most:
                break
        if len(best) == most or taken >= len(order):
            return list(best), list(best.values())
        taken *= 4


def _arrays(numbers: list[int], scores: list[int]) -> tuple[Numbers, Scores]:
    return np.array(numbers, dtype=np.uint32), np.array(scores, dtype=np.uint16)


def _end_of_group(keys: list[str], prefix: str, first: int, after: int) -> int:
    low, high = first + 1, after
    while low < high:
        middle = (low + high) // 2
        if keys[middle].startswith(prefix):
            low = middle + 1
        else:
            high = middle
    return low
