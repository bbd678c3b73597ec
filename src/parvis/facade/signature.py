"""From one function to its parameters, its result and its declared errors."""

from __future__ import annotations

import builtins
import collections.abc
import inspect
import re
import types
import typing
from dataclasses import dataclass
from typing import Any

import typing_extensions

from ..contract.caller import Caller
from ..contract.exception_statuses import builtin_base, status_of
from ..contract.model import DeclaredError, ParameterKind
from ..contract.types import resolve
from .classes import kind_of
from .docs import Doc
from .files import text_of
from .types import TypeBook
from .unsupported import Unsupported, advice

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


def read(function: Any, *, bound: bool, doc: Doc, book: TypeBook, owner: type | None = None) -> Signature:
    """Read a function's signature; ``owner`` is the class that it is a method of. Raises :class:`Unsupported` with the
    reason it cannot be published."""
    try:
        signature = inspect.signature(function)
    except (ValueError, TypeError):
        raise Unsupported("Python cannot tell its signature: wrap it in a function that has one") from None
    if overloads := _overloads(function):
        raise Unsupported(f"has {overloads} overloads: one operation has one signature; publish a method for each")
    hints = _hints(function, owner)
    parameters = list(signature.parameters.values())
    if bound and (not parameters or parameters[0].kind is inspect.Parameter.KEYWORD_ONLY):
        raise Unsupported("takes no self: Python itself cannot call it on an object")
    if bound and parameters[0].kind is not inspect.Parameter.VAR_POSITIONAL:  # `*args` takes self, and all the rest
        del parameters[0]
    arguments: list[Argument] = []
    warnings: list[str] = []
    caller: str | None = None
    for p in parameters:
        if p.kind in (p.VAR_POSITIONAL, p.VAR_KEYWORD):
            star = "*" if p.kind is p.VAR_POSITIONAL else "**"
            raise Unsupported(f"takes {star}{p.name}: a caller cannot know what to send; name its parameters")
        annotation = hints.get(p.name, p.empty)
        private = p.name.startswith("_")
        called = annotation is Caller or annotation == Caller | None
        if (private or called) and p.kind is p.POSITIONAL_ONLY:
            raise Unsupported(f"{p.name} is filled by name, which a positional-only parameter is not: move the /")
        if called:
            caller = p.name
            continue
        if private:
            if p.default is p.empty:
                raise Unsupported(f"needs the private parameter {p.name}")
            continue
        if annotation is p.empty:
            annotation, warning = _guess(p, doc, book)
            warnings += [warning] if warning else []
        arguments.append(Argument(p.name, _KINDS[p.kind], annotation, p.default))
    result, stream = _result(function, hints.get("return", signature.empty), doc, book)
    scope = _scope(function)
    warnings += [
        f"declares {name}, which its module does not know: raised, it counts as a bug"
        for written, _ in doc.raises for name in _names(written) if not _is_exception(_lookup(name, scope))
    ]  # fmt: skip
    plain = inspect.unwrap(function)
    # The outermost that is async decides: `functools.wraps` puts async around sync, and a plain function around async.
    coroutine = inspect.iscoroutinefunction(function) or inspect.iscoroutinefunction(plain)
    stream_async = inspect.isasyncgenfunction(plain) or (not coroutine and stream and _is_async(hints.get("return")))
    return Signature(tuple(arguments), result, stream, coroutine, stream_async, caller, tuple(warnings))


def _overloads(function: Any) -> int:
    try:
        return len(typing_extensions.get_overloads(inspect.unwrap(function)))
    except AttributeError:  # a callable object
        return 0


def _hints(function: Any, owner: type | None) -> dict[str, Any]:
    plain = inspect.unwrap(function)
    try:
        try:
            hints = typing.get_type_hints(plain, include_extras=True)
        except NameError:
            # What stands in a class's body sees the classes that are defined there. Asked second, since a method
            # called `list` would hide the type of that name.
            inner = {name: value for name, value in vars(owner).items() if inspect.isclass(value)} if owner else {}
            if not inner:
                raise
            hints = typing.get_type_hints(plain, localns=inner, include_extras=True)
    except Exception as error:  # an annotation is the publisher's code: it may raise anything
        if isinstance(error, TypeError) and not getattr(plain, "__annotations__", None):
            return {}  # written in C: no annotations
        raise Unsupported(f"its annotations cannot be resolved: {error}{advice(error)}") from None
    if owner is not None and kind_of(owner) is not None:
        # A class of values: what is of its own kind crosses by value, as it does elsewhere.
        return {name: _own(hint, owner) for name, hint in hints.items()}
    return hints


def _own(hint: Any, owner: type) -> Any:
    """An annotation with ``Self`` made the class itself."""
    if hint is typing_extensions.Self:
        return owner
    args = typing.get_args(hint)
    if typing_extensions.Self not in args:
        return hint
    new = tuple(owner if arg is typing_extensions.Self else arg for arg in args)
    if typing.get_origin(hint) in (typing.Union, types.UnionType):
        return typing.Union[new]  # noqa: UP007
    return typing.get_origin(hint)[new]


