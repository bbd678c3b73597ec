"""From Python annotations to the type texts of a contract, and the classes they speak of.

An allow-list: a type is published because a branch here knows it, and anything else is refused with a reason.
"""

from __future__ import annotations

import collections.abc
import dataclasses
import enum
import inspect
import json
import sys
import types
import typing
from typing import Any

import typing_extensions
from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from ..contract.model import Default, Field, Member, TypeDef, TypeKind
from ..contract.types import GENERICS, NAMES


class Unsupported(Exception):
    """A type that cannot cross the wire; the text is the reason, for the publisher."""


TAKEN = frozenset({*NAMES, *GENERICS, "Literal"})
"""Words of the contract's own language, which no class can be called."""

_TEXT_BY_TYPE: dict[Any, str] = {python: name for name, python in NAMES.items() if python not in (None, Any)}
_SAME: dict[Any, str] = {Any: "Any", object: "Any", inspect.Parameter.empty: "Any", None: "None", type(None): "None"}
_BARE: dict[Any, str] = {list: "list", dict: "dict", set: "set", frozenset: "frozenset", tuple: "tuple"}
_ONE: dict[Any, str] = {
    list: "list", set: "set", frozenset: "frozenset",
    collections.abc.Sequence: "list", collections.abc.Collection: "list", collections.abc.Iterable: "list",
    collections.abc.MutableSequence: "list", collections.abc.Set: "set",
}  # fmt: skip
_MAPPINGS = (dict, collections.abc.Mapping, collections.abc.MutableMapping)


_AS_TEXT: dict[str, Any] = {
    "Decimal": str, "UUID": str, "Path": str,
    "date": lambda v: v.isoformat(), "datetime": lambda v: v.isoformat(), "time": lambda v: v.isoformat(),
}  # fmt: skip
"""Types whose value is a JSON string that only its own type reads back."""


