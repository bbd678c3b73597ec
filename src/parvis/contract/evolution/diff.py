"""What differs between two contracts, and whether it breaks callers.

One rule: every difference is a row of :data:`.changes.KINDS`, told once, where it stands: what changed
in a class is told of the class, in the direction in which the operations of both contracts use it, and not again for
each operation that speaks of it. Differences that no caller can notice are none: descriptions, examples, the order of
the code, two ways to write one type.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from ..model import Contract, DeclaredError, Operation, Parameter, TypeDef
from ..settings import PROMISES
from ..typetree import parse
from .changes import Change
from .class_changes import Position, class_changes
from .normalized import closure, terms
from .renames import renamed_classes, with_names
from .subtypes import relation

TypeDefs = Mapping[str, TypeDef]


def diff(old: Contract, new: Contract) -> list[Change]:
    """Every difference between two contracts of one service: its own first, then operations and classes by name."""
    if old.service != new.service:
        return compare([old], [new])
    old, new = terms(old), terms(new)
    renamed = renamed_classes(old, new)
    return _Diff(with_names(old, renamed), new).run(renamed)


def compare(old: Iterable[Contract], new: Iterable[Contract]) -> list[Change]:
    """Every difference between two sets of services, matched by name and version.

    A service of one version that comes back under another has changed its version; one more version is an addition.
    """
    before = {(c.service, c.version): c for c in old}
    after = {(c.service, c.version): c for c in new}
    changes: list[Change] = []
    for service in sorted({name for name, _ in before.keys() | after.keys()}):
        gone = [key for key in sorted(before) if key[0] == service and key not in after]
        came = [key for key in sorted(after) if key[0] == service and key not in before]
        for key in sorted(before.keys() & after.keys()):
            if key[0] == service:
                changes += diff(before[key], after[key])
        if len(gone) == len(came) == 1:
            changes += diff(before[gone[0]], after[came[0]])
            continue
        changes += [Change("service-removed", label(before[key]), "", "is gone") for key in gone]
        changes += [Change("service-added", label(after[key]), "", "is new") for key in came]
    return changes


def label(contract: Contract) -> str:
    """``shop v1``."""
    return f"{contract.service} v{contract.version}"


class _Diff:
    def __init__(self, old: Contract, new: Contract) -> None:
        self._old, self._new = old, new
        self._old_types = {t.name: t for t in old.types}
        self._new_types = {t.name: t for t in new.types}
        self._types: TypeDefs = self._old_types | self._new_types
        self._changes: list[Change] = []

    def _add(self, kind: str, subject: str, text: str) -> None:
        self._changes.append(Change(kind, label(self._new), subject, text))

    def run(self, renamed: Mapping[str, str]) -> list[Change]:
        if self._old.version != self._new.version:
            self._add("version-changed", "", f"was v{self._old.version}: every address changes")
        before = {o.name: o for o in self._old.operations}
        after = {o.name: o for o in self._new.operations}
        for name in sorted(before.keys() | after.keys()):
            if name not in after:
                self._add("operation-removed", name, f"is gone: {before[name].signature}")
            elif name not in before:
                self._add("operation-added", name, f"is new: {after[name].signature}")
            else:
                self._operation(before[name], after[name])
        for was, now in sorted(renamed.items()):
            self._add("type-renamed", now, f"was called `{was}`")
        both = sorted(before.keys() & after.keys())
        positions = _positions([before[n] for n in both], self._old_types, [after[n] for n in both], self._new_types)
        for name in sorted(positions):
            for kind, text in class_changes(self._old_types[name], self._new_types[name], positions[name], self._types):
                self._add(kind, name, text)
        return self._changes

    def _operation(self, old: Operation, new: Operation) -> None:
        self._parameters(old, new)
        self._result(old, new)
        self._errors(old, new)
        for field in PROMISES:
            self._promised(field, old, new)
            if field == "read":
                self._routes(old, new)  # which follow from it

    def _promised(self, field: str, old: Operation, new: Operation) -> None:
        before, now = getattr(old, field), getattr(new, field)
        if before != now:
            for kind, text in PROMISES[field].differences(before, now):
                self._add(kind, new.name, text)

    def _routes(self, old: Operation, new: Operation) -> None:
        before = {(r.method, r.path) for r in old.routes}
        after = {(r.method, r.path) for r in new.routes}
        told = "GET" if bool(old.read) != bool(new.read) else None  # with the read itself
        for method, path in sorted(before - after):
            if method != told:
                self._add("route-lost", new.name, f"`{method} {self._new.prefix}{path}` is gone")
        for method, path in sorted(after - before):
            if method != told:
                self._add("route-added", new.name, f"`{method} {self._new.prefix}{path}` is new")

    def _result(self, old: Operation, new: Operation) -> None:
        if old.result.stream != new.result.stream:
            kind = "became-stream" if new.result.stream else "became-value"
            self._add(kind, new.name, f"gives `{new.returns}`, not `{old.returns}`")
            return
        found = relation(parse(old.result.type), parse(new.result.type), self._types)
        if found != "same":
            kind = _GIVES[found]
            what = "each item" if new.result.stream else "the result"
            self._add(kind, new.name, f"{what} is `{new.result.type}`, was `{old.result.type}`")

    def _errors(self, old: Operation, new: Operation) -> None:
        before, after = {e.name: e for e in old.errors}, {e.name: e for e in new.errors}
        for name in sorted(before.keys() | after.keys()):
            if name not in after:
                self._add("error-removed", new.name, f"no longer declares `{name}`")
            elif name not in before:
                self._add("error-added", new.name, f"declares `{name}`")
            elif _kind(before[name]) != _kind(after[name]):
                text = f"`{name}` is a {_kind(after[name])}, was a {_kind(before[name])}"
                self._add("error-changed", new.name, text)

    def _parameters(self, old: Operation, new: Operation) -> None:
        renamed = self._renamed_parameters(old, new)
        before = {renamed.get(p.name, p.name): p for p in old.parameters}
        after = {p.name: p for p in new.parameters}
        for was, now in renamed.items():
            self._add("parameter-renamed", new.name, f"the parameter `{was}` is called `{now}`")
        for name, p in before.items():
            if name not in after:
                self._add("parameter-removed", new.name, f"the parameter `{name}` is gone")
            else:
                self._parameter(new.name, p, after[name])
        added = [p for name, p in after.items() if name not in before]
        for p in added:
            default = "" if p.default is None else f" = {p.default.text}"
            kind = "required-parameter-added" if p.required else "optional-parameter-added"
            self._add(kind, new.name, f"the parameter `{p.name}: {p.type}{default}` is new")
        # What a required parameter shifts is told with it.
        shifting = {p.name for p in added if p.required}
        first = [name for name, p in before.items() if name in after and _positional(p) and _positional(after[name])]
        places = [name for name, p in after.items() if _positional(p) and name not in shifting]
        if places[: len(first)] != first:
            moved = next(a for a, b in zip(first, places, strict=False) if a != b)
            self._add("parameters-reordered", new.name, f"the parameter `{moved}` stands in another place")

    def _parameter(self, operation: str, old: Parameter, new: Parameter) -> None:
        name = new.name
        if old.kind != new.kind:
            lost = (_positional(old) and not _positional(new)) or (_named(old) and not _named(new))
            kind = "parameter-kind-narrowed" if lost else "parameter-kind-widened"
            self._add(kind, operation, f"the parameter `{name}` is given {_HOW[new.kind]}, was {_HOW[old.kind]}")
        found = relation(parse(old.type), parse(new.type), self._types)
        if found != "same":
            kind = _TAKES[found]
            self._add(kind, operation, f"the parameter `{name}` takes `{new.type}`, took `{old.type}`")
        if old.default is None and new.default is not None:
            text = f"the parameter `{name}` may be left out: it is `{new.default.text}` then"
            self._add("parameter-became-optional", operation, text)
        elif new.default is None and old.default is not None:
            self._add("parameter-became-required", operation, f"the parameter `{name}` may no longer be left out")
        elif old.default != new.default and old.default and new.default:
            text = f"the default of `{name}` is `{new.default.text}`, was `{old.default.text}`"
            self._add("default-changed", operation, text)

    def _renamed_parameters(self, old: Operation, new: Operation) -> dict[str, str]:
        """Old name -> new, where all else is the same and stands in the same place."""
        names = {p.name for p in old.parameters}, {p.name for p in new.parameters}
        return {
            a.name: b.name
            for a, b in zip(old.parameters, new.parameters, strict=False)
            if a.name not in names[1]
            and b.name not in names[0]
            and (a.kind, a.default) == (b.kind, b.default)
            and relation(parse(a.type), parse(b.type), self._types) == "same"
        }


_TAKES = {"wider": "parameter-widened", "narrower": "parameter-narrowed", "changed": "parameter-type-changed"}
_GIVES = {"wider": "result-widened", "narrower": "result-narrowed", "changed": "result-type-changed"}
_HOW = {
    "positional_only": "by position alone",
    "positional_or_keyword": "by position or by name",
    "keyword_only": "by name alone",
}


def _positional(p: Parameter) -> bool:
    return p.kind != "keyword_only"


def _named(p: Parameter) -> bool:
    return p.kind != "positional_only"


def _kind(error: DeclaredError) -> str:
    return f"{error.base} ({error.status})"


def _positions(
    before: Sequence[Operation], old: TypeDefs, after: Sequence[Operation], new: TypeDefs
) -> dict[str, Position]:
    """The classes that the operations of both contracts use, each with how."""

    def used(operations: Sequence[Operation], types: TypeDefs) -> tuple[set[str], set[str]]:
        sent = (name for o in operations for p in o.parameters for name in parse(p.type).names())
        answered = (name for o in operations for name in parse(o.result.type).names())
        return closure(sent, types), closure(answered, types)

    (sent_before, answered_before), (sent_after, answered_after) = used(before, old), used(after, new)
    sent, answered = sent_before & sent_after, answered_before & answered_after
    return {name: Position(name in sent, name in answered) for name in sent | answered}
