"""Which members of a union JSON tells apart."""

from __future__ import annotations

import pytest

from parvis.contract.model import Default, Field, Member, TypeDef
from parvis.contract.unions import clash


def of(name: str, *fields: Field, kind: str = "dataclass") -> TypeDef:
    return TypeDef(name, kind, fields)  # type: ignore[arg-type]


ZERO = Default("0", 0)
TYPES = {
    each.name: each
    for each in [
        of("Item", Field("name", "str")),
        of("More", Field("name", "str"), Field("more", "int", False, ZERO)),
        of("Pin", Field("x", "int"), Field("y", "int", False, ZERO)),
        of("Number", Field("name", "int")),
        of("Cat", Field("kind", "Literal['cat']", False, Default("'cat'", "cat"))),
        of("Dog", Field("kind", "Literal['dog']", False, Default("'dog'", "dog"))),
        of("Lax", Field("kind", "Literal['lax']", False), kind="typeddict"),
        of("LaxToo", Field("kind", "Literal['too']", False), kind="typeddict"),
        of("Ring", Field("next", "Chain | None")),
        of("Chain", Field("next", "Ring | None")),
        of("Point", Field("x", "float"), Field("y", "float"), kind="namedtuple"),
        of("Deep", Field("x", "float"), Field("y", "float"), Field("z", "float"), kind="namedtuple"),
        of("Named", Field("x", "str"), Field("y", "float"), kind="namedtuple"),
        of("Maybe", Field("x", "float"), Field("y", "float", False, ZERO), kind="namedtuple"),
        TypeDef("Colour", "enum", members=(Member("RED", "red"), Member("ONE", 1))),
        TypeDef("Mood", "enum", members=(Member("CALM", "calm"),)),
        TypeDef("Day", "enum", members=(Member("FIRST", "2026-01-01"),)),
        TypeDef("Bits", "enum", members=(Member("LOW", 1),), base="Flag"),
    ]
}

APART = [
    "int", "int | str", "int | float | bool | str | None", "float | Decimal", "date | datetime", "date | time | UUID",
    "IPv4Address | IPv6Address", "Decimal | UUID", "bytes | int", "bytes | list[bytes]", "Path | None",
    "list[int] | dict[str, int]", "list[int] | list[float]", "list[date] | list[datetime]", "dict[str, int | str]",
    "tuple[int] | tuple[int, int]", "tuple[int, str] | tuple[str, int]", "ZoneInfo | None", "tuple[int, ...] | None",
    "tuple[int, ...] | tuple[int, int]", "set[date] | date",
    "Literal['a'] | str", "Literal['a', 1] | int", "Literal['today'] | date", "Literal['a'] | Literal['b']",
    "Literal[1, True]", "Colour | Mood", "Mood | int", "Mood | date", "Colour | IPv4Address",
    "Mood | Literal['wild']", "Item | Pin", "Item | Number", "Cat | Dog", "Item | str | list[Item]",
    "dict[str, int] | Item", "Point | Deep", "Point | Named", "Point | None", "int | Any", "list[Any] | Any",
]  # fmt: skip
CLASH = {
    "str | datetime": ("str", "datetime"), "bytes | UUID": ("bytes", "UUID"), "Path | str": ("Path", "str"),
    "ZoneInfo | date": ("ZoneInfo", "date"),
    "ZoneInfo | int": ("ZoneInfo", "int"), "Decimal | Fraction": ("Decimal", "Fraction"),
    "Decimal | date": ("Decimal", "date"), "time | timedelta": ("time", "timedelta"),
    "IPv4Address | IPv4Network": ("IPv4Address", "IPv4Network"), "int | str | date": ("str", "date"),
    "list[str | date]": ("str", "date"), "dict[str, tuple[str | date, ...]]": ("str", "date"),
    "list[int] | tuple[int, ...]": ("list[int]", "tuple[int, ...]"),
    "list[str] | list[date]": ("list[str]", "list[date]"),
    "set[int] | frozenset[int]": ("set[int]", "frozenset[int]"), "tuple[int, str] | tuple[int, date]":
    ("tuple[int, str]", "tuple[int, date]"), "tuple[date, ...] | tuple[date, str]":
    ("tuple[date, ...]", "tuple[date, str]"),
    "dict[str, int] | dict[int, int]": ("dict[str, int]", "dict[int, int]"),
    "dict[str, int] | OrderedDict[str, int]": ("dict[str, int]", "OrderedDict[str, int]"),
    "Colour | Literal['red']": ("Colour", "Literal['red']"), "Colour | int": ("Colour", "int"),
    "Mood | str": ("Mood", "str"), "Day | date": ("Day", "date"), "Bits | int": ("Bits", "int"),
    "Bits | Decimal": ("Bits", "Decimal"), "Colour | Decimal": ("Colour", "Decimal"),
    "Bits | Literal[3]": ("Bits", "Literal[3]"),
    "Literal['2026-01-01'] | date": ("Literal['2026-01-01']", "date"), "Item | More": ("Item", "More"),
    "Item | dict[str, str]": ("Item", "dict[str, str]"), "Pin | Counter[str]": ("Pin", "Counter[str]"),
    "Lax | LaxToo": ("Lax", "LaxToo"), "Ring | Chain": ("Ring", "Chain"), "Point | Maybe": ("Point", "Maybe"),
    "Point | tuple[float, float]": ("Point", "tuple[float, float]"), "date | Any": ("date", "Any"),
}  # fmt: skip


@pytest.mark.parametrize("text", APART)
def test_what_json_tells_apart(text: str) -> None:
    assert None is clash(text, TYPES)


@pytest.mark.parametrize(("text", "members"), CLASH.items())
def test_what_it_does_not(text: str, members: tuple[str, str]) -> None:
    found = clash(text, TYPES)
    assert found is not None
    assert members == (str(found[0]), str(found[1]))
