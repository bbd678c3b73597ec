"""From Python annotations to the type texts of a contract, and the classes they speak of.

An allow-list: a type is published because a branch here knows it, and anything else is refused with a reason.
"""

from __future__ import annotations

import collections.abc
import dataclasses
import enum
import functools
import inspect
import json
import math
import re
import sys
import types
import typing
from typing import Any

import typing_extensions
from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticCustomError, PydanticUndefined, core_schema

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
    collections.abc.MutableSequence: "list", collections.abc.Set: "set", collections.abc.MutableSet: "set",
}  # fmt: skip
_MAPPINGS = (dict, collections.abc.Mapping, collections.abc.MutableMapping)
_KEYS = frozenset({"Any", "bool", "date", "datetime", "Decimal", "float", "int", "Path", "str", "time", "UUID",
                   "IPv4Address", "IPv6Address", "IPv4Network", "IPv6Network"})  # fmt: skip
_REQUIRED = (typing.Required, typing_extensions.Required)
_NOT_REQUIRED = (typing.NotRequired, typing_extensions.NotRequired)
_QUALIFIERS = (*_REQUIRED, *_NOT_REQUIRED, typing_extensions.ReadOnly)


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
            if annotation in _BARE or annotation in _ONE:
                return _BARE.get(annotation) or _ONE[annotation]
            if annotation in _MAPPINGS:
                return "dict"
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
            if all(a is None or (isinstance(a, str | int) and not isinstance(a, enum.Enum)) for a in args):
                return f"Literal[{', '.join(repr(a) for a in args)}]"
            raise Unsupported(f"{_show(annotation)} holds other values than text, integers and None")
        if origin is tuple:
            inner = ["..." if a is ... else self.text(a) for a in args]
            return f"tuple[{', '.join(inner) or '()'}]"
        if origin in _ONE and len(args) == 1:
            return f"{_ONE[origin]}[{self.text(args[0])}]"
        if origin in _MAPPINGS and len(args) == 2:
            key = self.text(args[0])
            if not (
                key in _KEYS or (key in self._defs and self._defs[key].kind == "enum") or key.startswith("Literal[")
            ):
                raise Unsupported(f"{_show(annotation)} cannot cross the wire: the keys of a JSON object are text")
            return f"dict[{key}, {self.text(args[1])}]"
        if origin in _QUALIFIERS:
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
        before = len(self._defs)
        name = re.sub(r"\W+", "_", cls.__name__).strip("_")  # a generic model is called `Box[int]`
        while name in self._defs or name in TAKEN:  # the same name in two modules, or one of the language's own
            name += "_"
        self._names[cls] = name
        self._defs[name] = TypeDef(name, kind)  # holds the name while the fields, which may speak of it, are read
        try:
            self._defs[name] = self._define(cls, name, kind)
        except Unsupported as error:
            self.forget(before)
            raise Unsupported(f"{name}: {error}") from None
        return name

    def __len__(self) -> int:
        return len(self._defs)

    def forget(self, kept: int) -> None:
        """Leave only the first ``kept`` classes: the later ones were read for something that is not published."""
        gone = set(list(self._defs)[kept:])
        self._defs = {name: each for name, each in self._defs.items() if name not in gone}
        self._names = {cls: name for cls, name in self._names.items() if name not in gone}

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
            hints = _hints(cls)
        except Exception as error:  # an annotation is the publisher's code: it may raise anything
            raise Unsupported(f"its annotations cannot be resolved: {error}") from None
        fields = tuple(self._fields(cls, kind, hints))
        return TypeDef(name, kind, fields=fields, base=_base(cls), description=description)

    def _fields(self, cls: Any, kind: TypeKind, hints: dict[str, Any]) -> typing.Iterator[Field]:
        if kind == "dataclass":
            for f in dataclasses.fields(cls):
                text = self.text(hints[f.name])
                required = f.default is dataclasses.MISSING and f.default_factory is dataclasses.MISSING
                value = f.default if f.default is not dataclasses.MISSING else _made(f.default_factory)
                yield Field(f.name, text, required and f.init, None if required else self.default(value, text))
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
                yield Field(field_name, self.text(hint), _is_required(cls, field_name, hint))
        else:
            for field_name in cls._fields:
                text = self.text(hints.get(field_name, Any))
                required = field_name not in cls._field_defaults
                default = None if required else self.default(cls._field_defaults[field_name], text)
                yield Field(field_name, text, required, default)

    def default(self, value: object, text_of_type: str = "Any") -> Default:
        """A default as the contract keeps it: its text always, its JSON value where that says it exactly."""
        if value is COMPUTED:
            return Default("...", exact=False)
        if type(value).__name__ in _AS_TEXT and type(value).__name__ in text_of_type.split(" | "):
            return Default(repr(value).removeprefix("datetime."), _AS_TEXT[type(value).__name__](value))
        plain = value.value if isinstance(value, enum.Enum) else value
        text = f"{type(value).__name__}.{value.name}" if isinstance(value, enum.Enum) else _repr(value)
        if isinstance(plain, float) and not math.isfinite(plain):
            return Default(text, exact=False)
        if plain is None or isinstance(plain, bool | int | float | str):
            return Default(text, typing.cast(Any, plain))
        if isinstance(plain, list | dict | tuple):
            try:
                return Default(text, json.loads(json.dumps(plain, allow_nan=False)))
            except (TypeError, ValueError):
                pass
        return Default("..." if " at 0x" in text else text, exact=False)


