"""How answers leave: in how many writes, in which frame, and how the end of one that breaks off is seen."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from parvis.protocol.http.frames import JsonLines, ServerSentEvents
from parvis.server.http.answer import Answer, FramedStream
from parvis.server.process.connections import ConnectionBounds

from .carried import Carried, Transport, answers, echo, sent, settled

GET = b"GET /a HTTP/1.1\r\nhost: x\r\n\r\n"
OLD = b"GET /a HTTP/1.0\r\n\r\n"
HEAD = b"HEAD /a HTTP/1.1\r\nhost: x\r\n\r\n"


def undated(written: bytes) -> bytes:
    head, _, rest = written.partition(b"\r\ndate: ")
    return head + rest[rest.index(b"\r\n") :] if rest else written


class Items:
    """A stream that gives these, each when it is asked for; what is an exception breaks it off, and None is silence."""

    def __init__(self, *items: bytes | Exception | None) -> None:
        self.items = items
        self.taken: list[int] = []

    async def carry(self, sink: Any, heartbeat: Callable[[], Awaitable[None]] | None = None) -> None:
        if await sink.begin():
            for item in self.items:
                if isinstance(item, Exception):
                    raise item
                if item is None:
                    if heartbeat is not None:
                        await heartbeat()
                    continue
                self.taken.append(await sink.items([item] if item else []))
        await sink.finish(None)


def streamed(*items: bytes | Exception | None, wanted: bool = True, frames: type[JsonLines] = JsonLines) -> Carried:
    body: Any = FramedStream(Items(*items), frames(), wanted)  # type: ignore[arg-type]
    return Carried(lambda request, data: Answer(200, [(b"a", b"b")], body))


def asked(carried: Carried, *pieces: bytes) -> Transport:
    return asyncio.run(sent(carried, pieces))


def test_a_short_answer_is_one_write() -> None:
    transport = asked(Carried(), GET)
    assert [b"HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\nGET /a"] == [undated(each) for each in transport.writes]
    assert not transport.closed


def test_a_stream_sends_its_head_with_its_first_item_and_each_item_as_it_comes() -> None:
    transport = asked(streamed(b"1", b"", b"2"), GET)
    assert [
        b"HTTP/1.1 200 OK\r\na: b\r\ntransfer-encoding: chunked\r\n\r\n2\r\n1\n\r\n", b"", b"2\r\n2\n\r\n",
        b"0\r\n\r\n",
    ] == [undated(each) for each in transport.writes]  # fmt: skip
    assert not transport.closed


def test_silence_is_told_in_events_and_not_in_lines() -> None:
    events = asked(streamed(b"1", None, b"2", frames=ServerSentEvents), GET).writes
    assert [b"e\r\n: keep-alive\n\n\r\n", b"9\r\ndata: 2\n\n\r\n", b"0\r\n\r\n"] == events[1:]
    lines = asked(streamed(b"1", None, b"2"), GET).writes
    assert [b"2\r\n2\n\r\n", b"0\r\n\r\n"] == lines[1:]


def test_a_stream_by_http_1_0_has_no_chunks_and_ends_with_the_connection() -> None:
    transport = asked(streamed(b"1", b"2"), OLD)
    assert b"HTTP/1.1 200 OK\r\na: b\r\nconnection: close\r\n\r\n1\n2\n" == undated(b"".join(transport.writes))
    assert transport.closed
    assert not transport.aborted


def test_a_stream_that_breaks_off_is_seen_to_have_no_end() -> None:
    modern = asked(streamed(b"1", ValueError()), GET)
    assert b"".join(modern.writes).endswith(b"2\r\n1\n\r\n")
    assert modern.closed
    old = asked(streamed(b"1", ValueError()), OLD)
    assert old.aborted


def test_the_head_of_a_stream_has_no_items() -> None:
    transport = asked(streamed(b"1", wanted=False), HEAD)
    assert b"HTTP/1.1 200 OK\r\na: b\r\n\r\n" == undated(b"".join(transport.writes))


def test_head_tells_the_length_and_sends_no_body() -> None:
    transport = asked(Carried(), HEAD, GET)
    first, second = transport.writes
    assert b"HTTP/1.1 200 OK\r\ncontent-length: 7\r\n\r\n" == undated(first)
    assert second.endswith(b"GET /a")


@pytest.mark.parametrize("status", [204, 304])
def test_a_status_without_a_body_has_none(status: int) -> None:
    transport = asked(Carried(lambda request, data: Answer(status, [])), GET)
    assert b"content-length" not in b"".join(transport.writes)


@pytest.mark.parametrize(
    "header", [(b"a", b"b\r\nc: d"), (b"a", b"b\nc"), (b"a\r\nb", b"c"), (b"a", b"b\r"), (b"a", b"b\0")]
)
def test_no_line_break_gets_into_a_head(header: tuple[bytes, bytes]) -> None:
    carried = Carried(lambda request, data: Answer(200, [header], b"x"))
    transport = asked(carried, GET)
    assert [(500, b"internal-error")] == answers(b"".join(transport.writes))
    assert ["a header of the answer holds a line break or a NUL"] == [str(each) for each in carried.raised]
    assert transport.closed


def test_a_body_has_the_length_that_was_told() -> None:
    carried = Carried(lambda request, data: Answer(200, [(b"content-length", b"3")], b"ok"))
    assert [(500, b"internal-error")] == answers(b"".join(asked(carried, GET).writes))


def test_a_bug_below_is_told_and_answered_and_ends_the_connection() -> None:
    def breaks(request: object, data: bytes) -> Answer:
        raise KeyError("a secret")

    carried = Carried(breaks)
    transport = asked(carried, GET)
    assert [(500, b"internal-error")] == answers(b"".join(transport.writes))
    assert b"secret" not in b"".join(transport.writes)
    assert [KeyError] == [type(each) for each in carried.raised]


def refusing(request: object, data: bytes) -> Answer:
    return Answer(413, [(b"content-length", b"0"), (b"connection", b"close")])


def run(work: Callable[[], Awaitable[None]]) -> None:
    async def main() -> None:
        await work()

    asyncio.run(main())


class Early(Carried):
    """Answers before it has read the body."""

    async def answer(self, request: Any) -> Answer:
        self.seen.append(request)
        return echo(request, b"")


def test_an_answer_before_the_end_of_a_short_body_leaves_the_connection_to_the_next() -> None:
    async def work() -> None:
        connection, transport = (carried := Early()).connected()
        connection.data_received(b"POST /a HTTP/1.1\r\nhost: x\r\ncontent-length: 4\r\n\r\nab")
        await settled()
        assert [(200, b"POST /a")] == answers(b"".join(transport.writes))
        connection.data_received(b"cd" + GET)
        await settled()
        assert [(200, b"POST /a"), (200, b"GET /a")] == answers(b"".join(transport.writes))
        assert ["/a", "/a"] == [each.path for each in carried.seen]

    run(work)


def test_an_answer_before_the_end_of_a_long_body_ends_the_connection_when_it_could_be_read() -> None:
    async def work() -> None:
        connection, transport = Early().connected()
        connection.data_received(b"POST /a HTTP/1.1\r\nhost: x\r\ncontent-length: 400000\r\n\r\nab")
        await settled()
        assert b"connection: close" in transport.writes[0]
        assert (True, False) == (transport.half_closed, transport.closed)
        connection.data_received(GET)
        await settled()
        assert 1 == len(answers(b"".join(transport.writes)))
        assert not connection.eof_received()

    run(work)


def test_a_caller_who_closes_his_side_gets_his_answer_and_is_given_up_a_moment_later() -> None:
    async def work() -> None:
        connection, transport = (carried := Moment()).connected()
        connection.data_received(GET)
        assert connection.eof_received()
        await settled()
        assert [(200, b"GET /a")] == answers(b"".join(transport.writes))
        assert transport.closed
        last, transport = Moment().connected()
        last.data_received(GET.replace(b"\r\n\r\n", b"\r\nconnection: close\r\n\r\n"))
        assert last.eof_received()
        await settled()
        assert [(200, b"GET /a")] == answers(b"".join(transport.writes))
        assert transport.closed
        slow, _ = Slow().connected()
        slow.data_received(GET)
        await settled()
        assert slow.eof_received()
        assert not slow.left.is_set()
        await asyncio.wait_for(slow.left.wait(), 3)
        assert slow.task is not None
        slow.task.cancel()
        assert [] == carried.raised

    run(work)


class Moment(Carried):
    async def answer(self, request: Any) -> Answer:
        await asyncio.sleep(0)
        return await super().answer(request)


class Slow(Carried):
    async def answer(self, request: Any) -> Answer:
        await asyncio.sleep(30)
        return echo(request, b"")


def test_a_body_that_is_cut_is_told_to_who_reads_it() -> None:
    async def work() -> None:
        connection, transport = Carried().connected()
        connection.data_received(b"POST /a HTTP/1.1\r\nhost: x\r\ncontent-length: 4\r\n\r\nab")
        await settled()
        assert connection.eof_received()
        await settled()
        assert [(400, b"malformed-request")] == answers(b"".join(transport.writes))
        assert transport.closed

    run(work)


def test_a_body_that_nobody_reads_is_not_taken_from_the_wire() -> None:
    async def work() -> None:
        connection, transport = Slow().connected()
        connection.data_received(b"POST /a HTTP/1.1\r\nhost: x\r\ncontent-length: 400000\r\n\r\n" + b"a" * 60_000)
        assert not transport.paused
        connection.data_received(b"a" * 60_000)
        assert transport.paused
        assert connection.task is not None
        connection.task.cancel()
        await settled()

    run(work)


def test_requests_that_wait_for_their_turn_are_bounded_and_the_wire_is_not_read() -> None:
    async def work() -> None:
        connection, transport = (carried := Carried()).connected()
        connection.data_received(GET * 5_000)
        assert transport.paused
        for _ in range(200):
            await settled()
        assert 101 == len(answers(b"".join(transport.writes))) == len(carried.seen)
        assert transport.writes[-1].count(b"connection: close") == 1
        assert transport.closed

    run(work)


def test_a_reader_that_does_not_read_is_closed() -> None:
    async def work() -> None:
        bounds = ConnectionBounds(leaving_seconds=0.01, leaving_rate=1_000)
        for reads, closed in ((True, False), (False, True)):
            connection, transport = Carried().connected(bounds, reads=reads)
            connection.data_received(GET)
            await settled()
            connection._all._look(connection, 100.0)
            assert not transport.aborted
            connection._all._look(connection, 100.1)
            assert closed == transport.aborted

    run(work)


def test_a_reader_that_reads_a_little_is_let_be() -> None:
    async def work() -> None:
        connection, transport = Carried().connected(ConnectionBounds(leaving_seconds=10, leaving_rate=10), reads=False)
        connection.data_received(GET)
        await settled()
        for moment in range(0, 100, 5):
            connection._all._look(connection, float(moment))
            connection._written += 60  # as much has left
        assert not transport.aborted

    run(work)


def test_what_is_held_is_bounded_for_an_address_and_the_oldest_goes() -> None:
    async def work() -> None:
        connections, transports = [], []
        carried = Carried(lambda request, data: Answer(200, [(b"content-length", b"4000")], b"x" * 4000))
        bounds = ConnectionBounds(held_of_address=10_000)
        for _ in range(4):
            connection, transport = carried.connected(bounds, reads=False)
            if connections:
                connection._all = connections[0]._all
            connections.append(connection)
            transports.append(transport)
            connection.data_received(GET)
            await settled()
            connection.pause_writing()
        assert [True, True, False, False] == [each.aborted for each in transports]

    run(work)


def test_the_oldest_idle_goes_first_and_one_that_never_asked_before_one_that_did() -> None:
    async def work() -> None:
        first, kept = Carried().connected(ConnectionBounds(in_all=3))
        all = first._all
        made = [(first, kept)]
        for _ in range(2):
            connection, transport = Carried().connected()
            connection._all = all
            all.add(connection)
            made.append((connection, transport))
        first.data_received(GET)
        await settled()
        order = []
        for _ in range(3):
            assert all.room("192.0.2.7")
            order.append([transport.aborted for _, transport in made])
            another = Carried().connected()[0]
            another._all = all
            all.add(another)
        assert [[False, True, False], [False, True, True]] == order[:2]

    run(work)
