"""Query strings and path ids to the JSON object that the body of the canonical form would hold.

Text takes the JSON grammar of its type, and is then read by the same strict reader as a body: the two forms cannot
disagree. The readers of one operation's parameters are made once, from the contract.
"""

from __future__ import annotations

import json
import re
from binascii import a2b_qp
from collections.abc import Callable, Iterable, Mapping

from ...contract.mistakes import cut, invalid
from ...contract.model import Parameter, TypeDef
from ...contract.outcomes import Refusal
from ...contract.query_types import Simple, simple

_INTEGER = re.compile(rb"-?(0|[1-9][0-9]*+)\Z")
_NUMBER = re.compile(rb"-?(0|[1-9][0-9]*+)(\.[0-9]++)?([eE][+-]?[0-9]++)?\Z")
_PLAIN = re.compile(rb"[ !#-\[\]-~]*\Z")
"""ASCII that stands in a JSON string as it is."""

_STRAY = re.compile(rb"%(?![0-9A-Fa-f]{2})")

_Parts = dict[bytes, tuple[bool, list[bytes]]]
"""Parameter -> whether it may be given many times, and the pieces of its JSON."""

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
        parts: _Parts = {}
        errors: list[dict[str, str]] = []
        if identifier is not None:
            self._take(*identifier, parts, errors)
        if query:
            plain = b"%" not in query and b"+" not in query
            for pair in query.split(b"&"):
                name, _, text = pair.partition(b"=")
                if plain:
                    self._take(name, text, parts, errors)
                else:
                    self._take(unquote(name), unquote(text), parts, errors)
        return _object(parts, errors)

    def fields(self, fields: Iterable[tuple[bytes, bytes]], identifier: tuple[bytes, bytes] | None = None) -> bytes:
        """The same from the fields of a form, as they are."""
        parts: _Parts = {}
        errors: list[dict[str, str]] = []
        for name, text in [*([] if identifier is None else [identifier]), *fields]:
            self._take(name, text, parts, errors)
        return _object(parts, errors)

    def _take(self, name: bytes, text: bytes, parts: _Parts, errors: list[dict[str, str]]) -> None:
        """One given value: its JSON into ``parts``, or what is wrong with it into ``errors``."""
        found = self._known.get(name)
        if found is None:
            if name or text:  # "a=1&" ends in an empty pair
                errors.append(self._unknown(_show(name)))
            return
        prefix, spell, many = found
        if name in parts and not many:
            raise Refusal("malformed-request", f"The parameter {_show(name)} is given twice.")
        try:
            value = spell(text)
        except ValueError as error:
            fix = "Give a value of the declared type."
            errors.append({"location": _show(name), "message": f"should be {error}", "fix": fix})
            return
        if not many:
            parts[name] = False, [prefix + value]
        elif name in parts:
            parts[name][1].append(value)
        else:
            parts[name] = True, [prefix, value]

    def _unknown(self, name: str) -> dict[str, str]:
        if name in self._names:
            return {"location": name, "message": "cannot stand in a query string or a form",
                    "fix": "Send the arguments as a JSON object by POST."}  # fmt: skip
        return {"location": name, "message": "is not a parameter of this operation",
                "fix": "Leave it out, or correct its name."}  # fmt: skip


def _object(parts: _Parts, errors: list[dict[str, str]]) -> bytes:
    if errors:
        raise invalid(errors, "Some arguments are not valid.")
    return b"{" + b",".join(_array(texts) if many else texts[0] for many, texts in parts.values()) + b"}"


def _array(texts: list[bytes]) -> bytes:
    """``"name":`` and the values of a parameter that may be given many times."""
    return texts[0] + b"[" + b",".join(texts[1:]) + b"]"


def unquote(text: bytes) -> bytes:
    """Text of a query or form without its escapes; a ``%`` without two digits stands for itself.

    ``unquote_to_bytes`` makes an object of each escape, for ten times the work; quoted-printable is the same but for
    its sign.
    """
    text = text.replace(b"+", b" ")
    if b"%" not in text:
        return text
    # Of two signs in a row the first has no digits: said apart, which is quicker than to look at each.
    text = _STRAY.sub(b"%25", text.replace(b"%%", b"%25%").replace(b"%%", b"%25%"))
    text = text.replace(b"=", b"=3D").replace(b"\n", b"=0A").replace(b"\r", b"=0D")
    return a2b_qp(text.replace(b"%", b"="))


def _show(name: bytes) -> str:
    return cut(name.decode(errors="replace"))


def _spell(shape: Simple) -> Spell:
    if shape.text == "table":
        table = {text.encode(): value for text, value in (shape.table or {}).items()}
        return lambda text: _choose(table, text)
    return _SPELL[shape.text]


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


_DATE = rb"[0-9]{4}-[0-9]{2}-[0-9]{2}"
_TIME = rb"[0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]++)?)?([Zz]|[+-][0-9]{2}:?[0-9]{2})?"
_UUID = rb"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"


def _quoted(form: re.Pattern[bytes], what: str) -> Spell:
    """Text of one form, which is a string in JSON: what Python takes beside it (``1_000``, ``nan``, spaces,
    a number of seconds for a date) is refused."""

    def spell(text: bytes) -> bytes:
        if form.match(text):
            return b'"' + text + b'"'
        raise ValueError(what)

    return spell


_SPELL: dict[str, Spell] = {
    "boolean": _boolean,
    "integer": _integer,
    "number": _number,
    "string": string,
    "decimal": _quoted(_NUMBER, "a number as JSON writes it"),
    "uuid": _quoted(re.compile(_UUID + rb"\Z"), "a UUID, 32 hexadecimal digits in five groups"),
    "date": _quoted(re.compile(_DATE + rb"\Z"), "a date as ISO 8601 writes it, `2026-01-31`"),
    "datetime": _quoted(
        re.compile(_DATE + rb"[Tt ]" + _TIME + rb"\Z"), "a date and time as ISO 8601 writes it, `2026-01-31T12:00:00Z`"
    ),
    "time": _quoted(re.compile(_TIME + rb"\Z"), "a time as ISO 8601 writes it, `12:00:00`"),
}


def _choose(table: Mapping[bytes, bytes], text: bytes) -> bytes:
    try:
        return table[text]
    except KeyError:
        raise ValueError("one of " + ", ".join(key.decode() for key in table)) from None
