"""Log lines: JSON for programs, columns for people, and no call that waits for them."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
from collections.abc import Iterator
from typing import Any

import pytest

from parvis.server.logs import CallLine, Log
from parvis.server.request import Request

ODD = 'a"b\\c\nd\x1b[31m\u2028é\ud800'


@pytest.fixture
def pipe() -> Iterator[tuple[int, int]]:
    reading, writing = os.pipe()
    os.set_blocking(reading, False)
    yield reading, writing
    for descriptor in (reading, writing):
        with contextlib.suppress(OSError):
            os.close(descriptor)


def call(path: str = "/shop/v1/price", seconds: float = 0.0) -> CallLine:
    return CallLine(Request("req1", "POST", path), None, None, 404, "unknown-operation", seconds)


def test_a_line_is_json_whatever_the_caller_sent(pipe: tuple[int, int]) -> None:
    log = Log(pipe[1], terminal=False)
    log.call(call(ODD * 100, 0.0012345))
    log.event("info", "odd", text=ODD, thing=object())
    log.error("failed", ValueError(ODD), operation="shop.price")
    log.flush()
    first, second, third = (json.loads(line) for line in os.read(pipe[0], 100_000).splitlines())
    assert ("call", "POST", 404, 1.234, "unknown-operation", 200) == (
        first["event"], first["method"], first["status"], first["ms"], first["code"], len(first["path"]),
    )  # fmt: skip
    assert ODD == second["text"]
    assert f"ValueError: {ODD}" == third["error"]
    assert first["time"].endswith("Z")


def test_a_terminal_gets_columns_and_no_control_character_of_a_caller(pipe: tuple[int, int]) -> None:
    log = Log(pipe[1], terminal=True)
    log.call(call("/x\x1b]0;owned\x07\n", 0.001))
    log.flush()
    line = os.read(pipe[0], 10_000).decode()
    assert "\\x1b]0;owned\\x07\\n" in line
    assert 1 == line.count("\n")


def test_lines_are_gathered_for_a_moment(pipe: tuple[int, int]) -> None:
    async def main() -> tuple[Any, bytes]:
        log = Log(pipe[1], terminal=False)
        for _ in range(10):
            log.call(call())
        early = None
        with contextlib.suppress(BlockingIOError):
            early = os.read(pipe[0], 10)
        await asyncio.sleep(0.2)
        return early, os.read(pipe[0], 100_000)

    early, late = asyncio.run(main())
    assert (None, 10) == (early, late.count(b"\n"))


def test_a_reader_that_went_away_ends_the_log_and_no_call(pipe: tuple[int, int]) -> None:
    log = Log(pipe[1], terminal=False)
    os.close(pipe[0])
    log.call(call())
    log.flush()
    log.call(call())
