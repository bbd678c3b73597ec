"""What a lock says, as the terms of its services.

One rule: a lock is taken whole or refused with the paragraph that is wrong. People edit it, so an unknown key, or a
class that is spoken of and not defined, is never passed over.
"""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, ParamSpec, TypeVar, get_args

from ..model import (
    Contract,
    DeclaredError,
    Default,
    Field,
    Member,
    Operation,
    Parameter,
    ParameterKind,
    Result,
    TypeDef,
    TypeKind,
)
from ..query_types import simple
from ..routes import Shape, routes_of
from ..settings import PROMISES
from ..typetree import Node, parse, tree
from .lock_writer import FORMAT
from .normalized import terms

_VERSION = re.compile(r"v([1-9][0-9]*)\Z")
_ERROR = re.compile(r"(?P<base>\S+) (?P<status>[1-5]\d\d)\Z")


def read(text: str) -> tuple[Contract, ...]:
    """The terms that a lock holds, one contract for each service and version. Raises ``ValueError`` when it is none."""
    found = tomllib.loads(text)
    if found.pop("parvis", None) != FORMAT:
        raise ValueError(f"it does not say `parvis = {FORMAT}`: another version of parvis wrote it")
    contracts = []
    for service, versions in sorted(_table(found, "").items()):
        for name, content in sorted(_table(versions, service).items()):
            version = _VERSION.match(name)
            if version is None:
                raise ValueError(f"[{service}.{name}] is no version: write v1")
            contracts.append(_contract(service, int(version[1]), _table(content, f"{service}.{name}")))
    return tuple(sorted(contracts, key=lambda c: (c.service, c.version)))


def _contract(service: str, version: int, content: Mapping[str, Any]) -> Contract:
    place = f"{service}.v{version}"
    if unknown := content.keys() - {"operations", "types"}:
        raise ValueError(f"[{place}.{min(unknown)}] is neither operations nor types")
    types = {
        name: _at(f"{place}.types.{name}", _read_type, name, entry)
        for name, entry in _table(content.get("types", {}), f"{place}.types").items()
    }
    operations = [
        _at(f"{place}.operations.{name}", _read_operation, name, entry, types)
        for name, entry in _table(content.get("operations", {}), f"{place}.operations").items()
    ]
    routes = routes_of(
        Shape(o.name, tuple(_with_schema(p) for p in o.parameters), o.read is not None, o.result.type == "None")
        for o in operations
    )
    routed = tuple(replace(o, routes=routes[o.name]) for o in operations)
    return _at(place, terms, Contract(service, routed, version=version, types=tuple(types.values())))


def _with_schema(p: Parameter) -> Parameter:
    """A parameter with as much of its schema as routing asks for: whether it is a list."""
    return replace(p, schema={"type": "array"} if parse(p.type).head == "list" else {}) if p.simple else p


_NEEDED = {"signature": str} | {field: promise.type for field, promise in PROMISES.items() if promise.always}
_MORE = {"raises": dict} | {field: promise.type for field, promise in PROMISES.items() if not promise.always}


def _read_operation(name: str, entry: Any, types: Mapping[str, TypeDef]) -> Operation:
    known = _known(entry, _NEEDED, _MORE)
    parameters, result = _read_signature(known["signature"], types)
    return Operation(
        name=name,
        parameters=parameters,
        result=result,
        routes=(),
        errors=tuple(_read_error(error, text) for error, text in known.get("raises", {}).items()),
        **{field: promise.from_lock(known.get(field, promise.usual)) for field, promise in PROMISES.items()},
    )


