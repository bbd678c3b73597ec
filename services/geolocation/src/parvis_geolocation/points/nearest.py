"""The place that people would name for a point.

The rule: not the nearest centre, but the nearest in units of how far each place reaches. A place with p inhabitants
reaches `OUTSKIRTS` plus the radius of a disc that holds p people at `DENSITY`; the winner has the least distance
divided by reach, where `pool.BLUR` is added to every distance because the centre of a town is no point. So a point in a
city is in that city rather than in a hamlet or a ward of it, and the middle of a suburb is still in the suburb.

Two bounds keep the rule from surprises. Only places of the point's own country and first-level subdivision compete,
so that population never moves an answer across a border; when none of them is within `FAR_KM`, those of the country
do, and where there is no country, those of the world. And none may be more than `pool.DETOUR` farther than the nearest.

Far from any place, as in the middle of an ocean, the answer is the nearest of the landmarks: the most populous place of
each square of `LANDMARK_DEGREES`.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..entries import Entries, Filters
from ..gazetteer import Gazetteer
from ..storage.draft import Draft
from ..storage.store import Generation
from .distance import EARTH_RADIUS_KM, unit_vector, unit_vectors
from .pool import Pool, write_pool

DENSITY: Final = 2000.0
"""Inhabitants per square kilometre, on which a place's reach rests."""
OUTSKIRTS: Final = 2.0
"""Kilometres that any place reaches beyond its inhabitants."""
UNKNOWN_POPULATION: Final = 200
"""Inhabitants of a place whose population is not known, or less than that."""
FAR_KM: Final = 150.0
"""Kilometres beyond which the places of a subdivision give way to those of the country, and places to landmarks."""

LANDMARK_DEGREES: Final = 2
_PORTION: Final = 16
"""Points compared with all landmarks at a time; few, so that the product of matrices stays on one core."""

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def write_nearest(draft: Draft, gazetteer: Gazetteer) -> None:
    """Write the places in the order of their subdivision, of their country, and of the world."""
    latitude = np.array([place["latitude"] for place in gazetteer.places])
    longitude = np.array([place["longitude"] for place in gazetteer.places])
    population = np.array([place["population"] for place in gazetteer.places])
    areas = np.array(gazetteer.place_areas, dtype=np.int64)
    reach = OUTSKIRTS + np.sqrt(np.maximum(population, UNKNOWN_POPULATION) / (math.pi * DENSITY))
    groups = {"admin1": _group(areas[:, 0], areas[:, 1]), "country": areas[:, 0], "world": np.zeros_like(areas[:, 0])}
    for level, group in groups.items():
        write_pool(draft, f"near.{level}", group, latitude, longitude, reach)
    squares = _squares(latitude, longitude)
    wide = squares // 360 // LANDMARK_DEGREES * 360 + squares % 360 // LANDMARK_DEGREES
    landmarks = np.sort(np.unique(wide, return_index=True)[1])  # of each square the first, so the most populous
    draft.array("near.landmarks", landmarks.astype(np.uint32))
    draft.array("near.landmark_points", unit_vectors(latitude[landmarks], longitude[landmarks]).T)
    draft.array("near.peopled", _peopled(squares))


def _squares(latitude: Floats, longitude: Floats) -> Ints:
    """The numbers of squares of a degree, row by row from the south-west."""
    row = np.minimum((latitude + 90).astype(np.int64), 179)
    return row * 360 + (longitude + 180).astype(np.int64) % 360


def _peopled(squares: Ints) -> NDArray[np.uint8]:
    """For each square, 1 when a place may be within `FAR_KM` of a point of it."""
    there = np.zeros((180, 360), dtype=bool)
    there.ravel()[squares] = True
    peopled = np.zeros((180, 360), dtype=bool)
    reach = math.degrees(FAR_KM / EARTH_RADIUS_KM)
    for row in np.flatnonzero(there.any(axis=1)).tolist():
        for target in range(max(0, row - 2), min(180, row + 3)):
            shrink = math.cos(math.radians(min(89.9, max(abs(target - 90), abs(target - 89)))))
            across = min(180, 1 + math.ceil(reach / shrink))
            for aside in range(-across, across + 1):
                peopled[target] |= np.roll(there[row], aside)
    return peopled.ravel().astype(np.uint8)


def _group(country: Ints, admin1: Ints) -> Ints:
    return country << 32 | admin1


class Nearest:
    """An index of all places by position."""

    __slots__ = ("_admin1", "_country", "_landmark_points", "_landmarks", "_peopled", "_world")

    def __init__(self, generation: Generation) -> None:
        self._admin1 = Pool(generation, "near.admin1")
        self._country = Pool(generation, "near.country")
        self._world = Pool(generation, "near.world")
        self._landmarks = generation.array("near.landmarks")
        self._landmark_points = generation.array("near.landmark_points")
        self._peopled = generation.array("near.peopled")

    def rank(self, latitude: float, longitude: float, country: int, admin1: int) -> int:
        """The rank of the place that a point in these areas belongs to; 0 stands for an area that is not known."""
        point = unit_vector(latitude, longitude)
        found = self._admin1.best(country << 32 | admin1, latitude, point, FAR_KM) if admin1 else -1
        if found < 0 and country:
            found = self._country.best(country, latitude, point, math.inf)
        if found < 0 and self._peopled[min(int(latitude + 90), 179) * 360 + int(longitude + 180) % 360]:
            found = self._world.best(0, latitude, point, FAR_KM)
        if found < 0:
            x, y, z = self._landmark_points
            found = int(self._landmarks[int((x * point[0] + y * point[1] + z * point[2]).argmax())])
        return found

    def ranks(self, latitudes: Floats, longitudes: Floats, countries: Ints, admin1s: Ints) -> Ints:
        """The same as `rank`, for many points."""
        points = unit_vectors(latitudes, longitudes).T
        peopled = self._peopled[_squares(latitudes, longitudes)] > 0
        found = np.full(len(latitudes), -1, dtype=np.int64)
        levels = (
            (self._admin1, _group(countries, admin1s), admin1s > 0, FAR_KM),
            (self._country, countries, countries > 0, math.inf),
            (self._world, np.zeros_like(countries), peopled, FAR_KM),
        )
        for pool, groups, known, within in levels:
            left = np.flatnonzero(known & (found < 0))
            if len(left):
                found[left] = pool.best_of_many(
                    groups[left], latitudes[left], longitudes[left], points[:, left], within
                )
        left = np.flatnonzero(found < 0)
        for part in np.split(left, range(_PORTION, len(left), _PORTION)):
            found[part] = self._landmarks[(points[:, part].T @ self._landmark_points).argmax(axis=1)]
        return found

    def around(
        self, latitude: float, longitude: float, radius_km: float, entries: Entries, filters: Filters, limit: int
    ) -> list[int]:
        """The ranks of the places within a radius that are what is asked for, the nearest first."""
        ranks, distances = self._world.around(0, latitude, longitude, radius_km)
        kept = entries.passing(ranks, filters)
        ranks, distances = ranks[kept], distances[kept]
        order = np.lexsort((ranks, distances))
        return [int(rank) for rank in ranks[order[:limit]]]
