"""The tools of a server, by its ``/mcp``: one JSON-RPC request, one answer (MCP, Streamable HTTP without sessions).

Rule: each request stands alone, so a server that starts again in between is not noticed. What MCP says is handed on as
it came; what HTTP says instead, a problem or nothing at all, is a :class:`ParvisError` as for every call.
"""

from __future__ import annotations

import itertools
import json
from typing import Any

from ..protocol.mcp import OPERATION
from .errors import AnswerUnreadable
from .http.address import ServiceAddress
from .http.transport import TOTAL_SECONDS, HttpTransport
from .problems import error_of, problem_of
from .sync_runner import wait

PATH = "/mcp"
REVISION = "2025-11-25"
"""Of the specification: the newest in which a request needs nothing but itself and this header."""
UNKNOWN_TOOL = -32602
"""JSON-RPC's ``Invalid params``, which the specification has for a tool that there is not."""


class RpcError(Exception):
    """What the other side refuses as no request of its protocol; ``error`` is JSON-RPC's error object."""

    def __init__(self, error: dict[str, Any]) -> None:
        super().__init__(error.get("message", ""))
        self.code = int(error.get("code", UNKNOWN_TOOL))
        self.message = str(error.get("message", ""))
        self.data = error.get("data")


class RemoteTools:
    """The tools at an address: all of a server's by ``http://host:8000`` or ``http://host:8000/mcp``, those of one
    service by ``http://host:8000/shop``.

    Raises ``ValueError`` for an address with a version, since tools are of the newest, and what
    :class:`HttpTransport` does.
    """

    def __init__(
        self, address: ServiceAddress, *, key: str | None = None, timeout: float | None = TOTAL_SECONDS
    ) -> None:
        self._transport = HttpTransport(address, key=key, timeout=timeout)
        self._ids = itertools.count(1)
        self._service = ""
        self._names: frozenset[str] = frozenset()
        self._at = address.url
        if not address.path:
            self._at += PATH
        elif not address.path.endswith(PATH):
            contract = wait(self._transport.contract())
            if address.path.endswith(contract.prefix):
                shorter = address.url.removesuffix(contract.prefix) + f"/{contract.service}"
                raise ValueError(f"tools are of the newest version: give the address as {shorter}")
            self._service = contract.service
            self._at = address.mount(contract.prefix) + PATH

    @property
    def address(self) -> str:
        """Where the tools are, for readers."""
        return self._at

    def hello(self) -> dict[str, Any]:
        """What the server says of itself: ``InitializeResult``."""
        who = {"name": "parvis", "version": "1"}
        return self.ask("initialize", {"protocolVersion": REVISION, "capabilities": {}, "clientInfo": who})

    def tools(self) -> list[dict[str, Any]]:
        """The definitions of the tools that the key may call."""
        found: list[dict[str, Any]] = self.ask("tools/list", {})["tools"]
        if self._service:
            found = [tool for tool in found if self._of_service(tool)]
            self._names = frozenset(tool["name"] for tool in found)
        return found

    def call_tool(self, name: str, arguments: dict[str, Any], meta: dict[str, Any]) -> dict[str, Any]:
        """Call a tool: ``CallToolResult``. Raises :class:`RpcError` for one that there is not."""
        if self._service and name not in self._names:
            self.tools()
            if name not in self._names:
                raise RpcError({"code": UNKNOWN_TOOL, "message": f"Unknown tool: {name}"})
        return self.ask("tools/call", {"name": name, "arguments": arguments, **({"_meta": meta} if meta else {})})

    def ask(self, method: str, params: dict[str, Any]) -> dict[str, Any]:
        """The result of one request. Raises :class:`RpcError`, and ``ParvisError`` where no answer of MCP came."""
        body = json.dumps({"jsonrpc": "2.0", "id": next(self._ids), "method": method, "params": params}).encode()
        answer = wait(self._transport.ask(self._at, body, [(b"MCP-Protocol-Version", REVISION.encode())]))
        if problem_of(answer) is not None:
            raise error_of(answer)
        try:
            told = json.loads(answer.body)
            if isinstance(told.get("error"), dict):
                raise RpcError(told["error"])
            result: dict[str, Any] = told["result"]
        except (ValueError, RecursionError, AttributeError, KeyError):
            raise AnswerUnreadable(
                f"There are no tools at {self._at}",
                status=answer.status,
                detail=answer.body[:200].decode("utf-8", "replace").strip(),
                fix="Give the address of a Parvis server, as http://host:8000, or of a service of it.",
            ) from None
        return result

    def _of_service(self, tool: dict[str, Any]) -> bool:
        operation: str = (tool.get("_meta") or {}).get(OPERATION, "")
        return operation.startswith(f"{self._service}.")
