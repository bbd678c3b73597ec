"""The language of a name that the data gives without one, where its script tells.

The rule: a place's only alternate name in a script is its name in the language that alone writes that script (한글 is
Korean), or that people write it in where the place lies (Cyrillic in Russia is Russian; elsewhere it may be Bulgarian
or Serbian, and is left alone). Chinese characters are Chinese but in Japan, Korea and Vietnam; a name written both
ways, traditional and simplified, is one name. Measured on the names that GeoNames does tag, 96 to 100 % of a language
are the same; what differs is mostly a hyphen.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from .packaged import packaged

# First code point of each block, and its script; empty between scripts. Latin letters and signs count for nothing.
_BLOCKS: Final = (
    (0x0000, ""), (0x0370, "Greek"), (0x0400, "Cyrillic"), (0x0530, "Armenian"), (0x0590, "Hebrew"), (0x0600, "Arabic"),
    (0x0700, "other"), (0x0750, "Arabic"), (0x0780, "other"), (0x08A0, "Arabic"), (0x0900, "other"),
    (0x0980, "Bengali"), (0x0A00, "Gurmukhi"), (0x0A80, "Gujarati"), (0x0B00, "Odia"), (0x0B80, "Tamil"),
    (0x0C00, "Telugu"), (0x0C80, "Kannada"), (0x0D00, "Malayalam"), (0x0D80, "Sinhala"), (0x0E00, "Thai"),
    (0x0E80, "Lao"), (0x0F00, "other"), (0x1000, "Burmese"), (0x10A0, "Georgian"), (0x1100, "Hangul"),
    (0x1200, "Ethiopic"), (0x13A0, "other"), (0x1780, "Khmer"), (0x1800, "other"), (0x1E00, ""), (0x1F00, "Greek"),
    (0x2000, ""), (0x2C00, "other"), (0x2DE0, ""), (0x3005, "Han"), (0x3008, ""), (0x3041, "Kana"), (0x3100, "other"),
    (0x3130, "Hangul"), (0x3190, "other"), (0x31F0, "Kana"), (0x3200, "other"), (0x3400, "Han"), (0xA000, "other"),
    (0xAC00, "Hangul"), (0xD800, "other"), (0xF900, "Han"), (0xFB00, ""), (0xFB50, "Arabic"), (0xFE00, ""),
    (0xFE70, "Arabic"), (0xFEFF, ""), (0xFF66, "Kana"), (0xFFA0, "other"), (0x20000, "Han"), (0x30000, "other"),
)  # fmt: skip
_FIRSTS: Final = [first for first, _ in _BLOCKS]

_ANYWHERE: Final = {
    "Greek": "el", "Armenian": "hy", "Hebrew": "he", "Bengali": "bn", "Gurmukhi": "pa", "Gujarati": "gu", "Odia": "or",
    "Tamil": "ta", "Telugu": "te", "Kannada": "kn", "Malayalam": "ml", "Sinhala": "si", "Thai": "th", "Lao": "lo",
    "Burmese": "my", "Georgian": "ka", "Hangul": "ko", "Khmer": "km", "Kana": "ja",
}  # fmt: skip
_IN: Final = {
    "Cyrillic": {"RU": "ru", "UA": "uk", "BG": "bg", "BY": "be", "MK": "mk", "MN": "mn"},
    "Arabic": {
        **dict.fromkeys(("AE", "BH", "DZ", "EG", "IQ", "JO", "KW", "LB", "LY", "MA", "MR", "OM", "PS", "QA"), "ar"),
        **dict.fromkeys(("SA", "SD", "SY", "TN", "YE"), "ar"),
        "AF": "fa",
        "IR": "fa",
        "PK": "ur",
    },
    "Ethiopic": {"ET": "am"},
    "Han": {"JP": "ja", **dict.fromkeys(("KR", "KP", "VN"), "")},
}
_CHINESE: Final = "zh"
_TRADITIONAL: Final = "zh-Hant"

# Marks that nobody sees; joiners within a word stay, as Persian and the scripts of India are written with them.
_INVISIBLE: Final = re.compile("[\u200b\u200e\u200f\u202a-\u202e\u2060\ufeff\u00ad]|^[\u200c\u200d]+|[\u200c\u200d]+$")


def names_by_script(places: Iterable[Mapping[str, Any]]) -> Iterator[tuple[int, str, str]]:
    """The identifier, language tag and name of places whose alternate names have a script that tells the language.

    Args:
        places: Rows of GeoNames, each with `geonameid`, `countrycode` and `alternatenames`.
    """
    simplified = _simplified()
    for place in places:
        by_script: dict[str, dict[str, None]] = {}
        for alternate in place["alternatenames"]:
            if not alternate.isascii() and (script := script_of(alternate)):
                by_script.setdefault(script, {})[_INVISIBLE.sub("", alternate)] = None
        identifier, country = place["geonameid"], place["countrycode"]
        # Han comes first, as Japanese places are called in Japan.
        for script in sorted(by_script, key=lambda script: script == "Kana"):
            names = list(by_script[script])
            tag = _IN.get(script, {}).get(country) if script in _IN else _ANYWHERE.get(script)
            if script == "Han" and tag is None:
                yield from ((identifier, tag, name) for tag, name in _chinese(names, simplified))
            elif tag and len(names) == 1:
                yield identifier, tag, names[0]


def script_of(name: str) -> str:
    """The script of a name; empty when it has letters of several, or Latin ones only."""
    scripts = {_BLOCKS[bisect_right(_FIRSTS, ord(letter)) - 1][1] for letter in name}
    scripts.discard("")
    if scripts == {"Kana", "Han"}:
        return "Kana"
    return scripts.pop() if len(scripts) == 1 and not re.search("[A-Za-z]", name) else ""


def _chinese(names: list[str], simplified: dict[int, str]) -> Iterator[tuple[str, str]]:
    plain = {name.translate(simplified) for name in names}
    if len(plain) == 1:
        yield _CHINESE, plain.copy().pop()
        traditional = [name for name in names if name not in plain]
        if len(traditional) == 1:
            yield _TRADITIONAL, traditional[0]


def _simplified() -> dict[int, str]:
    path = packaged("han.txt")
    traditional, simplified = path.read_text(encoding="utf-8").split()
    return str.maketrans(dict(zip(traditional, simplified, strict=True)))
