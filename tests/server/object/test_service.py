"""The life of a façade: built, entered, called, left; each once, and in its place."""

from __future__ import annotations

import asyncio
import threading
import time
import types
from typing import Any

import pytest

from parvis.facade.compile import compile_facade
from parvis.facade.options import Options
from parvis.facade.target import load
from parvis.server.object import live as module
from parvis.server.object.service import ServiceInstance

EVENTS: list[tuple[str, str]] = []


@pytest.fixture(autouse=True)
def _clean() -> None:
    EVENTS.clear()


def note(event: str) -> None:
    EVENTS.append((event, threading.current_thread().name))


class Built:
    def __init__(self) -> None:
        note("built")

    def ping(self) -> int:
        note("ping")
        return 1


class Context(Built):
    def __enter__(self) -> Context:
        note("enter")
        return self

    def __exit__(self, *_: object) -> None:
        note("exit")

    def close(self) -> None:
        note("close")


class AsyncContext(Built):
    async def __aenter__(self) -> AsyncContext:
        note("aenter")
        return self

    async def __aexit__(self, *_: object) -> None:
        note("aexit")


class Started(Built):
    def start(self) -> None:
        note("start")

    def stop(self) -> None:
        note("stop")

    def close(self) -> None:
        note("close")


class AsyncStarted(Built):
    async def start(self) -> None:
        note("start")

    async def shutdown(self) -> None:
        note("shutdown")


class Closed(Built):
    def close(self) -> None:
        note("close")

    def stop(self) -> None:
        note("stop")


class AsyncClosed(Built):
    async def aclose(self) -> None:
        note("aclose")

    def close(self) -> None:
        note("close")


class NotMine(Built):
    """Lifecycle names that need an argument are somebody's own."""

    def start(self, engine: str) -> None:
        note("start")

    def close(self, door: str) -> None:
        note("close")


class AllAsync:
    def __init__(self) -> None:
        note("built")

    async def ping(self) -> int:
        note("ping")
        return 1

    def close(self) -> None:
        note("close")


def live(target: Any, **options: Any) -> None:
    """One life with one call."""

    async def run() -> None:
        hosted = ServiceInstance(compile_facade(load(target), Options(**options)))
        await hosted.open(lambda: None)
        entry = hosted.operations["ping"]
        if hosted.pools:
            await hosted.pools["thread"].submit(entry.method).future
        else:
            await entry.method()
        await hosted.close()
        await hosted.close()

    asyncio.run(run())


HERE = "MainThread"


@pytest.mark.parametrize(
    ("cls", "events"),
    [
        (Built, ["built", "ping"]),
        (Context, ["built", "enter", "ping", "exit"]),
        (Started, ["built", "start", "ping", "stop", "close"]),
        (Closed, ["built", "ping", "close"]),
        (NotMine, ["built", "ping"]),
    ],
)
def test_a_life_is_lived_once_on_one_thread(cls: type, events: list[str]) -> None:
    live(cls, name="thing")
    assert [(event, "thing-0") for event in events] == EVENTS


@pytest.mark.parametrize(
    ("cls", "events"),
    [
        (AsyncContext, [("built", "thing-0"), ("aenter", HERE), ("ping", "thing-0"), ("aexit", HERE)]),
        (AsyncStarted, [("built", "thing-0"), ("start", HERE), ("ping", "thing-0"), ("shutdown", HERE)]),
        (AsyncClosed, [("built", "thing-0"), ("ping", "thing-0"), ("aclose", HERE)]),
        (AllAsync, [("built", HERE), ("ping", HERE), ("close", HERE)]),
    ],
)
def test_what_is_async_runs_on_the_loop(cls: type, events: list[tuple[str, str]]) -> None:
    live(cls, name="thing")
    assert events == EVENTS


def test_an_instance_in_hand_is_closed_on_the_thread_that_called_it() -> None:
    kept = Closed()
    live(kept, name="thing")
    assert [("built", HERE), ("ping", "thing-0"), ("close", "thing-0")] == EVENTS


async def later() -> Closed:
    note("made")
    return Closed()


def test_an_async_factory_is_awaited(monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    wares = types.ModuleType("wares")
    wares.later = later  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "wares", wares)
    live("wares:later()", name="thing")
    assert [("made", HERE), ("built", HERE), ("ping", "thing-0"), ("close", "thing-0")] == EVENTS


def test_a_module_starts_and_stops_by_its_own_functions() -> None:
    wares = types.ModuleType("wares")
    wares.note = note  # type: ignore[attr-defined]
    code = "def ping() -> int: return note('ping') or 1\ndef start(): note('start')\ndef stop(): note('stop')\n"
    exec(code, wares.__dict__)
    wares.close = AllAsync.close  # type: ignore[attr-defined]
    live(wares)
    assert [(event, "wares-0") for event in ("start", "ping", "stop")] == EVENTS


class FailsToEnter(Built):
    def __enter__(self) -> FailsToEnter:
        raise OSError("no")

    def __exit__(self, *_: object) -> None:
        note("exit")


class FailsToBuild:
    def __init__(self) -> None:
        raise OSError("no")

    def ping(self) -> int:
        return 1

    def close(self) -> None:
        note("close")


class ExitsToBuild(FailsToBuild):
    def __init__(self) -> None:
        raise SystemExit(3)


class FailsToStart(Built):
    def start(self) -> None:
        raise OSError("no")

    def stop(self) -> None:
        note("stop")


