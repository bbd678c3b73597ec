"""A result against its schema: what pydantic lets pass on the way out."""

from __future__ import annotations

from typing import Any

import pytest

from parvis.facade.shape import Shape

ITEM = {
    "type": "object",
    "properties": {"name": {"type": "string"}, "parent": {"anyOf": [{"$ref": "#/$defs/Item"}, {"type": "null"}]}},
    "required": ["name"],
}


def shape(schema: dict[str, Any]) -> Shape:
    return Shape({**schema, "$defs": {"Item": ITEM, "Colour": {"enum": ["red"], "type": "string"}}})


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        ({}, None),
        ({"type": "null"}, None),
        ({"anyOf": [{"type": "integer"}, {"type": "null"}]}, None),
        ({"enum": ["a", None]}, None),
        ({"type": "array"}, [None]),
        ({"type": "object"}, {"a": None}),
        ({"type": "object", "additionalProperties": True}, {"a": None}),
        ({"$ref": "#/$defs/Item"}, {"name": "tea", "parent": {"name": "box", "parent": None}}),
        ({"anyOf": [{"$ref": "#/$defs/Item"}, {"type": "array", "items": {"type": "null"}}]}, [None]),
        ({"anyOf": [{"type": "object", "required": ["a"]}, {"$ref": "#/$defs/Item"}]}, {"name": "tea"}),
        ({"anyOf": [{"type": "integer"}]}, "what a custom serialiser writes"),
        ({"$ref": "#/$defs/Unknown"}, None),
    ],
)
def test_what_the_schema_admits_has_no_fault(schema: dict[str, Any], value: Any) -> None:
    assert None is shape(schema).fault(value)


@pytest.mark.parametrize(
    ("schema", "value", "fault"),
    [
        ({"type": "integer"}, None, "it is None"),
        ({"anyOf": [{"type": "integer"}, {"type": "string"}]}, None, "it is None"),
        ({"type": "array", "items": {"type": "integer"}}, [1, None], "[1] is None"),
        ({"type": "array", "prefixItems": [{"type": "integer"}, {"type": "string"}]}, [1, None], "[1] is None"),
        ({"type": "object", "additionalProperties": {"type": "integer"}}, {"a": None}, "a is None"),
        ({"$ref": "#/$defs/Item"}, {"name": None}, "name is None"),
        (
            {"$ref": "#/$defs/Item"},
            {"name": "a", "parent": {"name": "b", "parent": {}}},
            "parent.parent.name is missing",
        ),
        ({"type": "array", "items": {"$ref": "#/$defs/Item"}}, [{}], "[0].name is missing"),
        ({"$ref": "#/$defs/Colour"}, "blue", "it is 'blue', which is not among the declared values"),
        ({"const": 1}, 2, "it is 2, which is not among the declared values"),
        ({"anyOf": [{"$ref": "#/$defs/Item"}, {"type": "null"}]}, {"parent": None}, "name is missing"),
    ],
)
def test_a_fault_is_told_with_its_place(schema: dict[str, Any], value: Any, fault: str) -> None:
    assert fault == shape(schema).fault(value)
