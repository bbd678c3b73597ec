"""Sorted names, each with the numbers of what bears it.

Three uses of one structure: the folded names of places, the most populous places under each short prefix, and the
names and codes of countries and subdivisions. Numbers of places are ranks: 0 is the most populous place of the world,
so the smallest numbers are the best answers and no score is kept anywhere.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from .strings import StringTable

Ranks = NDArray[np.uint32]


class NameIndex:
    """An immutable map from a name to sorted numbers, which also answers for all names with a prefix."""

    __slots__ = ("_starts", "keys", "postings", "starts")

    def __init__(self, keys: StringTable, starts: NDArray[np.uint32], postings: Ranks) -> None:
        self.keys = keys
        self.starts = starts
        self.postings = postings
        self._starts = starts.data

    @classmethod
    def of(cls, pairs: Iterable[tuple[str, int]]) -> NameIndex:
        """An index of (name, number) pairs, given in any order and with repeats."""
        keys: list[str] = []
        counts: list[int] = []
        postings = array("I")
        for name, number in sorted(pairs):
            if not keys or keys[-1] != name:
                keys.append(name)
                counts.append(0)
            elif postings[-1] == number:
                continue
            counts[-1] += 1
            postings.append(number)
        return cls._of(keys, counts, np.array(postings, dtype=np.uint32))

    @classmethod
    def of_lists(cls, lists: Mapping[str, Ranks]) -> NameIndex:
        """An index in which each name has this list of numbers, already sorted."""
        keys = sorted(lists)
        postings = [lists[key] for key in keys]
        joined = np.concatenate(postings) if postings else np.zeros(0)
        return cls._of(keys, [len(ranks) for ranks in postings], joined.astype(np.uint32))

    @classmethod
    def _of(cls, keys: Sequence[str], counts: Sequence[int], postings: Ranks) -> NameIndex:
        starts = np.zeros(len(keys) + 1, dtype=np.uint32)
        np.cumsum(counts, out=starts[1:])
        return cls(StringTable.of(keys), starts, postings)

    def __len__(self) -> int:
        return len(self.keys)

    def exact(self, name: str) -> Ranks:
        """The numbers under exactly this name, ascending."""
        key = name.encode()
        at = bisect_left(self.keys, key)
        if at == len(self.keys) or self.keys[at] != key:
            return self.postings[:0]
        return self.postings[self._starts[at] : self._starts[at + 1]]

    def starting(self, prefix: str) -> Ranks:
        """The numbers under every name with this prefix: one block of postings, unsorted and with repeats."""
        key = prefix.encode()
        first = bisect_left(self.keys, key)
        # 0xFF is in no UTF-8 string, so this is just after the last name with the prefix.
        after = bisect_left(self.keys, key + b"\xff", lo=first)
        return self.postings[self._starts[first] : self._starts[after]]
