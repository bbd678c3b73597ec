"""Which members of a union JSON can tell apart.

The rule: a union is published when every value of it, written as JSON, is read back as a value of the same member. Two
members *clash* when one JSON value may stand for either, and would be two values in Python: ``str | datetime``. In
doubt they clash, since a value that changes its type on the way is found late, by somebody else.
"""

from __future__ import annotations

import ast
import functools
import itertools
import json
from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import ConfigDict, TypeAdapter, ValidationError

from .model import TypeDef
from .types import NAMES
from .typetree import ELLIPSIS, LITERAL, UNION, Node, parse


class Types(dict[str, TypeDef]):
    """The classes of a contract by name, and what is known of pairs of them."""

    def __init__(self, types: Mapping[str, TypeDef]) -> None:
        super().__init__(types)
        self.overlaps: dict[frozenset[str], bool] = {}


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
"""Texts without a grammar of their own."""


def clash(text: str, defined: Mapping[str, TypeDef]) -> tuple[Node, Node] | None:
    """The first two members of a union within a type that JSON cannot tell apart, or None."""
    types = Types(defined)
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
    if "ZoneInfo" in (a.head, b.head):  # its writer writes anything that has a text
        return "None" not in (a.head, b.head)
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
    open_ended = [ELLIPSIS in [arg.head for arg in node.args] for node in (a, b)]
    if any(open_ended):
        first, other = (a, b) if open_ended[0] else (b, a)
        return any(_clash(first.args[0], arg, types) for arg in other.args if arg.head != ELLIPSIS)
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
    for one, other in ((a, b), (b, a)):
        if other.head in NAMES and (named := _values(one, types)) is not None:
            return any(_reads(other.head, value) for _, value in named)
    common = _kinds(a, types) & _kinds(b, types)
    if not common:
        return False
    values = [_values(node, types) for node in (a, b)]
    if values[0] is not None and values[1] is not None:
        flags = any(node.head in types and "Flag" in types[node.head].base for node in (a, b))
        return flags or bool(values[0] & values[1])
    if common == {"string"}:
        heads = {a.head, b.head}
        return bool(heads & _ANY_TEXT) or any(heads <= group for group in _SPELT_ALIKE)
    if a.head not in types and b.head not in types:
        return True
    pair = frozenset((a.head, b.head)) if a.head in types and b.head in types else frozenset((str(a), str(b)))
    if pair not in types.overlaps:
        types.overlaps[pair] = True  # while it is worked out: classes speak of each other
        types.overlaps[pair] = not (_separate if "object" in common else _different_rows)(a, b, types)
    return types.overlaps[pair]


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
    """What an enumeration or a ``Literal`` names; one number stands for all sums of flags. None for any other type."""
    found: list[object]
    if node.head in types and types[node.head].kind == "enum":
        found = [1] if "Flag" in types[node.head].base else [m.value for m in types[node.head].members]
    elif node.head == LITERAL:
        found = [ast.literal_eval(value) for value in node.values]
    else:
        return None
    return {(_kind_of(value), value) for value in found}


def _reads(head: str, value: object) -> bool:
    """Whether a type of Python's own reads a JSON value: a Decimal, like an address, is read from a number too."""
    try:
        _adapter(head).validate_json(json.dumps([value]), strict=True)
    except ValidationError:
        return False
    return True


@functools.cache
def _adapter(head: str) -> TypeAdapter[Any]:
    kind: Any = NAMES[head]
    return TypeAdapter(list[kind], config=ConfigDict(val_json_bytes="base64"))


def _separate(a: Node, b: Node, types: Types) -> bool:
    """Whether no object is read by both: each refuses what the other always writes, or a field in both tells."""
    if a.head not in types or b.head not in types:
        known, other = (a, b) if a.head in types else (b, a)
        return other.head != "Counter" and any(
            f.required and not _overlap(parse(f.type), other.args[-1], types) for f in types[known.head].fields
        )
    of_a, of_b = types[a.head], types[b.head]
    by_name = {f.name: f for f in of_b.fields}
    always = _always(of_a) & _always(of_b)
    if any(not _overlap(parse(f.type), parse(by_name[f.name].type), types) for f in of_a.fields if f.name in always):
        return True
    return _refuses(of_a, of_b) and _refuses(of_b, of_a)


def _always(definition: TypeDef) -> set[str]:
    """The fields that are written in every value, those with a default too: only a ``TypedDict`` may lack some."""
    return {f.name for f in definition.fields if f.required or definition.kind != "typeddict"}


def _refuses(reader: TypeDef, writer: TypeDef) -> bool:
    """Whether a class cannot be read from what another writes."""
    names, needed = {f.name for f in reader.fields}, {f.name for f in reader.fields if f.required}
    # Who passes over fields that it does not know, as clients do, takes the class that has most of them.
    return bool(needed - {f.name for f in writer.fields}) or bool(_always(writer) - names)


def _different_rows(a: Node, b: Node, types: Types) -> bool:
    """Whether two named tuples differ in length, or in the type of a place that both have."""
    if a.head not in types or b.head not in types:
        return False
    rows = types[a.head].fields, types[b.head].fields
    least = [sum(f.required for f in fields) for fields in rows]
    if not (least[1] <= len(rows[0]) <= len(rows[1]) or least[0] <= len(rows[1]) <= len(rows[0])):
        return True
    pairs = [(parse(x.type), parse(y.type)) for x, y in zip(*rows, strict=False) if x.required and y.required]
    return any(not _overlap(x, y, types) for x, y in pairs)
