"""``POST /oauth/token``: the operation ``tokens.create`` of the console, in OAuth 2.0's own spelling."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

from ...contract.outcomes import PLACES, Refusal, fill
from ...protocol import oauth
from ...protocol.http import answer as heads
from .. import pipeline
from .arriving import body_of
from .call import HttpCall, again

if TYPE_CHECKING:
    from ..application import Application

PATH = "/oauth/token"
ALLOW = b"OPTIONS, POST"


async def respond(app: Application, call: HttpCall) -> None:
    """Answer one request for a token. Raises :class:`Refusal` for what is no request for one at all."""
    if call.method != "POST":
        call.problem_headers.append((b"allow", ALLOW))
        raise Refusal("method-not-allowed", f"{PATH} does not take {call.method}.")
    try:
        status, body = await _token(app, call)
    except oauth.Unsupported:
        status, body = oauth.unsupported(call.id)
    except Refusal as refusal:
        call.code = refusal.outcome.code
        call.problem_headers += again(refusal)
        if app.admission is not None and call.ticket is None:
            app.admission.refused(call)
        fix = fill(refusal.outcome.fix, {**PLACES, **app.links, **refusal.values})
        status, body = oauth.failed(refusal, call.id, fix)
    call.status = status
    headers: heads.Headers = [
        heads.JSON, (b"content-length", b"%d" % len(body)), (b"x-request-id", call.id.encode()), *oauth.NO_STORE,
        *app.manners, *call.problem_headers,
    ]  # fmt: skip
    if status == 401:
        headers.append((b"www-authenticate", heads.CHALLENGE_INVALID))
    call.started = True
    await call.send({"type": "http.response.start", "status": status, "headers": headers})
    await call.send({"type": "http.response.body", "body": body})


async def _token(app: Application, call: HttpCall) -> tuple[int, bytes]:
    call.entry = app.entry("parvis.tokens.create")
    asked = oauth.read(call.headers.get(b"content-type", b""), await body_of(app, call))
    shown = call.headers.get(b"authorization")
    if asked.client is not None:
        if shown is not None:  # RFC 6749 section 2.3: one way, not two
            raise Refusal("malformed-request", "Say who asks in the header or in the form, not in both.")
        shown = b"Basic " + base64.b64encode(b":".join(asked.client))
    if shown is None:
        raise Refusal("key-missing", "Say who asks, with a key as client id and secret.")
    call.credential = app.identifier.recall(shown, call) or await app.identifier.look_up(shown, call)
    pipeline.authorise(app, call)
    pipeline.admit(app, call)
    scope = None if asked.scope is None else list(asked.scope)
    made = await call.entry.method(scope=scope, caller=pipeline.caller(call))
    seconds = round((made.expires_at - made.created_at).total_seconds())
    return 200, oauth.granted(made.token, seconds, made.scope)
