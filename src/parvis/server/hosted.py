"""A service as the server holds it: the live object, its threads, its bound methods."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Any

from ..facade.compile import Facade
from ..facade.operation import Operation
from ..protocol.http.query import Query
from .lifecycle import alive, builder, method_of, per_call
from .threads import FacadeThreads

CLOSING = 5.0
"""Seconds that an object has for its end."""
BUSY = 0.5
"""The same for an object that is still in a call: its grace is over, and it is not waited for much longer."""


@dataclass(slots=True, eq=False)
class Entry:
    """One operation, ready to be called: what the pipeline holds of it."""

    operation: Operation
    hosted: Hosted
    name: str
    """The operation's full name, ``shop.price``: in logs and metrics."""
    right: str
    query: Query
    method: Callable[..., Any] = field(default=lambda: None)
    """The bound method; set when the service opens."""
    calls: dict[int, int] = field(default_factory=dict)
    """Status -> how many, for the metrics."""
    seconds: float = 0.0


class Hosted:
    """One service in this process, from its start to its stop."""

    def __init__(self, facade: Facade) -> None:
        self.facade = facade
        self.contract = facade.contract
        self.timeout = facade.options.timeout
        types = {t.name: t for t in facade.contract.types}
        self.entries = {
            name: Entry(op, self, f"{self.contract.service}.{name}", op.spec.right, Query(op.spec.parameters, types))
            for name, op in facade.operations.items()
        }
        self.threads: FacadeThreads | None = None
        self._life = AsyncExitStack()
        self._live = False
        """True from the end of its start to the beginning of its end: what was not entered is not left."""

    async def open(self, exhausted: Callable[[], None]) -> None:
        """Build the object and enter it, on the thread that will call it. Raises what the façade raises."""
        if any(e.operation.mode == "thread" for e in self.entries.values()):
            self.threads = FacadeThreads(self.contract.service, self.facade.options.threads, exhausted)
        if self.facade.options.instances == "per-call":
            build = builder(self.facade)
            for entry in self.entries.values():
                entry.method = per_call(self.facade, entry.operation, build)
            return
        found = await self._life.enter_async_context(alive(self.facade, self._there))
        self._live = True
        for entry in self.entries.values():
            entry.method = await self._there(functools.partial(method_of, self.facade, found, entry.operation.path))

    async def close(self) -> None:
        """Leave the object and end its threads. Raises what the façade raises, ``TimeoutError`` when it takes too long.

        When every thread hangs there is nobody left who may touch the object: it ends with its process.
        """
        live, self._live = self._live, False
        try:
            if live and (self.threads is None or self.threads.alive > 0):
                async with asyncio.timeout(BUSY if self.threads is not None and self.threads.busy else CLOSING):
                    await self._life.aclose()
        finally:
            if self.threads is not None:
                await self.threads.close()

    async def _there(self, function: Callable[[], Any]) -> Any:
        if self.threads is None or self.threads.alive == 0:
            return function()
        return await self.threads.submit(function).future
