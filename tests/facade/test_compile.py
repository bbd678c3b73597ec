"""The table of operations as a whole: reads, names, routes, types, and what the options change."""

from __future__ import annotations

import dataclasses
import enum
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from parvis.contract.model import Contract
from parvis.facade.compile import Facade, compile_facade
from parvis.facade.operation_options import read_origin
from parvis.facade.options import Options
from parvis.facade.target import TargetError, load

Compile = Callable[..., Facade]


class Colour(enum.Enum):
    RED = "red"


@dataclasses.dataclass
class Item:
    """A thing for sale."""

    name: str
    colour: Colour = Colour.RED


@dataclasses.dataclass
class Secret:
    """Known to the house alone."""

    recipe: str


class Order:
    """Takes the name of a type."""


@dataclasses.dataclass
class price:
    """Takes the name of an operation."""

    cents: int


class Orders:
    def create(self, item: Item) -> int:
        """Order one."""
        return 1

    def get(self, id: int) -> Item:
        return Item("tea")

    def list(self, limit: int = 10) -> list[Item]:
        return []

    def delete(self, id: int) -> None: ...

    def rename(self, id: int, /, name: str) -> None: ...


class Shop:
    """A small shop.

    It sells tea.
    """

    orders: Orders

    def price(self, item: str, colour: Colour = Colour.RED) -> price:
        return price(1)

    def search(self, text: str, tags: list[str] | None = None) -> list[Item]:
        return []

    def find_all(self, by: Item) -> list[Item]:
        return []

    def list_changes(self) -> Iterator[int]:
        yield 1

    def brew(self, with_: Callable[[], int], recipe: Secret) -> int:
        return 1

    def taste(self, recipe: Secret, with_: Callable[[], int]) -> int:
        return 1

    async def wait(self) -> None: ...


def routes(facade: Facade) -> dict[str, list[str]]:
    return {
        name: [f"{r.method} {r.path} {r.status}" for r in operation.spec.routes]
        for name, operation in facade.operations.items()
    }


def test_names_and_parameters_decide_the_routes(compiled: Compile) -> None:
    assert {
        "orders.create": ["POST /orders 201", "POST /orders.create 200"],
        "orders.get": ["GET /orders/{id} 200", "POST /orders.get 200", "GET /orders.get 200"],
        "orders.list": ["GET /orders 200", "POST /orders.list 200", "GET /orders.list 200"],
        "orders.delete": ["DELETE /orders/{id} 204", "POST /orders.delete 200"],
        "orders.rename": ["POST /orders/{id}/rename 200", "POST /orders.rename 200"],
        "price": ["POST /price 200"],
        "search": ["POST /search 200", "GET /search 200"],
        "find_all": ["POST /find_all 200"],
        "list_changes": ["POST /list_changes 200"],
        "wait": ["POST /wait 200"],
    } == routes(compiled(Shop))


def test_the_settings_list_the_reads(compiled: Compile) -> None:
    facade = compiled(Shop, reads=("price", "list_*"))
    assert {"price": "listed", "list_changes": "listed"} == {
        name: o.spec.read for name, o in facade.operations.items() if o.spec.read
    }
    assert ["POST /price 200", "GET /price 200"] == routes(facade)["price"]
    assert ["POST /list_changes 200", "GET /list_changes 200"] == routes(facade)["list_changes"]
    assert ["POST /search 200"] == routes(facade)["search"]
    assert {"listed"} == {o.spec.read for o in compiled(Shop, reads=("*",)).operations.values()}
    assert {None} == {o.spec.read for o in compiled(Shop, reads=()).operations.values()}


@pytest.mark.parametrize(
    ("name", "read"),
    [
        ("get", True), ("list", True), ("find", True), ("search", True), ("count", True), ("lookup", True),
        ("describe", True), ("is_open", True), ("has_stock", True), ("get_price", True), ("getPrice", True),
        ("orders.get", True), ("get2", True), ("list_all_things", True), ("isOpen", True), ("get_nexus", True),
        ("get_or_create", False), ("getOrCreate", False), ("get_and_lock", False), ("get_next", False),
        ("list_next_page", False), ("find_one_and_update", False), ("next", False), ("isolate", False),
        ("issue", False), ("hash", False), ("hasten", False), ("listen", False), ("counter", False),
        ("getaway", False), ("finder", False), ("get.create", False), ("forget", False), ("price", False),
        ("set_list", False), ("Getter", False), ("searching", False),
    ],
)  # fmt: skip
def test_the_first_whole_word_of_a_name_proposes_a_read(name: str, read: bool) -> None:
    assert ("name" if read else None) == read_origin(name, stream=False, reads=None)


