"""Which members of a union JSON can tell apart.

The rule: a union is published when every value of it, written as JSON, is read back as a value of the same member. Two
members *clash* when one JSON value may stand for either, and would be two values in Python: ``str | datetime``. In
doubt they clash, since a value that changes its type on the way is found late, by somebody else.
"""

from __future__ import annotations

import ast
import itertools
from collections.abc import Iterator, Mapping

from pydantic import TypeAdapter, ValidationError

from .model import Field, TypeDef
from .types import NAMES
from .typetree import ELLIPSIS, LITERAL, UNION, Node, parse

Types = Mapping[str, TypeDef]

_NUMBERS = frozenset({"int", "float"})
_ARRAYS = frozenset({"list", "set", "frozenset", "deque", "tuple"})
_OBJECTS = frozenset({"dict", "OrderedDict", "defaultdict", "Counter"})
_KIND_OF_ATOM = {"None": "null", "bool": "boolean", **dict.fromkeys(_NUMBERS, "number")}
_IP = [frozenset({f"IPv{n}Address", f"IPv{n}Network", f"IPv{n}Interface"}) for n in (4, 6)]
_SPELT_ALIKE = [
    *(frozenset({"Decimal", "Fraction", "complex", each}) for each in ("date", "datetime")),
    frozenset({"Decimal", "Fraction", "complex", "time", "timedelta"}),
    *_IP,
]
"""Texts that pydantic reads as each other: ``5`` is a Decimal, a Fraction, and seconds since 1970."""
_ANY_TEXT = frozenset({"str", "bytes", "Path", "ZoneInfo"})
"""Texts without a grammar of their own (and one that its writer gives to anything)."""


def clash(text: str, types: Types) -> tuple[Node, Node] | None:
    """The first two members of a union within a type that JSON cannot tell apart, or None."""
    for node in _unions(parse(text)):
        for a, b in itertools.combinations(node.args, 2):
            if _clash(a, b, types):
                return a, b
    return None


def _unions(node: Node) -> Iterator[Node]:
    if node.head == UNION:
        yield node
    for arg in node.args:
        yield from _unions(arg)


def _clash(a: Node, b: Node, types: Types) -> bool:
    if a == b:
        return False
    if a.head == UNION or b.head == UNION:
        return any(_clash(x, y, types) for x in _members(a) for y in _members(b))
    if not _overlap(a, b, types):
        return False
    if "Any" in (a.head, b.head):
        return not _is_json(b if a.head == "Any" else a)
    if {a.head, b.head} <= {LITERAL, "str", "int", "float", "bool"}:  # what both name is one value
        return False
    if a.head == b.head and a.head in _ARRAYS:
        return _clash_in_arrays(a, b, types)
    if a.head == b.head and a.head in _OBJECTS:
        return len(a.args) != len(b.args) or a.args[0] != b.args[0] or _clash(a.args[-1], b.args[-1], types)
    return True


def _members(node: Node) -> tuple[Node, ...]:
    return node.args if node.head == UNION else (node,)


def _is_json(node: Node) -> bool:
    """Whether values of a type are what JSON itself has, so that ``Any`` reads them as well."""
    if node.head in ("list", "dict"):
        return all(_is_json(arg) for arg in node.args)
    return node.head in ("Any", "None", "bool", "int", "float", "str", LITERAL)


def _clash_in_arrays(a: Node, b: Node, types: Types) -> bool:
    if a.head != "tuple":
        return _clash(a.args[0], b.args[0], types)
    if ELLIPSIS in (a.args[-1].head if a.args else "", b.args[-1].head if b.args else ""):
        return len(a.args) != len(b.args) or _clash(a.args[0], b.args[0], types)
    pairs = list(zip(a.args, b.args, strict=False))
    return (
        len(a.args) == len(b.args)
        and all(_overlap(x, y, types) for x, y in pairs)
        and any(_clash(x, y, types) for x, y in pairs)
    )


