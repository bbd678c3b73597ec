"""A façade, compiled: the table of operations that routing, rights, documents and clients all read."""

from __future__ import annotations

import inspect
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any, Literal

from pydantic import PydanticUserError, TypeAdapter
from pydantic.errors import PydanticInvalidForJsonSchema

from ..contract import model
from ..contract.outcomes import Refusal
from ..contract.routes import Shape, routes_of
from ..contract.simple import simple
from . import bind, docs, signature
from .codec import Arguments, Result
from .errors import TargetError
from .hooks import is_loose, prepare
from .members import LeftOut, Published, members
from .operation import Mode, Operation
from .options import Options, by_pattern, matches
from .schema import Schema
from .target import Target
from .types import TypeBook, Unsupported

RESERVED = frozenset({"errors", "health", "mcp", "metrics", "oauth", "operator", "parvis", "register", "static"})
"""Names that no service may have: Parvis's own addresses."""

READ_WORDS = frozenset({"get", "list", "find", "search", "count", "lookup", "describe", "is", "has"})
NOTHING = {
    "module": "it defines no public function; what it imports is not its own",
    "function": "it has no signature",
    **dict.fromkeys(("class", "instance", "factory"), "it has no public method of its own"),
}
"""Kind of target -> why it is empty, when not even a member was left out."""
_WORD = re.compile(r"[a-z]+|[A-Z][a-z]*|[0-9]+")
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


def compile_facade(target: Target, options: Options | None = None, *, reserved: frozenset[str] = RESERVED) -> Facade:
    """Compile a façade. Raises :class:`TargetError` when it cannot be published as the options ask."""
    found = list(members(target, options or Options()))
    options = annotated(options or Options(), found)
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
    _check_only(options, drafts, left_out)
    _check_names(options, known, drafts)
    if not drafts:
        reasons = "; ".join(f"{item.name}: {item.reason}" for item in left_out[:3])
        raise TargetError(f"{target.text} has nothing to publish ({reasons or NOTHING[target.kind]})")
    contract, operations = _assemble(name, target, options, drafts, book)
    warnings = tuple(f"{d.member.name}: {w}" for d in drafts for w in d.signature.warnings)
    return Facade(contract, MappingProxyType(operations), tuple(left_out), warnings, book.classes, target, options)


def _draft(member: Published, book: TypeBook, known: tuple[bind.Rule, ...]) -> _Draft:
    if not model.NAME.match(member.name):
        raise Unsupported("its name is not plain ASCII")
    doc = docs.read(member.function)
    read = signature.read(member.function, bound=member.bound, doc=doc, book=book, owner=member.owner)
    empty = inspect.Parameter.empty
    positional = [(a.name, a.default) for a in read.arguments if a.kind == "positional_only"]
    bound = bind.bound(
        member.name,
        [(a.name, a.annotation, a.default is empty) for a in read.arguments],
        known,
    )
    overridable = {b.name for b in bound if b.rule.overridable}
    fixed = {b.name for b in bound} - overridable
    read = replace(read, arguments=tuple(a for a in read.arguments if a.name not in fixed))
    types, result_type = signature.texts(read, book)
    for argument in read.arguments:
        prepare(argument.annotation)
    prepare(read.result)
    try:
        arguments = Arguments(
            member.name,
            {a.name: Any if a.annotation is object else a.annotation for a in read.arguments},
            {a.name for a in read.arguments if a.default is empty and a.name not in overridable},
            positional,
        )
        result = Result(read.result, loose=is_loose(read.result))
        # Asked here, as the result's is, so that a type without a JSON form leaves out this operation alone.
        arguments.adapter.json_schema(mode="validation", schema_generator=Schema)
    except (PydanticUserError, PydanticInvalidForJsonSchema, TypeError, ValueError) as error:
        raise Unsupported(str(error).partition("\n")[0]) from None
    return _Draft(member, doc, read, types, result_type, arguments, result, tuple(bound))


def _check_only(options: Options, drafts: list[_Draft], left_out: list[LeftOut]) -> None:
    published = [d.member.name for d in drafts]
    for wanted in options.only:
        if not any(matches(name, (wanted,)) for name in published):
            reason = next((item.reason for item in left_out if item.name == wanted), "there is no such method")
            raise TargetError(f"only = {wanted!r} cannot be published: {reason}")


