"""A service as the server holds it: the live object, its threads, its bound methods."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from ..facade.compile import Facade
from ..facade.operation import Operation
from ..protocol.http.query import Query
from .threads import FacadeThreads

_CLOSERS = ("aclose", "close", "stop", "shutdown")


@dataclass(slots=True, eq=False)
class Entry:
    """One operation, ready to be called: what the pipeline holds of it."""

    operation: Operation
    hosted: Hosted
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
            name: Entry(op, self, f"{self.contract.service}.{name}", Query(op.spec.parameters, types))
            for name, op in facade.operations.items()
        }
        self.threads: FacadeThreads | None = None
        self._object: Any = None
        self._entered: Any = None

    async def open(self, exhausted: Callable[[], None]) -> None:
        """Build the object and enter it, on the thread that will call it. Raises what the façade raises."""
        if any(e.operation.mode == "thread" for e in self.entries.values()):
            self.threads = FacadeThreads(self.contract.service, self.facade.options.threads, exhausted)
        make = functools.partial(self.facade.target.make, self.facade.options.settings)
        self._object = self._entered = await self._there(make)
        if hasattr(type(self._object), "__aenter__"):
            self._entered = await self._object.__aenter__()
        elif hasattr(type(self._object), "__enter__"):
            self._entered = await self._there(self._object.__enter__)
        elif self._starts("start"):
            await self._either(self._object.start)
        for entry in self.entries.values():
            entry.method = await self._there(functools.partial(self._bind, entry.operation.path))

    def _bind(self, path: tuple[str, ...]) -> Callable[..., Any]:
        found = self._entered if self._entered is not None else self._object
        if self.facade.target.kind == "function":
            return found  # type: ignore[no-any-return]
        for name in path:
            found = getattr(found, name)
        return found  # type: ignore[no-any-return]

    async def close(self) -> None:
        """Leave the object and end its threads. Raises what the façade raises."""
        try:
            if self._object is None or self.facade.target.kind in ("module", "function"):
                return
            if hasattr(type(self._object), "__aexit__"):
                await self._object.__aexit__(None, None, None)
            elif hasattr(type(self._object), "__exit__"):
                await self._there(functools.partial(self._object.__exit__, None, None, None))
            else:
                for name in _CLOSERS:
                    if self._starts(name):
                        await self._either(getattr(self._object, name))
                        break
        finally:
            if self.threads is not None:
                await self.threads.close()

    def _starts(self, name: str) -> bool:
        """Whether the object has a lifecycle method of this name that needs no arguments."""
        method = getattr(self._object, name, None) if self.facade.target.kind not in ("module", "function") else None
        if method is None or not callable(method):
            return False
        try:
            inspect.signature(method).bind()
        except TypeError:
            return False
        return True

    async def _there(self, function: Callable[[], Any]) -> Any:
        if self.threads is None or self.threads.alive == 0:
            return function()
        return await self.threads.submit(function).future

    async def _either(self, method: Callable[[], Any]) -> None:
        if inspect.iscoroutinefunction(method):
            await method()
        else:
            await self._there(method)
