"""The ASGI application: it opens the services, sends each request where it belongs, and closes them again.

It knows nothing of sockets or processes, so it runs under any ASGI server and inside another application.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import secrets
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from time import perf_counter
from typing import TYPE_CHECKING, Any

from ..contract.model import Contract
from ..contract.openapi import openapi
from ..contract.outcomes import Refusal
from ..protocol.http.answer import JSON, NOSNIFF, PRIVATE
from ..protocol.http.router import Router
from . import metrics, oauth, pipeline
from .call import Call, Receive, Scope, Send
from .hosted import Entry, Hosted
from .identify import CONSOLE, Identifier, local
from .logs import Log
from .running import Running

if TYPE_CHECKING:
    from .admission import Admission

PAGES = frozenset({"", "errors", "operator", "register", "reset", "static", "verify"})
"""First parts of the paths that pages have, beside the services' own front pages."""

App = Callable[[Scope, Receive, Send], Awaitable[None]]


@dataclass(slots=True, kw_only=True)
class Bounds:
    """What one request may be."""

    body: int = 1_048_576
    hosts: frozenset[str] | None = None
    """Host names served, with and without a port; None inside another application, which sees to it itself."""


@dataclass(slots=True, eq=False)
class Application:
    """Services behind one address. ``opening`` builds what the services need (the store); its undoing is returned."""

    services: Sequence[Hosted]
    identifier: Identifier
    log: Log
    bounds: Bounds = field(default_factory=Bounds)
    base_url: str = ""
    admission: Admission | None = None
    """Limits, quotas and the meter; None where nobody has any: an object in this process."""
    pages: App | None = None
    exhausted: Callable[[], None] = lambda: None
    """Called when every thread of a service hangs: the composition root replaces the worker."""
    closing: Callable[[], Awaitable[None]] | None = None
    opened: Callable[[], None] = lambda: None
    """Called once every service is open."""

    running: Running = field(init=False)
    router: Router[Entry] = field(default_factory=Router, init=False)
    unrouted: dict[int, int] = field(default_factory=dict, init=False)
    ready: bool = field(default=False, init=False)
    hosts: frozenset[bytes] | None = field(default=None, init=False)
    links: dict[str, str] = field(default_factory=dict, init=False)
    _documents: dict[str, bytes] = field(default_factory=dict, init=False)
    _id: Callable[[], int] = field(default=itertools.count(1).__next__, init=False)
    boot: str = field(default_factory=lambda: secrets.token_hex(4))
    """What every request id of this run begins with."""

    @property
    def body_limit(self) -> int:
        return self.bounds.body

    def __post_init__(self) -> None:
        self.running = Running(self)
        if self.bounds.hosts is not None:
            self.hosts = frozenset(name.lower().encode() for name in self.bounds.hosts)
        self.links = {
            "docs": f"{self.base_url}/",
            "register": f"{self.base_url}/parvis/v1/accounts",
            "keys": f"{self.base_url}/parvis/v1/keys",
            "limits": f"{self.base_url}/parvis/v1/limits",
            "explain": f"{self.base_url}/parvis/v1/access/explain",
            "token": f"{self.base_url}/oauth/token",
        }
        for hosted in self.services:
            for entry in hosted.entries.values():
                for route in entry.operation.spec.routes:
                    self.router.add(hosted.contract.prefix, route, entry)
        for contract in self.contracts():
            self._documents[f"{contract.prefix}/contract.json"] = contract.to_json()
        for contract in sorted(self.contracts(), key=lambda c: c.version):
            self._documents[f"/{contract.service}/contract.json"] = contract.to_json()  # the newest major stays

    def entry(self, name: str) -> Entry:
        """The newest operation of this full name."""
        service, _, rest = name.partition(".")
        hosted = max((h for h in self.services if h.contract.service == service), key=lambda h: h.contract.version)
        return hosted.entries[rest]

    def contracts(self) -> Iterable[Contract]:
        return (hosted.contract for hosted in self.services)

    async def open(self) -> None:
        """Build every service. Raises what a façade raises, with those already open closed again."""
        opened: list[Hosted] = []
        try:
            for hosted in self.services:
                opened.append(hosted)
                await hosted.open(self.exhausted)
        except BaseException:
            for hosted in reversed(opened):
                await self._leave(hosted)
            raise
        self.ready = True
        self.opened()

    async def close(self) -> None:
        self.ready = False
        self.running.close()
        for hosted in reversed(self.services):
            await self._leave(hosted)
        if self.closing is not None:
            await self.closing()
        self.log.flush()

    async def _leave(self, hosted: Hosted) -> None:
        try:
            await hosted.close()
        except Exception as error:  # one façade's trouble at its end must not keep the others from theirs
            self.log.error("close-failed", error, service=hosted.contract.service)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            began = perf_counter()
            # Mounted in another application, the path begins with where that is (ASGI: root_path).
            path = scope["path"].removeprefix(scope.get("root_path", ""))
            if self._is_call(path):
                await pipeline.respond(self, Call(scope, receive, send, f"{self.boot}{self._id():x}", began))
            else:
                await self._other(scope, receive, send, path, began)
        else:
            await send({"type": "websocket.close", "code": 1000})

    def _is_call(self, path: str) -> bool:
        """Whether a path is an operation's or nobody's; documents, pages and health go another way."""
        if path in self._documents or path.endswith("/openapi.json"):
            return False
        first, _, rest = path[1:].partition("/")
        if first in ("health", "metrics", "oauth"):
            return False
        return self.pages is None or not (first in PAGES or not rest)

    async def _other(self, scope: Scope, receive: Receive, send: Send, path: str, began: float) -> None:
        call = Call(scope, receive, send, f"{self.boot}{self._id():x}", began)
        try:
            if path.startswith("/health/") and call.method not in ("GET", "HEAD"):
                raise _only_get(call, path)
            if path == "/health/live":
                await _plain(call, 200, b'{"status":"live"}')
                return
            if path == "/health/ready":
                state = b"ready" if self.ready else b"starting"
                await _plain(call, 200 if self.ready else 503, b'{"status":"' + state + b'"}')
                return
            pipeline.bound(self, call)
            if path == oauth.PATH and self.admission is not None:
                await oauth.respond(self, call)
            elif path == "/metrics" and local(call):
                if call.method not in ("GET", "HEAD"):
                    raise _only_get(call, path)
                text = metrics.page(self.services, self.unrouted, self.admission)
                await _plain(call, 200, text, (b"content-type", b"text/plain; version=0.0.4; charset=utf-8"))
            elif (document := self._document(path, scope["query_string"])) is not None:
                if call.method not in ("GET", "HEAD"):
                    raise _only_get(call, path)
                await _plain(call, 200, document)
            elif self.pages is not None and not path.endswith(".json") and path != "/metrics":
                call.started = True
                self.identifier.see_through(call)
                await self.pages({**scope, "client": (call.address, 0)}, receive, _watched(call, send))
            else:
                pipeline.route(self, call)
        except Exception as error:
            await pipeline.refuse(self, call, error)
        finally:
            if not path.startswith("/health/"):
                pipeline.end(self, call)

    def _document(self, path: str, query: bytes) -> bytes | None:
        if path in self._documents:
            return self._documents[path]
        for contract in self.contracts():
            if path == f"{contract.prefix}/openapi.json":
                old = query == b"version=3.0"
                key = path + ("?3.0" if old else "?3.1")  # never the path itself, which would hide the other version
                if key not in self._documents:
                    made = openapi(contract, server_url=self.base_url or None, version="3.0" if old else "3.1")
                    self._documents[key] = json.dumps(made, ensure_ascii=False).encode()
                return self._documents[key]
        return None

    def check_host(self, host: bytes | None, scope: Scope) -> None:
        """A host that is not in the list as it stands: none, one over the operator's socket, or a stranger's."""
        if self.identifier.by_operator_socket(scope):
            return
        if not host:
            raise Refusal("malformed-request", "There is no Host header.")
        raise Refusal("host-refused", f"{host.decode(errors='replace')[:100]!r} is not a name of this server.")

    def docs_of(self, path: str) -> str:
        service = path[1:].partition("/")[0]
        known = any(contract.service == service for contract in self.contracts())
        return f"{self.base_url}/{service}/" if known and service != CONSOLE else f"{self.base_url}/"

    def report(self, call: Call, error: BaseException) -> None:
        """A bug of a façade or of ours: whole into the log, nothing of it to the caller."""
        name = call.entry.name if call.entry is not None else call.scope["path"][:200]
        self.log.error("call-failed", error, request_id=call.id, operation=name)


