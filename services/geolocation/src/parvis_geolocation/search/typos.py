"""Finding names in spite of typing errors.

The rule (symmetric deletion; Garbe's SymSpell, 2012): two words are one edit apart when they become equal by leaving
out at most one letter of each, an edit being an insertion, a deletion, a substitution or a swap of neighbours. So every
key is filed under each word that leaving out one letter makes of it, and long keys of large places under each word
that leaving out two makes; a text is looked up under the words that the same makes of it. What is filed is a hash, so
what is found is then measured by its true distance (optimal string alignment).

Hashes are sums of letters times powers of an odd number, which makes leaving out a letter a multiplication, for one
text as for a million keys at once.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray
from rapidfuzz.distance import OSA

from ..storage.draft import Draft
from ..storage.store import Generation
from .importance import OFFSET
from .names import Numbers

SHORTEST: Final = 3
"""Letters of the shortest key that is filed; one edit of a shorter one is another name."""
SHORTEST_OF_TWO: Final = 7
"""Letters of the shortest key that is filed with two letters left out."""
LONGEST: Final = 40
_LARGE: Final = 6.5 + OFFSET
"""Score from which a key is found in spite of two errors, and told of beside names one error away: that of a town with
100,000 inhabitants and names in a few languages."""
_BETTER: Final = 1.5
"""By how much the score of a key must be better for a key one edit away to tell of it."""

_BASE: Final = 0x01000193  # odd, so it has an inverse modulo 2**32
_MASK: Final = 0xFFFF_FFFF
_INVERSE: Final = pow(_BASE, -1, 1 << 32)
_MIX: Final = 0x9E3779B1
_POWERS: Final = [pow(_BASE, power, 1 << 32) for power in range(LONGEST + 2)]


class Typos:
    """Keys by the words that leaving out letters makes of them, mapped from the store."""

    __slots__ = ("_buckets", "_filed", "_near", "_nearby", "_shift", "_starts")

    def __init__(self, generation: Generation) -> None:
        self._buckets = generation.array("typos.buckets").data
        self._filed = generation.array("typos.filed").data
        self._shift = 33 - (len(self._buckets) - 1).bit_length()
        self._near = generation.array("typos.near").data
        self._starts = generation.array("typos.starts").data
        self._nearby = generation.array("typos.nearby").data

    def better_known(self, number: int) -> list[int]:
        """The numbers of keys that are one edit from this key and much better known."""
        near = self._near
        at = bisect_left(near, number)
        if at == len(near) or near[at] != number:
            return []
        return self._nearby[self._starts[at] : self._starts[at + 1]].tolist()

    def one_edit(self, key: str) -> set[int]:
        """The numbers of keys that may be one edit from this one, and others: measure them."""
        return self._filed_under(_hashes_once(key))

    def two_edits(self, key: str) -> set[int]:
        """The numbers of keys of large places that may be two edits from this one, and others: measure them."""
        return self._filed_under(_two_out(key)) if SHORTEST_OF_TWO <= len(key) <= LONGEST else set()

    def _filed_under(self, hashes: list[int]) -> set[int]:
        return _filed_under(hashes, self._buckets, self._filed, self._shift)


def _filed_under(hashes: list[int], buckets: memoryview, filed: memoryview, shift: int) -> set[int]:
    found: set[int] = set()
    for value in hashes:
        bucket = (value * _MIX & _MASK) >> shift
        begins, ends = buckets[bucket], buckets[bucket + 1]
        if begins != ends:
            found.update(filed[begins:ends])
    return found


def edits(one: str, other: str, most: int) -> int:
    """The edits between two words; `most` + 1 when there are more than `most`."""
    return OSA.distance(one, other, score_cutoff=most)


def write_typos(draft: Draft, keys: Sequence[str], sound: NDArray[np.bool_], scores: NDArray[np.float64]) -> None:
    """Write the files of keys.

    Args:
        draft: Where to.
        keys: All keys, by number.
        sound: Which to file.
        scores: The best score of each.
    """
    buckets, filed = _file(keys, sound, sound & (scores >= _LARGE))
    draft.array("typos.buckets", buckets)
    draft.array("typos.filed", filed)

    found: dict[int, list[int]] = {}
    shift = 33 - (len(buckets) - 1).bit_length()
    famous = np.flatnonzero(sound & (scores >= _LARGE)).tolist()
    best = scores.tolist()
    for number in sorted(famous, key=lambda number: -best[number]):
        spelling = keys[number]
        for other in _filed_under(_hashes_once(spelling), buckets.data, filed.data, shift):
            if best[other] <= best[number] - _BETTER and edits(spelling, keys[other], 1) == 1:
                found.setdefault(other, []).append(number)
    near = sorted(found)
    starts = np.zeros(len(near) + 1, dtype=np.uint32)
    np.cumsum([len(found[number]) for number in near], out=starts[1:])
    draft.array("typos.near", np.array(near, dtype=np.uint32))
    draft.array("typos.starts", starts)
    draft.array("typos.nearby", np.array([other for number in near for other in found[number]], dtype=np.uint32))


def _file(keys: Sequence[str], once: NDArray[np.bool_], twice: NDArray[np.bool_]) -> tuple[Numbers, Numbers]:
    hashes: list[NDArray[np.uint32]] = []
    numbers: list[Numbers] = []
    for length, group in _by_length(keys, once):
        letters = _letters([keys[number] for number in group], length)
        for made in (_hashes_one_out(letters), _hash(letters)[:, None]):
            hashes.append(made.ravel())
            numbers.append(np.repeat(group, made.shape[1]))
    for length, group in _by_length(keys, twice):
        if length >= SHORTEST_OF_TWO:
            made = _hashes_two_out(_letters([keys[number] for number in group], length))
            hashes.append(made.ravel())
            numbers.append(np.repeat(group, made.shape[1]))
    every = np.concatenate([np.zeros(0, dtype=np.uint32), *hashes]) * np.uint32(_MIX)
    bits = max(1, min(22, len(every).bit_length() - 1))
    every >>= np.uint32(32 - bits)
    order = np.argsort(every, kind="stable")
    counts = np.bincount(every, minlength=1 << bits)
    buckets = np.zeros((1 << bits) + 1, dtype=np.uint32)
    np.cumsum(counts, out=buckets[1:])
    return buckets, np.concatenate([np.zeros(0, dtype=np.uint32), *numbers])[order].astype(np.uint32)


def _by_length(keys: Sequence[str], chosen: NDArray[np.bool_]) -> list[tuple[int, Numbers]]:
    numbers = np.flatnonzero(chosen).astype(np.uint32)
    lengths = np.array([len(keys[number]) for number in numbers.tolist()], dtype=np.int64)
    return [
        (length, numbers[lengths == length]) for length in range(SHORTEST, LONGEST + 1) if (lengths == length).any()
    ]


def _letters(words: list[str], length: int) -> NDArray[np.uint32]:
    return np.frombuffer("".join(words).encode("utf-32-le"), dtype=np.uint32).reshape(-1, length)


def _hash(letters: NDArray[np.uint32]) -> NDArray[np.uint32]:
    powers = np.array(_POWERS[: letters.shape[1]], dtype=np.uint32)
    hashes: NDArray[np.uint32] = (letters * powers).sum(axis=1, dtype=np.uint32)
    return hashes


def _hashes_one_out(letters: NDArray[np.uint32]) -> NDArray[np.uint32]:
    """For each word and each of its places, the hash of the word without the letter there."""
    powers = np.array(_POWERS[: letters.shape[1]], dtype=np.uint32)
    terms = letters * powers
    upto = np.cumsum(terms, axis=1, dtype=np.uint32)
    hashes: NDArray[np.uint32] = (upto - terms) + (upto[:, -1:] - upto) * np.uint32(_INVERSE)
    return hashes


def _hashes_two_out(letters: NDArray[np.uint32]) -> NDArray[np.uint32]:
    made = [_hashes_one_out(np.delete(letters, place, axis=1))[:, place:] for place in range(letters.shape[1] - 1)]
    return np.concatenate(made, axis=1)


def _whole(word: str) -> int:
    return sum([ord(letter) * power for letter, power in zip(word, _POWERS, strict=False)]) & _MASK


def _hashes_once(word: str) -> list[int]:
    return [_whole(word), *_one_out(word)] if len(word) <= LONGEST else []


def _one_out(word: str) -> list[int]:
    terms = [ord(letter) * power for letter, power in zip(word, _POWERS, strict=False)]
    before, after = 0, sum(terms)
    made: list[int] = []
    for term in terms:
        after -= term
        made.append(before + after * _INVERSE & _MASK)
        before += term
    return made


def _two_out(word: str) -> list[int]:
    made: list[int] = []
    for place in range(len(word) - 1):
        made += _one_out(word[:place] + word[place + 1 :])[place:]
    return made
