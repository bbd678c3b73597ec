"""A stream that runs ends within a second of what would refuse its next call."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import pytest

from asgi import receiver
from parvis.store.queries import accounts, keys

Guard = Callable[..., Any]


class Feed:
    def steady(self) -> Iterator[int]:
        number = 0
        while True:
            yield number
            number += 1
            time.sleep(0.02)

    async def quiet(self) -> AsyncIterator[int]:
        yield 0
        await asyncio.sleep(60)
        yield 1

    def stuck(self) -> Iterator[int]:
        yield 0
        time.sleep(2)
        yield 1


def revoke(server: Any, key: str) -> Any:
    return server.context.credentials.change_key(key[8:20], None, keys.revoke, key[8:20], 1)


def suspend(server: Any, key: str) -> Any:
    return server.context.credentials.change_account(
        "acc_ada", None, accounts.change, "acc_ada", {"suspended_at": server.context.clock.now()}
    )


def narrow(server: Any, key: str) -> Any:
    return server.context.credentials.change_key(key[8:20], None, keys.change, key[8:20], {"rights": ("feed.other",)})


def rotate(server: Any, key: str) -> Any:
    now = server.context.clock.now()
    return server.context.credentials.change_key(key[8:20], None, keys.rotate, key[8:20], b"n" * 32, now, now)


CHANGES = [
    (revoke, "key-revoked"), (suspend, "account-suspended"), (narrow, "key-right-missing"), (rotate, "key-rotated"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("change", "code", "operation"),
    [*((*each, operation) for each in CHANGES for operation in ("steady", "quiet")), (*CHANGES[0], "stuck")],
)
def test_a_stream_ends_within_a_second_of_a_change(guarded: Guard, change: Any, code: str, operation: str) -> None:
    server = guarded(Feed)
    key = server.key()
    bodies: list[bytes] = []

    async def watch() -> float:
        async def send(message: Any) -> None:
            bodies.append(message.get("body", b""))

        scope = server.scope("POST", f"/feed/v1/{operation}", {}, key=key)
        task = asyncio.ensure_future(server.app(scope, receiver([b"{}"]), send))
        await asyncio.sleep(0.3)
        assert not task.done()
        await change(server, key)
        began = time.monotonic()
        await asyncio.wait_for(task, 5)
        return time.monotonic() - began

    took = server.run(watch())

    assert took < 1.0
    assert b'{"$problem":' in bodies[-2]
    assert f'"{code}"'.encode() in bodies[-2]
    assert b"" == bodies[-1]
    [call] = server.calls()
    assert (code, 1) == (call.code, call.cost)
    assert call.items > 0
    assert 0 == server.call("feed.steady", None).status // 500


def test_a_stream_whose_key_stays_as_it_is_goes_on(guarded: Guard) -> None:
    server = guarded(Feed)
    key, other = server.key(), server.key()

    async def watch() -> bool:
        async def send(message: Any) -> None: ...

        scope = server.scope("POST", "/feed/v1/steady", {}, key=key)
        task = asyncio.ensure_future(server.app(scope, receiver([b"{}"]), send))
        await asyncio.sleep(0.2)
        await revoke(server, other)
        await asyncio.sleep(1.2)
        running = not task.done()
        task.cancel()
        await asyncio.wait([task])
        return running

    assert server.run(watch())
    [call] = server.calls()
    assert call.items > 10


def test_a_reader_that_takes_nothing_any_more_does_not_hold_a_revoked_stream(guarded: Guard) -> None:
    server = guarded(Feed)
    key = server.key()

    async def watch() -> float:
        sent = 0

        async def send(message: Any) -> None:
            nonlocal sent
            sent += 1
            if sent > 3:
                await asyncio.Event().wait()

        scope = server.scope("POST", "/feed/v1/steady", {}, key=key)
        task = asyncio.ensure_future(server.app(scope, receiver([b"{}"]), send))
        await asyncio.sleep(0.3)
        await revoke(server, key)
        began = time.monotonic()
        await asyncio.wait([task], timeout=5)
        assert task.done()
        task.exception()
        return time.monotonic() - began

    assert server.run(watch()) < 1.5
