"""An object for all calls, or a new one for each: built, entered, called, left with what went wrong."""

from __future__ import annotations

import asyncio
import itertools
import sqlite3
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from parvis.facade.errors import TargetError

Serve = Callable[..., Any]

EVENTS: list[Any] = []
NUMBERS = itertools.count(1)


@pytest.fixture(autouse=True)
def _clean() -> None:
    global NUMBERS
    EVENTS.clear()
    NUMBERS = itertools.count(1)


def events() -> list[Any]:
    """What happened, in the words of the objects: (number of the object, event)."""
    found = list(EVENTS)
    EVENTS.clear()
    return found


class Base:
    def __init__(self) -> None:
        self.number = next(NUMBERS)
        self._note("built")

    def _note(self, event: str) -> None:
        EVENTS.append((self.number, event))


class Work(Base):
    def fine(self) -> int:
        self._note("fine")
        return self.number

    def fails(self) -> int:
        """Fail as declared.

        Raises:
            KeyError: Always.
        """
        raise KeyError("no")

    def breaks(self) -> int:
        raise ZeroDivisionError

    def items(self, most: int = 3) -> Iterator[int]:
        try:
            yield from range(most)
        finally:
            self._note("items end")

    def items_that_fail(self) -> Iterator[int]:
        yield 0
        raise ZeroDivisionError


class Sync(Work):
    def __enter__(self) -> Sync:
        self._note("enter")
        return self

    def __exit__(self, kind: Any, error: Any, trace: Any) -> None:
        assert (kind is None) is (error is None) is (trace is None)
        self._note("exit" if kind is None else f"exit {kind.__name__}")


class AsyncWork(Base):
    async def fine(self) -> int:
        await asyncio.sleep(0)
        self._note("fine")
        return self.number

    async def fails(self) -> int:
        """Fail as declared.

        Raises:
            KeyError: Always.
        """
        raise KeyError("no")

    async def breaks(self) -> int:
        raise ZeroDivisionError

    async def items(self, most: int = 3) -> AsyncIterator[int]:
        try:
            for n in range(most):
                await asyncio.sleep(0)
                yield n
        finally:
            self._note("items end")

    async def items_that_fail(self) -> AsyncIterator[int]:
        yield 0
        raise ZeroDivisionError


class Async(AsyncWork):
    async def __aenter__(self) -> Async:
        await asyncio.sleep(0)
        self._note("enter")
        return self

    async def __aexit__(self, kind: Any, error: Any, trace: Any) -> None:
        await asyncio.sleep(0)
        self._note("exit" if kind is None else f"exit {kind.__name__}")


class SyncAroundAsync(AsyncWork):
    __enter__ = Sync.__enter__  # type: ignore[assignment]
    __exit__ = Sync.__exit__  # type: ignore[assignment]


KINDS = pytest.mark.parametrize("kind", [Sync, Async, SyncAroundAsync])


@KINDS
def test_each_call_has_an_object_of_its_own(serve: Serve, kind: type) -> None:
    shop = serve(kind, instances="per-call")
    assert [] == events()  # none before the first call
    assert [1, 2, 3] == [shop.post("fine").json for _ in range(3)]
    expected = [(n, event) for n in (1, 2, 3) for event in ("built", "enter", "fine", "exit")]
    assert expected == events()


@KINDS
def test_an_object_for_all_calls_is_one(serve: Serve, kind: type) -> None:
    shop = serve(kind)
    assert [1, 1, 1] == [shop.post("fine").json for _ in range(3)]
    assert [404, 500] == [shop.post(name).status for name in ("fails", "breaks")]
    shop.run(shop.application.close())
    assert [(1, each) for each in ("built", "enter", "fine", "fine", "fine", "exit")] == events()


@KINDS
def test_an_object_is_left_with_the_exception_of_its_call(serve: Serve, kind: type) -> None:
    shop = serve(kind, instances="per-call")
    assert (404, "declared-error") == ((answer := shop.post("fails")).status, answer.json["code"])
    assert 500 == shop.post("breaks").status
    assert 422 == shop.post("fine", more=1).status  # which no object was built for
    found = [
        (1, "built"),
        (1, "enter"),
        (1, "exit KeyError"),
        (2, "built"),
        (2, "enter"),
        (2, "exit ZeroDivisionError"),
    ]
    assert found == events()