def test_a_stream_is_a_read_only_when_it_is_listed() -> None:
    assert (None, "listed") == (
        read_origin("list_all", stream=True, reads=None),
        read_origin("list_all", stream=True, reads=("*",)),
    )


def test_what_is_not_published_tells_nothing_of_its_types(compiled: Compile) -> None:
    facade = compiled(Shop)
    assert {"brew", "taste"} == {item.name for item in facade.left_out if item.refused}
    assert ["Colour", "Item", "price"] == [t.name for t in facade.contract.types]
    assert {"Colour", "Item", "price"} == set(facade.classes)
    assert b"recipe" not in facade.contract.to_json()
    assert {"Colour", "Item", "ItemInput", "price"} == set(facade.contract.schemas)


def test_a_class_may_have_the_name_of_an_operation(compiled: Compile) -> None:
    facade = compiled(Shop)
    assert {"cents"} == set(facade.contract.schemas["price"]["properties"])
    assert {"item", "colour"} == {p.name for p in facade.operations["price"].spec.parameters}


def test_every_reference_of_a_schema_is_in_the_contract(compiled: Compile) -> None:
    contract = compiled(Shop).contract

    def references(value: Any) -> Iterator[str]:
        if isinstance(value, dict):
            yield from [value["$ref"]] if "$ref" in value else []
            value = list(value.values())
        for each in value if isinstance(value, list) else ():
            yield from references(each)

    found = {
        *references(contract.schemas),
        *(r for o in contract.operations for p in (*o.parameters, o.result) for r in references(p.schema)),
    }  # fmt: skip
    assert {f"#/components/schemas/{name}" for name in contract.schemas} == found


def test_the_contract_says_what_the_class_says(compiled: Compile) -> None:
    contract = compiled(Shop, title="The shop", version=3).contract
    assert ("shop", 3, "/shop/v3", "The shop", "A small shop.", "It sells tea.") == (
        contract.service, contract.version, contract.prefix, contract.title, contract.summary, contract.description,
    )  # fmt: skip
    assert contract == Contract.from_json(contract.to_json())


def test_one_order_of_the_code_gives_one_contract(compiled: Compile) -> None:
    assert compiled(Shop).contract.to_json() == compiled(Shop).contract.to_json()


def test_only_publishes_nothing_else(compiled: Compile) -> None:
    facade = compiled(Shop, only=("price", "orders.*"))
    assert ["orders.create", "orders.get", "orders.list", "orders.delete", "orders.rename", "price"] == list(
        facade.operations
    )
    assert "not in `only`" == {item.name: item.reason for item in facade.left_out}["search"]


@pytest.mark.parametrize(
    ("only", "sentence"),
    [
        ("brew", "only = 'brew' cannot be published: parameter with_: .*cannot cross the wire"),
        ("nothing", "only = 'nothing' cannot be published: there is no such method"),
        ("orders.x*", r"only = 'orders.x\*' cannot be published"),
    ],
)
def test_what_only_names_must_be_publishable(compiled: Compile, only: str, sentence: str) -> None:
    with pytest.raises(TargetError, match=sentence):
        compiled(Shop, only=(only,))


def test_a_reserved_name_is_none_for_a_service() -> None:
    with pytest.raises(TargetError, match="an address of Parvis's own; give another with --name"):
        compile_facade(load(Shop), Options(name="health"), reserved=frozenset({"health"}))


@pytest.mark.parametrize(
    "name", ["", "Shop", "1shop", "my-shop", "shop.v1", "shop/x", "_shop", "é", "a" * 64, "shop\n"]
)
def test_a_name_that_would_not_stand_in_an_address_is_refused(compiled: Compile, name: str) -> None:
    if name == "":
        assert "shop" == compiled(Shop, name=name).contract.service
        return
    with pytest.raises(TargetError, match="use a-z, 0-9 and _, a letter first; give another with --name"):
        compiled(Shop, name=name)


def test_a_class_whose_name_cannot_be_a_service_takes_another(compiled: Compile) -> None:
    class Ünder:
        def ping(self) -> int:
            return 1

    with pytest.raises(TargetError, match="give another with --name"):
        compiled(Ünder)
    assert "under" == compiled(Ünder, name="under").contract.service
