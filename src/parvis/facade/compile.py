"""A façade, compiled: the table of operations that routing, rights, documents and clients all read."""

from __future__ import annotations

import inspect
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any, Literal

from pydantic import JsonValue, PydanticUserError, TypeAdapter
from pydantic.errors import PydanticInvalidForJsonSchema

from ..contract import bodies, model
from ..contract.outcomes import Refusal
from ..contract.query_types import simple
from ..contract.routes import Shape, routes_of
from . import bind, docs, signature
from .checks import check_bound, check_names, check_only, check_operations
from .codec import Arguments, BrokenResult, Result, check_schema, result_of
from .constraint_text import constraint_text
from .errors import TargetError
from .examples import calls, value
from .members import LeftOut, Published, members
from .operation import Operation
from .operation_options import facts, read_origin, running, with_decorators
from .options import Options, matches
from .pydantic_hooks import prepare
from .schema import COMPONENTS, Schema, named
from .target import Target
from .types import TypeBook
from .unsupported import Unsupported

NOTHING = {
    "module": "it defines no public function; what it imports is not its own",
    "function": "it has no signature",
    **dict.fromkeys(("class", "instance", "factory"), "it has no public method of its own"),
}
"""Kind of target -> why it is empty, when not even a member was left out."""
_SERVICE = re.compile(r"[a-z][a-z0-9_]{0,62}\Z")


@dataclass(frozen=True, slots=True)
class Facade:
    """What is published, what is not and why, and the classes of the façade's own that values are made of."""

    contract: model.Contract
    operations: Mapping[str, Operation]
    left_out: tuple[LeftOut, ...]
    warnings: tuple[str, ...]
    classes: Mapping[str, type]
    target: Target
    options: Options


@dataclass(frozen=True, slots=True)
class _Draft:
    member: Published
    doc: docs.Doc
    signature: signature.Signature
    types: list[str]
    result_type: str
    arguments: Arguments
    result: Result
    bound: tuple[bind.Bound, ...]


def compile_facade(target: Target, options: Options | None = None, *, reserved: frozenset[str] = frozenset()) -> Facade:
    """Compile a façade. Raises :class:`TargetError` when it cannot be published as the options ask."""
    given = options or Options()
    found = list(members(target, given))
    options = with_decorators(given, found)
    known = bind.rules(options.bind)
    name = options.name or target.name
    if not _SERVICE.match(name) or name in reserved:
        reason = "it is an address of Parvis's own" if name in reserved else "use a-z, 0-9 and _, a letter first"
        raise TargetError(f"a service cannot be called {name!r}: {reason}; give another with --name")
    book = TypeBook()
    drafts: list[_Draft] = []
    left_out: list[LeftOut] = []
    for member in found:
        if isinstance(member, LeftOut):
            left_out.append(member)
        elif options.only and not matches(member.name, options.only):
            left_out.append(LeftOut(member.name, "not in `only`"))
        elif matches(member.name, options.hidden):
            left_out.append(LeftOut(member.name, "hidden by the publisher"))
        else:
            size = len(book)
            try:
                drafts.append(_draft(member, book, known))
            except Unsupported as error:
                book.forget(size)  # what is not published tells nothing of its types either
                left_out.append(LeftOut(member.name, str(error), refused=True))
    published = [d.member.name for d in drafts]
    check_only(options, published, left_out)
    check_names(given, [member.name for member in found], published)
    if not drafts:
        reasons = "; ".join(f"{item.name}: {item.reason}" for item in left_out[:3])
        raise TargetError(f"{target.text} has nothing to publish ({reasons or NOTHING[target.kind]})")
    check_bound(
        options, known, {d.member.name: d.bound for d in drafts}, {d.member.name for d in drafts if d.signature.caller}
    )
    contract, operations = _assemble(name, target, options, drafts, book)
    check_operations(options, operations)
    warnings = tuple(f"{d.member.name}: {w}" for d in drafts for w in d.signature.warnings)
    return Facade(contract, MappingProxyType(operations), tuple(left_out), warnings, book.classes, target, options)