@KINDS
def test_a_stream_has_its_object_to_its_end(serve: Serve, kind: type) -> None:
    shop = serve(kind, instances="per-call")
    assert [0, 1, 2] == shop.post("items").lines
    assert [(1, each) for each in ("built", "enter", "items end", "exit")] == events()
    lines = shop.post("items_that_fail").lines
    assert (0, "internal-error") == (lines[0], lines[1]["$problem"]["code"])
    assert (2, "exit ZeroDivisionError") == events()[-1]


@KINDS
@pytest.mark.parametrize("run", ["thread", "threads:3"])
def test_a_stream_that_is_closed_early_leaves_its_object(serve: Serve, kind: type, run: str) -> None:
    shop = serve(kind, instances="per-call", run={"*": run})

    async def leave_early() -> None:
        gone = asyncio.Event()
        sent = 0

        async def send(message: Any) -> None:
            nonlocal sent
            sent += 1
            if sent > 3:
                gone.set()
                await asyncio.Event().wait()  # the caller reads no more

        body = iter([{"type": "http.request", "body": b'{"most": 1000000}'}])

        async def receive() -> Any:
            for message in body:
                return message
            await gone.wait()
            return {"type": "http.disconnect"}

        scope = shop.scope("POST", f"{shop.host.services[0].contract.prefix}/items", {})
        await shop.application(scope, receive, send)

    shop.run(asyncio.wait_for(leave_early(), 10))
    found = [event for _, event in events()]
    assert ["built", "enter", "items end"] == found[:3]  # the generator ends while its object still lives
    assert found[3:] in (["exit GeneratorExit"], ["exit CancelledError"])


def test_a_call_past_its_time_leaves_its_object_when_it_comes_back(serve: Serve) -> None:
    release = threading.Event()

    class Slow(Sync):
        def wait(self) -> None:
            release.wait(10)

    shop = serve(Slow, instances="per-call", timeout=0.1)
    assert 504 == shop.post("wait").status
    assert [(1, "built"), (1, "enter")] == events()
    release.set()
    until = time.monotonic() + 5
    while len(EVENTS) < 1 and time.monotonic() < until:
        time.sleep(0.01)
    assert [(1, "exit")] == events()


def test_an_async_call_past_its_time_is_cancelled_and_left(serve: Serve) -> None:
    class Slow(Async):
        async def wait(self) -> None:
            await asyncio.sleep(10)

    shop = serve(Slow, instances="per-call", timeout=0.05)
    assert 504 == shop.post("wait").status
    assert [(1, "built"), (1, "enter"), (1, "exit CancelledError")] == events()


class Swallowing(Work):
    def __enter__(self) -> Swallowing:
        return self

    def __exit__(self, *_: object) -> bool:
        self._note("swallowed")
        return True

    def nothing(self) -> None:
        raise ZeroDivisionError


def test_an_object_that_swallows_the_exception_answers_as_with_would(serve: Serve) -> None:
    shop = serve(Swallowing, instances="per-call")
    assert (200, None) == ((answer := shop.post("nothing")).status, answer.json)
    assert 500 == shop.post("breaks").status  # None is no int
    assert [0] == shop.post("items_that_fail").lines


class Door(Work):
    def __enter__(self) -> str:
        raise ConnectionError("no database")

    def __exit__(self, *_: object) -> None:
        self._note("exit")


def test_what_was_not_entered_is_not_left(serve: Serve) -> None:
    shop = serve(Door, instances="per-call")
    answer = shop.post("fine")
    assert (500, False) == (answer.status, "no database" in answer.body.decode())
    assert [(1, "built")] == events()


class Gate(Work):
    def __enter__(self) -> Work:
        return Inner()

    def __exit__(self, *_: object) -> None: ...


class Inner(Work):
    def fine(self) -> int:
        return -1


def test_what_entering_gives_is_what_is_called(serve: Serve) -> None:
    assert -1 == serve(Gate, instances="per-call").post("fine").json


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (("start", "stop", "close"), ["start", "fine", "stop", "close"]),
        (("start", "shutdown"), ["start", "fine", "shutdown"]),
        (("close",), ["fine", "close"]),
        (("stop",), ["fine", "stop"]),
        ((), ["fine"]),
    ],
)
def test_start_and_stop_and_close_are_steps_of_each_call(
    serve: Serve, names: tuple[str, ...], expected: list[str]
) -> None:
    steps = {name: (lambda self, name=name: self._note(name)) for name in names}
    kind = type("Steps", (Work,), {**steps, "__module__": __name__})
    shop = serve(kind, instances="per-call")
    assert [200, 500] == [shop.post("fine").status, shop.post("breaks").status]
    after = [each for each in expected if each != "fine"]
    assert [(1, each) for each in ["built", *expected]] + [(2, each) for each in ["built", *after]] == events()


