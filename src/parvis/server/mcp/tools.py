"""The SDK's low-level server, whose tools are the operations of the services: of each the newest version.

Rules. Which tools somebody sees is asked of the pipeline's own ``authorise``, so what is listed can be called. Each
``tools/call`` is a call like any other, and goes through :func:`parvis.server.pipeline.respond`. The console is not
among them: an agent is given a key to work with, none to make keys with.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import MutableMapping
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import mcp_types as types
from mcp.server.lowlevel import Server
from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
from mcp.shared.exceptions import MCPError

from ...contract.outcomes import Refusal
from ...protocol import mcp
from ...protocol.http.answer import PRIVATE
from .. import pipeline
from ..call import Call
from ..hosted import Entry, Hosted
from .call import McpCall
from .door import PATH, Visit

if TYPE_CHECKING:
    from ...access.credential import Credential
    from ..application import Application
    from ..logs import Log

VISIT = "parvis.visit"
"""Where the SDK carries a :class:`Visit` past us, in the ASGI scope."""
LIMITED = -32000
"""JSON-RPC leaves it to servers; ``data`` is the problem."""
INSTRUCTIONS = (
    "Each tool is an operation of a service. A call that is refused says what to do about it. What is not listed needs "
    "a key with the right to it: it goes into the header `Authorization: Bearer <key>`."
)


class Tools:
    """Of one application, from the first request to its end."""

    def __init__(self, app: Application) -> None:
        self._app = app
        newest: dict[str, Hosted] = {}
        for hosted in sorted(app.services, key=lambda h: h.contract.version):
            newest[hosted.contract.service] = hosted
        self._tools: dict[str, tuple[Entry, mcp.Tool]] = {
            tool.name: (hosted.entries[operation.name], tool)
            for hosted in newest.values()
            for operation in hosted.contract.operations
            if not hosted.entries[operation.name].console
            for tool in [mcp.tool(hosted.contract, operation)]
        }
        server: Server[Any] = Server("parvis", version=version("parvis"), instructions=INSTRUCTIONS)
        server.middleware.clear()  # traces by a library that is not set up here
        server.get_tool_input_schema = self._input_schema
        server.add_request_handler("tools/list", types.PaginatedRequestParams, self._list)
        server.add_request_handler("tools/call", types.CallToolRequestParams, self._call)
        self._manager = StreamableHTTPSessionManager(
            server, json_response=True, stateless=True, max_request_body_size=app.body_limit
        )
        self._running: asyncio.Task[None] | None = None
        self._ready = asyncio.Event()
        self._over = asyncio.Event()
        _heard(app.log)

    async def serve(self, visit: Visit, body: bytes) -> None:
        """Answer a request that passed the door."""
        if self._running is None:
            self._running = asyncio.create_task(self._run())
        await self._ready.wait()
        request = visit.request
        waiting = [body]

        async def receive() -> MutableMapping[str, Any]:
            return {"type": "http.request", "body": waiting.pop()} if waiting else await request.receive()

        async def send(message: MutableMapping[str, Any]) -> None:
            if message["type"] == "http.response.start":
                request.started = True
                request.status = message["status"]
                left = [] if visit.call is None else self._app.left.fields(visit.call)
                more = [(b"x-request-id", request.id.encode()), PRIVATE, *self._app.manners, *left]
                message["headers"] = [*message["headers"], *more]
            await request.send(message)

        await self._manager.handle_request({**request.scope, VISIT: visit}, receive, send)

    async def close(self) -> None:
        """Leave the SDK's tasks, from the task that entered them."""
        if self._running is not None:
            self._over.set()
            await self._running

    async def _run(self) -> None:
        async with self._manager.run():
            self._ready.set()
            await self._over.wait()

    def _input_schema(self, name: str) -> dict[str, Any] | None:
        found = self._tools.get(name)
        return None if found is None else found[1].definition["inputSchema"]

    async def _list(self, context: Any, params: types.PaginatedRequestParams) -> dict[str, Any]:
        request = _visit(context).request
        if self._app.admission is not None:
            try:
                self._app.admission.aside(request)  # nothing is charged for it, but of many tools it is long
            except Refusal as refusal:
                told = json.loads(pipeline.problem(self._app, request, refusal)[1])
                raise MCPError(LIMITED, f"{told['detail']} {told['fix']}", told) from None
        credential = request.credential
        return mcp.listing([tool.definition for entry, tool in self._tools.values() if self._may(credential, entry)])

    def _may(self, credential: Credential | None, entry: Entry) -> bool:
        asked = Call("", "MCP", PATH)
        asked.credential, asked.entry = credential, entry
        try:
            pipeline.authorise(self._app, asked)
        except Refusal:
            return False
        return True

    async def _call(self, context: Any, params: types.CallToolRequestParams) -> dict[str, Any]:
        visit = _visit(context)
        if params.name not in self._tools:
            raise MCPError(types.INVALID_PARAMS, f"Unknown tool: {params.name[:100]}")
        entry, tool = self._tools[params.name]
        headers = dict(visit.request.headers)
        if (key := (context.meta or {}).get(mcp.KEY)) is not None:
            headers[b"idempotency-key"] = key.encode() if isinstance(key, str) else b""  # which is none, and refused
        visit.call = call = McpCall(visit.request, entry, tool, params.arguments or {}, headers)
        await pipeline.respond(self._app, call)
        assert call.result is not None
        return call.result


def _visit(context: Any) -> Visit:
    found: Visit = context.request.scope[VISIT]
    return found


class _Heard(logging.Handler):
    """Errors of the SDK into our log; what it remarks on the way is the callers' affair, and they could flood it."""

    def __init__(self, log: Log) -> None:
        super().__init__(logging.ERROR)
        self._log = log

    def emit(self, record: logging.LogRecord) -> None:
        error = record.exc_info[1] if record.exc_info else None
        self._log.error("mcp-failed", error or RuntimeError(record.getMessage()), said=record.getMessage())


def _heard(log: Log) -> None:
    logger = logging.getLogger("mcp")
    logger.handlers = [each for each in logger.handlers if not isinstance(each, _Heard)] + [_Heard(log)]
    logger.propagate = False
