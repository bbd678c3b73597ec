"""The terms of a contract: what callers rely on, and nothing that is only told to them.

Two rules. Terms are a contract themselves, without descriptions, examples and JSON Schemas, in the order of names, so
that two contracts with equal terms are the same to every caller. And nothing is lost that a value is held against: the
limits that only the JSON Schemas have (``ge``, ``max_length``, ``pattern``) stand in the type texts, as
``Annotated[int, Field(ge=1)]``.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from ..model import Contract, DeclaredError, Default, Field, Operation, Parameter, Result, TypeDef
from ..settings import PROMISES
from ..typetree import LIMITS, LITERAL, UNION, Node, parse

Schemas = Mapping[str, Any]


def terms(contract: Contract) -> Contract:
    """The terms of a contract. Those of terms are themselves. Raises ``ValueError`` for a type that is none."""
    limits = _Limits(contract)
    # What is sent first: of a class that is answered too, JSON Schema has fewer limits on the way out.
    for operation in contract.operations:
        for p in operation.parameters:
            limits.told(p.type, p.schema)
    limits.met(contract.types)
    operations = [_operation(o, contract.service, limits) for o in sorted(contract.operations, key=lambda o: o.name)]
    types = {t.name: _type(t, limits) for t in limits.met(contract.types)}
    used = reachable(operations, types)
    return Contract(
        service=contract.service,
        version=contract.version,
        operations=tuple(operations),
        types=tuple(types[name] for name in sorted(used)),
    )


def spoken_of(operation: Operation) -> Iterator[str]:
    """The classes in an operation's own signature."""
    for text in (*(p.type for p in operation.parameters), operation.result.type):
        yield from parse(text).names()


def reachable(operations: Iterable[Operation], types: Mapping[str, TypeDef]) -> set[str]:
    """The classes that operations speak of, and those that these speak of."""
    return closure((name for operation in operations for name in spoken_of(operation)), types)


def closure(names: Iterable[str], types: Mapping[str, TypeDef]) -> set[str]:
    """Classes by name, and those that their fields speak of. Raises ``ValueError`` for one that is not defined."""
    found: set[str] = set()
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        if name in found:
            continue
        if name not in types:
            raise ValueError(f"the type {name!r} is spoken of and nowhere defined")
        found.add(name)
        waiting += [inner for field in types[name].fields for inner in parse(field.type).names()]
    return found


def restricted(contract: Contract, operations: Iterable[Operation]) -> Contract:
    """The contract with these operations alone, and only the classes and schemas that they need."""
    kept = tuple(operations)
    types = reachable(kept, {t.name: t for t in contract.types})
    schemas: dict[str, Any] = {}
    waiting: list[Any] = [schema for o in kept for schema in (*(p.schema for p in o.parameters), o.result.schema)]
    while waiting:
        for name in _references(waiting.pop()):
            if name not in schemas and name in contract.schemas:
                schemas[name] = contract.schemas[name]
                waiting.append(schemas[name])
    return replace(
        contract,
        operations=kept,
        types=tuple(t for t in contract.types if t.name in types),
        schemas={name: schema for name, schema in contract.schemas.items() if name in schemas},
        parts={name: told for name, told in contract.parts.items() if any(o.name.startswith(f"{name}.") for o in kept)},
    )


def _references(schema: Any) -> Iterator[str]:
    if isinstance(schema, Mapping):
        if isinstance(schema.get("$ref"), str):
            yield schema["$ref"].rpartition("/")[2]
        for value in schema.values():
            yield from _references(value)
    elif isinstance(schema, list):
        for value in schema:
            yield from _references(value)


def _operation(operation: Operation, service: str, limits: _Limits) -> Operation:
    errors = {e.name: DeclaredError(e.name, e.base, e.status) for e in reversed(operation.errors)}
    result = operation.result
    promised = {f: p.from_lock(p.to_lock(getattr(operation, f))) for f, p in PROMISES.items()}
    return Operation(
        name=operation.name,
        parameters=tuple(_parameter(p, limits) for p in operation.parameters),
        result=Result(limits.told(result.type, result.schema), {}, result.stream),
        routes=operation.routes,
        errors=tuple(errors[name] for name in sorted(errors)),
        **promised | {"right": operation.right or f"{service}.{operation.name}"},
    )


