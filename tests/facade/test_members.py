"""What is public, what is left out, and the reason that is given."""

from __future__ import annotations

import collections
import enum
import functools
import sqlite3
import sys
import types
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from parvis.facade.compile import Facade
from parvis.facade.target import TargetError

if TYPE_CHECKING:
    from somewhere import Nowhere

Compile = Callable[..., Facade]
Reasons = Callable[[Facade], dict[str, str]]


def names(facade: Facade) -> list[str]:
    return list(facade.operations)


class Orders:
    def create(self, item: str) -> int:
        return 1

    def _audit(self) -> None: ...


class Catalogue:
    def search(self, text: str) -> list[str]:
        return []


class Base:
    def inherited(self) -> int:
        return 1

    def replaced(self) -> int:
        return 1

    def hidden(self) -> int:
        return 1


def logged(function: Callable[..., Any]) -> Any:
    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        return function(*args, **kwargs)

    return call


class Shop(Base):
    """A shop."""

    orders: Orders
    vat: float = 0.2
    title = "Shop"
    hidden = None  # type: ignore[assignment]

    def __init__(self) -> None:
        self.orders = Orders()

    def price(self, item: str) -> float:
        return 1.0

    async def later(self) -> int:
        return 1

    def ticks(self) -> Iterator[int]:
        yield 1

    def replaced(self) -> int:
        return 2

    @property
    def catalogue(self) -> Catalogue:
        return Catalogue()

    @functools.cached_property
    def archive(self) -> Catalogue:
        return Catalogue()

    @property
    def size(self) -> int:
        return 3

    @staticmethod
    def add(a: int, b: int) -> int:
        return a + b

    @classmethod
    def kind(cls, plural: bool = False) -> str:
        return cls.__name__

    @functools.lru_cache  # noqa: B019
    def remembered(self, n: int) -> int:
        return n

    @logged
    def decorated(self, n: int) -> int:
        return n

    shout = lambda self, text: text.upper()  # noqa: E731
    part = functools.partialmethod(price, "tea")
    sorter = functools.partial(sorted, reverse=True)

    @functools.singledispatchmethod
    def dispatched(self, value: int) -> int:
        return value

    def __call__(self) -> None: ...
    def _private(self) -> None: ...
    def start(self) -> None: ...
    def stop(self) -> None: ...
    def close(self) -> None: ...
    async def aclose(self) -> None: ...
    def shutdown(self) -> None: ...
    def __enter__(self) -> Shop:
        return self

    def __exit__(self, *_: object) -> None: ...


def test_public_methods_of_every_kind_and_sub_objects_are_published(compiled: Compile) -> None:
    expected = ["orders.create", "price", "later", "ticks", "replaced", "catalogue.search", "archive.search", "add",
                "kind", "remembered", "decorated", "shout", "inherited"]  # fmt: skip
    assert expected == names(compiled(Shop))


def test_the_first_parameter_that_python_fills_is_no_parameter_of_the_call(compiled: Compile) -> None:
    operations = compiled(Shop).operations
    shown = {name: operations[name].spec.signature for name in ("add", "kind", "remembered", "decorated", "inherited")}
    assert {
        "add": "(a: int, b: int) -> int",
        "kind": "(plural: bool = False) -> str",
        "remembered": "(n: int) -> int",
        "decorated": "(n: int) -> int",
        "inherited": "() -> int",
    } == shown


def test_what_is_left_out_has_a_reason(compiled: Compile, reasons: Reasons) -> None:
    assert {
        "size": "a property: publish a method that returns it",
        "part": "a partialmethod, not a plain method: publish a method that calls it",
        "sorter": "a partial, not a plain method: publish a method that calls it",
        "dispatched": "a singledispatchmethod, not a plain method: publish a method that calls it",
        **dict.fromkeys(("start", "stop", "close", "aclose", "shutdown"), "runs at start or stop, never by a caller"),
    } == reasons(compiled(Shop))


def test_neither_private_names_nor_plain_attributes_are_mentioned(compiled: Compile, reasons: Reasons) -> None:
    facade = compiled(Shop)
    mentioned = {*names(facade), *reasons(facade)}
    assert set() == mentioned & {"vat", "title", "hidden", "orders._audit", "_private", "__call__", "__enter__"}


def test_an_instance_publishes_what_its_class_does(compiled: Compile) -> None:
    assert names(compiled(Shop)) == names(compiled(Shop()))


class Rows(collections.UserDict[str, int]):
    def total(self) -> int:
        return sum(self.values())

    def pop(self, key: str) -> int:  # type: ignore[override]
        return 1


def test_what_is_inherited_from_another_package_is_left_out_unless_listed_or_overridden(
    compiled: Compile, reasons: Reasons
) -> None:
    facade = compiled(Rows)
    assert ["total", "pop"] == names(facade)
    assert "inherited from collections.abc.Mapping; list it in `include`" in reasons(facade)["keys"]
    assert ["total", "pop", "copy"] == names(compiled(Rows, include=("copy",)))


class Error(sqlite3.Connection):
    """A class that inherits methods written in C."""

    def ping(self) -> bool:
        return True


def test_methods_in_c_are_left_out_when_they_are_inherited(compiled: Compile, reasons: Reasons) -> None:
    facade = compiled(Error)
    assert ["ping"] == names(facade)
    assert "inherited from sqlite3.Connection" in reasons(facade)["execute"]


class Leaf:
    def ping(self) -> int:
        return 1


