"""From Python annotations to the type texts of a contract, and the classes they speak of.

An allow-list: a type is published because a branch here knows it, and anything else is refused with a reason.
"""

from __future__ import annotations

import collections
import collections.abc
import enum
import inspect
import json
import math
import re
import types
import typing
from typing import Any, TypeVar

import typing_extensions
from pydantic import PlainSerializer, SerializeAsAny, WrapSerializer

from ..contract.bodies import FILE
from ..contract.model import Default, Field, Member, TypeDef, TypeKind
from ..contract.types import GENERICS, NAMES
from ..contract.typetree import UNION, Node, parse
from ..contract.unions import clash
from .classes import (
    COMPUTED,
    NONE_GIVEN,
    QUALIFIERS,
    Part,
    Refused,
    class_of,
    is_frozen,
    is_generic,
    kind_of,
    parts_of,
)  # fmt: skip
from .unsupported import Unsupported, advice, refusal, shown

TAKEN = frozenset({*NAMES, *GENERICS, "Literal"})
"""Words of the contract's own language, which no class can be called."""

_TEXT_BY_TYPE: dict[Any, str] = {
    python: name for name, python in NAMES.items() if python not in (None, Any, typing.BinaryIO)
}
_SAME: dict[Any, str] = {Any: "Any", object: "Any", inspect.Parameter.empty: "Any", None: "None", type(None): "None"}
_BARE: dict[Any, str] = {list: "list", dict: "dict", set: "set", frozenset: "frozenset", tuple: "tuple"}
_ONE: dict[Any, str] = {
    list: "list", set: "set", frozenset: "frozenset", collections.deque: "deque",
    collections.abc.Sequence: "list", collections.abc.Collection: "list", collections.abc.Iterable: "list",
    collections.abc.MutableSequence: "list", collections.abc.Set: "set", collections.abc.MutableSet: "set",
}  # fmt: skip
_MAPPINGS: dict[Any, str] = {
    dict: "dict", collections.abc.Mapping: "dict", collections.abc.MutableMapping: "dict",
    collections.OrderedDict: "OrderedDict", collections.defaultdict: "defaultdict",
}  # fmt: skip
_KEYS = frozenset({"Any", *NAMES} - {"None", "complex", FILE})
_FACTORIES = frozenset({"int", "float", "str", "bool", "list", "set", "frozenset", "dict", "tuple"})
"""Types of which a value is there before anything is known: what a ``defaultdict`` makes."""
_CHANGING = frozenset({"list", "set", "dict", "deque", "OrderedDict", "defaultdict", "Counter"})
_WRITERS: Any = (PlainSerializer, WrapSerializer, SerializeAsAny)

_AS_TEXT: dict[str, Any] = {
    "Decimal": str, "UUID": str, "Path": str,
    "date": lambda v: v.isoformat(), "datetime": lambda v: v.isoformat(), "time": lambda v: v.isoformat(),
}  # fmt: skip
"""Types whose value is a JSON string that only its own type reads back."""


