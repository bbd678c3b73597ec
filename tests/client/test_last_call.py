"""What is told of a call after it."""

from __future__ import annotations

import asyncio
import gc
import threading

import pytest

import parvis
from parvis.client import ConnectionFailed, Limit, connect_url
from parvis.client.last_call import limits_of

FIELDS = {
    "X-Request-Id": "5f0c21ab1f",
    "RateLimit-Policy": '"rate";q=50;w=5, "day";q=10000;w=86400',
    "RateLimit": '"rate";r=49;t=1, "day";r=9999;t=43200',
}


def test_it_tells_status_headers_time_attempts_and_limits(wire):
    wire.raw["/shop/v1/price"] = lambda handler: handler.send(200, b'"1"', **FIELDS)
    with connect_url(wire.url) as shop:
        assert None is shop.parvis.last
        shop.price("tea")
        last = shop.parvis.last
    assert ("price", 200, "5f0c21ab1f", 1) == (last.operation, last.status, last.request_id, last.attempts)
    assert 0 < last.seconds < 5
    assert "application/json" == last.headers["content-type"]
    assert (Limit("rate", 50, 5, 49, 1), Limit("day", 10_000, 86_400, 9_999, 43_200)) == last.limits


def test_a_refused_call_and_one_without_an_answer_are_told_too(wire):
    wire.raw["/shop/v1/nothing"] = lambda handler: setattr(handler, "close_connection", True)
    with connect_url(wire.url) as shop:
        with pytest.raises(KeyError):
            shop.price("cup")
        assert (404, "price") == (shop.parvis.last.status, shop.parvis.last.operation)
        with pytest.raises(ConnectionFailed):
            shop.nothing()
        last = shop.parvis.last
    assert (None, "nothing", "", (), {}) == (last.status, last.operation, last.request_id, last.limits, last.headers)


def test_of_a_stream_it_tells_how_it_opened(wire):
    with connect_url(wire.url) as shop:
        ticks = shop.ticks(2)
        assert None is shop.parvis.last
        next(ticks)
        assert ("ticks", 200) == (shop.parvis.last.operation, shop.parvis.last.status)
        ticks.close()


def test_each_thread_has_its_own(wire):
    with connect_url(wire.url) as shop:
        shop.price("tea")
        seen = [shop.parvis.last.operation]

        def other() -> None:
            seen.append(shop.parvis.last)
            shop.nothing()
            seen.append(shop.parvis.last.operation)

        thread = threading.Thread(target=other)
        thread.start()
        thread.join()
        seen.append(shop.parvis.last.operation)
    assert ["price", None, "nothing", "price"] == seen


def test_each_task_has_its_own(wire):
    async def main() -> list[str]:
        async with parvis.connect_async(wire.url) as shop:

            async def one(name: str) -> str:
                await getattr(shop, name)(*(["tea"] if name == "price" else []))
                await asyncio.sleep(0.05)
                return str(shop.parvis.last.operation)

            return await asyncio.gather(one("price"), one("nothing"), one("color"))

    assert ["price", "nothing", "color"] == asyncio.run(main())


def test_each_client_has_its_own_and_a_new_one_none(wire):
    for _ in range(3):
        one, other = connect_url(wire.url), connect_url(wire.url)
        assert (None, None) == (one.parvis.last, other.parvis.last)
        one.price("tea")
        other.nothing()
        assert ("price", "nothing") == (one.parvis.last.operation, other.parvis.last.operation)
        one.close()
        other.close()
        del one, other
        gc.collect()


@pytest.mark.parametrize(("fields", "expected"), [
    ({}, ()),
    ({"ratelimit": '"day";r=3'}, (Limit("day", None, None, 3, None),)),
    ({"ratelimit": '"a, b; c";t=9;r=3'}, (Limit("a, b; c", None, None, 3, 9),)),
    ({"ratelimit": "limit=10, remaining=3"}, ()),
    ({"ratelimit": '"day";r=-1;t=1.5'}, (Limit("day", None, None, None, None),)),
    ({"ratelimit-policy": '"day";q=5;w=60;pk=:YQ==:;qu="r=9"'}, (Limit("day", 5, 60, None, None),)),
    ({"ratelimit": '"' * 100_000}, ()),
    ({"ratelimit": '"day"' + ";r" * 100_000}, (Limit("day", None, None, None, None),)),
], ids=range(8))  # fmt: skip
def test_fields_of_any_kind_are_read(fields, expected):
    assert expected == limits_of(fields)