class Loop:
    parent: Loop
    leaf: Leaf
    twin: Twin

    def ping(self) -> int:
        return 1


class Twin:
    back: Loop

    def pong(self) -> int:
        return 1


def test_a_cycle_of_sub_objects_ends_where_it_closes(compiled: Compile, reasons: Reasons) -> None:
    facade = compiled(Loop)
    assert ["leaf.ping", "twin.pong", "ping"] == names(facade)
    assert {"parent": "leads back to Loop", "twin.back": "leads back to Loop"} == reasons(facade)


class L6:
    def ping(self) -> int:
        return 1


class L5:
    next: L6

    def ping(self) -> int:
        return 1


class L4:
    next: L5

    def ping(self) -> int:
        return 1


class L3:
    next: L4


class L2:
    next: L3


class L1:
    next: L2

    def ping(self) -> int:
        return 1


def test_sub_objects_are_followed_to_a_bound(compiled: Compile, reasons: Reasons) -> None:
    facade = compiled(L1)
    assert ["next.next.next.next.ping", "next.next.next.ping", "ping"] == names(facade)
    assert {"next.next.next.next.next": "more than 4 objects deep"} == reasons(facade)


class Keeper:
    rows: collections.UserList[int]
    pool: collections.UserDict  # type: ignore[type-arg]

    def ping(self) -> int:
        return 1


def test_an_attribute_of_another_package_is_a_sub_object_only_when_listed(compiled: Compile) -> None:
    assert ["ping"] == names(compiled(Keeper))
    assert "pool.copy" in names(compiled(Keeper, include=("pool", "pool.*")))


class Half:
    orders: Orders
    lost: Nowhere

    def ping(self) -> int:
        return 1


def test_an_annotation_that_cannot_be_resolved_hides_itself_alone(compiled: Compile, reasons: Reasons) -> None:
    facade = compiled(Half)
    assert ["orders.create", "ping"] == names(facade)
    assert {
        "lost": "its annotation cannot be resolved: name 'Nowhere' is not defined; define it, or import it outside "
        "`if TYPE_CHECKING`"
    } == reasons(facade)


@dataclass
class Kiosk:
    orders: Orders = field(default_factory=Orders)
    vat: float = 0.2

    def price(self) -> float:
        return self.vat


def test_a_dataclass_is_a_class(compiled: Compile) -> None:
    assert ["orders.create", "price"] == names(compiled(Kiosk))


def module(code: str, name: str = "wares") -> types.ModuleType:
    made = types.ModuleType(name)
    exec(compile(code, f"{name}.py", "exec", dont_inherit=True), made.__dict__)
    return made


WARES = """
import functools, os
from os.path import basename
from collections import OrderedDict

def price(item: str) -> float: return 1.0
async def later() -> int: return 1
def _private() -> None: ...
def start() -> None: ...
@functools.lru_cache
def cached(n: int) -> int: return n
class Shop: ...
shop = Shop()
LIMIT = 3
"""


def test_a_module_publishes_its_own_functions(compiled: Compile, reasons: Reasons) -> None:
    facade = compiled(module(WARES))
    assert "wares" == facade.contract.service
    assert ["price", "later", "cached"] == names(facade)
    assert {
        "start": "runs at start or stop, never by a caller",
        "Shop": "a class: publish it by itself, as wares:Shop",
    } == reasons(facade)


def test_all_says_which_functions_of_a_module_are_public(compiled: Compile, reasons: Reasons) -> None:
    facade = compiled(module(WARES + "__all__ = ['price', 'basename', '_private', 'LIMIT']"))
    assert ["price"] == names(facade)
    assert "not in __all__; list it in `include`" == reasons(facade)["later"]


def test_an_import_of_a_module_is_published_only_when_it_is_included(compiled: Compile) -> None:
    assert ["basename", "price", "later", "cached"] == names(compiled(module(WARES), include=("basename",)))


def test_a_package_publishes_what_all_names_from_its_own_modules(
    compiled: Compile, monkeypatch: pytest.MonkeyPatch
) -> None:
    inner = module("def deep() -> int: return 1", "wares.inner")
    monkeypatch.setitem(sys.modules, "wares.inner", inner)
    package = module("__all__ = ['deep']")
    package.deep = inner.deep  # type: ignore[attr-defined]
    assert ["deep"] == names(compiled(package))


def halve(n: float, /) -> float:
    """Half of it."""
    return n / 2


def test_a_function_is_one_operation_under_its_own_name(compiled: Compile) -> None:
    facade = compiled(halve)
    assert ("halve", ["halve"]) == (facade.contract.service, names(facade))
    assert ("thing", ["halve"]) == (compiled(halve, name="thing").contract.service, names(facade))


def test_a_bound_method_is_a_function(compiled: Compile) -> None:
    assert "(item: str) -> float" == compiled(Shop().price).operations["price"].spec.signature


class Empty:
    size = 3


class Colour(enum.Enum):
    RED = 1


@pytest.mark.parametrize("target", [Empty, Colour, module("import os\nX = 1"), "statistics:StatisticsError"])
def test_nothing_to_publish_is_told_with_a_reason(compiled: Compile, target: Any) -> None:
    with pytest.raises(TargetError, match=r"has nothing to publish \(.+\)"):
        compiled(target)


class Accented:
    def café(self) -> int:
        return 1

    def ping(self) -> int:
        return 1


def test_a_name_that_is_not_ascii_is_left_out(compiled: Compile, reasons: Reasons) -> None:
    assert {"café": "its name is not plain ASCII"} == reasons(compiled(Accented))
