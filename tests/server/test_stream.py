"""Generators on the wire: lines and events, errors in the midst, and callers who go."""

from __future__ import annotations

import asyncio
import itertools
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

Serve = Callable[..., Any]


@dataclass
class Item:
    n: int


class Feed:
    def __init__(self) -> None:
        self.made: list[int] = []
        self.closed: list[str] = []
        self.forever = asyncio.Event()

    def list_all(self, upto: int, fail: str = "") -> Iterator[Item]:
        """Count.

        Raises:
            LookupError: At the end.
        """
        try:
            for n in range(upto):
                self.made.append(n)
                yield Item(n)
            match fail:
                case "declared":
                    raise LookupError("gone", 3)
                case "bug":
                    raise ValueError("secret")
                case "none":
                    yield None  # type: ignore[misc]
                case "stop":
                    raise StopIteration
                case "exit":
                    raise SystemExit(1)
        finally:
            self.closed.append(threading.current_thread().name)

    async def count(self, upto: int, fail: str = "") -> AsyncIterator[Item]:
        """Count.

        Raises:
            LookupError: At the end.
        """
        try:
            for n in range(upto):
                self.made.append(n)
                await asyncio.sleep(0)
                yield Item(n)
            match fail:
                case "declared":
                    raise LookupError("gone", 3)
                case "bug":
                    raise ValueError("secret")
                case "none":
                    yield None  # type: ignore[misc]
                case "exit":
                    raise SystemExit(1)
                case "cancelled":
                    raise asyncio.CancelledError
        finally:
            self.closed.append("async")

    async def wait_for(self, first: int) -> AsyncIterator[int]:
        try:
            for n in range(first):
                yield n
            await self.forever.wait()
        finally:
            self.closed.append("wait")

    def drip(self, seconds: float) -> Iterator[int]:
        for n in itertools.count():
            yield n
            time.sleep(seconds)

    def refused(self) -> Iterator[int]:
        """Not even begun.

        Raises:
            LookupError: Always.
        """
        raise LookupError("never")

    def stopped(self) -> Iterator[int]:
        raise StopIteration

    def state(self) -> dict[str, list[Any]]:
        return {"made": self.made, "closed": self.closed}


@pytest.mark.parametrize("operation", ["list_all", "count"])
@pytest.mark.parametrize("upto", [0, 1, 3, 500])
def test_a_generator_is_one_line_an_item(serve: Serve, operation: str, upto: int) -> None:
    feed = serve(Feed)
    answer = feed.post(operation, upto=upto)
    assert (200, "application/jsonl; charset=utf-8") == (answer.status, answer.headers["content-type"])
    assert [{"n": n} for n in range(upto)] == answer.lines
    assert 1 == len(feed.post("state").json["closed"])


@pytest.mark.parametrize("operation", ["list_all", "count"])
def test_a_generator_is_events_for_who_accepts_them(serve: Serve, operation: str) -> None:
    answer = serve(Feed).ask(
        "POST", f"/feed/v1/{operation}", {"upto": 2, "fail": "declared"}, headers={"accept": "text/event-stream"}
    )
    assert "text/event-stream; charset=utf-8" == answer.headers["content-type"]
    first, second, last, end = answer.body.split(b"\n\n")
    assert (b'data: {"n":0}', b'data: {"n":1}', b"") == (first, second, end)
    assert last.startswith(b"event: problem\ndata: {")


@pytest.mark.parametrize("operation", ["list_all", "count"])
def test_a_listed_stream_is_got(serve: Serve, operation: str) -> None:
    feed = serve(Feed, reads=("*",))
    assert [{"n": 0}] == feed.ask("GET", f"/feed/v1/{operation}?upto=1").lines


@pytest.mark.parametrize(
    ("operation", "fail", "code", "exception"),
    [
        ("list_all", "declared", "declared-error", {"name": "LookupError", "base": "LookupError", "args": ["gone", 3]}),
        ("list_all", "bug", "internal-error", None),
        ("list_all", "none", "internal-error", None),
        ("list_all", "stop", "internal-error", None),
        ("list_all", "exit", "internal-error", None),
        ("count", "declared", "declared-error", {"name": "LookupError", "base": "LookupError", "args": ["gone", 3]}),
        ("count", "bug", "internal-error", None),
        ("count", "none", "internal-error", None),
        ("count", "exit", "internal-error", None),
        ("count", "cancelled", "internal-error", None),
    ],
)
@pytest.mark.parametrize("run", ["thread", "inline"])
def test_an_error_in_the_midst_is_the_last_line_after_all_items_that_came_before(
    serve: Serve, operation: str, fail: str, code: str, exception: Any, run: str
) -> None:
    feed = serve(Feed, run={"*": run})
    answer = feed.post(operation, upto=5, fail=fail)
    *items, last = answer.lines
    assert [{"n": n} for n in range(5)] == items
    assert (code, exception) == (last["$problem"]["code"], last["$problem"].get("exception"))
    assert b"secret" not in answer.body
    assert 1 == len(feed.post("state").json["closed"])


