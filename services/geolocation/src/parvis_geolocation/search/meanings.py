"""What a name may mean, by its key: exactly, with typing errors, in another script, or as the beginning of a name.

The rule: every way gives entries with a score, so that ways can be weighed against each other. The score of an exact
name is that of the store; every other way takes something from it. `importance` tells what scores are.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ..entries import Filters
from ..places import Places
from ..points.distance import distance_and_bearing
from ..storage.store import Generation
from ..values.place import MatchType
from .hot import HOT, KEEP, best_first, hot_key
from .names import SCORE_SCALE, Numbers, ScoredIndex, Scores
from .query import Point
from .sounds import Sounds, romanised
from .typos import LONGEST, Typos, edits

if TYPE_CHECKING:
    from ..postal.postal import PostalHit

Found: TypeAlias = "tuple[int | Point | PostalHit, MatchType]"
"""What a text may mean: the number of a place or area, coordinates, or a postal code or locality; and how it matched."""

Scored: TypeAlias = "tuple[float, int | PostalHit, MatchType]"

_NEAR: Final = 1.5
"""How much a score falls with each tenfold distance from the point to favour, from one kilometre on."""

# What is taken from the score of a name for:
_EDIT: Final = 3.0  # each edit
_FIRST_LETTER: Final = 0.5  # another first letter
_UNFINISHED: Final = 3.0  # letters that are still to come, where whole names are looked for
_OF_AREA: Final = 4.0  # an area that is not named exactly: there are few, and people know how to write them
_SCRIPT: Final = 0.5  # another script
_SOUND: Final = 16.0  # a name in it that sounds wholly different

_WHOLE: Final = 1.0
"""What a whole name has over names that only begin so, when completing."""
_LONG: Final = 7
"""Letters from which a name is recognised with two errors."""
_OF_A_KEY: Final = 10
"""Meanings of one mistyped name that are looked at."""
_SHORTEST_BEGINNING: Final = 4
"""Letters from which an error in a beginning is forgiven."""
_SCANNED: Final = 2000
"""Names that a beginning with an error is compared with at most."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What an answer must satisfy, beside its name.

    Attributes:
        filters: What the caller asks of it.
        contexts: What the text asks of it: of each of these sets, one area that it is or lies in.
        bias: Latitude and longitude of a point whose surroundings are favoured.
        limit: How much to answer at most.
    """

    filters: Filters | None
    contexts: tuple[frozenset[int], ...]
    bias: tuple[float, float] | None
    limit: int

    @property
    def plain(self) -> bool:
        """Whether nothing is asked, and the order of the store is that of the answer."""
        return self.filters is None and not self.contexts and self.bias is None


class Meanings:
    """The indexes of names, mapped from the store."""

    __slots__ = ("_hot", "_names", "_of_places", "_places", "_postings", "_scores", "_sounds", "_spans", "_typos")

    def __init__(self, generation: Generation, places: Places) -> None:
        self._places = places
        self._names = ScoredIndex.mapped(generation, "names")
        self._hot = ScoredIndex.mapped(generation, "hot")
        self._typos = Typos(generation)
        self._sounds = Sounds(generation)
        self._of_places = generation.array("place.score").data
        self._spans = self._names.spans
        self._postings = self._names.postings.data
        self._scores = self._names.scores.data

    def find(self, name: str) -> int:
        """The number of a key; -1 when no name has it."""
        return self._names.find(name)

    def first(self, at: int, limit: int) -> list[int]:
        """The best entries of a key, whatever they are."""
        begins, ends = self._spans[at], self._spans[at + 1]
        entries: list[int] = self._postings[begins : min(ends, begins + limit)].tolist()
        return entries

    def of_key(self, at: int, asked: Asked, match: MatchType, less: float = 0.0, most: int = 1 << 30) -> list[Scored]:
        """The entries of a key that are what is asked for, the best first."""
        entries, filters, contexts = self._places.entries, asked.filters, asked.contexts
        found: list[Scored] = []
        for position in range(self._spans[at], self._spans[at + 1]):
            number = self._postings[position]
            if filters is not None and not entries.passes(number, filters):
                continue
            if contexts and not all(entries.within(number, areas) for areas in contexts):
                continue
            found.append((self._scores[position] / SCORE_SCALE - less, number, match))
            if len(found) == most:
                break
        return found

    def better_known(self, at: int, asked: Asked) -> list[Scored]:
        """What much better known names mean that are one edit from this key."""
        return [
            item
            for other in self._typos.better_known(at)
            for item in self.of_key(other, asked, "fuzzy", 0.0, _OF_A_KEY)
        ]

    def mistyped(self, name: str, asked: Asked, most: int, less: float = 0.0) -> list[Scored]:
        """What names mean that are so many edits from this key, or one more when it is long."""
        numbers = self._typos.one_edit(name) if most == 1 else self._typos.two_edits(name)
        text = self._names.keys.text
        allowed = most if len(name) < _LONG else 2
        found: list[Scored] = []
        for at in numbers:
            other = text(at)
            count = edits(name, other, allowed)
            if count <= allowed:
                taken = less + _EDIT * count + (_FIRST_LETTER if other[0] != name[0] else 0.0)
                found += self.of_key(at, asked, "fuzzy", taken, _OF_A_KEY)
        return self._less_for_areas(found)

    def in_another_script(self, text: str, asked: Asked) -> list[Scored]:
        """Places whose name is or sounds like this text when it is written in Latin letters."""
        letters = romanised(text)
        found: list[Scored] = []
        if (at := self._names.find(letters)) >= 0:
            found += self.of_key(at, asked, "fuzzy", _SCRIPT, _OF_A_KEY)
        found += self.mistyped(letters, asked, 1, _SCRIPT)
        entries, filters = self._places.entries, asked.filters
        for rank in self._sounds.like(text):
            if filters is not None and not entries.passes(rank, filters):
                continue
            if all(entries.within(rank, areas) for areas in asked.contexts):
                less = _SCRIPT + _SOUND * self._sounds.difference(letters, rank)
                found.append((self._of_places[rank] / SCORE_SCALE - less, rank, "fuzzy"))
        return found

    def begun(self, name: str, asked: Asked) -> list[Scored]:
        """What names mean that begin with this key, when whole names are looked for."""
        found: list[Scored] = [(score - _UNFINISHED, number, "prefix") for score, number in self._starting(name, asked)]
        return self._less_for_areas(found)

    def completed(self, name: str, asked: Asked) -> list[Scored]:
        """What names mean that begin with this key, when beginnings are looked for."""
        found: list[Scored] = [(score, number, "prefix") for score, number in self._starting(name, asked)]
        if (at := self._names.find(name)) >= 0:
            found += self.of_key(at, asked, "exact", -_WHOLE, asked.limit)
        return found

    def completed_mistyped(self, name: str, asked: Asked) -> list[Scored]:
        """What names mean whose beginning is one edit from this key, the error being where no name goes on so."""
        names = self._names
        if not _SHORTEST_BEGINNING <= len(name) <= LONGEST:
            return []
        sound = len(name) - 1
        while sound > 2 and len(range(*names.keys_starting(name[:sound]))) == 0:
            sound -= 1
        alike = range(*names.keys_starting(name[: sound - 1]))
        if len(alike) > _SCANNED:
            return []
        found: list[Scored] = []
        lengths = range(len(name) - 1, len(name) + 2)
        for at in alike:
            other = names.keys.text(at)
            if any(edits(name, other[:length], 1) <= 1 for length in lengths):
                found += self.of_key(at, asked, "fuzzy", 0.0, _OF_A_KEY)
        return found

    def best(self, scored: Iterable[Scored], asked: Asked) -> list[Found]:
        """The best of what was found, each once."""
        if asked.bias is not None:
            scored = [(self._favoured(score, what, asked.bias), what, match) for score, what, match in scored]
        found: dict[int | Point | PostalHit, MatchType] = {}
        for _, what, match in sorted(scored, key=_by_score):
            if what not in found:
                found[what] = match
                if len(found) == asked.limit:
                    break
        return list(found.items())

    def _favoured(self, score: float, what: int | PostalHit, bias: tuple[float, float]) -> float:
        point = self._places.entries.coordinates(what) if isinstance(what, int) else (what.latitude, what.longitude)
        return score - _NEAR * math.log10(max(1.0, distance_and_bearing(bias, point)[0]))

    def _less_for_areas(self, found: list[Scored]) -> list[Scored]:
        total = len(self._places)
        return [
            (score - _OF_AREA if isinstance(what, int) and what >= total else score, what, match)
            for score, what, match in found
        ]

    def _starting(self, name: str, asked: Asked) -> list[tuple[float, int]]:
        """The best entries with a name that begins so, as far as they are what is asked for, each with its score."""
        begins, ends = self._names.starting(name)
        if ends - begins > HOT:
            at = self._hot.find(hot_key(name, self._places.only_country(asked.filters, asked.contexts)))
            if at < 0:
                return []
            first, after = self._hot.spans[at], self._hot.spans[at + 1]
            if asked.plain:
                after = min(after, first + 2 * asked.limit)
                return _pairs(self._hot.postings[first:after], self._hot.scores[first:after])
            numbers, best = self._hot.postings[first:after], self._hot.scores[first:after]
            chosen = self._chosen(numbers, asked)
            # When the best of the world are not what is asked for, all that begins so is looked through.
            if chosen.any() or after - first < KEEP:
                return _pairs(numbers[chosen], best[chosen])
        numbers, best = self._names.postings[begins:ends], self._names.scores[begins:ends]
        if not asked.plain:
            chosen = self._chosen(numbers, asked)
            numbers, best = numbers[chosen], best[chosen]
        if asked.bias is not None:
            return _pairs(numbers, best)
        return [
            (score / SCORE_SCALE, number) for number, score in zip(*best_first(numbers, best, asked.limit), strict=True)
        ]

    def _chosen(self, numbers: Numbers, asked: Asked) -> NDArray[np.bool_]:
        """Which of many entries are what is asked for."""
        entries = self._places.entries
        chosen = np.ones(len(numbers), dtype=bool)
        if asked.filters is not None:
            chosen &= entries.passing(numbers, asked.filters)
        for areas in asked.contexts:
            chosen &= entries.lying(numbers, areas)
        return chosen


def _by_score(scored: Scored) -> float:
    return -scored[0]


def _pairs(numbers: Numbers, scores: Scores) -> list[tuple[float, int]]:
    return [(score / SCORE_SCALE, number) for number, score in zip(numbers.tolist(), scores.tolist(), strict=True)]
