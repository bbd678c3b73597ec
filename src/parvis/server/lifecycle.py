"""The life of a façade's object: built, entered, left. One implementation, for an object that all calls share and for
a new one in each call.

``async with`` and ``with`` are entered and left, with the exception where there is one; else ``start`` is called and
``stop`` or ``shutdown`` at the end; ``close`` or ``aclose`` ends an object that has no more than that. Sync steps run
where ``there`` runs them: on the thread that will call the object.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager
from typing import Any

from ..facade.compile import Facade
from ..facade.operation import Operation

There = Callable[[Callable[[], Any]], Awaitable[Any]]
"""Runs a function on the right thread."""

_STOPPERS = ("stop", "shutdown")
_CLOSERS = ("aclose", "close")


@asynccontextmanager
async def alive(facade: Facade, there: There) -> AsyncIterator[Any]:
    """The object, from its start to its end. Raises what the façade raises.

    An object whose threads all hang is never left: nobody may touch it, and the generator is dropped
    (``GeneratorExit``), not ended.
    """
    made = await there(functools.partial(facade.target.make, facade.options.settings))
    if inspect.iscoroutine(made):
        made = await made
    if hasattr(type(made), "__aenter__"):
        async with made as entered:
            yield made if entered is None else entered
    elif hasattr(type(made), "__enter__"):
        entered = await there(made.__enter__)
        try:
            yield made if entered is None else entered
        except GeneratorExit:
            raise
        except BaseException as error:
            if not await there(functools.partial(made.__exit__, type(error), error, error.__traceback__)):
                raise
        else:
            await there(functools.partial(made.__exit__, None, None, None))
    else:
        has = functools.partial(_has, facade, made)
        started = has("start")
        if started:
            await _either(made.start, there)
        left = False
        try:
            yield made
        except GeneratorExit:
            left = True
            raise
        finally:
            # What was started is stopped, and then closed; what was only built is closed, by whatever name.
            groups = (_STOPPERS, _CLOSERS) if started else ((*_CLOSERS, *_STOPPERS),)
            for name in () if left else filter(None, (next(filter(has, names), None) for names in groups)):
                await _either(getattr(made, name), there)


def method_of(facade: Facade, found: Any, path: tuple[str, ...]) -> Callable[..., Any]:
    """The bound method at a path that the compiler found; no name from a request comes here."""
    if facade.target.kind != "function":
        for name in path:
            found = getattr(found, name)
    return found  # type: ignore[no-any-return]


def per_call(facade: Facade, operation: Operation) -> Callable[..., Any]:
    """A function that stands for the method, with a new object for each call, on the thread of the call."""

    async def here(function: Callable[[], Any]) -> Any:
        return function()

    async def once(*args: Any, **keywords: Any) -> Any:
        async with alive(facade, here) as found:
            result = method_of(facade, found, operation.path)(*args, **keywords)
            return await result if inspect.isawaitable(result) else result

    async def items(*args: Any, **keywords: Any) -> AsyncIterator[Any]:
        async with alive(facade, here) as found:
            made = method_of(facade, found, operation.path)(*args, **keywords)
            async for item in await made if inspect.isawaitable(made) else made:
                yield item

    def once_there(*args: Any, **keywords: Any) -> Any:
        return _driven(once(*args, **keywords))

    def items_there(*args: Any, **keywords: Any) -> Iterator[Any]:
        life = alive(facade, here)
        found = _driven(life.__aenter__())
        try:
            yield from method_of(facade, found, operation.path)(*args, **keywords)
        except BaseException as error:
            if not _driven(life.__aexit__(type(error), error, error.__traceback__)):
                raise
        else:
            _driven(life.__aexit__(None, None, None))

    if operation.mode == "loop":
        return items if operation.spec.result.stream else once
    return items_there if operation.spec.result.stream else once_there


def _driven(coroutine: Coroutine[Any, Any, Any]) -> Any:
    """What a coroutine gives that never waits: on the façade's thread there is no loop that it could wait for."""
    try:
        coroutine.send(None)
    except StopIteration as done:
        return done.value
    coroutine.close()
    raise RuntimeError("the object starts or ends by awaiting, so its methods must be async for instances = 'per-call'")


def _has(facade: Facade, made: Any, name: str) -> bool:
    """Whether the object has a lifecycle method of this name that needs no arguments; a module, of its own."""
    target = facade.target
    method = getattr(made, name, None) if target.kind != "function" else None
    if method is None or not callable(method):
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
