"""The closed language of types: what it reads, and that it evaluates and imports nothing."""

from __future__ import annotations

import collections
import contextlib
import datetime
import decimal
import ipaddress
import pathlib
import typing
import uuid
import zoneinfo
from typing import Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parvis.contract.types import NAMES, resolve


class Item: ...


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("int", int),
        ("None", None),
        ("Any", Any),
        (" str ", str),
        ("datetime", datetime.datetime),
        ("datetime.date", datetime.date),
        ("decimal.Decimal", decimal.Decimal),
        ("UUID", uuid.UUID),
        ("Path", pathlib.Path),
        ("IPv4Network", ipaddress.IPv4Network),
        ("ZoneInfo", zoneinfo.ZoneInfo),
        ("IPv6Interface", ipaddress.IPv6Interface),
        ("deque[int]", collections.deque[int]),
        ("Counter[str]", collections.Counter[str]),
        ("defaultdict[str, list[int]]", collections.defaultdict[str, list[int]]),
        ("OrderedDict[str, int]", collections.OrderedDict[str, int]),
        ("list[int]", list[int]),
        ("dict[str, Decimal]", dict[str, decimal.Decimal]),
        ("tuple[int, str]", tuple[int, str]),
        ("tuple[int, ...]", tuple[int, ...]),
        ("tuple[()]", tuple[()]),
        ("tuple[int]", tuple[int]),
        ("list", list),
        ("int | None", typing.Optional[int]),  # noqa: UP045
        ("Optional[int]", typing.Optional[int]),  # noqa: UP045
        ("Union[int, str]", typing.Union[int, str]),  # noqa: UP007
        ("Literal['a', 1, -1, True, None]", Literal["a", 1, -1, True, None]),
        ("list[Item | None]", list[typing.Optional[Item]]),  # noqa: UP045
        ("'Item'", Item),
    ],
)
def test_a_text_of_the_language_is_a_type(text: str, expected: Any) -> None:
    assert expected == resolve(text, {"Item": Item})


@pytest.mark.parametrize(
    "text",
    [
        "", "Unknown", "os.system", "__import__('os')", "int()", "int if 1 else str", "[int]", "int, str", "list[",
        "lambda: 1", "int; str", "Optional", "Union", "Literal", "Literal[b'x']", "Literal[1.5]", "Literal[x]",
        "list[int].append", "dict[int]", "list[1]", "1", "'Unknown'", "int | 'Unknown'", "list[...]", "dict[str, ...]",
        "tuple[...]", "tuple[int, ..., str]", "list[int, str]", "int[str]",
        "datetime.now", "typing.List", "int\0", "*int", "a.b.c", "f'int'", "x := int", "Literal[-'a']", "{int}",
    ],
)  # fmt: skip
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"type|refused|Literal"):
        resolve(text, {"Item": Item})


@pytest.mark.parametrize(
    "text",
    [
        "list[" * 100 + "int" + "]" * 100,
        "(" * 5000 + "int" + ")" * 5000,
        "int | " * 2000 + "int",
        "a" * 10_001,
        "-" * 9000 + "1",
    ],
    ids=["generics", "brackets", "unions", "length", "minuses"],
)
def test_a_text_that_would_exhaust_the_reader_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"refused|is not a type"):
        resolve(text, {})


def test_a_class_of_the_contract_goes_before_a_name_of_the_language() -> None:
    assert Item is resolve("date", {"date": Item})


def test_every_name_reads_as_itself() -> None:
    assert NAMES == {name: resolve(name, {}) for name in NAMES}


@given(st.text("abcint[]|,.'\" ()*-0:=\n\\", max_size=40))
def test_no_text_raises_anything_but_value_error(text: str) -> None:
    with contextlib.suppress(ValueError):
        resolve(text, {})
