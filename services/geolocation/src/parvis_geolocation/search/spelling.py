"""One key for what people take as the same name: `key("st gallen") == key("sankt gallen")`.

The rule: two folded names have one key when they differ only in how words are abbreviated, in where words are parted,
or in which of several equivalent letters is written. Words of an address are written out (st, mt, n), spaces go,
Chinese characters are simplified, letters that Arabic and Persian write differently are made one. The store holds
keys: a change here needs a new `store.FORMAT`.

`shortened` is weaker: it also leaves out words that people leave out, such as the "am" of Frankfurt am Main.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from ..packaged import packaged
from .fold import fold

_WRITTEN_OUT: Final = {
    "saint": ("st", "ste", "sankt", "sainte", "sint", "sanct"),
    "mount": ("mt",),
    "monte": ("mte",),
    "fort": ("ft",),
    "point": ("pt",),
    "pointe": ("pte",),
    "north": ("n",),
    "south": ("s",),
    "east": ("e",),
    "west": ("w",),
    "heights": ("hts",),
    "springs": ("spgs", "spg"),
    "junction": ("jct",),
    "village": ("vlg",),
    "center": ("centre", "ctr"),
    "harbor": ("harbour", "hbr"),
    "township": ("twp",),
    "beach": ("bch",),
    "santa": ("sta",),
    "santo": ("sto",),
    "puerto": ("pto",),
    "general": ("gen", "gral"),
    "doctor": ("dr",),
    "presidente": ("pdte",),
    "upon": ("u",),
}
_WORDS: Final = {short: word for word, shorts in _WRITTEN_OUT.items() for short in shorts}

# Words that join the parts of a name, and are often left out or put in another language.
_JOINING: Final = frozenset(
    [
        "a",
        "aan",
        "al",
        "am",
        "an",
        "and",
        "auf",
        "bei",
        "by",
        "d",
        "da",
        "das",
        "de",
        "dei",
        "del",
        "della",
        "delle",
        "den",
        "der",
        "des",
        "di",
        "die",
        "do",
        "dos",
        "du",
        "e",
        "el",
        "en",
        "et",
        "im",
        "in",
        "la",
        "las",
        "le",
        "les",
        "los",
        "na",
        "nad",
        "ob",
        "of",
        "on",
        "op",
        "over",
        "pod",
        "sobre",
        "sous",
        "sub",
        "the",
        "u",
        "und",
        "under",
        "unter",
        "upon",
        "van",
        "ved",
        "von",
        "y",
        "zu",
    ]
)
_GENERIC: Final = frozenset(
    ["city", "town", "village", "municipality", "stadt", "gemeinde", "ciudad", "cidade", "citta", "ville", "comune"]
)

# What a Chinese, Japanese or Korean name may end with or not, by the kind of division.
_ENDINGS: Final = re.compile(
    "(?:特别市|特別市|广域市|自治区|自治州|自治县|直辖市|市|区|县|镇|乡|町|村|郡|州|省|府|都|道|"
    "특별자치시|특별시|광역시|시|군|구|읍|면)$"
)
_CJK: Final = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")

_OTHER_SCRIPT: Final = re.compile("[\u0370-\u1cff\u2d00-\ud7ff]")
"""From Greek on; Latin with accents ends before and comes again in between."""

_KANA: Final = re.compile("ヴ[ァィェォ]?|ー")
_KANA_PLAIN: Final = {"ヴァ": "バ", "ヴィ": "ビ", "ヴェ": "ベ", "ヴォ": "ボ", "ヴ": "ブ", "ー": ""}

# German, Danish, Norwegian and Swedish spellings where the keyboard has no such letter.
_EXPANDED: Final = str.maketrans(
    {"ä": "ae", "ö": "oe", "ü": "ue", "å": "aa", "ø": "oe", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue", "Å": "Aa", "Ø": "Oe"}
)


def _letters() -> dict[int, str]:
    """Letters of one meaning, each to the one that stands for all."""
    traditional, simplified = packaged("han.txt").read_text(encoding="utf-8").split()
    arabic = {
        "ی": "ي",
        "ى": "ي",
        "ک": "ك",
        "ة": "ه",
        "ۀ": "ه",
        "ہ": "ه",
        "ھ": "ه",
        "ە": "ه",
        "ٱ": "ا",
        "ے": "ي",
        "گ": "ك",
    }
    arabic |= {"پ": "ب", "چ": "ج", "ڤ": "ف", "ۆ": "و", "ێ": "ي", "ڕ": "ر", "ڵ": "ل", "ٹ": "ت", "ڈ": "د", "ڑ": "ر"}
    cyrillic = {"і": "и", "є": "е", "ў": "у", "ћ": "ч", "ђ": "дж", "ј": "и"}
    return str.maketrans(dict(zip(traditional, simplified, strict=True)) | arabic | cyrillic)


_LETTERS: Final = _letters()


def key(folded: str) -> str:
    """The key of a folded name."""
    if " " in folded:
        words = _WORDS
        folded = "".join([words.get(word, word) for word in folded.split(" ")])
    if folded.isascii():
        return folded
    folded = folded.translate(_LETTERS)
    return _KANA.sub(lambda kana: _KANA_PLAIN[kana[0]], folded) if "ー" in folded or "ヴ" in folded else folded


def unfinished_key(text: str) -> str:
    """The key of a name that somebody is still typing: its last word may be the beginning of any."""
    folded = fold(text)
    if text[-1:].isspace() or " " not in folded:
        return key(folded)
    done, _, last = folded.rpartition(" ")
    return key(done + " x")[:-1] + key(last)


def shortened(folded: str) -> str:
    """The key of a folded name without the words that people leave out; empty when that is its key."""
    if " " in folded:
        first, *rest = folded.split(" ")
        kept = [word for word in rest if word not in _JOINING]
        if kept and kept[-1] in _GENERIC:
            kept.pop()
        if first in _GENERIC or first == "the":
            first = ""
        words = [first, *kept] if first else kept
        if words and len(words) <= len(rest):
            return key(" ".join(words))
    elif is_cjk(folded):
        plain = key(folded)
        short = _ENDINGS.sub("", plain)
        if len(short) >= 2 and short != plain:
            return short
    return ""


def is_cjk(text: str) -> bool:
    """Whether a text begins in Chinese characters, kana or hangul."""
    return _CJK.match(text) is not None


def latin(text: str) -> bool:
    """Whether a text is in Latin letters, with or without accents."""
    return _OTHER_SCRIPT.search(text) is None


def expanded(text: str) -> str:
    """The text with its umlauts written as two letters; as it is when it has none."""
    return text.translate(_EXPANDED)


def variants(text: str, folded: str) -> Iterator[str]:
    """Other keys under which a name is looked for, likeliest first."""
    if not text.isascii() and (other := expanded(text)) != text:
        yield key(fold(other))
    if short := shortened(folded):
        yield short
