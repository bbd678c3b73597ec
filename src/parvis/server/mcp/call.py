"""A call by MCP: one ``tools/call``, from its arguments to its ``CallToolResult``.

Rule: nothing is sent from here. What the call ends with is a value, which the library sends; by then its record is
written, as before every answer.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ...access.account_state import Bounds
from ...i18n import language
from ...protocol import mcp
from ..endpoint import Endpoint, Protocol
from ..object.service import BoundOperation
from ..refuse import Refused
from ..request import Body, Request
from ..stream import Stream


@dataclass(slots=True, eq=False)
class ToolAnswer:
    """What a call ends with: ``result`` is a ``CallToolResult``, unless a stream is still to be gathered."""

    result: dict[str, Any] = field(default_factory=dict)
    stream: Stream | None = None
    bounds: Bounds | None = None


class Given:
    """The arguments of a tool's call, and the caller behind the HTTP request that brought it."""

    def __init__(self, arguments: Mapping[str, Any], request: Request, *, feed: bool) -> None:
        self._arguments = arguments
        self._caller: Body = request.body
        self._feed = feed

    async def read(self) -> tuple[bytes, bool]:
        return mcp.given(self._arguments), False

    async def gone(self) -> int:
        """A feed that goes on is left after a while, in good order: what it gave until then is the result."""
        try:
            async with asyncio.timeout(mcp.SECONDS if self._feed else None):
                return await self._caller.gone()
        except TimeoutError:
            return 200


class ToolEndpoint(Endpoint[ToolAnswer, None]):
    """An operation as a tool."""

    def __init__(self, operation: BoundOperation, tool: mcp.Tool, limit: int) -> None:
        super().__init__(operation, limit)
        # As by the address that the documents name: in the records, and for a repeat by HTTP.
        self.status = operation.operation.spec.routes[0].status
        self.tool = tool

    async def represent(
        self, request: Request, form: None, result: bytes, status: int, replayed: bool
    ) -> tuple[int, ToolAnswer]:
        spoken = language(request.fields.get(b"accept-language", b"").decode("latin-1"))
        return status, ToolAnswer(mcp.result(self.tool, result, spoken))

    def open(self, request: Request, form: None, stream: Stream) -> ToolAnswer:
        return ToolAnswer(stream=stream)

    def tell(self, answer: ToolAnswer, bounds: Bounds) -> None:
        answer.bounds = bounds


class ToolCall(Protocol[ToolAnswer]):
    """The call of one tool."""

    def __init__(self, endpoint: ToolEndpoint) -> None:
        self._endpoint = endpoint

    def find(self, request: Request) -> ToolEndpoint:
        return self._endpoint

    def refuse(self, request: Request, refused: Refused, endpoint: object) -> ToolAnswer:
        return ToolAnswer(mcp.refused(json.loads(refused.problem)), bounds=refused.bounds)


async def gathered(answer: ToolAnswer) -> dict[str, Any]:
    """``CallToolResult`` of an answer; of a stream, when it is over."""
    if answer.stream is None:
        return answer.result
    items = _Items()
    await answer.stream.carry(items)
    return items.result or mcp.collected(items.taken, truncated=True)


class _Items:
    """What a stream gives, up to what an agent can make use of."""

    def __init__(self) -> None:
        self.taken: list[bytes] = []
        self.result: dict[str, Any] | None = None
        self._size = 0

    async def begin(self) -> bool:
        return True

    async def items(self, items: list[bytes]) -> int:
        for place, item in enumerate(items):
            self._size += len(item) + 1
            if len(self.taken) == mcp.ITEMS or self._size > mcp.LARGEST:
                self.result = mcp.collected(self.taken, truncated=True)
                return place
            self.taken.append(item)
        return len(items)

    async def finish(self, problem: bytes | None) -> None:
        if problem is not None:
            self.result = mcp.refused(json.loads(problem), self.taken)
        elif self.result is None:
            self.result = mcp.collected(self.taken, truncated=False)