def _overlap(a: Node, b: Node, types: Types) -> bool:
    """Whether some JSON value is read by both. True when in doubt."""
    if a == b or "Any" in (a.head, b.head):
        return True
    if a.head == UNION or b.head == UNION:
        return any(_overlap(x, y, types) for x in _members(a) for y in _members(b))
    common = _kinds(a, types) & _kinds(b, types)
    if not common:
        return False
    values = [_values(node, types) for node in (a, b)]
    if values[0] is not None and values[1] is not None:
        return bool(values[0] & values[1])
    if values[0] is not None or values[1] is not None:
        named, other = (values[0] or (), b) if values[0] is not None else (values[1] or (), a)
        return any(_reads(other, value) for _, value in named)
    if common == {"string"}:
        pair = {a.head, b.head}
        return bool(pair & _ANY_TEXT) or any(pair <= group for group in _SPELT_ALIKE)
    fields = [types[node.head].fields if node.head in types else None for node in (a, b)]
    if common == {"object"} and any(f is not None for f in fields):
        return not _separate(a, b, fields[0], fields[1], types)
    if common == {"array"} and all(f is not None for f in fields):
        return not _different_rows(fields[0] or (), fields[1] or (), types)
    return True


def _kinds(node: Node, types: Types) -> set[str]:
    if node.head in types:
        definition = types[node.head]
        if definition.kind == "enum":
            return {_kind_of(m.value) for m in definition.members}
        return {"array" if definition.kind == "namedtuple" else "object"}
    if node.head == LITERAL:
        return {_kind_of(ast.literal_eval(value)) for value in node.values}
    if node.head in _ARRAYS:
        return {"array"}
    return {"object"} if node.head in _OBJECTS else {_KIND_OF_ATOM.get(node.head, "string")}


def _kind_of(value: object) -> str:
    if value is None:
        return "null"
    return "boolean" if isinstance(value, bool) else "string" if isinstance(value, str) else "number"


def _values(node: Node, types: Types) -> set[tuple[str, object]] | None:
    """What an enumeration or a ``Literal`` names; None for a type with values without end."""
    if node.head in types and types[node.head].kind == "enum":
        if "Flag" in types[node.head].base:
            return None
        found: list[object] = [m.value for m in types[node.head].members]
    elif node.head == LITERAL:
        found = [ast.literal_eval(value) for value in node.values]
    else:
        return None
    return {(_kind_of(value), value) for value in found}


def _reads(node: Node, value: object) -> bool:
    if node.head not in NAMES or node.head == "None":
        return node.head not in NAMES  # an enumeration of flags beside numbers: in doubt, yes
    try:
        TypeAdapter(NAMES[node.head]).validate_python(value, strict=not isinstance(value, str))
    except ValidationError:
        return False
    return True


def _separate(
    a: Node, b: Node, fields_a: tuple[Field, ...] | None, fields_b: tuple[Field, ...] | None, types: Types
) -> bool:
    """Whether no object is read by both: each refuses what the other always writes, or a field in both tells."""
    if fields_a is None or fields_b is None:
        fields, other = (fields_a or (), b) if fields_b is None else (fields_b or (), a)
        return other.head != "Counter" and any(
            f.required and not _overlap(parse(f.type), other.args[-1], types) for f in fields
        )
    by_name = {f.name: f for f in fields_b}
    always = _always(fields_a, types[a.head]) & _always(fields_b, types[b.head])
    if any(not _overlap(parse(f.type), parse(by_name[f.name].type), types) for f in fields_a if f.name in always):
        return True
    return _refuses(fields_a, fields_b, types[b.head]) and _refuses(fields_b, fields_a, types[a.head])


def _always(fields: tuple[Field, ...], definition: TypeDef) -> set[str]:
    """The fields that are written in every value, those with a default too: only a ``TypedDict`` may lack some."""
    return {f.name for f in fields if f.required or definition.kind != "typeddict"}


def _refuses(reader: tuple[Field, ...], written: tuple[Field, ...], writer: TypeDef) -> bool:
    """Whether a class cannot be read from what another writes."""
    names, needed = {f.name for f in reader}, {f.name for f in reader if f.required}
    # Who passes over fields that it does not know, as clients do, takes the class that has most of them.
    return bool(needed - {f.name for f in written}) or bool(_always(written, writer) - names)


def _different_rows(a: tuple[Field, ...], b: tuple[Field, ...], types: Types) -> bool:
    """Whether two named tuples differ in length, or in the type of a place that both have."""
    least = [sum(f.required for f in fields) for fields in (a, b)]
    if not (least[1] <= len(a) <= len(b) or least[0] <= len(b) <= len(a)):
        return True
    pairs = [(parse(x.type), parse(y.type)) for x, y in zip(a, b, strict=False) if x.required and y.required]
    return any(not _overlap(x, y, types) for x, y in pairs)
