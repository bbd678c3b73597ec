"""Finding places by how their names sound, from names written in another script.

The rule: what a script does not write or writes in its own way is left out of the sound, and what it keeps decides.
Writing a foreign name in Chinese characters, kana, hangul, Arabic or Cyrillic letters keeps the order of consonants,
and of each no more than where in the mouth it is made: 纳契托什 and Natchitoches are both N S T S. Vowels, h and w
come and go. So places are filed under the consonants of their default names, romanised (anyascii), and those that
share the consonants of a text are then compared with it letter by letter, vowels included.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

import numpy as np
from anyascii import anyascii
from numpy.typing import NDArray
from rapidfuzz.distance import OSA

from ..storage.draft import Draft
from ..storage.store import Generation
from ..storage.strings import StringTable
from .names import NameIndex

_LETTERS_ONLY: Final = re.compile("[^a-z]+")
_HAN: Final = re.compile("[\u3400-\u9fff]")

# Letters that stand for one sound together, and letters that sound otherwise before some vowels.
_GROUPS: Final = (
    ("c(?=[eiy])", "s"), ("x", "ks"), ("sch|tch|sh|zh|ch|t[sz]", "s"), ("ph", "f"), ("th", "t"), ("ck|qu|kh", "k"),
    ("gh", "g"), ("ng", "n"),
)  # fmt: skip
_SOUND: Final = str.maketrans(
    {
        **dict.fromkeys("bp", "P"), **dict.fromkeys("dt", "T"), **dict.fromkeys("gkcq", "K"), **dict.fromkeys("fv", "F"),
        **dict.fromkeys("lr", "L"), **dict.fromkeys("szj", "S"), "m": "M", "n": "N",
        **dict.fromkeys("aeiouyhw", None),
    }
)  # fmt: skip
_READ_AS: Final = str.maketrans({"什": "shi", "伽": "ga", "茜": "xi"})
"""Characters that transcriptions read otherwise than words do."""
_REPEATED: Final = re.compile(r"(.)\1+")

_SHORTEST: Final = 2
"""Consonants that a name must have to be known by them."""
_COMPARED: Final = 1000
"""Names of one sound that are compared at most, the best known first."""


def romanised(text: str) -> str:
    """A name in small Latin letters and nothing else."""
    letters = anyascii(text.translate(_READ_AS)).lower()
    if _HAN.search(text):
        letters = letters.replace("q", "ch")  # as pinyin says it
    return _LETTERS_ONLY.sub("", letters)


def sound(letters: str) -> str:
    """The consonants of a romanised name, by where in the mouth they are made."""
    for group, one in _GROUPS:
        letters = re.sub(group, one, letters)
    return _REPEATED.sub(r"\1", letters.translate(_SOUND))


class Sounds:
    """Places by the sound of their default names, mapped from the store."""

    __slots__ = ("_index", "_letters")

    def __init__(self, generation: Generation) -> None:
        self._index = NameIndex.mapped(generation, "sounds")
        self._letters = StringTable(generation.array("sounds.letters.blob"), generation.array("sounds.letters.starts"))

    def like(self, text: str) -> list[int]:
        """Ranks of the places whose name sounds like a text, the best known first; empty when it has little sound."""
        wanted = sound(romanised(text))
        return self._index.exact(wanted)[:_COMPARED].tolist() if len(wanted) >= _SHORTEST else []

    def difference(self, letters: str, rank: int) -> float:
        """How far the name of a place is from these Latin letters: 0 when it is the same, 1 when nothing is."""
        return OSA.normalized_distance(letters, self._letters.text(rank))


def write_sounds(draft: Draft, names: Sequence[str], scores: NDArray[np.float64]) -> None:
    """Write the index.

    Args:
        draft: Where to.
        names: The default name of each place, by rank.
        scores: The score of each under it.
    """
    letters = [romanised(name) for name in names]
    by_sound: dict[str, list[int]] = {}
    for rank in np.argsort(-scores, kind="stable").tolist():
        if len(made := sound(letters[rank])) >= _SHORTEST:
            by_sound.setdefault(made, []).append(rank)
    keys = sorted(by_sound)
    numbers = np.array([rank for made in keys for rank in by_sound[made]], dtype=np.int64)
    draft.index("sounds", NameIndex.built(keys, [len(by_sound[made]) for made in keys], numbers))
    draft.strings("sounds.letters", StringTable.of(letters))
