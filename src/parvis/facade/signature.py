"""From one function to its parameters, its result and its declared errors."""

from __future__ import annotations

import builtins
import collections.abc
import inspect
import types
import typing
from dataclasses import dataclass
from typing import Any

from ..contract.caller import Caller
from ..contract.errors import builtin_base, status_of
from ..contract.model import DeclaredError, ParameterKind
from ..contract.types import resolve
from .docs import Doc
from .types import TypeBook, Unsupported

_KINDS: dict[Any, ParameterKind] = {
    inspect.Parameter.POSITIONAL_ONLY: "positional_only",
    inspect.Parameter.POSITIONAL_OR_KEYWORD: "positional_or_keyword",
    inspect.Parameter.KEYWORD_ONLY: "keyword_only",
}
_STREAMS = (
    collections.abc.Iterator, collections.abc.Generator,
    collections.abc.AsyncIterator, collections.abc.AsyncGenerator, collections.abc.AsyncIterable,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Raised:
    """A declared exception class: ``exact`` for one that is not of the façade's own package."""

    cls: type[Exception]
    exact: bool
    spec: DeclaredError

    def catches(self, error: BaseException) -> bool:
        return type(error) is self.cls if self.exact else isinstance(error, self.cls)


@dataclass(frozen=True, slots=True)
class Argument:
    name: str
    kind: ParameterKind
    annotation: Any
    default: Any
    """``inspect.Parameter.empty`` when it is required."""


@dataclass(frozen=True, slots=True)
class Signature:
    arguments: tuple[Argument, ...]
    result: Any
    stream: bool
    coroutine: bool
    """An ``async def``."""
    stream_async: bool
    """An async generator."""
    caller: str | None
    warnings: tuple[str, ...]


def read(function: Any, *, bound: bool, doc: Doc, book: TypeBook) -> Signature:
    """Read a function's signature. Raises :class:`Unsupported` with the reason it cannot be published."""
    try:
        signature = inspect.signature(function)
    except (ValueError, TypeError):
        raise Unsupported("Python cannot tell its signature") from None
    hints = _hints(function)
    parameters = list(signature.parameters.values())[1 if bound else 0 :]
    arguments: list[Argument] = []
    warnings: list[str] = []
    caller: str | None = None
    for p in parameters:
        if p.kind in (p.VAR_POSITIONAL, p.VAR_KEYWORD):
            star = "*" if p.kind is p.VAR_POSITIONAL else "**"
            raise Unsupported(f"takes {star}{p.name}: a caller cannot know what to send; name its parameters")
        annotation = hints.get(p.name, p.empty)
        if annotation is Caller or annotation == Caller | None:
            caller = p.name
            continue
        if p.name.startswith("_"):
            if p.default is p.empty:
                raise Unsupported(f"needs the private parameter {p.name}")
            continue
        if annotation is p.empty:
            annotation, warning = _guess(p, doc)
            warnings += [warning] if warning else []
        arguments.append(Argument(p.name, _KINDS[p.kind], annotation, p.default))
    result, stream = _result(function, hints.get("return", signature.empty), doc)
    plain = inspect.unwrap(function)
    coroutine = inspect.iscoroutinefunction(plain)
    stream_async = inspect.isasyncgenfunction(plain) or (not coroutine and stream and _is_async(hints.get("return")))
    return Signature(tuple(arguments), result, stream, coroutine, stream_async, caller, tuple(warnings))


def _hints(function: Any) -> dict[str, Any]:
    try:
        return typing.get_type_hints(inspect.unwrap(function), include_extras=True)
    except (NameError, AttributeError, SyntaxError) as error:
        raise Unsupported(f"its annotations cannot be resolved: {error}") from None
    except TypeError:
        return {}  # written in C: no annotations


def _guess(p: inspect.Parameter, doc: Doc) -> tuple[Any, str]:
    """The type of a parameter without annotation: the docstring's, else the default's, else any JSON value."""
    if p.name in doc.types:
        try:
            return resolve(doc.types[p.name], {}), ""
        except ValueError:
            pass
    if type(p.default) in (bool, int, float, str):
        return type(p.default), ""
    return Any, f"{p.name} has no type: any JSON value is taken"


def _result(function: Any, annotation: Any, doc: Doc) -> tuple[Any, bool]:
    plain = inspect.unwrap(function)
    generator = inspect.isgeneratorfunction(plain) or inspect.isasyncgenfunction(plain)
    origin, args = typing.get_origin(annotation) or annotation, typing.get_args(annotation)
    if generator or origin in _STREAMS:
        return (args[0] if args else Any), True
    if annotation is inspect.Parameter.empty:
        try:
            return (resolve(doc.returns_type, {}) if doc.returns_type else Any), False
        except ValueError:
            return Any, False
    return annotation, False


def _is_async(annotation: Any) -> bool:
    return (typing.get_origin(annotation) or annotation) in _STREAMS[2:]


def raised(function: Any, doc: Doc, package: str) -> tuple[Raised, ...]:
    """The exceptions that the docstring declares, by the names visible in the function's own module."""
    scope = getattr(inspect.unwrap(function), "__globals__", {})
    found: dict[type[Exception], Raised] = {}
    for written, description in doc.raises:
        cls = _lookup(written, scope)
        if inspect.isclass(cls) and issubclass(cls, Exception):
            exact = cls.__module__.partition(".")[0] != package
            spec = DeclaredError(cls.__name__, builtin_base(cls), status_of(cls), description)
            found.setdefault(cls, Raised(cls, exact, spec))
    # The most derived first, so that a declared class wins over its declared base.
    return tuple(sorted(found.values(), key=lambda r: -len(r.cls.__mro__)))


def _lookup(written: str, scope: dict[str, Any]) -> Any:
    first, *rest = written.strip("`~ ").split(".")
    value: Any = scope.get(first, getattr(builtins, first, None))
    for part in rest:
        value = vars(value).get(part) if isinstance(value, types.ModuleType | type) else None
    return value


def texts(signature: Signature, book: TypeBook) -> tuple[list[str], str]:
    """The contract's type texts of the arguments and of the result. Raises :class:`Unsupported`."""
    described: list[str] = []
    for argument in signature.arguments:
        try:
            described.append(book.text(argument.annotation))
        except Unsupported as error:
            raise Unsupported(f"parameter {argument.name}: {error}") from None
    try:
        return described, book.text(signature.result)
    except Unsupported as error:
        raise Unsupported(f"its result: {error}") from None