class Both(Work):
    """With both ways to be entered each method has its own."""

    def __enter__(self) -> Both:
        self._note("enter")
        return self

    def __exit__(self, *_: object) -> None:
        self._note("exit")

    async def __aenter__(self) -> Both:
        await asyncio.sleep(0)
        self._note("aenter")
        return self

    async def __aexit__(self, *_: object) -> None:
        await asyncio.sleep(0)
        self._note("aexit")

    async def slow(self) -> None:
        await asyncio.sleep(0)


def test_sync_and_async_methods_enter_each_in_its_way(serve: Serve) -> None:
    shop = serve(Both, instances="per-call")
    assert [200, 200] == [shop.post("fine").status, shop.post("slow").status]
    assert [(1, e) for e in ("built", "enter", "fine", "exit")] + [
        (2, e) for e in ("built", "aenter", "aexit")
    ] == events()


# Where no object can be made for a call


class Waiting(Work):
    async def __aenter__(self) -> Waiting:
        return self

    async def __aexit__(self, *_: object) -> None: ...


class AsyncStart(Work):
    async def start(self) -> None: ...


class AsyncEnd(Work):
    async def aclose(self) -> None: ...


def function() -> int:
    return 1


@pytest.mark.parametrize(
    ("target", "message"),
    [
        (Waiting, "Waiting has an async __aenter__, which fine, fails, breaks cannot wait for: make these async too"),
        (AsyncStart, "AsyncStart has an async start, which"),
        (AsyncEnd, "AsyncEnd has an async aclose, which"),
        (Sync, None),
        (Sync(), "instances = 'per-call' needs a class or a factory: Sync is one instance for all calls"),
        (function, "function is one function for all calls"),
        ("itertools_of_ours", "itertools_of_ours is one module for all calls"),
    ],
)
def test_an_object_that_cannot_be_made_for_a_call_is_an_error_at_the_start(
    serve: Serve, target: Any, message: str | None, shelf: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (shelf / "itertools_of_ours.py").write_text("def price() -> int:\n    return 1\n")
    monkeypatch.syspath_prepend(str(shelf))
    if message is None:
        assert 200 == serve(target, instances="per-call").post("fine").status
        return
    with pytest.raises(TargetError) as caught:
        serve(target, instances="per-call")
    assert message in str(caught.value)


class Sized(Base):
    def __init__(self, size: int) -> None:
        super().__init__()
        self._size = size

    def size(self) -> int:
        return self._size


def test_settings_are_checked_before_the_first_call(serve: Serve) -> None:
    with pytest.raises(TargetError, match="Sized needs size"):
        serve(Sized, instances="per-call")
    with pytest.raises(TargetError, match="the setting size should be a valid integer"):
        serve(Sized, instances="per-call", settings={"size": "3"})
    assert [] == events()
    assert 3 == serve(Sized, instances="per-call", settings={"size": 3}).post("size").json


FACTORIES = """
import itertools

NUMBERS = itertools.count(1)

class Shop:
    def __init__(self, number: int) -> None:
        self._number = number

    def number(self) -> int:
        return self._number

def make():
    return Shop(next(NUMBERS))

def typed() -> Shop:
    return Shop(next(NUMBERS))

async def waited() -> Shop:
    return Shop(next(NUMBERS))
"""


@pytest.mark.parametrize("factory", ["make", "typed", "waited"])
def test_a_factory_makes_a_new_object_for_each_call(
    serve: Serve, factory: str, shelf: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (shelf / f"{factory}_shop.py").write_text(FACTORIES)
    monkeypatch.syspath_prepend(str(shelf))
    shop = serve(f"{factory}_shop:{factory}()", instances="per-call")
    first, second = shop.post("number").json, shop.post("number").json
    assert second == first + 1


# What it is for


class Ledger:
    """One transaction a call, over a connection that only its own thread may touch."""

    def __init__(self, path: str) -> None:
        self._connection = sqlite3.connect(path, timeout=20)

    def __enter__(self) -> Ledger:
        self._connection.execute("BEGIN IMMEDIATE")
        return self

    def __exit__(self, kind: Any, error: Any, trace: Any) -> None:
        if kind is None:
            self._connection.commit()
        else:
            self._connection.rollback()
        self._connection.close()

    def book(self, amount: int) -> int:
        """Book an amount, and then look.

        Raises:
            ValueError: There would be less than nothing.
        """
        self._connection.execute("INSERT INTO bookings VALUES (?)", (amount,))
        total = self.total()
        if total < 0:
            raise ValueError(f"{total} is less than nothing")
        return total

    def total(self) -> int:
        return int(self._connection.execute("SELECT coalesce(sum(amount), 0) FROM bookings").fetchone()[0])

    def book_all(self, amounts: list[int]) -> Iterator[int]:
        for amount in amounts:
            self._connection.execute("INSERT INTO bookings VALUES (?)", (amount,))
            yield self.total()


@pytest.fixture
def ledger(tmp_path: Path) -> str:
    path = str(tmp_path / "ledger.sqlite")
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE bookings (amount INTEGER)")
    connection.commit()
    connection.close()
    return path


def test_a_call_that_fails_is_rolled_back(serve: Serve, ledger: str) -> None:
    shop = serve(Ledger, instances="per-call", settings={"path": ledger})
    assert [5, 8] == [shop.post("book", amount=5).json, shop.post("book", amount=3).json]
    assert (422, "declared-error") == ((answer := shop.post("book", amount=-100)).status, answer.json["code"])
    assert 8 == shop.post("total").json
    assert [9, 11] == shop.post("book_all", amounts=[1, 2]).lines
    assert 11 == shop.post("total").json


def test_calls_at_once_have_each_its_own_object_and_none_is_lost(serve: Serve, ledger: str) -> None:
    shop = serve(Ledger, instances="per-call", run={"*": "threads:4"}, settings={"path": ledger})

    async def all_at_once() -> list[int]:
        prefix = shop.host.services[0].contract.prefix
        calls = [shop.asked("POST", f"{prefix}/book", {"amount": 1}) for _ in range(40)]
        return [answer.status for answer in await asyncio.gather(*calls)]

    assert [200] * 40 == shop.run(all_at_once())
    assert 40 == shop.post("total").json


class Meeting:
    """Tells how many of its calls are in hand at once."""

    barrier = threading.Barrier(3, timeout=10)

    def meet(self) -> int:
        self.barrier.wait()
        return id(self)


def test_as_many_calls_run_at_once_as_there_are_threads(serve: Serve) -> None:
    for instances, objects in (("shared", 1), ("per-call", 3)):
        shop = serve(Meeting, run={"*": "threads:3"}, instances=instances)

        async def meet(shop: Any = shop) -> list[int]:
            answers = await asyncio.gather(*(shop.asked("POST", "/meeting/v1/meet", {}) for _ in range(3)))
            return [answer.json for answer in answers]

        assert objects == len(set(shop.run(meet())))


def test_an_inline_method_has_its_own_object_too(serve: Serve) -> None:
    shop = serve(Sync, instances="per-call", run={"fine": "inline", "items": "inline"})
    assert [1, 2] == [shop.post("fine").json, shop.post("fine").json]
    assert [0, 1, 2] == shop.post("items").lines
    assert (3, "exit") == events()[-1]


def test_a_method_of_a_part_is_called_on_the_part_of_the_new_object(serve: Serve) -> None:
    class Orders:
        def __init__(self, number: int) -> None:
            self._number = number

        def number(self) -> int:
            return self._number

    class Shop(Base):
        def __init__(self) -> None:
            super().__init__()
            self.orders = Orders(self.number)

    Orders.__module__ = Shop.__module__ = __name__
    Shop.__annotations__ = {"orders": Orders}
    shop = serve(Shop, instances="per-call")
    assert [1, 2] == [shop.post("orders.number").json for _ in range(2)]


def test_a_stream_stays_on_the_thread_that_built_its_object(serve: Serve, ledger: str) -> None:
    shop = serve(Ledger, instances="per-call", run={"*": "threads:4"}, settings={"path": ledger})

    async def all_at_once() -> list[Any]:
        prefix = shop.host.services[0].contract.prefix
        calls = [shop.asked("POST", f"{prefix}/book_all", {"amounts": [1] * 300}) for _ in range(3)]
        return [answer.lines[-1] for answer in await asyncio.gather(*calls)]

    assert [300, 600, 900] == sorted(shop.run(all_at_once()))
    assert 0 == len([t for t in threading.enumerate() if "stream" in t.name])
