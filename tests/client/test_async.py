"""The façade whose methods are awaited: the same in all but that."""

from __future__ import annotations

import asyncio
import gc
import inspect
import io
import threading
from collections.abc import AsyncIterator
from typing import Any

import pytest

import parvis
from parvis.client import ConnectionFailed, MemoryTransport, TooManyCalls, async_facade_of
from parvis.client.sync_runner import wait


def run(work: Any) -> Any:
    return asyncio.run(asyncio.wait_for(work, 30))


def test_it_is_awaited_or_entered(wire):
    async def main() -> list[str]:
        async with parvis.connect_async(wire.url) as entered:
            one = await entered.price("tea")
        awaited = await parvis.connect_async(wire.url)
        two = await awaited.price(vat=0.1, item="tea")
        await awaited.parvis.aclose()
        for closed in (entered, awaited):
            with pytest.raises(ConnectionFailed, match="This client is closed"):
                await closed.price("tea")
        async with awaited:
            pass
        return [str(one), str(two)]

    assert ["12.00", "11.00"] == run(main())


def test_its_methods_are_coroutine_functions_and_its_generators_async_ones(wire):
    async def main() -> None:
        async with parvis.connect_async(wire.url) as shop:
            assert inspect.iscoroutinefunction(shop.price)
            assert inspect.iscoroutinefunction(shop.orders.get)
            assert inspect.isasyncgenfunction(shop.ticks)
            assert AsyncIterator is inspect.signature(shop.ticks).return_annotation.__origin__
            assert "(item: str, vat: float = 0.2) -> decimal.Decimal" == str(inspect.signature(shop.price))
            assert 7 == (await shop.orders.get(7)).id
            assert [0, 1] == [item.count async for item in shop.ticks(2)]
            assert "the service's own" == await shop.parvis_()
            assert f"<Shop at {wire.url}/v1, 9 operations>" == repr(shop)
            assert b"cba" == await shop.parvis.call("seal", {"data": b"abc"})
            assert b'"12.00"' == await shop.parvis.fetch(shop.parvis.operations["price"], b'{"item":"tea"}')

    run(main())


def test_it_raises_what_the_other_kind_raises(wire):
    async def main() -> None:
        async with parvis.connect_async(wire.url) as shop:
            with pytest.raises(TypeError, match=r"^Shop.price\(\) missing 1 required positional argument: 'item'$"):
                await shop.price()
            with pytest.raises(KeyError):
                await shop.price("cup")
            with pytest.raises(shop.parvis.errors.OutOfStock):
                [item async for item in shop.ticks(2, fail=True)]

    run(main())


def test_calls_go_side_by_side(wire):
    together = threading.Barrier(5)
    wire.operations["color"] = lambda color="red": (together.wait(10) and "red") or "red"

    async def main() -> list[Any]:
        async with parvis.connect_async(wire.url) as shop:
            return await asyncio.gather(*(shop.color() for _ in range(5)))

    assert 5 == len(run(main()))


@pytest.mark.parametrize("leave", ["closed", "dropped"])
def test_a_stream_that_is_left_is_closed_at_the_server(wire, leave):
    def endless(count: int) -> Any:
        while True:
            yield {"name": "x" * 10_000, "count": count}

    wire.operations["ticks"] = endless

    async def main() -> bool:
        async with parvis.connect_async(wire.url) as shop:
            ticks = shop.ticks(1)
            await anext(ticks)
            if leave == "closed":
                await ticks.aclose()
            del ticks
            gc.collect()
            return await asyncio.to_thread(wire.closed.wait, 10)

    assert run(main())


def test_a_call_that_is_cancelled_leaves_the_client_in_good_order(wire):
    release = threading.Event()
    wire.raw["/shop/v1/nothing"] = lambda handler: release.wait(10) and handler.send(200, b"null")

    async def main() -> str:
        async with parvis.connect_async(wire.url) as shop:
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(shop.nothing(), 0.2)
            release.set()
            return str(await shop.price("tea"))

    assert "12.00" == run(main())


