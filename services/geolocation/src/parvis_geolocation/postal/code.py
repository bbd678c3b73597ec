"""How postal codes are written, and the one form in which they are compared.

The rule: a code is compared by its ASCII letters and digits alone, in capitals, without the prefix of its country
(D-10115) and without the words that follow it for large receivers in France (75008 CEDEX 08). Where the data knows
only the beginning of a country's codes, `KNOWN_PART` tells which part of a whole code that is.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from typing import Final

LONGEST: Final = 11
"""Letters and digits of the longest code that can be held; the longest in the data has 7."""

# The letters before a code in international mail: those of the country's vehicles, where they are not its own code.
_PREFIXES: Final[Mapping[str, tuple[str, ...]]] = {
    "AT": ("A",), "BE": ("B",), "DE": ("D",), "ES": ("E",), "FI": ("FIN",), "FR": ("F",), "IT": ("I",), "LI": ("FL",),
    "LU": ("L",), "NO": ("N",), "PT": ("P",), "SE": ("S",), "SI": ("SLO",), "VA": ("V",),
}  # fmt: skip
_LETTERS_FIRST: Final = frozenset({"BM", "CA", "GB", "GG", "IE", "IM", "JE", "MT"})
"""Countries whose own codes begin with letters: no prefix is taken from these."""

_RECEIVER: Final = re.compile(r"(?<=[0-9]{5})\s+[A-Z].*", re.DOTALL)
_OTHER: Final = re.compile(r"[^0-9A-Z]+")
_PREFIXED: Final = re.compile(r"([A-Z]{1,3})[\s-]*([0-9].*)", re.DOTALL)

_OUTWARD: Final = r"([A-Z]{1,2}[0-9][0-9A-Z]?)[0-9][A-Z]{2}"
_ZIP: Final = r"([0-9]{5})[0-9]{4}"
KNOWN_PART: Final[Mapping[str, re.Pattern[str]]] = {
    country: re.compile(pattern)
    for country, pattern in {
        "GB": _OUTWARD, "GG": _OUTWARD, "IM": _OUTWARD, "JE": _OUTWARD,  # the outward code
        "CA": r"([A-Z][0-9][A-Z])[0-9][A-Z][0-9]",  # the forward sortation area
        "IE": r"([A-Z][0-9][0-9W])[0-9A-Z]{4}",  # the routing key
        "NL": r"([0-9]{4})[A-Z]{2}",
        "MT": r"([A-Z]{3})[0-9]{4}",
        "AR": r"[A-Z]([0-9]{4})(?:[A-Z]{3})?",
        "US": _ZIP, "PR": _ZIP, "VI": _ZIP, "GU": _ZIP, "MP": _ZIP, "AS": _ZIP,  # ZIP+4
    }.items()
}  # fmt: skip

ALSO: Final[Mapping[str, tuple[str, ...]]] = {
    "CH": ("LI",),
    "DK": ("GL", "FO"),
    "FI": ("AX",),
    "FR": ("GP", "MQ", "GF", "RE", "YT", "PM", "WF", "PF", "NC", "MC"),
    "GB": ("GG", "IM", "JE"),
    "IT": ("SM", "VA"),
    "NO": ("SJ",),
    "US": ("PR", "VI", "GU", "MP", "AS", "FM", "MH", "PW"),
}
"""Territories, each with a country code of its own, whose codes belong to the series of another country."""


def compared(code: str, country: str) -> str:
    """The form of a code of this country in which it is compared; empty when there is nothing in it."""
    if not code.isascii():
        code = unicodedata.normalize("NFKC", code)  # full-width digits of East Asia
    text = _OTHER.sub("", _RECEIVER.sub("", code.upper()))
    if country not in _LETTERS_FIRST:
        for prefix in (*_PREFIXES.get(country, ()), country):
            if text.startswith(prefix) and text[len(prefix) :].isdigit():
                return text[len(prefix) :]
    return text


def is_receiver(code: str) -> bool:
    """Whether a code is one of a large receiver in France, not of a locality."""
    return _RECEIVER.search(code) is not None


def prefixed(code: str) -> tuple[str, ...]:
    """The countries that the letters before a code may stand for: DE for D-10115."""
    found = _PREFIXED.fullmatch(code.strip().upper())
    if found is None:
        return ()
    letters = found[1]
    longer = [country for country, prefixes in _PREFIXES.items() if letters in prefixes]
    return (*longer, letters) if letters not in _LETTERS_FIRST else tuple(longer)


def shape(code: str) -> str:
    """The form of a code: A for a letter, 9 for a digit."""
    return "".join("9" if sign.isdigit() else "A" for sign in code)


def number(code: str) -> int:
    """A number for a code in the form compared, such that numbers order as codes do; below 2**63."""
    return int(code.ljust(LONGEST, "0"), 36) << 4 | len(code)
