"""What a class or a factory is built with: the publisher's settings, checked against its signature before it runs."""

from __future__ import annotations

import difflib
import inspect
import typing
from collections.abc import Callable, Mapping
from typing import Any

from pydantic import PydanticUserError, TypeAdapter, ValidationError

from .errors import TargetError


def construct(make: Callable[..., Any], settings: Mapping[str, Any], text: str) -> Any:
    """Call ``make`` with the settings as keyword arguments, each of its parameter's type.

    Settings are TOML, which knows fewer types than Python: a path, a decimal or an enumeration is read from its text.
    Raises :class:`TargetError` for a setting that is missing, unknown or of the wrong type; otherwise what ``make``
    raises.
    """
    return make(**checked(make, settings, text))


def checked(make: Callable[..., Any], settings: Mapping[str, Any], text: str) -> dict[str, Any]:
    """The settings as ``make`` takes them. Raises :class:`TargetError`."""
    try:
        parameters = dict(inspect.signature(make).parameters)
    except (ValueError, TypeError):  # written in C: it will say itself what it does not take
        return dict(settings)
    free = any(p.kind is p.VAR_KEYWORD for p in parameters.values())
    named = {n: p for n, p in parameters.items() if p.kind in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY)}
    for name in settings:
        if name not in named and not free:
            near = difflib.get_close_matches(name, named, n=1, cutoff=0)
            hint = f"; the nearest is {near[0]!r}" if near else "; it takes none"
            raise TargetError(f"{text} has no parameter {name!r} for the setting of that name{hint}")
    missing = [n for n, p in parameters.items() if p.default is p.empty and n not in settings
               and p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)]  # fmt: skip
    if missing:
        names = ", ".join(missing)
        raise TargetError(f"{text} needs {names}: write [service.NAME.settings] with {missing[0]} = ... in parvis.toml")
    hints = _hints(make)
    return {name: _value(name, value, hints.get(name, Any), text) for name, value in settings.items()}


def _hints(make: Callable[..., Any]) -> dict[str, Any]:
    try:
        return typing.get_type_hints(make.__init__ if inspect.isclass(make) else make, include_extras=True)
    except Exception:  # annotations are the publisher's code, and here they only help
        return {}


def _value(name: str, value: Any, annotation: Any, text: str) -> Any:
    try:
        adapter: TypeAdapter[Any] = TypeAdapter(annotation)
    except PydanticUserError:
        return value  # no type that can be checked: as it was written
    try:
        return adapter.validate_python(value)
    except ValidationError as error:
        message = error.errors(include_url=False)[0]["msg"].replace("Input should", "should")
        raise TargetError(f"{text}: the setting {name} {message}; it is {value!r}") from None
