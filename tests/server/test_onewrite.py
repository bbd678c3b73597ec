"""The head and the first of the body leave in one write; all else is as uvicorn has it."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

import pytest

from parvis.server.onewrite import OneWrite


class Wire:
    """A transport and its flow: ``writes`` is what went out, write by write."""

    write_paused = False

    def __init__(self) -> None:
        self.writes: list[bytes] = []
        self.closed = False

    def write(self, data: bytes) -> None:
        self.writes.append(data)

    def close(self) -> None:
        self.closed = True


def answered(*messages: dict[str, Any], method: str = "GET", keep_alive: bool = True) -> tuple[Wire, int]:
    """What goes out for these messages, and how often the end of the answer was told."""
    wire = Wire()
    ends: list[None] = []
    log = logging.getLogger("test")

    async def send() -> None:
        cycle = OneWrite(
            scope={"method": method}, transport=wire, flow=wire, logger=log, access_logger=log,  # type: ignore[arg-type]
            access_log=False, default_headers=[(b"date", b"today")], message_event=asyncio.Event(),
            expect_100_continue=False, keep_alive=keep_alive, on_response=lambda: ends.append(None),
        )  # fmt: skip
        for message in messages:
            await cycle.send(message)

    asyncio.run(send())
    return wire, len(ends)


def start(*headers: tuple[bytes, bytes], status: int = 200) -> dict[str, Any]:
    return {"type": "http.response.start", "status": status, "headers": list(headers)}


def body(data: bytes = b"", more: bool = False) -> dict[str, Any]:
    return {"type": "http.response.body", "body": data, "more_body": more}


def test_a_short_answer_is_one_write() -> None:
    wire, ends = answered(start((b"content-length", b"2"), (b"a", b"b")), body(b"ok"))

    assert [b"HTTP/1.1 200 OK\r\ndate: today\r\ncontent-length: 2\r\na: b\r\n\r\nok"] == wire.writes
    assert (1, False) == (ends, wire.closed)


def test_a_stream_sends_its_head_with_its_first_item_and_each_item_as_it_comes() -> None:
    wire, ends = answered(start(), body(b"one\n", True), body(b"", True), body(b"two\n", True), body())

    assert [
        b"HTTP/1.1 200 OK\r\ndate: today\r\ntransfer-encoding: chunked\r\n\r\n4\r\none\n\r\n", b"4\r\ntwo\n\r\n",
        b"0\r\n\r\n",
    ] == wire.writes  # fmt: skip
    assert 1 == ends


def test_an_empty_first_part_lets_the_head_go() -> None:
    wire, ends = answered(start(), body(b"", True))

    assert [b"HTTP/1.1 200 OK\r\ndate: today\r\ntransfer-encoding: chunked\r\n\r\n"] == wire.writes
    assert 0 == ends


@pytest.mark.parametrize("status", [204, 304])
def test_a_status_without_a_body_has_none(status: int) -> None:
    wire, ends = answered(start(status=status), body())

    assert 1 == len(wire.writes)
    assert wire.writes[0].endswith(b"date: today\r\n\r\n")
    assert 1 == ends


def test_head_tells_the_length_and_sends_no_body() -> None:
    wire, _ = answered(start((b"content-length", b"2")), body(b"ok"), method="HEAD")

    assert [b"HTTP/1.1 200 OK\r\ndate: today\r\ncontent-length: 2\r\n\r\n"] == wire.writes


def test_a_connection_that_is_not_kept_is_said_and_closed() -> None:
    asked, _ = answered(start((b"content-length", b"0")), body(), keep_alive=False)
    ours, _ = answered(start((b"content-length", b"0"), (b"connection", b"close")), body())

    for wire in (asked, ours):
        assert (1, True) == (wire.writes[0].count(b"connection: close\r\n"), wire.closed)


@pytest.mark.parametrize("header", [
    (b"a", b"b\r\nset-cookie: x"), (b"a", b"b\n"), (b"a", b"b\rc"), (b"a", b"b\0c"), (b"a\r\nb", b"c"),
])  # fmt: skip
def test_no_line_break_gets_into_a_head(header: tuple[bytes, bytes]) -> None:
    with pytest.raises(RuntimeError, match="line break"):
        answered(start(header), body())


@pytest.mark.parametrize(("length", "data", "reason"), [(b"1", b"ok", "longer"), (b"3", b"ok", "shorter")])
def test_a_body_has_the_length_that_was_told(length: bytes, data: bytes, reason: str) -> None:
    with pytest.raises(RuntimeError, match=reason):
        answered(start((b"content-length", length)), body(data))


@pytest.mark.parametrize("messages", [
    (body(b"x"),), (start(), start()), (start((b"content-length", b"0")), body(), body()),
])  # fmt: skip
def test_messages_out_of_their_order_are_an_error(messages: tuple[dict[str, Any], ...]) -> None:
    with pytest.raises(RuntimeError, match="came"):
        answered(*messages)
