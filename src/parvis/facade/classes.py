"""The classes whose values cross the wire: which kind each is, and which fields it declares.

Six families, one description. attrs and msgspec are not imported: who uses one of their classes has loaded them. A
generic class is known by what it is made of: ``Page[Item]`` has the fields of ``Page``, with ``Item`` in place of its
variable.
"""

from __future__ import annotations

import dataclasses
import enum
import inspect
import sys
import types
import typing
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

import typing_extensions
from pydantic import BaseModel, RootModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from ..contract.model import TypeKind

REQUIRED = (typing.Required, typing_extensions.Required)
NOT_REQUIRED = (typing.NotRequired, typing_extensions.NotRequired)
QUALIFIERS = (*REQUIRED, *NOT_REQUIRED, typing_extensions.ReadOnly)

COMPUTED = object()
"""In place of a default that is worked out anew for each value: an id, the time."""
NONE_GIVEN = object()
"""In place of the default that a field does not have."""
_SAME_EVERY_TIME = (list, dict, set, frozenset, tuple)


class Refused(Exception):
    """A class whose values cannot cross; the text says why, and what to do."""


@dataclass(frozen=True, slots=True)
class Part:
    """One declared field: ``hint`` is its annotation, ``default`` a value, :data:`COMPUTED` or :data:`NONE_GIVEN`."""

    name: str
    hint: Any
    required: bool = True
    default: object = NONE_GIVEN
    description: str = ""
    attribute: str = ""
    """Where the value stands in the object, if not under ``name``."""


def class_of(annotation: Any) -> Any:
    """``Page`` for ``Page[Item]``; the class itself for a class; None for what is neither."""
    found = typing.get_origin(annotation) or annotation
    return found if inspect.isclass(found) else None


def kind_of(annotation: Any) -> TypeKind | None:
    """What a class is to a contract, or None when its values cannot cross."""
    cls = class_of(annotation)
    if cls is None:
        return None
    if issubclass(cls, enum.Enum):
        return "enum"
    if issubclass(cls, BaseModel):
        return "model"
    if dataclasses.is_dataclass(cls) or is_attrs(cls) or is_struct(cls):
        return "dataclass"
    if typing_extensions.is_typeddict(cls):
        return "typeddict"
    if issubclass(cls, tuple) and hasattr(cls, "_fields") and hasattr(cls, "_field_defaults"):
        return "namedtuple"
    return None


def is_attrs(cls: Any) -> bool:
    return "__attrs_attrs__" in vars(cls)


def is_struct(cls: Any) -> bool:
    """Whether it is a ``msgspec.Struct``."""
    msgspec = sys.modules.get("msgspec")
    return msgspec is not None and issubclass(cls, msgspec.Struct)


def is_generic(cls: Any) -> bool:
    """Whether it stands for many classes, one for each type of what it holds."""
    return bool(getattr(cls, "__parameters__", ()))


def is_frozen(cls: Any) -> bool:
    """Whether its values cannot be changed, and so can stand in a set."""
    params = getattr(cls, "__dataclass_params__", None)
    if params is not None:
        return bool(params.frozen)
    if issubclass(cls, BaseModel):
        return bool(cls.model_config.get("frozen"))
    if is_struct(cls):
        return bool(cls.__struct_config__.frozen)
    return is_attrs(cls) and cls.__setattr__.__name__ == "_frozen_setattrs"


def hints_of(annotation: Any) -> dict[str, Any]:
    """The annotations of a class's fields, resolved, its type variables filled. Raises what the annotations raise."""
    cls = class_of(annotation)
    if issubclass(cls, BaseModel):
        cls.model_rebuild()  # what stood in quotes, and what a generic model was made for, pydantic knows best
        return {name: _whole(info.annotation, cls) for name, info in cls.model_fields.items()}
    filled = _variables(annotation)
    return {name: fill(hint, filled) for name, hint in typing.get_type_hints(cls, include_extras=True).items()}


def _whole(hint: Any, cls: type[BaseModel]) -> Any:
    """An annotation with the model itself where pydantic leaves a mark: in a generic model that speaks of itself."""
    if type(hint).__name__ == "PydanticRecursiveRef":
        made_of = cls.__pydantic_generic_metadata__["origin"] or cls
        if hint.type_ref.partition(":")[0] != f"{made_of.__module__}.{made_of.__qualname__}":
            raise Refused("it and another generic model speak of each other: declare one of them for one type")
        return cls
    args = typing.get_args(hint)
    filled = tuple(_whole(arg, cls) for arg in args)
    if filled == args or typing.get_origin(hint) is typing.Annotated:
        return hint
    if typing.get_origin(hint) in (typing.Union, types.UnionType):
        return typing.Union[filled]  # noqa: UP007
    return typing.get_origin(hint)[filled]


def _variables(annotation: Any) -> dict[Any, Any]:
    cls = class_of(annotation)
    filled = dict(zip(getattr(cls, "__parameters__", ()), typing.get_args(annotation), strict=False))
    for base in vars(cls).get("__orig_bases__", ()):
        if typing.get_origin(base) not in (None, typing.Generic):
            for variable, value in _variables(base).items():
                if filled.setdefault(variable, fill(value, filled)) != fill(value, filled):
                    raise Refused(f"its bases use {variable.__name__} for two types: use two variables")
    return filled


def fill(hint: Any, filled: Mapping[Any, Any]) -> Any:
    """An annotation with its type variables filled."""
    if isinstance(hint, TypeVar):
        return filled.get(hint, hint)
    parameters = getattr(hint, "__parameters__", ())
    if not parameters or inspect.isclass(hint) or not any(p in filled for p in parameters):
        return hint
    return hint[tuple(filled.get(p, p) for p in parameters)]


