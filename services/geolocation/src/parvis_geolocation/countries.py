"""The countries of a store, by code."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any, Final

from .languages import Languages
from .storage.store import Generation
from .values.country import Country

CONTINENTS: Final = ("AF", "AN", "AS", "EU", "NA", "OC", "SA")


class Countries:
    """All countries: by alpha-2, alpha-3 and numeric code, in any case."""

    __slots__ = ("_areas", "_by_code", "_languages", "_sorted")

    def __init__(self, generation: Generation, languages: Languages) -> None:
        rows: list[dict[str, Any]] = generation.table("countries")
        self._languages = languages
        self._areas: dict[str, int] = {row["iso"]: row["area"] for row in rows}
        self._sorted = [_country(row) for row in rows]
        self._by_code: dict[str, Country] = {}
        for country in self._sorted:
            self._by_code[country.code] = self._by_code[country.code3] = country
            if country.numeric is not None:
                self._by_code[f"{country.numeric:03}"] = country

    def get(self, code: str, language: int = 0) -> Country:
        """The country of this code, its name in this language.

        Raises:
            LookupError: When no country has it.
        """
        found = self._by_code.get(code.strip().upper())
        if found is None:
            raise LookupError(f"No country has the code {code[:20]!r}. Give an ISO 3166-1 code such as FR, FRA or 250")
        return self._named(found, language)

    def all(self, continent: str | None, language: int = 0) -> list[Country]:
        """The countries of a continent, or of the world, in the order of their codes.

        Raises:
            ValueError: When there is no such continent.
        """
        if continent is not None and continent.strip().upper() not in CONTINENTS:
            raise ValueError(f"No continent has the code {continent[:20]!r}. Give one of {', '.join(CONTINENTS)}")
        wanted = None if continent is None else continent.strip().upper()
        return [self._named(country, language) for country in self._sorted if wanted in (None, country.continent_code)]

    def name(self, code: str, language: int = 0) -> str:
        """The name of the country of an alpha-2 code that the store holds."""
        return self._named(self._by_code[code], language).name

    def _named(self, country: Country, language: int) -> Country:
        name = self._languages.name(country.id, language) if language else None
        return country if name is None else replace(country, name=name)

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
        name=row["name"].strip(),
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
