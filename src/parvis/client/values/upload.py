"""A call whose one file goes beside its other arguments: as it is read, and never whole in memory.

Rule: the caller's file is read from where it stands, to its end, and left open; closing it is the caller's business.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, BinaryIO
from urllib.parse import urlencode

LARGE = 65_536
"""Bytes of an argument from which it goes as it is rather than as text within JSON."""
CHUNK = 65_536


class Unread(Exception):
    """The caller's own file raised; ``error`` is what. Kept apart from what a connection raises."""

    def __init__(self, error: Exception) -> None:
        super().__init__(error)
        self.error = error


@dataclass(frozen=True, slots=True)
class Upload:
    """The parameter ``name`` with its ``content``; the others as JSON, one object, and as the text of a query."""

    name: str
    content: BinaryIO
    arguments: bytes
    query: str

    @property
    def start(self) -> int | None:
        """Where the content stands; None where it can be read only once."""
        try:
            return self.content.tell() if self.content.seekable() else None
        except (OSError, AttributeError, ValueError):
            return None

    @property
    def length(self) -> int | None:
        """Bytes that are left to read; None where the file cannot tell."""
        try:
            here = self.content.tell()
            end = self.content.seek(0, 2)
            self.content.seek(here)
        except (OSError, AttributeError, ValueError):  # a pipe, or something that can only be read
            return None
        return end - here

    def chunks(self) -> Iterator[bytes]:
        """The content, a bounded part at a time. Raises :class:`Unread`."""
        while True:
            try:
                chunk = self.content.read(CHUNK)
            except Exception as error:
                raise Unread(error) from error
            if not chunk:
                return
            yield chunk


def query_of(arguments: Mapping[str, Any]) -> str | None:
    """JSON values as a query says them; None where it cannot: an object, a null, a list of none."""
    pairs: list[tuple[str, str]] = []
    for name, value in arguments.items():
        values = value if isinstance(value, list) else [value]
        if not values or any(each is None or isinstance(each, dict | list) for each in values):
            return None
        pairs += [(name, each if isinstance(each, str) else json.dumps(each)) for each in values]
    return urlencode(pairs)


def readable(operation: str, name: str, value: Any) -> BinaryIO:
    """A value that a file-like parameter was given. Raises ``TypeError`` for one that cannot be read as bytes."""
    read = getattr(value, "read", None)
    if not callable(read):
        kind = type(value).__name__
        raise TypeError(f"{operation}() argument {name!r} cannot cross: a {kind} cannot be read as a file")
    if not isinstance(read(0), bytes):
        raise TypeError(f"{operation}() argument {name!r} cannot cross: it is a file of text, open it in mode 'rb'")
    file: BinaryIO = value
    return file
