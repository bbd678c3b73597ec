"""How likely each place is meant: the order of places that bear one name.

The rule: a score is a power of ten of inhabitants, raised for what makes a place known beyond its size (it is a capital
or a seat of administration, it has names in many languages) and lowered by how weakly the name stands for it. The
weights are those of a conditional logit model fitted to which of the places of one name is listed by three lists of
world places and by the towns of airports, rounded; halves that the fit had not seen agree within half a percent.
"""

from __future__ import annotations

import lzma
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..gazetteer import Gazetteer
from ..packaged import packaged
from .naming import Kind

OFFSET: Final = 4.0
"""Added to every score, which keeps them above zero."""

UNKNOWN: Final = 2.2
"""The power of ten taken for a place whose inhabitants nobody has counted."""

# By GeoNames feature code: capital of a country; seat of a first, second and third-level division; part of a place.
_FEATURES: Final = {"PPLC": 1.5, "PPLA": 1.0, "PPLA2": 1.0, "PPLA3": 0.5, "PPLX": -1.5}
CAPITAL: Final = "PPLC"
SEATS: Final = ("PPLC", "PPLA")

_NAMES: Final = 1.2
"""For each power of ten of names that the data has for a place."""

_WEAKNESS: Final = {Kind.DEFAULT: 0.0, Kind.TAGGED: 1.5, Kind.ALTERNATE: 3.0, Kind.SHORTENED: 3.2, Kind.SPELLED: 3.5}

_ONE_LANGUAGE: Final = 0.75
"""Taken besides from a name that only one language has: Hong Kong is "Victoria" in none but Portuguese."""

_COUNTRY: Final = 1.5
_REGION: Final = -0.5
_BELOW: Final = 0.01
"""How far an area stays behind its own city of the same name: New York is the city, then the state."""
_MAIN_CITY: Final = 0.1
"""Share of the inhabitants of its area that makes a city its main one, as being its seat does."""


def features() -> dict[int, str]:
    """The GeoNames feature code of populated places that are not ordinary ones, by identifier."""
    packed = packaged("features.tsv.xz").read_bytes()
    codes: dict[int, str] = {}
    for line in lzma.decompress(packed).decode().splitlines():
        code, *steps = line.split("\t")
        identifier = 0
        for step in steps:
            identifier += int(step)
            codes[identifier] = code
    return codes


def feature_codes(gazetteer: Gazetteer) -> list[str]:
    """The feature code of each place; empty for an ordinary one."""
    codes = features()
    return [codes.get(place["geonameid"], "") for place in gazetteer.places]


def populations_of_areas(gazetteer: Gazetteer) -> NDArray[np.int64]:
    """The inhabitants of each area: of a country as the data has it, of a subdivision those of its places."""
    populations = np.zeros(len(gazetteer.areas), dtype=np.int64)
    areas = np.array(gazetteer.place_areas, dtype=np.int64).reshape(-1, 3)
    counts = np.array([place["population"] for place in gazetteer.places], dtype=np.int64)
    for level in (1, 2):
        np.add.at(populations, areas[:, level], counts)
    populations[0] = 0
    for country in gazetteer.countries:
        populations[country["area"]] = country["population"]
    return populations


def importance(gazetteer: Gazetteer, codes: list[str]) -> NDArray[np.float64]:
    """The score of each place, then of each area, under its own name."""
    places = gazetteer.places
    population = np.array([place["population"] for place in places], dtype=np.float64)
    names = np.array([len(place["alternatenames"]) for place in places], dtype=np.float64)
    of_places = np.where(population > 0, np.log10(population + 1), UNKNOWN) + _NAMES * np.log10(names + 1)
    of_places += np.array([_FEATURES.get(code, 0.0) for code in codes])
    levels = np.array([area.level for area in gazetteer.areas])
    of_areas = np.log10(populations_of_areas(gazetteer) + 1.0) + _NAMES + np.where(levels == 0, _COUNTRY, _REGION)
    return np.concatenate((of_places, of_areas)) + OFFSET


def scores(
    important: NDArray[np.float64],
    gazetteer: Gazetteer,
    codes: list[str],
    of: NDArray[np.uint32],
    numbers: NDArray[np.uint32],
    kinds: NDArray[np.uint8],
) -> NDArray[np.float64]:
    """The score of each meaning of a key.

    Args:
        important: What `importance` gives.
        gazetteer: The places and areas.
        codes: The feature code of each place.
        of: For each meaning, the number of its key.
        numbers: For each meaning, a rank, or the number of places and that of an area.
        kinds: For each meaning, the `naming.Kind` of the name.
    """
    weakness = np.array([_WEAKNESS[kind] for kind in Kind])
    result: NDArray[np.float64] = important[numbers] - weakness[kinds]
    result[_in_one_language(of, numbers, kinds)] -= _ONE_LANGUAGE
    _put_areas_behind_their_cities(gazetteer, codes, of, numbers, kinds, result)
    return result


def _in_one_language(
    of: NDArray[np.uint32], numbers: NDArray[np.uint32], kinds: NDArray[np.uint8]
) -> NDArray[np.int64]:
    """The meanings that are tagged with one language only."""
    tagged = np.flatnonzero(kinds == Kind.TAGGED)
    pairs = of[tagged].astype(np.uint64) << np.uint64(32) | numbers[tagged]
    _, first, count = np.unique(pairs, return_index=True, return_counts=True)
    single: NDArray[np.int64] = tagged[first[count == 1]]
    return single


def _put_areas_behind_their_cities(
    gazetteer: Gazetteer,
    codes: list[str],
    of: NDArray[np.uint32],
    numbers: NDArray[np.uint32],
    kinds: NDArray[np.uint8],
    result: NDArray[np.float64],
) -> None:
    total = len(gazetteer.places)
    populations = populations_of_areas(gazetteer)
    of_areas = np.flatnonzero(numbers >= total)
    named = np.flatnonzero((numbers < total) & (kinds <= Kind.ALTERNATE) & np.isin(of, np.unique(of[of_areas])))
    by_key: dict[int, list[int]] = {}
    for meaning in named.tolist():
        by_key.setdefault(int(of[meaning]), []).append(meaning)
    for meaning in of_areas.tolist():
        area = int(numbers[meaning]) - total
        # "Mexico" is French for Mexico City, yet means the country: there the default name alone counts.
        level = gazetteer.areas[area].level
        for other in by_key.get(int(of[meaning]), ()):
            rank = int(numbers[other])
            if area not in gazetteer.place_areas[rank] or (level == 0 and kinds[other] > Kind.DEFAULT):
                continue
            if codes[rank] in SEATS or (
                kinds[other] <= Kind.TAGGED
                and gazetteer.places[rank]["population"] > _MAIN_CITY * populations[area] > 0
            ):
                result[meaning] = min(result[meaning], result[other] - _BELOW)
