import enum
import gc
import inspect
import pydoc
from collections.abc import Iterator
from decimal import Decimal

import pytest

from parvis.client import AnswerUnreadable, ArgumentsRefused, ConnectionFailed, MemoryTransport, connect_url, facade_of
from parvis.client.memory import problem
from parvis.contract.model import Contract, DeclaredError, Default


@pytest.fixture
def shop(wire):
    with connect_url(wire.url) as shop:
        yield shop


def test_a_call_answers_as_the_object_would(shop):
    assert (Decimal("12.00"), Decimal("11.00")) == (shop.price("tea"), shop.price("tea", vat=0.1))


def test_only_the_arguments_that_were_given_cross(shop, wire):
    shop.price("tea")
    shop.price(vat=0.1, item="tea")
    assert [b'{"item":"tea"}', b'{"vat":0.1,"item":"tea"}'] == [body for *_, body in wire.seen[1:]]


def test_values_of_rebuilt_classes_cross_both_ways(shop):
    Item, Order = shop.parvis.types.Item, shop.parvis.types.Order
    made = shop.orders.create([Item("tea", 2), Item(name="pot")], note="quick")
    assert Order(7, [Item("tea", 2), Item("pot", 1)], Decimal("45.50"), "quick") == made


def test_a_recursive_value_an_enumeration_bytes_and_none_cross(shop):
    types = shop.parvis.types
    assert types.Node(2, [types.Node(1, [types.Node(5)])]) == shop.grow(types.Node(1, [types.Node(5)]))
    assert (types.Color.RED, types.Color.BLUE) == (shop.color(), shop.color(types.Color.BLUE))
    assert (b"\x01\x00\xff", None) == (shop.seal(b"\xff\x00\x01"), shop.nothing())


def test_a_generator_is_a_generator(shop):
    ticks = shop.ticks(3)
    assert inspect.isgenerator(ticks)
    assert ["tick\u20280", "tick\u20281", "tick\u20282"] == [item.name for item in ticks]


def test_a_stream_is_opened_by_its_first_item_only(shop, wire):
    shop.ticks(3)
    assert ["/shop/contract.json"] == [path for _, path, *_ in wire.seen]


@pytest.mark.parametrize("leave", [lambda ticks: ticks.close(), lambda ticks: None], ids=["closed", "dropped"])
def test_a_stream_that_is_left_is_closed_at_the_server(shop, wire, leave):
    def endless(count):
        while True:
            yield {"name": "x" * 10_000, "count": count}

    wire.operations["ticks"] = endless
    ticks = shop.ticks(1)
    next(ticks)
    leave(ticks)
    del ticks
    gc.collect()
    assert wire.closed.wait(10)


def test_an_error_in_the_midst_of_a_stream_comes_after_its_items(shop):
    ticks = shop.ticks(2, fail=True)
    assert [0, 1] == [next(ticks).count, next(ticks).count]
    with pytest.raises(shop.parvis.errors.OutOfStock) as caught:
        next(ticks)
    assert ("ticks", 2) == caught.value.args


def test_a_declared_exception_is_the_one_that_the_object_raises(shop):
    with pytest.raises(KeyError) as caught:
        shop.price("cup")
    assert (KeyError, ("cup",)) == (type(caught.value), caught.value.args)
    with pytest.raises(LookupError) as caught:
        shop.price("pan")
    assert (shop.parvis.errors.OutOfStock, ("pan", 3)) == (type(caught.value), caught.value.args)


def test_behind_a_declared_exception_stands_the_whole_problem(shop):
    with pytest.raises(KeyError) as caught:
        shop.price("cup")
    assert ("req_1", 404) == (caught.value.__context__.request_id, caught.value.__context__.status)
    assert caught.value.__suppress_context__


def test_the_same_contract_has_the_same_exception_class(serve):
    with connect_url(serve().url) as one, connect_url(serve().url) as other:
        assert one.parvis.errors.OutOfStock is other.parvis.errors.OutOfStock


def test_an_exception_that_the_operation_does_not_declare_is_not_raised(make):
    said = {"name": "SystemExit", "base": "SystemExit", "args": [0]}
    contract = Contract("shop", (make.operation("stop", errors=(DeclaredError("KeyError", "KeyError", 404),)),))
    transport = MemoryTransport(contract, {"stop": lambda _: problem(400, "declared-error", "Stop", exception=said)})
    with facade_of(transport) as shop, pytest.raises(Exception, match="Stop") as caught:
        shop.stop()
    assert "Refused" == type(caught.value).__name__


def test_wrong_arguments_are_a_type_error_before_anything_is_sent(shop, wire):
    with pytest.raises(TypeError, match=r"^Shop.price\(\) missing 1 required positional argument: 'item'$"):
        shop.price()
    with pytest.raises(TypeError, match=r"^Shop.orders.get\(\) got some positional-only arguments"):
        shop.orders.get(id=1)
    assert 1 == len(wire.seen)


def test_an_argument_of_a_wrong_type_is_judged_by_the_server(make):
    answers = {
        "price": lambda a: problem(422, "invalid-arguments", "No", errors=[{"location": "item", "message": str(a)}])
    }
    with facade_of(MemoryTransport(make.shop, answers)) as shop, pytest.raises(ArgumentsRefused) as caught:
        shop.price(12)
    assert "No (422 invalid-arguments)\n  item: {'item': 12}" in str(caught.value)


