"""The contract's classes, rebuilt on the caller's side.

A class is made empty first, so that its fields may speak of it, then filled with real class objects; no text of a
contract is ever evaluated. A pydantic model comes back as a dataclass that takes keyword arguments only: the caller
needs its values, not its validators. Where the caller has the native class, that one stands in its place.
"""

from __future__ import annotations

import collections
import dataclasses
import enum
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any, cast

from parvis.contract.types import GENERICS, NAMES

from .codec import Codec
from .identifiers import attribute
from .server_default import ServerDefault, is_server_default

if TYPE_CHECKING:
    from parvis.contract.model import Contract, Field, TypeDef

ENUMS: dict[str, type[enum.Enum]] = {
    "": enum.Enum,
    "Enum": enum.Enum,
    "Flag": enum.Flag,
    "IntEnum": enum.IntEnum,
    "IntFlag": enum.IntFlag,
    "StrEnum": enum.StrEnum,
}
"""Which class an enumeration's ``base`` names; any other is taken for an ``Enum``."""


def build(contract: Contract, native: Mapping[str, type] | None = None) -> dict[str, type]:
    """The classes of a (checked) contract by name. Raises ``ValueError`` for one that cannot be built."""
    native = native or {}
    classes: dict[str, type] = {}
    try:
        for definition in contract.types:
            if definition.name in NAMES or definition.name in GENERICS or definition.name == "Literal":
                raise ValueError(f"the type {definition.name!r} would hide Python's own: this contract is refused")
            classes[definition.name] = native.get(definition.name) or _BEGIN[definition.kind](definition, contract)
        codec = Codec(classes)
        whole = Codec({n: c for n, c in classes.items() if n in native or issubclass(c, enum.Enum)})
        for definition in sorted(contract.types, key=lambda d: d.kind == "namedtuple"):
            if definition.name not in native:
                _FILL[definition.kind](definition, classes[definition.name], codec, whole)
    except (TypeError, RecursionError) as error:
        raise ValueError(f"the types of {contract.service!r} cannot be built: {error}") from None
    return classes


def _empty(definition: TypeDef, contract: Contract) -> type:
    return type(definition.name, (), _namespace(definition, contract))


def _typeddict(definition: TypeDef, contract: Contract) -> type:
    # typing_extensions', because pydantic reads a recursive typing.TypedDict only from Python 3.12 on.
    from typing_extensions import TypedDict

    cls = cast(type, TypedDict(definition.name, {}))  # type: ignore[operator]
    for name, value in _namespace(definition, contract).items():
        setattr(cls, name, value)
    return cls


def _namedtuple(definition: TypeDef, contract: Contract) -> type:
    names = [f.name for f in definition.fields]
    cls = collections.namedtuple(definition.name, names, module=contract.service)  # type: ignore[misc]
    if definition.description:
        cls.__doc__ = definition.description
    return cls


def _enum(definition: TypeDef, contract: Contract) -> type:
    members = [(m.name, m.value) for m in definition.members]
    make: Any = ENUMS.get(definition.base, enum.Enum)
    cls: type = make(definition.name, members, module=contract.service)
    cls.__doc__ = definition.description or None
    return cls


_BEGIN = {
    "dataclass": _empty,
    "model": _empty,
    "typeddict": _typeddict,
    "namedtuple": _namedtuple,
    "enum": _enum,
}


def _fill_dataclass(definition: TypeDef, cls: type, codec: Codec, whole: Codec) -> None:
    annotations: dict[str, Any] = {}
    keyword_only = definition.kind == "model"
    after_optional = False
    for field in definition.fields:
        name = attribute(field.name)
        annotations[name] = _annotation(field, codec)
        # A required field after an optional one: Python has that for keyword-only fields alone.
        keyword_only = keyword_only or (after_optional and not _optional(field))
        after_optional = after_optional or _optional(field)
        setattr(cls, name, _field(field, codec, whole, keyword_only))
    cls.__annotations__ = annotations
    dataclasses.dataclass(frozen=definition.base == "frozen")(cls)


def _fill_typeddict(definition: TypeDef, cls: Any, codec: Codec, whole: Codec) -> None:
    cls.__annotations__ = {f.name: codec.resolve(f.type) for f in definition.fields}
    cls.__required_keys__ = frozenset(f.name for f in definition.fields if f.required)
    cls.__optional_keys__ = frozenset(f.name for f in definition.fields if not f.required)
    cls.__total__ = not cls.__optional_keys__


def _fill_namedtuple(definition: TypeDef, cls: Any, codec: Codec, whole: Codec) -> None:
    cls.__annotations__ = {f.name: codec.resolve(f.type) for f in definition.fields}
    optional = [f for f in definition.fields if _optional(f)]
    if optional != list(definition.fields[len(definition.fields) - len(optional) :]):
        raise ValueError(f"{definition.name}: a required field after one with a default: this contract is refused")
    defaults = [_default(f, codec) for f in optional]
    cls.__new__.__defaults__ = tuple(defaults)
    cls._field_defaults = {f.name: value for f, value in zip(optional, defaults, strict=True)}


def _fill_enum(definition: TypeDef, cls: type, codec: Codec, whole: Codec) -> None:
    """Nothing: an enumeration is whole when it is made."""


_FILL = {
    "dataclass": _fill_dataclass,
    "model": _fill_dataclass,
    "typeddict": _fill_typeddict,
    "namedtuple": _fill_namedtuple,
    "enum": _fill_enum,
}


def _annotation(field: Field, codec: Codec) -> Any:
    kind = codec.resolve(field.type)
    from pydantic import Field as Info

    if attribute(field.name) != field.name:
        kind = Annotated[kind, Info(alias=field.name)]
    if not _optional(field) or (field.default is not None and field.default.exact):
        return kind
    # Only the server knows this default, so a value that nobody gave does not go out.
    return Annotated[kind, Info(exclude_if=is_server_default)]


def _field(field: Field, codec: Codec, whole: Codec, keyword_only: bool) -> Any:
    if not _optional(field):
        return dataclasses.field(kw_only=keyword_only)
    try:
        default = _default(field, whole)
        hash(default)  # like dataclasses: what can change is made anew for each object
    except (ValueError, TypeError):  # a class that is not filled yet, or a list
        return dataclasses.field(default_factory=lambda: _default(field, codec), kw_only=keyword_only)
    return dataclasses.field(default=default, kw_only=keyword_only)


def _default(field: Field, codec: Codec) -> Any:
    return ServerDefault("...") if field.default is None else codec.default(field.default, field.type)


def _optional(field: Field) -> bool:
    return field.default is not None or not field.required


def _namespace(definition: TypeDef, contract: Contract) -> dict[str, Any]:
    return {"__module__": contract.service, "__qualname__": definition.name, "__doc__": definition.description or None}
