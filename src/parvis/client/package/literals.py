"""Values as Python writes them, and the defaults of a contract among them.

One rule: a default is written from its value, checked against its type, and never from its text. What has no literal is
written as ``server_default("...")``, which the client takes for "left out".
"""

from __future__ import annotations

import datetime
import decimal
import enum
import json
import math
import pathlib
import uuid
from collections.abc import Callable, Collection, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from parvis.contract.typetree import ANY, NONE, UNION, Node, parse

from ..errors import printable
from ..values.codec import Codec
from .source import Module, quoted, type_text

if TYPE_CHECKING:
    from parvis.contract.model import Default

_MADE: tuple[tuple[type, str, Callable[[Any], str]], ...] = (
    (decimal.Decimal, "{}({})", str),
    (uuid.UUID, "{}({})", str),
    (pathlib.PurePath, "{}({})", str),
    (datetime.datetime, "{}.fromisoformat({})", datetime.datetime.isoformat),
    (datetime.date, "{}.fromisoformat({})", datetime.date.isoformat),
    (datetime.time, "{}.fromisoformat({})", datetime.time.isoformat),
)
"""Class -> how a value of it is made of a text, and which; a datetime is a date, too."""

_CALLED = {decimal.Decimal: "Decimal", uuid.UUID: "UUID", pathlib.PurePath: "Path", datetime.datetime: "datetime",
           datetime.date: "date", datetime.time: "time"}  # fmt: skip
_BRACKETS: Mapping[type, tuple[str, str]] = {list: ("[", "]"), tuple: ("(", ")"), set: ("{", "}")}


class Written(NamedTuple):
    """A default: its text, whether only the server knows it, and whether it must be made for each object."""

    text: str
    server_default: bool = False
    late: bool = False


class Defaults:
    """The defaults of one contract, as one file writes them."""

    def __init__(self, codec: Codec, names: Mapping[type, str], module: Module) -> None:
        self._codec = codec
        self._names = names
        self._module = module

    def of(
        self, kind: str, default: Default | None, scope: Collection[str], *, now: bool = False
    ) -> tuple[str, Written]:
        """The type of what has the default, and the default. None stands for a default that nobody told.

        With ``now`` it cannot be made later, so it must not speak of a class that may be defined below."""
        node = parse(kind)
        text, value = None, None
        if default is not None and default.exact:
            if default.value is None and not _takes_none(node):
                node = Node(UNION, (*(node.args if node.head == UNION else (node,)), NONE))  # x: int = None
            try:
                value = None if default.value is None else self._codec.load(kind, json.dumps(default.value).encode())
                if not (now and _later(value)):
                    text = literal(value, self._module, scope, self._names)
            except ValueError:
                text = None
        told = type_text(node, self._module, scope)
        if text is None:
            said = printable("..." if default is None else default.text)
            return told, Written(f"{self._module.get('server_default', scope)}({quoted(said)})", server_default=True)
        return told, Written(text, late=_late(value))


def literal(
    value: Any, module: Module, scope: Collection[str] = (), names: Mapping[type, str] | None = None
) -> str | None:
    """The expression of a value; None where it has none. ``names`` are the classes of the contract."""
    names = names or {}
    if value is None or type(value) in (bool, int, bytes):
        return repr(value)
    if type(value) is str:
        return quoted(value)
    if type(value) is float:
        return repr(value) if math.isfinite(value) else None
    for made, form, text_of in _MADE:
        if isinstance(value, made):
            return form.format(module.get(_CALLED[made], scope), quoted(text_of(value)))
    if type(value) in names:
        return _own(value, module, scope, names)
    if type(value) is dict:
        rows = [(literal(k, module, scope, names), literal(v, module, scope, names)) for k, v in value.items()]
        known = [f"{k}: {v}" for k, v in rows if k is not None and v is not None]
        return f"{{{', '.join(known)}}}" if len(known) == len(rows) else None
    if type(value) in _BRACKETS and (value or type(value) is not set):
        items = [literal(each, module, scope, names) for each in value]
        known = [each for each in items if each is not None]
        first, last = _BRACKETS[type(value)]
        comma = "," if type(value) is tuple and len(known) == 1 else ""
        return f"{first}{', '.join(known)}{comma}{last}" if len(known) == len(items) else None
    return None


def _own(value: Any, module: Module, scope: Collection[str], names: Mapping[type, str]) -> str | None:
    """A member of an enumeration, or a named tuple."""
    name = names[type(value)]
    if isinstance(value, enum.Enum):
        found = value.name in type(value).__members__
        return f"{module.own(name, scope)}.{value.name}" if found else None
    if isinstance(value, tuple):
        items = [literal(each, module, scope, names) for each in value]
        known = [each for each in items if each is not None]
        return f"{module.own(name, scope)}({', '.join(known)})" if len(known) == len(items) else None
    return None


def _late(value: Any) -> bool:
    """Whether it is made anew for each object: what could be changed, or is of a class that may be defined below."""
    return (
        _later(value) or isinstance(value, list | dict | set) or (isinstance(value, tuple) and any(map(_late, value)))
    )


def _later(value: Any) -> bool:
    if isinstance(value, dict):
        return any(map(_later, (*value, *value.values())))
    return isinstance(value, list | tuple | set) and (hasattr(value, "_fields") or any(map(_later, value)))


def _takes_none(node: Node) -> bool:
    return any(arg in (ANY, NONE) for arg in (node, *(node.args if node.head == UNION else ())))
