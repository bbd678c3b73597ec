"""A service as the server holds it: the live object, its threads, its bound methods."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Any

from ..contract import bodies
from ..contract.pages import is_page
from ..facade.compile import Facade
from ..facade.operation import Operation
from ..protocol.http import accept
from ..protocol.http.answer import SECURE, Headers
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
    console: bool = False
    """An operation of Parvis itself, which is never charged."""
    sandbox: Entry | None = None
    """The same operation of the service's sandbox, for test keys."""
    method: Callable[..., Any] = field(default=lambda: None)
    """The bound method; set when the service opens."""
    calls: dict[int, int] = field(default_factory=dict)
    """Status -> how many, for the metrics."""
    manners: Headers = field(default_factory=lambda: SECURE)
    """What each of its answers carries, whatever it answers; not to be changed in place."""
    seconds: float = 0.0
    cost: int = field(init=False)
    stream: bool = field(init=False)
    number: int = field(default=0, init=False)
    """Its place in the meter's table of names; set when the application is made."""
    pages: bool = field(init=False)
    """Whether a parameter ``limit`` says how many it gives: then a plan may bound it."""
    paged: bool = field(init=False)
    """Whether its result is a page that says what the next one is."""
    defaults: dict[str, Any] = field(init=False)
    vary: tuple[bytes, bytes] = field(init=False)
    """What the form and the content of its answers depend on (RFC 9110 section 12.5.5)."""

    offers: tuple[bytes, ...] = field(init=False)
    """The media types of its answer, the usual one first."""
    raw: bytes | None = field(init=False)
    """The one of a result that goes out as it is."""
    taken: tuple[bytes, ...] = field(init=False)
    """The media types that its body may have."""
    beside: frozenset[bytes] = field(init=False)
    """Those of them that are no JSON in other words: forms, and what an upload may be."""
    uploads: tuple[bytes, ...] = field(init=False)
    """Those of them in which the upload is the body."""
    upload: str | None = field(init=False)
    """The parameter whose value may be a body as it is."""
    streamed: bool = field(init=False)
    """Whether that one is file-like, and so may be larger than memory."""

    def __post_init__(self) -> None:
        spec = self.operation.spec
        self.cost = spec.cost
        self.stream = spec.result.stream
        bound = [b.rule.source.removeprefix("header.") for b in self.operation.bound if "header." in b.rule.source]
        upload = bodies.upload(spec)
        self.upload = None if upload is None else upload.name
        self.streamed = upload is not None and bodies.is_file(upload)
        raw = bodies.raw(spec)
        self.raw = None if raw is None else raw.encode()
        given = () if self.raw is None else tuple(dict.fromkeys((self.raw, accept.BYTES)))
        self.offers = accept.STREAM if self.stream else (*given, *accept.VALUE)
        forms = accept.FORMS if bodies.by_form(spec) else ()
        self.uploads = tuple(kind.encode() for kind in bodies.uploads(spec))
        self.beside = frozenset((*forms, *self.uploads))
        self.taken = (*accept.TAKEN, *forms, *self.uploads)
        usual = ["Accept"] if self.stream else ["Accept", "Accept-Encoding"]
        self.vary = (b"vary", ", ".join([*usual, *dict.fromkeys(bound)]).encode())
        self.pages = any(
            p.name == "limit" and p.type in ("int", "int | None") and p.kind != "positional_only"
            for p in spec.parameters
        )
        self.paged = is_page(self.hosted.contract, spec)
        self.defaults = {p.name: p.default.value for p in spec.parameters if p.default is not None and p.default.exact}

    def named(self, arguments: tuple[Any, ...], keywords: dict[str, Any]) -> dict[str, Any]:
        """All arguments of a call by name, with the defaults of those that were left out."""
        names = self.operation.arguments.positional
        return {**self.defaults, **dict(zip(names, arguments, strict=False)), **keywords}


class Hosted:
    """One service in this process, from its start to its stop.

    ``sandbox`` is another object with the same operations, which test keys reach in its place. It lives as long.
    """

    def __init__(self, facade: Facade, *, console: bool = False, sandbox: Hosted | None = None) -> None:
        self.facade = facade
        self.contract = facade.contract
        self.timeout = facade.options.timeout
        self.sandbox = sandbox
        types = {t.name: t for t in facade.contract.types}
        self.entries: dict[str, Entry] = {
            name: Entry(
                op, self, f"{self.contract.service}.{name}", op.spec.right, Query(op.spec.parameters, types), console,
                None if sandbox is None else sandbox.entries[name],
            )
            for name, op in facade.operations.items()
        }  # fmt: skip
        self.threads: FacadeThreads | None = None
        self._life = AsyncExitStack()
        self._live = False
        """True from the end of its start to the beginning of its end: what was not entered is not left."""

    async def open(self, exhausted: Callable[[], None]) -> None:
        """Build the object and enter it, on the thread that will call it. Raises what the façade raises."""
        if self.sandbox is not None:
            await self.sandbox.open(exhausted)
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
            if self.sandbox is not None:
                await self.sandbox.close()
        finally:
            await self._leave(live)

    async def _leave(self, live: bool) -> None:
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
