"""What pydantic is taught about classes that it reads otherwise, or not at all.

It looks for a hook on the class. :func:`prepare` puts one on each class that needs it, when the class is seen:

* a ``typing.TypedDict`` before Python 3.12, and a generic one, is handed over as an equal of ``typing_extensions``;
* attrs classes, ``msgspec.Struct`` and dataclasses with an ``init=False`` field are read as such a ``TypedDict`` and
  built by their own constructor, so that their own checks run and what they work out is worked out; only declared
  fields are written;
* a numbered enumeration refuses ``true`` and ``1.0``, which equal its member 1;
* an ``enum.Flag`` is the sum of its members, as an integer.
"""

from __future__ import annotations

import dataclasses
import enum
import functools
import sys
import typing
from collections.abc import Iterator, Sequence
from typing import Any

import typing_extensions
from pydantic import Field
from pydantic_core import PydanticCustomError, PydanticSerializationUnexpectedValue, core_schema

from .classes import Part, class_of, hints_of, is_attrs, is_generic, is_struct, kind_of, parts_of, unqualified
from .schema import WHOLE

_HOOK = "__get_pydantic_core_schema__"


def prepare(annotation: Any) -> None:
    """Teach pydantic the classes of a type, its fields' too."""
    for found in _all(annotation, set()):
        cls = class_of(found)
        if cls is None or hasattr(cls, _HOOK):
            continue
        hook = _hook_for(cls)
        if hook is not None:
            setattr(cls, _HOOK, classmethod(hook))


def _hook_for(cls: Any) -> Any:
    if typing_extensions.is_typeddict(cls):
        return _typed_dict if sys.version_info < (3, 12) or is_generic(cls) else None
    if (is_attrs(cls) and not dataclasses.is_dataclass(cls)) or is_struct(cls):
        return _built
    if issubclass(cls, enum.Flag):
        return _flag
    if issubclass(cls, enum.Enum) and any(type(m.value) is int for m in cls):
        return _numbered
    if dataclasses.is_dataclass(cls) and not all(f.init for f in dataclasses.fields(cls)):
        return _built
    return None


def is_loose(annotation: Any) -> bool:
    """Whether pydantic writes values of this type without looking at all of it (:mod:`parvis.facade.shape`)."""
    return any(
        typing.get_origin(part) is typing.Literal or typing_extensions.is_typeddict(class_of(part))
        for part in _all(annotation, set())
    )


def exactly(values: Sequence[object]) -> typing.Callable[[Any], Any]:
    """A check that a number is meant: pydantic finds one of a few values by equality, and ``True == 1 == 1.0``."""
    refused = tuple(each for each in (bool, float) if not any(type(value) is each for value in values))
    expected = {"expected": ", ".join(map(repr, values))}

    def check(value: Any) -> Any:
        if isinstance(value, refused):
            raise PydanticCustomError("enum", "Input should be one of {expected}", expected)
        return value

    return check


def _numbered(cls: Any, source: Any, handler: Any) -> Any:
    plain = handler(source)
    strict = core_schema.no_info_before_validator_function(exactly([m.value for m in cls]), plain)
    return core_schema.json_or_python_schema(json_schema=strict, python_schema=plain)


def _flag(cls: Any, source: Any, handler: Any) -> Any:
    most = None if issubclass(cls, enum.IntFlag) else functools.reduce(lambda a, b: a | b.value, cls, 0)

    def made(number: int) -> Any:
        try:
            return cls(number)
        except ValueError:
            raise PydanticCustomError("enum", "Input should be a sum of members") from None

    def number(value: Any) -> int:
        if not isinstance(value, cls):
            raise PydanticSerializationUnexpectedValue(f"Expected {cls.__name__}")
        return int(value.value)

    integers = core_schema.int_schema(strict=True, ge=0, le=most)
    return core_schema.json_or_python_schema(
        json_schema=core_schema.no_info_after_validator_function(made, integers),
        python_schema=core_schema.is_instance_schema(cls),
        serialization=core_schema.plain_serializer_function_ser_schema(
            number, return_schema=core_schema.int_schema(), when_used="always"
        ),
    )


