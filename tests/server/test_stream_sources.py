"""A generator is closed, and the object of its call left, however its stream ends; one item has a bound of its own."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import httpx2
import pytest

from parvis import testing

Serve = Callable[..., Any]

SEEN: list[str] = []
"""What happened, in order, with the thread where it did."""
MADE = threading.Event()
"""An item is being made."""
GO = threading.Event()
"""It may be finished."""


def note(what: str) -> None:
    SEEN.append(f"{what} {threading.current_thread().name.partition('-')[0]}")


@pytest.fixture(autouse=True)
def nothing_seen() -> Iterator[None]:
    SEEN.clear()
    MADE.clear()
    GO.clear()
    yield
    GO.set()


@pytest.fixture
def in_bulk(monkeypatch: pytest.MonkeyPatch) -> None:
    """However slow the machine is, an item counts as quick: several are made in one turn."""
    monkeypatch.setattr("parvis.server.stream_sources.QUICK", 10.0)


def held() -> None:
    MADE.set()
    GO.wait(5)


class Feed:
    def slowly(self, first: int = 1) -> Iterator[int]:
        try:
            yield from range(first)
            held()
            yield first
            note("went on")
        finally:
            note("closed")

    def begun_slowly(self) -> Iterator[int]:
        held()
        return self.slowly()

    async def waiting(self) -> AsyncIterator[int]:
        try:
            yield 0
            MADE.set()
            await asyncio.sleep(60)
        finally:
            await asyncio.sleep(0)
            note("closed")

    def at_once(self) -> Iterator[int]:
        try:
            yield from range(10**9)
        finally:
            note("closed")

    def hangs_at_its_end(self) -> Iterator[int]:
        try:
            yield 0
        finally:
            raise SystemExit

    def pauses(self, seconds: float) -> Iterator[int]:
        yield 0
        time.sleep(seconds)
        yield 1

    async def pauses_there(self, seconds: float) -> AsyncIterator[int]:
        yield 0
        await asyncio.sleep(seconds)
        yield 1

    def quick(self) -> int:
        return 1


class PerCall(Feed):
    def __enter__(self) -> PerCall:
        return self

    def __exit__(self, kind: Any, error: Any, trace: Any) -> None:
        note("left")


class AsyncPerCall:
    async def __aenter__(self) -> AsyncPerCall:
        return self

    async def __aexit__(self, kind: Any, error: Any, trace: Any) -> None:
        await asyncio.sleep(0)
        note("left")

    waiting = Feed.waiting


def losses(services: Any) -> int:
    return sum(line["event"] == "service-lost" for line in services.lines())


class Reader:
    """A caller of one stream, who goes when he is told to."""

    def __init__(self, services: Any, operation: str, body: bytes = b"{}", accept: str = "*/*") -> None:
        self.came = b""
        self.gone = asyncio.Event()
        self.takes = asyncio.Event()
        self.takes.set()
        self.arrived = asyncio.Event()
        prefix = services.host.services[0].contract.prefix
        scope = services.scope("POST", f"{prefix}/{operation}", {}, headers={"accept": accept})
        waiting = [{"type": "http.request", "body": body, "more_body": False}]

        async def receive() -> Any:
            if waiting:
                return waiting.pop()
            await self.gone.wait()
            return {"type": "http.disconnect"}

        async def send(message: Any) -> None:
            self.came += message.get("body", b"")
            self.arrived.set()
            await self.takes.wait()

        self.task = asyncio.ensure_future(services.application(scope, receive, send))


async def until(event: threading.Event) -> None:
    assert await asyncio.to_thread(event.wait, 5)


async def seen(count: int) -> None:
    async with asyncio.timeout(5):
        while len(SEEN) < count:
            await asyncio.sleep(0.005)


RUNS = pytest.mark.parametrize("run", ["thread", "threads:4"])


@pytest.mark.usefixtures("in_bulk")
@RUNS
@pytest.mark.parametrize(
    ("kind", "operation", "expected"),
    [
        (Feed, "slowly", ["closed feed"]),
        (Feed, "begun_slowly", ["closed feed"]),
        (PerCall, "slowly", ["closed", "left"]),
        (PerCall, "begun_slowly", ["closed", "left"]),
    ],
)
@pytest.mark.parametrize("cancelled", [False, True], ids=["gone", "cancelled"])
def test_a_generator_whose_reader_goes_in_the_midst_of_an_item_is_closed_there_once_it_is_done(
    serve: Serve, run: str, kind: Any, operation: str, expected: list[str], cancelled: bool
) -> None:
    services = serve(kind, run={"*": run}, instances="shared" if kind is Feed else "per-call")

    async def work() -> None:
        reader = Reader(services, operation)
        await until(MADE)
        if cancelled:
            reader.task.cancel()
        else:
            reader.gone.set()
        await asyncio.sleep(0.05)
        assert [] == SEEN
        GO.set()
        await asyncio.wait((reader.task,), timeout=5)
        await seen(len(expected))
        assert reader.task.done()

    services.run(work())
    if kind is Feed:
        assert expected == SEEN
    else:
        assert expected == [each.split()[0] for each in SEEN]
        assert not [each for each in SEEN if each.endswith("MainThread")]


@pytest.mark.parametrize("kind", [Feed, PerCall, AsyncPerCall])
@pytest.mark.parametrize("cancelled", [False, True], ids=["gone", "cancelled"])
def test_an_async_generator_whose_reader_goes_in_the_midst_of_an_item_is_closed(
    serve: Serve, kind: Any, cancelled: bool
) -> None:
    services = serve(kind, instances="shared" if kind is Feed else "per-call")

    async def work() -> None:
        reader = Reader(services, "waiting")
        await until(MADE)
        if cancelled:
            reader.task.cancel()
        else:
            reader.gone.set()
        await asyncio.wait((reader.task,), timeout=5)

    services.run(work())
    assert (["closed"] if kind is Feed else ["closed", "left"]) == [each.split()[0] for each in SEEN]


@RUNS
@pytest.mark.parametrize("kind", [Feed, PerCall])
def test_a_stream_that_nobody_reads_closes_its_generator(serve: Serve, run: str, kind: Any) -> None:
    services = serve(kind, run={"*": run}, instances="shared" if kind is Feed else "per-call")

    async def work() -> None:
        reader = Reader(services, "at_once")
        reader.takes.clear()
        await reader.arrived.wait()
        reader.gone.set()
        await asyncio.wait((reader.task,), timeout=5)

    services.run(work())
    assert (["closed"] if kind is Feed else ["closed", "left"]) == [each.split()[0] for each in SEEN]


def test_a_stream_that_opens_and_cannot_be_answered_closes_its_generator(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    services = serve(Feed)

    def fail(*_: Any) -> Any:
        raise RuntimeError

    monkeypatch.setattr("parvis.server.http.endpoint.FramedStream", fail)
    assert 500 == services.post("at_once").status
    assert ["closed feed"] == SEEN


@pytest.mark.parametrize("run", ["thread", "inline"])
def test_a_generator_that_raises_at_its_end_ends_no_server(serve: Serve, run: str) -> None:
    services = serve(Feed, run={"*": run})

    async def work() -> None:
        reader = Reader(services, "hangs_at_its_end")
        reader.takes.clear()
        await reader.arrived.wait()
        reader.gone.set()
        await asyncio.wait((reader.task,), timeout=5)

    services.run(work())
    assert 1 == services.post("quick").json


def test_an_item_is_closed_in_its_turn_though_another_holds_the_thread_longer_than_a_call_may_take(
    serve: Serve,
) -> None:
    services = serve(Feed, timeout=0.1)

    async def work() -> None:
        idle = Reader(services, "at_once")
        idle.takes.clear()
        await idle.arrived.wait()
        other = Reader(services, "slowly", b'{"first":0}')
        await until(MADE)
        idle.gone.set()
        await asyncio.wait((idle.task,), timeout=5)
        assert [] == SEEN
        GO.set()
        await seen(1)
        other.gone.set()
        await asyncio.wait((other.task,), timeout=5)

    services.run(work())
    assert ["closed feed", "closed feed"] == [each for each in SEEN if each.startswith("closed")]


@pytest.mark.parametrize("operation", ["pauses", "pauses_there"])
def test_an_item_may_take_longer_than_a_call(serve: Serve, operation: str) -> None:
    services = serve(Feed, timeout=0.1)
    assert [0, 1] == services.post(operation, seconds=0.4).lines
    assert 0 == losses(services)
    assert 1 == services.post("quick").json


def test_a_slow_item_ends_no_other_stream_that_waits_for_the_thread(serve: Serve) -> None:
    services = serve(Feed, timeout=0.1)

    async def work() -> list[bytes]:
        others = [Reader(services, "pauses", b'{"seconds":0}') for _ in range(3)]
        for each in others:
            each.takes.clear()
            await each.arrived.wait()
        slow = Reader(services, "slowly", b'{"first":0}')
        await until(MADE)
        for each in others:
            each.takes.set()
        await asyncio.sleep(0.3)
        GO.set()
        readers = [slow, *others]
        await asyncio.gather(*(each.task for each in readers))
        return [each.came for each in readers]

    assert [b"0\n", *3 * [b"0\n1\n"]] == services.run(work())
    assert 0 == losses(services)


@pytest.mark.usefixtures("in_bulk")
@pytest.mark.parametrize(("operation", "expected"), [("slowly", 1), ("waiting", 0)])
def test_silence_past_its_bound_ends_the_stream_and_its_thread_counts_as_lost(
    serve: Serve, operation: str, expected: int
) -> None:
    services = serve(Feed, timeout=5, stream_silence=0.1)
    problem = services.post(operation).lines[-1]["$problem"]
    assert ("call-timeout", "unknown", "The stream gave nothing for 0.1 s.") == (
        problem["code"], problem["outcome"], problem["detail"],
    )  # fmt: skip
    GO.set()
    services.run(seen(1))
    assert expected == losses(services)
    assert ["closed"] == [each.split()[0] for each in SEEN]


def test_a_thread_that_hangs_in_an_item_counts_as_lost_although_its_reader_went(serve: Serve) -> None:
    services = serve(Feed, stream_silence=0.3)

    async def work() -> None:
        reader = Reader(services, "slowly")
        await until(MADE)
        reader.gone.set()
        await asyncio.wait((reader.task,), timeout=5)
        assert reader.task.done()

    services.run(work())
    assert 1 == losses(services)


@RUNS
@pytest.mark.parametrize("operation", ["pauses", "pauses_there"])
def test_events_have_heartbeats_in_silence_and_lines_have_none(
    serve: Serve, operation: str, run: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("parvis.server.stream.HEARTBEAT", 0.02)
    services = serve(Feed, run={"pauses": run})

    async def work() -> list[bytes]:
        kinds = ("text/event-stream", "application/jsonl", "application/json")
        readers = [Reader(services, operation, b'{"seconds":0.3}', kind) for kind in kinds]
        await asyncio.gather(*(each.task for each in readers))
        return [each.came for each in readers]

    events, lines, array = services.run(work())
    parts = events.split(b"\n\n")
    assert [b"data: 0", b"data: 1", b""] == [each for each in parts if each != b": keep-alive"]
    assert (b"data: 0", b": keep-alive") == tuple(parts[:2])
    assert (b"0\n1\n", b"[0,1]") == (lines, array)


def test_clients_pass_heartbeats_over(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("parvis.server.stream.HEARTBEAT", 0.02)
    service = testing.served(Feed)
    with service as feed:
        said = {"authorization": f"Bearer {service.key()}", "accept": "text/event-stream"}
        events = httpx2.post(f"{service.url}/pauses", headers=said, json={"seconds": 0.4}).text
        assert events.startswith("data: 0\n\n: keep-alive\n\n")
        assert "data: 0\n\ndata: 1\n\n" == events.replace(": keep-alive\n\n", "")
        assert [0, 1] == list(feed.pauses(seconds=0.4))


def test_a_reader_who_takes_nothing_has_no_heartbeats(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("parvis.server.stream.HEARTBEAT", 0.01)
    services = serve(Feed)

    async def work() -> bytes:
        reader = Reader(services, "at_once", accept="text/event-stream")
        reader.takes.clear()
        await reader.arrived.wait()
        await asyncio.sleep(0.1)
        reader.gone.set()
        await asyncio.wait((reader.task,), timeout=5)
        return reader.came

    assert b"keep-alive" not in services.run(work())
