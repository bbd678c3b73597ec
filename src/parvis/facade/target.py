"""From what the publisher names (``module:Class``, ``module:factory()``, a module, an object) to the façade."""

from __future__ import annotations

import importlib
import inspect
import re
import traceback
import types
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal, get_type_hints

from ..contract.outcomes import as_text, type_name
from .construct import construct, prepared
from .errors import TargetError

Kind = Literal["class", "factory", "instance", "module", "function"]


@dataclass(frozen=True, slots=True)
class Target:
    """A façade not yet built. ``shape`` is what is read at compile time: a class, a module or a function."""

    kind: Kind
    shape: Any
    make: Callable[[Mapping[str, Any]], Any]
    """Builds (or gives) the live object from the publisher's settings."""
    name: str
    text: str
    anew: Callable[[Mapping[str, Any]], Callable[[], Any]] | None = None
    """What builds one object a call, from settings checked once; None for a target that is one object already."""

    @property
    def package(self) -> str:
        """The façade's own top-level package: what it defines may be published, what it imports may not."""
        module = self.shape.__name__ if inspect.ismodule(self.shape) else self.shape.__module__
        return str(module).partition(".")[0]


_TEXT = re.compile(r"(?P<module>\w+(\.\w+)*)(:(?P<attribute>\w+(\.\w+)*)(?P<call>\(\))?)?\Z")


def load(target: object) -> Target:
    """Resolve a target given as text or as an object. Raises :class:`TargetError`."""
    if not isinstance(target, str):
        return of(target, text=getattr(target, "__name__", type(target).__name__))
    found, called = named(target)
    return _factory(found, target) if called else of(found, text=target)


def named(target: str) -> tuple[Any, bool]:
    """What ``module:attribute`` names, and whether it stands with brackets. Raises :class:`TargetError`."""
    if target.endswith(".py"):
        dotted = target.removesuffix(".py").replace("/", ".")
        raise TargetError(f"{target!r} is a file: write its module and what to publish, {dotted}:Class")
    match = _TEXT.match(target)
    if match is None:
        raise TargetError(f"{target!r} is no target: write module:Class, module:factory(), module:instance or module")
    module = _imported(match["module"])
    found: Any = module
    if match["attribute"] is None:
        return found, False
    for part in match["attribute"].split("."):
        try:
            found = getattr(found, part)
        except AttributeError:
            offered = ", ".join(
                name for name, value in vars(module).items()
                if not name.startswith("_") and inspect.isclass(value) and value.__module__ == module.__name__
            )  # fmt: skip
            raise TargetError(
                f"{match['module']!r} has no {match['attribute']!r}" + (f"; it has {offered}" if offered else "")
            ) from None
    return found, bool(match["call"])


def _imported(name: str) -> types.ModuleType:
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name and f"{name}.".startswith(f"{error.name}."):
            raise TargetError(
                f"there is no module {name!r}: run from the folder that holds it, or install it"
            ) from None
        raise TargetError(f"{name!r} cannot be imported: {error}; install what it needs") from error
    except SyntaxError as error:
        raise TargetError(f"{name!r} cannot be imported: {error.msg} ({error.filename}, line {error.lineno})") from None
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # a module is the publisher's code: it may raise anything
        where = traceback.extract_tb(error.__traceback__)[-1]
        raise TargetError(
            f"{name!r} cannot be imported: {type_name(error)}: {as_text(error)} ({where.filename}, line {where.lineno})"
        ) from error


def of(found: Any, *, text: str) -> Target:
    """The target for an object in hand."""
    if inspect.isclass(found):
        return _buildable("class", found, found, text)
    if inspect.ismodule(found):
        return Target("module", found, _given(found, text), snake(found.__name__.rpartition(".")[2]), text)
    if inspect.isroutine(found):
        return Target("function", found, _given(found, text), snake(found.__name__), text)
    return Target("instance", type(found), _given(found, text), snake(type(found).__name__), text)


def _factory(found: Any, text: str) -> Target:
    if inspect.isclass(found):
        return of(found, text=text)
    if not callable(found):
        raise TargetError(f"{text} cannot be called: write it without the brackets")
    try:
        shape = get_type_hints(found).get("return")
    except TypeError:
        shape = None  # a callable object: it has no annotations of its own
    except Exception as error:  # an annotation is the publisher's code: it may raise anything
        raise TargetError(f"the return type of {text} cannot be resolved: {error}") from None
    if inspect.isclass(shape) and shape is not type(None):
        return _buildable("factory", shape, found, text)
    # Without a return type the only way to know the shape is to build one: the very object that will be served.
    if inspect.iscoroutinefunction(found):
        raise TargetError(f"{text} is async: say what it returns, `-> Shop`")
    try:
        made = found()
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        raise TargetError(
            f"what {text} returns is not known, and calling it failed: {type_name(error)}: {as_text(error)}; "
            "say what it returns, `-> Shop`"
        ) from error
    built = _buildable("factory", type(made), found, text)
    return replace(built, make=lambda settings: built.make(settings) if settings else made)


def _buildable(kind: Kind, shape: type, make: Callable[..., Any], text: str) -> Target:
    return Target(
        kind, shape, lambda settings: construct(make, settings, text), snake(shape.__name__), text,
        lambda settings: prepared(make, settings, text),
    )  # fmt: skip


def _given(found: object, text: str) -> Callable[[Mapping[str, Any]], Any]:
    def give(settings: Mapping[str, Any]) -> Any:
        if settings:
            raise TargetError(f"{text} is already built: settings ({', '.join(settings)}) need a class or a factory")
        return found

    return give


def snake(name: str) -> str:
    """``OrderBook`` -> ``order_book``."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name).lower()
