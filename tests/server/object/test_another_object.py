"""A service whose threads are all lost gets another object, on threads of its own; no other service feels it."""

from __future__ import annotations

import asyncio
import http.client
import json
import threading
import time
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

import parvis
from parvis.client.errors import ParvisError
from parvis.server.object import service as module
from served import Served

Serve = Callable[..., Any]

SEEN: list[str] = []
"""What happened to which object, and on which thread."""
GO = threading.Event()
"""Calls that hang may come back."""
BUILT = threading.Event()
"""Another object may be built."""
BROKEN: list[BaseException] = []
"""What the next objects raise when they are built."""


def note(what: str) -> None:
    SEEN.append(f"{what} on {threading.current_thread().name}")


class Orders:
    def __init__(self, shop: Shop) -> None:
        self._shop = shop

    def of(self) -> int:
        return self._shop.number


class Shop:
    orders: Orders
    made = 0

    def __init__(self) -> None:
        Shop.made += 1
        if self.made > 1:
            BUILT.wait(20)
            if BROKEN:
                raise BROKEN.pop(0)
        self.number = self.made
        self.orders = Orders(self)

    def which(self) -> int:
        return self.number

    def beside(self) -> int:
        return self.number

    async def waits(self) -> int:
        return self.number

    def hang(self) -> str:
        GO.wait(20)
        return "back"

    def feed(self, most: int = 3) -> Iterator[int]:
        try:
            for _ in range(most):
                yield self.number
        finally:
            note(f"feed of {self.number} ended")

    def close(self) -> None:
        note(f"{self.number} closed")


class Entered(Shop):
    def start(self) -> None: ...