def _read_signature(text: str, types: Mapping[str, TypeDef]) -> tuple[tuple[Parameter, ...], Result]:
    try:
        function, *more = ast.parse(f"def _{text}: ...").body
    except (SyntaxError, ValueError, MemoryError, RecursionError) as error:
        raise ValueError(f"{text!r} is no signature: {error}") from None
    if more or not isinstance(function, ast.FunctionDef) or function.args.vararg or function.args.kwarg:
        raise ValueError(f"{text!r} is no signature of an operation")
    args = function.args
    positional = [*args.posonlyargs, *args.args]
    defaults = [None] * (len(positional) - len(args.defaults)) + list(args.defaults)
    rows: list[tuple[ast.arg, ParameterKind, ast.expr | None]] = [
        (arg, "positional_only" if index < len(args.posonlyargs) else "positional_or_keyword", given)
        for index, (arg, given) in enumerate(zip(positional, defaults, strict=True))
    ]
    rows += [(arg, "keyword_only", given) for arg, given in zip(args.kwonlyargs, args.kw_defaults, strict=True)]
    parameters: list[Parameter] = []
    for arg, kind, given in rows:
        found = _read_annotation(arg.annotation, f"the parameter {arg.arg}")
        is_simple = simple(str(found.plain), types) is not None
        parameters.append(Parameter(arg.arg, kind, str(found), {}, _read_default(given), simple=is_simple))
    match function.returns:
        case ast.Subscript(value=ast.Name(id="Iterator"), slice=item):
            return tuple(parameters), Result(str(tree(item)), {}, stream=True)
    return tuple(parameters), Result(str(_read_annotation(function.returns, "the result")), {})


def _read_annotation(annotation: ast.expr | None, what: str) -> Node:
    if annotation is None:
        raise ValueError(f"{what} has no type")
    return tree(annotation)


def _read_default(given: ast.expr | None) -> Default | None:
    return None if given is None else Default(ast.unparse(given))


def _read_error(name: str, text: Any) -> DeclaredError:
    found = _ERROR.match(text) if isinstance(text, str) else None
    if found is None:
        raise ValueError(f"raises.{name} = {text!r}: write its built-in base and its status, `LookupError 404`")
    return DeclaredError(name, found["base"], int(found["status"]))


def _read_type(name: str, entry: Any) -> TypeDef:
    known = _known(entry, {"kind": str}, {"base": str, "fields": dict, "members": dict})
    if known["kind"] not in get_args(TypeKind):
        raise ValueError(f"{known['kind']!r} is none of {', '.join(get_args(TypeKind))}")
    return TypeDef(
        name,
        known["kind"],
        fields=tuple(_read_field(field, text) for field, text in known.get("fields", {}).items()),
        members=tuple(_read_member(member, value) for member, value in known.get("members", {}).items()),
        base=known.get("base", ""),
    )


def _read_member(name: str, value: Any) -> Member:
    if not isinstance(value, str | int | float):
        raise ValueError(f"members.{name} = {value} is neither text nor a number")
    return Member(name, value)


def _read_field(name: str, text: Any) -> Field:
    try:
        (read,) = ast.parse(f"_: {text}").body
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        read = ast.Pass()
    if not isinstance(read, ast.AnnAssign):
        raise ValueError(f"fields.{name} = {text!r} is neither `type` nor `type = default`")
    match read.annotation:
        case ast.Subscript(value=ast.Name(id="NotRequired"), slice=inner):
            return Field(name, str(tree(inner)), required=False)
    return Field(name, str(tree(read.annotation)), read.value is None, _read_default(read.value))


def _known(entry: Any, needed: dict[str, type], more: dict[str, type]) -> dict[str, Any]:
    """A paragraph whose keys are these and no others. Raises ``ValueError``."""
    table = _table(entry, "it")
    kinds = needed | more
    for key, value in table.items():
        if key not in kinds:
            raise ValueError(f"{key!r} is none of {', '.join(kinds)}")
        if type(value) is not kinds[key]:
            raise ValueError(f"{key} = {value!r} is not {_WORDS[kinds[key]]}")
    if missing := needed.keys() - table.keys():
        raise ValueError(f"it has no {min(missing)}")
    return dict(table)


_WORDS = {str: "text", bool: "true or false", int: "an integer", dict: "a table"}

_P = ParamSpec("_P")
_T = TypeVar("_T")


def _at(place: str, make: Callable[_P, _T], *args: _P.args, **kwargs: _P.kwargs) -> _T:
    """What is made, or why not and where."""
    try:
        return make(*args, **kwargs)
    except ValueError as error:
        raise ValueError(f"[{place}]: {error}") from None


def _table(value: Any, place: str) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise ValueError(f"{place} is {value!r}, not a table")
    return value
