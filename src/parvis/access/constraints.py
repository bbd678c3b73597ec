"""Constraints: the values that arguments of a call may have, as in ``country in [BE, FR], kind in [city]``.

One rule: a value is a text, and every argument that can be compared has exactly one text. A str and a UUID have their
own, a date its ISO form, a bool ``true`` or ``false``, an Enum that of its value (its name, when the value has none), a
number its plain decimal spelling: 1, 1.0 and Decimal("1.00") are all ``1``. All else has none and fails. So two lists
allow together exactly the values in both, and a list allows no more than another when it is a part of it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import Enum
from typing import Any
from uuid import UUID

VALUES_MOST = 100
"""Values in one list."""

_TOLD = 60
_FORM = "constraints look like `(country in [FR, BE], kind in [city])`"
_SPACE = r"[ \t\r\n]*"
_PARAMETER = re.compile(rf"{_SPACE}([^\W\d]\w*)[ \t\r\n]+in{_SPACE}\[")
_NEXT = re.compile(rf"{_SPACE}(,|\Z)")
_WORD = r"[A-Za-z0-9_.+-]+"
_QUOTED = r'"(?:[^"\\\x00-\x1f]|\\(?:["\\/bfnrt]|u[0-9A-Fa-f]{4}))*+"'  # RFC 8259 section 7
_VALUE = re.compile(rf"{_SPACE}({_WORD}|{_QUOTED}){_SPACE}([,\]])")
_BARE = re.compile(rf"{_WORD}\Z")
_JSON_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?\Z")
_PLAIN_NUMBER = re.compile(r"(?!-0\Z)-?(?:0|[1-9][0-9]*)(?:\.[0-9]*[1-9])?\Z")
_DIGITS_MOST = 1000  # no right is longer: a number with more digits is in no list
_MACHINE_WORD = 63


@dataclass(frozen=True, slots=True)
class Constraints:
    """Parameter and the texts it may have, sorted by parameter; a call must meet all of them.

    Raises ``ValueError`` when there is none, or a list is empty or longer than ``VALUES_MOST``.
    """

    allowed: tuple[tuple[str, frozenset[str]], ...]

    def __post_init__(self) -> None:
        names = [name for name, _ in self.allowed]
        if not names or names != sorted(set(names)):
            raise ValueError("constraints are at least one, sorted by parameter, and name each once")
        if not all(1 <= len(texts) <= VALUES_MOST for _, texts in self.allowed):
            raise ValueError(f"a list holds 1 to {VALUES_MOST} values")

    @classmethod
    def of(cls, text: str) -> Constraints:
        """What stands between the parentheses of a right, read. Raises ``ValueError``, saying what is wrong."""
        allowed: dict[str, frozenset[str]] = {}
        position = 0
        while True:
            found = _PARAMETER.match(text, position)
            if found is None:
                raise ValueError(_FORM)
            name = found[1]
            if name in allowed:
                raise ValueError(f"`{name[:_TOLD]}` is constrained twice")
            allowed[name], position = _values(text, found.end(), name)
            after = _NEXT.match(text, position)
            if after is None:
                raise ValueError(_FORM)
            if not after[1]:
                return cls(tuple(sorted(allowed.items())))
            position = after.end()

    def admits(self, arguments: Mapping[str, Any]) -> bool:
        """Whether a call with these arguments, by parameter, meets every constraint."""
        for name, texts in self.allowed:
            value = arguments.get(name)
            if type(value) is str:  # nearly always: no call for it
                if value not in texts:
                    return False
            elif not _passes(value, texts):
                return False
        return True

    def failing(self, arguments: Mapping[str, Any]) -> tuple[str, ...]:
        """The parameters whose constraint these arguments do not meet."""
        return tuple(name for name, texts in self.allowed if not _passes(arguments.get(name), texts))

    def implied_by(self, other: Constraints) -> bool:
        """Whether every call that meets ``other`` meets these."""
        others = dict(other.allowed)
        return all(name in others and others[name] <= texts for name, texts in self.allowed)

    def joined(self, other: Constraints) -> Constraints | None:
        """What a call must meet to meet both; None when no call can."""
        both = dict(self.allowed)
        for name, texts in other.allowed:
            both[name] = both[name] & texts if name in both else texts
        return Constraints(tuple(sorted(both.items()))) if all(both.values()) else None

    def __str__(self) -> str:
        return ", ".join(f"{name} in [{', '.join(map(_spelt, sorted(texts)))}]" for name, texts in self.allowed)


def _values(text: str, position: int, name: str) -> tuple[frozenset[str], int]:
    """The values of a list from after its ``[``, and the place after its ``]``."""
    values: list[str] = []
    while True:
        found = _VALUE.match(text, position)
        if found is None or len(values) == VALUES_MOST:
            raise ValueError(
                f"`{name[:_TOLD]}` needs 1 to {VALUES_MOST} values in its list: words of letters, digits and `_.+-`, "
                "or JSON texts in double quotes"
            )
        values.append(_read(found[1]))
        position = found.end()
        if found[2] == "]":
            return frozenset(values), position


def _read(spelling: str) -> str:
    if spelling.startswith('"'):
        value: str = json.loads(spelling)
        if any("\ud800" <= letter <= "\udfff" for letter in value):
            raise ValueError("half a surrogate pair is no character")
        return value
    if not _is_bare(spelling):  # 1.10 may be meant as a number or as a version: a right must not be guessed
        told = spelling[:_TOLD]
        raise ValueError(f'`{told}` is no plain number like 1.5 or 2000: write it so, or as a text: "{told}"')
    return spelling


def _is_bare(text: str) -> bool:
    """Whether a text stands without quotes: a word, unless it is a number in another spelling than its own."""
    return _BARE.match(text) is not None and (_JSON_NUMBER.match(text) is None or _PLAIN_NUMBER.match(text) is not None)


def _spelt(text: str) -> str:
    """The one spelling of a value; what does not print is escaped, so a right is one line that shows all it holds."""
    if _is_bare(text):
        return text
    quoted = json.dumps(text, ensure_ascii=False)
    return "".join(letter if letter.isprintable() else json.dumps(letter)[1:-1] for letter in quoted)


def _passes(value: object, texts: frozenset[str]) -> bool:
    if isinstance(value, list | tuple | set | frozenset):
        return bool(value) and all(_text(element) in texts for element in value)
    return _text(value) in texts


def _text(value: object) -> str | None:
    """The one text of an argument, None when it has none (None is in no list)."""
    if isinstance(value, Enum):
        own = _text(value.value)
        return value.name if own is None else own
    if isinstance(value, str):
        return str.__str__(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return int.__repr__(value) if value.bit_length() <= _MACHINE_WORD else _plain(Decimal(value))
    if isinstance(value, float):
        return _plain(Decimal(float.__repr__(value)))
    if isinstance(value, Decimal):
        return _plain(value)
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, date):  # and datetime, which is one
        return value.isoformat()
    return None


def _plain(number: Decimal) -> str | None:
    """A number without exponent or needless zeros; None when it is not finite, or longer than any right."""
    if not number:
        return "0"
    if not number.is_finite() or abs(number.adjusted()) > _DIGITS_MOST:
        return None
    text = format(number, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text