def test_a_call_is_sent_again_without_holding_up_the_loop(wire):
    refused = [True]

    def once(handler: Any) -> bool:
        if refused:
            refused.pop()
            handler.send(
                429, b'{"code": "rate-limited", "title": "x"}', "application/problem+json", **{"Retry-After": "1"}
            )
            return True
        return False

    wire.before["/shop/v1/price"] = once

    async def main() -> Any:
        async with parvis.connect_async(wire.url) as shop:
            first = asyncio.create_task(shop.price("tea"))
            second = await shop.nothing()
            assert not first.done()
            return second, str(await first), shop.parvis.last

    second, first, last = run(main())
    assert (None, "12.00", "nothing") == (second, first, last.operation)


def test_what_a_file_raises_and_what_is_in_it_cross(wire, make):
    from parvis.contract.model import Contract

    wire.contracts = {"/shop": Contract("shop", (make.operation("put", make.parameter("content", "BinaryIO")),))}
    wire.raw["/shop/v1/put"] = lambda handler: handler.send(200, b"%d" % len(wire.seen[-1][3]))

    class Broken(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            if size:
                raise LookupError("my own")
            return b""

    async def main() -> int:
        async with parvis.connect_async(wire.url) as shop:
            with pytest.raises(LookupError, match="my own"):
                await shop.put(Broken(b"x"))
            return await shop.put(io.BytesIO(b"x" * 300_000))

    assert 300_000 == run(main())


def test_a_double_serves_it_too(make):
    async def main() -> None:
        transport = MemoryTransport(make.shop, {"price": lambda a: "1", "ticks": lambda a: [{"name": "a"}]})
        shop = await async_facade_of(transport)
        assert ("1", ["a"]) == (str(await shop.price("tea")), [item.name async for item in shop.ticks(1)])
        await shop.aclose()
        assert transport.closed

    run(main())


def test_a_transport_that_awaits_says_so_to_who_does_not():
    async def slow() -> None:
        await asyncio.sleep(0)

    with pytest.raises(RuntimeError, match="use connect_async"):
        wait(slow())


def test_an_object_of_this_process_is_awaited_too():
    class Diary:
        def write(self, text: str) -> int:
            """Write.

            Raises:
                ValueError: It is empty.
            """
            if not text:
                raise ValueError("empty")
            return len(text)

        def count(self, to: int) -> Any:
            yield from range(to)

    Diary.count.__annotations__["return"] = AsyncIterator[int]

    async def main() -> None:
        async with parvis.connect_async(Diary) as diary:
            assert [1, 2, 3] == await asyncio.gather(*(diary.write("x" * n) for n in (1, 2, 3)))
            with pytest.raises(ValueError, match="empty"):
                await diary.write("")
            assert 422 == diary.parvis.last.status
        with pytest.raises(ConnectionFailed, match="closed"):
            await diary.write("x")

    run(main())
    gc.collect()
    assert [] == [t.name for t in threading.enumerate() if t.name.startswith("parvis")]


def test_a_stream_of_this_process_that_is_left_before_it_opens_ends():
    class Diary:
        closed = 0

        async def follow(self) -> AsyncIterator[int]:
            try:
                await asyncio.sleep(60)
                yield 1
            finally:
                Diary.closed += 1

    noise = []

    async def main() -> None:
        async with parvis.connect_async(Diary) as diary:
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.2):
                    await anext(diary.follow())
            for _ in range(200):
                if Diary.closed:
                    break
                await asyncio.sleep(0.01)
            assert 1 == Diary.closed

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(asyncio.BaseEventLoop, "default_exception_handler", lambda self, told: noise.append(told))
        run(main())
        gc.collect()
    assert [] == noise


def test_a_refusal_for_limits_is_an_error_of_its_own(wire):
    body = b'{"code": "quota-exceeded", "title": "Used up", "violated-policies": ["day"]}'
    wire.raw["/shop/v1/price"] = lambda handler: handler.send(429, body, **{"Retry-After": "60"})

    async def main() -> Any:
        async with parvis.connect_async(wire.url) as shop:
            with pytest.raises(TooManyCalls) as caught:
                await shop.price("tea")
            return caught.value

    error = run(main())
    assert (60.0, ("day",), "price") == (error.retry_after, error.policies, error.operation)
