"""Decorators say what settings say, and nothing more; the class works as if they were not there."""

from __future__ import annotations

import functools
import inspect
import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parvis import publish
from parvis.facade.compile import Facade, compile_facade
from parvis.facade.errors import TargetError
from parvis.facade.options import Options
from parvis.facade.target import load


class Item:
    """What stands in the shop, by number."""

    def get(self, id: int, /) -> str:
        return f"item {id}"

    def list(self) -> list[str]:
        return ["item 1"]

    def create(self, name: str) -> str:
        return name


class Plain:
    """A shop.

    It says nothing of Parvis.
    """

    items: Item

    def __init__(self) -> None:
        self.items = Item()

    def price(self, item: str, count: int = 1) -> float:
        """The price of so many."""
        return 2.0 * count

    def scan(self, code: int) -> str:
        return f"scanned {code}"

    async def wait(self, seconds: float = 0.0) -> float:
        return seconds

    def feed(self, most: int = 3) -> Iterator[int]:
        yield from range(most)

    @staticmethod
    def add(a: int, b: int) -> int:
        return a + b

    @classmethod
    def named(cls) -> str:
        return cls.__qualname__

    def get_all(self) -> dict[str, int]:
        """All.

        .. deprecated:: 1.1
            Use feed.
        """
        return {"a": 1}


NAMES = ["items.get", "items.list", "items.create", "price", "scan", "wait", "feed", "add", "named", "get_all"]
EXAMPLES: dict[str, dict[str, Any]] = {
    "items.get": {"id": 1}, "items.create": {"name": "x"}, "price": {"item": "tea"}, "scan": {"code": 3},
    "wait": {"seconds": 0}, "feed": {}, "add": {"a": 1, "b": 2}, "named": {}, "items.list": {}, "get_all": {},
}  # fmt: skip
READABLE = [name for name in NAMES if name not in ("items.create", "feed")]

Notes = dict[str, dict[str, Any]]
"""Operation -> setting -> value."""

DECORATORS: dict[str, Callable[[Any], Callable[[Any], Any]]] = {
    "reads": lambda value: publish.read,
    "run": publish.run,
    "timeout": publish.timeout,
    "hidden": lambda value: publish.hidden,
    "costs": publish.cost,
    "rights": publish.right,
    "public": publish.public,
    "examples": lambda value: publish.example(**value),
    "deprecated": publish.deprecated,
}


def copied(cls: type) -> type:
    """The class once more, with functions of its own to be noted on."""

    def copy(value: Any) -> Any:
        if isinstance(value, staticmethod | classmethod):
            return type(value)(copy(value.__func__))
        if not inspect.isfunction(value):
            return value
        made = type(value)(value.__code__, value.__globals__, value.__name__, value.__defaults__, value.__closure__)
        made.__kwdefaults__, made.__annotations__ = value.__kwdefaults__, dict(value.__annotations__)
        made.__doc__, made.__qualname__, made.__module__ = value.__doc__, value.__qualname__, value.__module__
        return made

    kept = {k: v for k, v in vars(cls).items() if k not in ("__dict__", "__weakref__")}
    return type(cls.__name__, cls.__bases__, {name: copy(value) for name, value in kept.items()})


def decorated(notes: Notes) -> type:
    """``Plain`` with decorators in its code."""
    item = copied(Item)
    shop = copied(Plain)
    shop.__annotations__ = {"items": item}
    for name, said in notes.items():
        *parts, leaf = name.split(".")
        owner = item if parts else shop
        for setting, value in said.items():
            setattr(owner, leaf, DECORATORS[setting](value)(vars(owner)[leaf]))
    return shop


def as_options(notes: Notes) -> dict[str, Any]:
    """The same as settings."""
    found: dict[str, Any] = {}
    for name, said in notes.items():
        for setting, value in said.items():
            if setting in ("reads", "hidden"):
                found[setting] = (*found.get(setting, ()), name)
            elif "hidden" not in said:  # a setting of what is hidden is a mistake, a note on it is none
                found.setdefault(setting, {})[name] = value
    return found


def behaviour(facade: Facade) -> dict[str, Any]:
    """All of the compiled table that a call meets."""
    return {
        name: (
            o.mode, o.pool, o.threads, o.timeout, o.path, o.coroutine, o.caller, o.spec,
            o.arguments.decode(json.dumps(EXAMPLES[name]).encode()),
        )
        for name, o in facade.operations.items()
    }  # fmt: skip


def compiled(cls: type, **options: Any) -> Facade:
    return compile_facade(load(cls), Options(**options))


value = {
    "timeout": st.integers(1, 100),
    "hidden": st.just(True),
    "costs": st.integers(1, 100),
    "rights": st.sampled_from(["shop.admin", "plain.price", "other.thing"]),
    "deprecated": st.sampled_from(["Use v2.", "Gone in May: ask for feed."]),
}
RUN = ["inline", "thread", "threads:2"]


