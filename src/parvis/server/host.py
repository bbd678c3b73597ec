"""The host: the services of one process and what guards them, opened and closed in order. It knows no protocol."""

from __future__ import annotations

import asyncio
import difflib
import itertools
import secrets
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from typing import Any, TypeVar

from ..contract.model import CONSOLE, Contract
from ..contract.outcomes import Refusal
from .endpoint import Protocol
from .guards import Guards
from .object.live import CLOSING
from .object.service import BoundOperation, ServiceInstance
from .pipeline import respond
from .request import Request

A = TypeVar("A")

Beside = Callable[["Host"], AbstractAsyncContextManager[object]]
"""A further way to call (docs/protocols.md): serves its calls from when it is entered until it is left."""


AGAIN = (1.0, 2.0, 5.0, 10.0, 30.0)
"""Seconds before a service that could not be built is built again; then the last of them, on and on."""


async def nothing() -> None: ...


class Host:
    """Complete when it is made; its services can be called from :meth:`open` to :meth:`close`."""

    def __init__(
        self,
        services: Sequence[ServiceInstance],
        guards: Guards,
        *,
        body_limit: int = 1_048_576,
        beside: Sequence[Beside] = (),
        exhausted: Callable[[], None] = lambda: None,
        closing: Callable[[], Awaitable[None]] = nothing,
        opened: Callable[[], None] = lambda: None,
        boot: str | None = None,
    ) -> None:
        """``body_limit``: bytes that the arguments of a call may have. ``beside``: entered when every service is open,
        left before the first is closed. ``exhausted`` is called when a service can only go on in another process,
        ``opened`` once there is something to call, ``closing`` when all are closed. Every request id of this run begins
        with ``boot``."""
        self.services = tuple(services)
        self.guards = guards
        self.body_limit = body_limit
        self.ready = False
        self._exhausted = exhausted
        self._closing = closing
        self._opened = opened
        self._closed = False
        self._called = False
        """Whether there is something to call."""
        self._beside = tuple(beside)
        self._entered = AsyncExitStack()
        # Each is ``boot`` and the number of the request in hexadecimal. No frame of ours: it is asked for once a call.
        self.new_id: Callable[[], str] = map(
            f"{boot or secrets.token_hex(4)}{{:x}}".format, itertools.count(1)
        ).__next__
        """Gives the name of one more request, for the log and for who asks about it."""
        self._named: dict[tuple[str, int | None], BoundOperation] = {}
        for service in sorted(self.services, key=lambda each: each.contract.version):
            for each in service.operations.values():
                self._named[each.name, service.contract.version] = self._named[each.name, None] = each

    @property
    def contracts(self) -> tuple[Contract, ...]:
        return tuple(service.contract for service in self.services)

    def operation(self, name: str, version: int | None = None) -> BoundOperation:
        """The operation of this full name, ``shop.price``: of the newest version of its service, or of ``version``.

        Raises :class:`Refusal` where there is none.
        """
        found = self._named.get((name, version))
        if found is None:
            names = sorted({known for known, _ in self._named})
            near = " or ".join(difflib.get_close_matches(name[:200], names, n=3, cutoff=0.75))
            what = name[:200] if version is None else f"{name[:200]} in version {version}"
            raise Refusal("unknown-operation", f"There is no {what}." + (f" Did you mean {near}?" if near else ""),
                          docs=self.guards.links.get("docs", "/"))  # fmt: skip
        return found

    async def respond(self, protocol: Protocol[A], request: Request) -> A:
        """One call, whole: see :func:`.pipeline.respond`."""
        return await respond(self.guards, protocol, request)

    async def open(self, *, persistent: bool = False) -> None:
        """Build every service, side by side; each can be called from when it is built. Raises what a façade raises,
        with all closed again. ``persistent``: somebody relies on the others, so one that fails is built again and
        again, with growing pauses."""
        building = [asyncio.ensure_future(self._build(service, persistent)) for service in self.services]
        try:
            for done in asyncio.as_completed(building):
                await done
            for protocol in self._beside:
                await self._entered.enter_async_context(protocol(self))
        except BaseException as error:
            if isinstance(error, Exception):  # what begins now is left in good order, too, but not waited for for ever
                await asyncio.wait(building, timeout=CLOSING)
            for task in building:
                task.cancel()
            await asyncio.gather(*building, return_exceptions=True)
            await self._close()  # or the store and its lock would be held, and hide from the next start why
            raise
        self.ready = True

    async def _build(self, service: ServiceInstance, persistent: bool) -> None:
        pauses = itertools.chain(AGAIN, itertools.repeat(AGAIN[-1]))
        while True:
            try:
                await service.open(self._exhausted, self._delayed, self._told)
                break
            except Exception as error:
                if not persistent:
                    raise
                pause = next(pauses)
                self._told(service, "service-failed", error, {"again_in": pause})
                await asyncio.sleep(pause)
        if service.contract.service != CONSOLE and not self._called:
            self._called = True
            self._opened()

    async def close(self) -> None:
        self.ready = False
        await self._close()
        self.guards.log.flush()

    async def _close(self) -> None:
        if self._closed:
            return
        self._closed = True
        await self._leave_beside()
        self.guards.watchdog.close()
        for service in reversed(self.services):
            await self._leave(service)
        await self._closing()

    def _delayed(self, operation: BoundOperation) -> None:
        service, name = operation.service.contract.service, operation.operation.spec.name
        self.guards.log.event(
            "warning", "calls-wait", service=service, operation=name,
            fix=f'calls wait behind others: where the object may be called by several threads at once, say '
            f'`run = {{ "{name}" = "threads:8" }}` in [service.{service}]',
        )  # fmt: skip

    def _told(self, service: ServiceInstance, event: str, error: BaseException | None, fields: dict[str, Any]) -> None:
        fields = {"service": service.contract.service, "version": service.contract.version, **fields}
        if error is None:
            self.guards.log.event("info" if event == "service-back" else "warning", event, **fields)
        else:
            self.guards.log.error(event, error, **fields)

    async def _leave_beside(self) -> None:
        """From now on nothing new comes by other ways."""
        try:
            await self._entered.aclose()
        except Exception as error:
            self.guards.log.error("close-failed", error, protocol=True)

    async def _leave(self, service: ServiceInstance) -> None:
        try:
            await service.close()
        except Exception as error:  # one façade's trouble at its end must not keep the others from theirs
            self.guards.log.error("close-failed", error, service=service.contract.service)