@pytest.fixture(autouse=True)
def nothing_seen(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(Shop, "made", 0)
    SEEN.clear()
    BROKEN.clear()
    GO.clear()
    BUILT.set()
    yield
    GO.set()
    BUILT.set()


def told(services: Any) -> list[str]:
    return [line["event"] for line in services.lines() if line["event"].startswith("service-")]


def asked(services: Any, operation: str, **arguments: Any) -> Coroutine[Any, Any, Any]:
    made: Coroutine[Any, Any, Any] = services.asked(
        "POST", f"{services.host.services[0].contract.prefix}/{operation}", arguments
    )
    return made


async def fed(services: Any, came: list[bytes], takes: asyncio.Event) -> None:
    """Read a feed of 200 items, of which nothing more is taken after the first ones until ``takes``."""
    bodies = [b'{"most":200}']

    async def send(message: Any) -> None:
        came.append(message.get("body", b""))
        if len(came) == 2:
            await takes.wait()

    async def receive() -> Any:
        if bodies:
            return {"type": "http.request", "body": bodies.pop(), "more_body": False}
        await asyncio.sleep(60)

    await services.application(services.scope("POST", "/shop/v1/feed", {}), receive, send)


async def until(holds: Callable[[], Any], seconds: float = 10) -> None:
    async with asyncio.timeout(seconds):
        while not holds():
            await asyncio.sleep(0.01)


async def lost(services: Any, count: int = 1) -> None:
    answers = await asyncio.gather(*(asked(services, "hang") for _ in range(count)))
    assert [504] * count == [each.status for each in answers]


def replaced(services: Any, count: int = 1) -> None:
    """All threads of a pool hang, and the service has others again."""

    async def work() -> None:
        await lost(services, count)
        await until(lambda: not services.host.services[0].away)

    services.run(work())


@pytest.mark.parametrize(("run", "threads"), [({}, 1), ({"*": "threads:2"}, 2)])
def test_all_of_the_service_is_the_new_object(serve: Serve, run: dict[str, str], threads: int) -> None:
    shop = serve(Shop, timeout={"hang": 0.1}, run=run)
    assert [1, 1] == [shop.post("which").json, shop.post("orders.of").json]
    replaced(shop, threads)
    assert [2, 2, 2] == [shop.post(each).json for each in ("which", "orders.of", "waits")]
    assert [2, 2, 2] == shop.post("feed").lines
    assert ["service-lost", "service-back"] == told(shop)


def test_calls_are_refused_until_it_is_there_those_that_wait_for_their_turn_too(serve: Serve) -> None:
    BUILT.clear()
    shop = serve(Shop, timeout={"*": 20, "hang": 0.2}, run={"beside": "inline"})

    async def work() -> list[Any]:
        hangs = asyncio.ensure_future(lost(shop))
        await until(lambda: shop.host.services[0].pools["thread"].busy)
        waits = asyncio.ensure_future(asked(shop, "which"))
        await hangs
        others = [await asked(shop, each) for each in ("which", "beside", "waits", "feed")]
        assert not BUILT.is_set()
        BUILT.set()
        await until(lambda: not shop.host.services[0].away)
        return [await waits, *others]

    assert {(503, "unavailable", "not run", "1")} == {
        (a.status, a.json["code"], a.json["outcome"], a.headers["retry-after"]) for a in shop.run(work())
    }
    assert 2 == shop.post("which").json


def test_an_object_whose_thread_comes_back_is_left_there(serve: Serve) -> None:
    shop = serve(Shop, timeout={"*": 0.1})
    replaced(shop)
    assert [] == SEEN
    GO.set()
    shop.run(until(lambda: SEEN))
    assert ["1 closed on shop-0"] == SEEN
    assert 2 == shop.post("which").json


def test_a_stream_on_other_threads_goes_on_in_the_object_that_it_has(serve: Serve) -> None:
    shop = serve(Shop, timeout={"*": 0.1}, run={"feed": "threads:2"})
    takes = asyncio.Event()
    came: list[bytes] = []

    async def work() -> None:
        stream = asyncio.ensure_future(fed(shop, came, takes))
        await until(lambda: len(came) > 1)
        await lost(shop)
        await until(lambda: not shop.host.services[0].away)
        GO.set()
        await until(lambda: not any(each.hangs for each in shop.host.services[0]._before))
        assert [2, 2] == [(await asked(shop, each)).json for each in ("which", "waits")]
        assert [] == SEEN
        takes.set()
        await stream
        await until(lambda: len(SEEN) == 2)

    shop.run(work())
    assert b"1\n" * 200 == b"".join(came)
    assert SEEN[0].startswith("feed of 1 ended on shop-threads:2-")
    assert ["1 closed on shop-0"] == SEEN[1:]


def test_a_stream_on_the_lost_thread_ends_with_the_reason(serve: Serve) -> None:
    shop = serve(Shop, timeout={"*": 0.1})
    takes = asyncio.Event()
    came: list[bytes] = []

    async def work() -> None:
        stream = asyncio.ensure_future(fed(shop, came, takes))
        await until(lambda: len(came) > 1)
        await lost(shop)
        takes.set()
        await stream
        GO.set()  # its generator is closed where it ran, and then the object left
        await until(lambda: len(SEEN) == 2)

    shop.run(work())
    assert "unavailable" == json.loads(b"".join(came).splitlines()[-1])["$problem"]["code"]
    assert ["feed of 1 ended on shop-0", "1 closed on shop-0"] == SEEN


def test_an_object_of_each_call_has_other_threads(serve: Serve) -> None:
    shop = serve(Shop, timeout={"hang": 0.1}, instances="per-call")
    replaced(shop)
    assert 200 == shop.post("which").status
    GO.set()
    shop.run(until(lambda: len(SEEN) == 2))  # each on its thread


def test_an_object_that_was_given_is_called_on_other_threads_and_ended_once() -> None:
    shop = parvis.connect(parvis.Service(Shop(), timeout=0.1))
    with shop:
        for _ in range(2):
            with pytest.raises(ParvisError):
                shop.hang()
            deadline = time.monotonic() + 10
            while time.monotonic() < deadline:
                try:
                    assert 1 == shop.which()
                    break
                except ParvisError:
                    time.sleep(0.02)
            else:
                pytest.fail("it did not come back")
        GO.set()
        time.sleep(0.3)
        assert [] == SEEN
    assert 1 == len(SEEN)


def test_one_that_was_given_and_has_a_beginning_needs_another_process(serve: Serve) -> None:
    drained: list[bool] = []
    shop = serve(Entered(), timeout={"hang": 0.1}, exhausted=lambda: drained.append(True))
    shop.run(lost(shop))
    shop.run(until(lambda: drained))
    assert 503 == shop.post("which").status
    GO.set()
    shop.run(until(lambda: not shop.host.services[0].away))
    assert ([True], 1) == (drained, shop.post("which").json)
    assert ["service-exhausted", "service-back"] == told(shop)


@pytest.mark.parametrize("error", [OSError("no"), SystemExit(3), KeyboardInterrupt()])
def test_a_building_that_fails_is_told_and_tried_again_after_a_pause(serve: Serve, error: BaseException) -> None:
    BROKEN.append(error)
    shop = serve(Shop, timeout={"hang": 0.1})
    replaced(shop)
    assert 3 == shop.post("which").json
    assert ["service-lost", "service-failed", "service-lost", "service-back"] == told(shop)
    assert [0.0, 1.0] == [line["pause"] for line in shop.lines() if line["event"] == "service-lost"]
    assert "Traceback" in next(line for line in shop.lines() if line["event"] == "service-failed")["trace"]


def test_a_thread_that_comes_back_in_a_pause_keeps_its_object(serve: Serve) -> None:
    shop = serve(Shop, timeout={"hang": 0.1})
    replaced(shop)

    async def work() -> None:
        await lost(shop)
        GO.set()
        await until(lambda: not shop.host.services[0].away)

    shop.run(work())
    assert 2 == shop.post("which").json


def test_there_is_a_bound_on_objects_that_hang(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST", 3)
    monkeypatch.setattr(module, "LONGEST", 0.05)
    drained: list[bool] = []
    shop = serve(Shop, timeout={"hang": 0.1}, exhausted=lambda: drained.append(True))
    for _ in range(2):
        replaced(shop)
    assert [] == drained
    shop.run(lost(shop))
    shop.run(until(lambda: drained))
    assert (3, 503) == (Shop.made, shop.post("which").status)
    GO.set()  # where no process takes its place
    shop.run(until(lambda: not shop.host.services[0].away))
    assert ([True], 200) == (drained, shop.post("which").status)


def test_a_service_ends_while_it_has_no_threads(serve: Serve) -> None:
    BUILT.clear()
    shop = serve(Shop, timeout={"hang": 0.1})
    shop.run(lost(shop))
    shop.run(asyncio.sleep(0.05))
    began = time.perf_counter()
    shop.run(shop.host.services[0].close())
    assert time.perf_counter() - began < 3
    assert [] == SEEN


CODE = """
import os
import time
from collections.abc import Iterator

class Shop:
    def hang(self) -> int:
        time.sleep(60)
        return 1

    def pid(self) -> int:
        return os.getpid()

class Other:
    def feed(self) -> Iterator[int]:
        for n in range(30):
            time.sleep(0.05)
            yield n

    def slow(self) -> int:
        time.sleep(1.5)
        return os.getpid()

    def pid(self) -> int:
        return os.getpid()
"""
TOML = """
[service.shop]
target = "wares:Shop"
timeout = 0.5
[service.other]
target = "wares:Other"
run = { slow = "threads:2" }
"""


def test_streams_and_calls_of_another_service_feel_nothing(shelf: Path, tmp_path: Path) -> None:
    (shelf / "parvis.toml").write_text(TOML)
    (shelf / "wares.py").write_text(CODE)
    with Served("--grace=0.5", cwd=shelf, data=tmp_path / "data") as served:
        another_feels_nothing(served)


def another_feels_nothing(served: Served) -> None:
    def call(operation: str) -> tuple[int, bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", served.port, timeout=20)
        try:
            connection.request("POST", f"/{operation}", b"{}", {
                "authorization": f"Bearer {served.key}", "content-type": "application/json",
            })  # fmt: skip
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        pid = call("other/v1/pid")[1]
        feed: Future[tuple[int, bytes]] = pool.submit(call, "other/v1/feed")
        slow = pool.submit(call, "other/v1/slow")
        assert 504 == call("shop/v1/hang")[0]
        deadline, status, answer = time.monotonic() + 10, 0, b""
        while status != 200 and time.monotonic() < deadline:
            status, answer = call("shop/v1/pid")
            assert status in (200, 503)
        assert (200, pid) == (status, answer)
        assert (200, pid) == slow.result(20)
        status, lines = feed.result(20)
        assert (200, list(range(30))) == (status, [json.loads(line) for line in lines.splitlines()])