def _hints(cls: Any) -> dict[str, Any]:
    if issubclass(cls, BaseModel):
        cls.model_rebuild()  # what stood in quotes, and what a generic model was made for, pydantic knows best
        return {name: info.annotation for name, info in cls.model_fields.items()}
    return typing.get_type_hints(cls, include_extras=True)


def _model_default(info: FieldInfo) -> object:
    if info.default is not PydanticUndefined:
        return info.default
    return _made(info.default_factory)


COMPUTED = object()
"""In place of a default that is worked out anew for each value: an id, the time."""


def _made(factory: Any) -> object:
    """What a default factory gives, where every call gives the same; nothing of the publisher's is called."""
    return factory() if factory in _BARE else COMPUTED


def _repr(value: object) -> str:
    try:
        return repr(value)
    except Exception:  # an object that cannot show itself is still a default
        return "..."


def _is_required(cls: Any, field_name: str, hint: Any) -> bool:
    """Whether a ``TypedDict`` must hold a key. With annotations kept as text the class itself does not know what
    ``Required`` and ``NotRequired`` say."""
    while typing.get_origin(hint) in (*_QUALIFIERS, typing.Annotated):
        if typing.get_origin(hint) in _REQUIRED:
            return True
        if typing.get_origin(hint) in _NOT_REQUIRED:
            return False
        hint = typing.get_args(hint)[0]
    return field_name in cls.__required_keys__


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
    """Let pydantic read ``typing.TypedDict`` classes, which it refuses before Python 3.12, and numbered enumerations
    strictly.

    It looks for a hook on the class. The hook of the first hands it the same fields as a
    ``typing_extensions.TypedDict``; that of the second refuses ``true`` and ``1.0``, which equal the member 1.
    """
    for found in _parts(annotation, set()):
        if not inspect.isclass(found) or hasattr(found, "__get_pydantic_core_schema__"):
            continue
        if typing.is_typeddict(found) and sys.version_info < (3, 12):
            found.__get_pydantic_core_schema__ = classmethod(_typed_dict_schema)  # type: ignore[attr-defined]
        elif issubclass(found, enum.Enum) and any(type(m.value) is int for m in found):
            found.__get_pydantic_core_schema__ = classmethod(_numbered_schema)  # type: ignore[attr-defined]


def is_loose(annotation: Any) -> bool:
    """Whether pydantic writes values of this type without looking at all of it (:mod:`parvis.facade.shape`)."""
    return any(
        typing.get_origin(part) is typing.Literal or typing_extensions.is_typeddict(part)
        for part in _parts(annotation, set())
    )


def exactly(values: typing.Sequence[object]) -> typing.Callable[[Any], Any]:
    """A check that a number is meant: pydantic finds one of a few values by equality, and ``True == 1 == 1.0``."""
    refused = tuple(each for each in (bool, float) if not any(type(value) is each for value in values))
    expected = {"expected": ", ".join(map(repr, values))}

    def check(value: Any) -> Any:
        if isinstance(value, refused):
            raise PydanticCustomError("enum", "Input should be one of {expected}", expected)
        return value

    return check


def _numbered_schema(cls: Any, source: Any, handler: Any) -> Any:
    plain = handler(source)
    strict = core_schema.no_info_before_validator_function(exactly([m.value for m in cls]), plain)
    return core_schema.json_or_python_schema(json_schema=strict, python_schema=plain)


def _typed_dict_schema(cls: Any, source: Any, handler: Any) -> Any:
    return handler.generate_schema(_twin(cls))


@functools.cache  # one twin a class, or a class that speaks of itself would have no end
def _twin(cls: Any) -> Any:
    hints = typing.get_type_hints(cls, include_extras=True)
    fields = {
        name: (typing_extensions.Required if _is_required(cls, name, hint) else typing_extensions.NotRequired)[
            _unqualified(hint)
        ]
        for name, hint in hints.items()
    }
    make: Any = typing_extensions.TypedDict
    twin = make(cls.__name__, fields)
    twin.__doc__, twin.__module__, twin.__qualname__ = cls.__doc__, cls.__module__, cls.__qualname__
    return twin


def _unqualified(hint: Any) -> Any:
    while typing.get_origin(hint) in _QUALIFIERS:
        hint = typing.get_args(hint)[0]
    return hint


def _parts(annotation: Any, seen: set[Any]) -> typing.Iterator[Any]:
    """A type and all that it is made of, the fields of its classes too."""
    try:
        if annotation in seen:
            return
        seen.add(annotation)
    except TypeError:
        return
    yield annotation
    for arg in typing.get_args(annotation):
        yield from _parts(arg, seen)
    if inspect.isclass(annotation) and _kind(annotation) in ("dataclass", "model", "typeddict", "namedtuple"):
        try:
            hints = _hints(annotation)
        except Exception:  # told where the type is read
            return
        for hint in hints.values():
            yield from _parts(hint, seen)