def _draft(member: Published, book: TypeBook, known: tuple[bind.Rule, ...]) -> _Draft:
    if not model.NAME.match(member.name):
        raise Unsupported("its name is not plain ASCII")
    doc = docs.read(member.function)
    read = signature.read(member.function, bound=member.bound, doc=doc, book=book, owner=member.owner)
    empty = inspect.Parameter.empty
    positional = [(a.name, a.default) for a in read.arguments if a.kind == "positional_only"]
    for argument in read.arguments:
        prepare(argument.annotation)
    bound = bind.bound(
        member.name,
        [(a.name, a.annotation, a.default is empty) for a in read.arguments],
        known,
    )
    overridable = {b.name for b in bound if b.rule.overridable}
    read = _offered(read, {b.name for b in bound} - overridable, overridable)
    types, result_type = signature.texts(read, book)
    prepare(read.result)
    try:
        arguments = Arguments(
            member.name,
            {a.name: Any if a.annotation is object else a.annotation for a in read.arguments},
            {a.name for a in read.arguments if a.default is empty and a.name not in overridable},
            positional,
        )
        result = result_of(read.result, result_type)
        # Asked here, as the result's is, so that a type without a JSON form leaves out this operation alone.
        for argument, text in zip(read.arguments, types, strict=True):
            check_schema(argument.annotation, text)
    except (PydanticUserError, PydanticInvalidForJsonSchema, TypeError, ValueError) as error:
        raise Unsupported(str(error).partition("\n")[0]) from None
    return _Draft(member, doc, read, types, result_type, arguments, result, tuple(bound))


def _offered(read: signature.Signature, fixed: set[str], overridable: set[str]) -> signature.Signature:
    """The signature as callers see it: without what is fixed. What is overridable may be left out, so where it stands
    before something that may not, it goes to the end and has to be named."""
    arguments = [a for a in read.arguments if a.name not in fixed]
    required = [n for n, a in enumerate(arguments) if a.default is inspect.Parameter.empty
                and a.name not in overridable and a.kind != "keyword_only"]  # fmt: skip
    last = max(required, default=0)
    moved = [a for a in arguments[:last] if a.name in overridable]
    kept = [a for a in arguments if a not in moved]
    kept += [replace(a, kind="keyword_only") for a in moved]
    # What is said of a parameter that callers do not see is not for them, nor for the publisher who has bound it.
    warnings = tuple(w for w in read.warnings if w.partition(" has no type")[0] not in fixed)
    return replace(read, arguments=tuple(kept), warnings=warnings)


def _assemble(
    name: str, target: Target, options: Options, drafts: list[_Draft], book: TypeBook
) -> tuple[model.Contract, dict[str, Operation]]:
    schemas, components = _schemas(drafts)
    types = book.by_name
    specs: list[tuple[_Draft, tuple[model.Parameter, ...], model.ReadOrigin | None]] = []
    shapes: list[Shape] = []
    for draft in drafts:
        parameters = _parameters(draft, schemas[draft.member.name, "validation"], types, book)
        origin = read_origin(draft.member.name, stream=draft.signature.stream, reads=options.reads)
        specs.append((draft, parameters, origin))
        shapes.append(Shape(draft.member.name, parameters, origin is not None, draft.result_type == "None"))
    routes = routes_of(shapes)
    operations: dict[str, Operation] = {}
    for draft, parameters, origin in specs:
        full = draft.member.name
        example, shown = _example(draft, options)
        errors = signature.raised(draft.member.function, draft.doc, target.package)
        spec = model.Operation(
            name=full,
            parameters=parameters,
            result=model.Result(draft.result_type, schemas[full, "serialization"], draft.signature.stream,
                                draft.doc.returns, shown),
            routes=routes[full],
            summary=draft.doc.summary,
            description=draft.doc.description,
            errors=tuple(r.spec for r in errors),
            read=origin,
            bound={b.name: b.rule.source + (" overridable" if b.rule.overridable else "") for b in draft.bound},
            example=example,
            **{"deprecated": draft.doc.deprecated, "right": f"{name}.{full}"} | facts(full, options),
        )  # fmt: skip
        if spec.media and not (bodies.raw(spec) or bodies.upload(spec)):  # a pattern fits it by the way
            spec = replace(spec, media=None)
        operations[full] = Operation(
            spec=spec, path=draft.member.path, arguments=draft.arguments, result=draft.result, errors=errors,
            caller=draft.signature.caller, coroutine=draft.signature.coroutine, bound=draft.bound,
            files=tuple(p.name for p in parameters if bodies.is_file(p)),
            **running(full, draft.signature, options),
        )  # fmt: skip
    told = docs.read(target.shape) if target.kind != "function" else docs.Doc()
    contract = model.Contract(
        service=name,
        operations=tuple(o.spec for o in operations.values()),
        version=options.version,
        title=options.title or name.replace("_", " ").capitalize(),
        summary=told.summary,
        description=told.description,
        types=book.defs,
        schemas=components,
        parts=_parts(drafts),
    )
    return contract, operations