@pytest.mark.parametrize("value", [object(), float("nan"), [float("inf")], {1, object()}], ids=repr)
def test_an_argument_that_json_cannot_hold_is_a_type_error(shop, wire, value):
    with pytest.raises(TypeError, match=r"^price\(\) argument 'item' cannot cross: "):
        shop.price(value)
    assert 1 == len(wire.seen)


def test_a_result_of_another_type_is_an_unreadable_answer(make):
    shop = facade_of(MemoryTransport(make.shop, {"orders.get": lambda _: {"id": "7"}}))
    with pytest.raises(AnswerUnreadable, match="The answer is no Order") as caught:
        shop.orders.get(7)
    assert "id: Input should be a valid integer; items: Field required; total: Field required" == caught.value.detail


def test_help_reads_like_the_class(shop):
    lines = pydoc.plain(pydoc.render_doc(shop.price)).split("\n")[2:]
    assert [
        "price(item: str, vat: float = 0.2) -> decimal.Decimal method of shop.Shop instance",
        "    The price of an item.",
        "",
        "    Args:",
        "        item: What is bought.",
        "        vat: The tax, as a part of one.",
        "",
        "    Raises:",
        "        KeyError: There is no such item.",
        "        OutOfStock: It is sold out.",
        "",
    ] == [line.rstrip() for line in lines]


def test_the_class_has_the_names_of_the_service_and_no_other(shop):
    own = {name for name in dir(shop) if not name.startswith("_")}
    assert {"close", "color", "grow", "nothing", "orders", "parvis", "parvis_", "price", "seal", "ticks"} == own
    assert ("Shop", "A shop.", "shop") == (type(shop).__name__, type(shop).__doc__, type(shop).__module__)


def test_signatures_equal_those_of_the_plain_class(shop):
    Item, Order, Color = shop.parvis.types.Item, shop.parvis.types.Order, shop.parvis.types.Color

    class Orders:
        def create(self, items: list[Item], *, note: str | None = None) -> Order: ...
        def get(self, id: int, /) -> Order: ...

    class Shop:
        def price(self, item: str, vat: float = 0.2) -> Decimal: ...
        def ticks(self, count: int, *, fail: bool = False) -> Iterator[Item]: ...
        def color(self, color: Color = Color.RED) -> Color: ...

    for name in ("price", "ticks", "color"):
        assert inspect.signature(getattr(Shop(), name)) == inspect.signature(getattr(shop, name))
        assert inspect.signature(getattr(Shop, name)) == inspect.signature(getattr(type(shop), name))
    for name in ("create", "get"):
        assert inspect.signature(getattr(Orders(), name)) == inspect.signature(getattr(shop.orders, name))


def test_a_default_that_only_the_server_knows_shows_its_text_and_does_not_cross(make):
    late = make.parameter("at", "datetime", default=Default("datetime.now()", exact=False))
    transport = MemoryTransport(Contract("shop", (make.operation("open", late),)), {"open": lambda a: a})
    with facade_of(transport) as shop:
        signature = inspect.signature(shop.open)
        assert "(at: datetime.datetime = datetime.now()) -> Any" == str(signature)
        assert {} == shop.open(signature.parameters["at"].default)


def test_an_operation_called_parvis_is_reached_by_another_name(shop):
    assert "the service's own" == shop.parvis_()
    assert "shop" == shop.parvis.contract.service


def test_a_function_may_have_a_parameter_called_self(make):
    contract = Contract("shop", (make.operation("show", make.parameter("self", "int")),))
    with facade_of(MemoryTransport(contract, {"show": lambda a: a["self"]})) as shop:
        assert (3, 4) == (shop.show(3), shop.show(self=4))
        assert "(self: int) -> Any" == str(inspect.signature(shop.show))


def test_repr_says_what_it_is(shop, wire):
    assert f"<Shop at {wire.url}/v1, 9 operations>" == repr(shop)
    assert f"<Shop.orders at {wire.url}/v1, 2 operations>" == repr(shop.orders)


def test_a_closed_client_says_so(wire):
    with connect_url(wire.url) as shop:
        pass
    shop.parvis.close()
    for call in (lambda: shop.price("tea"), lambda: next(shop.ticks(1))):
        with pytest.raises(ConnectionFailed, match="This client is closed"):
            call()


def test_the_callers_own_classes_stand_in_place_of_rebuilt_ones(wire):
    import dataclasses

    class Color(enum.StrEnum):
        RED = "red"
        BLUE = "blue"

        def loud(self) -> str:
            return self.value.upper()

    @dataclasses.dataclass
    class Item:
        name: str
        count: int = 1

        def double(self) -> "Item":
            return Item(self.name, self.count * 2)

    class OutOfStock(LookupError):
        def __init__(self, item: str, wanted: int) -> None:
            super().__init__(item, wanted)
            self.wanted = wanted

    own = {"Color": Color, "Item": Item}
    with connect_url(wire.url, classes=own, exceptions={"OutOfStock": OutOfStock}) as shop:
        assert "BLUE" == shop.color(Color.BLUE).loud()
        assert [Item("tea", 4)] == [item.double() for item in shop.orders.create([Item("tea", 2)]).items]
        with pytest.raises(OutOfStock) as caught:
            shop.price("pan")
    assert 3 == caught.value.wanted
