"""The life of a façade's object: built, entered, left. One implementation, for an object that all calls share and for
a new one in each call.

``async with`` and ``with`` are entered and left, with the exception where there is one; else ``start`` is called and
``stop`` or ``shutdown`` at the end; ``close`` or ``aclose`` ends an object that has no more than that. Sync steps run
where ``there`` runs them: on the thread that will call the object.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Generator
from contextlib import asynccontextmanager
from typing import Any

from ...facade.compile import Facade
from ...facade.errors import TargetError
from ...facade.operation import Operation
from .generators import thread_affine

There = Callable[[Callable[[], Any]], Awaitable[Any]]
"""Runs a function on the right thread."""
Leave = Callable[[BaseException | None], Awaitable[bool]]
"""Ends an object, told of the exception if there is one; true when the object swallows it."""

_STOPPERS = ("stop", "shutdown")
_CLOSERS = ("aclose", "close")


@asynccontextmanager
async def alive(facade: Facade, make: Callable[[], Any], there: There) -> AsyncIterator[Any]:
    """The object that all calls share, which ``make`` gives, from its start to its end. Raises what the façade raises.

    An object whose threads all hang is never left: nobody may touch it, and the generator is dropped
    (``GeneratorExit``), not ended.
    """
    made = await there(make)
    if inspect.iscoroutine(made):
        made = await made
    found, leave = await enter(facade, made, there)
    try:
        yield found
    except GeneratorExit:
        raise
    except BaseException as error:
        if not await leave(error):
            raise
    else:
        await leave(None)


async def enter(facade: Facade, made: Any, there: There, *, awaits: bool = True) -> tuple[Any, Leave]:
    """Start an object: what is called from then on, and what ends it. Without ``awaits`` only sync steps are taken."""
    kind = type(made)
    if hasattr(kind, "__aenter__") and (awaits or not hasattr(kind, "__enter__")):
        entered = await made.__aenter__()

        async def leave(error: BaseException | None) -> bool:
            return bool(await made.__aexit__(*_told(error)))

    elif hasattr(kind, "__enter__"):
        entered = await there(made.__enter__)

        async def leave(error: BaseException | None) -> bool:
            return bool(await there(functools.partial(made.__exit__, *_told(error))))

    else:
        entered = None
        has = functools.partial(_has, facade, made, awaits)
        started = has("start")
        if started:
            await _either(made.start, there)

        async def leave(error: BaseException | None) -> bool:
            # What was started is stopped, and then closed; what was only built is closed, by whatever name.
            groups = (_STOPPERS, _CLOSERS) if started else ((*_CLOSERS, *_STOPPERS),)
            for name in filter(None, (next(filter(has, names), None) for names in groups)):
                await _either(getattr(made, name), there)
            return False

    return made if entered is None else entered, leave


def _told(error: BaseException | None) -> tuple[Any, Any, Any]:
    return (None, None, None) if error is None else (type(error), error, error.__traceback__)


def begins(facade: Facade, found: Any) -> bool:
    """Whether an object has a beginning of its own, by whatever name."""
    kind = type(found)
    return hasattr(kind, "__aenter__") or hasattr(kind, "__enter__") or _has(facade, found, True, "start")


def method_of(facade: Facade, found: Any, path: tuple[str, ...]) -> Callable[..., Any]:
    """The bound method at a path that the compiler found; no name from a request comes here."""
    if facade.target.kind != "function":
        for name in path:
            found = getattr(found, name)
    return found  # type: ignore[no-any-return]


def builder(facade: Facade) -> Callable[[], Any]:
    """What builds the object of one call. Raises :class:`TargetError` where there can be no new one for each call."""
    target = facade.target
    if target.anew is None:
        raise TargetError(
            f"instances = 'per-call' needs a class or a factory: {target.text} is one {target.kind} for all calls"
        )
    sync = [name for name, operation in facade.operations.items() if operation.mode != "loop"]
    waits = _waits(target.shape) if sync else None
    if waits is not None:
        raise TargetError(
            f"instances = 'per-call': {target.text} has an async {waits}, which {', '.join(sync[:3])} cannot wait for: "
            "make these async too"
        )
    return target.anew(facade.options.settings)


def _waits(shape: type) -> str | None:
    """The async step of a class's life that has no sync twin, if it has one."""
    if hasattr(shape, "__enter__"):
        return None
    if hasattr(shape, "__aenter__"):
        return "__aenter__"
    for names in (("start",), _STOPPERS, _CLOSERS):
        present = [name for name in names if callable(getattr(shape, name, None))]
        if present and all(inspect.iscoroutinefunction(getattr(shape, name)) for name in present):
            return present[0]
    return None


