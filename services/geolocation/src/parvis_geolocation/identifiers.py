"""From GeoNames identifiers to places, regions and countries, and all the names that one of them has.

The rule: a number is the rank of a place or, after those, that of an area, as everywhere; identifiers stand sorted
beside them. Of an area and a place with the same identifier the place is meant.
"""

from __future__ import annotations

from bisect import bisect_left
from typing import Final

import numpy as np

from .gazetteer import Gazetteer
from .storage.draft import Draft
from .storage.store import Generation
from .storage.strings import StringTable

_BETWEEN: Final = "\x1f"
"""Stands between the alternate names of one place; the unit separator of ASCII is in no name."""


def write_identifiers(draft: Draft, gazetteer: Gazetteer) -> None:
    """Write the identifiers of places and areas, and the alternate names of places."""
    places, areas = gazetteer.places, gazetteer.areas
    occupied = {area for of_place in gazetteer.place_areas for area in of_place if area}
    numbers = {areas[area].id: len(places) + area for area in sorted(occupied)}
    numbers |= {place["geonameid"]: rank for rank, place in enumerate(places)}
    numbers.pop(0, None)
    found = sorted(numbers.items())
    draft.array("identifier.ids", np.array([identifier for identifier, _ in found], dtype=np.uint32))
    draft.array("identifier.numbers", np.array([number for _, number in found], dtype=np.uint32))
    alternates = [
        _BETWEEN.join(dict.fromkeys(name for name in place["alternatenames"] if name and "://" not in name))
        for place in places
    ]
    draft.strings("identifier.alternates", StringTable.of(alternates))


class Identifiers:
    """The identifiers of a store."""

    __slots__ = ("_alternates", "_ids", "_numbers")

    def __init__(self, generation: Generation) -> None:
        self._ids = generation.array("identifier.ids").data
        self._numbers = generation.array("identifier.numbers").data
        array = generation.array
        self._alternates = StringTable(array("identifier.alternates.blob"), array("identifier.alternates.starts"))

    def number(self, identifier: int) -> int:
        """The number of what has this identifier.

        Raises:
            LookupError: When nothing here has it.
        """
        at = bisect_left(self._ids, identifier)
        if at == len(self._ids) or self._ids[at] != identifier:
            raise LookupError(f"No place has the identifier {identifier}. Give one that another answer has, as `id`")
        return int(self._numbers[at])

    def alternate_names(self, number: int) -> tuple[str, ...]:
        """The other names of the place of this number; none for an area."""
        if number >= len(self._alternates):
            return ()
        joined = self._alternates.text(number)
        return tuple(joined.split(_BETWEEN)) if joined else ()
