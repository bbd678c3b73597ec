"""An operation at one of its addresses, by HTTP: from a request to arguments, from a result to a head and a body.

RFC 9110 and 9112, by docs/mapping.md. What does not change from call to call is made once, at the start.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import blake2b
from typing import BinaryIO
from urllib.parse import quote

from ...access.account_state import Bounds
from ...contract import bodies
from ...contract.model import Route
from ...contract.outcomes import Refusal
from ...contract.pages import is_page
from ...facade.codec import strict_json
from ...protocol import messagepack
from ...protocol.http import accept, coding, links, ratelimit
from ...protocol.http import answer as heads
from ...protocol.http.answer import Headers
from ...protocol.http.conditions import tag
from ...protocol.http.cors import Cors
from ...protocol.http.frames import frames
from ...protocol.http.path import canonical
from ...protocol.http.query import Query
from ..bind import Arguments
from ..endpoint import Endpoint, body_limit
from ..object.service import BoundOperation, ServiceInstance
from ..request import Request
from ..stream import Stream
from .answer import Answer, FramedStream, Now
from .body import body_of
from .content import inflater, negotiate, represent, represent_raw, untaken
from .pagination import following
from .upload import BodyTypes, Limits, Uploads

_STREAMS = {
    b"": heads.LINES, accept.LINES: heads.LINES, accept.EVENTS: heads.EVENTS, accept.JSON: heads.JSON,
    accept.NDJSON: (b"content-type", accept.NDJSON + b"; charset=utf-8"),
}  # fmt: skip
"""The form that was chosen for a stream -> the field that says it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What all endpoints of a server share."""

    base_url: str
    limits: Limits
    cors: Cors | None
    common: Headers
    """What every answer carries, whatever it answers."""
    now: Now | None
    """None where nobody has limits to be told of."""


def endpoints(service: ServiceInstance, around: Surroundings, page: str | None) -> Iterator[tuple[Route, HttpEndpoint]]:
    """The endpoints of a service, each with its address; ``page`` is where people read about it."""
    types = {definition.name: definition for definition in service.contract.types}
    uploads = Uploads(around.limits, around.base_url, around.cors)
    for operation in service.operations.values():
        spec = operation.operation.spec
        query, taken = Query(spec.parameters, types), BodyTypes(spec)
        common = around.common + links.parting(spec, page)
        for route in spec.routes:
            yield route, HttpEndpoint(operation, route, around, query, taken, uploads, common)


class HttpEndpoint(Endpoint[Answer, bytes]):
    """One operation at one address; the form of an answer is a media type, empty for the usual one."""

    def __init__(
        self, operation: BoundOperation, route: Route, around: Surroundings, query: Query, types: BodyTypes,
        uploads: Uploads, common: Headers,
    ) -> None:  # fmt: skip
        spec, contract = operation.operation.spec, operation.service.contract
        super().__init__(operation, around.limits.body)
        self.status = route.status
        self.route = route
        self._around = around
        self._query = query
        self._types = types
        self._uploads = uploads
        self.common = common
        """What each of its answers carries, whatever it answers; not to be changed in place."""
        before, _, after = (contract.prefix + route.path).partition("{id}")
        self._before, self._after = len(before), len(after)
        raw = bodies.raw(spec)
        self._raw = None if raw is None else raw.encode()
        given = () if self._raw is None else tuple(dict.fromkeys((self._raw, accept.BYTES)))
        self.offers = accept.STREAM if operation.stream else (*given, *accept.VALUE)
        """The media types of its answer, the usual one first."""
        named = [b.rule.source.removeprefix("header.") for b in operation.operation.bound if "header." in b.rule.source]
        usual = ["Accept"] if operation.stream else ["Accept", "Accept-Encoding"]
        # What the form and the content of its answers depend on (RFC 9110 section 12.5.5).
        self._vary = (b"vary", ", ".join([*usual, *dict.fromkeys(named)]).encode())
        self._kept = heads.PRIVATE if spec.public is None else heads.kept(spec.public, route)
        self._paged = route.method == "GET" and is_page(contract, spec)
        self._get = route.method == "GET"
        self._head = b"" if around.cors is not None or self._paged or self._raw else self._template()
        """The head of a short answer in the usual form, with holes for its tag, its length and its name."""
        self._in_query = route.query
        self._made_at = _address_of_one(operation)

    def negotiate(self, request: Request) -> bytes:
        fields = request.fields
        if fields.get(b"accept", b"") in accept.ANYTHING and (
            self._get or not (b"if-match" in fields or b"if-none-match" in fields)
        ):
            return b""  # as nearly everybody asks; what follows would say the same
        return negotiate(request, self.route, self.offers)

    async def read(self, request: Request, bounds: Bounds | None, files: list[BinaryIO]) -> Arguments:
        route, identifier = self.route, None
        if route.id is not None:
            end = len(request.path) - self._after
            identifier = (route.id.encode(), request.path[self._before : end].encode())
        if self._in_query:
            if request.fields.get(b"content-length", b"0") != b"0" or b"transfer-encoding" in request.fields:
                raise Refusal(
                    "malformed-request", f"A {request.method} takes its arguments in the query, not in a body."
                )
            return Arguments(self._query.read(request.query, identifier))
        kind = request.fields.get(b"content-type", b"").partition(b";")[0].strip().lower()
        if kind != accept.JSON and kind in self._types.beside:
            return await self._uploads.read(request, kind, self._types, self._query, identifier, bounds, files)
        if request.query:
            raise Refusal("malformed-request", "A POST takes its arguments in the body, not in the query.")
        body = await body_of(request, body_limit(self.limit, bounds), inflater(request))
        if not body:
            body = b"{}"
        elif kind == accept.JSON:
            strict_json(body)
        elif kind in accept.MESSAGEPACK:
            body = messagepack.to_json(body)
        else:
            raise untaken(kind, self._types.taken)
        if identifier is not None and route.id is not None:
            body = _with_identifier(self._query.read(b"", identifier), body, route.id)
        return Arguments(body)

    async def represent(
        self, request: Request, form: bytes, result: bytes, status: int, replayed: bool
    ) -> tuple[int, Answer]:
        if self._head and not form and status == 200 and not replayed and self._is_short(request, result):
            told: tuple[bytes | int, ...] = (len(result), request.id.encode())
            if self._get:  # as :func:`tag` makes it, for which others are asked: it must be the same
                told = (blake2b(result, digest_size=16).hexdigest().encode(), *told)
            return status, Answer(status, [], result, lead=self._head % told)
        own = (b"x-request-id", request.id.encode())
        if status == 204:
            body, fields = b"", [own, heads.PRIVATE]
        else:
            if self._raw is not None and form not in accept.VALUE:
                status, body, fields = await represent_raw(
                    request, self.route, self._vary, form or self._raw, result, status
                )
            elif form or not self._is_short(request, result):
                status, body, fields = await represent(request, self.route, self._vary, form, result, status)
            else:  # a short answer in the usual form
                body, fields = result, [heads.JSON, self._vary]
                if self._get:
                    fields.append((b"etag", tag(result)))
            if status != 304:
                fields.append((b"content-length", b"%d" % len(body)))
            fields += (own, self._kept)
            if status == 201 and self._made_at is not None:
                fields += _location(self._made_at, result)
        if replayed:
            fields.append(heads.REPLAYED)
        if self._paged and status == 200:
            fields += following(request, self._around.base_url, result)
        fields += self.common
        return status, Answer(status, fields, body)

    def _is_short(self, request: Request, result: bytes) -> bool:
        """Whether it goes out whole and as it is, whatever the request says."""
        return len(result) <= coding.LEAST and not (self._get and _conditional(request))

    def _template(self) -> bytes:
        before = heads.written([heads.JSON, self._vary]).replace(b"%", b"%%")
        after = heads.written([self._kept, *self.common]).replace(b"%", b"%%")
        return (
            before + (b'etag: "%b"\r\n' if self._get else b"") + b"content-length: %d\r\nx-request-id: %b\r\n" + after
        )

    def open(self, request: Request, form: bytes, stream: Stream) -> Answer:
        fields = [
            _STREAMS[form], self._vary, (b"x-request-id", request.id.encode()), heads.PRIVATE, *self.common,
        ]  # fmt: skip
        return Answer(200, fields, FramedStream(stream, frames(form), wanted=request.method != "HEAD"))

    def tell(self, answer: Answer, bounds: Bounds) -> None:
        if self._around.now is None:
            return
        if answer.lead:
            answer.lead += ratelimit.written(*bounds, *self._around.now())
        else:
            answer.fields += ratelimit.fields(*bounds, *self._around.now())


def _conditional(request: Request) -> bool:
    return b"if-match" in request.fields or b"if-none-match" in request.fields


def _with_identifier(identifier: bytes, body: bytes, name: str) -> bytes:
    """``{"id":7}`` and ``{"name":"x"}`` -> one object. The id of the path is not repeated in the body."""
    rest = body.strip()[1:].lstrip()
    if rest == b"}":
        return identifier
    if name in json.loads(body):
        raise Refusal("malformed-request", f"{name} stands in the path already: leave it out of the body.")
    return identifier[:-1] + b"," + rest


def _address_of_one(operation: BoundOperation) -> str | None:
    """Where things of the sub-façade are got by their id, if they are."""
    parent = operation.operation.spec.name.rpartition(".")[0]
    sibling = operation.service.operations.get(f"{parent}.get")
    get = sibling and next((r for r in sibling.operation.spec.routes if r.id is not None), None)
    return operation.service.contract.prefix + get.path if get else None


def _location(address: str, result: bytes) -> Headers:
    """Where the new thing stands, when it has an id and can be got (RFC 9110 section 10.2.2)."""
    made = json.loads(result)
    identifier = made.get("id") if isinstance(made, dict) else None
    if not isinstance(identifier, str | int) or isinstance(identifier, bool) or identifier == "":
        return []
    path = address.replace("{id}", quote(str(identifier), safe="")).encode()
    try:
        canonical(path)
    except Refusal:
        return []  # an id that no path may hold: it goes by the canonical form
    return [(b"location", path)]
