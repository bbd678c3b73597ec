"""The SDK's low-level server, whose tools are the operations of the services: of each the newest version.

Rules. Which tools somebody sees is asked of the pipeline's own ``authorise``, so what is listed can be called. Each
``tools/call`` is a call like any other, and goes through :func:`parvis.server.pipeline.respond`. The console is not
among them: an agent is given a key to work with, none to make keys with.
"""

from __future__ import annotations

import asyncio
import json
import logging
from importlib.metadata import version
from typing import Any

import mcp_types as types
from mcp.server.lowlevel import Server
from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
from mcp.shared.exceptions import MCPError

from ...access.account_state import Bounds
from ...access.credential import Credential
from ...contract.outcomes import Refusal
from ...protocol import mcp
from ...protocol.http import ratelimit
from ...protocol.http.answer import PRIVATE, Headers
from ..authorise import authorise
from ..host import Host
from ..http.answer import Answer
from ..http.mounted import answer_of
from ..logs import Log
from ..object.service import ServiceInstance
from ..request import CallerGone, Request
from .call import Given, ToolCall, ToolEndpoint, gathered

VISIT = "parvis.visit"
"""Where the SDK carries a :class:`Visit` past us, in the ASGI scope."""
LIMITED = -32000
"""JSON-RPC leaves it to servers; ``data`` is the problem."""
INSTRUCTIONS = (
    "Each tool is an operation of a service. A call that is refused says what to do about it. What is not listed needs "
    "a key with the right to it: it goes into the header `Authorization: Bearer <key>`."
)


class Visit:
    """An HTTP request that has passed, and what the SDK does not carry back."""

    __slots__ = ("bounds", "called", "credential", "request")

    def __init__(self, request: Request, credential: Credential) -> None:
        self.request = request
        self.credential = credential
        self.called = False
        """Whether it brought a tool's call."""
        self.bounds: Bounds | None = None
        """The limits of who made that."""


class Tools:
    """Of one host, from the first request to its end."""

    def __init__(self, host: Host, common: Headers) -> None:
        self._host = host
        self._guards = host.guards
        self._common = common
        newest: dict[str, ServiceInstance] = {}
        for service in sorted(host.services, key=lambda each: each.contract.version):
            newest[service.contract.service] = service
        self._tools: dict[str, ToolEndpoint] = {
            tool.name: ToolEndpoint(service.operations[spec.name], tool, host.body_limit)
            for service in newest.values()
            for spec in service.contract.operations
            if not service.operations[spec.name].console
            for tool in [mcp.tool(service.contract, spec)]
        }
        server: Server[Any] = Server("parvis", version=version("parvis"), instructions=INSTRUCTIONS)
        server.middleware.clear()  # traces by a library that is not set up here
        server.get_tool_input_schema = self._input_schema
        server.add_request_handler("tools/list", types.PaginatedRequestParams, self._list)
        server.add_request_handler("tools/call", types.CallToolRequestParams, self._call)
        self._manager = StreamableHTTPSessionManager(
            server, json_response=True, stateless=True, max_request_body_size=host.body_limit
        )
        self._running: asyncio.Task[None] | None = None
        self._ready = asyncio.Event()
        self._over = asyncio.Event()
        _heard(self._guards.log)

    async def serve(self, request: Request, credential: Credential, body: bytes) -> tuple[Answer, bool]:
        """The answer to a request that passed, and whether it was to a tool's call."""
        if self._running is None:
            self._running = asyncio.create_task(self._run())
        await self._ready.wait()
        visit = Visit(request, credential)

        def report(error: Exception) -> None:
            self._guards.refusals.report(error, request, None)

        answer = await answer_of(self._manager.handle_request, request, report, body=body, more={VISIT: visit})
        answer.fields += [(b"x-request-id", request.id.encode()), PRIVATE, *self._common]
        if visit.bounds is not None and self._guards.admission is not None:
            answer.fields += ratelimit.fields(*visit.bounds, *self._guards.admission.now())
        return answer, visit.called

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
        return None if found is None else found.tool.definition["inputSchema"]

    async def _list(self, context: Any, params: types.PaginatedRequestParams) -> dict[str, Any]:
        visit = _visit(context)
        if self._guards.admission is not None:
            try:
                # Nothing is charged for it, but of many tools it is long.
                self._guards.admission.aside(visit.request, visit.credential)
            except Refusal as refusal:
                told = json.loads(self._guards.refusals.of(refusal, visit.request, None).problem)
                raise MCPError(LIMITED, f"{told['detail']} {told['fix']}", told) from None
        return mcp.listing([each.tool.definition for each in self._tools.values() if _may(visit.credential, each)])

    async def _call(self, context: Any, params: types.CallToolRequestParams) -> dict[str, Any]:
        visit = _visit(context)
        if params.name not in self._tools:
            raise MCPError(types.INVALID_PARAMS, f"Unknown tool: {params.name[:100]}")
        came = visit.request
        fields = dict(came.fields)
        if (key := (context.meta or {}).get(mcp.KEY)) is not None:
            fields[b"idempotency-key"] = key.encode() if isinstance(key, str) else b""  # which is none, and refused
        visit.called = True
        endpoint = self._tools[params.name]
        body = Given(params.arguments or {}, came, feed=endpoint.operation.stream)
        # The same id, the same named fields, the same caller as the HTTP request that brought it.
        request = Request(came.id, "MCP", came.path, fields, came.address, came.socket, body=body, began=came.began)
        try:
            answer = await self._host.respond(ToolCall(endpoint), request)
        except CallerGone:  # it was waited for long enough, and nothing came; or nobody waits for what is said here
            return mcp.collected([], truncated=True)
        visit.bounds = answer.bounds
        return await gathered(answer)


def _may(credential: Credential, endpoint: ToolEndpoint) -> bool:
    try:
        authorise(endpoint.operation, credential)
    except Refusal:
        return False
    return True


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
