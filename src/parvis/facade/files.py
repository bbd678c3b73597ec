"""File-like parameters: the method gets a file of the call's own, whatever the caller has.

One rule: a file crosses as its content. So it stands by itself, as a parameter or an optional one, and never in a list,
a class or a result; what is told of it is that of ``bytes``.
"""

from __future__ import annotations

import io
import tempfile
import types
import typing
from typing import Annotated, Any, BinaryIO

from ..contract.bodies import FILE

_LIKE = (typing.BinaryIO, typing.IO[bytes], io.IOBase, io.RawIOBase, io.BufferedIOBase)


def is_file(annotation: Any) -> bool:
    """Whether an annotation says that a file is read: of bytes, and of any kind."""
    return any(annotation == each for each in _LIKE)


def text_of(annotation: Any) -> str | None:
    """The contract's text for a file-like parameter; None for any other."""
    if is_file(annotation):
        return FILE
    origin, args = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is Annotated:
        return text_of(args[0])
    if origin in (typing.Union, types.UnionType) and type(None) in args:
        rest = [each for each in args if each is not type(None)]
        return f"{FILE} | None" if len(rest) == 1 and text_of(rest[0]) == FILE else None
    return None


def opened(content: bytes) -> BinaryIO:
    """A file of a content that is there already: in memory, until somebody asks for its descriptor."""
    made = typing.cast(BinaryIO, tempfile.SpooledTemporaryFile(max_size=0))  # noqa: SIM115 - the call's end closes it
    made.write(content)
    made.seek(0)
    return made
