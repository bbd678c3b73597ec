"""Sets and dicts of what a caller chose: built for work by their number, or not at all.

CPython looks for the place of a value by its hash, and integers, and what is made of them, hash to what anybody can
work out. So a caller can send values that are all looked for in the same places, and building a set of them takes the
square of their number. Two rules. Few different values have one hash, which is looked at before any are compared. And
what is built is built step by step, and given up when the values of a step are found there in many times what it takes
to find them among themselves: hashes may differ and still lead along the same places, and only CPython knows which.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from operator import eq
from time import thread_time_ns
from typing import Any

CROWD = 100
"""Different values of one hash that a set or dict may have."""

COMPARED = 8
"""Comparisons for each value, on average, to tell those of one hash apart."""

STEP = 128
"""Values that are added at a time."""

SLOW = 1000
"""Nanoseconds for each value of a step, beside what their hashes take, below which it is not looked at closely."""

LONGER = 16
"""Times as long as alone that the values of a step may be looked for in the whole."""


class Crowded(Exception):
    """The values were chosen for their hashes."""


def built_set(values: Sequence[Hashable]) -> set[Any]:
    """Raises :class:`Crowded`; ``TypeError`` for a value that has no hash."""
    whole: set[Any] = set()
    _build(values, whole, whole.update, values)
    return whole


def built_dict(keys: Sequence[Hashable], values: Iterable[Any]) -> dict[Any, Any]:
    """As :func:`built_set`; of equal keys the last counts."""
    whole: dict[Any, Any] = {}
    _build(keys, whole, whole.update, zip(keys, values, strict=True))
    return whole


def _build(
    values: Sequence[Hashable], whole: Collection[Any], add: Callable[[Iterator[Any]], None], items: Iterable[Any]
) -> None:
    began = thread_time_ns()
    hashes = [*map(hash, values)]
    usual = SLOW * STEP + 2 * STEP * (thread_time_ns() - began) // max(len(values), 1)
    if len(values) > CROWD:
        found: Counter[int] = Counter()
        _add(hashes, found, found.update, hashes, usual)
        if alike(values, hashes, found):
            raise Crowded
    _add(values, whole, add, items, usual)


def _add(
    values: Sequence[Any], whole: Collection[Any], add: Callable[[Iterator[Any]], None], items: Iterable[Any],
    usual: int,
) -> None:  # fmt: skip
    rest = iter(items)
    for start in range(0, len(values), STEP):
        began = thread_time_ns()
        add(islice(rest, STEP))
        if thread_time_ns() - began > usual and far(values[start : start + STEP], whole):
            raise Crowded


def alike(values: Sequence[Any], hashes: Sequence[int], found: Mapping[int, int]) -> bool:
    """Whether more than ``CROWD`` different values have one hash; the same value may come any number of times.

    ``found`` counts each hash.
    """
    chains: dict[int, list[Any]] = {each: [] for each, count in found.items() if count > CROWD}
    if not chains or all(map(eq, values, hashes)):  # a number that is its own hash is one value
        return False
    left = len(values) * COMPARED
    for value, each in zip(values, hashes, strict=True):
        if each in chains:
            chain = chains[each]
            if value in chain:
                left -= chain.index(value)
            else:
                left -= len(chain)
                chain.append(value)
            if len(chain) > CROWD or left < 0:
                return True
    return False


def far(values: Sequence[Any], whole: Collection[Any]) -> bool:
    """Whether these are found only after a long search in ``whole``. The best of some, for this machine does other
    things too."""
    alone = set(values)
    return min(_search(values, whole) for _ in range(3)) > LONGER * max(_search(values, alone) for _ in range(3))


def _search(values: Sequence[Any], among: Collection[Any]) -> int:
    began = thread_time_ns()
    all(map(among.__contains__, values))
    return thread_time_ns() - began
