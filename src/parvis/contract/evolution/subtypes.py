"""Whether every value of one type is a value of another.

One rule: both for a Python caller and on the wire. An ``int`` is a ``float``, since Python and JSON both say so; a
``date`` is no ``str``, though both are text in JSON, and a ``Decimal`` is no ``float``. Classes of the contract are
told apart by name; what changes within them is :mod:`.diff`'s business.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping
from typing import Any, Literal

from ..model import TypeDef
from ..typetree import ANY, ELLIPSIS, LITERAL, UNION, Node

Relation = Literal["same", "wider", "narrower", "changed"]

_BASES = {"StrEnum": "str", "IntEnum": "int"}


def relation(old: Node, new: Node, types: Mapping[str, TypeDef]) -> Relation:
    """How ``new`` stands to ``old``; ``types`` are the classes that both speak of."""
    match within(old, new, types), within(new, old, types):
        case True, True:
            return "same"
        case True, False:
            return "wider"
        case False, True:
            return "narrower"
    return "changed"


def within(a: Node, b: Node, types: Mapping[str, TypeDef]) -> bool:
    """Whether every value of ``a`` is a value of ``b``."""
    if a == b or b == ANY:
        return True
    if a.head == UNION:
        return all(within(member, b, types) for member in a.args)
    if a.head == LITERAL:
        return all(_has(b, value) for value in a.values)
    if b.head == UNION:
        return any(within(a, member, types) for member in b.args)
    if not _implied(dict(a.limits), dict(b.limits)):
        return False
    return _head_within(a, b, types)


def _head_within(a: Node, b: Node, types: Mapping[str, TypeDef]) -> bool:
    if a.head != b.head:
        base = _BASES.get(types[a.head].base) if a.head in types else None
        return (a.head, b.head) == ("int", "float") or (base is not None and within(Node(base), b, types))
    if a.head != "tuple":
        return all(within(x, y, types) for x, y in zip(a.args, b.args, strict=True))
    if _open(b):
        members = a.args[:1] if _open(a) else a.args
        return all(within(member, b.args[0], types) for member in members)
    pairs = zip(a.args, b.args, strict=False)
    return not _open(a) and len(a.args) == len(b.args) and all(within(x, y, types) for x, y in pairs)


def _open(node: Node) -> bool:
    return len(node.args) == 2 and node.args[1].head == ELLIPSIS


def _has(b: Node, value: str) -> bool:
    """Whether one value of a ``Literal`` is a value of ``b``."""
    if b.head == UNION:
        return any(_has(member, value) for member in b.args)
    if b.head == LITERAL:
        return value in b.values
    read = ast.literal_eval(value)
    own: dict[str, Any] = {}
    if isinstance(read, str):
        own = {"min_length": len(read), "max_length": len(read)}
    elif type(read) is int:
        own = {"ge": read, "le": read, "multiple_of": read}
    names = {str: ("str",), int: ("int", "float"), bool: ("bool",), type(None): ("None",)}[type(read)]
    return b == ANY or (b.head in names and _implied(own, dict(b.limits)))


def _implied(a: Mapping[str, Any], b: Mapping[str, Any]) -> bool:
    """Whether values within the limits ``a`` are within the limits ``b``."""
    return all(_holds(a, name, bound) for name, bound in b.items())


def _holds(a: Mapping[str, Any], name: str, bound: Any) -> bool:
    match name:
        case "ge":
            return any(own in a and a[own] >= bound for own in ("ge", "gt"))
        case "gt":
            return ("gt" in a and a["gt"] >= bound) or ("ge" in a and a["ge"] > bound)
        case "le":
            return any(own in a and a[own] <= bound for own in ("le", "lt"))
        case "lt":
            return ("lt" in a and a["lt"] <= bound) or ("le" in a and a["le"] < bound)
        case "min_length":
            return bool(bound <= a.get("min_length", 0))
        case "max_length":
            return "max_length" in a and a["max_length"] <= bound
        case "multiple_of":
            return "multiple_of" in a and bool(a["multiple_of"] % bound == 0)
    return name in a and bool(a[name] == bound)
