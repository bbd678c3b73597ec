"""From the names of operations to HTTP routes (docs/mapping.md).

Two rules. Nothing is guessed from values: names and parameters decide. No two routes of a service ever match one
request, because every resource form obeys the two laws in :func:`routes_of`; so the order of the operations tells
nothing, and a router need not rank literal segments before ``{id}``.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from .model import Parameter, Route

Method = Literal["GET", "POST", "PUT", "PATCH", "DELETE"]


@dataclass(frozen=True, slots=True)
class Verb:
    """How one conventional name of a sub-façade maps; ``item`` when the first required parameter is the id."""

    method: Method
    item: bool
    status: int = 200


VERBS: dict[str, Verb] = {
    "get": Verb("GET", item=True),
    "list": Verb("GET", item=False),
    "create": Verb("POST", item=False, status=201),
    "update": Verb("PATCH", item=True),
    "replace": Verb("PUT", item=True),
    "delete": Verb("DELETE", item=True, status=204),
}

OWN = frozenset({"/openapi.json", "/contract.json"})
"""What Parvis itself answers to a ``GET`` below a service: an operation so named has its ``POST`` alone."""


@dataclass(frozen=True, slots=True)
class Shape:
    """What routing needs to know of an operation."""

    name: str
    parameters: tuple[Parameter, ...]
    read: bool
    returns_nothing: bool = False


def routes_of(shapes: Iterable[Shape]) -> dict[str, tuple[Route, ...]]:
    """The routes of every operation of a service by its name, the resource form first, the canonical ``POST`` always.

    The laws: below a sub-façade that has an ``{id}`` address nothing else stands (its own methods without an id and
    its sub-façades keep the canonical form); and where a name is an operation and a sub-façade at once, the operation
    has the address.
    """
    by_name = {s.name: s for s in shapes}
    with_ids = {_parent(s.name) for s in by_name.values() if _parent(s.name) and _identifier(s)}
    table: dict[str, tuple[Route, ...]] = {}
    for s in by_name.values():
        parent = _parent(s.name)
        free = not (by_name.keys() & {parent, *_above(parent)} or with_ids & {*_above(parent)})
        resource = _resource(s, beside_ids=parent in with_ids) if parent and free else ()
        table[s.name] = (*resource, *_canonical(s))
    return table


def queryable(parameters: Iterable[Parameter], *, read: bool) -> bool:
    """True for a read whose required parameters are all simple."""
    return read and all(p.simple for p in parameters if p.required)


def _canonical(s: Shape) -> tuple[Route, ...]:
    path = f"/{s.name}"
    get = queryable(s.parameters, read=s.read) and path not in OWN
    return (Route("POST", path), Route("GET", path)) if get else (Route("POST", path),)


def _resource(s: Shape, *, beside_ids: bool) -> tuple[Route, ...]:
    """The addresses that the name of a sub-façade's operation gives it; none where its arguments do not fit."""
    parent, _, leaf = s.name.rpartition(".")
    base = "/" + parent.replace(".", "/")
    identifier = _identifier(s)
    if leaf in VERBS:
        verb = VERBS[leaf]
        if (verb.item and identifier is None) or not _fits(verb, s, identifier):
            return ()
        status = 200 if verb.status == 204 and not s.returns_nothing else verb.status
        return (Route(verb.method, f"{base}/{{id}}" if verb.item else base, status, identifier),)
    if identifier is None and beside_ids:
        return ()
    path = f"{base}/{leaf}" if identifier is None else f"{base}/{{id}}/{leaf}"
    post = Route("POST", path, id=identifier)
    return (Route("GET", path, id=identifier), post) if queryable(s.parameters, read=s.read) else (post,)


def _identifier(s: Shape) -> str | None:
    """The parameter that may stand in the path as ``{id}``: required, one simple value, and in its place by name or by
    being positional-only."""
    verb = VERBS.get(_leaf(s.name))
    if verb is None:
        first = s.parameters[0] if s.parameters and s.parameters[0].kind == "positional_only" else None
    else:
        first = next((p for p in s.parameters if p.required), None) if verb.item else None
    if first is None or not first.required or not first.simple or _repeated(first):
        return None
    return first.name if verb is None or _fits(verb, s, first.name) else None


def _fits(verb: Verb, s: Shape, identifier: str | None) -> bool:
    """True when the arguments beside the id can be said: in a query, where the method carries no body."""
    rest = [p for p in s.parameters if p.name != identifier]
    match verb.method:
        case "GET":
            return queryable(rest, read=s.read)
        case "DELETE":
            return queryable(rest, read=True)
        case _:
            return True


def _repeated(p: Parameter) -> bool:
    """True for a list, also an optional one: it stands in a query as a repeated name, and never in a path."""
    forms = [p.schema, *p.schema.get("anyOf", ())]
    return any(form.get("type") == "array" for form in forms)


def _leaf(name: str) -> str:
    return name.rpartition(".")[2]


def _parent(name: str) -> str:
    return name.rpartition(".")[0]


def _above(name: str) -> set[str]:
    parts = name.split(".")
    return {".".join(parts[:n]) for n in range(1, len(parts))}