@pytest.mark.parametrize("operation", ["list_all", "count"])
def test_an_error_before_the_first_item_is_a_problem_like_any_other(serve: Serve, operation: str) -> None:
    answer = serve(Feed).post(operation, upto=0, fail="declared")
    assert (404, "declared-error", "application/problem+json") == (
        answer.status, answer.json["code"], answer.headers["content-type"],
    )  # fmt: skip


def test_a_method_that_fails_before_it_gives_a_generator_is_a_problem(serve: Serve) -> None:
    feed = serve(Feed)
    assert [404, 500] == [feed.post("refused").status, feed.post("stopped").status]


@dataclass
class Reader:
    """A caller who reads ``most`` messages and then goes, or sends slowly."""

    feed: Any
    most: int
    slow: float = 0.0
    read: list[Any] = field(default_factory=list)
    gone: asyncio.Event = field(default_factory=asyncio.Event)

    async def call(self, operation: str, body: bytes) -> None:
        async def send(message: Any) -> None:
            self.read.append(message)
            await asyncio.sleep(self.slow)
            if len(self.read) >= self.most:
                self.gone.set()

        waiting = [{"type": "http.request", "body": body, "more_body": False}]

        async def receive() -> Any:
            if waiting:
                return waiting.pop()
            await self.gone.wait()
            return {"type": "http.disconnect"}

        scope = self.feed.scope("POST", f"/feed/v1/{operation}", {})
        await asyncio.wait_for(self.feed.application(scope, receive, send), 5)


@pytest.mark.parametrize(
    ("operation", "arguments", "closed"),
    [
        ("list_all", b'{"upto":1000000}', "feed-0"),
        ("count", b'{"upto":1000000}', "async"),
        ("wait_for", b'{"first":3}', "wait"),
    ],
)
def test_the_generator_is_closed_when_the_caller_goes(
    serve: Serve, operation: str, arguments: bytes, closed: str
) -> None:
    feed = serve(Feed)
    reader = Reader(feed, most=3)
    began = time.perf_counter()
    feed.run(reader.call(operation, arguments))
    assert time.perf_counter() - began < 2
    state = feed.post("state").json
    assert [closed] == state["closed"]
    assert len(state["made"]) < 5000


def test_a_caller_who_goes_before_the_first_item_is_noted_as_such(serve: Serve) -> None:
    feed = serve(Feed)
    reader = Reader(feed, most=0)
    reader.gone.set()
    feed.run(reader.call("wait_for", b'{"first":0}'))
    assert ([], ["wait"]) == (reader.read, feed.post("state").json["closed"])
    assert 499 == feed.lines()[0]["status"]


def test_a_stream_that_is_cancelled_from_outside_closes_its_generator(serve: Serve) -> None:
    feed = serve(Feed)

    async def cut() -> None:
        task = asyncio.ensure_future(Reader(feed, most=10**9).call("wait_for", b'{"first":1}'))
        await asyncio.sleep(0.05)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    feed.run(cut())
    assert ["wait"] == feed.post("state").json["closed"]


def test_a_slow_reader_slows_the_generator(serve: Serve) -> None:
    feed = serve(Feed)
    reader = Reader(feed, most=4, slow=0.05)
    feed.run(reader.call("list_all", b'{"upto":1000000}'))
    assert len(feed.post("state").json["made"]) <= 1 + 2 + 4 + 8 + 16


def test_other_calls_take_their_turn_beside_a_stream(serve: Serve) -> None:
    feed = serve(Feed)

    async def both() -> float:
        reader = Reader(feed, most=40)
        stream = asyncio.ensure_future(reader.call("drip", b'{"seconds":0.02}'))
        await asyncio.sleep(0.05)
        began = time.perf_counter()
        await feed.asked("POST", "/feed/v1/state", {})
        took = time.perf_counter() - began
        reader.gone.set()
        await stream
        return took

    assert feed.run(both()) < 0.5


def test_a_live_feed_is_passed_on_item_by_item(serve: Serve) -> None:
    feed = serve(Feed)
    reader = Reader(feed, most=6)
    feed.run(reader.call("drip", b'{"seconds":0.01}'))
    sizes = [m["body"].count(b"\n") for m in reader.read[1:6]]
    assert [1, 1] == sizes[-2:]


def test_an_item_past_its_time_ends_the_stream_with_a_problem(serve: Serve) -> None:
    feed = serve(Feed, stream_silence=0.1)
    last = feed.post("wait_for", first=2).lines[-1]
    assert ("call-timeout", "unknown") == (last["$problem"]["code"], last["$problem"]["outcome"])
    assert ["wait"] == feed.post("state").json["closed"]
