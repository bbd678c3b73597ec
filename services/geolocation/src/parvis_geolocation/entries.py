"""What a search can find, in columns: all places, then all countries and regions.

The rule: an entry has one number. Below the number of places it is the rank of a place; from there on it is an area,
the number of places being added to the number of the area. Counties have a number too, but are not found by name.
An area lies at the middle of its places, and keeps the time of the largest one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from .gazetteer import COORDINATE_SCALE, Gazetteer
from .points.distance import unit_vectors
from .search.importance import CAPITAL, populations_of_areas
from .storage.draft import Draft
from .storage.store import Generation
from .values.place import Kind

KINDS: Final[tuple[Kind, ...]] = ("village", "town", "city", "region", "country")
"""The kinds of entries, by number."""
_TOWN: Final = 10_000
_CITY: Final = 100_000


@dataclass(frozen=True, slots=True)
class Filters:
    """What an entry must be to be found.

    Attributes:
        country: Number of the area that is its country; 0 for any.
        regions: Numbers of areas, one of which it must be or lie in; empty for anywhere.
        kind: What it must be; None for anything.
        min_population: Inhabitants it must have at least.
        bbox: West, south, east and north in degrees; east is less than west across the 180th meridian.
    """

    country: int = 0
    regions: tuple[int, ...] = ()
    kind: Kind | None = None
    min_population: int = 0
    bbox: tuple[float, float, float, float] | None = None


class Entries:
    """The columns of all entries, mapped from the store."""

    __slots__ = ("_columns", "counties", "countries", "kinds", "latitudes", "longitudes", "populations", "regions",
                 "timezones")  # fmt: skip

    def __init__(self, generation: Generation) -> None:
        names = ("country", "region", "county", "kind", "population", "latitude", "longitude", "timezone")
        self._columns: dict[str, NDArray[np.uint32]] = {name: generation.array(f"entry.{name}") for name in names}
        if len({len(column) for column in self._columns.values()}) != 1:
            raise generation.damaged("its entries differ in length")
        # The memoryview of a column gives a plain int, several times faster than an array gives its own scalar.
        views = [self._columns[name].data for name in names]
        self.countries, self.regions, self.counties, self.kinds = views[:4]
        self.populations, self.latitudes, self.longitudes, self.timezones = views[4:]

    def __len__(self) -> int:
        return len(self.kinds)

    def within(self, number: int, areas: frozenset[int]) -> bool:
        """Whether an entry is or lies in one of these areas."""
        return self.countries[number] in areas or self.regions[number] in areas or self.counties[number] in areas

    def passes(self, number: int, filters: Filters) -> bool:
        """Whether an entry is what is asked for."""
        if filters.country and self.countries[number] != filters.country:
            return False
        if filters.regions and not (
            self.regions[number] in filters.regions or self.counties[number] in filters.regions
        ):
            return False
        if filters.kind and KINDS[self.kinds[number]] != filters.kind:
            return False
        if self.populations[number] < filters.min_population:
            return False
        return filters.bbox is None or inside(*self.coordinates(number), filters.bbox)

    def passing(self, numbers: NDArray[np.uint32], filters: Filters) -> NDArray[np.bool_]:
        """Which of many entries are what is asked for; as `passes` says of each."""
        column = self._columns
        kept = np.ones(len(numbers), dtype=bool)
        if filters.country:
            kept &= column["country"][numbers] == filters.country
        if filters.regions:
            kept &= np.isin(column["region"][numbers], filters.regions) | np.isin(
                column["county"][numbers], filters.regions
            )
        if filters.kind:
            wanted = KINDS.index(filters.kind) if filters.kind in KINDS else len(KINDS)
            kept &= column["kind"][numbers] == wanted
        if filters.min_population:
            kept &= column["population"][numbers] >= filters.min_population
        if filters.bbox is not None:
            west, south, east, north = (degrees * COORDINATE_SCALE for degrees in filters.bbox)
            latitude, longitude = column["latitude"][numbers], column["longitude"][numbers]
            kept &= (south <= latitude) & (latitude <= north)
            after, before = west <= longitude, longitude <= east
            kept &= after & before if west <= east else after | before
        return kept

    def lying(self, numbers: NDArray[np.uint32], areas: frozenset[int]) -> NDArray[np.bool_]:
        """Which of many entries are or lie in one of these areas; as `within` says of each."""
        wanted = np.array(sorted(areas), dtype=np.uint32)
        column = self._columns
        of_all = [np.isin(column[level][numbers], wanted) for level in ("country", "region", "county")]
        return of_all[0] | of_all[1] | of_all[2]

    def coordinates(self, number: int) -> tuple[float, float]:
        """Latitude and longitude in degrees."""
        return self.latitudes[number] / COORDINATE_SCALE, self.longitudes[number] / COORDINATE_SCALE


def inside(latitude: float, longitude: float, bbox: tuple[float, float, float, float]) -> bool:
    """Whether a point lies in a box of west, south, east and north."""
    west, south, east, north = bbox
    if not south <= latitude <= north:
        return False
    return west <= longitude <= east if west <= east else longitude >= west or longitude <= east


def write_entries(draft: Draft, gazetteer: Gazetteer, codes: list[str], timezones: dict[str, int]) -> None:
    """Write the columns.

    Args:
        draft: Where to.
        gazetteer: The places and areas.
        codes: The feature code of each place.
        timezones: Numbers of time zones.
    """
    places, areas = gazetteer.places, gazetteer.areas
    of_places = np.array(gazetteer.place_areas, dtype=np.int64).reshape(-1, 3)
    of_areas = np.array([gazetteer.lineage(number) for number in range(len(areas))], dtype=np.int64)
    all_areas = np.concatenate((of_places, of_areas))
    for level, name in enumerate(("country", "region", "county")):
        draft.array(f"entry.{name}", all_areas[:, level].astype(np.uint32))

    population = np.array([place["population"] for place in places], dtype=np.int64)
    kinds = (population >= _TOWN).astype(np.uint8) + (population >= _CITY)
    kinds[np.array([code == CAPITAL for code in codes], dtype=bool)] = KINDS.index("city")
    of_level = [KINDS.index("country") if area.level == 0 else KINDS.index("region") for area in areas]
    draft.array("entry.kind", np.concatenate((kinds, np.array(of_level))).astype(np.uint8))
    counted = np.where(np.array([area.level for area in areas]) == 0, populations_of_areas(gazetteer), 0)
    draft.array("entry.population", np.concatenate((population, counted)).astype(np.uint32))

    latitude = np.array([place["latitude"] for place in places])
    longitude = np.array([place["longitude"] for place in places])
    middle_latitude, middle_longitude = _middles(latitude, longitude, of_places, len(areas))
    for name, degrees in (
        ("latitude", np.concatenate((latitude, middle_latitude))),
        ("longitude", np.concatenate((longitude, middle_longitude))),
    ):
        draft.array(f"entry.{name}", np.rint(degrees * COORDINATE_SCALE).astype(np.int32))

    zones = np.array([timezones[place["timezone"]] for place in places], dtype=np.uint16)
    of_area = np.zeros(len(areas), dtype=np.uint16)
    for level in range(3):
        # Backwards, so that the largest place is the last to be written.
        of_area[of_places[::-1, level]] = zones[::-1]
    draft.array("entry.timezone", np.concatenate((zones, of_area)))


def _middles(
    latitude: NDArray[np.float64], longitude: NDArray[np.float64], of_places: NDArray[np.int64], total: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    vectors = unit_vectors(latitude, longitude)
    sums = np.zeros((total, 3))
    for level in range(3):
        np.add.at(sums, of_places[:, level], vectors)
    middle_latitude = np.degrees(np.arctan2(sums[:, 2], np.hypot(sums[:, 0], sums[:, 1])))
    return middle_latitude, np.degrees(np.arctan2(sums[:, 1], sums[:, 0]))
