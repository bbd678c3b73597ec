"""The agents' address ``/mcp`` (MCP, Streamable HTTP): what is judged of an HTTP request before the SDK sees it.

Rule: a request passes that comes to a host of ours, from no foreign page, by ``POST``, from a caller who is known or
anonymous, with a body within its bound. All else is a problem, as at any address. There are no sessions: each request
stands alone, so no server holds what an agent has forgotten, and there is nothing to ``GET`` or ``DELETE``.
"""

from __future__ import annotations

import asyncio
from functools import partial
from typing import Any, Protocol

from ...access.credential import Credential
from ...contract.outcomes import Refusal
from ...protocol.http.addresses import AGENTS
from ...protocol.http.answer import common
from ...protocol.http.cors import Cors
from ...protocol.http.origin import foreign
from ...protocol.http.refusal import not_allowed
from ...protocol.mcp import check_envelope
from ..host import Host
from ..http.answer import Answer, answered, options
from ..http.body import body_of
from ..request import Request
from ..settle import Progress

ALLOW = b"OPTIONS, POST"


class Library(Protocol):
    """What answers a request that has passed (:mod:`.tools`)."""

    async def serve(self, request: Request, credential: Credential, body: bytes) -> tuple[Answer, bool]:
        """The answer, and whether it was to a tool's call, which has a line in the log and a place of its own."""

    async def close(self) -> None: ...


class McpEndpoint:
    """One for a server. The SDK is loaded with the first request."""

    def __init__(self, host: Host, *, base_url: str = "", cors: Cors | None = None) -> None:
        self._host = host
        self._guards = host.guards
        self._base_url = base_url
        self._cors = cors
        self._common = common(base_url)
        self._now = None if host.guards.admission is None else host.guards.admission.now
        self._library: Library | None = None

    async def answer(self, request: Request) -> Answer:
        return await answered(self._guards, request, self._common, self._now, partial(self._answer, request))

    async def close(self) -> None:
        if self._library is not None:
            await self._library.close()

    async def _answer(self, request: Request, progress: Progress) -> Answer:
        if request.method == "OPTIONS":
            return options(request, ALLOW, self._common, self._cors)
        if request.method != "POST":
            raise not_allowed(AGENTS, request.method, ALLOW)
        if foreign(request.fields.get(b"origin"), request.fields.get(b"host", b""), self._base_url, self._cors):
            raise Refusal("origin-refused", "The page that sent this is of another origin.")
        identifier, shown = self._guards.identifier, request.fields.get(b"authorization")
        # As for an operation of any service: a password is refused before it is hashed, for it opens none of them.
        credential = identifier.recall(shown, request) or await identifier.look_up(shown or b"", request, console=False)
        progress.credential = credential
        body = await body_of(request, self._host.body_limit)
        check_envelope(body)
        library = await self._loaded()
        answer, progress.silent = await library.serve(request, credential, body)
        return answer

    async def _loaded(self) -> Library:
        if self._library is None:
            # In a thread: the SDK takes half a second to load, for which no other call should wait.
            tools = await asyncio.to_thread(_tools)
            if self._library is None:
                self._library = tools.Tools(self._host, self._common)
        return self._library


def _tools() -> Any:
    from . import tools

    return tools
