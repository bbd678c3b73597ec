"""HTTP above a host: each request goes to who answers it, a call, a document, a page, the agents' address or health.

Rule: whatever is asked, the answer is a value, and every request has its line in the log and its place in the counts;
but for health, which is asked every few seconds, and whatever the host name: probes ask by address.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any
from typing import Protocol as Port

from ...access.console import OPERATOR
from ...contract.model import CONSOLE
from ...contract.outcomes import Refusal
from ...protocol.http.addresses import AGENTS, FIRST, LIVE, METRICS, READY, SERVER, TOKEN
from ...protocol.http.answer import HTTPS_ONLY, PRIVATE, Headers, common
from ...protocol.http.cors import Cors, merged
from ...protocol.http.path_table import PathTable, Place
from ...protocol.http.refusal import not_allowed
from .. import metrics
from ..endpoint import Endpoint, Protocol
from ..host import Host
from ..identify import local
from ..pipeline import respond
from ..refuse import Refused
from ..request import Request
from ..run import in_task
from ..settle import Progress
from .answer import Answer, answered, options, problem
from .content import lasting
from .documents import Document, Documents
from .endpoint import HttpEndpoint, Surroundings, endpoints
from .mounted import App, answer_of
from .oauth import ALLOW as TOKEN_METHODS
from .oauth import TokenEndpoint
from .upload import Limits

READ_ONLY = b"GET, HEAD, OPTIONS"
EVERYTHING = b"DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT"
TEXT = (b"content-type", b"text/plain; version=0.0.4; charset=utf-8")


class Agents(Port):
    """What answers at the agents' address."""

    async def answer(self, request: Request) -> Answer: ...

    async def close(self) -> None: ...