def _typed_dict(cls: Any, source: Any, handler: Any) -> Any:
    return handler.generate_schema(_twin(source))


def _built(cls: Any, source: Any, handler: Any) -> Any:
    parts = list(parts_of(source))
    given = {p.name for p in parts if _is_given(cls, p)}
    places = [(p.name, p.attribute or p.name) for p in parts]

    def made(values: dict[str, Any]) -> Any:
        try:
            return cls(**{name: value for name, value in values.items() if name in given})
        except TypeError as error:  # the class's own check, which pydantic takes as a ValueError alone
            raise ValueError(str(error)) from error

    def fields(value: Any) -> dict[str, Any]:
        if not isinstance(value, cls):
            raise PydanticSerializationUnexpectedValue(f"Expected {cls.__name__}")
        return {name: getattr(value, place) for name, place in places}

    fields_of = _twin(source)
    setattr(fields_of, WHOLE, True)  # for `fields` gives them all
    twin = handler.generate_schema(fields_of)
    return core_schema.json_or_python_schema(
        json_schema=core_schema.no_info_after_validator_function(made, twin),
        python_schema=core_schema.is_instance_schema(cls),
        serialization=core_schema.plain_serializer_function_ser_schema(fields, return_schema=twin, when_used="always"),
    )


def _is_given(cls: Any, part: Part) -> bool:
    """Whether the constructor takes a field."""
    if dataclasses.is_dataclass(cls):
        return any(f.init for f in dataclasses.fields(cls) if f.name == part.name)
    return is_struct(cls) or any(a.init for a in cls.__attrs_attrs__ if a.name == part.attribute)


@functools.cache  # one twin a class, or a class that speaks of itself would have no end
def _twin(annotation: Any) -> Any:
    cls = class_of(annotation)
    fields = {
        p.name: (typing_extensions.Required if p.required else typing_extensions.NotRequired)[_limits(p.hint)]
        for p in parts_of(annotation)
    }
    make: Any = typing_extensions.TypedDict
    name = cls.__name__ if cls is annotation else str(annotation).replace(f"{cls.__module__}.", "")
    twin = make(name, fields)
    # A dataclass's own signature, which is its docstring where it has no other, says nothing.
    doc = None if (cls.__doc__ or "").startswith(f"{cls.__name__}(") else cls.__doc__
    twin.__doc__, twin.__module__, twin.__qualname__ = doc, cls.__module__, cls.__qualname__
    return twin


def _limits(hint: Any) -> Any:
    """A field's annotation with the limits that msgspec has a class of its own for, in pydantic's words."""
    hint = unqualified(hint)
    msgspec = sys.modules.get("msgspec")
    if msgspec is None or typing.get_origin(hint) is not typing.Annotated:
        return hint
    names = ("ge", "gt", "le", "lt", "multiple_of", "pattern", "min_length", "max_length")
    told = []
    for each in hint.__metadata__:
        if isinstance(each, msgspec.Meta):
            each = Field(**{name: getattr(each, name) for name in names if getattr(each, name) is not None})
        told.append(each)
    return typing.Annotated[(typing.get_args(hint)[0], *told)]


def _all(annotation: Any, seen: set[Any]) -> Iterator[Any]:
    """A type and all that it is made of, the fields of its classes too."""
    try:
        if annotation in seen:
            return
        seen.add(annotation)
    except TypeError:
        return
    yield annotation
    if isinstance(annotation, typing_extensions.TypeAliasType):
        yield from _all(annotation.__value__, seen)
    for arg in typing.get_args(annotation):
        yield from _all(arg, seen)
    if kind_of(annotation) in ("dataclass", "model", "typeddict", "namedtuple"):
        try:
            hints = hints_of(annotation)
        except Exception:  # told where the type is read
            return
        for hint in hints.values():
            yield from _all(hint, seen)
