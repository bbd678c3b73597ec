"""``POST /oauth/token``: the operation ``tokens.create`` of the console, in OAuth 2.0's own spelling."""

from __future__ import annotations

import base64

from ...contract.outcomes import PLACES, Refusal, fill
from ...protocol import oauth
from ...protocol.http import answer as heads
from ...protocol.http.addresses import TOKEN
from ...protocol.http.answer import Headers
from ...protocol.http.refusal import HttpRefusal, not_allowed
from ..authorise import authorise
from ..bind import caller
from ..guards import Guards
from ..object.service import BoundOperation
from ..request import Request
from ..settle import Progress
from .answer import Answer, again
from .body import body_of

ALLOW = b"OPTIONS, POST"


class TokenEndpoint:
    """Answers requests for a token."""

    def __init__(self, guards: Guards, operation: BoundOperation, body_limit: int, common: Headers) -> None:
        self._guards = guards
        self._operation = operation
        self._body_limit = body_limit
        self._common = common

    async def answer(self, request: Request, progress: Progress) -> Answer:
        """Raises :class:`Refusal` for what is no request for one at all."""
        if request.method != "POST":
            raise not_allowed(TOKEN, request.method, ALLOW)
        more: Headers = []
        try:
            status, body = 200, await self._token(request, progress)
        except oauth.UnsupportedGrant:
            status, body = oauth.unsupported(request.id)
        except Refusal as refusal:
            progress.code = refusal.outcome.code
            more = [*(refusal.fields if isinstance(refusal, HttpRefusal) else ()), *again(refusal)]
            if self._guards.admission is not None:
                self._guards.admission.refused(progress.operation, progress.credential, progress.code)
            fix = fill(refusal.outcome.fix, {**PLACES, **self._guards.links, **refusal.values})
            status, body = oauth.failed(refusal, request.id, fix)
        fields: Headers = [
            heads.JSON, (b"content-length", b"%d" % len(body)), (b"x-request-id", request.id.encode()),
            *oauth.NO_STORE, *self._common, *more,
        ]  # fmt: skip
        if status == 401:
            fields.append((b"www-authenticate", heads.CHALLENGE_INVALID))
        return Answer(status, fields, body)

    async def _token(self, request: Request, progress: Progress) -> bytes:
        operation = progress.operation = self._operation
        asked = oauth.read(request.fields.get(b"content-type", b""), await body_of(request, self._body_limit))
        shown = request.fields.get(b"authorization")
        if asked.client is not None:
            if shown is not None:  # RFC 6749 section 2.3: one way, not two
                raise Refusal("malformed-request", "Say who asks in the header or in the form, not in both.")
            shown = b"Basic " + base64.b64encode(b":".join(asked.client))
        if shown is None:
            raise Refusal("key-missing", "Say who asks, with a key as client id and secret.")
        identifier = self._guards.identifier
        credential = identifier.recall(shown, request) or await identifier.look_up(shown, request, console=True)
        progress.credential = credential
        authorise(operation, credential)
        if self._guards.admission is not None:
            self._guards.admission.admit(request, operation, credential)
        scope = None if asked.scope is None else list(asked.scope)
        made = await operation.method(scope=scope, caller=caller(credential, request))
        seconds = round((made.expires_at - made.created_at).total_seconds())
        return oauth.granted(made.token, seconds, made.scope)
