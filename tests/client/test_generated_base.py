"""A typed package against servers: what it gives are its own classes, what it raises its own exceptions."""

from __future__ import annotations

import asyncio
import importlib
import sys
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

import parvis
from parvis.cli import main
from parvis.client import ConnectionFailed
from parvis.client.generated_base import OutOfDate
from parvis.client.package import write
from parvis.client.values.server_default import is_server_default
from parvis.contract.model import Contract, Default, Field, TypeDef
from parvis.facade.compile import compile_facade
from parvis.facade.options import Options
from parvis.facade.target import of


@dataclass
class Page:
    items: list[str]
    next: str | None = None


class Paged:
    def find(self, cursor: str | None = None) -> Page:
        raise NotImplementedError


Load = Callable[[Contract, str], Any]


@pytest.fixture
def load(wire: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Load]:
    """Serves a contract, writes the package of it under a name, and imports that."""
    monkeypatch.syspath_prepend(str(tmp_path))
    loaded: set[str] = set()

    def load(contract: Contract, name: str) -> Any:
        wire.contracts = {"/shop": contract, "/shop/v1": contract}
        for path, text in write(contract, name=name, url=wire.url).items():
            (tmp_path / path).parent.mkdir(exist_ok=True)
            (tmp_path / path).write_text(text)
        importlib.invalidate_caches()
        loaded.add(name)
        return importlib.import_module(name)

    yield load
    for name in [name for name in sys.modules if name.partition(".")[0] in loaded]:
        del sys.modules[name]


@pytest.fixture
def package(make: Any, load: Load) -> Any:
    """The package of the shop that the wire serves."""
    return load(make.shop, "shop_client")


def test_methods_give_the_classes_of_the_package(package: Any) -> None:
    with package.connect() as shop:
        assert Decimal("12.00") == shop.price("tea")
        order = shop.orders.create([package.Item("tea", 2)], note="gift")
        assert package.Order(7, [package.Item("tea", 2)], Decimal("20.00"), "gift") == order
        assert package.Order is type(shop.orders.get(7))
        assert package.Color.BLUE is shop.color(package.Color.BLUE)
        assert package.Color.RED is shop.color()
        assert package.Node(2, [package.Node(1)]) == shop.grow(package.Node(1))
        assert b"ab" == shop.seal(b"ba")
        assert "the service's own" == shop.parvis_()
        assert shop.nothing() is None


def test_exceptions_are_those_of_the_package(package: Any) -> None:
    with package.connect() as shop:
        with pytest.raises(package.OutOfStock) as raised:
            shop.price("pan")
        assert ("pan", 3) == raised.value.args
        assert isinstance(raised.value, LookupError)
        with pytest.raises(KeyError):
            shop.price("nothing")
        with pytest.raises(TypeError, match=r"Shop.price\(\) missing 1 required positional argument: 'item'"):
            shop.price()


def test_streams_are_generators(package: Any, wire: Any) -> None:
    with package.connect() as shop:
        ticks = shop.ticks(100_000)
        assert package.Item("tick\u20280", 0) == next(ticks)
        ticks.close()
        assert wire.closed.wait(10)
        with pytest.raises(package.OutOfStock):
            list(shop.ticks(2, fail=True))


def test_the_same_awaited(package: Any) -> None:
    async def main() -> None:
        async with package.connect_async() as shop:
            assert [Decimal("12.00"), Decimal("30.60")] == await asyncio.gather(shop.price("tea"), shop.price("pot"))
            assert [0, 1, 2] == [tick.count async for tick in shop.ticks(3)]
            assert package.Order is type(await shop.orders.get(7))
            with pytest.raises(package.OutOfStock):
                await shop.price("pan")
        with pytest.raises(ConnectionFailed):
            await shop.price("tea")
        shop = await package.connect_async()
        assert package.Color.RED is await shop.color()
        await shop.parvis.close()

    asyncio.run(main())


def test_an_address_and_what_connect_takes_can_be_given(package: Any, serve: Any) -> None:
    other = serve()
    with package.connect(other.url, "pv_live_x", timeout=5, retries=0) as shop:
        assert Decimal("10.00") == shop.price("tea", vat=0)
    assert {"Bearer pv_live_x"} == set(other.credentials)


def _twice(package: Any) -> None:
    for _ in range(2):
        package.connect().parvis.close()


def changed(wire: Any, shop: Any, **changes: Any) -> None:
    """Let the server's methods be others than those that the package was written for."""
    operations = tuple(replace(o, **changes.get(o.name, {})) for o in shop.operations)
    operations = tuple(o for o in operations if o.name != changes.get("gone"))
    contract = replace(shop, operations=(*operations, *changes.get("more", ())), types=changes.get("types", shop.types))
    wire.contracts = {"/shop": contract, "/shop/v1": contract}


