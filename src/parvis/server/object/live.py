"""One object of a service, and the threads that call it: from its building to its end.

Rule: an object is called by its own threads alone. Where these hang the service gets another object with threads of its
own (:mod:`.service`), and this one is left behind, as it is, until nobody is in it any more.
"""

from __future__ import annotations

import asyncio
import functools
import weakref
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from typing import Any, TypeVar

from ...facade.compile import Facade
from .lifecycle import alive, begins, builder, method_of, per_call
from .threads import FacadeThreads, carried

T = TypeVar("T")

CLOSING = 5.0
"""Seconds that an object has for its end."""
BUSY = 0.5
"""The same for an object that is still in a call: its grace is over, and it is not waited for much longer."""
LOOK = 0.1
"""Seconds between two looks, whether a thread came back, and whether an object that was left behind is empty."""


class LiveObject:
    """``exhausted`` is called when every thread of a pool hangs."""

    def __init__(self, facade: Facade, exhausted: Callable[[LiveObject], None]) -> None:
        self._facade = facade
        self._exhausted = exhausted
        self.pools: dict[str, FacadeThreads] = {}
        """The threads of its sync operations, by what ``run`` says of them."""
        self.streams: weakref.WeakSet[object] = weakref.WeakSet()
        """Those that are open."""
        self.renewable = True
        """Whether there can be another in its place: not where it was given as it is, and has a beginning of its own,
        which is made once."""
        self._life = AsyncExitStack()
        self._live = False
        """True from the end of its start to the beginning of its end: what was not entered is not left."""

    async def open(self, *, again: bool = False) -> dict[str, Callable[..., Any]]:
        """Build the object and enter it, on a thread that will call it. Gives its methods by operation. ``again``: it
        takes the place of another. Raises what the façade raises."""
        facade = self._facade
        sizes = {op.pool: op.threads for op in facade.operations.values() if op.pool}
        for pool, size in sizes.items():
            name = "" if len(sizes) == 1 or pool == "thread" else f"-{pool}"
            exhausted = functools.partial(self._exhausted, self)
            self.pools[pool] = FacadeThreads(facade.contract.service + name, size, exhausted)
        if facade.options.instances == "per-call":
            build = builder(facade)
            return {name: per_call(facade, operation, build) for name, operation in facade.operations.items()}
        target, settings = facade.target, facade.options.settings
        make: Callable[[], Any] = functools.partial(target.make, settings)
        if again and target.anew is not None:
            make = target.anew(settings)  # never what a factory made when it was looked at
        found = await _told(self._life.enter_async_context(alive(facade, make, self._there)))
        self._live = True
        self.renewable = target.anew is not None or not begins(facade, found)
        return {
            name: await _told(self._there(functools.partial(method_of, facade, found, operation.path)))
            for name, operation in facade.operations.items()
        }

    @property
    def whole(self) -> bool:
        """Whether each pool has a thread that does not hang."""
        return all(pool.alive for pool in self.pools.values())

    @property
    def hangs(self) -> bool:
        """Whether a thread of it is lost."""
        return any(pool.hangs for pool in self.pools.values())

    async def close(self) -> None:
        """Leave the object and end its threads. Raises what the façade raises, ``TimeoutError`` when it takes too long.

        When every thread hangs there is nobody left who may touch the object: it ends with its process.
        """
        live, self._live = self._live, False
        try:
            home = self._home
            if live and (home is None or home.alive > 0):
                async with asyncio.timeout(BUSY if any(pool.busy for pool in self.pools.values()) else CLOSING):
                    await _told(self._life.aclose())
        finally:
            await asyncio.gather(*(pool.close() for pool in self.pools.values()))

    def disown(self) -> None:
        """Another one has it now, where it was given as it is: who has it last ends it."""
        if self._facade.target.anew is None:
            self._live = False

    async def outlived(self) -> None:
        """Leave the object, once its threads came back and nobody is in it: streams go on in it, and async calls."""
        waits = [op.timeout for op in self._facade.operations.values() if op.mode == "loop"]
        await asyncio.sleep(max(waits, default=0.0))
        while self.hangs or self.streams or any(pool.busy for pool in self.pools.values()):
            await asyncio.sleep(LOOK)
        await self.close()

    @property
    def _home(self) -> FacadeThreads | None:
        """Where the object is built, entered and left."""
        return self.pools.get("thread") or next(iter(self.pools.values()), None)

    async def _there(self, function: Callable[[], Any]) -> Any:
        home = self._home
        if home is None or home.alive == 0:
            return function()
        return await home.submit(function).future


async def _told(step: Awaitable[T]) -> T:
    """A step of the façade's that may run on the event loop. Whatever it raises is an exception that can be told, but
    for the cancelling of this very task."""
    try:
        return await step
    except BaseException as error:
        task = asyncio.current_task()
        if isinstance(error, asyncio.CancelledError) and task is not None and task.cancelling():
            raise
        told = carried(error, told=True)
        if told is error:
            raise
        raise told from error
