"""The arguments of a call as one JSON object: from the query, or from the body, within its bounds."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from ...contract.outcomes import Refusal
from ...facade.codec import strict_json
from ...protocol import messagepack
from ...protocol.http import accept
from . import upload
from .arriving import body_of
from .content import inflater, untaken

if TYPE_CHECKING:
    from ..application import Application
    from .call import HttpCall


async def read(call: HttpCall, app: Application) -> None:
    """The arguments as one JSON object: from the query, or from the body and its bound."""
    entry, route = call.entry, call.route
    assert entry is not None
    assert route is not None
    if route.query:
        if call.headers.get(b"content-length", b"0") != b"0" or b"transfer-encoding" in call.headers:
            raise Refusal("malformed-request", f"A {call.method} takes its arguments in the query, not in a body.")
        identifier = None if call.identifier is None else (str(route.id).encode(), call.identifier)
        call.body = entry.query.read(call.scope["query_string"], identifier)
        return
    kind = call.headers.get(b"content-type", b"").partition(b";")[0].strip().lower()
    if kind != accept.JSON and kind in entry.beside:
        call.body = await upload.read(app, call, kind)
        return
    if call.scope["query_string"]:
        raise Refusal("malformed-request", "A POST takes its arguments in the body, not in the query.")
    body = await body_of(app, call, inflater(call))
    if body:
        if kind == accept.JSON:
            strict_json(body)
        elif kind in accept.MESSAGEPACK:
            body = messagepack.to_json(body)
        else:
            raise untaken(call, kind)
    else:
        body = b"{}"
    if call.identifier is not None:
        assert route.id is not None
        body = _with_identifier(entry.query.read(b"", (route.id.encode(), call.identifier)), body, route.id)
    call.body = body


def _with_identifier(identifier: bytes, body: bytes, name: str) -> bytes:
    """``{"id":7}`` and ``{"name":"x"}`` -> one object. The id of the path is not repeated in the body."""
    rest = body.strip()[1:].lstrip()
    if rest == b"}":
        return identifier
    if name in json.loads(body):
        raise Refusal("malformed-request", f"{name} stands in the path already: leave it out of the body.")
    return identifier[:-1] + b"," + rest
