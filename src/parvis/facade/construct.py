"""What a class or a factory is built with: the publisher's settings, checked against its signature before it runs."""

from __future__ import annotations

import difflib
import functools
import inspect
import typing
from collections.abc import Callable, Mapping
from typing import Any

from pydantic import TypeAdapter, ValidationError
from pydantic_core import PydanticSerializationError, to_json

from .codec import place
from .errors import TargetError

Read = Callable[[Any], Any]
"""A setting as it was written -> as the parameter takes it. Raises :class:`TargetError`."""


def construct(make: Callable[..., Any], settings: Mapping[str, Any], text: str) -> Any:
    """Call ``make`` with the settings as keyword arguments, each of its parameter's type.

    Raises :class:`TargetError` for a setting that is missing, unknown or of the wrong type; otherwise what ``make``
    raises.
    """
    return prepared(make, settings, text)()


def prepared(make: Callable[..., Any], settings: Mapping[str, Any], text: str) -> Callable[[], Any]:
    """What builds one object a call, from settings that are checked once. Raises :class:`TargetError`.

    Settings are TOML, which knows fewer types than Python: a path, a decimal or an enumeration is read from its text,
    a dataclass from a table. Types that TOML has are taken strictly.
    """
    readers = _readers(make, settings, text)

    def build() -> Any:
        # Read anew for each object: what one does to a list of its settings is not seen by the next.
        return make(**{name: readers[name](value) for name, value in settings.items()})

    for name, value in settings.items():
        readers[name](value)
    return build


def _readers(make: Callable[..., Any], settings: Mapping[str, Any], text: str) -> dict[str, Read]:
    """The reader of each setting. Raises :class:`TargetError` for one that is unknown or missing."""
    try:
        parameters = inspect.signature(make).parameters.values()
    except (ValueError, TypeError):  # written in C: it will say itself what it does not take
        return dict.fromkeys(settings, _copied)
    free = any(p.kind is p.VAR_KEYWORD for p in parameters)
    named = [p.name for p in parameters if p.kind in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY)]
    needed = [p for p in parameters if p.default is p.empty and p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)]
    unnamed = [p.name for p in needed if p.kind is p.POSITIONAL_ONLY]
    if unnamed:
        raise TargetError(f"{text} takes {', '.join(unnamed)} by position alone, and settings have names: move the /")
    for name in settings:
        if name not in named and not free:
            near = difflib.get_close_matches(name, named, n=1, cutoff=0)
            hint = f"; the nearest is {near[0]!r}" if near else "; it takes none"
            raise TargetError(f"{text} has no parameter {name!r} for the setting of that name{hint}")
    missing = [p.name for p in needed if p.name not in settings]
    if missing:
        names = ", ".join(missing)
        raise TargetError(f"{text} needs {names}: write [service.NAME.settings] with {missing[0]} = ... in parvis.toml")
    hints = _hints(make)
    return {name: _reader(name, hints.get(name, Any), text) for name in settings}


def _hints(make: Callable[..., Any]) -> dict[str, Any]:
    try:
        return typing.get_type_hints(make.__init__ if inspect.isclass(make) else make, include_extras=True)
    except Exception:  # annotations are the publisher's code, and here they only help
        return {}


def _reader(name: str, annotation: Any, text: str) -> Read:
    try:
        adapter: TypeAdapter[Any] = TypeAdapter(annotation)
    except Exception:  # no type that can be checked: as it was written
        return _copied
    return functools.partial(_read, adapter, name, text)


def _read(adapter: TypeAdapter[Any], name: str, text: str, value: Any) -> Any:
    try:
        return adapter.validate_python(_copied(value), strict=True, extra="forbid")
    except ValidationError:
        pass  # no value of the very type: then what stands for one in text
    try:
        return adapter.validate_json(to_json(value, inf_nan_mode="constants"), strict=True, extra="forbid")
    except PydanticSerializationError:
        raise TargetError(f"{text}: the setting {name} is no {adapter}: it is {value!r}") from None
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        message = "is missing" if first["type"] == "missing" else first["msg"].replace("Input should", "should")
        if first["type"] in ("extra_forbidden", "unexpected_keyword_argument"):
            message = "is not a field of it"
        where = place((name, *first["loc"]))
        raise TargetError(f"{text}: the setting {where} {message}; {name} is {value!r}") from None


def _copied(value: Any) -> Any:
    """A value whose lists and tables are its own."""
    if type(value) is dict:
        return {key: _copied(each) for key, each in value.items()}
    return [_copied(each) for each in value] if type(value) is list else value