@st.composite
def some_notes(draw: st.DrawFn) -> Notes:
    notes: Notes = {}
    for name in draw(st.lists(st.sampled_from(NAMES), unique=True, max_size=6)):
        said = draw(st.fixed_dictionaries({}, optional=value))
        if draw(st.booleans()):
            said["examples"] = EXAMPLES[name]
        if name != "wait" and draw(st.booleans()):  # which is async
            said["run"] = draw(st.sampled_from(RUN))
        if draw(st.booleans()):
            said["reads"] = True
            if name in READABLE and draw(st.booleans()):
                said["public"] = draw(st.integers(1, 86400))
        notes[name] = said
    return notes


@settings(max_examples=40, deadline=None)
@given(some_notes())
def test_decorators_and_settings_make_the_same_contract_and_the_same_table(notes: Notes) -> None:
    said, noted = compiled(Plain, **as_options(notes)), compiled(decorated(notes))
    assert said.contract.to_json() == noted.contract.to_json()
    assert behaviour(said) == behaviour(noted)
    assert said.left_out == noted.left_out


RICH: Notes = {
    "price": {"reads": True, "run": "inline", "timeout": 2.5, "public": 60, "costs": 2, "examples": {"item": "tea"}},
    "scan": {"rights": "shop.staff", "deprecated": "Use price."},
    "items.create": {"hidden": True, "costs": 9},
    "items.get": {"reads": True, "rights": "shop.items"},
    "add": {"run": "threads:3", "costs": 3},
}


def test_each_decorator_does_what_its_setting_does() -> None:
    facade = compiled(decorated(RICH))
    spec = {name: o.spec for name, o in facade.operations.items()}
    assert "items.create" not in spec
    assert ("listed", 60, 2, {"item": "tea"}) == (
        spec["price"].read, spec["price"].public, spec["price"].cost, spec["price"].example
    )  # fmt: skip
    assert ("shop.staff", "Use price.", None) == (spec["scan"].right, spec["scan"].deprecated, spec["scan"].read)
    how = {name: (o.mode, o.pool, o.threads, o.timeout) for name, o in facade.operations.items()}
    assert [("inline", "", 0, 2.5), ("thread", "thread", 1, 30.0), ("thread", "threads:3", 3, 30.0)] == [
        how[name] for name in ("price", "scan", "add")
    ]
    assert ("listed", None) == (spec["items.get"].read, spec["get_all"].read)  # as `reads = [...]` would have it


def test_settings_win_over_decorators() -> None:
    facade = compiled(
        decorated(RICH),
        costs={"*": 7}, rights={"scan": "shop.scan"}, public={"price": 5}, deprecated={"s*": "Use add."},
        examples={"price": {"item": "jam"}},
    )  # fmt: skip
    spec = {name: o.spec for name, o in facade.operations.items()}
    assert {7} == {each.cost for each in spec.values()}  # by a pattern too
    assert ("shop.scan", "Use add.") == (spec["scan"].right, spec["scan"].deprecated)
    assert ("shop.items", 5, {"item": "jam"}) == (
        spec["items.get"].right, spec["price"].public, spec["price"].example
    )  # fmt: skip


@pytest.mark.parametrize(
    ("timeout", "seconds"), [(None, 2.5), (5, 5.0), ({"scan": 5}, 2.5), ({"pri*": 5}, 5.0), ({"*": 5, "price": 9}, 9.0)]
)
def test_the_seconds_that_a_decorator_says_hold_where_the_settings_of_the_service_say_none(
    timeout: Any, seconds: float
) -> None:
    facade = compiled(decorated(RICH), timeout=timeout, default_timeout=60.0)
    assert seconds == facade.operations["price"].timeout


def test_a_decorator_cannot_tell_an_async_method_how_to_run() -> None:
    with pytest.raises(TargetError, match=r"^run: wait is async, so it runs on the event loop"):
        compiled(decorated({"wait": {"run": "inline"}}))


def test_lists_of_the_settings_and_decorators_add_up() -> None:
    facade = compiled(decorated({"price": {"reads": True}}), reads=("named",), hidden=("scan",))
    assert ["price", "named"] == [name for name, o in facade.operations.items() if o.spec.read]


def test_a_decorated_function_is_the_function_itself() -> None:
    def price(item: str) -> float:
        return 1.0

    before = dict(vars(price))
    for name, decorator in DECORATORS.items():
        assert price is decorator(EXAMPLES["price"] if name == "examples" else 1)(price)
    assert {} == before
    assert ["__parvis__"] == list(vars(price))
    assert 1.0 == price("tea")


