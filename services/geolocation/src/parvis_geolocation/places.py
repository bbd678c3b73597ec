"""The places of a store, by rank, and the countries and regions after them: columns in, values out."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Any, Final, TypedDict

import numpy as np

from .entries import KINDS, Entries, Filters, write_entries
from .gazetteer import COORDINATE_SCALE, Gazetteer
from .languages import DEFAULT, Languages
from .storage.draft import Draft
from .storage.store import Generation
from .storage.strings import StringTable
from .values.place import FoundPlace, Kind, MatchType, Place
from .values.source import SourceKey

_SOURCES: Final[tuple[SourceKey, ...]] = ("geonames",)
TERRITORIES: Final = {
    "AU": "CC CX NF HM",
    "CN": "HK MO",
    "DK": "FO GL",
    "FI": "AX",
    "FR": "BL GF GP MF MQ NC PF PM RE TF WF YT",
    "GB": "AI BM FK GG GI GS IM IO JE KY MS PN SH TC VG",
    "NL": "AW BQ CW SX",
    "NO": "BV SJ",
    "NZ": "CK NU TK",
    "US": "AS GU MP PR UM VI",
}
"""Territories with a code of their own in ISO 3166-1, by the country that its list of remarks says they belong to."""

_REMEMBERED: Final = 100_000
"""Names of areas that are kept once read."""
_ANSWERS: Final = 20_000
"""Answers that are kept, being the same for all who get them: what is completed is mostly what is well known."""


class PlaceFields(TypedDict):
    """The fields of a `Place`."""

    id: int | None
    kind: Kind
    name: str
    latitude: float
    longitude: float
    population: int
    country_code: str
    country: str
    admin1: str | None
    admin1_code: str | None
    admin2: str | None
    timezone: str
    sources: tuple[SourceKey, ...]


def write_places(draft: Draft, gazetteer: Gazetteer, codes: list[str]) -> int:
    """Write what is known of places and areas.

    Args:
        draft: Where to.
        gazetteer: The places and areas.
        codes: The feature code of each place.

    Returns:
        How many time zones places keep.
    """
    places, areas = gazetteer.places, gazetteer.areas
    timezones = sorted({place["timezone"] for place in places})
    draft.array("place.id", np.array([place["geonameid"] for place in places], dtype=np.uint32))
    draft.strings("place.name", StringTable.of([place["name"] for place in places]))
    draft.strings("area.name", StringTable.of([area.name for area in areas]))
    draft.strings("area.code", StringTable.of([area.code for area in areas]))
    draft.array("area.id", np.array([area.id for area in areas], dtype=np.uint32))
    draft.array("area.level", np.array([area.level for area in areas], dtype=np.int8))
    write_entries(draft, gazetteer, codes, {name: number for number, name in enumerate(timezones)})
    draft.table("countries", gazetteer.countries)
    draft.table("timezones", timezones)
    return len(timezones)


class Places:
    """All places, mapped from the store; a number is the rank of a place or, from `len`, that of an area."""

    __slots__ = (
        "_area_codes", "_area_ids", "_area_levels", "_area_names", "_area_texts", "_country_codes",
        "_ids", "_names", "_territories", "_timezone_names", "entries", "found", "languages",
    )  # fmt: skip

    def __init__(self, generation: Generation, languages: Languages | None = None) -> None:
        array = generation.array
        self.entries = Entries(generation)
        self.found: Callable[[int, int, MatchType, float | None], FoundPlace] = lru_cache(_ANSWERS)(self._found)
        """The place of a number, in a language, found by a search in some way and at some distance."""
        self.languages = Languages(generation) if languages is None else languages
        self._ids = array("place.id").data
        self._names = StringTable(array("place.name.blob"), array("place.name.starts"))
        self._area_names = StringTable(array("area.name.blob"), array("area.name.starts"))
        self._area_codes = StringTable(array("area.code.blob"), array("area.code.starts"))
        self._area_ids = array("area.id").data
        self._area_levels = array("area.level").data
        self._area_texts: dict[tuple[int, int], str] = {}
        self._timezone_names: list[str] = generation.table("timezones")
        countries: list[dict[str, Any]] = generation.table("countries")
        self._country_codes: dict[int, str] = {row["area"]: row["iso"] for row in countries}
        areas = {code: area for area, code in self._country_codes.items()}
        self._territories: dict[int, list[int]] = {
            areas[country]: [areas[code] for code in codes.split() if code in areas]
            for country, codes in TERRITORIES.items()
            if country in areas
        }
        if len(self._names) != len(self._ids) or len(self.entries) != len(self._ids) + len(self._area_ids):
            raise generation.damaged("its columns differ in length")

    def __len__(self) -> int:
        return len(self._ids)

    def identifier(self, rank: int) -> int:
        """The GeoNames identifier of a place."""
        return self._ids[rank]

    def coordinates(self, number: int) -> tuple[float, float]:
        """Latitude and longitude; of a place exactly as GeoNames has them."""
        return self.entries.coordinates(number)

    def country_code(self, area: int) -> str | None:
        """The alpha-2 code of an area that is a country."""
        return self._country_codes.get(area)

    def name(self, number: int, language: int = DEFAULT) -> str:
        """The name of a place in a language, else its default name."""
        total = len(self._ids)
        if number >= total:
            return self.area_name(number - total, language)
        if language and (name := self.languages.name(self._ids[number], language)):
            return name
        return self._names.text(number)

    def area_name(self, area: int, language: int = DEFAULT) -> str:
        """The name of an area in a language, else its default name."""
        known = self._area_texts.get((area, language))
        if known is None:
            identifier = self._area_ids[area]
            known = (identifier and self.languages.name(identifier, language)) or self._area_names.text(area)
            if len(self._area_texts) < _REMEMBERED:
                self._area_texts[area, language] = known
        return known

    def _found(self, number: int, language: int, match: MatchType, distance_km: float | None) -> FoundPlace:
        return FoundPlace(**self.fields(number, language), match=match, distance_km=distance_km)

    def fields(self, number: int, language: int = DEFAULT) -> PlaceFields:
        """What is known of the place of this number."""
        entries, total = self.entries, len(self._ids)
        country, region, county = entries.countries[number], entries.regions[number], entries.counties[number]
        identifier = self._ids[number] if number < total else self._area_ids[number - total] or None
        return {
            "id": identifier,
            "kind": KINDS[entries.kinds[number]],
            "name": self.name(number, language),
            "latitude": entries.latitudes[number] / COORDINATE_SCALE,
            "longitude": entries.longitudes[number] / COORDINATE_SCALE,
            "population": entries.populations[number],
            "country_code": self._country_codes[country],
            "country": self.area_name(country, language),
            "admin1": self.area_name(region, language) if region else None,
            "admin1_code": self.area_code(region) if region else None,
            "admin2": self.area_name(county, language) if county else None,
            "timezone": self._timezone_names[entries.timezones[number]],
            "sources": _SOURCES,
        }

    def country_of(self, area: int) -> str:
        """The alpha-2 code of the country that an area is or lies in."""
        return self._country_codes.get(self.entries.countries[len(self._ids) + area], "")

    def with_territories(self, areas: list[int]) -> frozenset[int]:
        """These areas, with the territories of countries that have a code of their own: France with Réunion."""
        territories = self._territories
        return frozenset(areas).union(*(territories.get(area, ()) for area in areas))

    def only_country(self, filters: Filters | None, contexts: Iterable[frozenset[int]]) -> str:
        """The code of the country that all answers must lie in; empty when there is none."""
        if filters is not None and filters.country:
            return self._country_codes[filters.country]
        for areas in contexts:
            if len(areas) == 1 and (code := self._country_codes.get(next(iter(areas)))):
                return code
        return ""

    def area_level(self, area: int) -> int:
        """0 for a country, 1 and 2 for a subdivision."""
        return int(self._area_levels[area])

    def area_code(self, area: int) -> str | None:
        """The ISO 3166 code of an area; None when it has none."""
        known = self._area_texts.get((area, -1))
        if known is None:
            known = self._area_codes.text(area)
            if len(self._area_texts) < _REMEMBERED:
                self._area_texts[area, -1] = known
        return known or None

    def place(self, rank: int, language: int = DEFAULT) -> Place:
        """The place of this rank."""
        return Place(**self.fields(rank, language))
