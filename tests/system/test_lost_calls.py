"""A worker that is killed leaves for each call in hand a line of the log, a record that costs nothing, and a count."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from kills import SETTINGS
from served import Served
from wire import Registered, Wire, operator, register, request, usage

METERED = Path(__file__).parent / "metered"


async def cut(served: Served, caller: Registered, kill: Callable[[], None]) -> None:
    """Two calls and a stream, in whose midst the server is killed."""
    wires = [await Wire.open(served.port) for _ in range(3)]
    await wires[2].begin(request("/shop/v1/silence", {}, caller.key))
    waiting = [
        asyncio.ensure_future(wire.call(request("/shop/v1/wait", {"seconds": 60}, key)))
        for wire, key in zip(wires, (caller.key, served.key), strict=False)
    ]
    while len(held(served)) < 3:
        await asyncio.sleep(0.02)
    kill()
    for each in waiting:
        with pytest.raises((OSError, EOFError)):
            await each
    for wire in wires:
        await wire.close()


def held(served: Served) -> list[str]:
    """The operations that stand in the file of the calls in hand."""
    data = (served.data / "in-hand").read_bytes()
    slots = [data[start : start + 512] for start in range(512, len(data), 512)]
    return [slot[1:].split(b"\n")[1].decode() for slot in slots if slot[0] == 1]


def check(served: Served, caller: Registered, reason: str) -> None:
    rows = {row["operation"]: row for row in usage(served.data)}
    assert {"shop.wait": (500, "process-ended", 0), "shop.silence": (500, "process-ended", 1)} == {
        name: (row["status"], row["code"], row["cost"]) for name, row in rows.items()
    }
    deadline = time.monotonic() + 5
    while len(lost := served.told("call-lost")) < 3:
        assert time.monotonic() < deadline
        time.sleep(0.02)
    assert {("shop.wait", True, reason), ("shop.silence", True, reason), ("shop.wait", False, reason)} == {
        (call["operation"], call["caller"] == caller.id, call["reason"]) for call in lost
    }
    assert {row["request_id"] for row in rows.values()} < {call["request_id"] for call in lost}
    with operator(served.data) as client:
        metrics = client.get("http://localhost/metrics").text
    assert 'parvis_calls_total{operation="wait",service="shop",status="500",version="1"} 2.0' in metrics
    assert [] == held(served)


@pytest.mark.parametrize("whole", [False, True], ids=["the worker", "everything at once"])
def test_calls_in_hand_are_told_recorded_and_not_charged(tmp_path: Path, whole: bool) -> None:
    with Served(SETTINGS, cwd=METERED, data=tmp_path / "data") as served:
        caller = register(served.url)
        if whole:
            asyncio.run(asyncio.wait_for(cut(served, caller, served.kill), 20))
        else:
            worker = served.workers()[-1]
            asyncio.run(asyncio.wait_for(cut(served, caller, lambda: os.kill(worker, signal.SIGKILL)), 20))
            check(served, caller, "SIGKILL")
    if whole:
        with Served(SETTINGS, cwd=METERED, data=tmp_path / "data") as served:
            check(served, caller, "its process was killed")
    assert not (tmp_path / "data" / "in-hand").exists()
