"""Contracts from a hostile server: whatever they hold, connecting gives a façade or a ValueError."""

import json
import os

import pytest

from parvis.client import AnswerUnreadable, MemoryTransport, connect_url, facade_of
from parvis.contract.model import Contract, DeclaredError, Default, Field, Member, TypeDef


def built(contract):
    transport = MemoryTransport(contract, {})
    with pytest.raises(ValueError, match=r".+") as caught:
        facade_of(transport)
    assert transport.closed
    return str(caught.value)


@pytest.mark.parametrize("name", ["class", "None", "orders.import", "a.b.c.d.e.f.g.h.i", "a" * 201])
def test_an_operation_that_python_cannot_have_is_refused(make, name):
    assert built(Contract("shop", (make.operation(name),)))


@pytest.mark.parametrize("name", ["__class__", "os.__system__", "_private", "a..b", "a.b.", "1a", "a-b", "é"])
def test_a_name_that_is_no_operation_is_no_contract(wire, name):
    document = {
        "service": "shop",
        "operations": [{"name": name, "parameters": [], "result": {"type": "Any", "schema": {}}, "routes": []}],
    }
    wire.raw["/shop/contract.json"] = lambda handler: handler.send(200, json.dumps(document).encode())
    with pytest.raises(AnswerUnreadable, match="There is no Parvis service"):
        connect_url(wire.url)


def test_names_of_modules_are_but_names(make, monkeypatch):
    monkeypatch.setattr(os, "system", lambda command: pytest.fail("called"))
    system = make.operation("system", make.parameter("command", "str"))
    rest = [make.operation(name) for name in ("mro", "path.join", "close", "self")]
    contract = Contract("os", (system, *rest))
    with facade_of(
        MemoryTransport(contract, {"system": lambda a: a, "mro": lambda a: 1, "close": lambda a: 2})
    ) as shop:
        assert ({"command": "x"}, 1, 2) == (shop.system("x"), shop.mro(), shop.close())


@pytest.mark.parametrize("service", ["..", "a/b", "//evil.example", "__main__", "class", ""])
def test_a_service_whose_name_would_change_addresses_is_refused(service):
    assert built(Contract(service, ()))


@pytest.mark.parametrize("name", ["__init__", "lambda", "a b", "self, x=print()", "__class__"])
@pytest.mark.parametrize("kind", ["dataclass", "namedtuple"])
def test_a_field_that_python_cannot_have_is_refused(kind, name):
    assert built(Contract("shop", (), types=(TypeDef("Item", kind, (Field(name, "int"),)),)))


@pytest.mark.parametrize("name", ["__init__", "__class__", "__dict__"])
def test_a_field_of_a_model_never_becomes_internal(name):
    assert built(Contract("shop", (), types=(TypeDef("Item", "model", (Field(name, "int"),)),)))


@pytest.mark.parametrize("name", ["mro", "__members__", "_missing_", "class", "A B"])
def test_a_member_that_an_enumeration_cannot_have_is_refused(name):
    assert built(Contract("shop", (), types=(TypeDef("E", "enum", members=(Member(name, 1),)),)))


@pytest.mark.parametrize("name", ["str", "list", "Literal", "__Item", "class", "It em"])
def test_a_type_that_would_hide_another_is_refused(name):
    assert built(Contract("shop", (), types=(TypeDef(name, "dataclass"),)))


@pytest.mark.parametrize(
    "text",
    ["os.system('true')", "__import__('os')", "Missing", "list[" * 40 + "int" + "]" * 40, "(lambda: 1)()", "x" * 10_001,
     "[" * 5_000],
    ids=range(7),
)  # fmt: skip
def test_a_type_that_is_not_in_the_language_is_refused(make, text):
    assert built(Contract("shop", (make.operation("price", returns=text),)))
    assert built(Contract("shop", (), types=(TypeDef("Item", "dataclass", (Field("x", text),)),)))


def test_a_member_of_the_wrong_type_is_refused():
    assert built(Contract("shop", (), types=(TypeDef("E", "enum", members=(Member("A", "a"),), base="IntEnum"),)))


def test_what_is_there_twice_is_refused(make):
    price = make.operation("price")
    assert built(Contract("shop", (price, price)))
    assert built(Contract("shop", (price, make.operation("price.list"))))
    assert built(Contract("shop", (make.operation("price.list"), price)))
    assert built(Contract("shop", (make.operation("parvis"), make.operation("parvis_"))))
    assert built(Contract("shop", (make.operation("p", make.parameter("a", "int"), make.parameter("a", "int")),)))
    item = TypeDef("Item", "dataclass")
    assert built(Contract("shop", (), types=(item, item)))


def test_parameters_in_an_order_that_python_cannot_have_are_refused(make):
    late = make.parameter("a", "int", default=Default("1", 1))
    assert built(Contract("shop", (make.operation("p", late, make.parameter("b", "int")),)))
    only = make.parameter("b", "int", "positional_only")
    assert built(Contract("shop", (make.operation("p", make.parameter("a", "int"), only),)))


def test_too_much_is_refused(make):
    assert "10001 operations" in built(Contract("shop", tuple(make.operation(f"p{n}") for n in range(10_001))))
    fields = tuple(Field(f"f{n}", "int") for n in range(1_001))
    assert "1001 fields" in built(Contract("shop", (), types=(TypeDef("Item", "dataclass", fields),)))


def test_a_declared_exception_never_ends_the_program(make):
    errors = tuple(
        DeclaredError(n, n, 400) for n in ("SystemExit", "KeyboardInterrupt", "StopIteration", "GeneratorExit")
    )
    with facade_of(MemoryTransport(Contract("shop", (make.operation("p", errors=errors),)), {})) as shop:
        assert [Exception] * 4 == [error.__base__ for error in shop.parvis.errors]


def test_help_from_the_wire_moves_no_cursor(make):
    contract = Contract("shop", (make.operation("p", summary="Red: \x1b[31m\x9b2J", description="\x07bell"),))
    with facade_of(MemoryTransport(contract, {})) as shop:
        assert "Red: \ufffd[31m\ufffd2J\n\n\ufffdbell" == shop.p.__doc__


def test_a_name_is_written_as_python_reads_it(make):
    wide = TypeDef("T", "dataclass", (Field("ﬁsh", "int"),))
    assert "'ﬁsh' cannot name a field" in built(Contract("shop", (make.operation("a"),), types=(wide,)))
    alias = TypeDef("T", "model", (Field("ﬁsh", "int"),))
    with facade_of(MemoryTransport(Contract("shop", (make.operation("a", returns="T"),), types=(alias,)), {})) as shop:
        assert 1 == shop.parvis.types.T(fish=1).fish