def test_a_service_that_breaks_its_package_is_told_once(package: Any, wire: Any, make: Any) -> None:
    price = make.shop.operations[0]
    changed(wire, make.shop, gone="seal", price={"parameters": (price.parameters[0], make.parameter("vat", "int"))})
    with pytest.warns(OutOfDate) as warned:
        _twice(package)
    assert [
        f"shop at {wire.url}/v1 is not what shop_client was written for: "
        "price: the parameter `vat` takes `int`, took `float`; "
        "price: the parameter `vat` may no longer be left out; "
        "seal: is gone: (data: bytes) -> bytes. Write it again with `parvis client`."
    ] == [str(each.message) for each in warned]
    assert [__file__] == [each.filename for each in warned]


def test_it_is_told_when_awaited_too(package: Any, wire: Any, make: Any) -> None:
    async def main() -> None:
        async with package.connect_async() as shop:
            assert Decimal("12.00") == await shop.price("tea")

    changed(wire, make.shop, gone="seal")
    with pytest.warns(OutOfDate, match="seal: is gone"):
        asyncio.run(main())


def test_a_service_that_has_more_than_its_package_is_no_news(package: Any, wire: Any, make: Any) -> None:
    item = replace(
        make.shop.types[0], fields=(*make.shop.types[0].fields, Field("more", "int", False, Default("1", 1)))
    )
    changed(
        wire, make.shop, more=(make.operation("other"),), types=(item, *make.shop.types[1:]), price={"summary": "."}
    )
    with warnings.catch_warnings(), package.connect() as shop:
        warnings.simplefilter("error")
        assert package.Item("tick\u20280", 0) == next(shop.ticks(1))
        with pytest.raises(AttributeError):
            shop.missing()


def test_what_only_the_server_knows_does_not_go_out(make: Any, wire: Any, load: Load) -> None:
    late = Default("datetime.now()", exact=False)
    item = TypeDef("Item", "dataclass", (Field("name", "str"), Field("at", "datetime", False, late)))
    put = make.operation("put", make.parameter("item", "Item"), make.parameter("at", "datetime", default=late))
    wire.operations["put"] = lambda **given: given
    package = load(replace(make.shop, types=(item,), operations=(put,)), "late_shop")
    with package.connect() as shop:
        made = package.Item("tea")
        assert is_server_default(made.at)
        assert "datetime.now()" == repr(made.at)
        assert {"item": {"name": "tea"}} == shop.put(made)
        assert {"item": {"name": "tea"}} == shop.put(made, made.at)


def test_pages_are_read_to_their_end(wire: Any, load: Load) -> None:
    pages = {None: {"items": ["a", "b"], "next": "x"}, "x": {"items": ["c"], "next": None}}
    wire.operations["find"] = lambda cursor=None: pages[cursor]
    package = load(compile_facade(of(Paged, text="shop"), Options(name="shop")).contract, "paged_shop")
    with package.connect() as shop:
        assert package.Page(["c"]) == shop.find("x")
        assert ["a", "b", "c"] == list(shop.parvis.items(shop.find))

    async def main() -> list[str]:
        async with package.connect_async() as shop:
            return [item async for item in shop.parvis.items(shop.find)]

    assert ["a", "b", "c"] == asyncio.run(main())


def test_a_double_derives_from_the_classes(package: Any) -> None:
    class Double(package.Shop):
        def price(self, item: str, vat: float = 0.2) -> Decimal:
            return Decimal(len(item))

    class AsyncDouble(package.AsyncShop):
        async def price(self, item: str, vat: float = 0.2) -> Decimal:
            return Decimal(len(item))

    async def main() -> Decimal:
        async with AsyncDouble() as shop:
            price: Decimal = await shop.price("tea")
            return price

    with Double() as shop:
        assert Decimal(3) == shop.price("tea")
        with pytest.raises(NotImplementedError):
            shop.seal(b"")
    assert Decimal(3) == asyncio.run(main())


def test_a_package_and_the_client_raise_the_same_errors(package: Any, wire: Any) -> None:
    wire.key = "pv_live_right"
    with pytest.raises(parvis.ParvisError, match="This key is not known here"):
        package.connect(key="pv_live_wrong")
    with pytest.raises(ValueError, match="no address"):
        package.connect("shop:Shop")


def test_the_command_asks_the_server_and_keeps_its_address(package: Any, wire: Any, tmp_path: Path) -> None:
    wire.key = "pv_live_right"
    output = str(tmp_path / "made")
    refused = CliRunner().invoke(main, ["client", wire.url, "-o", output])
    assert (1, False) == (refused.exit_code, Path(output).exists())
    assert "This key is not known here" in refused.stderr
    done = CliRunner().invoke(
        main, ["client", wire.url, "-o", output, "--name", "shop_client"], env={"PARVIS_KEY": wire.key}
    )
    assert 0 == done.exit_code
    made = {path: (tmp_path / "made" / path).read_text() for path in ("shop_client/api.py", "shop_client/__init__.py")}
    assert (tmp_path / "shop_client/api.py").read_text() == made["shop_client/api.py"]
    assert f'\ndef connect(\n    url: str = "{wire.url}/v1",\n' in made["shop_client/__init__.py"]
    assert "pv_live_right" not in "".join(made.values())