def _only_get(call: Call, path: str) -> Refusal:
    call.problem_headers.append((b"allow", b"GET, HEAD"))
    return Refusal("method-not-allowed", f"{path} does not take {call.method}.")


async def _plain(call: Call, status: int, body: bytes, kind: tuple[bytes, bytes] = JSON) -> None:
    call.status = status
    call.started = True
    headers = [kind, (b"content-length", b"%d" % len(body)), NOSNIFF, *([PRIVATE] if status != 200 else [])]
    await call.send({"type": "http.response.start", "status": status, "headers": headers})
    await call.send({"type": "http.response.body", "body": body})


def _watched(call: Call, send: Send) -> Send:
    async def watch(message: Any) -> None:
        if message["type"] == "http.response.start":
            call.status = message["status"]
        await send(message)

    return watch


class Waiting:
    """An application whose making must wait for a running loop (the store), made at start or at the first request."""

    def __init__(
        self, make: Callable[[], Awaitable[Application]], *, failed: Callable[[Exception], None] | None = None
    ) -> None:
        """``failed`` is told why the start failed, before the ASGI server is."""
        self._make = make
        self._failed = failed
        self._made: Application | None = None
        self._lock: asyncio.Lock | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
        else:
            await (self._made or await self._ready())(scope, receive, send)

    async def _ready(self) -> Application:
        # Mounted in another application there is no lifespan of our own: the first request opens.
        self._lock = self._lock or asyncio.Lock()
        async with self._lock:
            if self._made is None:
                made = await self._make()
                await made.open()
                self._made = made
        return self._made

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                try:
                    await self._ready()
                except Exception as error:
                    if self._failed is not None:
                        self._failed(error)
                    await send({"type": "lifespan.startup.failed", "message": f"{type(error).__name__}: {error}"})
                    raise
                await send({"type": "lifespan.startup.complete"})
            else:
                if self._made is not None:
                    await self._made.close()
                await send({"type": "lifespan.shutdown.complete"})
                return

    async def close(self) -> None:
        if self._made is not None:
            await self._made.close()