class TypeBook:
    """The classes that one service speaks of, each under one name."""

    def __init__(self) -> None:
        self._names: dict[Any, str] = {}
        self._defs: dict[str, TypeDef] = {}
        self._open: set[Any] = set()
        """Type aliases that are being read."""

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
        before = len(self._defs)
        try:
            text = self._text(annotation)
            self._check(text)
            for definition in list(self._defs.values())[before:]:
                for f in definition.fields:
                    try:
                        self._check(f.type)
                    except Unsupported as error:
                        raise Unsupported(f"{definition.name}: {f.name} is {error}") from None
        except Unsupported:
            self.forget(before)
            raise
        return text

    def _check(self, text: str) -> None:
        """What a type as a whole must be, once its classes are known."""
        if "|" in text and (found := clash(text, self._defs)):
            a, b = found
            raise Unsupported(f"{text}: JSON does not tell {a} from {b}; say one of them")
        if "set[" in text and (wrong := self._unhashable(parse(text))):
            raise Unsupported(f"{text}: {wrong} cannot be in a set; say list, or make a class frozen")

    def _unhashable(self, node: Node) -> str | None:
        """What in a set cannot stand in one, of the classes as a caller has them."""
        inner = [found for arg in node.args if (found := self._unhashable(arg))]
        if node.head in ("set", "frozenset") and not inner:
            inner = [str(part) for arg in node.args for part in _plain_parts(arg) if self._changes(part.head)]
        return inner[0] if inner else None

    def _changes(self, head: str) -> bool:
        definition = self._defs.get(head)
        if definition is None or definition.kind in ("enum", "namedtuple"):
            return head in _CHANGING
        return definition.kind == "typeddict" or definition.base != "frozen"

    def _text(self, annotation: Any) -> str:
        if isinstance(annotation, TypeVar):
            return self._variable(annotation)
        if annotation is typing_extensions.Self:
            raise Unsupported("Self is the façade itself, which stays where it is: return a value")
        try:
            if annotation in _SAME:
                return _SAME[annotation]
            if annotation in _BARE or annotation in _ONE:
                return _BARE.get(annotation) or _ONE[annotation]
            if annotation in _MAPPINGS:
                return "dict" if _MAPPINGS[annotation] == "dict" else f"{_MAPPINGS[annotation]}[Any, Any]"
            if annotation is collections.Counter:
                return "Counter[Any]"
            if annotation in _TEXT_BY_TYPE:
                return _TEXT_BY_TYPE[annotation]
        except TypeError:
            raise Unsupported(f"{annotation!r} is not a type") from None
        origin, args = typing.get_origin(annotation), typing.get_args(annotation)
        if origin is not None:
            return self._generic(annotation, origin, args)
        if hasattr(annotation, "__supertype__"):  # NewType
            return self._text(annotation.__supertype__)
        if isinstance(annotation, typing_extensions.TypeAliasType):
            return self._alias(annotation)
        if inspect.isclass(annotation):
            return self._class(annotation)
        raise Unsupported(refusal(annotation))

    def _variable(self, variable: TypeVar) -> str:
        if variable.__bound__ is None:
            raise Unsupported(f"{variable.__name__} stands for any type: say which one")
        return self._text(variable.__bound__)

    def _alias(self, alias: Any) -> str:
        if alias in self._open:
            raise Unsupported(f"{alias.__name__} speaks of itself without a class between: make it a dataclass")
        self._open.add(alias)
        try:
            return self._text(alias.__value__)
        finally:
            self._open.discard(alias)

    def _generic(self, annotation: Any, origin: Any, args: tuple[Any, ...]) -> str:
        if origin is typing.Annotated:
            if any(isinstance(each, _WRITERS) or each is SerializeAsAny for each in annotation.__metadata__):
                raise Unsupported(f"{shown(args[0])} is written by a serializer of its own: no caller reads it back")
            return self._text(args[0])
        if origin in (typing.Union, types.UnionType):
            # None last, so that every reader finds `X | None` in one form.
            ordered = [a for a in args if a is not type(None)] + [a for a in args if a is type(None)]
            return " | ".join(dict.fromkeys(self._text(a) for a in ordered))
        if origin in (typing.Literal, typing_extensions.Literal):
            if all(a is None or (isinstance(a, str | int) and not isinstance(a, enum.Enum)) for a in args):
                return f"Literal[{', '.join(repr(a) for a in args)}]"
            raise Unsupported(f"{shown(annotation)} holds other values than text, integers and None: use an Enum")
        if origin is tuple:
            inner = ["..." if a is ... else self._text(a) for a in args]
            return f"tuple[{', '.join(inner) or '()'}]"
        if origin in _ONE and len(args) == 1:
            return f"{_ONE[origin]}[{self._text(args[0])}]"
        if origin is collections.Counter:
            return f"Counter[{self._key(annotation, args[0])}]"
        if origin in _MAPPINGS and len(args) == 2:
            key, value = self._key(annotation, args[0]), self._text(args[1])
            if _MAPPINGS[origin] == "defaultdict" and parse(value).head not in _FACTORIES:
                raise Unsupported(f"{shown(annotation)}: a caller cannot know what it makes of a missing key; say dict")
            return f"{_MAPPINGS[origin]}[{key}, {value}]"
        if origin in QUALIFIERS:
            return self._text(args[0])
        if inspect.isclass(origin) and kind_of(origin) is not None:
            return self._class(annotation)
        raise Unsupported(refusal(annotation))

    def _key(self, annotation: Any, key_type: Any) -> str:
        """The text of a mapping's keys, which JSON writes as text."""
        key = self._text(key_type)
        values = (
            [m.value for m in self._defs[key].members] if key in self._defs and self._defs[key].kind == "enum"
            else list(typing.get_args(key_type)) if key.startswith("Literal[") else [None]
        )  # fmt: skip
        if key not in _KEYS and not all(isinstance(value, str) for value in values):
            raise Unsupported(f"{shown(annotation)} cannot cross the wire: the keys of a JSON object are text")
        return key

    def _class(self, cls: Any) -> str:
        if cls in self._names:
            return self._names[cls]
        kind = kind_of(cls)
        if kind is None:
            raise Unsupported(refusal(cls))
        if inspect.isclass(cls) and kind not in ("enum", "model") and is_generic(cls):
            raise Unsupported(f"{cls.__name__} is generic: say what it is made of, {cls.__name__}[int]")
        before = len(self._defs)
        name = _name(cls)
        while name in self._defs or name in TAKEN:  # the same name in two modules, or one of the language's own
            name += "_"
        self._names[cls] = name
        self._defs[name] = TypeDef(name, kind)  # holds the name while the fields, which may speak of it, are read
        try:
            self._defs[name] = self._define(cls, name, kind)
        except (Unsupported, Refused) as error:
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

    def _define(self, annotation: Any, name: str, kind: TypeKind) -> TypeDef:
        cls = class_of(annotation)
        text = inspect.cleandoc(cls.__doc__ or "") if "__doc__" in vars(cls) else ""
        description = "" if text.startswith(f"{cls.__name__}(") else text  # a dataclass's own signature says nothing
        if kind == "enum":
            for member in cls:
                if not isinstance(member.value, str | int | float | bool):
                    raise Unsupported(f"the value of {member} is not text or a number: give it one that is")
            members = tuple(Member(m.name, m.value) for m in cls)
            return TypeDef(name, kind, members=members, base=_enum_base(cls), description=description)
        try:
            parts = list(parts_of(annotation))
        except Refused:
            raise
        except Exception as error:  # an annotation is the publisher's code: it may raise anything
            raise Unsupported(f"its annotations cannot be resolved: {error}{advice(error)}") from None
        fields = tuple(self._field(part) for part in parts)
        if kind == "model" and cls.model_config.get("ser_json_bytes") != "base64":
            # A model's own configuration wins over ours, and its default is UTF-8, which bytes are not.
            for f in fields:
                if self._holds_bytes(f.type, set()):
                    raise Unsupported(
                        f"{f.name} is bytes: say model_config = ConfigDict(ser_json_bytes='base64', "
                        "val_json_bytes='base64')"
                    )
        return TypeDef(name, kind, fields=fields, base="frozen" if is_frozen(cls) else "", description=description)

    def _field(self, part: Part) -> Field:
        if _is_lazy(part.hint):
            raise Unsupported(f"{part.name} is an Iterable, which can be read once: say list, or Sequence")
        text = self._text(part.hint)
        default = None if part.default is NONE_GIVEN else self.default(part.default, text)
        return Field(part.name, text, part.required, default, part.description)

    def _holds_bytes(self, text: str, seen: set[str]) -> bool:
        names = set(_heads(parse(text)))
        inner = {n for n in names - seen if n in self._defs and self._defs[n].kind != "model"}
        return "bytes" in names or any(
            self._holds_bytes(f.type, seen | names) for name in inner for f in self._defs[name].fields
        )

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


