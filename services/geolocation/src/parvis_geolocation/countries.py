"""The countries of a store, by code."""

from __future__ import annotations

import re
from typing import Any

from .store import Generation
from .values import Country


class Countries:
    """All countries: by alpha-2 and alpha-3 code, in any case."""

    __slots__ = ("_areas", "_by_code")

    def __init__(self, generation: Generation) -> None:
        rows: list[dict[str, Any]] = generation.table("countries")
        self._areas: dict[str, int] = {row["iso"]: row["area"] for row in rows}
        self._by_code: dict[str, Country] = {}
        for row in rows:
            country = _country(row)
            self._by_code[country.code] = self._by_code[country.code3] = country

    def get(self, code: str) -> Country:
        """The country of this code.

        Raises:
            LookupError: When no country has it.
        """
        found = self._by_code.get(code.strip().upper())
        if found is None:
            raise LookupError(f"No country has the code {code[:20]!r}. Give an ISO 3166-1 code such as FR or FRA")
        return found

    def area(self, code: str) -> tuple[int, str]:
        """The area number and alpha-2 code of a country.

        Raises:
            ValueError: When no country has this alpha-2 code.
        """
        upper = code.strip().upper()
        area = self._areas.get(upper)
        if area is None:
            raise ValueError(f"No country has the code {code[:20]!r}. Give an ISO 3166-1 alpha-2 code such as FR")
        return area, upper


def _country(row: dict[str, Any]) -> Country:
    return Country(
        code=row["iso"],
        code3=row["iso3"],
        numeric=row["isonumeric"] or None,
        id=row["geonameid"],
        name=row["name"],
        capital=row["capital"] or None,
        continent_code=row["continentcode"],
        continent=row["continent"],
        population=row["population"],
        area_km2=float(row["areakm2"]),
        currency_code=row["currencycode"] or None,
        currency=row["currencyname"] or None,
        languages=_list(row["languages"]),
        phone=tuple(_dialled(code) for code in re.split(r",| and ", row["phone"]) if code.strip()),
        top_level_domain=row["tld"] or None,
        neighbours=tuple(sorted(_list(row["neighbours"]))),
    )


def _list(text: str) -> tuple[str, ...]:
    return tuple(part for part in (part.strip() for part in text.split(",")) if part)


def _dialled(code: str) -> str:
    return "+" + code.strip().lstrip("+")
