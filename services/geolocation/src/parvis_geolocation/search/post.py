"""Postal codes and the localities that only they know, as answers to a search.

The rule: the store may have no postal codes, and then there are no such answers. A locality is where its codes say:
country, region and county are compared by code and name.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Final

from ..entries import inside
from ..places import Places
from ..points.distance import distance_and_bearing
from .meanings import Asked

if TYPE_CHECKING:
    from ..postal.postal import Postal, PostalHit

_LOOKED_AT: Final = 100
"""Codes and localities of one name that are looked at."""


class Post:
    """The postal codes of a store, when it has them."""

    __slots__ = ("_places", "_postal")

    def __init__(self, places: Places, postal: Callable[[], Postal | None]) -> None:
        self._places = places
        self._postal = postal

    def codes(self, code: str, asked: Asked) -> list[PostalHit]:
        """The postal codes that a text is, as far as they are what is asked for."""
        postal = self._postal()
        if postal is None:
            return []
        country = self._places.only_country(asked.filters, asked.contexts) or None
        hits = [hit for hit in postal.find(code, country, _LOOKED_AT) if self._passes(hit, asked)]
        if asked.bias is not None:
            point = asked.bias
            hits.sort(key=lambda hit: kilometres(point, hit))
        return hits

    def localities(self, name: str, asked: Asked) -> list[PostalHit]:
        """The localities of this key that the places do not hold, as far as they are what is asked for."""
        postal = self._postal()
        if postal is None:
            return []
        if asked.plain:
            return postal.localities(name, None, asked.limit)
        country = self._places.only_country(asked.filters, asked.contexts) or None
        return [hit for hit in postal.localities(name, country, _LOOKED_AT) if self._passes(hit, asked)]

    def _passes(self, hit: PostalHit, asked: Asked) -> bool:
        filters = asked.filters
        if filters is not None:
            if filters.kind not in (None, hit.kind) or filters.min_population > 0:
                return False
            if filters.bbox is not None and not inside(hit.latitude, hit.longitude, filters.bbox):
                return False
            if filters.country and self._places.country_code(filters.country) != hit.country_code:
                return False
            if filters.regions and not self._lies(hit, filters.regions):
                return False
        return all(self._lies(hit, areas) for areas in asked.contexts)

    def _lies(self, hit: PostalHit, areas: Iterable[int]) -> bool:
        places = self._places
        for area in areas:
            if places.country_of(area) != hit.country_code:
                continue
            if places.area_level(area) == 0:
                return True
            names = {places.area_name(area), places.area_code(area)}
            if names & {hit.admin1, hit.admin1_code, hit.admin2} - {None}:
                return True
        return False


def kilometres(point: tuple[float, float], hit: PostalHit) -> float:
    """The distance from a point to a postal code or locality."""
    return distance_and_bearing(point, (hit.latitude, hit.longitude))[0]
