"""Reading a text that may be more than a name: coordinates, a name with areas after commas, a postal code.

The rule: nothing here looks anything up. A text is taken for coordinates only when it is nothing else: two numbers in
range with a comma, decimals, degree signs or points of the compass. Written forms follow ISO 6709 (48°51′N 2°21′E),
RFC 5870 (geo:48.85,2.35) and what people type; latitude comes first unless the letters say otherwise.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

COMMAS: Final = str.maketrans("，、،﹐؛;|", ",,,,,,,")


class Point(NamedTuple):
    """Coordinates that a text holds, in degrees (WGS 84)."""

    latitude: float
    longitude: float


def _angle_pattern(number: int) -> str:
    return (
        rf"(?P<before{number}>[NSEWO])?\s*(?P<degrees{number}>[+\-−]?\d{{1,3}}(?:\.\d*)?)\s*(?P<sign{number}>[°º˚])?\s*"
        rf"(?:(?P<minutes{number}>\d{{1,2}}(?:\.\d*)?)\s*['′’‘´]\s*"
        rf"(?:(?P<seconds{number}>\d{{1,2}}(?:\.\d*)?)\s*(?:[\"″”“]|''|′′)\s*)?)?"
        # The letter of the compass stands on one side.
        rf"(?(before{number})|(?P<after{number}>[NSEWO])?)"
    )


_PAIR: Final = re.compile(
    rf"(?:geo:)?\s*[(\[]?\s*{_angle_pattern(1)}(?P<between>\s*[,;/]\s*|\s+|(?<=[NSEWO°′″'\"])){_angle_pattern(2)}"
    r"\s*[)\]]?\s*(?:;.*)?",
    re.IGNORECASE,
)
_DECIMAL_COMMAS: Final = re.compile(r"\s*([+\-−]?\d{1,3}),(\d+)\s*[;\s/]\s*([+\-−]?\d{1,3}),(\d+)\s*")


_LONGEST: Final = 80
"""Characters of the longest text that may be coordinates."""


def coordinates(text: str) -> Point | None:
    """The coordinates that a text is; None when it is anything else.

    Raises:
        ValueError: When it can be nothing but coordinates, and they are not on the globe.
    """
    text = " ".join(text.split())
    if len(text) > _LONGEST:
        return None
    if commas := _DECIMAL_COMMAS.fullmatch(text):
        text = "{}.{} {}.{}".format(*commas.groups())
    found = _PAIR.fullmatch(text)
    if found is None:
        return None
    letters = [(found[f"before{number}"] or found[f"after{number}"] or "").upper() for number in (1, 2)]
    marked = any(letters) or found["sign1"] or found["sign2"] or text.lower().startswith("geo:")
    numbers = found["degrees1"], found["degrees2"]
    if not marked and "," not in found["between"] and not all("." in number for number in numbers):
        return None
    first, second = _angle(found, 1), _angle(found, 2)
    axes = ["latitude" if letter in ("N", "S") else "longitude" if letter else "" for letter in letters]
    if axes[0] and axes[0] == axes[1]:
        return None
    if axes[0] == "longitude" or axes[1] == "latitude":
        first, second = second, first
    if abs(first) > 90 or abs(second) > 180:
        if marked:
            raise ValueError(f"{text.strip()!r} is not on the globe. Give latitude from -90 to 90, then longitude")
        return None
    return Point(first, second)


def _angle(found: re.Match[str], number: int) -> float:
    degrees = found[f"degrees{number}"].replace("−", "-")
    value = abs(float(degrees))
    value += float(found[f"minutes{number}"] or 0) / 60 + float(found[f"seconds{number}"] or 0) / 3600
    letter = (found[f"before{number}"] or found[f"after{number}"] or "").upper()
    # O is west where west is ouest, oeste or ovest.
    return round(-value if degrees.startswith("-") or letter in ("S", "W", "O") else value, 9)


def parts(text: str) -> list[str]:
    """The pieces of a text between its commas; those that are empty are left out."""
    return [piece for piece in text.translate(COMMAS).split(",") if piece.strip()]


_CODE_WORD: Final = re.compile(r"(?:[A-Za-z]{1,2}-)?[A-Za-z0-9]*\d[A-Za-z0-9]*(?:-[A-Za-z0-9]*\d[A-Za-z0-9]*)?")


_DUTCH: Final = re.compile(r"\d{4} [A-Za-z]{2}")


def postal_code(text: str) -> tuple[str, str] | None:
    """The postal code that a text begins or ends with, and the words beside it; None when it has none.

    A code is one or two words with a digit: 75001, D-10115, SW1A 1AA, 100-0001, 1010 AB.
    """
    words = text.translate(COMMAS).replace(",", " ").split()
    coded = [_CODE_WORD.fullmatch(word) is not None for word in words]
    if not any(coded):
        return None
    first = coded.index(True)
    after = first + 1
    if after < len(words) and (coded[after] or _DUTCH.fullmatch(f"{words[first]} {words[after]}")):
        after += 1
    if first > 0 and after < len(words):
        return None
    return " ".join(words[first:after]), " ".join(words[:first] + words[after:])
