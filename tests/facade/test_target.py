"""Targets: what a publisher may name, and what is said when it is wrong."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from parvis.facade.target import TargetError, load, snake

SHOP = """
from __future__ import annotations
import functools

class Shop:
    def __init__(self, vat: float = 0.2) -> None:
        self.vat = vat
    def price(self, item: str) -> float:
        return 1 + self.vat
    class Inner:
        def ping(self) -> str:
            return "pong"

built = []

def typed(vat: float = 0.5) -> Shop:
    built.append(vat)
    return Shop(vat)

def untyped(vat=0.25):
    built.append(vat)
    return Shop(vat)

def needs(vat):
    return Shop(vat)

def mistyped() -> Missing:
    return Shop()

async def later():
    return Shop()

class Factory:
    def __call__(self, vat: float = 0.75):
        return Shop(vat)

make = Factory()
open_shop = Shop(0.1)
_private = Shop

@functools.lru_cache
def cached(item: str) -> str:
    return item
"""


@pytest.fixture
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder on the path; the modules that a test imports from it are forgotten afterwards."""
    monkeypatch.syspath_prepend(str(tmp_path))
    before = set(sys.modules)
    (tmp_path / "shelf_shop.py").write_text(SHOP)
    yield tmp_path
    for name in set(sys.modules) - before:
        if name.startswith("shelf_"):
            del sys.modules[name]


@pytest.mark.parametrize(
    ("text", "kind", "name"),
    [
        ("shelf_shop", "module", "shelf_shop"),
        ("shelf_shop:Shop", "class", "shop"),
        ("shelf_shop:Shop()", "class", "shop"),
        ("shelf_shop:Shop.Inner", "class", "inner"),
        ("shelf_shop:open_shop", "instance", "shop"),
        ("shelf_shop:typed()", "factory", "shop"),
        ("shelf_shop:untyped()", "factory", "shop"),
        ("shelf_shop:make()", "factory", "shop"),
        ("shelf_shop:typed", "function", "typed"),
        ("shelf_shop:cached", "function", "cached"),
        ("shelf_shop:open_shop.price", "function", "price"),
        ("shelf_shop:_private", "class", "shop"),
    ],
)
def test_text_names_a_target(shelf: Path, text: str, kind: str, name: str) -> None:
    target = load(text)
    assert (kind, name, text, "shelf_shop") == (target.kind, target.name, target.text, target.package)


def test_a_class_is_built_from_the_settings(shelf: Path) -> None:
    assert 0.05 == load("shelf_shop:Shop").make({"vat": 0.05}).vat


def test_a_factory_with_a_return_type_is_not_called_to_learn_its_shape(shelf: Path) -> None:
    target = load("shelf_shop:typed()")
    assert [] == sys.modules["shelf_shop"].built
    assert 0.5 == target.make({}).vat
    assert 0.1 == target.make({"vat": 0.1}).vat


def test_a_factory_without_a_return_type_is_called_once_and_serves_what_it_made(shelf: Path) -> None:
    target = load("shelf_shop:untyped()")
    assert target.make({}) is target.make({})
    assert [0.25] == sys.modules["shelf_shop"].built


def test_an_instance_takes_no_settings(shelf: Path) -> None:
    with pytest.raises(TargetError, match=r"already built: settings \(vat\) need a class or a factory"):
        load("shelf_shop:open_shop").make({"vat": 1})


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "is no target: write module:Class"),
        ("shelf shop", "is no target"),
        ("shelf_shop:", "is no target"),
        ("shelf_shop:Shop(1)", "is no target"),
        (".shelf_shop", "is no target"),
        ("shelf_shop..x", "is no target"),
        ("../shelf_shop:Shop", "is no target"),
        ("shelf_absent", "there is no module 'shelf_absent': run from the folder that holds it"),
        ("shelf_shop.sub:Shop", "cannot be imported|there is no module"),
        ("shelf_shop:Shpo", "has no 'Shpo'; it has Shop, Factory"),
        ("shelf_shop:Shop.nothing", "has no 'Shop.nothing'"),
        ("shelf_shop:open_shop()", "cannot be called: write it without the brackets"),
        ("shelf_shop:needs()", "missing 1 required positional argument.*say what it returns"),
        ("shelf_shop:mistyped()", "return type .* cannot be resolved: name 'Missing' is not defined"),
        ("shelf_shop:later()", "is async: say what it returns"),
    ],
)
def test_a_wrong_target_is_told_in_a_sentence(shelf: Path, text: str, sentence: str) -> None:
    with pytest.raises(TargetError, match=sentence):
        load(text)


@pytest.mark.parametrize(
    ("code", "sentence"),
    [
        ("def broken(:\n", r"'shelf_bad' cannot be imported: invalid syntax \(.*shelf_bad.py, line 1\)"),
        ("\nraise OSError('no database')\n", r"OSError: no database \(.*shelf_bad.py, line 2\)"),
        ("import sys\nsys.exit(3)\n", r"SystemExit: 3 \(.*shelf_bad.py, line 2\)"),
        ("import shelf_nowhere\n", "No module named 'shelf_nowhere'; install what it needs"),
        ("import shelf\n", "No module named 'shelf'; install what it needs"),
        ("x = 1\0", "cannot be imported: .*null bytes"),
    ],
    ids=["syntax", "exception", "exit", "missing-import", "prefix-of-its-name", "null-byte"],
)
def test_a_module_that_cannot_be_imported_is_told_in_a_sentence(shelf: Path, code: str, sentence: str) -> None:
    (shelf / "shelf_bad.py").write_text(code)
    with pytest.raises(TargetError, match=sentence):
        load("shelf_bad:Shop")


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Shop", "shop"),
        ("OrderBook", "order_book"),
        ("HTTPServer", "http_server"),
        ("V2Shop", "v2_shop"),
        ("shop", "shop"),
        ("ZoneInfo", "zone_info"),
        ("parseURL", "parse_url"),
    ],
)
def test_snake_case(name: str, expected: str) -> None:
    assert expected == snake(name)


def test_an_object_in_hand_is_a_target() -> None:
    class Till:
        def ring(self) -> int:
            return 1

    kept = Till()
    target = load(kept)
    made: Any = target.make({})
    assert ("instance", "till", True) == (target.kind, target.name, made is kept)
