"""A call by HTTP: from an ASGI scope to its operation and arguments, and from its result to a head and a body.

RFC 9110 and 9112, by docs/mapping.md. The pipeline says when; here is how.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING
from urllib.parse import quote

from ...contract.model import Route
from ...contract.outcomes import Refusal
from ...protocol.http import accept, coding
from ...protocol.http import answer as heads
from ...protocol.http.answer import Headers
from ...protocol.http.frames import Lines, frames
from ...protocol.http.path import canonical
from ...protocol.trace import TRACEPARENT
from ..call import Call
from ..pipeline import Replayed
from .asgi import Receive, Scope, Send
from .content import negotiate, represent
from .pages import following
from .reading import read

if TYPE_CHECKING:
    from ..application import Application

_ONCE = (b"authorization", b"content-length", b"content-type", b"host", b"idempotency-key")
"""Fields that say one thing. Any other that is given several times is a list (RFC 9110 section 5.3)."""

_STREAMS = {
    b"": heads.LINES, accept.LINES: heads.LINES, accept.EVENTS: heads.EVENTS, accept.JSON: heads.JSON,
    accept.NDJSON: (b"content-type", accept.NDJSON + b"; charset=utf-8"),
}  # fmt: skip
"""The form that was chosen for a stream -> the field that says it."""


class HttpCall(Call):
    """One request and its answer."""

    __slots__ = ("form", "framed", "identifier", "made", "problem_headers", "receive", "route", "scope", "send")

    def __init__(self, scope: Scope, receive: Receive, send: Send, id: str, began: float) -> None:
        client, server = scope.get("client"), scope.get("server")
        socket = server[0] if server and server[1] is None else ""  # ASGI: no port, so a Unix socket
        super().__init__(
            id, scope["method"], scope["path"], address=client[0] if client else "", socket=socket, began=began
        )
        self.scope = scope
        self.receive = receive
        self.send = send
        self.route: Route | None = None
        self.identifier: bytes | None = None
        """The id that stands in the path."""
        self.form = b""
        """The media type of the answer, where it is not the usual one."""
        self.framed: Lines | None = None
        self.made: tuple[bytes, Headers] = b"", []
        """The body that goes out, and the fields that tell of it."""
        self.problem_headers: Headers = []
        """What a problem carries beside what every answer does."""

    def find(self, app: Application) -> None:
        bound(app, self)
        found = app.router.find(self.path)
        if found is None:
            near = app.router.near(self.path)
            hint = f" Did you mean {' or '.join(near)}?" if near else ""
            raise Refusal("unknown-operation", f"There is nothing at {self.path[:200]}.{hint}",
                          docs=app.docs_of(self.path))  # fmt: skip
        place, identifier = found
        chosen = place.methods.get("GET" if self.method == "HEAD" else self.method)
        if chosen is None:
            self.problem_headers.append((b"allow", place.allow))
            raise Refusal("method-not-allowed", f"{self.path[:200]} does not take {self.method}.")
        self.route, self.entry = chosen
        self.success = self.route.status
        if identifier is not None:
            self.identifier = identifier.encode()

    negotiate = negotiate
    read = read

    async def represent(self) -> None:
        route, entry = self.route, self.entry
        assert route is not None
        assert entry is not None
        if self.status == 204:
            return
        if self.form or route.method == "GET" or len(self.outcome) > coding.LEAST or entry.raw is not None:
            self.made = await represent(self)
        else:
            self.made = self.outcome, [heads.JSON, entry.vary]

    async def answer(self, app: Application) -> None:
        route, entry = self.route, self.entry
        body, headers = self.made
        assert route is not None
        assert entry is not None
        if self.status == 204:
            headers += [(b"x-request-id", self.id.encode()), heads.PRIVATE]
        else:
            if self.status != 304:
                headers.append((b"content-length", b"%d" % len(body)))
            public = entry.operation.spec.public
            headers += [
                (b"x-request-id", self.id.encode()), heads.PRIVATE if public is None else heads.kept(public, route)
            ]  # fmt: skip
            if self.status == 201:
                headers += location(self)
        if self.replayed:
            headers.append(heads.REPLAYED)
        if entry.paged and route.method == "GET" and self.status == 200:
            headers += following(app, self)
        headers += entry.manners
        headers += app.left.fields(self)
        await self.send({"type": "http.response.start", "status": self.status, "headers": headers})
        await self.send({"type": "http.response.body", "body": body})

    async def begin(self, app: Application) -> bool:
        assert self.entry is not None
        self.framed = frames(self.form)
        headers = [
            _STREAMS[self.form], self.entry.vary, (b"x-request-id", self.id.encode()), heads.PRIVATE,
            *self.entry.manners, *app.left.fields(self),
        ]  # fmt: skip
        await self.send({"type": "http.response.start", "status": 200, "headers": headers})
        return self.method != "HEAD"  # which asks for what stands above alone, and a stream may have no end

    async def items(self, items: list[bytes]) -> bool:
        assert self.framed is not None
        await self.send({"type": "http.response.body", "body": self.framed.items(items), "more_body": True})
        return True

    async def finish(self, problem: bytes | None) -> None:
        assert self.framed is not None
        if problem is not None:
            body = self.framed.problem(problem)
            await self.send({"type": "http.response.body", "body": body, "more_body": True})
        await self.send({"type": "http.response.body", "body": self.framed.end()})

    async def refuse(self, app: Application, error: Exception, problem: bytes) -> None:
        status = self.status
        headers: Headers = [
            heads.PROBLEM,
            (b"content-length", b"%d" % len(problem)),
            (b"x-request-id", self.id.encode()),
            heads.PRIVATE,
            *(app.manners if self.entry is None else self.entry.manners),
            *self.problem_headers,
            *again(error),
            *app.left.fields(self),
        ]
        if isinstance(error, Replayed):
            headers.append(heads.REPLAYED)
        if status == 401:
            challenge = heads.CHALLENGE if self.code == "key-missing" else heads.CHALLENGE_INVALID
            headers.append((b"www-authenticate", challenge))
        elif status == 503:
            headers.append((b"retry-after", b"1"))
        await self.send({"type": "http.response.start", "status": status, "headers": headers})
        await self.send({"type": "http.response.body", "body": problem})

    async def gone(self) -> None:
        while (await self.receive())["type"] != "http.disconnect":
            pass


def bound(app: Application, call: HttpCall) -> None:
    """The host is ours (RFC 9112 section 3.2: one Host), the path is canonical, no single header is given twice."""
    raw = call.scope["headers"]
    call.headers = headers = dict(raw)
    if len(headers) != len(raw):
        _together(headers, raw)
    if app.hosts is not None and headers.get(b"host", b"").lower() not in app.hosts:
        app.check_host(call)
    call.path = canonical(call.scope.get("raw_path") or quote(call.scope["path"]).encode())
    if root := call.scope.get("root_path"):
        call.path = call.path.removeprefix(root)


def _together(headers: dict[bytes, bytes], raw: list[tuple[bytes, bytes]]) -> None:
    """What a header that is given several times means: nothing that we would guess at."""
    names = [name for name, _ in raw]
    for name in {name for name in names if names.count(name) > 1}:
        if name in _ONCE:
            raise Refusal("malformed-request", f"The header {name.decode()} is given twice.")
        if name == TRACEPARENT:
            del headers[name]  # more than one is none (W3C Trace Context section 3.2.2.2)
        else:
            headers[name] = b", ".join(value for given, value in raw if given == name)


def again(error: BaseException) -> Headers:
    """When it is of use to ask again, where a refusal knows it, whoever refuses (RFC 9110 section 10.2.3)."""
    if isinstance(error, Refusal) and error.outcome.status in (409, 429) and "seconds" in error.values:
        return [(b"retry-after", b"%d" % error.values["seconds"])]
    return []


def location(call: HttpCall) -> Headers:
    """Where the new thing stands, when it has an id and can be got (RFC 9110 section 10.2.2)."""
    assert call.entry is not None
    parent = call.entry.operation.spec.name.rpartition(".")[0]
    sibling = call.entry.hosted.entries.get(f"{parent}.get")
    get = sibling and next((r for r in sibling.operation.spec.routes if r.id is not None), None)
    made = json.loads(call.outcome)
    identifier = made.get("id") if isinstance(made, dict) else None
    if not get or not isinstance(identifier, str | int) or isinstance(identifier, bool):
        return []
    path = (call.entry.hosted.contract.prefix + get.path.replace("{id}", quote(str(identifier), safe=""))).encode()
    try:
        canonical(path)
    except Refusal:
        return []  # an id that no path may hold: it goes by the canonical form
    return [(b"location", path)] if identifier != "" else []