def _parameter(p: Parameter, limits: _Limits) -> Parameter:
    return Parameter(p.name, p.kind, limits.told(p.type, p.schema), {}, default(p.default), simple=p.simple)


def _type(definition: TypeDef, limits: _Limits) -> TypeDef:
    schema = limits.component(definition.name)
    fields = tuple(
        Field(f.name, limits.told(f.type, _field(schema, f.name, index)), f.required, default(f.default))
        for index, f in enumerate(definition.fields)
    )
    return TypeDef(definition.name, definition.kind, fields, definition.members, definition.base)


def _field(schema: Schemas, name: str, index: int) -> Schemas:
    found: Schemas = schema.get("properties", {}).get(name) or _at(schema.get("prefixItems", ()), index)
    return found


def default(given: Default | None) -> Default | None:
    """A default by its text alone, as Python writes it; ``...`` where the text is no Python, like ``<object>``."""
    if given is None:
        return None
    try:
        return Default(ast.unparse(ast.parse(given.text.strip(), mode="eval").body))
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        return Default("...")


class _Limits:
    """Type texts with the limits that their JSON Schemas have, by walking both side by side."""

    def __init__(self, contract: Contract) -> None:
        self._types = {t.name: t for t in contract.types}
        self._schemas = contract.schemas
        self._components: dict[str, Schemas] = {}

    def component(self, name: str) -> Schemas:
        """The JSON Schema of a class that was met."""
        return self._components.get(name, {})

    def met(self, definitions: Iterable[TypeDef]) -> list[TypeDef]:
        """The definitions, once their fields were walked: a class's schema is known when a walk has met it."""
        known = list(definitions)
        walked: set[str] = set()
        while ready := [d for d in known if d.name in self._components and d.name not in walked]:
            for definition in ready:
                walked.add(definition.name)
                _type(definition, self)
        return known

    def told(self, text: str, schema: Schemas) -> str:
        return str(self._walk(parse(text), schema))

    def _walk(self, node: Node, schema: Any) -> Node:
        schema = schema if isinstance(schema, Mapping) else {}
        if node.head in self._types:
            target = self._schemas.get(schema.get("$ref", "").rpartition("/")[2], schema)
            self._components.setdefault(node.head, target)
            return node
        match node.head:
            case "|":
                args = self._union(node, schema)
            case "dict" | "OrderedDict" | "defaultdict" | "Counter":
                keyed = schema.get("patternProperties")  # how pydantic writes keys that have a pattern
                pattern, value = next(iter(keyed.items())) if keyed else (None, schema.get("additionalProperties"))
                key = {"pattern": pattern} if keyed else schema.get("propertyNames")
                args = tuple(self._walk(arg, each) for arg, each in zip(node.args, (key, value), strict=False))
            case "tuple" if len(node.args) != 2 or node.args[1].head != "...":
                items = schema.get("prefixItems", ())
                return replace(node, args=tuple(self._walk(a, _at(items, i)) for i, a in enumerate(node.args)))
            case _:
                args = tuple(self._walk(arg, schema.get("items")) for arg in node.args)
        return replace(node, args=args, limits=node.limits or _limits(node, schema))

    def _union(self, node: Node, schema: Schemas) -> tuple[Node, ...]:
        """The members, each with its own branch, where there is one for each: equal branches are written once."""
        branches = list(schema.get("anyOf") or schema.get("oneOf") or ())
        if not branches:
            return tuple(self._walk(member, {}) for member in node.args)
        found: list[Node] = []
        for member in node.args:
            # A number that is read from text too has two branches.
            both = branches[:2] if member.head in ("Decimal", "Fraction") else []
            twofold = [b.get("type") for b in both] == ["number", "string"]
            own = branches[: 2 if twofold else 1]
            del branches[: len(own)]
            if not own:
                return node.args
            found.append(self._walk(member, {"anyOf": own} if twofold else own[0]))
        return node.args if branches else tuple(found)


def _limits(node: Node, schema: Schemas) -> tuple[tuple[str, Any], ...]:
    if node.head in (LITERAL, UNION):
        return ()
    found: dict[str, Any] = {}
    for form in (schema, *schema.get("anyOf", ())):
        for keyword, name in LIMITS.items():
            if keyword in form:
                found.setdefault(name, form[keyword])
    return tuple(sorted(found.items()))


def _at(items: Any, index: int) -> Schemas:
    return items[index] if index < len(items) and isinstance(items[index], Mapping) else {}
