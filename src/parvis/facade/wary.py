"""The reader of large bodies: the same values and the same mistakes, for bounded work.

Two rules. It gives up at the first mistake of a list, set or dict, since who sends thousands of wrong elements would
have each of them told. And no set or dict is built of elements that its caller may have chosen for their hashes but by
:mod:`.hashing`: what is to be a set is read as a tuple, and the keys of a dict are numbered and kept beside it.

The schema that pydantic made of a type is rewritten once, when the first large body comes.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Any

from pydantic_core import PydanticCustomError, PydanticKnownError, SchemaValidator, core_schema

from .hashing import Crowded, built_dict, built_set

LARGE = 4_096
"""Bytes of a body above which it is read warily. Below, the worst that can be said is soon done."""

CROWDED = "has too many values that hash alike"

_SAFE = frozenset({"str", "bytes", "date", "bool", "none", "literal", "enum", "url", "multi-host-url"})
"""Schemas of elements whose hashes nobody outside can choose, or which are few."""

_HASHED = frozenset({"int", "float", "decimal", "uuid", "datetime", "time", "timedelta"})
"""Schemas of elements that surely have a hash."""

_OPAQUE = frozenset({"default", "expected", "metadata", "serialization", "cls", "config"})
"""Keys of a schema under which there is none."""


class _Kept(threading.local):
    """The keys that the reading in hand has come to, each at the number that stands for it."""

    keys: list[Any]


_kept = _Kept()


def reader(schema: Any) -> Callable[..., Any]:
    """What reads JSON as the validator of ``schema`` does, warily."""
    validate = SchemaValidator(_rewritten(schema), _use_prebuilt=False).validate_json

    def read(body: bytes, *, strict: bool) -> Any:
        outer = getattr(_kept, "keys", [])  # a class of the façade's may read a call of its own meanwhile
        _kept.keys = []
        try:
            return validate(body, strict=strict)
        finally:
            _kept.keys = outer

    return read


def _rewritten(node: Any, sent: bool = True) -> Any:
    """``sent`` is whether it reads what a caller sent, and not what a function of the façade's has made of it."""
    if isinstance(node, list | tuple):
        return type(node)(_rewritten(each, sent) for each in node)
    if not isinstance(node, dict):
        return node
    kind = node.get("type") if isinstance(node.get("type"), str) else None
    if kind == "chain":  # the first step reads what was sent, those after it what came of that
        first, *rest = node["steps"]
        return {**node, "steps": [_rewritten(first, sent), *rest]}
    sent = sent and kind not in ("function-before", "function-wrap")
    made = {key: value if key in _OPAQUE else _rewritten(value, sent) for key, value in node.items()}
    rewrite = _REWRITE.get(kind) if kind is not None else None
    if rewrite is None:
        return made
    return rewrite(made) if sent else _hasty(made)


def _hasty(schema: dict[str, Any]) -> dict[str, Any]:
    return {**schema, "fail_fast": True}


def _set(schema: dict[str, Any]) -> Any:
    items = schema.get("items_schema") or core_schema.any_schema()
    if items["type"] in _SAFE:
        return _hasty(schema)
    if items["type"] not in _HASHED:
        items = core_schema.no_info_after_validator_function(_hashable, items)
    frozen = schema["type"] == "frozenset"
    field, least, most = schema["type"].capitalize(), schema.get("min_length"), schema.get("max_length")

    def made(elements: Sequence[Any]) -> Any:
        try:
            values = built_set(elements)
        except Crowded:
            raise PydanticCustomError("crowded", CROWDED) from None
        count = len(values)
        if most is not None and count > most:
            raise PydanticKnownError("too_long", {"field_type": field, "actual_length": None, "max_length": most})
        if least is not None and count < least:
            raise PydanticKnownError("too_short", {"field_type": field, "actual_length": count, "min_length": least})
        return frozenset(values) if frozen else values

    # Of all that reads an array, a tuple alone is as exact as a set, by which a union chooses.
    elements = core_schema.tuple_schema([items], variadic_item_index=0, strict=schema.get("strict"))
    return _afterwards(made, _hasty({**elements, **({"ref": schema["ref"]} if "ref" in schema else {})}))


def _dict(schema: dict[str, Any]) -> Any:
    schema = _hasty(schema)
    keys = schema.get("keys_schema")  # without one they are texts, as in JSON
    if keys is None or keys["type"] in _SAFE or keys["type"] == "any":
        return schema

    def made(items: dict[int, Any]) -> Any:
        try:
            return built_dict([_kept.keys[number] for number in items], items.values())
        except Crowded:
            raise PydanticCustomError("crowded", CROWDED) from None

    numbered = core_schema.no_info_after_validator_function(_number, keys)
    return _afterwards(made, {**schema, "keys_schema": numbered})


def _number(key: Any) -> int:
    kept = _kept.keys
    kept.append(key)
    return len(kept) - 1


def _hashable(value: Any) -> Any:
    try:
        hash(value)
    except TypeError:
        raise PydanticKnownError("set_item_not_hashable") from None
    return value


def _afterwards(made: Callable[[Any], Any], schema: dict[str, Any]) -> Any:
    reference = schema.pop("ref", None)  # what speaks of this schema means what comes of it
    return core_schema.no_info_after_validator_function(made, schema, ref=reference)


_REWRITE: dict[str, Callable[[dict[str, Any]], Any]] = {
    "list": _hasty, "tuple": _hasty, "set": _set, "frozenset": _set, "dict": _dict,
}  # fmt: skip
