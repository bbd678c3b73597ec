"""What differs between two versions of one class that crosses the wire, in the direction in which it is used."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from ..model import Field, Member, TypeDef
from ..typetree import parse
from .subtypes import relation

Told = tuple[str, str]
"""A kind of :data:`.changes.KINDS` and what happened, in words."""

TypeDefs = Mapping[str, TypeDef]


class Position(NamedTuple):
    """How values of a class cross: ``sent`` by callers, ``answered`` to them, or both."""

    sent: bool
    answered: bool


def class_changes(old: TypeDef, new: TypeDef, at: Position, types: TypeDefs) -> Iterator[Told]:
    """The differences between two definitions of one class."""
    if old.kind != new.kind:
        yield "type-kind-changed", f"is a {_WORDS[new.kind]}, was a {_WORDS[old.kind]}"
        return
    if old.base != new.base:
        yield "type-base-changed", f"is {_base(new)}, was {_base(old)}"
    if new.kind == "enum":
        yield from _members(old, new, at)
    else:
        yield from _fields(old, new, at, types)


_WORDS = {
    "dataclass": "dataclass",
    "model": "pydantic model",
    "typeddict": "TypedDict",
    "namedtuple": "named tuple",
    "enum": "enumeration",
}


def _base(definition: TypeDef) -> str:
    if definition.kind == "enum":
        return f"a {definition.base or 'Enum'}"
    return definition.base or "not frozen"


def _members(old: TypeDef, new: TypeDef, at: Position) -> Iterator[Told]:
    before, after = {m.name: m for m in old.members}, {m.name: m for m in new.members}
    free = [m for m in new.members if m.name not in before]
    for name, member in before.items():
        if name in after:
            if _value(member) != _value(after[name]):
                yield "member-value-changed", f"`{name}` is {_value(after[name])}, was {_value(member)}"
            continue
        other = next((m for m in free if _value(m) == _value(member)), None)
        if other is not None:
            free.remove(other)
            yield "member-renamed", f"`{name}` is called `{other.name}`"
        else:
            kind = "sent-member-removed" if at.sent else "answered-member-removed"
            yield kind, f"`{name}` ({_value(member)}) is gone"
    for member in free:
        kind = "answered-member-added" if at.answered else "sent-member-added"
        yield kind, f"`{member.name}` ({_value(member)}) is new"


def _value(member: Member) -> str:
    return repr(member.value)


def _fields(old: TypeDef, new: TypeDef, at: Position, types: TypeDefs) -> Iterator[Told]:
    before, after = {f.name: f for f in old.fields}, {f.name: f for f in new.fields}
    shifting: set[str] = set()
    for name, field in before.items():
        if name not in after:
            yield "field-removed", f"the field `{name}` is gone"
        else:
            yield from _field(new, field, after[name], at, types)
    for name, field in after.items():
        if name not in before:
            kind = _added(new, field, at)
            if kind != "field-added":
                shifting.add(name)
            default = "" if field.default is None else f" = {field.default.text}"
            yield kind, f"the field `{name}: {field.type}{default}` is new"
    if new.kind == "namedtuple" or (new.kind == "dataclass" and at.sent):
        # What a field shifts that breaks callers anyway is told with it.
        kept = [name for name in before if name in after]
        now = [name for name in after if name not in shifting]
        if now[: len(kept)] != kept:
            moved = next(a for a, b in zip(kept, now, strict=False) if a != b)
            yield "fields-reordered", f"the field `{moved}` stands in another place"


def _added(definition: TypeDef, field: Field, at: Position) -> str:
    if at.sent and field.required:
        return "required-field-added"
    return "item-added" if at.answered and definition.kind == "namedtuple" else "field-added"


def _field(definition: TypeDef, old: Field, new: Field, at: Position, types: TypeDefs) -> Iterator[Told]:
    name = new.name
    found = relation(parse(old.type), parse(new.type), types)
    if found != "same":
        yield _typed(found, at), f"the field `{name}` is `{new.type}`, was `{old.type}`"
    # Only a TypedDict leaves a field out of an answer; any other class always has a value for it.
    absent = definition.kind == "typeddict" and at.answered
    if old.required and not new.required:
        if absent:
            yield "field-may-be-absent", f"the field `{name}` may be absent"
        elif at.sent:
            yield "field-became-optional", f"the field `{name}` may be left out"
    elif new.required and not old.required:
        if at.sent:
            yield "field-became-required", f"the field `{name}` may no longer be left out"
        elif absent:
            yield "field-always-present", f"the field `{name}` is always there"
    elif at.sent and old.default != new.default:
        was, now = (f.default.text if f.default else "absent" for f in (old, new))
        yield "default-changed", f"the default of `{name}` is `{now}`, was `{was}`"


def _typed(found: str, at: Position) -> str:
    if found == "wider":
        return "answered-field-widened" if at.answered else "sent-field-widened"
    if found == "narrower":
        return "sent-field-narrowed" if at.sent else "answered-field-narrowed"
    return "field-type-changed"
