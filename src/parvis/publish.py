"""Decorators for those who would rather say it beside the code: the same words as in ``parvis.toml``, the same effect.

Each only notes what it says on the function and gives it back unchanged, so the class works without Parvis as before.
What the settings say of an operation wins over its decorators.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any, TypeVar

from .facade import decorations

F = TypeVar("F", bound=Callable[..., Any])


def _note(function: F, setting: str, value: Any) -> F:
    decorations.add(function, setting, value)
    return function


def read(function: F) -> F:
    """It only reads: as ``reads = ["..."]``."""
    return _note(function, "reads", True)


def run(how: str) -> Callable[[F], F]:
    """It runs so: as ``run = { ... = "how" }``. ``inline`` is on the event loop, for what answers in microseconds and
    waits for nothing; ``threads:8`` eight at once."""
    return lambda function: _note(function, "run", how)


def timeout(seconds: float) -> Callable[[F], F]:
    """A call may take so long: as ``timeout = { ... = seconds }``."""
    return lambda function: _note(function, "timeout", seconds)


def hidden(function: F) -> F:
    """It is not published: as ``hidden = ["..."]``."""
    return _note(function, "hidden", True)


def cost(units: int) -> Callable[[F], F]:
    """A call counts as so many: as ``costs = { ... = units }``."""
    return lambda function: _note(function, "costs", units)


def right(name: str) -> Callable[[F], F]:
    """A call needs this right: as ``rights = { ... = "name" }``."""
    return lambda function: _note(function, "rights", name)


def public(seconds: int) -> Callable[[F], F]:
    """Its answers by GET may be kept by anybody for so long: as ``public = { ... = seconds }``."""
    return lambda function: _note(function, "public", seconds)


def media(type: str) -> Callable[[F], F]:
    """The bytes that it gives or takes are of this media type: as ``media = { ... = "type" }``."""
    return lambda function: _note(function, "media", type)


def example(**arguments: Any) -> Callable[[F], F]:
    """The arguments of a call that works: as ``examples = { ... = { ... } }``."""
    return lambda function: _note(function, "examples", arguments)


def deprecated(text: str, *, since: date | str | None = None, sunset: date | str | None = None) -> Callable[[F], F]:
    """Callers should stop using it, and ``text`` says what to use: as ``deprecated = { ... = "text" }``.

    ``since`` is the day since which that holds, ``sunset`` the one on which it may go: as ``deprecated_since`` and
    ``sunset``.
    """

    def note(function: F) -> F:
        for setting, value in (("deprecated", text), ("deprecated_since", since), ("sunset", sunset)):
            if value is not None:
                _note(function, setting, value)
        return function

    return note
