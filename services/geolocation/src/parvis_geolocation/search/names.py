"""Sorted names, each with the numbers of what bears it.

Three uses of one structure: the keys of the names of all places, the best places under each short prefix, and the names
and codes of countries and subdivisions. A whole name is found by its hash, a prefix by bisection; nothing is decoded
on the way, and all arrays are mapped.

The rule of `ScoredIndex`: what a name may mean is ordered at build, the likeliest first, so that a look-up is a slice.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from ..storage.store import Generation
from ..storage.strings import StringTable

Numbers = NDArray[np.uint32]
Scores = NDArray[np.uint16]

SCORE_SCALE: Final = 4096
"""Scores are kept as whole numbers of this part of one, in 16 bits."""

_SAMPLE: Final = 128
"""One key of so many is held in memory, where a bisection begins."""


class NameIndex:
    """An immutable map from a name to numbers, which also answers for all names with a prefix."""

    __slots__ = ("_blob", "_buckets", "_hashed", "_sample", "_shift", "_starts", "buckets", "hashed", "keys", "postings",
                 "spans", "starts")  # fmt: skip

    def __init__(
        self, keys: StringTable, starts: Numbers, postings: Numbers, buckets: Numbers, hashed: Numbers
    ) -> None:
        self.keys = keys
        self.starts = starts
        self.postings = postings
        self.buckets = buckets
        self.hashed = hashed
        self.spans = starts.data
        self._blob = keys.arrays[0].data
        self._starts = keys.arrays[1].data
        self._buckets = buckets.data
        self._hashed = hashed.data
        self._shift = 33 - (len(buckets) - 1).bit_length()
        self._sample = [keys[number] for number in range(0, len(keys), _SAMPLE)]

    @classmethod
    def of(cls, pairs: Iterable[tuple[str, int]]) -> NameIndex:
        """An index of (name, number) pairs, given in any order and with repeats."""
        lists: dict[str, list[int]] = {}
        for name, number in sorted(set(pairs)):
            lists.setdefault(name, []).append(number)
        keys = list(lists)
        counts = [len(numbers) for numbers in lists.values()]
        return cls.built(keys, counts, np.array([number for numbers in lists.values() for number in numbers]))

    @classmethod
    def built(cls, keys: Sequence[str], counts: Sequence[int], postings: NDArray[np.integer[Any]]) -> NameIndex:
        """An index of sorted keys, with how many numbers each one has and those numbers end to end."""
        starts = np.zeros(len(keys) + 1, dtype=np.uint32)
        np.cumsum(counts, out=starts[1:])
        bits = max(1, (len(keys) - 1).bit_length())
        hashes = np.array([crc32(key.encode()) >> (32 - bits) for key in keys], dtype=np.uint32)
        buckets = np.searchsorted(np.sort(hashes), np.arange(2**bits + 1)).astype(np.uint32)
        hashed = np.argsort(hashes, kind="stable").astype(np.uint32)
        return cls(StringTable.of(keys), starts, postings.astype(np.uint32), buckets, hashed)

    @classmethod
    def mapped(cls, generation: Generation, name: str) -> NameIndex:
        """The index of this name in a store."""
        return cls(
            StringTable(generation.array(f"{name}.keys.blob"), generation.array(f"{name}.keys.starts")),
            *(generation.array(f"{name}.{part}") for part in ("starts", "postings", "buckets", "hashed")),
        )

    def __len__(self) -> int:
        return len(self.keys)

    def find(self, name: str) -> int:
        """The number of a name in the index; -1 when it is not there."""
        wanted = name.encode()
        bucket = crc32(wanted) >> self._shift
        starts, blob = self._starts, self._blob
        for number in self._hashed[self._buckets[bucket] : self._buckets[bucket + 1]]:
            if blob[starts[number] : starts[number + 1]] == wanted:
                return int(number)
        return -1

    def exact(self, name: str) -> Numbers:
        """The numbers under exactly this name, in the order of the index."""
        at = self.find(name)
        if at < 0:
            return self.postings[:0]
        return self.postings[self.spans[at] : self.spans[at + 1]]

    def starting(self, prefix: str) -> tuple[int, int]:
        """Where the postings of all names with this prefix begin and end."""
        first, after = self.keys_starting(prefix)
        return self.spans[first], self.spans[after]

    def keys_starting(self, prefix: str) -> tuple[int, int]:
        """The number of the first name with this prefix, and that after the last."""
        key = prefix.encode()
        # 0xFF is in no UTF-8 string, so this is just after the last name with the prefix.
        return self._bisect(key), self._bisect(key + b"\xff")

    def _bisect(self, key: bytes) -> int:
        after = bisect_left(self._sample, key) * _SAMPLE
        return bisect_left(self.keys, key, max(0, after - _SAMPLE), min(after, len(self.keys)))


class ScoredIndex(NameIndex):
    """An index in which each number has a score under each of its names; the numbers of a name come best first."""

    __slots__ = ("scores",)

    scores: Scores

    @classmethod
    def ranked(cls, keys: Sequence[str], of: Numbers, numbers: Numbers, scores: NDArray[np.float64]) -> ScoredIndex:
        """An index of sorted keys and of meanings in any order: the number of a key, a number under it, and its score.

        A number comes once under a key, with its best score.
        """
        whole = np.clip(np.rint(scores * SCORE_SCALE), 0, 0xFFFF).astype(np.int64)
        order = np.lexsort((-whole, numbers, of))
        of, numbers, whole = of[order], numbers[order], whole[order]
        kept = np.ones(len(of), dtype=bool)
        kept[1:] = (of[1:] != of[:-1]) | (numbers[1:] != numbers[:-1])
        of, numbers, whole = of[kept], numbers[kept], whole[kept]
        order = np.lexsort((numbers, -whole, of))
        index = cls.built(keys, np.bincount(of, minlength=len(keys)).tolist(), numbers[order])
        assert isinstance(index, ScoredIndex)
        index.scores = whole[order].astype(np.uint16)
        return index

    @classmethod
    def of_lists(cls, lists: Mapping[str, tuple[Numbers, Scores]]) -> ScoredIndex:
        """An index in which each name has these numbers and scores, already in order."""
        keys = sorted(lists)
        counts = [len(lists[key][0]) for key in keys]
        empty: list[NDArray[np.uint32]] = [np.zeros(0, dtype=np.uint32)]
        index = cls.built(keys, counts, np.concatenate(empty + [lists[key][0] for key in keys]))
        assert isinstance(index, ScoredIndex)
        index.scores = np.concatenate(empty + [lists[key][1] for key in keys]).astype(np.uint16)
        return index

    @classmethod
    def mapped(cls, generation: Generation, name: str) -> ScoredIndex:
        """The index of this name in a store."""
        index = super().mapped(generation, name)
        assert isinstance(index, ScoredIndex)
        index.scores = generation.array(f"{name}.scores")
        if len(index.scores) != len(index.postings):
            raise generation.damaged(f"the scores of {name} differ from its postings in number")
        return index
