"""A call by MCP: one ``tools/call``, carried by an HTTP request, from its arguments to its ``CallToolResult``.

Rule: nothing is sent from here. What the call ends with is its ``result``, which the SDK sends; by then its record is
written, as before every answer.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ... import i18n
from ...contract.outcomes import Refusal
from ...facade.codec import strict_json
from ...protocol import mcp
from ..call import Call
from ..hosted import Entry
from ..http.call import HttpCall

if TYPE_CHECKING:
    from ..application import Application


class McpCall(Call):
    """``visit`` is the HTTP request that it came by: the same id, the same named fields, the same caller."""

    __slots__ = ("_asked", "_given", "_items", "_size", "_tool", "_visit", "result")

    def __init__(
        self, visit: HttpCall, entry: Entry, tool: mcp.Tool, given: Mapping[str, Any], headers: Mapping[bytes, bytes]
    ) -> None:
        super().__init__(
            visit.id, "MCP", visit.path, address=visit.address, socket=visit.socket, headers=headers, began=visit.began
        )
        self._visit = visit
        self._asked = entry
        self._tool = tool
        self._given = given
        self._items: list[bytes] = []
        self._size = 0
        self.result: dict[str, Any] | None = None
        """``CallToolResult``."""

    def find(self, app: Application) -> None:
        self.entry = self._asked
        # As by the address that the documents name: in the records, and for a repeat by HTTP.
        self.success = self._asked.operation.spec.routes[0].status

    async def read(self, app: Application) -> None:
        body = mcp.given(self._given)
        limit = self.body_limit(app)
        if len(body) > limit:
            raise Refusal("body-too-large", f"The body has more than {limit} bytes.", limit=limit)
        strict_json(body)
        self.body = body

    async def represent(self) -> None:
        spoken = i18n.language(self.headers.get(b"accept-language", b"").decode("latin-1"))
        self.result = mcp.result(self._tool, self.outcome, spoken)

    async def answer(self, app: Application) -> None:
        """The result is made already."""

    async def begin(self, app: Application) -> bool:
        return True

    async def items(self, items: list[bytes]) -> bool:
        for place, item in enumerate(items):
            self._size += len(item) + 1
            if len(self._items) == mcp.ITEMS or self._size > mcp.LARGEST:
                self.result = mcp.collected(self._items, truncated=True)
                if self.ticket is not None:
                    self.ticket.items -= len(items) - place  # which are counted as given, and are not
                return False
            self._items.append(item)
        return True

    async def finish(self, problem: bytes | None) -> None:
        if problem is not None:
            self.result = mcp.refused(json.loads(problem), self._items)
        elif self.result is None:
            self.result = mcp.collected(self._items, truncated=False)

    async def refuse(self, app: Application, error: Exception, problem: bytes) -> None:
        self.result = mcp.refused(json.loads(problem))

    async def gone(self) -> None:
        """A feed that goes on is left after a while, in good order: what it gave until then is the result."""
        try:
            async with asyncio.timeout(mcp.SECONDS):
                await self._visit.gone()
        except TimeoutError:
            self.status = self.status or 200
            self.result = mcp.collected(self._items, truncated=True)
