"""Parvis in English and in French: gettext at run time, Babel in development alone.

The rule: the English text is the key. A text that the catalogue does not know is left as it is, so nothing here ever
raises. The catalogue is read once, at the first French word; after that all is pure.
"""

from __future__ import annotations

import gettext
from functools import cache
from pathlib import Path
from typing import Literal

Language = Literal["en", "fr"]

LANGUAGES: dict[Language, str] = {"en": "English", "fr": "Français"}
"""Language tag -> its name in itself."""

LOCALE = Path(__file__).parent / "locale"
DOMAIN = "parvis"

_LONGEST_HEADER = 1000
"""Characters of ``Accept-Language`` that are read: no browser sends more."""


def language(accept_language: str | None) -> Language:
    """The language to answer in, by the q-values of ``Accept-Language`` (RFC 9110 section 12.5.4).

    A range matches a language with or without a region (``fr-CA`` takes French); of two as welcome the one named
    first; English when none is welcome.
    """
    best: Language = "en"
    best_rank = (0.0, 0)
    ranges = _ranges(accept_language or "")
    for tag in LANGUAGES:
        named = [(q, -place) for place, (name, q) in enumerate(ranges) if name.partition("-")[0] == tag]
        # The wildcard speaks of the languages that no other range names.
        rank = max(named or [(q, -place) for place, (name, q) in enumerate(ranges) if name == "*"], default=(0.0, 0))
        if rank[0] > 0 and (best_rank[0] == 0 or rank > best_rank):
            best, best_rank = tag, rank
    return best


def translate(text: str, language: str) -> str:
    """The text in that language; as it is when the catalogue does not have it."""
    return _french().gettext(text) if language == "fr" and text else text


def known(text: str) -> bool:
    """True when the catalogue has this text: then it is one of Parvis's own, no words of a caller."""
    return text != "" and _french().gettext(text) is not text


@cache
def _french() -> gettext.GNUTranslations:
    with (LOCALE / "fr" / "LC_MESSAGES" / f"{DOMAIN}.mo").open("rb") as file:
        return gettext.GNUTranslations(file)


def _ranges(header: str) -> list[tuple[str, float]]:
    """The language ranges of the header with their quality; what is no range is passed over."""
    found = []
    for element in header[:_LONGEST_HEADER].lower().split(","):
        name, *parameters = (part.strip() for part in element.split(";"))
        quality = _quality(parameters)
        if name and quality is not None:
            found.append((name, quality))
    return found


def _quality(parameters: list[str]) -> float | None:
    if not parameters:
        return 1.0
    name, _, text = parameters[0].partition("=")
    # qvalue = 0[.000] to 1[.000]: digits and at most one point, so no "inf", "1e9" or "-1".
    if name.strip() != "q" or len(parameters) > 1 or not text.replace(".", "", 1).isdecimal() or not text.isascii():
        return None
    return float(text) if float(text) <= 1 else None
