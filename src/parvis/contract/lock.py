"""The lock: the terms of services as a file that a publisher commits and reads in review.

It is TOML, one paragraph an operation and one a type, in the order of names, one fact a line. Whatever a caller relies
on stands in it, so that :mod:`parvis.contract.diff` needs no older code: reading it (:mod:`parvis.contract.locked`)
gives the terms that were written (:mod:`parvis.contract.terms`).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable

from pydantic import JsonValue

from .model import Contract, Field, Operation, TypeDef
from .terms import terms

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
        f"read = {_value(operation.read is not None)}",
        f"right = {_text(operation.right)}",
    ]
    if operation.cost != 1:
        lines.append(f"cost = {operation.cost}")
    if operation.public is not None:
        lines.append(f"public = {operation.public}")
    if operation.media is not None:
        lines.append(f"media = {_text(operation.media)}")
    lines += [f"bound.{_key(name)} = {_text(source)}" for name, source in sorted(operation.bound.items())]
    lines += [f"raises.{_key(e.name)} = {_text(f'{e.base} {e.status}')}" for e in operation.errors]
    if operation.deprecated:
        lines.append(f"deprecated = {_text(operation.deprecated)}")
    return "\n".join(lines) + "\n"


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