@pytest.mark.parametrize("cls", [FailsToEnter, FailsToBuild, FailsToStart, ExitsToBuild])
def test_what_was_not_entered_is_not_left(cls: type) -> None:
    async def run() -> None:
        hosted = ServiceInstance(compile_facade(load(cls), Options(name="thing")))
        with pytest.raises((OSError, RuntimeError)):
            await hosted.open(lambda: None)
        await hosted.close()

    asyncio.run(run())
    assert [] == [event for event, _ in EVENTS if event in ("exit", "close", "stop")]


class Mute(Exception):
    def __str__(self) -> str:
        raise SystemExit(4)


class AtConstruction:
    raised: BaseException

    def __init__(self) -> None:
        raise self.raised

    async def ping(self) -> int:
        return 1


class AtEntering(Built):
    raised: BaseException

    async def __aenter__(self) -> None:
        raise self.raised

    async def __aexit__(self, *_: object) -> None: ...


class AtStart(Built):
    raised: BaseException

    async def start(self) -> None:
        raise self.raised


class AtTheEnd(Built):
    raised: BaseException

    async def aclose(self) -> None:
        raise self.raised


@pytest.mark.parametrize("raised", [SystemExit(3), KeyboardInterrupt(), asyncio.CancelledError(), Mute()])
@pytest.mark.parametrize("cls", [AtConstruction, AtEntering, AtStart, AtTheEnd])
def test_whatever_a_step_raises_can_be_told_and_ends_no_loop(cls: Any, raised: BaseException) -> None:
    cls.raised = raised

    async def run() -> None:
        hosted = ServiceInstance(compile_facade(load(cls), Options(name="thing")))
        try:
            await hosted.open(lambda: None)
        finally:
            await hosted.close()

    with pytest.raises(RuntimeError, match=type(raised).__name__) as told:
        asyncio.run(run())
    assert told.value.__cause__ is raised


class Hangs(Built):
    def __init__(self) -> None:
        super().__init__()
        self.released = threading.Event()

    def hang(self) -> int:
        self.released.wait(5)
        return 1

    def close(self) -> None:
        note("close")


def test_an_object_in_which_every_thread_hangs_is_not_touched_any_more() -> None:
    async def run() -> None:
        hosted = ServiceInstance(compile_facade(load(Hangs), Options(name="thing")))
        await hosted.open(lambda: None)
        threads = hosted.pools["thread"]
        job = threads.submit(hosted.operations["hang"].method)
        await asyncio.sleep(0.02)
        assert threads.abandon(job)
        began = time.perf_counter()
        await hosted.close()
        assert time.perf_counter() - began < 1
        hosted.operations["hang"].method.__self__.released.set()  # type: ignore[attr-defined]

    asyncio.run(run())
    assert ["built"] == [event for event, _ in EVENTS]


class Twofold(Built):
    def __init__(self) -> None:
        super().__init__()
        self.two = threading.Barrier(2, timeout=5)

    def meet(self) -> None:
        self.two.wait()
        note("meet")

    def close(self) -> None:
        note("close")


def test_operations_that_name_the_same_pool_share_it_and_the_object_lives_on_the_usual_thread() -> None:
    async def run() -> dict[str, int]:
        options = Options(name="thing", run={"meet": "threads:2"})
        hosted = ServiceInstance(compile_facade(load(Twofold), options))
        await hosted.open(lambda: None)
        meet = hosted.operations["meet"].method
        await asyncio.gather(*(hosted.pools["threads:2"].submit(meet).future for _ in range(2)))
        await hosted.pools["thread"].submit(hosted.operations["ping"].method).future
        sizes = {name: pool.alive for name, pool in hosted.pools.items()}
        await hosted.close()
        return sizes

    assert {"threads:2": 2, "thread": 1} == asyncio.run(run())
    assert {"built": {"thing-0"}, "ping": {"thing-0"}, "close": {"thing-0"},
            "meet": {"thing-threads:2-0", "thing-threads:2-1"}} == {
        event: {thread for each, thread in EVENTS if each == event} for event, _ in EVENTS
    }  # fmt: skip


def test_without_the_usual_thread_the_object_lives_on_the_first_pool() -> None:
    async def run() -> None:
        hosted = ServiceInstance(compile_facade(load(Twofold), Options(name="thing", run={"*": "threads:2"})))
        await hosted.open(lambda: None)
        await hosted.close()

    asyncio.run(run())
    assert ["built", "close"] == [event for event, _ in EVENTS]
    assert all(thread in ("thing-0", "thing-1") for _, thread in EVENTS)


class SlowToClose(Built):
    def close(self) -> None:
        time.sleep(0.5)


def test_an_end_that_takes_too_long_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "CLOSING", 0.05)

    async def run() -> None:
        hosted = ServiceInstance(compile_facade(load(SlowToClose), Options(name="thing")))
        await hosted.open(lambda: None)
        with pytest.raises(TimeoutError):
            await hosted.close()

    asyncio.run(run())


class Session:
    def ping(self) -> int:
        note("session")
        return 1


class Opens:
    def __enter__(self) -> Session:
        return Session()

    def __exit__(self, *_: object) -> None: ...

    def ping(self) -> int:
        return 0


def test_what_entering_gives_is_what_is_called() -> None:
    live(Opens)
    assert ["session"] == [event for event, _ in EVENTS]


class Needs:
    def __init__(self, vat: float) -> None:
        self.vat = vat

    def ping(self) -> float:
        note(f"{self.vat}")
        return self.vat


def test_the_settings_are_the_constructor_s_arguments() -> None:
    live(Needs, settings={"vat": 0.2})
    assert ["0.2"] == [event for event, _ in EVENTS]
