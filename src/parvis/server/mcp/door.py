"""The door of ``/mcp`` (MCP, Streamable HTTP): what is judged of an HTTP request before the SDK sees it.

Rule: a request passes that comes to a host of ours, from no foreign page, by ``POST``, from a caller who is known or
anonymous, with a body within its bound. All else is a problem, as at any address. There are no sessions: each request
stands alone, so no server holds what an agent has forgotten, and there is nothing to ``GET`` or ``DELETE``.
"""

from __future__ import annotations

import asyncio
import importlib
from typing import TYPE_CHECKING

from ...contract.outcomes import Refusal
from ...protocol.http.origin import foreign
from .. import pipeline
from ..http import options
from ..http.arriving import body_of
from ..http.call import HttpCall, bound

if TYPE_CHECKING:
    from ..application import Application
    from .call import McpCall
    from .tools import Tools

PATH = "/mcp"
ALLOW = b"OPTIONS, POST"


class Visit:
    """An HTTP request that has passed; ``call`` is the tool's call that it carried, where it was one."""

    __slots__ = ("call", "request")

    def __init__(self, request: HttpCall) -> None:
        self.request = request
        self.call: McpCall | None = None


async def respond(app: Application, request: HttpCall) -> None:
    """Answer one request."""
    visit = Visit(request)
    try:
        bound(app, request)
        if request.method == "OPTIONS":
            await options.answer(app, request, ALLOW)
            return
        if request.method != "POST":
            request.problem_headers.append((b"allow", ALLOW))
            raise Refusal("method-not-allowed", f"{PATH} does not take {request.method}.")
        if foreign(request.headers.get(b"origin"), request.headers.get(b"host", b""), app.base_url, app.cors):
            raise Refusal("origin-refused", "The page that sent this is of another origin.")
        await _identify(app, request)
        body = await body_of(app, request)
        await (await _tools(app)).serve(visit, body)
    except Exception as error:
        await pipeline.refuse(app, request, error)
    finally:
        if visit.call is None:  # which has a line in the log and a place in the counts of its own
            pipeline.end(app, request)


async def _identify(app: Application, request: HttpCall) -> None:
    # As for an operation of any service, so that a password is refused before it is hashed: it opens none of them.
    request.entry = next((e for hosted in app.services for e in hosted.entries.values() if not e.console), None)
    try:
        if not pipeline.identify(app, request):
            shown = request.headers.get(b"authorization", b"")
            request.credential = await app.identifier.look_up(shown, request)
    finally:
        request.entry = None


async def _tools(app: Application) -> Tools:
    if app.tools is None:
        # In a thread: the SDK takes half a second to load, for which no other call should wait.
        module = await asyncio.to_thread(importlib.import_module, f"{__package__}.tools")
        if app.tools is None:
            app.tools = module.Tools(app)
            app.at_end(app.tools.close)
    found: Tools = app.tools
    return found
