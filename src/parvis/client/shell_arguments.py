"""Arguments as a shell user writes them: ``name=text``, ``name:=json``, ``name=@file``, ``name:=@file``.

Rule: text takes the JSON grammar of the parameter's declared type, as it does in a query string, so both doors read
``12`` and ``true`` alike. Where the type is not simple, text stays text and the server judges it. A file is the text of
a parameter of text, and is itself the value of one of bytes.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from parvis.contract.bodies import is_file, upload

from .values.upload import query_of

if TYPE_CHECKING:
    from parvis.contract.model import Contract, Operation, Parameter

Read = Callable[[str], bytes]
"""The content of a file by its name; ``-`` is standard input. Raises ``ValueError``, worded for the user."""

_WORD = re.compile(r"(?P<name>[A-Za-z_][A-Za-z0-9_]*)(?P<sign>:=|=)(?P<text>.*)\Z", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Given:
    """The arguments of one call.

    ``values`` are JSON by name; of those in ``files`` the content of the file with that name. ``file`` is a parameter
    and the name of the file that goes beside all others, as it is read; ``query`` is how they are said then.
    """

    values: Mapping[str, bytes]
    files: Mapping[str, str] = field(default_factory=dict)
    file: tuple[str, str] | None = None
    query: str = ""

    @property
    def json(self) -> bytes:
        """One JSON object, without the file."""
        return b"{" + b",".join(json.dumps(name).encode() + b":" + value for name, value in self.values.items()) + b"}"


def given(
    words: Iterable[str], operation: Operation, contract: Contract, read: Read, whole: bytes | None = None
) -> Given:
    """The arguments that words say, beside those of ``whole``, a JSON object of them.

    Raises ``ValueError``, worded for the user.
    """
    values = {} if whole is None else _members(whole)
    texts: list[tuple[str, str]] = []
    files: dict[str, str] = {}
    octets = {p.name for p in operation.parameters if takes_file(p)}
    for word in words:
        match = _WORD.match(word)
        if match is None:
            raise ValueError(f"{word!r} is no argument: write name=text, or name:=json")
        name, text = match["name"], match["text"]
        at = text.startswith("@")
        if name in values or name in files:
            raise ValueError(f"{name} is given twice")
        if match["sign"] == ":=":
            values[name] = _json(name, read(text[1:]) if at else text)
        elif at and name in octets:
            files[name] = text[1:]
        else:
            texts.append((name, _text(text[1:], read(text[1:])) if at else text))
    values = {**values, **_spelt(texts, {*values, *files}, operation, contract)}
    return _with_files(values, files, operation, read)


def _with_files(values: dict[str, bytes], files: dict[str, str], operation: Operation, read: Read) -> Given:
    beside = upload(operation)
    file = None
    query: str | None = ""
    if beside is not None and beside.name in files:
        simple = all(p.simple for p in operation.parameters if p.name in values)
        query = query_of({name: json.loads(value) for name, value in values.items()}) if simple else None
        if query is not None:
            file = (beside.name, files.pop(beside.name))
    whole = {name: b'"' + base64.urlsafe_b64encode(read(at)) + b'"' for name, at in files.items()}
    return Given(values | whole, files, file, query or "")


def _spelt(
    texts: list[tuple[str, str]], before: set[str], operation: Operation, contract: Contract
) -> dict[str, bytes]:
    from parvis.contract.outcomes import Refusal
    from parvis.contract.query_types import simple
    from parvis.protocol.http.query import Query

    types = {definition.name: definition for definition in contract.types}
    kinds = {p.name: p.type for p in operation.parameters}
    simples = {name for name, kind in kinds.items() if simple(kind, types) is not None}
    spelt: dict[str, bytes] = {}
    for name, text in texts:
        if name in before or (name in spelt and name not in simples):
            raise ValueError(f"{name} is given twice")
        if name in kinds and name not in simples:
            spelt[name] = _dump(text)
    try:
        query = urlencode([pair for pair in texts if pair[0] not in spelt], errors="surrogateescape").encode()
        read = load(Query(operation.parameters, types).read(query))
    except Refusal as refusal:
        errors = refusal.members.get("errors", [])
        raise ValueError("; ".join(f"{e['location']} {e['message']}" for e in errors) or refusal.detail) from None
    return spelt | {name: _dump(value) for name, value in read.items()}


def takes_file(parameter: Parameter) -> bool:
    """Whether a file is its value, and not the text that stands in it."""
    return is_file(parameter) or parameter.type in ("bytes", "bytes | None")


class Number(str):
    """A number as it was spelt: 0.10 stays 0.10, and no digit of a long one is lost."""


def load(text: bytes | str) -> Any:
    """The value that JSON stands for, its numbers as they were spelt. Raises ``ValueError``."""

    def distinct(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        if len({name for name, _ in pairs}) < len(pairs):
            raise ValueError("a name stands in it twice")
        return dict(pairs)

    def none(name: str) -> Any:
        raise ValueError(f"{name} is no JSON")

    return json.loads(text, parse_float=Number, parse_int=Number, parse_constant=none, object_pairs_hook=distinct)


def _dump(value: object) -> bytes:
    if isinstance(value, Number):
        return value.encode()
    if isinstance(value, list):
        return b"[" + b",".join(map(_dump, value)) + b"]"
    if isinstance(value, dict):
        return b"{" + b",".join(_dump(name) + b":" + _dump(each) for name, each in value.items()) + b"}"
    try:
        return json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:  # half of a surrogate pair is no UTF-8, but JSON can escape it
        return json.dumps(value).encode()


def _json(name: str, text: bytes | str) -> bytes:
    try:
        load(text)
        return (text if isinstance(text, bytes) else text.encode()).strip()
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{name}:= takes JSON, and this is none: {error}") from None


def _members(whole: bytes) -> dict[str, bytes]:
    try:
        found = load(whole)
        if not isinstance(found, dict):
            raise ValueError("it is no object")
        return {name: _dump(value) for name, value in found.items()}
    except (ValueError, RecursionError) as error:
        raise ValueError(f"the arguments are one JSON object, and this is none: {error}") from None


def _text(name: str, content: bytes) -> str:
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        raise ValueError(f"{name} cannot be read: it is no text in UTF-8 ({error.reason})") from None