class TypeBook:
    """The classes that one service speaks of, each under one name."""

    def __init__(self) -> None:
        self._names: dict[type, str] = {}
        self._defs: dict[str, TypeDef] = {}

    @property
    def defs(self) -> tuple[TypeDef, ...]:
        return tuple(self._defs[name] for name in sorted(self._defs))

    @property
    def by_name(self) -> dict[str, TypeDef]:
        return dict(self._defs)

    @property
    def classes(self) -> dict[str, type]:
        """Name in the contract -> the façade's own class."""
        return {name: cls for cls, name in self._names.items() if name in self._defs}

    def text(self, annotation: Any) -> str:
        """The contract's text for an annotation. Raises :class:`Unsupported`."""
        if isinstance(annotation, typing.TypeVar) or annotation is typing_extensions.Self:
            raise Unsupported(f"{annotation} has no one type")
        try:
            if annotation in _SAME:
                return _SAME[annotation]
            if annotation in _BARE:
                return _BARE[annotation]
            if annotation in _TEXT_BY_TYPE:
                return _TEXT_BY_TYPE[annotation]
        except TypeError:
            raise Unsupported(f"{annotation!r} is not a type") from None
        origin, args = typing.get_origin(annotation), typing.get_args(annotation)
        if origin is not None:
            return self._generic(annotation, origin, args)
        if hasattr(annotation, "__supertype__"):  # NewType
            return self.text(annotation.__supertype__)
        if isinstance(annotation, typing_extensions.TypeAliasType):
            return self.text(annotation.__value__)
        if inspect.isclass(annotation):
            return self._class(annotation)
        raise Unsupported(f"{annotation!r} cannot cross the wire")

    def _generic(self, annotation: Any, origin: Any, args: tuple[Any, ...]) -> str:
        if origin is typing.Annotated:
            return self.text(args[0])
        if origin in (typing.Union, types.UnionType):
            # None last, so that every reader finds `X | None` in one form.
            ordered = [a for a in args if a is not type(None)] + [a for a in args if a is type(None)]
            return " | ".join(dict.fromkeys(self.text(a) for a in ordered))
        if origin in (typing.Literal, typing_extensions.Literal):
            if all(isinstance(a, str | int) and not isinstance(a, enum.Enum) for a in args):
                return f"Literal[{', '.join(repr(a) for a in args)}]"
            raise Unsupported(f"{annotation} holds other values than text and integers")
        if origin is tuple:
            inner = ["..." if a is ... else self.text(a) for a in args]
            return f"tuple[{', '.join(inner) or '()'}]"
        if origin in _ONE and len(args) == 1:
            return f"{_ONE[origin]}[{self.text(args[0])}]"
        if origin in _MAPPINGS and len(args) == 2:
            key = self.text(args[0])
            return f"dict[{key}, {self.text(args[1])}]"
        if origin in (typing.Required, typing.NotRequired, typing_extensions.Required, typing_extensions.NotRequired):
            return self.text(args[0])
        raise Unsupported(f"{_show(annotation)} cannot cross the wire")

    def _class(self, cls: type) -> str:
        if cls in self._names:
            return self._names[cls]
        kind = _kind(cls)
        if kind is None:
            raise Unsupported(
                f"{_show(cls)} is a plain class: its values cannot cross the wire; make it a dataclass, or publish "
                "methods that take and return its fields"
            )
        name = cls.__name__
        while name in self._defs or name in TAKEN:  # the same name in two modules, or one of the language's own
            name += "_"
        self._names[cls] = name
        self._defs[name] = TypeDef(name, kind)  # holds the name while the fields, which may speak of it, are read
        try:
            self._defs[name] = self._define(cls, name, kind)
        except Unsupported as error:
            del self._names[cls], self._defs[name]
            raise Unsupported(f"{name}: {error}") from None
        return name

    def _define(self, cls: type, name: str, kind: TypeKind) -> TypeDef:
        text = inspect.cleandoc(cls.__doc__ or "") if "__doc__" in vars(cls) else ""
        description = "" if text.startswith(f"{cls.__name__}(") else text  # a dataclass's own signature says nothing
        if issubclass(cls, enum.Enum):
            for member in cls:
                if not isinstance(member.value, str | int | float | bool):
                    raise Unsupported(f"the value of {member} is not text or a number")
            members = tuple(Member(m.name, m.value) for m in cls)
            base = next((b for b in ("StrEnum", "IntEnum") if issubclass(cls, getattr(enum, b))), "Enum")
            return TypeDef(name, kind, members=members, base=base, description=description)
        try:
            hints = typing.get_type_hints(cls, include_extras=True)
        except (NameError, TypeError) as error:
            raise Unsupported(f"its annotations cannot be resolved: {error}") from None
        fields = tuple(self._fields(cls, kind, hints))
        return TypeDef(name, kind, fields=fields, base=_base(cls), description=description)

    def _fields(self, cls: Any, kind: TypeKind, hints: dict[str, Any]) -> typing.Iterator[Field]:
        if kind == "dataclass":
            for f in dataclasses.fields(cls):
                text = self.text(hints[f.name])
                required = f.default is dataclasses.MISSING and f.default_factory is dataclasses.MISSING
                default = None if required else self.default(_value_of(f), text)
                yield Field(f.name, text, required and f.init, default)
        elif kind == "model":
            for field_name, info in cls.model_fields.items():
                text = self.text(hints[field_name])
                if "bytes" in text and cls.model_config.get("ser_json_bytes") != "base64":
                    # A model's own configuration wins over ours, and its default is UTF-8, which bytes are not.
                    raise Unsupported(
                        f"{field_name} is bytes: say model_config = ConfigDict(ser_json_bytes='base64', "
                        "val_json_bytes='base64')"
                    )
                default = None if info.is_required() else self.default(_model_default(info), text)
                yield Field(info.alias or field_name, text, info.is_required(), default, info.description or "")
        elif kind == "typeddict":
            for field_name, hint in hints.items():
                yield Field(field_name, self.text(hint), field_name in cls.__required_keys__)
        else:
            for field_name in cls._fields:
                text = self.text(hints.get(field_name, Any))
                required = field_name not in cls._field_defaults
                default = None if required else self.default(cls._field_defaults[field_name], text)
                yield Field(field_name, text, required, default)

    def default(self, value: object, text_of_type: str = "Any") -> Default:
        """A default as the contract keeps it: its text always, its JSON value where that says it exactly."""
        if type(value).__name__ in _AS_TEXT and type(value).__name__ in text_of_type.split(" | "):
            return Default(repr(value).removeprefix("datetime."), _AS_TEXT[type(value).__name__](value))
        plain = value.value if isinstance(value, enum.Enum) else value
        text = f"{type(value).__name__}.{value.name}" if isinstance(value, enum.Enum) else repr(value)
        if (isinstance(plain, float) and plain != plain) or plain in (float("inf"), float("-inf")):
            return Default(text, exact=False)
        if plain is None or isinstance(plain, bool | int | float | str):
            return Default(text, typing.cast(Any, plain))
        if isinstance(plain, list | dict | tuple):
            try:
                return Default(text, json.loads(json.dumps(plain, allow_nan=False)))
            except (TypeError, ValueError):
                pass
        return Default("..." if " at 0x" in text else text, exact=False)