def per_call(facade: Facade, operation: Operation, build: Callable[[], Any]) -> Callable[..., Any]:
    """A function that stands for the method, with a new object for each call, on the thread of the call.

    The object is left with the exception of the call; a generator that is closed early leaves it with
    ``GeneratorExit``, as ``with`` in the generator itself would.
    """
    awaits = operation.mode == "loop"

    async def here(function: Callable[[], Any]) -> Any:
        return function()

    async def begin() -> tuple[Callable[..., Any], Leave]:
        made = build()
        found, leave = await enter(facade, await made if inspect.iscoroutine(made) else made, here, awaits=awaits)
        try:
            return method_of(facade, found, operation.path), leave
        except BaseException as error:  # a property on the way is the façade's code
            await leave(error)
            raise

    async def once(*args: Any, **keywords: Any) -> Any:
        method, leave = await begin()
        try:
            result = method(*args, **keywords)
            result = await result if inspect.isawaitable(result) else result
        except BaseException as error:
            if not await leave(error):
                raise
            return None
        await leave(None)
        return result

    async def items(*args: Any, **keywords: Any) -> AsyncIterator[Any]:
        method, leave = await begin()
        try:
            made = method(*args, **keywords)
            made = await made if inspect.isawaitable(made) else made
            try:
                async for item in made:
                    yield item
            finally:
                if hasattr(made, "aclose"):  # before the object is left, not when the collector comes
                    await made.aclose()
        except BaseException as error:
            if not await leave(error):
                raise
        else:
            await leave(None)

    def once_there(*args: Any, **keywords: Any) -> Any:
        return _driven(once(*args, **keywords))

    def items_there(*args: Any, **keywords: Any) -> Generator[Any, None, None]:
        method, leave = _driven(begin())
        try:
            yield from method(*args, **keywords)
        except BaseException as error:
            if not _driven(leave(error)):
                raise
        else:
            _driven(leave(None))

    if awaits:
        return items if operation.spec.result.stream else once
    if not operation.spec.result.stream:
        return once_there
    return thread_affine(items_there) if operation.threads > 1 else items_there


def _driven(coroutine: Coroutine[Any, Any, Any]) -> Any:
    """What a coroutine gives that never waits: on the façade's thread there is no loop that it could wait for."""
    try:
        coroutine.send(None)
    except StopIteration as done:
        return done.value
    coroutine.close()
    raise RuntimeError("the object starts or ends by awaiting, so its methods must be async for instances = 'per-call'")


def _has(facade: Facade, made: Any, awaits: bool, name: str) -> bool:
    """Whether the object has a lifecycle method of this name that needs no arguments; a module, of its own."""
    target = facade.target
    method = getattr(made, name, None) if target.kind != "function" else None
    if method is None or not callable(method) or (inspect.iscoroutinefunction(method) and not awaits):
        return False
    if target.kind == "module" and getattr(method, "__module__", None) != target.shape.__name__:
        return False
    try:
        inspect.signature(method).bind()
    except TypeError:
        return False
    return True


async def _either(method: Callable[[], Any], there: There) -> None:
    if inspect.iscoroutinefunction(method):
        await method()
    else:
        await there(method)
