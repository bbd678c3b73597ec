"""The localities that postal codes know and the places do not: hamlets, quarters, small villages.

The rule: a locality is indexed under the key of its name when no place within `SAME_KM` bears that name. Localities of
one name within `SAME_KM` of one another are one. Names are cut where they hold more than one name or a remark; streets
and codes of large receivers are no localities.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ..points.cells import ranges
from ..search.fold import fold_many
from ..search.names import NameIndex
from ..search.spelling import key
from .surroundings import Surroundings

SAME_KM: Final = 10.0

OF_STREETS: Final = ("SG",)
"""Countries whose rows are streets and buildings."""
NAMED_RECEIVERS: Final = ("JP",)
"""Countries whose rows are firms and offices where they are not in Latin letters."""
_NO_NAMES: Final = frozenset({"ikanikeisaiganaibaai"})
"""Keys that are no name: "where nothing is listed below", in Japan."""

_REMARK: Final = re.compile(r"\s*\(.*")
_PARTS: Final = re.compile(r"\s*[,/]\s*")
_ENDING: Final = re.compile(r" (?:(?:k|vs|mstl|vienk|gyv|st)\.|[0-9]+)$")
"""What names end with in Lithuania: village, town, steading; and the number of a post office or district."""
_EAST_ASIAN: Final = re.compile("[\u3040-\u9fff]")
_SMALL_WORDS: Final = frozenset({"De", "Del", "La", "Las", "Los", "El", "Y", "E", "Da", "Do", "Dos", "Das", "Di"})
_KM_PER_DEGREE: Final = 111.195
_SCALE: Final = 100_000
_CHUNK: Final = 100_000
_PAIRS: Final = 1 << 20

Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Localities:
    """An index of localities.

    Attributes:
        index: From the key of a name to numbers of localities.
        rows: For each locality, the position of its row among those given.
    """

    index: NameIndex
    rows: Ints


def tidy(name: str) -> str:
    """A name as people write it: not all in capitals, as in Argentina, and its words one space apart."""
    words = name.split()
    if len(name) <= 4 or not name.isupper():
        return " ".join(words)
    first, *rest = (word.title() for word in words)
    return " ".join([first, *(word.lower() if word in _SMALL_WORDS else word for word in rest)])


def is_receiver_name(name: str) -> bool:
    """Whether a name, in a country of `NAMED_RECEIVERS`, is that of a firm or an office."""
    return _EAST_ASIAN.search(name) is not None


def find_localities(
    names: list[str],
    country: NDArray[Any],
    name: NDArray[Any],
    latitude: NDArray[Any],
    longitude: NDArray[Any],
    surroundings: Surroundings,
    progress: Callable[[str, int, int], None],
) -> Localities:
    """The localities of rows that the places do not hold.

    Args:
        names: All names.
        country: For each row, a number of its country.
        name: For each row, the number of its name.
        latitude: For each row, in 1e-5 degrees.
        longitude: For each row, in 1e-5 degrees.
        surroundings: The places.
        progress: Told how many names are folded, as step "fold".
    """
    keys, of_name = _keys(names, progress)
    # One pair for each row and each key of its name.
    counts = np.diff(of_name.starts)[name]
    row = np.repeat(np.arange(len(name)), counts)
    spelled = of_name.keys[ranges(of_name.starts[name], counts)]
    kept = ~_held(keys, spelled, latitude[row], longitude[row], surroundings)
    row, spelled = row[kept], spelled[kept]

    order = np.lexsort((row, longitude[row], latitude[row], country[row], spelled))
    row, spelled = row[order], spelled[order]
    same = (spelled[1:] == spelled[:-1]) & (country[row[1:]] == country[row[:-1]])
    near = _apart_2(latitude[row[1:]], longitude[row[1:]], latitude[row[:-1]], longitude[row[:-1]]) <= SAME_KM**2
    kept = np.concatenate(([True], ~(same & near)))[: len(row)]
    row, spelled = row[kept], spelled[kept]

    rows, locality = np.unique(row, return_inverse=True)
    used, spelled = np.unique(spelled, return_inverse=True)
    order = np.lexsort((locality, spelled))
    counts = np.bincount(spelled, minlength=len(used))
    return Localities(
        NameIndex.built([keys[number] for number in used.tolist()], counts.tolist(), locality[order]), rows
    )


@dataclass(frozen=True, slots=True)
class _Spelled:
    """For each name, numbers of its keys: those from its start up to the next one's."""

    starts: Ints
    keys: Ints


def _keys(names: list[str], progress: Callable[[str, int, int], None]) -> tuple[list[str], _Spelled]:
    """All keys, sorted, and those of each name."""
    numbers: dict[str, int] = {}
    starts, spelled = [0], []
    for first in range(0, len(names), _CHUNK):
        progress("fold", first, len(names))
        texts: list[str] = []
        counts: list[int] = []
        for name in names[first : first + _CHUNK]:
            parts = [part for part in _PARTS.split(_ENDING.sub("", _REMARK.sub("", name))) if part]
            texts += parts
            counts.append(len(parts))
        folded = iter(fold_many(texts))
        for count in counts:
            found = dict.fromkeys(key(next(folded)) for _ in range(count))
            for text in found:
                if len(text) > 1 and text not in _NO_NAMES:
                    spelled.append(numbers.setdefault(text, len(numbers)))
            starts.append(len(spelled))
    progress("fold", len(names), len(names))
    ordered = sorted(numbers)
    position = np.empty(len(ordered), dtype=np.int64)
    position[[numbers[text] for text in ordered]] = np.arange(len(ordered))
    return ordered, _Spelled(np.array(starts), position[np.array(spelled, dtype=np.int64)])


def _held(
    keys: list[str], spelled: Ints, latitude: NDArray[Any], longitude: NDArray[Any], surroundings: Surroundings
) -> NDArray[np.bool_]:
    """For each key at a point, whether a place near it bears it."""
    names = surroundings.names
    found = [names.find(key) for key in keys]
    spans = names.spans
    begins = np.array([spans[at] if at >= 0 else 0 for at in found], dtype=np.int64)
    ends = np.array([spans[at + 1] if at >= 0 else 0 for at in found], dtype=np.int64)
    counts = (ends - begins)[spelled]
    held = np.zeros(len(spelled), dtype=bool)
    totals = np.cumsum(counts)
    first = 0
    while first < len(spelled):
        after = max(int(np.searchsorted(totals, totals[first] + _PAIRS)), first + 1)
        part = np.arange(first, after)
        ranks = names.postings[ranges(begins[spelled[part]], counts[part])].astype(np.int64)
        of = np.repeat(part, counts[part])
        is_place = ranks < len(surroundings.latitude)
        ranks, of = ranks[is_place], of[is_place]
        near = (
            _apart_2(latitude[of], longitude[of], surroundings.latitude[ranks], surroundings.longitude[ranks])
            <= SAME_KM**2
        )
        held[of[near]] = True
        first = after
    return held


def _apart_2(
    latitude: NDArray[Any], longitude: NDArray[Any], other_latitude: NDArray[Any], other_longitude: NDArray[Any]
) -> NDArray[np.float64]:
    """The square of the distance in kilometres between points near to one another."""
    to_km = _KM_PER_DEGREE / _SCALE
    rise = (latitude.astype(np.int64) - other_latitude) * to_km
    run = np.abs(longitude.astype(np.int64) - other_longitude)
    run = np.minimum(run, 360 * _SCALE - run) * to_km * np.cos(np.radians(latitude / _SCALE))
    return np.asarray(rise**2 + run**2)
