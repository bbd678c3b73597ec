"""Whatever a method raises, wherever it runs and whoever calls: a problem, logged, recorded, and not charged."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

import parvis
from guarded import FREE, Guarded
from parvis.client.errors import ParvisError
from parvis.protocol import mcp


class Own(BaseException):
    """No ``Exception``."""


class Mute(Exception):
    def __str__(self) -> str:
        raise ValueError("mute")

    __repr__ = __str__


class Deadly(Exception):
    def __str__(self) -> str:
        raise SystemExit(4)

    __repr__ = __str__


class NoArgs(Exception):
    args = property(lambda self: 1 / 0)  # type: ignore[assignment]


class NoText(Exception):
    def __str__(self) -> str:
        return 7  # type: ignore[return-value]


class NoCause(Exception):
    __cause__ = property(lambda self: 1 / 0)  # type: ignore[assignment]
    __notes__ = property(lambda self: 1 / 0)  # type: ignore[assignment]


class NoClass(Exception):
    __class__ = property(lambda self: 1 / 0)  # type: ignore[assignment]


class Named(type):
    __name__ = property(lambda cls: 1 / 0)  # type: ignore[assignment]


class NoName(Exception, metaclass=Named):
    pass


class Text(str):
    def __format__(self, how: str) -> str:
        raise ValueError

    __eq__ = __ne__ = __len__ = __iter__ = __str__ = __format__  # type: ignore[assignment]
    __hash__ = str.__hash__


class SoldOut(LookupError):
    """Declared, and as bad."""

    def __str__(self) -> str:
        raise SystemExit(5)

    __repr__ = __str__


class NoArguments(LookupError):
    args = property(lambda self: 1 / 0)  # type: ignore[assignment]


class NoKind(LookupError):
    __class__ = property(lambda self: 1 / 0)  # type: ignore[assignment]


class Thing:
    def __str__(self) -> str:
        raise SystemExit(6)

    __repr__ = __str__


class Many(list[int]):
    def __iter__(self) -> Iterator[int]:
        raise SystemExit(7)


def chained() -> BaseException:
    error = ValueError("above")
    error.__cause__ = Deadly("below")
    error.add_note(Text("note"))
    return error


RAISED: dict[str, Callable[[], BaseException]] = {
    "own": Own,
    "exit": lambda: SystemExit(3),
    "interrupt": KeyboardInterrupt,
    "generator": GeneratorExit,
    "stop": lambda: StopIteration(3),
    "stop async": StopAsyncIteration,
    "cancelled": asyncio.CancelledError,
    "group": lambda: BaseExceptionGroup("all", [SystemExit(1), Own()]),
    "group of cancelled": lambda: BaseExceptionGroup("all", [asyncio.CancelledError(), Mute()]),
    "mute": Mute,
    "deadly": Deadly,
    "no args": NoArgs,
    "no text": NoText,
    "no cause": NoCause,
    "no class": NoClass,
    "no name": lambda: NoName("x"),
    "odd text": lambda: ValueError(Text("x")),
    "chained": chained,
    "undeclared": lambda: SoldOutElsewhere(Thing()),
}


class SoldOutElsewhere(ValueError):
    __str__ = SoldOut.__str__


DECLARED: dict[str, tuple[Callable[[], BaseException], Any]] = {
    "plain": (lambda: SoldOut("tea"), ["tea"]),
    "thing": (lambda: SoldOut(Thing(), 1), ["<Thing>", 1]),
    "many": (lambda: SoldOut(Many([1])), ["[1]"]),
    "odd text": (lambda: SoldOut(Text("x")), ["x"]),
    "no arguments": (lambda: NoArguments("tea"), ["tea"]),
}


class Shop:
    """Each of its methods raises what it is told to."""

    def there(self, what: str) -> int:
        """Raise.

        Raises:
            SoldOut: A bad one.
            NoArguments: Another.
            NoKind: One more.
        """
        raise made(what)

    def here(self, what: str) -> int:
        """Raise.

        Raises:
            SoldOut: A bad one.
            NoArguments: Another.
            NoKind: One more.
        """
        raise made(what)

    async def waits(self, what: str) -> int:
        """Raise.

        Raises:
            SoldOut: A bad one.
            NoArguments: Another.
            NoKind: One more.
        """
        await asyncio.sleep(0)
        raise made(what)

    async def quick(self, what: str) -> int:
        """Raise.

        Raises:
            SoldOut: A bad one.
            NoArguments: Another.
            NoKind: One more.
        """
        raise made(what)

    def fine(self) -> int:
        return 1


@dataclass
class Box:
    """An argument that cannot be made, and a result that cannot be looked at."""

    size: int

    def __post_init__(self) -> None:
        if self.size < 0:
            raise Own


class Jar(Box):
    def __getattribute__(self, name: str) -> Any:
        if name == "size":
            raise Own
        return super().__getattribute__(name)


class Boxes:
    def there(self, box: Box) -> Box:
        return made_of(box)

    def here(self, box: Box) -> Box:
        return made_of(box)

    async def waits(self, box: Box) -> Box:
        return made_of(box)


def made_of(box: Box) -> Box:
    box.__class__ = Jar
    return box


class Fragile:
    """Cannot be made when it should not."""

    what = ""

    def __init__(self) -> None:
        if self.what:
            raise made(self.what)

    def there(self) -> int:
        return 1

    async def waits(self) -> int:
        return 1


def made(what: str) -> BaseException:
    if what == "no kind":
        return NoKind()
    return RAISED[what]() if what in RAISED else DECLARED[what.removeprefix("declared ")][0]()


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Guarded]:
    server = Guarded(Shop, tmp_path_factory.mktemp("shop"), run={"here": "inline"})
    server.plan(**FREE)
    KEYS[server] = server.key()
    yield server
    server.close()


@pytest.fixture(scope="module")
def fragile(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Guarded]:
    server = Guarded(Fragile, tmp_path_factory.mktemp("fragile"), instances="per-call")
    server.plan(**FREE)
    KEYS[server] = server.key()
    yield server
    server.close()


KEYS: dict[Guarded, str] = {}


def errors(server: Guarded) -> list[dict[str, Any]]:
    server.host.guards.log.flush()
    lines = [json.loads(line) for line in Path(server.log.name).read_text().splitlines()]
    return [line for line in lines if line["level"] == "error"]


def by_http(server: Guarded, key: str, name: str, arguments: dict[str, Any]) -> dict[str, Any]:
    answer = server.call(name, key, **arguments)
    assert answer.headers["content-type"] == "application/problem+json", answer.body
    problem: dict[str, Any] = answer.json
    assert answer.status == problem["status"]
    return problem


def by_mcp(server: Guarded, key: str, name: str, arguments: dict[str, Any]) -> dict[str, Any]:
    said = {"accept": "application/json, text/event-stream", "mcp-protocol-version": "2025-11-25"}
    message = {
        "jsonrpc": "2.0", "id": 7, "method": "tools/call",
        "params": {"name": name.replace(".", "-"), "arguments": arguments},
    }  # fmt: skip
    result = server.ask("POST", "/mcp", message, key=key, headers=said).json["result"]
    assert result["isError"]
    problem: dict[str, Any] = result["_meta"][mcp.PROBLEM]
    return problem


WAYS: dict[str, Callable[[Guarded, str, str, dict[str, Any]], dict[str, Any]]] = {"http": by_http, "mcp": by_mcp}


def check(server: Guarded, way: str, names: tuple[str, ...], **arguments: Any) -> None:
    before = len(errors(server))
    problems = [WAYS[way](server, KEYS[server], name, arguments) for name in names]
    bugs, records = errors(server)[before:], server.calls("acc_ada")[-len(names) :]
    assert [(500, "internal-error")] * len(names) == [(each["status"], each["code"]) for each in problems]
    assert [(each["request_id"], name) for each, name in zip(problems, names, strict=True)] == [
        (bug["request_id"], bug["operation"]) for bug in bugs
    ]
    for bug in bugs:
        assert "Traceback" in bug["trace"]
        assert __file__ in bug["trace"]
    assert [(name, 500, 0) for name in names] == [(each.operation, each.status, each.cost) for each in records]


@pytest.mark.parametrize("what", [*RAISED, "no kind"])
@pytest.mark.parametrize("way", WAYS)
def test_a_call_ends_with_500_in_the_log_and_in_the_record_and_is_not_charged(
    shop: Guarded, way: str, what: str
) -> None:
    check(shop, way, ("shop.there", "shop.here", "shop.waits", "shop.quick"), what=what)
    assert 200 == shop.call("shop.fine", KEYS[shop]).status


@pytest.mark.parametrize("what", RAISED)
def test_an_object_that_cannot_be_made_for_its_call_is_the_same(fragile: Guarded, what: str) -> None:
    Fragile.what = what
    try:
        check(fragile, "http", ("fragile.there", "fragile.waits"))
    finally:
        Fragile.what = ""
    assert 200 == fragile.call("fragile.there", KEYS[fragile]).status


class Given:
    """Gives three items, and then raises; when it is closed, too."""

    def __init__(self, what: str) -> None:
        self._what = what
        self._given = 0

    def __aiter__(self) -> Given:
        return self

    async def __anext__(self) -> int:
        self._given += 1
        if self._given > 3:
            raise made(self._what)
        return self._given

    async def aclose(self) -> None:
        raise made(self._what)


class Feeds:
    def there(self, what: str, first: int) -> Iterator[int]:
        yield from range(first)
        raise made(what)

    def here(self, what: str, first: int) -> Iterator[int]:
        yield from range(first)
        raise made(what)

    async def waits(self, what: str, first: int) -> AsyncIterator[int]:
        for n in range(first):
            await asyncio.sleep(0)
            yield n
        raise made(what)

    def given(self, what: str, first: int) -> AsyncIterator[int]:
        if first == 0:
            raise made(what)
        return Given(what)

    async def jars(self) -> AsyncIterator[Box]:
        yield Box(1)
        yield made_of(Box(1))


@pytest.fixture(scope="module")
def feeds(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Guarded]:
    server = Guarded(Feeds, tmp_path_factory.mktemp("feeds"), run={"here": "inline"})
    server.plan(**FREE)
    KEYS[server] = server.key()
    yield server
    server.close()


@pytest.mark.parametrize("what", RAISED)
def test_a_stream_that_cannot_open_is_the_same(feeds: Guarded, what: str) -> None:
    check(feeds, "http", ("feeds.there", "feeds.here", "feeds.waits", "feeds.given"), what=what, first=0)


@pytest.mark.parametrize("what", RAISED)
def test_a_stream_ends_with_the_problem_after_what_came_before(feeds: Guarded, what: str) -> None:
    names = ["there", "here", "waits", *["given"][what == "stop async" :]]  # by which it says that it ends
    before = len(errors(feeds))
    for name in names:
        *items, last = feeds.call(f"feeds.{name}", KEYS[feeds], what=what, first=3).lines
        assert (3, "internal-error") == (len(items), last["$problem"]["code"])
    assert [f"feeds.{name}" for name in names] == [bug["operation"] for bug in errors(feeds)[before:]]
    assert {500} == {each.status for each in feeds.calls("acc_ada")[-len(names) :]}
    assert "internal-error" == by_mcp(feeds, KEYS[feeds], "feeds.waits", {"what": what, "first": 3})["code"]


def test_an_item_that_raises_when_it_is_looked_at_is_the_same(feeds: Guarded) -> None:
    *items, last = feeds.call("feeds.jars", KEYS[feeds]).lines
    assert ([{"size": 1}], "internal-error") == (items, last["$problem"]["code"])


class Selfish:
    def __init__(self) -> None:
        self.ended: list[str] = []

    async def cancel(self, waits: bool, twice: bool = False) -> int:
        """Cancel the task that it runs in."""
        await asyncio.sleep(0)
        for _ in range(1 + twice):
            asyncio.current_task().cancel()  # type: ignore[union-attr]
        if waits:
            await asyncio.sleep(5)
        return 1

    async def cancel_first(self) -> int:
        asyncio.current_task().cancel()  # type: ignore[union-attr]
        return 1

    async def within(self) -> str:
        """Its own bound of time, which cancels and takes it back."""
        try:
            async with asyncio.timeout(0.01):
                await asyncio.sleep(5)
        except TimeoutError:
            return "in time"
        return "late"

    async def hold(self) -> None:
        try:
            await asyncio.sleep(5)
        finally:
            self.ended.append("held")


def test_a_method_that_cancels_its_own_task_ends_nothing_but_its_call(guarded: Callable[..., Guarded]) -> None:
    server = guarded(Selfish)
    key = server.key()
    for arguments in ({"waits": True}, {"waits": True, "twice": True}):
        assert "internal-error" == by_http(server, key, "selfish.cancel", arguments)["code"]
        assert "internal-error" == by_mcp(server, key, "selfish.cancel", arguments)["code"]
    assert 4 == len(errors(server))
    assert [(500, 0)] * 4 == [(each.status, each.cost) for each in server.calls("acc_ada")]
    for _ in range(2):
        assert [1, 1, "in time"] == [
            server.call("selfish.cancel", key, waits=False).json,
            server.call("selfish.cancel_first", key).json,
            server.call("selfish.within", key).json,
        ]


def test_a_call_that_is_cancelled_from_outside_is_so_all_the_same(guarded: Callable[..., Guarded]) -> None:
    server = guarded(Selfish)
    key = server.key()

    async def cut() -> None:
        task = asyncio.ensure_future(server.asked("POST", "/selfish/v1/hold", {}, key=key))
        await asyncio.sleep(0.05)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    server.run(cut())
    assert ["held"] == server.host.services[0].operations["hold"].method.__self__.ended
    assert [499] == [each.status for each in server.calls("acc_ada")]
    assert [] == errors(server)


@pytest.mark.parametrize("size", [-1, 1])
def test_an_argument_or_a_result_that_raises_is_the_same(guarded: Callable[..., Guarded], size: int) -> None:
    server = guarded(Boxes, run={"here": "inline"})
    key = server.key()
    for method in ("there", "here", "waits"):
        assert "internal-error" == by_http(server, key, f"boxes.{method}", {"box": {"size": size}})["code"]
    assert 3 == len(errors(server))
    assert [(500, 0)] * 3 == [(each.status, each.cost) for each in server.calls("acc_ada")]


@pytest.mark.parametrize("what", DECLARED)
@pytest.mark.parametrize("way", WAYS)
def test_a_declared_exception_crosses_whatever_its_text_does(shop: Guarded, way: str, what: str) -> None:
    for method in ("there", "here", "waits", "quick"):
        before = len(errors(shop))
        problem = WAYS[way](shop, KEYS[shop], f"shop.{method}", {"what": f"declared {what}"})
        assert (404, DECLARED[what][1]) == (problem["status"], problem["exception"]["args"])
        assert before == len(errors(shop))


def test_in_process_a_caller_gets_a_problem_and_the_next_call_runs(capfd: pytest.CaptureFixture[str]) -> None:
    shop = parvis.connect(parvis.Service(Shop, run={"here": "inline"}))
    with shop:
        for method in ("there", "here", "waits", "quick"):
            for what in [*RAISED, "no kind"]:
                with pytest.raises(ParvisError) as caught:
                    getattr(shop, method)(what)
                assert "internal-error" == caught.value.code, (method, what)  # type: ignore[attr-defined]
                assert "Traceback" in capfd.readouterr().err
        with pytest.raises(LookupError) as declared:
            shop.there("declared thing")
        assert ("<Thing>", 1) == declared.value.args
        assert 1 == shop.fine()
