import pytest

from parvis.client import ConnectionFailed, MemoryTransport, Transport, facade_of
from parvis.client.memory import problem


def test_it_answers_from_plain_functions_and_keeps_what_was_asked(make):
    transport: Transport = MemoryTransport(make.shop, {"price": lambda a: "12.50", "ticks": lambda a: [{"name": "a"}]})
    with facade_of(transport) as shop:
        assert ("12.50", ["a"]) == (str(shop.price("tea")), [item.name for item in shop.ticks(1)])
    assert [("price", {"item": "tea"}), ("ticks", {"count": 1})] == transport.calls


def test_it_refuses_as_a_server_does(make):
    refuse = {name: lambda a: problem(403, "right-missing", "No", right="shop.*") for name in ("price", "ticks")}
    with facade_of(MemoryTransport(make.shop, refuse)) as shop:
        for call in (lambda: shop.price("tea"), lambda: next(shop.ticks(1))):
            with pytest.raises(Exception, match="No") as caught:
                call()
            assert ("NotAllowed", "shop.*") == (type(caught.value).__name__, caught.value.problem["right"])


def test_a_stream_that_is_left_closes_the_handlers_generator(make):
    closed = []

    def endless(_):
        try:
            while True:
                yield {"name": "a"}
        finally:
            closed.append(True)

    with facade_of(MemoryTransport(make.shop, {"ticks": endless})) as shop:
        ticks = shop.ticks(1)
        next(ticks)
        ticks.close()
    assert [True] == closed


def test_it_can_be_closed(make):
    shop = facade_of(MemoryTransport(make.shop, {}))
    shop.parvis.close()
    with pytest.raises(ConnectionFailed):
        shop.nothing()