def _name(annotation: Any) -> str:
    """``Page_Item`` for ``Page[Item]``, and for pydantic's own ``Page[Item]``, which is a class of that name."""
    cls = class_of(annotation)
    told = cls.__name__
    if cls is not annotation:
        told += "_" + "_".join(shown(arg) for arg in typing.get_args(annotation))
    return re.sub(r"\W+", "_", re.sub(r"\b\w+\.", "", told)).strip("_")


def _enum_base(cls: Any) -> str:
    return next((b for b in ("StrEnum", "IntFlag", "IntEnum", "Flag") if issubclass(cls, getattr(enum, b))), "Enum")


def _heads(node: Node) -> typing.Iterator[str]:
    yield node.head
    for arg in node.args:
        yield from _heads(arg)


def _plain_parts(node: Node) -> typing.Iterator[Node]:
    """What a value is made of that must be hashable for it to be so."""
    if node.head in (UNION, "tuple"):
        for arg in node.args:
            yield from _plain_parts(arg)
    else:
        yield node


def _is_lazy(hint: Any) -> bool:
    return (typing.get_origin(hint) or hint) in (collections.abc.Iterable, collections.abc.Iterator) or any(
        _is_lazy(arg) for arg in typing.get_args(hint)
    )


def _repr(value: object) -> str:
    try:
        return repr(value)
    except Exception:  # an object that cannot show itself is still a default
        return "..."
