"""What the places around a postal code tell of it: its time zone, and the ISO 3166-2 code of its region.

The rule: a point has the time zone of the nearest place of its country. A region of the postal data is the one of
that name that holds the places nearest to a fifth of its points, else the one that holds those nearest to two thirds
of them; it is then called as the places call it.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ..points.cells import CellIndex, cut
from ..points.distance import unit_vectors
from ..search.fold import fold
from ..search.names import NameIndex
from ..search.spelling import key
from ..storage.store import Generation
from ..storage.strings import StringTable

_AT_A_TIME: Final = 50_000
_PAIRS: Final = 4_000_000
"""Distances computed at a time."""
_FEW: Final = 3
"""Places that must speak for a region of another name."""
_SCALE: Final = 100_000
_LOW: Final = (1 << 32) - 1

Ints = NDArray[np.int64]


class Surroundings:
    """The places of a store, as far as the postal codes need them.

    Attributes:
        countries: Alpha-2 codes, the most populous country first.
        latitude: For each rank, in 1e-5 degrees.
        longitude: For each rank, in 1e-5 degrees.
        timezone: For each rank, the number of its time zone.
        timezone_names: The time zones.
        names: The keys of the names of places; numbers from `len(latitude)` on are not places.
    """

    def __init__(self, generation: Generation) -> None:
        array = generation.array
        rows: list[dict[str, Any]] = generation.table("countries")
        self.countries: list[str] = [row["iso"] for row in sorted(rows, key=lambda row: -row["population"])]
        size = len(array("place.id"))
        self.latitude: NDArray[np.int32] = array("entry.latitude")[:size]
        self.longitude: NDArray[np.int32] = array("entry.longitude")[:size]
        self.timezone: NDArray[Any] = array("entry.timezone")[:size]
        self.timezone_names: list[str] = generation.table("timezones")
        self.names = NameIndex.mapped(generation, "names")
        self._areas = NameIndex.mapped(generation, "contexts")
        self._country: NDArray[Any] = array("entry.country")[:size]
        self._region: NDArray[Any] = array("entry.region")[:size]
        self._area_of = {row["iso"]: row["area"] for row in rows}
        self._area_names = StringTable(array("area.name.blob"), array("area.name.starts"))
        self._area_codes = StringTable(array("area.code.blob"), array("area.code.starts"))

    def nearest(self, countries: list[str], latitude: NDArray[Any], longitude: NDArray[Any]) -> Ints:
        """The rank of the nearest place of the country of each point; of the nearest anywhere if it has none."""
        area = np.array([self._area_of.get(code, 0) for code in countries], dtype=np.int64)
        index = CellIndex(cut(self._country, self.latitude, self.longitude), self.latitude, self.longitude)
        found = np.empty(len(latitude), dtype=np.int64)
        for first in range(0, len(found), _AT_A_TIME):
            some = slice(first, first + _AT_A_TIME)
            found[some] = index.nearest_many(area[some], latitude[some] / _SCALE, longitude[some] / _SCALE)
        for number in np.unique(area[found < 0]).tolist():
            far = np.flatnonzero((found < 0) & (area == number))
            members = np.flatnonzero(self._country == number)
            if not len(members):
                members = np.arange(len(self._country))
            theirs = unit_vectors(self.latitude[members] / _SCALE, self.longitude[members] / _SCALE)
            for part in np.array_split(far, len(far) * len(members) // _PAIRS + 1):
                ours = unit_vectors(latitude[part] / _SCALE, longitude[part] / _SCALE)
                found[part] = members[(ours @ theirs.T).argmax(axis=1)]
        return found

    def regions(
        self, admins: list[tuple[str, str, str]], admin: NDArray[Any], point: NDArray[Any], ranks: Ints
    ) -> list[tuple[str, str]]:
        """The name and code of the region of each subdivision.

        Args:
            admins: Country, and names of level 1 and 2.
            admin: For each row, the number of its subdivision.
            point: For each row, the number of its point.
            ranks: For each point, the rank of the place nearest to it.
        """
        regions = {key: number for number, key in enumerate(dict.fromkeys((land, name) for land, name, _ in admins))}
        known = list(regions)
        region_of = np.array([regions[land, name] for land, name, _ in admins], dtype=np.int64)
        votes = np.unique(region_of[admin] << 32 | point)  # a point has one, however many codes it has
        region, rank = votes >> 32, ranks[votes & _LOW]
        chosen = region << 32 | self._region[rank].astype(np.int64)
        speakers = np.unique(np.column_stack((chosen, rank)), axis=0)[:, 0]
        totals = np.bincount(region, minlength=len(regions))
        won: dict[int, int] = {}
        for choice, count in zip(*(column.tolist() for column in np.unique(chosen, return_counts=True)), strict=True):
            number, area = choice >> 32, choice & _LOW
            places = np.searchsorted(speakers, choice, "right") - np.searchsorted(speakers, choice)
            same = area in self._areas.exact(key(fold(known[number][1])))
            if (same and 5 * count > totals[number]) or (
                number not in won and 3 * count > 2 * totals[number] and places >= _FEW
            ):
                won[number] = area
        found: list[tuple[str, str]] = []
        for number, (_, name, _) in zip(region_of.tolist(), admins, strict=True):
            winner = won.get(number, 0) if name else 0
            found.append((self._area_names.text(winner), self._area_codes.text(winner)) if winner else (name, ""))
        return found
