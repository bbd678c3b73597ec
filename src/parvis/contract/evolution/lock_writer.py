"""The lock: the terms of services as a file that a publisher commits and reads in review.

It is TOML, one paragraph an operation and one a type, in the order of names, one fact a line. Whatever a caller relies
on stands in it, so that :mod:`.diff` needs no older code: reading it (:mod:`.lock_reader`) gives the terms that were
written (:mod:`.normalized`).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable

from pydantic import JsonValue

from ..model import Contract, Field, Operation, TypeDef
from ..settings import PROMISES
from .normalized import terms

FORMAT = 1
"""The version of the file's own form, in the key ``parvis``, which no service can be called."""

HEAD = f"""\
# What is public, and nothing else. Written by `parvis lock`; commit it, and read its diff in review.
parvis = {FORMAT}
"""

WIDE = 100
"""The longest signature that stands on one line."""

_BARE = re.compile(r"[A-Za-z0-9_-]+\Z")


def write(contracts: Iterable[Contract]) -> str:
    """The lock's text."""
    parts = [HEAD]
    for contract in sorted(contracts, key=lambda c: (c.service, c.version)):
        agreed = terms(contract)
        place = f"{contract.service}.v{contract.version}"
        parts += [_operation(place, operation) for operation in agreed.operations]
        parts += [_type(place, definition) for definition in agreed.types]
    return "\n".join(parts)


def _operation(place: str, operation: Operation) -> str:
    lines = [
        f"[{place}.operations.{_text(operation.name)}]",
        f"signature = {_signature(operation)}",
    ]
    for field in _HELD:
        lines += _promised(field, operation)
    lines += [f"raises.{_key(e.name)} = {_text(f'{e.base} {e.status}')}" for e in operation.errors]
    for field in _TOLD:
        lines += _promised(field, operation)
    return "\n".join(lines) + "\n"


_HELD = sorted((f for f, promise in PROMISES.items() if promise.held), key=lambda f: PROMISES[f].table)
"""What a start is held to, single values first."""
_TOLD = [f for f, promise in PROMISES.items() if not promise.held]


def _promised(field: str, operation: Operation) -> list[str]:
    promise = PROMISES[field]
    value = promise.to_lock(getattr(operation, field))
    if promise.table:
        return [f"{field}.{_key(name)} = {_value(each)}" for name, each in sorted(value.items())]
    return [f"{field} = {_value(value)}"] if promise.always or value != promise.usual else []


def _signature(operation: Operation) -> str:
    """On one line, or one parameter a line when it is long, so that a difference is seen."""
    if len(operation.signature) <= WIDE:
        return _text(operation.signature)
    lines = ["(", *(f"    {argument}," for argument in operation.arguments), f") -> {operation.returns}"]
    # Within three quotation marks the escapes are the same.
    return '"""\n' + "\n".join(_text(line)[1:-1] for line in lines) + '"""'


def _type(place: str, definition: TypeDef) -> str:
    lines = [f"[{place}.types.{_key(definition.name)}]", f"kind = {_text(definition.kind)}"]
    if definition.base:
        lines.append(f"base = {_text(definition.base)}")
    lines += [f"fields.{_key(f.name)} = {_text(_field(f))}" for f in definition.fields]
    lines += [f"members.{_key(m.name)} = {_value(m.value)}" for m in definition.members]
    return "\n".join(lines) + "\n"


def _field(field: Field) -> str:
    if field.required:
        return field.type
    return f"NotRequired[{field.type}]" if field.default is None else f"{field.type} = {field.default.text}"


def _key(name: str) -> str:
    return name if _BARE.match(name) else _text(name)


def _text(text: str) -> str:
    # TOML's basic string is JSON's, but for DEL; a lone surrogate is in no file.
    plain = text.encode("utf-8", "backslashreplace").decode()
    return json.dumps(plain, ensure_ascii=False).replace("\x7f", "\\u007f")


def _value(value: JsonValue) -> str:
    return _text(value) if isinstance(value, str) else str(value).lower()
