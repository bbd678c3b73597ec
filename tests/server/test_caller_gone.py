"""A caller who closes the connection cancels the async method that works for him, by HTTP and by MCP."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from served import Served

CODE = """
import asyncio

class Shop:
    def note(self, text: str) -> None:
        with open("notes", "a") as notes:
            notes.write(f"{text}\\n")

    async def work(self, seconds: float) -> float:
        self.note("begun")
        try:
            await asyncio.sleep(seconds)
        except asyncio.CancelledError:
            self.note("cancelled")
            raise
        self.note("done")
        return seconds
"""


def asked(served: Served, path: str, body: object, *more: str) -> bytes:
    data = json.dumps(body).encode()
    lines = [
        f"POST {path} HTTP/1.1", f"host: 127.0.0.1:{served.port}", f"authorization: Bearer {served.key}",
        "content-type: application/json", "accept: application/json, text/event-stream",
        f"content-length: {len(data)}", *more,
    ]  # fmt: skip
    return "\r\n".join([*lines, "", ""]).encode() + data


def told(shelf: Path, *expected: str) -> bool:
    deadline = time.monotonic() + 8
    while time.monotonic() < deadline:
        notes = (shelf / "notes").read_text().split() if (shelf / "notes").exists() else []
        if notes == list(expected):
            return True
        time.sleep(0.05)
    return False


def left(served: Served, sent: bytes, shelf: Path) -> None:
    """Call, and close the connection as soon as the method works."""
    (shelf / "notes").unlink(missing_ok=True)
    with socket.create_connection(("127.0.0.1", served.port), timeout=10) as line:
        line.sendall(sent)
        assert told(shelf, "begun")


def test_who_goes_cancels_his_call_unless_its_answer_is_kept(real: Callable[..., Served], shelf: Path) -> None:
    served = real(CODE, "Shop")
    left(served, asked(served, "/shop/v1/work", {"seconds": 60}), shelf)
    assert told(shelf, "begun", "cancelled")
    call = {"jsonrpc": "2.0", "id": 1, "method": "tools/call",
            "params": {"name": "shop-work", "arguments": {"seconds": 60}}}  # fmt: skip
    left(served, asked(served, "/mcp", call, "mcp-protocol-version: 2025-06-18"), shelf)
    assert told(shelf, "begun", "cancelled")
    left(served, asked(served, "/shop/v1/work", {"seconds": 2}, "idempotency-key: one"), shelf)
    assert told(shelf, "begun", "done")
    time.sleep(0.2)
    lines = [json.loads(line) for line in served.log().splitlines() if line.startswith("{")]
    assert [] == [line for line in lines if line["level"] == "error"]
    calls = [line["status"] for line in lines if line.get("operation") == "shop.work"]
    assert [499, 499] == calls[:2]


@pytest.mark.parametrize("seconds", [0.2])
def test_who_stays_gets_his_answer_and_the_connection_serves_on(
    real: Callable[..., Served], shelf: Path, seconds: float
) -> None:
    served = real(CODE, "Shop")
    with socket.create_connection(("127.0.0.1", served.port), timeout=10) as line:
        for _ in range(3):
            line.sendall(asked(served, "/shop/v1/work", {"seconds": seconds}))
            came = b""
            while not came.endswith(b"\r\n\r\n0.2"):
                came += line.recv(65536)
            assert came.startswith(b"HTTP/1.1 200")
