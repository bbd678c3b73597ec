"""A country or territory."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Country:
    """A country or territory that has a code in ISO 3166-1; also Kosovo, under its customary code XK.

    Attributes:
        code: ISO 3166-1 alpha-2 code.
        code3: ISO 3166-1 alpha-3 code.
        numeric: ISO 3166-1 numeric code; None when there is none.
        id: GeoNames identifier.
        name: Name in the language asked for, else in English.
        capital: Name of the capital; None when there is none.
        continent_code: AF, AN, AS, EU, NA, OC or SA.
        continent: English name of the continent.
        population: Number of inhabitants.
        area_km2: Area in square kilometres.
        currency_code: ISO 4217 code; None when there is none.
        currency: English name of the currency; None when there is none.
        languages: Language tags (BCP 47), the most spoken first.
        phone: International calling codes, digits with a leading plus sign.
        top_level_domain: Internet domain, with its dot; None when there is none.
        neighbours: Alpha-2 codes of the countries it shares a land border with, sorted.
    """

    code: str
    code3: str
    numeric: int | None
    id: int
    name: str
    capital: str | None
    continent_code: str
    continent: str
    population: int
    area_km2: float
    currency_code: str | None
    currency: str | None
    languages: tuple[str, ...]
    phone: tuple[str, ...]
    top_level_domain: str | None
    neighbours: tuple[str, ...]
