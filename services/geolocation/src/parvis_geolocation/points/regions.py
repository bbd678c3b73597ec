"""Joining the regions of the outlines to the areas of the gazetteer.

The rule: places decide. Outlines and gazetteer are of different years and often number the same province in different
ways, so the codes of a region only propose an area, and the places that lie inside settle it: an area of level 1 that
holds `CLEAR` of them is the region's. Where the outlines are coarser than the gazetteer (the old provinces of Kenya,
its counties now), no area is clear, and the region has none: then the nearest place tells.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..gazetteer import Gazetteer
from .outlines import Region

CLEAR: Final = 0.8
"""Share of the places of a region, of which an area must have as many to be that of the region."""
FEW: Final = 3
"""Places that do not outvote codes: rounded centres of small places lie across the line."""
MANY: Final = 10
"""Places that outvote codes even when they disagree among themselves."""


def areas_of(regions: Sequence[Region], gazetteer: Gazetteer, inside: NDArray[np.int64]) -> list[tuple[int, int]]:
    """The country and the area of level 1 of each region, as area numbers, region 0 coming first.

    Args:
        regions: The regions, the first being number 1.
        gazetteer: The places and areas.
        inside: For each place the number of the region it lies in; 0 when it lies in none.
    """
    areas = gazetteer.areas
    countries = {area.code: number for number, area in enumerate(areas) if area.level == 0}
    by_code = {area.code: number for number, area in enumerate(areas) if area.level in (1, 2) and area.code}
    by_id = {area.id: number for number, area in enumerate(areas) if area.level in (1, 2) and area.id}
    votes: list[Counter[int]] = [Counter() for _ in range(len(regions) + 1)]
    for region, (country, admin1, _) in zip(inside.tolist(), gazetteer.place_areas, strict=True):
        if region and admin1 and country == countries.get(regions[region - 1].country):
            votes[region][admin1] += 1

    found = [(0, 0)]
    for region, vote in zip(regions, votes[1:], strict=True):
        proposed = (by_id.get(region.geonames_id, 0), by_code.get(region.code, 0))
        ancestors = [number for number in (gazetteer.lineage(number)[1] for number in proposed) if number]
        found.append((countries.get(region.country, 0), _settle(ancestors, vote)))
    return found


def _settle(proposed: list[int], votes: Counter[int]) -> int:
    total = votes.total()
    winner, most = votes.most_common(1)[0] if votes else (0, 0)
    clear = winner if total and most >= CLEAR * total else 0
    if total >= MANY or (clear and total > FEW) or not proposed:
        return clear
    return max(proposed, key=lambda area: votes[area])


def only_zones(gazetteer: Gazetteer) -> dict[int, str]:
    """The time zone of each country all of whose places keep the same, by the number of its area."""
    zones: dict[int, set[str]] = {}
    for place, (country, _, _) in zip(gazetteer.places, gazetteer.place_areas, strict=True):
        zones.setdefault(country, set()).add(place["timezone"])
    return {country: next(iter(names)) for country, names in sorted(zones.items()) if len(names) == 1}