def parts_of(annotation: Any) -> Iterator[Part]:
    """The declared fields of a class, in order. Raises :class:`Refused`, and what its annotations raise."""
    cls = class_of(annotation)
    hints = hints_of(annotation) if cls is not BaseModel else {}
    if issubclass(cls, BaseModel):
        yield from _model(cls, hints)
    elif dataclasses.is_dataclass(cls):
        yield from _dataclass(cls, hints)
    elif is_attrs(cls):
        yield from _attrs(cls, hints)
    elif is_struct(cls):
        yield from _struct(cls, hints)
    elif typing_extensions.is_typeddict(cls):
        for name, hint in hints.items():
            yield Part(name, hint, is_required(cls, name, hint))
    else:
        for name in cls._fields:
            default = cls._field_defaults.get(name, NONE_GIVEN)
            yield Part(name, hints.get(name, Any), default is NONE_GIVEN, default)


def _dataclass(cls: Any, hints: dict[str, Any]) -> Iterator[Part]:
    for name, hint in hints.items():
        if isinstance(hint, dataclasses.InitVar):
            raise Refused(f"{name} is an InitVar, which the object does not keep: make it a field")
    _check_config(cls.__name__, getattr(cls, "__pydantic_config__", None) or {})
    for f in dataclasses.fields(cls):
        required = f.default is dataclasses.MISSING and f.default_factory is dataclasses.MISSING
        default = f.default if f.default is not dataclasses.MISSING else _made(f.default_factory)
        # What the class works out by itself is written, and worked out again where it is read.
        yield Part(f.name, hints[f.name], required and f.init,
                   NONE_GIVEN if required and f.init else COMPUTED if required else default)  # fmt: skip


def _attrs(cls: Any, hints: dict[str, Any]) -> Iterator[Part]:
    nothing = sys.modules["attr"].NOTHING
    for a in cls.__attrs_attrs__:
        name = a.alias or a.name
        hint = hints.get(a.name, a.type if a.type is not None else Any)
        factory = getattr(a.default, "factory", None) if type(a.default).__name__ == "Factory" else None
        default = COMPUTED if factory and a.default.takes_self else _made(factory) if factory else a.default
        required = a.default is nothing and a.init
        given = NONE_GIVEN if required else COMPUTED if a.default is nothing else default
        yield Part(name, hint, required, given, attribute=a.name)


def _struct(cls: Any, hints: dict[str, Any]) -> Iterator[Part]:
    msgspec = sys.modules["msgspec"]
    for f in msgspec.structs.fields(cls):
        made = f.default_factory is not msgspec.NODEFAULT
        default = NONE_GIVEN if f.required else _made(f.default_factory) if made else f.default
        yield Part(f.name, hints[f.name], f.required, default)


def _model(cls: type[BaseModel], hints: dict[str, Any]) -> Iterator[Part]:
    decorators = cls.__pydantic_decorators__
    if cls is BaseModel:
        raise Refused("it has no fields of its own: say which model")
    if issubclass(cls, RootModel):
        raise Refused("it is a RootModel: declare the type that it holds")
    if decorators.model_serializers or decorators.field_serializers:
        raise Refused("it writes itself by a serializer of its own, which no caller could read back")
    if cls.model_computed_fields:
        raise Refused(f"{next(iter(cls.model_computed_fields))} is a computed field, which no caller could give")
    _check_config(cls.__name__, cls.model_config)
    for name, info in cls.model_fields.items():
        required = info.is_required()
        if info.exclude:
            if required:
                raise Refused(f"{name} is required and never written (exclude=True): give it a default")
            continue
        written, read = info.serialization_alias or name, info.validation_alias or name
        if written != read:
            raise Refused(f"{name} is written as {written!r} and read as {read!r}: give it one alias")
        default = NONE_GIVEN if required else _model_default(info)
        yield Part(written, hints[name], required, default, info.description or "")


def _check_config(name: str, config: Mapping[str, Any]) -> None:
    if config.get("extra") == "allow":
        raise Refused("it takes fields that it does not declare (extra='allow'): only declared fields cross")
    for key in ("ser_json_timedelta", "ser_json_temporal"):
        if config.get(key, "iso8601") != "iso8601":
            raise Refused(f"its configuration writes times in a way of its own ({key}): leave that out")


def _model_default(info: FieldInfo) -> object:
    return info.default if info.default is not PydanticUndefined else _made(info.default_factory)


def _made(factory: Any) -> object:
    """What a default factory gives, where every call gives the same; nothing of the publisher's is called."""
    return factory() if factory in _SAME_EVERY_TIME else COMPUTED


def is_required(cls: Any, name: str, hint: Any) -> bool:
    """Whether a ``TypedDict`` must hold a key. With annotations kept as text the class itself does not know what
    ``Required`` and ``NotRequired`` say."""
    while typing.get_origin(hint) in (*QUALIFIERS, typing.Annotated):
        if typing.get_origin(hint) in REQUIRED:
            return True
        if typing.get_origin(hint) in NOT_REQUIRED:
            return False
        hint = typing.get_args(hint)[0]
    return name in cls.__required_keys__


def unqualified(hint: Any) -> Any:
    """An annotation of a ``TypedDict`` without ``Required`` and its like."""
    while typing.get_origin(hint) in QUALIFIERS:
        hint = typing.get_args(hint)[0]
    return hint
