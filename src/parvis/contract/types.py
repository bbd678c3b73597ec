"""The closed language in which a contract writes types: Python annotations over a fixed set of names.

``list[Item] | None``, ``dict[str, Decimal]``, ``Literal['a', 1]``. The names are those of :data:`NAMES`, the generic
ones of :data:`GENERICS`, and the classes that the contract itself defines. Text is parsed by :mod:`ast` and walked; it
is never evaluated, and no name from it is ever imported.
"""

from __future__ import annotations

import ast
import collections
import datetime
import decimal
import fractions
import ipaddress
import pathlib
import typing
import uuid
import zoneinfo
from collections.abc import Mapping
from typing import Any

NAMES: dict[str, Any] = {
    "Any": Any,
    "None": None,
    "BinaryIO": typing.BinaryIO,
    "bool": bool,
    "bytes": bytes,
    "complex": complex,
    "date": datetime.date,
    "datetime": datetime.datetime,
    "Decimal": decimal.Decimal,
    "float": float,
    "Fraction": fractions.Fraction,
    "int": int,
    "IPv4Address": ipaddress.IPv4Address,
    "IPv6Address": ipaddress.IPv6Address,
    "IPv4Interface": ipaddress.IPv4Interface,
    "IPv6Interface": ipaddress.IPv6Interface,
    "IPv4Network": ipaddress.IPv4Network,
    "IPv6Network": ipaddress.IPv6Network,
    "Path": pathlib.Path,
    "str": str,
    "time": datetime.time,
    "timedelta": datetime.timedelta,
    "UUID": uuid.UUID,
    "ZoneInfo": zoneinfo.ZoneInfo,
}
"""Name in a contract -> Python type."""

GENERICS: dict[str, Any] = {
    "Counter": collections.Counter,
    "defaultdict": collections.defaultdict,
    "deque": collections.deque,
    "dict": dict,
    "frozenset": frozenset,
    "list": list,
    "OrderedDict": collections.OrderedDict,
    "set": set,
    "tuple": tuple,
    "Optional": typing.Optional,
    "Union": typing.Union,
}

_ARITY = {
    "Counter": 1, "defaultdict": 2, "deque": 1, "dict": 2, "frozenset": 1, "list": 1, "OrderedDict": 2, "set": 1,
    "Optional": 1,
}  # fmt: skip

QUALIFIED = frozenset(
    {"datetime.date", "datetime.datetime", "datetime.time", "datetime.timedelta", "decimal.Decimal", "uuid.UUID",
     "pathlib.Path", "typing.Any", "fractions.Fraction"}
)  # fmt: skip
"""Dotted spellings that docstrings use for the names above."""

DEPTH = 32
"""How deep one type may nest: deeper is a mistake, or somebody's attempt to exhaust the reader."""


def resolve(text: str, classes: Mapping[str, Any]) -> Any:
    """The Python type that ``text`` names; ``classes`` are the contract's own, by name.

    Raises ``ValueError`` when the text is not in the language or names an unknown class.
    """
    if len(text) > 10_000:
        raise ValueError("a type of more than 10000 characters is refused")
    try:
        tree = ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, MemoryError, RecursionError) as error:
        raise ValueError(f"{text!r} is not a type: {error}") from None
    return _walk(tree, classes, DEPTH)


def _walk(node: ast.expr, classes: Mapping[str, Any], depth: int) -> Any:
    if depth == 0:
        raise ValueError(f"a type nested deeper than {DEPTH} is refused")
    match node:
        case ast.Constant(value=None):
            return None
        case ast.Constant(value=str() as quoted):  # a forward reference in quotes
            return resolve(quoted, classes) if depth > DEPTH - 2 else _unknown(quoted)
        case ast.Name(id=name):
            if name in classes:
                return classes[name]
            if name in NAMES:
                return NAMES[name]
            return GENERICS[name] if name in GENERICS and name not in ("Optional", "Union") else _unknown(name)
        case ast.Attribute(attr=attr):
            return NAMES[attr] if ast.unparse(node) in QUALIFIED else _unknown(ast.unparse(node))
        case ast.BinOp(op=ast.BitOr(), left=left, right=right):
            return typing.Union[_walk(left, classes, depth - 1), _walk(right, classes, depth - 1)]  # noqa: UP007
        case ast.Subscript(value=ast.Name(id="Literal"), slice=inner):
            return typing.Literal[tuple(_literal(item) for item in _items(inner))]
        case ast.Subscript(value=ast.Name(id=name), slice=inner) if name in GENERICS:
            items = _items(inner)
            open_ended = name == "tuple" and len(items) == 2 and _ellipsis(items[1])
            if len(items) != _ARITY.get(name, len(items)) or any(map(_ellipsis, items[:1] if open_ended else items)):
                raise ValueError(f"{ast.unparse(node)!r} is not a type")
            args = [... if _ellipsis(item) else _walk(item, classes, depth - 1) for item in items]
            try:
                return GENERICS[name][tuple(args) if len(args) != 1 or name in ("tuple", "Union") else args[0]]
            except TypeError as error:
                raise ValueError(f"{ast.unparse(node)!r} is not a type: {error}") from None
    raise ValueError(f"{ast.unparse(node)!r} is not a type of a contract")


def _items(node: ast.expr) -> list[ast.expr]:
    return list(node.elts) if isinstance(node, ast.Tuple) else [node]


def _ellipsis(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is ...


def _literal(node: ast.expr) -> str | int | bool | None:
    value: object
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub) and isinstance(node.operand, ast.Constant):
        value = -node.operand.value if type(node.operand.value) is int else ...
    else:
        value = node.value if isinstance(node, ast.Constant) else ...
    if value is None or isinstance(value, (str, int)):
        return value
    raise ValueError(f"{ast.unparse(node)!r} cannot stand in a Literal")


def _unknown(name: str) -> Any:
    raise ValueError(f"{name!r} is no type that this contract knows")
