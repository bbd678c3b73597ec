"""One implementation for two kinds of callers: what is opened is closed with them, at once."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from parvis.client import MemoryTransport, async_facade_of, facade_of
from parvis.client.sync_runner import each, each_awaited, wait


class Kept(MemoryTransport):
    """Keeps what it opened, so that no collector closes it."""

    opened: Any = None

    async def stream(self, operation: Any, body: Any) -> Any:
        self.opened = await super().stream(operation, body)
        return self.opened


@pytest.fixture
def kept(make):
    closed: list[bool] = []

    def endless(_: Any) -> Any:
        try:
            while True:
                yield {"name": "a"}
        finally:
            closed.append(True)

    return Kept(make.shop, {"ticks": endless}), closed


def test_a_stream_is_closed_with_its_generator(kept):
    transport, closed = kept
    with facade_of(transport) as shop:
        for generator in (shop.ticks(1), shop.parvis.lines(shop.parvis.operations["ticks"], b'{"count":1}')):
            next(generator)
            assert [] == closed
            generator.close()
            assert [True] == closed
            closed.clear()


def test_a_stream_is_closed_with_its_async_generator(kept):
    transport, closed = kept

    async def main() -> None:
        shop = await async_facade_of(transport)
        for generator in (shop.ticks(1), shop.parvis.lines(shop.parvis.operations["ticks"], b'{"count":1}')):
            await anext(generator)
            assert [] == closed
            await generator.aclose()
            assert [True] == closed
            closed.clear()

    asyncio.run(main())


class Three:
    def __init__(self) -> None:
        self.left = [3, 2, 1]
        self.closed = 0

    async def __anext__(self) -> int:
        if not self.left:
            raise StopAsyncIteration
        return self.left.pop()

    async def aclose(self) -> None:
        self.closed += 1


def test_a_source_gives_both_kinds_the_same():
    async def items(source: Three) -> list[int]:
        return [item async for item in each_awaited(source)]

    one, other = Three(), Three()
    assert [1, 2, 3] == list(each(one)) == asyncio.run(items(other))
    assert (1, 1) == (one.closed, other.closed)


def test_what_a_coroutine_raises_is_raised_as_it_is():
    async def broken() -> None:
        raise LookupError("x")

    with pytest.raises(LookupError, match="x") as caught:
        wait(broken())
    assert (None, None) == (caught.value.__cause__, caught.value.__context__)