def test_a_decorated_class_works_as_before() -> None:
    noted, plain = decorated(RICH)(), Plain()
    assert [plain.price("tea", 2), plain.add(1, 2), list(plain.feed()), plain.named()] == [
        noted.price("tea", 2), noted.add(1, 2), list(noted.feed()), noted.named()
    ]  # fmt: skip
    assert inspect.signature(plain.price) == inspect.signature(noted.price)


def test_the_decorators_load_nothing_but_themselves() -> None:
    program = "import sys, parvis.publish; print([n for n in sys.modules if n.partition('.')[0] in "
    program += "('pydantic', 'starlette', 'uvicorn', 'sqlalchemy', 'httpx2', 'click', 'asyncio', 'griffe')])"
    found = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert "[]\n" == found.stdout


# Where a decorator may stand


def wrapped(function: Any) -> Any:
    @functools.wraps(function)
    def wrapper(*args: Any, **keywords: Any) -> Any:
        return function(*args, **keywords)

    return wrapper


class Layers:
    @publish.hidden
    @functools.cache  # noqa: B019
    def above_a_cache(self) -> int:
        return 1

    @functools.cache  # noqa: B019
    @publish.hidden
    def below_a_cache(self) -> int:
        return 1

    @publish.hidden
    @wrapped
    def above_a_wrapper(self) -> int:
        return 1

    @wrapped
    @publish.hidden
    def below_a_wrapper(self) -> int:
        return 1

    @publish.hidden
    @staticmethod
    def above_static() -> int:
        return 1

    @staticmethod
    @publish.hidden
    def below_static() -> int:
        return 1

    @publish.hidden
    @classmethod
    def above_class(cls) -> int:
        return 1

    @publish.cost(3)
    @wrapped
    @publish.cost(2)
    @publish.right("layers.open")
    def shown(self) -> int:
        return 1


def test_a_decorator_counts_on_whatever_layer_it_stands() -> None:
    facade = compiled(Layers)
    assert ["shown"] == list(facade.operations)
    spec = facade.operations["shown"].spec
    assert (3, "layers.open") == (spec.cost, spec.right)  # the outermost word is the last one
    assert 1 == Layers.above_static() == Layers.above_class() == Layers().above_a_cache()


def test_what_takes_no_note_says_so_where_it_is_written() -> None:
    with pytest.raises(TypeError, match="takes no notes: say it in the settings, hidden = "):
        publish.hidden(property(lambda self: 1))
    with pytest.raises(TypeError, match="takes no notes"):
        publish.cost(2)(str.upper)


def test_a_method_that_replaces_a_noted_one_has_no_notes_of_it() -> None:
    class Base:
        @publish.hidden
        def price(self) -> int:
            return 1

    class Shop(Base):
        def price(self) -> int:
            return 2

    assert ["price"] == list(compiled(Shop).operations)
    with pytest.raises(TargetError, match="price: hidden by the publisher"):
        compiled(Base)


@pytest.mark.parametrize(
    ("decorator", "message"),
    [
        (publish.cost(0), "costs: price = 0: give the number of calls"),
        (publish.right("admin"), "rights: price = 'admin': give a dotted name"),
        (publish.public(0), "public: price = 0: give seconds"),
        (publish.run("threads"), "run: price = 'threads': it is 'thread', 'inline', or 'threads:8'"),
        (publish.timeout(0), "timeout: price = 0: give seconds, more than 0"),
        (publish.media("image"), "media: price = 'image': give a media type like"),
        (publish.media("image/png"), "media: price neither gives bytes nor takes them"),
        (publish.deprecated(""), "deprecated: price = '': say in a text"),
        (publish.example(itme="tea"), "the example of price is not a call of it: .*itme is not a parameter"),
    ],
)
def test_a_wrong_word_of_a_decorator_is_an_error_at_the_start(decorator: Any, message: str) -> None:
    shop = copied(Plain)
    shop.price = decorator(shop.price)  # type: ignore[attr-defined]
    with pytest.raises(TargetError, match=message):
        compiled(shop, only=("price",))


def test_public_by_decorator_is_refused_where_the_settings_bind_a_parameter() -> None:
    shop = decorated({"price": {"reads": True, "public": 60}})
    with pytest.raises(TargetError, match="public: price depends on who calls"):
        compiled(shop, bind={"price(item)": "caller.kind"})


def test_the_days_of_a_deprecation_are_said_beside_it() -> None:
    class Shop:
        @publish.deprecated("Use cost.", since="2026-09-01", sunset=date(2027, 1, 31))
        def price(self) -> int:
            return 1

    spec = compiled(Shop).contract.operations[0]
    assert ("Use cost.", "2026-09-01", "2027-01-31") == (spec.deprecated, spec.deprecated_since, spec.sunset)