class Router(Protocol[Answer]):
    """One for a server; for calls it is the protocol that the pipeline asks."""

    def __init__(
        self, host: Host, *, base_url: str = "", limits: Limits | None = None, cors: Cors | None = None,
        pages: App | None = None, agents: Agents | None = None,
    ) -> None:  # fmt: skip
        """``base_url`` is the server's public address, ``cors`` which scripts of other origins may call, ``pages`` an
        ASGI application of what people read."""
        self.host = host
        self._guards = guards = host.guards
        self._base_url = base_url
        self._cors = cors
        self._pages = pages
        self._agents = agents
        self._common = common(base_url)
        self._now = None if guards.admission is None else guards.admission.now
        self._documents = Documents(host.contracts, base_url, pages=pages is not None)
        limits = limits or Limits(body=host.body_limit)
        around = Surroundings(base_url=base_url, limits=limits, cors=cors, common=self._common, now=self._now)
        table: PathTable[HttpEndpoint] = PathTable()
        for service in host.services:
            for route, endpoint in endpoints(service, around, self._documents.page(service.contract)):
                table.add(service.contract.prefix, route, endpoint)
        self._table = table
        self._token: TokenEndpoint | None = None
        if guards.admission is not None:
            operation = host.operation("parvis.tokens.create")
            self._token = TokenEndpoint(guards, operation, limits.body, self._common)

    async def close(self) -> None:
        self.host.ready = False
        try:
            if self._agents is not None:
                await self._agents.close()
        except Exception as error:  # whose, it matters not: the host is closed all the same
            self._guards.log.error("close-failed", error, protocol=True)
        await self.host.close()

    async def answer(self, request: Request) -> Answer:
        """The answer to any request. Raises :class:`~..request.CallerGone` where there is nobody to answer."""
        path = request.path
        if path == AGENTS and self._agents is not None:
            await in_task()
            answer = await self._agents.answer(request)
        elif self._is_call(path):
            if request.method == "OPTIONS":
                answer = await self._answered(request, self._options_of_call)
            else:
                answer = await respond(self._guards, self, request)
        elif path in (LIVE, READY) and request.method in ("GET", "HEAD"):
            answer = self._health(request)
        else:
            await in_task()
            answer = await self._answered(request, self._other)
        if self._cors is not None and answer.shared:
            # Every answer says with whom its browser may share it: also a problem, and one whose method never ran.
            answer.fields = merged(answer.fields, self._cors.headers(request.fields.get(b"origin")))
        return answer

    def find(self, request: Request) -> HttpEndpoint:
        method = request.method
        place = self._table.fixed.get(request.path) or self._place(request.path)
        endpoint = place.methods.get("GET" if method == "HEAD" else method)
        if endpoint is None:
            raise not_allowed(request.path, method, place.allow)
        return endpoint

    def refuse(self, request: Request, refused: Refused, endpoint: Endpoint[Answer, Any] | None) -> Answer:
        carried = endpoint.common if isinstance(endpoint, HttpEndpoint) else self._common
        return problem(request, refused, carried, self._now)

    def _place(self, path: str) -> Place[HttpEndpoint]:
        """What stands at a path. Raises :class:`Refusal` where there is nothing."""
        found = self._table.find(path)
        if found is None:
            near = self._table.near(path)
            hint = f" Did you mean {' or '.join(near)}?" if near else ""
            raise Refusal("unknown-operation", f"There is nothing at {path[:200]}.{hint}", docs=self._docs_of(path))
        return found

    def _is_call(self, path: str) -> bool:
        """Whether a path is an operation's or nobody's; documents, pages and health go another way."""
        if path in self._documents.made or path.endswith("/openapi.json"):
            return False
        first, _, rest = path[1:].partition("/")
        kind = FIRST.get(first)
        if kind in (None, "agents", "page"):
            return self._pages is None or (kind != "page" and rest != "")
        return False

    async def _answered(self, request: Request, work: Callable[[Request, Progress], Awaitable[Answer]]) -> Answer:
        silent = request.path.startswith("/health/")
        return await answered(self._guards, request, self._common, self._now, partial(work, request), silent=silent)

    async def _options_of_call(self, request: Request, progress: Progress) -> Answer:
        return self._options(request, self._place(request.path).allow)

    async def _other(self, request: Request, progress: Progress) -> Answer:
        path, method = request.path, request.method
        if path == TOKEN and self._token is not None:
            if method == "OPTIONS":
                return self._options(request, TOKEN_METHODS)
            return await self._token.answer(request, progress)
        if path == SERVER and method == "OPTIONS":
            return self._options(request, EVERYTHING)
        document = self._document(request)
        if document is not None:
            if method == "OPTIONS":
                return self._options(request, READ_ONLY)
            if method not in ("GET", "HEAD"):
                raise not_allowed(path, method, READ_ONLY)
            return self._plain(request, document)
        if self._pages is not None and not path.endswith(".json") and path != METRICS:
            return await self._page(self._pages, request)
        self._place(path)
        raise not_allowed(path, method, READ_ONLY)

    def _document(self, request: Request) -> Document | None:
        """What is there to be read at a path that is no call's and no page's."""
        path = request.path
        if path.startswith("/health/") and request.method not in ("GET", "HEAD"):
            return Document(b"")  # of which only the methods are asked: reading it went before
        if path == METRICS and (
            local(request) or self._guards.identifier.recall(None, request) is OPERATOR  # by the operator's own socket
        ):
            return Document(metrics.page(self.host.services, self._guards.unrouted, self._guards.meter), TEXT)
        return self._documents.find(path, request.query)

    def _health(self, request: Request) -> Answer:
        ready = self.host.ready and not (self._guards.meter is not None and self._guards.meter.failing)
        live = ready or request.path == LIVE
        state = b"live" if request.path == LIVE else b"ready" if ready else b"starting"
        return self._plain(request, Document(b'{"status":"' + state + b'"}'), 200 if live else 503)

    def _plain(self, request: Request, document: Document, status: int = 200) -> Answer:
        body: bytes = document.body
        more: Headers = [PRIVATE]
        if document.lasting:
            status, body, more = lasting(request, body)
        fields = [
            *([document.kind, (b"content-length", b"%d" % len(body))] if status != 304 else []),
            (b"x-request-id", request.id.encode()),
            *document.headers,
            *self._common,
            *more,
        ]
        return Answer(status, fields, body)

    def _options(self, request: Request, allow: bytes) -> Answer:
        return options(request, allow, self._common, self._cors)

    async def _page(self, pages: App, request: Request) -> Answer:
        """Pages have their own security headers: what they cannot know is added. They are no script's business."""
        report = partial(self._guards.refusals.report, request=request, operation=None)
        answer = await answer_of(pages, request, report)
        answer.fields += [
            (b"x-request-id", request.id.encode()),
            *(each for each in self._common if each == HTTPS_ONLY),
        ]
        answer.shared = False
        return answer

    def _docs_of(self, path: str) -> str:
        """The address that tells what there is near a path."""
        service = path[1:].partition("/")[0]
        known = any(contract.service == service for contract in self.host.contracts)
        return f"{self._base_url}/{service}/" if known and service != CONSOLE else f"{self._base_url}/"
