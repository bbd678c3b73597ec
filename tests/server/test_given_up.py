"""Whatever an async method makes of being cancelled, when its caller closed the connection: a call like any other."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import Callable
from typing import Any

import pytest

from parvis.server.process.connections import ConnectionBounds
from parvis.server.process.worker import Serving, Taking

Guard = Callable[..., Any]


class Shop:
    def __init__(self) -> None:
        self.seen: list[str] = []
        self.go = asyncio.Event()

    async def wait(self, how: str = "") -> str:
        self.seen.append("begun")
        try:
            await self.go.wait()
        except asyncio.CancelledError:
            self.seen.append("cancelled")
            if how == "stays":
                return "stayed"
            if how == "fails":
                raise ValueError("in its end") from None
            if how == "slow":
                await asyncio.sleep(0.05)
                self.seen.append("slowly")
            if how == "both":
                asyncio.current_task().cancel()  # type: ignore[union-attr]
                await asyncio.sleep(0)
            raise
        self.seen.append("done")
        return "done"


class PerCall(Shop):
    seen: list[str] = []  # noqa: RUF012

    def __init__(self) -> None:
        self.go = asyncio.Event()

    async def __aenter__(self) -> PerCall:
        return self

    async def __aexit__(self, kind: Any, error: Any, trace: Any) -> None:
        self.seen.append(f"left with {kind.__name__}")


def by_http(name: str, arguments: dict[str, Any]) -> tuple[str, bytes, str]:
    return f"/{name.replace('.', '/v1/')}", json.dumps(arguments).encode(), ""


def by_mcp(name: str, arguments: dict[str, Any]) -> tuple[str, bytes, str]:
    message = {
        "jsonrpc": "2.0", "id": 1, "method": "tools/call",
        "params": {"name": name.replace(".", "-"), "arguments": arguments},
    }  # fmt: skip
    said = "accept: application/json, text/event-stream\r\nmcp-protocol-version: 2025-11-25\r\n"
    return "/mcp", json.dumps(message).encode(), said


Way = Callable[[str, dict[str, Any]], tuple[str, bytes, str]]


async def until(holds: Callable[[], Any]) -> None:
    async with asyncio.timeout(10):
        while not holds():
            await asyncio.sleep(0.005)


def left(server: Any, way: Way, name: str, seen: list[str], after: float = 0.0, **arguments: Any) -> Any:
    """The record of a call whose caller closes the connection while the method waits, ``after`` so many seconds;
    ``seen`` is the method's."""
    key = server.key()

    async def work() -> None:
        errors: list[BaseException] = []
        with socket.create_server(("127.0.0.1", 0)) as listening:
            taking = Taking(
                Serving(server.app.application, ConnectionBounds(half_closed_seconds=0.02), errors.append), [listening]
            )
            path, body, said = way(name, arguments)
            _, writer = await asyncio.open_connection(*listening.getsockname())
            head = (
                f"POST {path} HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {key}\r\n{said}"
                f"content-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
            )
            writer.write(head.encode() + body)
            await until(lambda: seen)
            await asyncio.sleep(after)
            writer.close()
            await until(lambda: server.host.operation(name).calls)
            await taking.end(0)
        assert [] == errors

    server.run(work())
    (row,) = server.calls("acc_ada")
    return row


def shop_of(server: Any) -> Shop:
    shop: Shop = server.host.operation("shop.wait").method.__self__
    return shop


@pytest.mark.parametrize(
    ("way", "how", "seen", "status"),
    [
        (by_http, "", ["begun", "cancelled"], 499),
        (by_mcp, "", ["begun", "cancelled"], 499),
        (by_http, "slow", ["begun", "cancelled", "slowly"], 499),
        (by_http, "stays", ["begun", "cancelled"], 200),
        (by_http, "fails", ["begun", "cancelled"], 500),
        (by_http, "both", ["begun", "cancelled"], 499),
    ],
)
def test_an_async_method_is_cancelled_when_its_caller_goes(
    guarded: Guard, way: Way, how: str, seen: list[str], status: int
) -> None:
    server = guarded(Shop)
    row = left(server, way, "shop.wait", shop_of(server).seen, how=how)
    assert (seen, status) == (shop_of(server).seen, row.status)
    shop_of(server).go.set()
    assert (200, "done") == ((again := server.call("shop.wait", server.key())).status, again.json)


def test_its_own_object_is_left_with_what_ended_the_call(guarded: Guard) -> None:
    PerCall.seen.clear()
    row = left(guarded(PerCall, instances="per-call"), by_http, "per_call.wait", PerCall.seen)
    assert (499, ["begun", "cancelled", "left with CancelledError"]) == (row.status, PerCall.seen)


def test_a_tool_that_works_longer_than_a_feed_is_followed_is_neither_cut_nor_forgotten(
    guarded: Guard, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("parvis.protocol.mcp.SECONDS", 0.02)
    server = guarded(Shop)
    row = left(server, by_mcp, "shop.wait", shop_of(server).seen, after=0.2)
    assert (499, ["begun", "cancelled"]) == (row.status, shop_of(server).seen)
    assert row.microseconds > 200_000
