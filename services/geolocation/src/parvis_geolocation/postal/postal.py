"""The postal codes of a store: by code, by position, and the localities they serve by name.

The rule: everything is mapped and found by bisection, so that opening costs nothing and what is not asked for is not
read. An entry is a code of one country; its number is its position in the order of codes.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from typing import Any, Final, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..places import Places
from ..points.cells import CellIndex, Cells
from ..search.names import NameIndex
from ..storage.store import Generation
from ..storage.strings import StringTable
from ..values.postal import PostalCode, PostalPlace
from ..values.source import SourceKey
from .code import ALSO, KNOWN_PART, LONGEST, compared, number, prefixed, shape

_SCALE: Final = 100_000
_MOST_SCANNED: Final = 2_000
"""Localities looked at for one answer."""
_SOURCES: Final[tuple[SourceKey, ...]] = ("geonames-postal",)


class PostalHit(NamedTuple):
    """A postal code or a locality that a text may mean.

    Attributes:
        kind: Which of the two it is.
        name: The code, as its country writes it; or the name of the locality.
        code: The code, or that of the locality.
        locality: The name of the locality; the first one of a code.
        country_code: ISO 3166-1 alpha-2 code of the country.
        latitude: Degrees north of the equator.
        longitude: Degrees east of Greenwich.
        admin1: Name of the state, province or region.
        admin1_code: ISO 3166-2 code of it.
        admin2: Name of the county, department or district.
        timezone: IANA name of the time zone.
        exact: Whether the data has the code as it was given, or only its beginning.
    """

    kind: Literal["postal_code", "locality"]
    name: str
    code: str
    locality: str
    country_code: str
    latitude: float
    longitude: float
    admin1: str | None
    admin1_code: str | None
    admin2: str | None
    timezone: str
    exact: bool


class Postal:
    """All postal codes, memory-mapped."""

    __slots__ = (
        "_admin1", "_admin1_codes", "_admin2", "_admins", "_countries", "_country_of", "_entry_of_near",
        "_examples", "_latitude", "_localities", "_locality_rows", "_longitude", "_names", "_near", "_numbers",
        "_numbers_by_code", "_places", "_point_latitude", "_point_longitude", "_points", "_row_names", "_rows",
        "_shapes", "_texts", "_timezone_names", "_timezones",
    )  # fmt: skip

    def __init__(self, generation: Generation, places: Places) -> None:
        """Map the postal codes of a generation of the part; `places` tells the codes of countries by their areas."""
        array = generation.array
        countries: list[dict[str, Any]] = generation.table("countries")
        self._places = places
        self._countries: list[str] = [row["code"] for row in countries]
        self._numbers_by_code = {code: position for position, code in enumerate(self._countries)}
        self._shapes = [frozenset(row["shapes"]) for row in countries]
        self._examples: list[str] = [row["example"] for row in countries]
        self._timezone_names: list[str] = generation.table("timezones")
        self._numbers = array("postal.number").data
        self._country_of = array("postal.country").data
        self._latitude = array("postal.latitude").data
        self._longitude = array("postal.longitude").data
        self._rows = array("postal.rows").data
        self._texts = _strings(generation, "postal.text")
        self._row_names = array("row.name").data
        self._admins = array("row.admin").data
        self._points = array("row.point").data
        self._names = _strings(generation, "name")
        self._admin1 = _strings(generation, "admin.name1")
        self._admin1_codes = _strings(generation, "admin.code1")
        self._admin2 = _strings(generation, "admin.name2")
        self._point_latitude = array("point.latitude").data
        self._point_longitude = array("point.longitude").data
        self._timezones = array("point.timezone").data
        cells = Cells(array("near.cells"), array("near.starts"), array("near.candidates"))
        self._near = CellIndex(cells, array("near.latitude"), array("near.longitude"))
        self._entry_of_near: NDArray[np.uint32] = array("near.entry")
        self._localities = NameIndex.mapped(generation, "locality")
        self._locality_rows = array("locality.row").data

    def get(self, code: str, country: str) -> PostalCode:
        """A code of a country, or of a territory whose codes belong to the country's series.

        Args:
            code: The code; spaces, dashes, case and the prefix of the country do not matter.
            country: ISO 3166-1 alpha-2 code.

        Raises:
            ValueError: When the code is not in the form of the country's codes.
            LookupError: When the data has no such code, or none of this country.
        """
        country = country.strip().upper()
        tried = [land for land in (country, *ALSO.get(country, ())) if land in self._numbers_by_code]
        if country not in tried:
            raise LookupError(f"The data has no postal codes of {country[:20]}. Search for the place by its name")
        for land in tried:
            form = compared(code, land)
            for part, exact in _parts(form, land):
                if (entry := self._entry(part, self._numbers_by_code[land])) is not None:
                    return self._code(entry, exact)
        example = self._examples[self._numbers_by_code[country]]
        if not any(self._is_formed(compared(code, land), land) for land in tried):
            raise ValueError(
                f"{code[:40]!r} is not in the form of the postal codes of {country}. Give one such as {example}"
            )
        raise LookupError(f"The data has no postal code {code[:40]!r} of {country}. Search for the place by its name")

    def find(self, code: str, country: str | None = None, limit: int = 10) -> list[PostalHit]:
        """The codes that a text may be, those of the most populous country first; empty when there are none.

        Args:
            code: The code; its country may stand before it, as in D-10115.
            country: ISO 3166-1 alpha-2 code of the country to search in; everywhere when left out.
            limit: Largest number of codes to return.
        """
        found: dict[int, bool] = {}
        if country is not None:
            country = country.strip().upper()
            self._add(found, code, (country, *ALSO.get(country, ())))
        else:
            self._add(found, code, prefixed(code))
            form = compared(code, "")
            for entry in self._entries(form):
                found.setdefault(entry, True)
            if not found:
                self._add(found, code, tuple(land for land in KNOWN_PART if KNOWN_PART[land].fullmatch(form)))
        return [self._hit(entry, exact) for entry, exact in list(found.items())[:limit]]

    def nearest(self, latitude: float, longitude: float, country_code: str) -> str | None:
        """The code of the country that is nearest to a point; None when there is none within 20 km."""
        country = self._numbers_by_code.get(country_code)
        if country is None:
            return None
        found = self._near.nearest(country, latitude, longitude)
        return None if found is None else self._texts.text(int(self._entry_of_near[found]))

    def nearest_many(
        self, latitude: NDArray[np.float64], longitude: NDArray[np.float64], country: NDArray[Any]
    ) -> list[str | None]:
        """The same for many points; `country` holds the numbers of areas that are countries."""
        areas, which = np.unique(country, return_inverse=True)
        codes = [self._places.country_code(area) for area in areas.tolist()]
        group = np.array([self._numbers_by_code.get(code or "", -1) for code in codes], dtype=np.int64)[which]
        known = np.flatnonzero(group >= 0)
        result: list[str | None] = [None] * len(group)
        if len(known):
            found = self._near.nearest_many(group[known], latitude[known], longitude[known])
            near = found >= 0
            text = self._texts.text
            for at, entry in zip(known[near].tolist(), self._entry_of_near[found[near]].tolist(), strict=True):
                result[at] = text(entry)
        return result

    def localities(self, key: str, country: str | None = None, limit: int = 100) -> list[PostalHit]:
        """The localities whose name has this key (`spelling.key`), which the places do not hold under it."""
        at = self._localities.find(key)
        if at < 0:
            return []
        spans = self._localities.spans
        return self._localities_within(spans[at], spans[at + 1], country, limit)

    def localities_starting(self, prefix: str, country: str | None = None, limit: int = 100) -> list[PostalHit]:
        """The localities whose name has a key that begins so, in the order of their keys."""
        return self._localities_within(*self._localities.starting(prefix), country, limit)

    def _localities_within(self, first: int, after: int, country: str | None, limit: int) -> list[PostalHit]:
        wanted = None if country is None else self._numbers_by_code.get(country, -1)
        rows, hits, seen = self._locality_rows, [], set()
        for locality in self._localities.postings[first : min(after, first + _MOST_SCANNED)].tolist():
            row = rows[locality]
            entry = bisect_right(self._rows, row) - 1
            if locality not in seen and wanted in (None, self._country_of[entry]):
                seen.add(locality)
                hits.append(self._locality(row, entry))
                if len(hits) == limit:
                    break
        return hits

    def _add(self, found: dict[int, bool], code: str, countries: tuple[str, ...]) -> None:
        """Add the entry of a code in each of these countries, and whether the data has the whole code."""
        for country in countries:
            if country in self._numbers_by_code:
                for part, exact in _parts(compared(code, country), country):
                    if (entry := self._entry(part, self._numbers_by_code[country])) is not None:
                        found.setdefault(entry, exact)
                        break

    def _entries(self, form: str) -> range:
        """The entries of a code, in all countries."""
        if not 0 < len(form) <= LONGEST:
            return range(0)
        wanted = number(form)
        first = bisect_left(self._numbers, wanted)
        return range(first, bisect_right(self._numbers, wanted, first))

    def _entry(self, form: str, country: int) -> int | None:
        countries = self._country_of
        for entry in self._entries(form):
            if countries[entry] == country:
                return entry
        return None

    def _is_formed(self, form: str, country: str) -> bool:
        part = KNOWN_PART.get(country)
        return shape(form) in self._shapes[self._numbers_by_code[country]] or bool(part and part.fullmatch(form))

    def _code(self, entry: int, exact: bool) -> PostalCode:
        places = [
            PostalPlace(
                name=self._names.text(self._row_names[row]),
                admin1=self._admin1.text(self._admins[row]) or None,
                admin2=self._admin2.text(self._admins[row]) or None,
                latitude=self._point_latitude[self._points[row]] / _SCALE,
                longitude=self._point_longitude[self._points[row]] / _SCALE,
            )
            for row in range(self._rows[entry], self._rows[entry + 1])
        ]
        return PostalCode(
            code=self._texts.text(entry),
            country_code=self._countries[self._country_of[entry]],
            latitude=self._latitude[entry] / _SCALE,
            longitude=self._longitude[entry] / _SCALE,
            exact=exact,
            places=tuple(places),
            sources=_SOURCES,
        )

    def _hit(self, entry: int, exact: bool) -> PostalHit:
        row = self._rows[entry]
        admin = self._admins[row]
        text = self._texts.text(entry)
        return PostalHit(
            "postal_code",
            text,
            text,
            self._names.text(self._row_names[row]),
            self._countries[self._country_of[entry]],
            self._latitude[entry] / _SCALE,
            self._longitude[entry] / _SCALE,
            self._admin1.text(admin) or None,
            self._admin1_codes.text(admin) or None,
            self._admin2.text(admin) or None,
            self._timezone_names[self._timezones[self._points[row]]],
            exact,
        )

    def _locality(self, row: int, entry: int) -> PostalHit:
        admin, point = self._admins[row], self._points[row]
        name = self._names.text(self._row_names[row]).partition(" (")[0]
        return PostalHit(
            "locality",
            name,
            self._texts.text(entry),
            name,
            self._countries[self._country_of[entry]],
            self._point_latitude[point] / _SCALE,
            self._point_longitude[point] / _SCALE,
            self._admin1.text(admin) or None,
            self._admin1_codes.text(admin) or None,
            self._admin2.text(admin) or None,
            self._timezone_names[self._timezones[point]],
            True,
        )


def _parts(form: str, country: str) -> Iterator[tuple[str, bool]]:
    """A code as it is, then the part of it that the data may know."""
    yield form, True
    pattern = KNOWN_PART.get(country)
    if pattern and (found := pattern.fullmatch(form)):
        yield found[1], False


def _strings(generation: Generation, name: str) -> StringTable:
    return StringTable(generation.array(f"{name}.blob"), generation.array(f"{name}.starts"))