def _check_names(options: Options, known: tuple[bind.Rule, ...], drafts: list[_Draft]) -> None:
    """Options that name an operation which is not there are a mistake, most likely of spelling."""
    published = {d.member.name for d in drafts}
    for setting in ("examples", "costs", "rights", "public", "deprecated"):
        for wanted in getattr(options, setting):
            if not any(matches(name, (wanted,)) for name in published):
                offered = ", ".join(sorted(published))
                raise TargetError(f"{setting}: there is no operation {wanted!r}; there are {offered}")
    for d in drafts:
        if by_pattern(d.member.name, options.public) is not None and (d.bound or d.signature.caller):
            raise TargetError(f"public: {d.member.name} depends on who calls, so nobody else may keep its answers")
    for rule in known:
        if not any(b.rule is rule for d in drafts for b in d.bound):
            raise TargetError(f"bind: {rule.text!r} fits no parameter of a published operation")


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
        errors = signature.raised(draft.member.function, draft.doc, target.package)
        spec = model.Operation(
            name=full,
            parameters=parameters,
            result=model.Result(draft.result_type, schemas[full, "serialization"], draft.signature.stream,
                                draft.doc.returns),
            routes=routes[full],
            summary=draft.doc.summary,
            description=draft.doc.description,
            errors=tuple(r.spec for r in errors),
            read=origin,
            deprecated=by_pattern(full, options.deprecated) or draft.doc.deprecated,
            right=by_pattern(full, options.rights) or f"{name}.{full}",
            cost=by_pattern(full, options.costs) or 1,
            public=by_pattern(full, options.public),
            example=_example(draft, options),
        )  # fmt: skip
        operations[full] = Operation(
            spec, draft.member.path, _mode(full, draft.signature, options), draft.arguments, draft.result, errors,
            draft.signature.caller, draft.signature.coroutine, draft.bound,
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
    )
    return contract, operations


def _example(draft: _Draft, options: Options) -> dict[str, Any] | None:
    """The publisher's example, once it is known that the operation takes it."""
    given = options.examples.get(draft.member.name)
    if given is None:
        return None
    try:
        draft.arguments.decode(json.dumps(given).encode())
    except (Refusal, TypeError, ValueError) as error:
        rows = error.members.get("errors", []) if isinstance(error, Refusal) else []
        told = "; ".join(f"{row['location']} {row['message']}" for row in rows) or str(error)
        raise TargetError(f"the example of {draft.member.name} is not a call of it: {told}") from None
    return dict(given)


def _schemas(drafts: list[_Draft]) -> tuple[dict[tuple[str, str], Any], dict[str, Any]]:
    """JSON Schema of every operation's arguments and result, and of the types that they share."""
    Mode_ = Literal["validation", "serialization"]
    inputs: list[tuple[str, Mode_, TypeAdapter[Any]]] = []
    for d in drafts:
        inputs.append((d.member.name, "validation", d.arguments.adapter))
        inputs.append((d.member.name, "serialization", d.result.adapter))
    found, whole = TypeAdapter.json_schemas(
        inputs, ref_template="#/components/schemas/{model}", schema_generator=Schema
    )
    components: dict[str, Any] = dict(whole.get("$defs", {}))
    schemas: dict[tuple[str, str], Any] = {}
    for (key, mode), schema in found.items():
        if mode == "validation":
            reference = schema.get("$ref", "").rpartition("/")[2]
            schemas[key, mode] = components.pop(reference) if reference in components else schema
        else:
            schemas[key, mode] = schema["items"]
    return schemas, components


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
            description=draft.doc.parameters.get(a.name, ""),
            simple=simple(text, types) is not None,
        )
        for a, text in zip(draft.signature.arguments, draft.types, strict=True)
    )


def _default(argument: signature.Argument, text: str, draft: _Draft, book: TypeBook) -> model.Default | None:
    rule = next((b.rule for b in draft.bound if b.name == argument.name), None)
    if rule is not None:
        return model.Default(f"<{rule.source}>", exact=False)
    return None if argument.default is inspect.Parameter.empty else book.default(argument.default, text)


def annotated(options: Options, found: list[Published | LeftOut]) -> Options:
    """The options with what decorators say of the operations (:mod:`parvis.publish`); the options win."""
    lists: dict[str, list[str]] = {"reads": [], "inline": [], "hidden": []}
    tables: dict[str, dict[str, Any]] = {"costs": {}, "rights": {}, "public": {}, "examples": {}, "deprecated": {}}
    for member in found:
        if isinstance(member, Published):
            for setting, value in getattr(inspect.unwrap(member.function), "__parvis__", {}).items():
                if setting in lists:
                    lists[setting].append(member.name)
                else:
                    tables[setting][member.name] = value
    changed: dict[str, Any] = {k: (*(getattr(options, k) or ()), *v) for k, v in lists.items() if v}
    changed.update({k: {**v, **getattr(options, k)} for k, v in tables.items() if v})
    return replace(options, **changed)


def read_origin(name: str, *, stream: bool, reads: tuple[str, ...] | None) -> model.ReadOrigin | None:
    """Whether an operation only reads: the settings say so, else its name's first whole word."""
    if reads is not None:
        return "listed" if matches(name, reads) else None
    words = [word.lower() for word in _WORD.findall(name.rpartition(".")[2])]
    proposed = bool(words) and words[0] in READ_WORDS and not {"or", "and", "next"} & set(words[1:])
    return "name" if proposed and not stream else None


def _mode(name: str, read: signature.Signature, options: Options) -> Mode:
    if read.coroutine or read.stream_async:
        return "loop"
    return "inline" if matches(name, options.inline) else "thread"
