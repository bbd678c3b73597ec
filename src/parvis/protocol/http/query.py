"""Query strings and path ids to the JSON object that the body of the canonical form would hold.

Text takes the JSON grammar of its type, and is then read by the same strict reader as a body: the two forms cannot
disagree. The readers of one operation's parameters are made once, from the contract.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from urllib.parse import unquote_to_bytes

from ...contract.model import Parameter, TypeDef
from ...contract.outcomes import Refusal
from ...contract.simple import Simple, simple

_INTEGER = re.compile(rb"-?(0|[1-9][0-9]*)\Z")
_NUMBER = re.compile(rb"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?\Z")
_PLAIN = re.compile(rb"[ !#-\[\]-~]*\Z")
"""ASCII that stands in a JSON string as it is."""

Spell = Callable[[bytes], bytes]
"""Text of a value -> its JSON. Raises ValueError with what the text should be."""


class Query:
    """The reader of one operation's arguments from text."""

    __slots__ = ("_known", "_names")

    def __init__(self, parameters: Iterable[Parameter], types: Mapping[str, TypeDef]) -> None:
        self._names = [p.name for p in parameters]
        self._known: dict[bytes, tuple[bytes, Spell, bool]] = {}
        for p in parameters:
            shape = simple(p.type, types)
            if shape is not None:
                self._known[p.name.encode()] = (json.dumps(p.name).encode() + b":", _spell(shape), shape.many)

    def read(self, query: bytes, identifier: tuple[bytes, bytes] | None = None) -> bytes:
        """A JSON object from ``query`` and the id that stood in the path. Raises :class:`Refusal` with all errors."""
        given: dict[bytes, list[bytes]] = {}
        known = self._known
        errors: list[dict[str, str]] = []
        parts: list[bytes] = []
        if identifier is not None:
            given[identifier[0]] = [identifier[1]]
        if query:
            for pair in query.split(b"&"):
                if not pair:
                    continue
                raw_name, _, raw = pair.partition(b"=")
                name = _unquote(raw_name)
                if name in given and not (name in known and known[name][2]):
                    raise Refusal("malformed-request", f"The parameter {_show(name)} is given twice.")
                given.setdefault(name, []).append(_unquote(raw))
        for name, values in given.items():
            found = known.get(name)
            if found is None:
                errors.append(self._unknown(_show(name)))
                continue
            prefix, spell, many = found
            try:
                if many:
                    parts.append(prefix + b"[" + b",".join(map(spell, values)) + b"]")
                else:
                    parts.append(prefix + spell(values[0]))
            except ValueError as error:
                errors.append({"location": _show(name), "message": f"should be {error}",
                               "fix": "Give a value of the declared type."})  # fmt: skip
        if errors:
            raise Refusal("invalid-arguments", "Some arguments are not valid.", members={"errors": errors})
        return b"{" + b",".join(parts) + b"}"

    def _unknown(self, name: str) -> dict[str, str]:
        if name in self._names:
            return {"location": name, "message": "cannot stand in a query string",
                    "fix": "Send the arguments as a JSON object by POST."}  # fmt: skip
        return {"location": name, "message": "is not a parameter of this operation",
                "fix": "Leave it out, or correct its name."}  # fmt: skip


def _unquote(text: bytes) -> bytes:
    # Most values hold neither: the two searches cost less than the general reader.
    if b"+" in text:
        text = text.replace(b"+", b" ")
    return unquote_to_bytes(text) if b"%" in text else text


def _show(name: bytes) -> str:
    return name.decode(errors="replace")


def _spell(shape: Simple) -> Spell:
    if shape.text == "table":
        table = {text.encode(): value for text, value in (shape.table or {}).items()}
        return lambda text: _choose(table, text)
    return {"boolean": _boolean, "integer": _integer, "number": _number, "string": string}[shape.text]


def string(text: bytes) -> bytes:
    """Text -> a JSON string."""
    if _PLAIN.match(text):
        return b'"' + text + b'"'
    try:
        return json.dumps(text.decode(), ensure_ascii=False).encode()
    except UnicodeDecodeError:
        raise ValueError("text in UTF-8") from None


def _boolean(text: bytes) -> bytes:
    if text in (b"true", b"false"):
        return text
    raise ValueError("`true` or `false`")


def _integer(text: bytes) -> bytes:
    if _INTEGER.match(text):
        return text
    raise ValueError("an integer, digits only")


def _number(text: bytes) -> bytes:
    if _NUMBER.match(text):
        return text
    raise ValueError("a number as JSON writes it")


def _choose(table: Mapping[bytes, bytes], text: bytes) -> bytes:
    try:
        return table[text]
    except KeyError:
        raise ValueError("one of " + ", ".join(key.decode() for key in table)) from None
