"""Bytes as they are: which operations take them as a body and give them as one (docs/mapping.md, "Bodies").

Decided from the contract alone, so that server, client and documents agree.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .model import Operation, Parameter

OCTETS = "application/octet-stream"
FILE = "BinaryIO"
"""How a contract writes the type of a file-like parameter."""

FILES = frozenset({FILE, f"{FILE} | None"})
_BYTES = frozenset({"bytes", "bytes | None", *FILES})


def is_file(parameter: Parameter) -> bool:
    """Whether the method gets a file to read from."""
    return parameter.type in FILES


def upload(operation: Operation) -> Parameter | None:
    """The parameter whose value may be the body as it is: the only one of bytes, where all others that are required
    can stand in a query."""
    found = [p for p in operation.parameters if p.type in _BYTES]
    simple = all(p.simple for p in operation.parameters if p.required and p not in found)
    return found[0] if len(found) == 1 and simple else None


def by_form(operation: Operation) -> bool:
    """Whether the arguments may be the fields of a form: those that are required are simple, or the upload."""
    file = upload(operation)
    return all(p.simple or p is file for p in operation.parameters if p.required)


def raw(operation: Operation) -> str | None:
    """The media type in which the result goes out as it is; None for a result that is not bytes."""
    plain = operation.result.type == "bytes" and not operation.result.stream
    return (operation.media or OCTETS) if plain else None


def uploads(operation: Operation) -> tuple[str, ...]:
    """The media types in which the upload may be the body."""
    return () if upload(operation) is None else tuple(dict.fromkeys((OCTETS, operation.media or OCTETS)))
