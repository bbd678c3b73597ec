"""Simple values, decided from the text of a type alone."""

from __future__ import annotations

import pytest

from parvis.contract.model import Field, Member, TypeDef
from parvis.contract.query_types import Simple, simple

TYPES = {
    "Colour": TypeDef("Colour", "enum", members=(Member("RED", "red"), Member("ONE", 1), Member("TRUE", True))),
    "Twin": TypeDef("Twin", "enum", members=(Member("A", 1), Member("B", "1"))),
    "Bits": TypeDef("Bits", "enum", members=(Member("LOW", 1), Member("HIGH", 2)), base="Flag"),
    "Empty": TypeDef("Empty", "enum"),
    "Item": TypeDef("Item", "dataclass", (Field("name", "str"),)),
    "str": TypeDef("str", "enum", members=(Member("A", "a"),)),
}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("bool", Simple("boolean")),
        ("int", Simple("integer")),
        ("float", Simple("number")),
        ("Decimal", Simple("decimal")),
        ("UUID", Simple("uuid")),
        ("date", Simple("date")),
        ("datetime", Simple("datetime")),
        ("time", Simple("time")),
        ("int | None", Simple("integer")),
        ("list[int]", Simple("integer", many=True)),
        ("list[int] | None", Simple("integer", many=True)),
        ("list[int | None]", Simple("integer", many=True)),
        ("Colour", Simple("table", table={"red": b'"red"', "1": b"1", "true": b"true"})),
        ("Bits", Simple("integer")),
        ("list[Bits]", Simple("integer", many=True)),
        ("list[Colour]", Simple("table", many=True, table={"red": b'"red"', "1": b"1", "true": b"true"})),
        ("Literal['a', 1]", Simple("table", table={"a": b'"a"', "1": b"1"})),
        ("Literal['é', -1]", Simple("table", table={"é": b'"\\u00e9"', "-1": b"-1"})),
        ("Literal['a', None]", Simple("table", table={"a": b'"a"'})),
        ("str", Simple("table", table={"a": b'"a"'})),
    ],
)
def test_a_simple_type_says_how_its_values_are_spelt(text: str, expected: Simple) -> None:
    assert expected == simple(text, TYPES)


@pytest.mark.parametrize(
    "text",
    [
        "Any", "None", "bytes", "Item", "list[list[int]]", "dict[str, int]", "set[int]", "tuple[int, int]", "int | str",
        "list", "Item | None", "list[Item]", "Path", "timedelta", "Fraction", "complex", "Unknown", "Empty", "Twin",
        "Literal[1, '1']", "Literal[True, 'true']", "Literal[None]", "", "int |", "a b", "(", "int.real", "1",
    ],
)  # fmt: skip
def test_every_other_type_is_not_simple(text: str) -> None:
    assert None is simple(text, TYPES)