def _guess(p: inspect.Parameter, doc: Doc, book: TypeBook) -> tuple[Any, str]:
    """The type of a parameter without annotation: the docstring's, else the default's, else any JSON value."""
    if p.name in doc.types:
        told = _told(doc.types[p.name], book)
        if told is not None:
            return (told | None if p.default is None and told is not Any else told), ""
    if p.default is not None and p.default is not p.empty:
        try:
            book.text(type(p.default))
            return type(p.default), ""
        except Unsupported:
            pass
    return Any, f"{p.name} has no type: any JSON value is taken"


_WORDS = {"string": "str", "integer": "int", "boolean": "bool", "bytestring": "bytes", "dictionary": "dict"}
_MARKUP = re.compile(r":\w+:|`|~")
_AFTER = re.compile(r",?\s*\(?(optional|default\b.*)\)?\s*$")
_OF = re.compile(r"\b(list|tuple|set|sequence|iterable)s? of (\w+?)s?\b")


def _told(written: str, book: TypeBook) -> Any:
    """The type that a docstring names, in the spellings that docstrings have; None when it is not understood.

    ``str or None``, ``list of int``, ``{'left', 'right'}, optional``, ``:class:`int```.
    """
    text = _AFTER.sub("", _AFTER.sub("", _MARKUP.sub("", written).strip()))
    if text.startswith(("{", "'", '"')):  # a choice, of which the parser may have taken the braces
        text = f"Literal[{text.strip('{}')}]"
    else:
        text = _OF.sub(lambda m: f"{'tuple' if m[1] == 'tuple' else 'set' if m[1] == 'set' else 'list'}"
                                 f"[{_WORDS.get(m[2], m[2])}{', ...' if m[1] == 'tuple' else ''}]", text)  # fmt: skip
        text = re.sub(r",?\s+or\s+", " | ", text)
        text = re.sub(r"\b[a-z]+\b", lambda m: _WORDS.get(m[0], m[0]), text)
    try:
        told = resolve(text, {})
        book.text(told)  # what a docstring says by the way is no reason to leave an operation out
    except (ValueError, Unsupported):
        return None
    return type(None) if told is None else told


def _result(function: Any, annotation: Any, doc: Doc, book: TypeBook) -> tuple[Any, bool]:
    plain = inspect.unwrap(function)
    generator = inspect.isgeneratorfunction(plain) or inspect.isasyncgenfunction(plain)
    origin, args = typing.get_origin(annotation) or annotation, typing.get_args(annotation)
    if generator or origin in _STREAMS:
        return (args[0] if args else Any), True
    if annotation is inspect.Parameter.empty:
        told = _told(doc.returns_type, book) if doc.returns_type else None
        return Any if told is None else told, False
    return annotation, False


def _is_async(annotation: Any) -> bool:
    return (typing.get_origin(annotation) or annotation) in _STREAMS[2:]


def raised(function: Any, doc: Doc, package: str) -> tuple[Raised, ...]:
    """The exceptions that the docstring declares, by the names visible in the function's own module."""
    scope = _scope(function)
    found: dict[type[Exception], Raised] = {}
    for written, description in doc.raises:
        for cls in (_lookup(name, scope) for name in _names(written)):
            if _is_exception(cls):
                exact = cls.__module__.partition(".")[0] != package
                spec = DeclaredError(cls.__name__, builtin_base(cls), status_of(cls), description)
                found.setdefault(cls, Raised(cls, exact, spec))
    # The most derived first, so that a declared class wins over its declared base.
    return tuple(sorted(found.values(), key=lambda r: -len(r.cls.__mro__)))


def _scope(function: Any) -> dict[str, Any]:
    return getattr(inspect.unwrap(function), "__globals__", {})


def _names(written: str) -> list[str]:
    """``KeyError or ValueError`` -> both."""
    return [name.strip("`~: ").removeprefix("class:`") for name in re.split(r",|\||\bor\b", written) if name.strip()]


def _is_exception(found: Any) -> bool:
    return inspect.isclass(found) and issubclass(found, Exception)


def _lookup(written: str, scope: dict[str, Any]) -> Any:
    first, *rest = written.split(".")
    value: Any = scope.get(first, getattr(builtins, first, None))
    for part in rest:
        value = vars(value).get(part) if isinstance(value, types.ModuleType | type) else None
    return value


def texts(signature: Signature, book: TypeBook) -> tuple[list[str], str]:
    """The contract's type texts of the arguments and of the result. Raises :class:`Unsupported`."""
    described: list[str] = []
    for argument in signature.arguments:
        try:
            described.append(text_of(argument.annotation) or book.text(argument.annotation))
        except Unsupported as error:
            raise Unsupported(f"parameter {argument.name}: {error}") from None
    try:
        return described, book.text(signature.result)
    except Unsupported as error:
        raise Unsupported(f"its result: {error}") from None