def _parts(drafts: list[_Draft]) -> dict[str, str]:
    """What the classes of the sub-façades say of themselves."""
    owners = {d.member.name.rpartition(".")[0]: d.member.owner for d in drafts}
    told = {name: docs.read(owner).summary for name, owner in owners.items() if name and owner is not None}
    return {name: text for name, text in told.items() if text}


_Example = tuple[dict[str, Any] | None, JsonValue]
"""The arguments of a call, and what it gives; None for what nobody says."""


def _example(draft: _Draft, options: Options) -> _Example:
    """The publisher's example, once it is known that the operation takes it."""
    given = options.examples.get(draft.member.name)
    if given is None:
        return _told_example(draft)
    try:
        draft.arguments.decode(json.dumps(given).encode())
    except (Refusal, TypeError, ValueError) as error:
        rows = error.members.get("errors", []) if isinstance(error, Refusal) else []
        told = "; ".join(f"{row['location']} {row['message']}" for row in rows) or str(error)
        raise TargetError(f"the example of {draft.member.name} is not a call of it: {told}") from None
    return dict(given), None


def _told_example(draft: _Draft) -> _Example:
    """The first call in the docstring that the operation takes, without what callers do not give."""
    if not draft.doc.examples:
        return None, None
    offered = {a.name for a in draft.signature.arguments}
    for call, shown in calls(draft.doc.examples, draft.member.function, bound=draft.member.bound):
        given = {name: value for name, value in call.items() if name in offered}
        try:
            draft.arguments.decode(json.dumps(given).encode())
        except (Refusal, TypeError, ValueError):
            continue
        return given, None if draft.signature.stream else _told_result(shown, draft.result)
    return None, None


def _told_result(shown: str, result: Result) -> JsonValue:
    """What the docstring shows below the call, where it is one value that the operation can give."""
    try:
        told: JsonValue = result.canonical(value(shown))
    except (ValueError, TypeError, BrokenResult):
        return None
    return told


def _schemas(drafts: list[_Draft]) -> tuple[dict[tuple[str, str], Any], dict[str, Any]]:
    """JSON Schema of every operation's arguments and result, and of the types that they share."""
    Mode_ = Literal["validation", "serialization"]
    inputs: list[tuple[str, Mode_, TypeAdapter[Any]]] = []
    first: dict[int, str] = {}  # results of one type are one object, asked once
    for d in drafts:
        inputs.append((d.member.name, "validation", d.arguments.adapter))
        if first.setdefault(id(d.result), d.member.name) == d.member.name:
            inputs.append((d.member.name, "serialization", d.result.adapter))
    found, whole = TypeAdapter.json_schemas(inputs, ref_template=COMPONENTS + "{model}", schema_generator=Schema)
    components: dict[str, Any] = dict(whole.get("$defs", {}))
    schemas: dict[tuple[str, str], Any] = {}
    for (key, mode), schema in found.items():
        if mode == "validation":
            reference = schema.get("$ref", "").rpartition("/")[2]
            schemas[key, mode] = components.pop(reference) if reference in components else schema
        else:
            schemas[key, mode] = schema["items"]
    for d in drafts:
        schemas[d.member.name, "serialization"] = schemas[first[id(d.result)], "serialization"]
    components, renamed = named(components, schemas.values())
    return dict(zip(schemas, renamed, strict=True)), components


def _parameters(
    draft: _Draft, schema: dict[str, Any], types: Mapping[str, model.TypeDef], book: TypeBook
) -> tuple[model.Parameter, ...]:
    return tuple(
        model.Parameter(
            name=a.name,
            kind=a.kind,
            type=text,
            schema={k: v for k, v in schema["properties"][a.name].items() if k != "title"},
            default=_default(a, text, draft, book),
            description=_description(a.name, draft.doc, schema["properties"][a.name]),
            simple=simple(text, types) is not None,
        )
        for a, text in zip(draft.signature.arguments, draft.types, strict=True)
    )


def _description(name: str, doc: docs.Doc, schema: Mapping[str, Any]) -> str:
    told, bounds = doc.parameters.get(name) or schema.get("description", ""), constraint_text(name, schema)
    return f"{told} ({bounds})" if told and bounds else told or bounds


def _default(argument: signature.Argument, text: str, draft: _Draft, book: TypeBook) -> model.Default | None:
    rule = next((b.rule for b in draft.bound if b.name == argument.name), None)
    if rule is not None:
        return model.Default(f"<{rule.source}>", exact=False)
    return None if argument.default is inspect.Parameter.empty else book.default(argument.default, text)
