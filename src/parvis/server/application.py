"""The ASGI application: it opens the services, sends each request where it belongs, and closes them again.

It knows nothing of sockets or processes, so it runs under any ASGI server and inside another application.
"""

from __future__ import annotations

import asyncio
import difflib
import itertools
import secrets
from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from dataclasses import dataclass, field
from time import perf_counter
from typing import TYPE_CHECKING, Any

from ..contract.model import Contract
from ..contract.outcomes import Refusal
from ..protocol.http import links
from ..protocol.http.answer import HTTPS_ONLY, PRIVATE, SECURE, Headers
from ..protocol.http.cors import Cors, merged
from ..protocol.http.router import Router
from . import metrics, pipeline
from .call import Call
from .hosted import Entry, Hosted
from .http import content, oauth, options
from .http.asgi import App, Receive, Scope, Send
from .http.call import HttpCall, bound
from .http.documents import Document, Documents
from .http.left import Left
from .identify import CONSOLE, Identifier, local
from .logs import Log
from .mcp import door
from .running import Running

if TYPE_CHECKING:
    from .admission import Admission
    from .idempotency import Idempotency
    from .mcp.tools import Tools

PAGES = frozenset({"", "errors", "operator", "register", "reset", "static", "verify"})
"""First parts of the paths that pages have, beside the services' own front pages."""
HEALTH = frozenset({"/health/live", "/health/ready"})
METRICS = (b"content-type", b"text/plain; version=0.0.4; charset=utf-8")


Protocol = Callable[["Application"], AbstractAsyncContextManager[object]]
"""A way to call beside HTTP (docs/protocols.md): serves its calls from when it is entered until it is left."""


