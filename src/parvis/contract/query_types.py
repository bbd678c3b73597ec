"""Simple values: the types whose values may stand in a query string or a path (docs/mapping.md, "Simple values").

Decided from the type's text alone, so that server and client agree on it.
"""

from __future__ import annotations

import ast
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from .model import TypeDef

Text = Literal["boolean", "integer", "number", "string", "decimal", "uuid", "date", "datetime", "time", "table"]

_BY_NAME: dict[str, Text] = {
    "bool": "boolean",
    "int": "integer",
    "float": "number",
    "str": "string",
    "Decimal": "decimal",
    "UUID": "uuid",
    "date": "date",
    "datetime": "datetime",
    "time": "time",
}


@dataclass(frozen=True, slots=True)
class Simple:
    """How a value is spelt as text: ``text`` names the grammar; ``many`` for a list, a repeated name in the query."""

    text: Text
    many: bool = False
    table: Mapping[str, bytes] | None = None
    """For an enumeration or a Literal: text -> JSON."""


def simple(type_text: str, types: Mapping[str, TypeDef]) -> Simple | None:
    """How values of this type are spelt as text, or None when they are not simple."""
    try:
        return _simple(ast.parse(type_text, mode="eval").body, types, many=False)
    except SyntaxError:
        return None


def _simple(node: ast.expr, types: Mapping[str, TypeDef], *, many: bool) -> Simple | None:
    match node:
        case ast.Name(id=name) if name in types:
            if types[name].base in ("Flag", "IntFlag"):  # a sum of its members
                return Simple("integer", many)
            return _table([m.value for m in types[name].members], many) if types[name].kind == "enum" else None
        case ast.Name(id=name) if name in _BY_NAME:
            return Simple(_BY_NAME[name], many)
        case ast.BinOp(op=ast.BitOr(), left=left, right=ast.Constant(value=None)):
            return _simple(left, types, many=many)
        case ast.Subscript(value=ast.Name(id="list"), slice=inner) if not many:
            return _simple(inner, types, many=True)
        case ast.Subscript(value=ast.Name(id="Literal"), slice=inner):
            items = inner.elts if isinstance(inner, ast.Tuple) else [inner]
            return _table([ast.literal_eval(item) for item in items], many)
    return None


def _table(values: list[object], many: bool) -> Simple | None:
    table = {_spell(value): json.dumps(value).encode() for value in values if value is not None}
    # Two values with one spelling (1 and "1") could not be told apart.
    return Simple("table", many, table) if table and len(table) == sum(v is not None for v in values) else None


def _spell(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)
