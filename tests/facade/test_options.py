"""The options of a service, the patterns that name operations, and what each does to the contract."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from datetime import date, datetime
from typing import Any

import pytest

import parvis
from parvis.contract.model import Contract
from parvis.contract.openapi.document import openapi
from parvis.facade.compile import Facade
from parvis.facade.errors import TargetError
from parvis.facade.options import Options, by_pattern, matches

Compile = Callable[..., Facade]


class Base:
    def old(self) -> int:
        return 0


class Orders:
    def get(self, id: int) -> int:
        return id

    def list(self) -> list[int]:
        return []

    def drop(self, id: int) -> None: ...


class Shop:
    orders: Orders

    def price(self, item: str, count: int = 1) -> float:
        return 1.0

    def total(self) -> float:
        """The sum.

        .. deprecated:: 2.0
            Use price.
        """
        return 1.0

    def feed(self) -> int:
        return 1

    def stream(self) -> Iterator[int]:
        yield 1

    def whoami(self, caller: parvis.Caller) -> str:
        return caller.kind

    def strange(self, *things: int) -> int:
        return 1

    def close(self) -> None: ...


Shop.__annotations__["orders"] = Orders
ALL = ["orders.get", "orders.list", "orders.drop", "price", "total", "feed", "stream", "whoami"]


@pytest.mark.parametrize(
    ("name", "patterns", "expected"),
    [
        ("price", ("price",), True),
        ("price", (), False),
        ("prices", ("price",), False),
        ("orders.get", ("orders.*",), True),
        ("orders", ("orders.*",), False),
        ("orders.get", ("*",), True),
        ("orders.get", ("*.get",), True),
        ("Price", ("price",), False),
        ("price", ("cost", "pri?e"), True),
    ],
)
def test_patterns_name_operations(name: str, patterns: tuple[str, ...], expected: bool) -> None:
    assert expected == matches(name, patterns)


@pytest.mark.parametrize(
    ("table", "expected"),
    [
        ({}, None),
        ({"price": 1}, 1),
        ({"*": 2, "price": 1}, 1),
        ({"price": 1, "*": 2}, 1),  # its own name, wherever it stands
        ({"*": 2, "pri*": 3}, 3),
        ({"pri*": 3, "*": 2}, 2),  # of patterns the last
        ({"orders.*": 4}, None),
    ],
)
def test_a_name_wins_over_patterns_and_of_patterns_the_last(table: Mapping[str, int], expected: int | None) -> None:
    assert expected == by_pattern("price", table)


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"run": "threads:8"}, "run = 'threads:8': give a table"),
    ({"run": {"price": "threads:0"}}, "run: price = 'threads:0': it is 'thread', 'inline', or 'threads:8' for a pool"),
    ({"run": {"price": "threads:-1"}}, "run: price = 'threads:-1'"),
    ({"run": {"price": "threads:8 "}}, "run: price = 'threads:8 '"),
    ({"run": {"price": "threads"}}, "run: price = 'threads'"),
    ({"run": {"price": "process"}}, "run: price = 'process'"),
    ({"run": {"price": 8}}, "run: price = 8"),
    ({"timeout": 0}, "timeout = 0"),
    ({"timeout": -1}, "timeout = -1"),
    ({"timeout": float("nan")}, "timeout = nan"),
    ({"timeout": "5"}, "timeout = '5': give seconds, more than 0"),
    ({"timeout": {"price": 0}}, "timeout: price = 0: give seconds, more than 0"),
    ({"timeout": {"*": True}}, "timeout: * = True"),
    ({"timeout": {"*": "5"}}, "timeout: * = '5'"),
    ({"timeout": {"*": float("inf")}}, "timeout: * = inf"),
    ({"version": 0}, "version = 0"),
    ({"version": True}, "version = True"),
    ({"version": "1"}, "version = '1': give an integer"),
    ({"instances": "percall"}, "instances = 'percall': it is 'shared' or 'per-call'"),
    # A text is a list of letters to Python: it would hide the operations `s`, `e`, `c`...
    ({"hidden": "secret"}, "hidden = 'secret': give a list of names or patterns"),
    ({"reads": "price"}, "reads = 'price': give a list"),
    ({"only": (1,)}, "only = (1,): give a list"),
    ({"bind": ["price(item)"]}, "bind = ['price(item)']: give a table"),
    ({"costs": {"price": 0}}, "costs: price = 0: give the number of calls, an integer from 1 on"),
    ({"costs": {"price": "3"}}, "costs: price = '3'"),
    ({"costs": {"price": True}}, "costs: price = True"),
    ({"costs": {"price": 1.5}}, "costs: price = 1.5"),
    ({"rights": {"price": "admin"}}, "rights: price = 'admin': give a dotted name like 'shop.admin'"),
    ({"rights": {"price": "shop.*"}}, "rights: price = 'shop.*'"),
    ({"rights": {"price": ""}}, "rights: price = ''"),
    # Anybody holds this one, to register.
    ({"rights": {"price": "parvis.accounts.create"}}, "those that begin with 'parvis.' are Parvis's own"),
    ({"public": {"price": 0}}, "public: price = 0: give seconds, an integer from 1 on"),
    ({"public": {"price": -5}}, "public: price = -5"),
    ({"deprecated": {"price": True}}, "deprecated: price = True: say in a text what to use"),
    ({"deprecated": {"price": " "}}, "deprecated: price = ' '"),
    ({"deprecated_since": {"price": "soon"}}, "deprecated_since: price = 'soon': give a day like 2026-09-01"),
    ({"deprecated_since": {"price": "2026-9-1"}}, "deprecated_since: price = '2026-9-1'"),
    ({"sunset": {"price": "2026-02-30"}}, "sunset: price = '2026-02-30': give a day like 2026-09-01"),
    ({"sunset": {"price": datetime(2026, 9, 1)}}, "sunset: price = datetime"),
    ({"sunset": {"price": 20260901}}, "sunset: price = 20260901"),
    ({"examples": {"price": "tea"}}, "examples: price = 'tea': give a table of arguments"),
]


@pytest.mark.parametrize(("wrong", "message"), WRONG)
def test_a_wrong_option_is_refused_at_birth(wrong: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError) as caught:  # noqa: PT011
        Options(**wrong)
    assert message in str(caught.value)


def test_an_unknown_option_is_told_with_the_nearest_one() -> None:
    with pytest.raises(TypeError, match="there is no option 'red'; the nearest is 'reads'"):
        parvis.Service(Shop, red=["price"])


UNKNOWN: list[tuple[dict[str, Any], str]] = [
    ({"hidden": ("prise",)}, "hidden: there is no operation 'prise'; the nearest is 'price'"),
    ({"hidden": ("order.*",)}, "hidden: there is no operation 'order.*'"),
    ({"reads": ("prise",)}, "reads: there is no operation 'prise'; the nearest is 'price'"),
    ({"run": {"Price": "inline"}}, "run: there is no operation 'Price'; the nearest is 'price'"),
    ({"timeout": {"orders.gte": 3}}, "timeout: there is no operation 'orders.gte'; the nearest is 'orders.get'"),
    ({"include": ("odl",)}, "include: there is no operation 'odl'"),
    ({"include": ("_private",)}, "include: there is no operation '_private'"),
    ({"only": ("prise",)}, "only = 'prise' cannot be published: there is no such method"),
    ({"only": ("strange",)}, "only = 'strange' cannot be published: takes *things"),
    ({"only": ("close",)}, "only = 'close' cannot be published: runs at start or stop"),
    ({"only": ("price",), "hidden": ("price",)}, "only = 'price' cannot be published: hidden by the publisher"),
    ({"costs": {"prise": 2}}, "costs: there is no operation 'prise'; the nearest is 'price'"),
    ({"rights": {"prise": "shop.admin"}}, "rights: there is no operation 'prise'"),
    ({"public": {"prise": 2}}, "public: there is no operation 'prise'"),
    ({"deprecated": {"prise": "Use price."}}, "deprecated: there is no operation 'prise'"),
    ({"deprecated_since": {"prise": "2026-09-01"}}, "deprecated_since: there is no operation 'prise'"),
    ({"sunset": {"prise": "2026-09-01"}}, "sunset: there is no operation 'prise'"),
    ({"examples": {"prise": {}}}, "examples: there is no operation 'prise'"),
    ({"examples": {"*": {}}}, "examples: there is no operation '*'"),  # an example is of one operation
    ({"costs": {"price": 2}, "hidden": ("price",)}, "costs: there is no operation 'price'"),
]


@pytest.mark.parametrize(("options", "message"), UNKNOWN)
def test_a_name_that_no_operation_has_is_an_error(options: dict[str, Any], message: str, compiled: Compile) -> None:
    with pytest.raises(TargetError) as caught:
        compiled(Shop, **options)
    assert message in str(caught.value)


def test_what_is_hidden_is_nowhere(compiled: Compile, reasons: Callable[[Facade], dict[str, str]]) -> None:
    facade = compiled(Shop, hidden=("price", "orders.d*"))
    assert [n for n in ALL if n not in ("price", "orders.drop")] == list(facade.operations)
    found = reasons(facade)
    assert {"price": "hidden by the publisher", "orders.drop": "hidden by the publisher"} == {
        name: found[name] for name in ("price", "orders.drop")
    }
    text = facade.contract.to_json().decode()
    assert [] == [word for word in ("price", "drop", "item") if f'"{word}"' in text]


def test_only_publishes_what_it_names(compiled: Compile) -> None:
    assert ["orders.get", "orders.list", "orders.drop"] == list(compiled(Shop, only=("orders.*",)).operations)


def test_include_publishes_what_is_inherited_from_elsewhere(compiled: Compile) -> None:
    base = type("Base", (Base,), {"__module__": "elsewhere", "old": Base.old})
    target = type("Shop", (base,), {"__module__": __name__, "new": lambda self: 1})
    assert ["new"] == list(compiled(target).operations)
    assert ["new", "old"] == list(compiled(target, include=("old",)).operations)


def test_a_listed_sub_object_of_another_package_is_no_unknown_name(compiled: Compile) -> None:
    store = type("Store", (), {"__module__": "elsewhere", "get": lambda self: 1})
    target = type("Shop", (), {"__module__": __name__, "__annotations__": {"store": store}, "ping": lambda self: 1})
    assert ["store.get", "ping"] == list(compiled(target, include=("store", "store.*")).operations)
    assert ["ping"] == list(compiled(target).operations)


def test_rights_costs_seconds_and_deprecations_stand_in_the_contract(compiled: Compile) -> None:
    facade = compiled(
        Shop,
        reads=("price", "orders.list"),
        rights={"orders.*": "shop.admin", "orders.get": "shop.view"},
        costs={"*": 2, "price": 10},
        public={"price": 60},
        deprecated={"orders.*": "Use v2."},
    )
    found = {n: (o.spec.right, o.spec.cost, o.spec.public, o.spec.deprecated) for n, o in facade.operations.items()}
    assert {
        "price": ("shop.price", 10, 60, None),
        "total": ("shop.total", 2, None, "Use price."),
        "feed": ("shop.feed", 2, None, None),
        "stream": ("shop.stream", 2, None, None),
        "whoami": ("shop.whoami", 2, None, None),
        "orders.get": ("shop.view", 2, None, "Use v2."),
        "orders.list": ("shop.admin", 2, None, "Use v2."),
        "orders.drop": ("shop.admin", 2, None, "Use v2."),
    } == found
    operations = {each["name"]: each for each in json.loads(facade.contract.to_json())["operations"]}
    assert ("shop.price", 10, 60) == tuple(operations["price"][key] for key in ("right", "cost", "public"))


def test_the_days_of_what_is_deprecated_stand_in_the_contract(compiled: Compile) -> None:
    contract = compiled(
        Shop, deprecated={"*": "Use v2."}, deprecated_since={"*": "2026-09-01", "price": date(2026, 10, 1)},
        sunset={"orders.*": date(2027, 1, 31)},
    ).contract  # fmt: skip
    found = {o.name: (o.deprecated_since, o.sunset) for o in contract.operations}
    assert ("2026-10-01", None) == found["price"]
    assert ("2026-09-01", "2027-01-31") == found["orders.list"]
    assert contract == Contract.from_json(contract.to_json())


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"deprecated_since": {"price": "2026-09-01"}},
            "deprecated_since: price is not deprecated: say in `deprecated`",
        ),
        (
            {
                "deprecated": {"price": "x"},
                "deprecated_since": {"price": "2026-09-02"},
                "sunset": {"price": "2026-09-01"},
            },
            "sunset: price would go on 2026-09-01, before it is deprecated: 2026-09-02",
        ),
    ],
)
def test_days_that_cannot_be_are_an_error(options: dict[str, Any], message: str, compiled: Compile) -> None:
    with pytest.raises(TargetError, match=message):
        compiled(Shop, **options)


def how(facade: Facade) -> dict[str, tuple[str, str, int]]:
    return {name: (o.mode, o.pool, o.threads) for name, o in facade.operations.items()}


@pytest.mark.parametrize(
    ("run", "price", "get"),
    [
        ({}, ("thread", "thread", 1), ("thread", "thread", 1)),
        ({"*": "threads:8"}, ("thread", "threads:8", 8), ("thread", "threads:8", 8)),
        ({"price": "inline", "*": "threads:8"}, ("inline", "", 0), ("thread", "threads:8", 8)),  # a name of its own
        ({"*": "threads:8", "orders.*": "thread"}, ("thread", "threads:8", 8), ("thread", "thread", 1)),  # the last
        ({"orders.*": "thread", "*": "threads:1"}, ("thread", "threads:1", 1), ("thread", "threads:1", 1)),
    ],
)
def test_how_an_operation_runs_is_said_by_name_or_pattern(
    run: dict[str, str], price: tuple[str, str, int], get: tuple[str, str, int], compiled: Compile
) -> None:
    found = how(compiled(Shop, run=run))
    assert (price, get) == (found["price"], found["orders.get"])


class Mixed:
    async def wait(self) -> int:
        return 1

    async def feed(self) -> AsyncIterator[int]:
        yield 1

    def price(self) -> int:
        return 1


def test_async_operations_run_on_the_event_loop_whatever_a_pattern_says(compiled: Compile) -> None:
    expected = {"wait": ("loop", "", 0), "feed": ("loop", "", 0), "price": ("thread", "threads:2", 2)}
    assert expected == how(compiled(Mixed, run={"*": "threads:2"}))


@pytest.mark.parametrize("name", ["wait", "feed"])
def test_an_async_operation_that_is_named_is_an_error(name: str, compiled: Compile) -> None:
    with pytest.raises(TargetError, match=f"^run: {name} is async, so it runs on the event loop: say nothing of it$"):
        compiled(Mixed, run={"*": "threads:2", name: "thread"})


@pytest.mark.parametrize(
    ("options", "price", "get"),
    [
        ({}, 30.0, 30.0),
        ({"default_timeout": 7.0}, 7.0, 7.0),
        ({"default_timeout": 7.0, "timeout": 5}, 5.0, 5.0),
        ({"default_timeout": 7.0, "timeout": {"price": 120}}, 120.0, 7.0),
        ({"timeout": {"price": 120, "*": 3, "orders.*": 2.5}}, 120.0, 2.5),
    ],
)
def test_the_seconds_of_a_call_are_one_number_or_said_by_name_or_pattern(
    options: dict[str, Any], price: float, get: float, compiled: Compile
) -> None:
    found = {name: o.timeout for name, o in compiled(Shop, **options).operations.items()}
    assert (price, get) == (found["price"], found["orders.get"])
    assert {float} == {type(seconds) for seconds in found.values()}


def test_a_whole_version_is_deprecated_by_a_star(compiled: Compile) -> None:
    contract = compiled(Shop, deprecated={"*": "Use v2."}).contract
    assert {"Use v2."} == {operation.deprecated for operation in contract.operations}
    paths = openapi(contract, server_url=None)["paths"]
    operations = [each for path in paths.values() for each in path.values()]
    assert len(ALL) == len(operations)
    assert all(each["deprecated"] is True and "Deprecated: Use v2." in each["description"] for each in operations)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"public": {"price": 60}, "bind": {"price(item)": "caller.key"}}, "public: price depends on who calls"),
        (
            {"public": {"price": 60}, "bind": {"price(item)": {"from": "header.x", "overridable": True}}},
            "public: price depends on who calls",
        ),
        ({"public": {"whoami": 60}}, "public: whoami depends on who calls"),
        ({"public": {"*": 60}}, "public: whoami depends on who calls"),
        ({"public": {"feed": 60}}, "public: feed is not asked by GET, so its answers are never kept"),
        ({"public": {"stream": 60}, "reads": ("stream",)}, "public: stream gives its items as they come"),
        ({"public": {"price": 60}, "reads": ()}, "public: price is not asked by GET"),
    ],
)
def test_what_cannot_be_kept_is_not_public(options: dict[str, Any], message: str, compiled: Compile) -> None:
    options = {"reads": ("price", "whoami"), **options}
    with pytest.raises(TargetError) as caught:
        compiled(Shop, **options)
    assert message in str(caught.value)


def test_an_example_is_a_call_of_its_operation(compiled: Compile) -> None:
    facade = compiled(Shop, examples={"price": {"item": "tea"}})
    assert {"item": "tea"} == facade.operations["price"].spec.example
    for wrong, told in (
        ({"item": 3}, "item should be a valid string"),
        ({"count": 2}, "item is required"),
        ({"item": "tea", "size": 1}, "size is not a parameter of this operation"),
        ({"item": object()}, "not JSON serializable"),
    ):
        with pytest.raises(TargetError, match=f"the example of price is not a call of it: .*{told}"):
            compiled(Shop, examples={"price": wrong})


def test_an_example_does_not_name_what_is_bound(compiled: Compile) -> None:
    bind = {"price(item)": "caller.key"}
    assert {"count": 2} == compiled(Shop, bind=bind, examples={"price": {"count": 2}}).operations["price"].spec.example
    with pytest.raises(TargetError, match="item is not a parameter of this operation"):
        compiled(Shop, bind=bind, examples={"price": {"item": "tea"}})
