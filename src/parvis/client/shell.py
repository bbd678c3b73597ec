"""Arguments as a shell user writes them: ``name=text``, ``name:=json``, ``name=@file``, ``name:=@file``.

Rule: text takes the JSON grammar of the parameter's declared type, as it does in a query string, so both doors read
``12`` and ``true`` alike. Where the type is not simple, text stays text and the server judges it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING
from urllib.parse import urlencode

if TYPE_CHECKING:
    from parvis.contract.model import Contract, Operation

_WORD = re.compile(r"(?P<name>[A-Za-z_][A-Za-z0-9_]*)(?P<sign>:=|=)(?P<text>.*)\Z", re.DOTALL)


def body_of(words: Iterable[str], operation: Operation, contract: Contract, read: Callable[[str], str]) -> bytes:
    """The body of a call from its words; ``read`` gives a file's text. Raises ``ValueError``, worded for the user."""
    texts: list[tuple[str, str]] = []
    values: dict[str, bytes] = {}
    for word in words:
        match = _WORD.match(word)
        if match is None:
            raise ValueError(f"{word!r} is no argument: write name=text, or name:=json")
        name, text = match["name"], match["text"]
        if text.startswith("@"):
            text = read(text[1:])
        if match["sign"] == "=":
            texts.append((name, text))
        elif name in values:
            raise ValueError(f"{name} is given twice")
        else:
            values[name] = _json(name, text)
    return _object({**values, **_spelt(texts, values, operation, contract)})


def _spelt(
    texts: list[tuple[str, str]], values: dict[str, bytes], operation: Operation, contract: Contract
) -> dict[str, bytes]:
    from parvis.contract.outcomes import Refusal
    from parvis.contract.simple import simple
    from parvis.protocol.http.query import Query

    types = {definition.name: definition for definition in contract.types}
    kinds = {p.name: p.type for p in operation.parameters}
    simples = {name for name, kind in kinds.items() if simple(kind, types) is not None}
    spelt: dict[str, bytes] = {}
    for name, text in texts:
        if name in values or (name in spelt and name not in simples):
            raise ValueError(f"{name} is given twice")
        if name in kinds and name not in simples:
            spelt[name] = json.dumps(text).encode()
    try:
        query = urlencode([pair for pair in texts if pair[0] not in spelt]).encode()
        read = json.loads(Query(operation.parameters, types).read(query), parse_float=_Number, parse_int=_Number)
    except Refusal as refusal:
        errors = refusal.members.get("errors", [])
        raise ValueError("; ".join(f"{e['location']} {e['message']}" for e in errors) or refusal.detail) from None
    return spelt | {name: _dump(value) for name, value in read.items()}


class _Number(str):
    """A number as it was spelt: 0.10 stays 0.10, and no digit of a long one is lost."""


def _dump(value: object) -> bytes:
    if isinstance(value, _Number):
        return value.encode()
    if isinstance(value, list):
        return b"[" + b",".join(map(_dump, value)) + b"]"
    return json.dumps(value).encode()


def _json(name: str, text: str) -> bytes:
    try:
        json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{name}:= takes JSON, and this is none: {error}") from None
    return text.strip().encode()


def _object(members: dict[str, bytes]) -> bytes:
    return b"{" + b",".join(json.dumps(name).encode() + b":" + value for name, value in members.items()) + b"}"
