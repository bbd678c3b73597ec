"""A service as the server holds it: its live object, with its threads and bound methods, and another in its place where
every thread of one hangs.

Rule: no other service feels it. Until the new object is there its calls are refused, those to others go on. Where it
happens again and again there are growing pauses, in which a thread may come back; and no more than :data:`MOST` objects
hang at once: then the process is to be replaced.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from ...facade.compile import Facade
from ...facade.operation import Operation
from .live import LOOK, LiveObject
from .threads import FacadeThreads

PATIENCE = 1.0
"""Seconds that a call may wait behind others until the publisher is told what helps."""

MOST = 8
"""Objects of a service whose threads hang, the one in use among them."""
CALM = 600.0
"""Seconds after which a loss counts as the first."""
LONGEST = 60.0
"""Seconds of the longest pause before another object is built."""


@dataclass(slots=True, eq=False)
class BoundOperation:
    """One operation of a live object, ready to be called: what every protocol's endpoint of it shares."""

    operation: Operation
    service: ServiceInstance
    name: str
    """The operation's full name, ``shop.price``: in logs, records and metrics."""
    console: bool = False
    """An operation of Parvis itself, which is never charged."""
    sandbox: BoundOperation | None = None
    """The same operation of the service's sandbox, for test keys."""
    method: Callable[..., Any] = field(default=lambda: None)
    """The bound method; set when the service opens."""
    calls: dict[int, int] = field(default_factory=dict)
    """Status -> how many, for the metrics."""
    seconds: float = 0.0
    """Spent in them, for the metrics."""
    right: str = field(init=False)
    cost: int = field(init=False)
    read: bool = field(init=False)
    """Whether it only reads: then it is repeated at will, and a test key may call it."""
    stream: bool = field(init=False)
    in_task: bool = field(init=False)
    """Whether it is called in a task: an async method may ask which one it runs in."""
    limited: bool = field(init=False)
    """Whether a parameter ``limit`` says how many it gives: then a plan may bound it."""
    defaults: dict[str, Any] = field(init=False)

    def __post_init__(self) -> None:
        spec = self.operation.spec
        self.right = spec.right
        self.cost = spec.cost
        self.read = spec.read is not None
        self.stream = spec.result.stream
        self.in_task = self.stream or self.operation.mode == "loop"
        self.limited = any(
            p.name == "limit" and p.type in ("int", "int | None") and p.kind != "positional_only"
            for p in spec.parameters
        )
        self.defaults = {p.name: p.default.value for p in spec.parameters if p.default is not None and p.default.exact}

    def named(self, arguments: tuple[Any, ...], keywords: dict[str, Any]) -> dict[str, Any]:
        """All arguments of a call by name, with the defaults of those that were left out."""
        names = self.operation.arguments.positional
        return {**self.defaults, **dict(zip(names, arguments, strict=False)), **keywords}


Told = Callable[["ServiceInstance", str, BaseException | None, dict[str, Any]], None]
"""Is told what happens to a service: the event, what was raised, and fields for the log."""


def _nobody(*_: Any) -> None: ...


