"""What decorators said of a function (:mod:`parvis.publish`): a note on the function itself."""

from __future__ import annotations

from typing import Any

NOTES = "__parvis__"
"""The attribute of a function that holds its notes: setting -> value."""


def add(function: Any, setting: str, value: Any) -> None:
    """Note a value of a setting. Raises ``TypeError`` for what holds no notes: a property, a method written in C."""
    noted = function.__func__ if isinstance(function, staticmethod | classmethod) else function
    try:
        setattr(noted, NOTES, {**getattr(noted, NOTES, {}), setting: value})
    except AttributeError:
        raise TypeError(f"{function!r} takes no notes: say it in the settings, {setting} = ...") from None


def read(function: Any) -> dict[str, Any]:
    """The notes of a function, whichever layer they stand on: other decorators may be below and above ours."""
    found: dict[str, Any] = {}
    while function is not None:
        found = {**getattr(function, "__dict__", {}).get(NOTES, {}), **found}
        function = getattr(function, "__wrapped__", None)
    return found
