"""A type's text as a small tree, for those who compare types.

Two rules. Text is parsed by :mod:`ast` and walked, never evaluated. And one type has one tree: ``Optional[X]`` is
``X | None``, a union in a union is one union, ``list`` is ``list[Any]``. Beside the language of contracts
(:mod:`parvis.contract.types`) it knows the limits that JSON Schema can put on a value, written as a publisher writes
them: ``Annotated[int, Field(ge=1, le=100)]``.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from .types import DEPTH, GENERICS, NAMES, QUALIFIED

UNION = "|"
LITERAL = "Literal"
ELLIPSIS = "..."

LIMITS: dict[str, str] = {
    "minimum": "ge", "exclusiveMinimum": "gt", "maximum": "le", "exclusiveMaximum": "lt", "multipleOf": "multiple_of",
    "minLength": "min_length", "maxLength": "max_length",
    "minItems": "min_length", "maxItems": "max_length",
    "minProperties": "min_length", "maxProperties": "max_length",
    "pattern": "pattern",
}  # fmt: skip
"""A limit's keyword in JSON Schema -> its name in ``Field(...)``."""

_BARE: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(("list", "set", "frozenset", "deque", "Counter"), ("Any",)),
    **dict.fromkeys(("dict", "OrderedDict", "defaultdict"), ("Any", "Any")),
    "tuple": ("Any", ELLIPSIS),
}  # fmt: skip
_FIELDS = frozenset(LIMITS.values())


@dataclass(frozen=True, slots=True)
class Node:
    """One type: a name with what stands in its brackets, a union (``|``) of types, or a ``Literal`` with its values."""

    head: str
    args: tuple[Node, ...] = ()
    values: tuple[str, ...] = ()
    """As Python writes them: ``1``, ``True`` and ``'1'`` are three values, of which two are equal in Python."""
    limits: tuple[tuple[str, Any], ...] = ()
    """Sorted pairs of a name of :data:`LIMITS` and its value."""

    def names(self) -> Iterator[str]:
        """The classes of the contract that the type speaks of."""
        if self.head not in _KNOWN:
            yield self.head
        for arg in self.args:
            yield from arg.names()

    @property
    def plain(self) -> Node:
        """The type without its limits."""
        return replace(self, args=tuple(arg.plain for arg in self.args), limits=())

    def __str__(self) -> str:
        text = self._text()
        if not self.limits:
            return text
        limits = ", ".join(f"{name}={value!r}" for name, value in self.limits)
        return f"Annotated[{text}, Field({limits})]"

    def _text(self) -> str:
        if self.head == UNION:
            return " | ".join(map(str, self.args))
        if self.head == LITERAL:
            return f"Literal[{', '.join(self.values)}]"
        if self.head == "tuple" and not self.args:
            return "tuple[()]"
        return f"{self.head}[{', '.join(map(str, self.args))}]" if self.args else self.head


_KNOWN = frozenset({*NAMES, *GENERICS, UNION, LITERAL, ELLIPSIS})
ANY = Node("Any")
NONE = Node("None")


def parse(text: str) -> Node:
    """The tree of a type's text. Raises ``ValueError`` when it is none; whether its classes exist is not asked."""
    try:
        return tree(ast.parse(text.strip(), mode="eval").body)
    except (SyntaxError, MemoryError, RecursionError) as error:
        raise ValueError(f"{text!r} is not a type: {error}") from None


def tree(node: ast.expr, depth: int = DEPTH) -> Node:
    """The tree of a parsed type. Raises ``ValueError``."""
    if depth == 0:
        raise ValueError(f"a type nested deeper than {DEPTH} is refused")
    match node:
        case ast.Constant(value=None):
            return NONE
        case ast.Constant(value=str() as quoted):
            return tree(ast.parse(quoted, mode="eval").body, depth - 1)
        case ast.Name(id=name):
            return Node(name, tuple(Node(arg) for arg in _BARE.get(name, ())))
        case ast.Attribute(attr=attr) if ast.unparse(node) in QUALIFIED:
            return Node(attr)
        case ast.BinOp(op=ast.BitOr(), left=left, right=right):
            # As deep as it stands in brackets: a union of forty members is wide, not deep.
            return _union([tree(left, depth), tree(right, depth)])
        case ast.Subscript(value=ast.Name(id="Literal"), slice=inner):
            return Node(LITERAL, values=tuple(_value(item) for item in _items(inner)))
        case ast.Subscript(value=ast.Name(id="Annotated"), slice=ast.Tuple(elts=[inner, ast.Call() as limits])):
            return replace(tree(inner, depth - 1), limits=_limits(limits))
        case ast.Subscript(value=ast.Name(id="Optional"), slice=inner):
            return _union([tree(inner, depth - 1), NONE])
        case ast.Subscript(value=ast.Name(id="Union"), slice=inner):
            return _union([tree(item, depth - 1) for item in _items(inner)])
        case ast.Subscript(value=ast.Name(id=name), slice=inner) if name in GENERICS:
            return Node(name, tuple(_argument(item, depth - 1) for item in _items(inner)))
    raise ValueError(f"{ast.unparse(node)!r} is not a type of a contract")


def _argument(node: ast.expr, depth: int) -> Node:
    return Node(ELLIPSIS) if isinstance(node, ast.Constant) and node.value is ... else tree(node, depth)


def _union(members: list[Node]) -> Node:
    flat: dict[Node, None] = {}
    for member in members:
        for each in member.args if member.head == UNION and not member.limits else (member,):
            flat[each] = None
    return next(iter(flat)) if len(flat) == 1 else Node(UNION, tuple(flat))


def _items(node: ast.expr) -> list[ast.expr]:
    return list(node.elts) if isinstance(node, ast.Tuple) else [node]


def _value(node: ast.expr) -> str:
    try:
        value = ast.literal_eval(node)
    except ValueError:
        value = ...
    if value is None or isinstance(value, str | int):
        return repr(value)
    raise ValueError(f"{ast.unparse(node)!r} cannot stand in a Literal")


def _limits(call: ast.Call) -> tuple[tuple[str, Any], ...]:
    if not isinstance(call.func, ast.Name) or call.func.id != "Field" or call.args:
        raise ValueError(f"{ast.unparse(call)!r} is no limit: write Field(ge=1)")
    found: dict[str, Any] = {}
    for keyword in call.keywords:
        if keyword.arg not in _FIELDS:
            raise ValueError(f"{ast.unparse(call)!r} is no limit: there are {', '.join(sorted(_FIELDS))}")
        found[keyword.arg] = ast.literal_eval(keyword.value)
    return tuple(sorted(found.items()))