@dataclass(slots=True, kw_only=True)
class Bounds:
    """What one request may be."""

    body: int = 1_048_576
    upload: int = 104_857_600
    spool: str | None = None
    """The directory of uploads that are in hand; None for the system's own."""
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
    idempotency: Idempotency | None = None
    """None where nothing is kept: an object in this process, whose caller has no answer to lose."""
    pages: App | None = None
    cors: Cors | None = None
    """Which scripts of other origins may call; None where none may."""
    protocols: Sequence[Protocol] = ()
    """What is served beside HTTP: entered when every service is open, left before the first is closed."""
    exhausted: Callable[[], None] = lambda: None
    """Called when every thread of a service hangs: the composition root replaces the worker."""
    closing: Callable[[], Awaitable[None]] | None = None
    opened: Callable[[], None] = lambda: None
    """Called once every service is open."""

    tools: Tools | None = field(default=None, init=False)
    """What answers agents; made at their first request."""
    running: Running = field(init=False)
    left: Left = field(init=False)
    router: Router[Entry] = field(default_factory=Router, init=False)
    unrouted: dict[int, int] = field(default_factory=dict, init=False)
    ready: bool = field(default=False, init=False)
    hosts: frozenset[bytes] | None = field(default=None, init=False)
    links: dict[str, str] = field(default_factory=dict, init=False)
    manners: Headers = field(default_factory=lambda: SECURE, init=False)
    """What every answer carries, whatever it answers; not to be changed in place."""
    documents: Documents = field(init=False)
    _beside: AsyncExitStack = field(default_factory=AsyncExitStack, init=False)
    _named: dict[tuple[str, int | None], Entry] = field(default_factory=dict, init=False)
    _id: Callable[[], int] = field(default=itertools.count(1).__next__, init=False)
    boot: str = field(default_factory=lambda: secrets.token_hex(4))
    """What every request id of this run begins with."""

    @property
    def body_limit(self) -> int:
        return self.bounds.body

    def __post_init__(self) -> None:
        self.running = Running(self)
        self.left = Left(self.admission)
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
        if self.base_url.startswith("https://"):
            self.manners = [*SECURE, HTTPS_ONLY]
        self._describe()

    def _describe(self) -> None:
        """Make what tells of the services: the documents, and what the answers of those that are to go carry."""
        self.documents = Documents(self.contracts(), self.base_url, pages=self.pages is not None)
        for hosted in self.services:
            page = self.documents.page(hosted.contract)
            for entry in hosted.entries.values():
                entry.manners = self.manners + links.parting(entry.operation.spec, page)
                if entry.sandbox is not None:
                    entry.sandbox.manners = entry.manners

    def new_id(self) -> str:
        """The name of one more request, for the log and for who asks about it."""
        return f"{self.boot}{self._id():x}"

    def entry(self, name: str, version: int | None = None) -> Entry:
        """The operation of this full name, ``shop.price``: of the newest version of its service, or of ``version``.

        Raises :class:`Refusal` where there is none.
        """
        if not self._named:
            for hosted in sorted(self.services, key=lambda h: h.contract.version):
                for entry in hosted.entries.values():
                    self._named[entry.name, hosted.contract.version] = self._named[entry.name, None] = entry
        found = self._named.get((name, version))
        if found is None:
            names = sorted({known for known, _ in self._named})
            near = " or ".join(difflib.get_close_matches(name[:200], names, n=3, cutoff=0.75))
            what = name[:200] if version is None else f"{name[:200]} in version {version}"
            raise Refusal("unknown-operation", f"There is no {what}." + (f" Did you mean {near}?" if near else ""),
                          docs=f"{self.base_url}/")  # fmt: skip
        return found

    def contracts(self) -> Iterable[Contract]:
        return (hosted.contract for hosted in self.services)

    async def open(self) -> None:
        """Build every service. Raises what a façade raises, with those already open closed again."""
        self._describe()  # again: by now it is known whether there are pages
        opened: list[Hosted] = []
        try:
            for hosted in self.services:
                opened.append(hosted)
                await hosted.open(self.exhausted)
            for protocol in self.protocols:
                await self._beside.enter_async_context(protocol(self))
        except BaseException:
            await self._end()
            for hosted in reversed(opened):
                await self._leave(hosted)
            raise
        self.ready = True
        self.opened()

    async def close(self) -> None:
        self.ready = False
        await self._end()
        self.running.close()
        for hosted in reversed(self.services):
            await self._leave(hosted)
        if self.closing is not None:
            await self.closing()
        self.log.flush()

    def at_end(self, close: Callable[[], Awaitable[object]]) -> None:
        """Something has begun beside the services that is to end before they do."""
        self._beside.push_async_callback(close)

    async def _end(self) -> None:
        """Leave the protocols beside HTTP: from now on nothing new comes by them."""
        try:
            await self._beside.aclose()
        except Exception as error:
            self.log.error("close-failed", error, protocol=True)

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
            answering = send if self.cors is None else _shared(self.cors, scope, send)
            call = HttpCall(scope, receive, answering, self.new_id(), began)
            if path == door.PATH:
                await door.respond(self, call)
            elif not self._is_call(path):
                await self._other(scope, receive, send, path, call)
            elif call.method == "OPTIONS":
                await options.respond(self, call)
            else:
                await pipeline.respond(self, call)
        else:
            await send({"type": "websocket.close", "code": 1000})

    def _is_call(self, path: str) -> bool:
        """Whether a path is an operation's or nobody's; documents, pages and health go another way."""
        if self.documents.is_one(path):
            return False
        first, _, rest = path[1:].partition("/")
        if first in ("health", "metrics", "oauth"):
            return False
        return self.pages is None or not (first in PAGES or not rest)

    async def _other(self, scope: Scope, receive: Receive, send: Send, path: str, call: HttpCall) -> None:
        """``send`` is for the pages, which are no script's business: they are never shared with another origin."""
        try:
            if path in HEALTH and call.method in ("GET", "HEAD"):  # whatever the host: probes ask by address
                live = self.ready or path == "/health/live"
                state = b"live" if path == "/health/live" else b"ready" if self.ready else b"starting"
                await self._plain(call, Document(b'{"status":"' + state + b'"}'), 200 if live else 503)
                return
            bound(self, call)
            if path == oauth.PATH and self.admission is not None:
                if call.method == "OPTIONS":
                    await options.answer(self, call, oauth.ALLOW)
                else:
                    await oauth.respond(self, call)
            elif path == "*" and call.method == "OPTIONS":
                await options.answer(self, call, options.EVERYTHING)
            elif (document := self._document(path, call)) is not None:
                if call.method == "OPTIONS":
                    await options.answer(self, call, options.READ_ONLY)
                elif call.method in ("GET", "HEAD"):
                    await self._plain(call, document)
                else:
                    raise _only_get(call, path)
            elif self.pages is not None and not path.endswith(".json") and path != "/metrics":
                call.started = True
                self.identifier.see_through(call)
                await self.pages({**scope, "client": (call.address, 0)}, receive, self._watched(call, send))
            else:
                call.find(self)
        except Exception as error:
            await pipeline.refuse(self, call, error)
        finally:
            if not path.startswith("/health/"):
                pipeline.end(self, call)

    def _document(self, path: str, call: HttpCall) -> Document | None:
        """What is there to be read at a path that is no call's and no page's."""
        if path.startswith("/health/") and call.method not in ("GET", "HEAD"):
            return Document(b"")  # of which only the methods are asked: reading it went before
        if path == "/metrics" and local(call):
            return Document(metrics.page(self.services, self.unrouted, self.admission), METRICS)
        return self.documents.find(path, call.scope["query_string"])

    async def _plain(self, call: HttpCall, document: Document, status: int = 200) -> None:
        body, more = document.body, [PRIVATE]
        if document.lasting:
            status, body, more = content.lasting(call, body)
        call.status = status
        call.started = True
        headers = [
            *([document.kind, (b"content-length", b"%d" % len(body))] if status != 304 else []),
            (b"x-request-id", call.id.encode()),
            *document.headers,
            *self.manners,
            *more,
        ]
        await call.send({"type": "http.response.start", "status": status, "headers": headers})
        await call.send({"type": "http.response.body", "body": body})

    def _watched(self, call: Call, send: Send) -> Send:
        """For the pages, which have their own security headers: what they cannot know is added."""

        async def watch(message: Any) -> None:
            if message["type"] == "http.response.start":
                call.status = message["status"]
                more = [(b"x-request-id", call.id.encode()), *(each for each in self.manners if each == HTTPS_ONLY)]
                message["headers"] = [*message.get("headers", ()), *more]
            await send(message)

        return watch

    def check_host(self, call: HttpCall) -> None:
        """A host that is not in the list as it stands: none, one over the operator's socket, or a stranger's."""
        if self.identifier.by_operator_socket(call):
            return
        host = call.headers.get(b"host")
        if not host:
            raise Refusal("malformed-request", "There is no Host header.")
        raise Refusal("host-refused", f"{host.decode(errors='replace')[:100]!r} is not a name of this server.")

    def docs_of(self, path: str) -> str:
        service = path[1:].partition("/")[0]
        known = any(contract.service == service for contract in self.contracts())
        return f"{self.base_url}/{service}/" if known and service != CONSOLE else f"{self.base_url}/"

    def report(self, call: Call, error: BaseException) -> None:
        """A bug of a façade or of ours: whole into the log, nothing of it to the caller."""
        name = call.entry.name if call.entry is not None else call.path[:200]
        self.log.error("call-failed", error, request_id=call.id, operation=name)


def _only_get(call: HttpCall, path: str) -> Refusal:
    call.problem_headers.append((b"allow", options.READ_ONLY))
    return Refusal("method-not-allowed", f"{path} does not take {call.method}.")


def _shared(cors: Cors, scope: Scope, send: Send) -> Send:
    """Every answer says with whom its browser may share it: also a problem, and one whose method never ran."""
    granted = cors.headers(next((value for name, value in scope["headers"] if name == b"origin"), None))

    async def share(message: Any) -> None:
        if message["type"] == "http.response.start":
            message["headers"] = merged(message["headers"], granted)
        await send(message)

    return share


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