def _model_default(info: FieldInfo) -> object:
    if info.default is not PydanticUndefined:
        return info.default
    if info.default_factory is None or info.default_factory_takes_validated_data:
        return ...
    return info.get_default(call_default_factory=True)


def _value_of(f: dataclasses.Field[Any]) -> object:
    if f.default is not dataclasses.MISSING:
        return f.default
    return f.default_factory() if f.default_factory is not dataclasses.MISSING else ...


def _kind(cls: Any) -> TypeKind | None:
    if issubclass(cls, enum.Enum):
        return "enum"
    if cls.__dict__.get("__parameters__") or typing.get_origin(cls):
        return None
    if issubclass(cls, BaseModel):
        return "model"
    if dataclasses.is_dataclass(cls):
        return "dataclass"
    if typing_extensions.is_typeddict(cls):
        return "typeddict"
    if issubclass(cls, tuple) and hasattr(cls, "_fields") and hasattr(cls, "_field_defaults"):
        return "namedtuple"
    return None


def _base(cls: Any) -> str:
    params = getattr(cls, "__dataclass_params__", None)
    return "frozen" if params is not None and params.frozen else ""


def _show(annotation: Any) -> str:
    return annotation.__qualname__ if inspect.isclass(annotation) else str(annotation).replace("typing.", "")


def prepare(annotation: Any) -> None:
    """Let pydantic read ``typing.TypedDict`` classes, which it refuses before Python 3.12.

    It looks for a hook on the class; the hook hands it the same fields as a ``typing_extensions.TypedDict``.
    """
    if sys.version_info >= (3, 12):
        return
    for found in _classes(annotation, set()):
        if typing.is_typeddict(found) and not hasattr(found, "__get_pydantic_core_schema__"):
            found.__get_pydantic_core_schema__ = classmethod(_typed_dict_schema)


def _typed_dict_schema(cls: Any, source: Any, handler: Any) -> Any:
    hints = typing.get_type_hints(cls, include_extras=True)
    fields = {
        name: typing_extensions.Required[hint] if name in cls.__required_keys__ else typing_extensions.NotRequired[hint]
        for name, hint in hints.items()
    }
    make: Any = typing_extensions.TypedDict
    twin = make(cls.__name__, fields)
    twin.__doc__ = cls.__doc__
    return handler(twin)


def _classes(annotation: Any, seen: set[Any]) -> typing.Iterator[Any]:
    try:
        if annotation in seen:
            return
        seen.add(annotation)
    except TypeError:
        return
    for arg in typing.get_args(annotation):
        yield from _classes(arg, seen)
    if inspect.isclass(annotation) and _kind(annotation) in ("dataclass", "model", "typeddict", "namedtuple"):
        yield annotation
        try:
            hints = typing.get_type_hints(annotation, include_extras=True)
        except (NameError, TypeError):
            return
        for hint in hints.values():
            yield from _classes(hint, seen)
