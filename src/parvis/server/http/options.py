"""``OPTIONS``: what an address takes, and whether a script of another origin may ask it.

Answered before anybody is identified, since a browser sends no key with it; so nothing runs and nothing is metered.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...protocol.http.answer import PRIVATE
from .. import pipeline
from .call import HttpCall, bound

if TYPE_CHECKING:
    from ..application import Application

READ_ONLY = b"GET, HEAD, OPTIONS"
EVERYTHING = b"DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT"
"""What the server as a whole takes (``OPTIONS *``, RFC 9110 section 9.3.7)."""


async def respond(app: Application, call: HttpCall) -> None:
    """Answer one ``OPTIONS`` of an operation's address, or of none."""
    try:
        bound(app, call)
        found = app.router.find(call.path)
        if found is None:
            call.find(app)  # which says what is near
        else:
            await answer(app, call, found[0].allow)
    except Exception as error:
        await pipeline.refuse(app, call, error)
    finally:
        pipeline.end(app, call)


async def answer(app: Application, call: HttpCall, allow: bytes) -> None:
    """204 with the complete ``Allow``; what a preflight asks beside, by the list of origins."""
    headers = [(b"allow", allow), (b"x-request-id", call.id.encode()), PRIVATE, *app.manners]
    if app.cors is not None and b"access-control-request-method" in call.headers:
        headers += app.cors.preflight(call.headers.get(b"origin"), allow)
    call.status = 204
    call.started = True
    await call.send({"type": "http.response.start", "status": 204, "headers": headers})
    await call.send({"type": "http.response.body", "body": b""})
