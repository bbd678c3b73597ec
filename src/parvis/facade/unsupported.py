"""Types that cannot cross the wire: why, and what to write in their place."""

from __future__ import annotations

import collections.abc
import datetime
import inspect
import io
import os
import pathlib
import re
import string
import typing
from typing import Any

import typing_extensions

from .files import is_file


class Unsupported(Exception):
    """A type that cannot cross the wire; the text is the reason, for the publisher."""


_ADVICE = {
    "Path": (pathlib.PurePath, os.PathLike), "datetime": (datetime.tzinfo,), "str": (re.Pattern, string.Template),
    "bytes": (bytearray, memoryview), "list": (collections.abc.MappingView,),
}  # fmt: skip
"""What to say in place of classes that a caller cannot send: name -> classes."""


def advice(error: Exception) -> str:
    """What to do about an annotation that cannot be resolved."""
    return "; define it, or import it outside `if TYPE_CHECKING`" if isinstance(error, NameError) else ""


def refusal(annotation: Any) -> str:
    """Why a type cannot cross, and what to write in its place."""
    name = shown(annotation)
    origin = typing.get_origin(annotation) or annotation
    if isinstance(annotation, str | typing.ForwardRef):
        spelt = annotation if isinstance(annotation, str) else annotation.__forward_arg__
        return f"the name {spelt} cannot be resolved: define or import it in the same module"
    if is_file(annotation):
        return f"{name} crosses as its content: it can be a parameter by itself; inside, and as a result, say bytes"
    if (inspect.isclass(origin) and issubclass(origin, io.IOBase)) or origin in (typing.IO, typing.TextIO):
        return f"{name} cannot cross the wire: say BinaryIO, a file of bytes"
    if annotation in (typing.NoReturn, typing_extensions.Never):
        return f"{name} has no values: there is nothing to send, and nothing to wait for"
    if not inspect.isclass(origin):
        return f"{name} cannot cross the wire: no JSON value stands for it"
    if origin in (collections.abc.Callable, collections.abc.Awaitable, collections.abc.Coroutine):
        return f"{name} cannot cross the wire: code stays where it is; take values instead"
    if origin is type:
        return f"{name} cannot cross the wire: a class stays where it is; take its name instead"
    instead = next((name for name, classes in _ADVICE.items() if issubclass(origin, classes)), None)
    if instead:
        return f"{name} cannot cross the wire: say {instead}"
    if origin.__module__ == "collections.abc" or getattr(origin, "_is_protocol", False):
        return f"{name} says what a value can do, not what it is: say its type"
    return (
        f"{name} is a plain class: its values cannot cross the wire; make it a dataclass, or publish "
        "methods that take and return its fields"
    )


def shown(annotation: Any) -> str:
    """An annotation as its author wrote it, without modules."""
    if inspect.isclass(annotation) and typing.get_origin(annotation) is None:
        return annotation.__qualname__.rpartition("<locals>.")[2]
    return re.sub(r"(?<!['\"\w.])(~|([A-Za-z_]\w*\.)+)(?=\w)", "", str(annotation))
