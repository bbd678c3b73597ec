"""Which members of a façade are public, which are left out, and why.

The rules stand in one order and the first that applies decides; nothing is called and no instance is needed.
"""

from __future__ import annotations

import functools
import inspect
import typing
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from .options import Options, matches
from .target import Target
from .unsupported import advice

LIFECYCLE = frozenset({"close", "aclose", "start", "stop", "shutdown"})
"""Run when the service starts and stops, never by a caller."""

DEPTH = 4
"""How deep sub-objects are followed."""


@dataclass(frozen=True, slots=True)
class Published:
    """A public callable: ``path`` leads to it from the façade, attribute by attribute."""

    name: str
    path: tuple[str, ...]
    function: Callable[..., Any]
    bound: bool
    """True when the first parameter is ``self`` or ``cls``, filled by Python."""
    owner: type | None = None
    """The class that a method is called on; None for a function."""


@dataclass(frozen=True, slots=True)
class LeftOut:
    name: str
    reason: str
    refused: bool = False
    """True when a rule would publish it, but its parameters or types cannot cross the wire."""


def members(target: Target, options: Options) -> Iterator[Published | LeftOut]:
    """Every member of a façade that a publisher would ask about, in the order of the code."""
    if target.kind == "function":
        yield Published(target.shape.__name__, (), target.shape, bound=False)
    elif target.kind == "module":
        yield from _module(target, options)
    else:
        yield from _class(target.shape, target.package, options, (), (target.shape,))


def _module(target: Target, options: Options) -> Iterator[Published | LeftOut]:
    module = target.shape
    listed = getattr(module, "__all__", None)
    for name, value in vars(module).items():
        if name.startswith("_") or inspect.ismodule(value) or not callable(value):
            continue
        own = getattr(value, "__module__", None) == module.__name__
        if inspect.isclass(value):
            if own:
                yield LeftOut(name, f"a class: publish it by itself, as {module.__name__}:{name}")
        elif not inspect.isroutine(value) and not hasattr(value, "__wrapped__"):
            continue
        elif own and name in LIFECYCLE:
            yield LeftOut(name, "runs at start or stop, never by a caller")
        elif (own and (listed is None or name in listed)) or matches(name, options.include):
            yield Published(name, (name,), value, bound=False)
        elif own:
            yield LeftOut(name, "not in __all__; list it in `include`")
        elif listed is not None and name in listed and str(value.__module__).partition(".")[0] == target.package:
            yield Published(name, (name,), value, bound=False)


def _class(
    cls: type, package: str, options: Options, path: tuple[str, ...], chain: tuple[type, ...]
) -> Iterator[Published | LeftOut]:
    hints = _attributes(cls)
    seen: set[str] = set()
    for owner in cls.__mro__:
        if owner is object:
            continue
        inside = owner.__module__.partition(".")[0] == package
        for name in dict.fromkeys([*_annotations(owner), *vars(owner)]):
            if name.startswith("_") or name in seen:
                continue
            seen.add(name)
            full = ".".join((*path, name))
            raw = vars(owner).get(name)
            if not inside and not matches(full, options.include):
                if callable(raw) or isinstance(raw, staticmethod | classmethod):
                    yield LeftOut(full, f"inherited from {owner.__module__}.{owner.__qualname__}; list it in `include`")
                continue
            yield from _member(raw, name, full, hints, package, options, path, chain)


def _member(
    raw: Any, name: str, full: str, hints: dict[str, Any], package: str, options: Options,
    path: tuple[str, ...], chain: tuple[type, ...],
) -> Iterator[Published | LeftOut]:  # fmt: skip
    here = (*path, name)
    if name in LIFECYCLE and (inspect.isroutine(raw) or isinstance(raw, staticmethod | classmethod)):
        yield LeftOut(full, "runs at start or stop, never by a caller")
    elif isinstance(raw, staticmethod):
        yield Published(full, here, raw.__func__, bound=False, owner=chain[-1])
    elif isinstance(raw, classmethod):
        yield Published(full, here, raw.__func__, bound=True, owner=chain[-1])
    elif isinstance(raw, property | functools.cached_property):
        getter = raw.fget if isinstance(raw, property) else raw.func
        sub = _hints(getter).get("return") if getter else None
        if _is_part(sub, package, full, options):
            yield from _part(sub, package, full, options, here, chain)
        else:
            yield LeftOut(full, "a property: publish a method that returns it")
    elif isinstance(raw, functools.partialmethod | functools.singledispatchmethod):
        yield _no_method(raw, full)
    elif inspect.isfunction(raw) or (callable(raw) and hasattr(raw, "__wrapped__")) or inspect.ismethoddescriptor(raw):
        yield Published(full, here, raw, bound=True, owner=chain[-1])
    elif _is_part(hints.get(name), package, full, options):
        yield from _part(hints[name], package, full, options, here, chain)
    elif isinstance(hints.get(name), _Unresolved):
        yield LeftOut(full, f"its annotation cannot be resolved: {hints[name].why}")
    elif callable(raw) and not inspect.isclass(raw):
        yield _no_method(raw, full)


def _no_method(raw: object, full: str) -> LeftOut:
    return LeftOut(full, f"a {type(raw).__name__}, not a plain method: publish a method that calls it")


def _part(
    sub: Any, package: str, full: str, options: Options, here: tuple[str, ...], chain: tuple[type, ...]
) -> Iterator[Published | LeftOut]:
    if sub in chain:
        yield LeftOut(full, f"leads back to {sub.__name__}")
    elif len(chain) > DEPTH:
        yield LeftOut(full, f"more than {DEPTH} objects deep")
    else:
        # A listed sub-object of another package publishes that package's methods.
        yield from _class(sub, sub.__module__.partition(".")[0], options, here, (*chain, sub))


def _is_part(annotation: Any, package: str, full: str, options: Options) -> bool:
    return inspect.isclass(annotation) and (
        annotation.__module__.partition(".")[0] == package or matches(full, options.include)
    )


@dataclass(frozen=True, slots=True)
class _Unresolved:
    why: str


def _attributes(cls: type) -> dict[str, Any]:
    """The annotated attributes of a class and their types; one that cannot be resolved does not hide the others."""
    try:
        return typing.get_type_hints(cls)
    except Exception:  # an annotation is the publisher's code: it may raise anything
        found: dict[str, Any] = {}
    for owner in reversed(cls.__mro__):
        for name, annotation in _annotations(owner).items():
            lone = type(owner.__name__, (), {"__annotations__": {name: annotation}, "__module__": owner.__module__})
            try:
                found |= typing.get_type_hints(lone, localns=dict(vars(owner)))
            except Exception as error:
                found[name] = _Unresolved(f"{error}{advice(error)}")
    return found


def _annotations(owner: type) -> dict[str, Any]:
    try:
        return inspect.get_annotations(owner)
    except (TypeError, ValueError):  # `type` itself has a descriptor there
        return {}


def _hints(annotated: Any) -> dict[str, Any]:
    try:
        return typing.get_type_hints(annotated)
    except Exception:  # an annotation is the publisher's code: it may raise anything
        return {}  # what cannot be resolved is reported where it is used: with the operation's own signature
