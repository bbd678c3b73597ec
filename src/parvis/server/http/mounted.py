"""An ASGI application of others behind an address of ours: the pages' toolkit, and the agents' library."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any
from urllib.parse import quote

from ...contract.outcomes import Refusal
from ..request import Request
from .answer import Answer

App = Callable[[Any, Any, Any], Awaitable[None]]


async def answer_of(
    app: App, request: Request, report: Callable[[Exception], None], *, body: bytes | None = None,
    more: Mapping[str, Any] | None = None,
) -> Answer:  # fmt: skip
    """The whole answer of the application; ``body`` is what was read of the request already, ``more`` goes into the
    scope. What it raises before it has answered is raised, and what it raises later is reported."""
    path = request.root + request.path
    scope = {
        "type": "http", "asgi": {"version": "3.0", "spec_version": "2.4"}, "http_version": "1.1", "scheme": "http",
        "method": request.method, "path": path, "raw_path": quote(path).encode(), "query_string": request.query,
        "root_path": request.root, "headers": list(request.fields.items()), "client": (request.address, 0),
        "server": ("127.0.0.1", 80), **(more or {}),
    }  # fmt: skip
    expected = True
    cut: Refusal | None = None
    head: MutableMapping[str, Any] = {}
    parts: list[bytes] = []

    async def receive() -> MutableMapping[str, Any]:
        nonlocal expected, cut
        if not expected:
            await request.body.gone()
            return {"type": "http.disconnect"}
        try:
            piece, expected = await request.body.read() if body is None else (body, False)
        except Refusal as refusal:
            cut = refusal
            return {"type": "http.disconnect"}
        return {"type": "http.request", "body": piece, "more_body": expected}

    async def send(message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            head.update(message)
        else:
            parts.append(message.get("body", b""))

    try:
        await app(scope, receive, send)
    except Exception as error:
        if cut is not None:  # what the application makes of it is no fault of its own
            raise cut from None
        if not head:
            raise
        report(error)
    return Answer(head["status"], list(head.get("headers", ())), b"".join(parts))
