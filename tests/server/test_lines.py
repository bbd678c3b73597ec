"""The worked example of a third protocol: what holds for a call by HTTP holds for a line, without a word of its own."""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from guarded import Guarded
from parvis.store.queries import keys

ROOT = Path(__file__).resolve().parents[2]
Guard = Callable[..., Any]


class Shop:
    def __init__(self) -> None:
        self.sold = 0
        self.closed = 0

    def buy(self, item: str, count: int = 1) -> int:
        """Buy.

        Raises:
            LookupError: It is not for sale.
        """
        if item == "gold":
            raise LookupError(item)
        self.sold += count
        return self.sold

    async def feed(self) -> AsyncIterator[int]:
        number = 0
        try:
            while True:
                yield number
                number += 1
                await asyncio.sleep(0.01)
        finally:
            self.closed += 1

    def few(self) -> Iterator[int]:
        yield from range(3)


class Talk:
    """One connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    def say(self, line: Any) -> None:
        self.writer.write((line if isinstance(line, bytes) else json.dumps(line).encode()) + b"\n")

    async def hear(self) -> Any:
        return json.loads(await self.reader.readline())

    async def ask(self, call: str, key: str, /, *, id: int | None = 1, arguments: Any = None, **more: Any) -> Any:
        self.say({"id": id, "call": call, "key": key, "arguments": arguments or {}, **more})
        return await self.hear()


@pytest.fixture
def talking(
    guarded: Guard, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> tuple[Guarded, Callable[[Callable[[Talk], Awaitable[None]]], None]]:
    monkeypatch.syspath_prepend(str(ROOT / "examples"))
    lines = importlib.import_module("lines")
    path = tmp_path / "lines.sock"
    monkeypatch.setenv("LINES_SOCKET", str(path))
    server = guarded(Shop())

    @contextlib.asynccontextmanager
    async def connected() -> AsyncIterator[Talk]:
        reader, writer = await asyncio.open_unix_connection(path)
        try:
            yield Talk(reader, writer)
        finally:
            writer.close()

    def run(story: Callable[[Talk], Awaitable[None]]) -> None:
        async def told() -> None:
            async with asyncio.timeout(10), lines.serve(server.host), connected() as talk:
                await story(talk)

        server.run(told())
        assert not path.exists()

    return server, run


def test_the_example_stays_short() -> None:
    assert len((ROOT / "examples" / "lines.py").read_text().splitlines()) < 150


def test_a_line_is_answered_by_a_line_with_its_id(talking: Any) -> None:
    server, run = talking
    key = server.key()

    async def story(talk: Talk) -> None:
        assert {"id": 7, "result": 2} == await talk.ask("shop.buy", key, id=7, arguments={"item": "tea", "count": 2})
        assert {"id": None, "result": 3} == await talk.ask("shop.buy", key, id=None, arguments={"item": "tea"})
        talk.say({"call": "shop.few", "key": key, "id": "a"})
        assert [{"id": "a", "item": n} for n in range(3)] == [await talk.hear() for _ in range(3)]
        assert {"id": "a", "end": True} == await talk.hear()

    run(story)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (b"nope", (400, "malformed-request")),
        (b'{"call": "shop.buy", "call": "shop.few"}', (400, "malformed-request")),
        ({"call": 7}, (422, "invalid-arguments")),
        ({"call": "shop.buy", "else": 1}, (422, "invalid-arguments")),
        ({"call": "shop.buys"}, (404, "unknown-operation")),
        ({"call": "shop.buy", "version": 2}, (404, "unknown-operation")),
        ({"call": "shop.buy", "arguments": {"item": "tea"}}, (401, "key-missing")),
        ({"call": "shop.buy", "key": "pv_live_x"}, (401, "key-malformed")),
        ({"call": "shop.buy", "key": "KEY", "arguments": {"item": 1}}, (422, "invalid-arguments")),
        ({"call": "shop.buy", "key": "KEY", "arguments": {"item": "gold"}}, (404, "declared-error")),
        ({"call": "parvis.keys.create", "key": "KEY", "arguments": {"label": "x"}}, (403, "key-right-missing")),
    ],
)
def test_what_is_wrong_is_a_problem_with_what_to_do(talking: Any, line: Any, expected: tuple[int, str]) -> None:
    server, run = talking
    key = server.key()
    if isinstance(line, dict) and line.get("key") == "KEY":
        line = {**line, "key": key}

    async def story(talk: Talk) -> None:
        talk.say(line)
        problem = (await talk.hear())["problem"]
        assert expected == (problem["status"], problem["code"])
        assert problem["fix"] or expected[1] == "declared-error"
        assert {"id": 1, "result": 1} == await talk.ask("shop.buy", key, arguments={"item": "tea"})  # it goes on

    run(story)


def test_a_problem_speaks_the_language_that_is_asked_for(talking: Any) -> None:
    server, run = talking
    key = server.key()

    async def story(talk: Talk) -> None:
        said = await talk.ask("shop.buy", key, arguments={"item": 1}, language="fr")
        assert "Certains arguments ne sont pas valables" == said["problem"]["title"]

    run(story)


def test_a_line_that_is_too_long_is_refused_and_the_last(talking: Any) -> None:
    server, run = talking

    async def story(talk: Talk) -> None:
        talk.say(b"x" * (server.host.body_limit * 2))
        assert "body-too-large" == (await talk.hear())["problem"]["code"]
        with contextlib.suppress(ConnectionResetError):  # there was more that nobody reads
            assert b"" == await talk.reader.read()

    run(story)


def test_quota_meter_and_log_know_lines_like_any_call(talking: Any) -> None:
    server, run = talking
    server.plan(rate=1000, burst=1000, day=2)
    key = server.key()

    async def story(talk: Talk) -> None:
        answers = [await talk.ask("shop.buy", key, arguments={"item": "tea"}) for _ in range(3)]
        assert [1, 2, "quota-exceeded"] == [a.get("result") or a["problem"]["code"] for a in answers]

    run(story)
    assert 429 == server.call("shop.buy", key, item="tea").status  # one allowance for both
    assert 2 == server.host.services[0].operations["buy"].calls[200]


def test_a_repeat_with_the_same_idempotency_key_runs_once_by_whatever_protocol(talking: Any) -> None:
    server, run = talking
    key = server.key()

    async def story(talk: Talk) -> None:
        for _ in range(2):
            said = await talk.ask("shop.buy", key, arguments={"item": "tea"}, idempotency_key="once")
            assert {"id": 1, "result": 1} == said

    run(story)
    again = server.ask("POST", "/shop/v1/buy", {"item": "tea"}, key=key, headers={"idempotency-key": "once"})
    assert (200, 1, "true") == (again.status, again.json, again.headers["idempotency-replayed"])


def test_a_stream_ends_when_its_key_is_revoked(talking: Any) -> None:
    server, run = talking
    key = server.key()

    async def story(talk: Talk) -> None:
        talk.say({"call": "shop.feed", "key": key})
        assert 0 == (await talk.hear())["item"]
        await server.context.credentials.change_key(key[8:20], None, keys.revoke, key[8:20], 1)
        async with asyncio.timeout(1.5):
            while "item" in (said := await talk.hear()):
                pass
        assert "key-revoked" == said["problem"]["code"]

    run(story)


def test_a_stream_ends_when_its_caller_goes(talking: Any) -> None:
    server, run = talking
    shop = server.host.operation("shop.feed").method.__self__
    key = server.key()

    async def story(talk: Talk) -> None:
        talk.say({"call": "shop.feed", "key": key})
        await talk.hear()
        talk.writer.close()
        async with asyncio.timeout(1):
            while not shop.closed:
                await asyncio.sleep(0.01)

    run(story)
    assert 1 == shop.closed
