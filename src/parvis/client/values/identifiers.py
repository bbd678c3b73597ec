"""The names and sizes of a contract, checked before anything is built from them.

A contract comes from a stranger. Rule: a name from it becomes an attribute, a field or a class only when a Python
programmer could have written it there, and nothing of it is unbounded.
"""

from __future__ import annotations

import keyword
import re
import unicodedata
from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from parvis.contract.model import Contract

OPERATIONS = 10_000
TYPES = 5_000
FIELDS = 1_000
"""The most fields, members or parameters of one thing."""
PARTS = 8
"""How deep sub-façades may nest."""
LENGTH = 200
"""The most characters of a name."""


def check(contract: Contract) -> None:
    """Refuse a contract that no Python class can have given. Raises ``ValueError``."""
    name(contract.service, "service")
    few(len(contract.operations), OPERATIONS, "operations")
    few(len(contract.types), TYPES, "types")
    distinct((o.name for o in contract.operations), "operation")
    distinct((t.name for t in contract.types), "type")
    for operation in contract.operations:
        parts = operation.name.split(".")
        few(len(parts), PARTS, f"parts in the name {operation.name[:LENGTH]!r}")
        for part in parts:
            name(part, "operation")
        few(len(operation.parameters), FIELDS, f"parameters of {operation.name}")
        distinct((p.name for p in operation.parameters), f"parameter of {operation.name}")
        for parameter in operation.parameters:
            name(parameter.name, "parameter", underscore=True)
        for error in operation.errors:
            name(error.name, "error", underscore=True)
    for definition in contract.types:
        name(definition.name, "type", underscore=True)
        few(len(definition.fields) + len(definition.members), FIELDS, f"fields of {definition.name}")
        distinct((f.name for f in definition.fields), f"field of {definition.name}")
        distinct((m.name for m in definition.members), f"member of {definition.name}")
        for field in definition.fields:
            if definition.kind == "typeddict":  # its keys are strings, never attributes
                few(len(field.name), LENGTH, "characters in a name")
            elif definition.kind == "model":  # an alias may be any text
                name(attribute(field.name), "field", underscore=True)
            else:
                name(field.name, "field", underscore=definition.kind != "namedtuple")
        if definition.kind == "model":
            distinct((attribute(f.name) for f in definition.fields), f"field of {definition.name}")
        for member in definition.members:
            # _order_, _missing_ and their like steer the class instead of naming a member of it.
            name(member.name, "member", underscore=not member.name.endswith("_"))


def name(text: str, what: str, *, underscore: bool = False) -> str:
    """``text``, if it may name a ``what``; with ``underscore`` it may begin with one. Raises ``ValueError``."""
    good = text.isidentifier() and not keyword.iskeyword(text) and len(text) <= LENGTH and _normal(text) == text
    if not good or text.startswith("_" if not underscore else "__"):
        raise ValueError(f"{text[:LENGTH]!r} cannot name a {what} in Python: this contract is refused")
    return text


def attribute(text: str) -> str:
    """The attribute for a field: itself, or near it where a model's alias (``from``, ``content-type``) is no name."""
    text = _normal(text)
    if keyword.iskeyword(text):
        return f"{text}_"
    return text if text.isidentifier() else re.sub(r"\W|^(?=\d)", "_", text)


def _normal(text: str) -> str:
    """As Python reads a name in a source: ``ﬁsh`` with a ligature is ``fish`` there."""
    return text if text.isascii() else unicodedata.normalize("NFKC", text)


def few(number: int, most: int, what: str) -> None:
    if number > most:
        raise ValueError(f"{number} {what} are more than {most}: this contract is refused")


def distinct(names: Iterable[str], what: str) -> None:
    seen: set[str] = set()
    for each in names:
        if each in seen:
            raise ValueError(f"the {what} {each!r} is there twice: this contract is refused")
        seen.add(each)