class ServiceInstance:
    """One service in this process, from its start to its stop.

    ``sandbox`` is another object with the same operations, which test keys reach in its place. It lives as long.
    """

    def __init__(self, facade: Facade, *, console: bool = False, sandbox: ServiceInstance | None = None) -> None:
        self.facade = facade
        self.contract = facade.contract
        self.sandbox = sandbox
        self.operations: dict[str, BoundOperation] = {
            name: BoundOperation(
                operation,
                self,
                f"{self.contract.service}.{name}",
                console,
                None if sandbox is None else sandbox.operations[name],
            )
            for name, operation in facade.operations.items()
        }
        self.live = LiveObject(facade, self._lost)
        self.pools: dict[str, FacadeThreads] = {}
        """The threads of its sync operations, by what ``run`` says of them; those of the live object."""
        self.away = True
        """True until the object is built, and from when every thread of a pool hangs until there are others: no call
        runs."""
        self.built = asyncio.Event()
        """Set from when the object was built for the first time."""
        self._before: dict[LiveObject, asyncio.Task[None]] = {}
        """The objects that were left behind, each with what leaves it when its threads come back."""
        self._exhausted: Callable[[], None] = _nobody
        self._delayed: Callable[[BoundOperation], None] = _nobody
        self._told: Told = _nobody
        self._renewing: asyncio.Task[None] | None = None
        self._losses = 0
        """Since it was calm."""
        self._lost_at = 0.0

    async def open(
        self, exhausted: Callable[[], None], delayed: Callable[[BoundOperation], None] = _nobody, told: Told = _nobody
    ) -> None:
        """Build the object and enter it, on a thread that will call it. Raises what the façade raises.

        ``exhausted`` is called when nothing helps but another process, ``delayed`` once, when a call has waited
        :data:`PATIENCE` behind others, ``told`` where threads are lost, and when there are others."""
        self._exhausted, self._delayed, self._told = exhausted, delayed, told
        if self.sandbox is not None and self.sandbox.away:
            await self.sandbox.open(exhausted, delayed, told)
        live = self.live
        try:
            self._take(live, await live.open())
        except Exception:
            self.live = LiveObject(self.facade, self._lost)  # for another try
            with contextlib.suppress(Exception):
                await live.close()
            raise
        self.away = False
        self.built.set()

    def delayed(self, operation: BoundOperation) -> None:
        """A call of this operation has waited behind others."""
        tell, self._delayed = self._delayed, _nobody
        tell(operation)

    async def close(self) -> None:
        """Leave the object and end its threads, and those that were left behind. Raises what the façade raises,
        ``TimeoutError`` when it takes too long."""
        ended = [self._renewing, *self._before.values()]
        for task in filter(None, ended):
            task.cancel()
        await asyncio.gather(*filter(None, ended), return_exceptions=True)
        try:
            if self.sandbox is not None:
                await self.sandbox.close()
        finally:
            await asyncio.gather(*(each.close() for each in (*self._before, self.live)))

    def _take(self, live: LiveObject, methods: dict[str, Callable[..., Any]]) -> None:
        self.live, self.pools = live, live.pools
        for name, method in methods.items():
            self.operations[name].method = method

    def _lost(self, live: LiveObject) -> None:
        if live is self.live and not self.away:
            self.away = True
            self._renewing = asyncio.ensure_future(self._renew())

    async def _renew(self) -> None:
        now = asyncio.get_running_loop().time()
        self._losses = 0 if now - self._lost_at > CALM else self._losses
        given_up = False
        while not self.live.whole:
            hang = 1 + sum(each.hangs for each in self._before)
            if hang >= MOST or not self.live.renewable:
                if not given_up:
                    given_up = True
                    self._tell("service-exhausted", hang=hang, fix="the process that serves is replaced")
                    self._exhausted()
                await self._pause(LONGEST)
                continue
            pause = min(2.0 ** (self._losses - 1), LONGEST) if self._losses else 0.0
            self._tell(
                "service-lost", pause=pause, hang=hang,
                fix="calls past their `timeout` hold every thread: give what they wait for a time limit of its own, or "
                "raise `timeout`",
            )  # fmt: skip
            self._losses += 1
            await self._pause(pause)
            if not self.live.whole:
                await self._replace()
        self._lost_at = asyncio.get_running_loop().time()
        self.away = False
        self._tell("service-back")

    async def _pause(self, seconds: float) -> None:
        """Or until a thread came back."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while not self.live.whole:
                    await asyncio.sleep(LOOK)

    async def _replace(self) -> None:
        live = LiveObject(self.facade, self._lost)
        try:
            methods = await live.open(again=True)
        except BaseException as error:
            live.disown()
            with contextlib.suppress(Exception):
                await live.close()
            if not isinstance(error, Exception):
                raise
            self._tell("service-failed", error)
            return
        old = self.live
        old.disown()
        self._take(live, methods)
        self._before[old] = asyncio.ensure_future(self._leave(old))

    async def _leave(self, old: LiveObject) -> None:
        try:
            await old.outlived()
        except Exception as error:
            self._tell("close-failed", error)
        del self._before[old]

    def _tell(self, event: str, error: BaseException | None = None, **fields: Any) -> None:
        self._told(self, event, error, fields)
