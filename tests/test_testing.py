"""``parvis.testing``: a service in memory for who calls one, the whole wire for who publishes one."""

from __future__ import annotations

import asyncio
import gc
import io
import tempfile
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, BinaryIO
from unittest.mock import Mock

import pytest

import parvis
from parvis import testing
from parvis.client import (
    ArgumentsRefused,
    ConnectionFailed,
    KeyRefused,
    NotAllowed,
    Refused,
    ServiceFailed,
    TooManyCalls,
)


class SoldOut(LookupError):
    """There is none left."""


class Gone(SoldOut):
    """There will be none."""


@dataclass
class Item:
    sku: str
    price: Decimal
    day: date | None = None


class Orders:
    def get(self, id: int, /, *, full: bool = False) -> dict[str, Any]:
        return {"id": id, "full": full}


class Shop:
    """A shop."""

    orders: Orders

    def __init__(self, greeting: str = "hello") -> None:
        self.orders = Orders()
        self.greeting = greeting
        self.sold = 0

    def price(self, item: str, count: int = 1) -> float:
        """The price of so many.

        >>> shop.price("tea")
        3.5

        Raises:
            SoldOut: There is none left.
            LookupError: It is not sold here.
        """
        if item == "jam":
            raise SoldOut(item)
        return 3.5 * count

    def find(self, text: str, most: int = 10) -> list[Item]:
        return [Item(text, Decimal("3.50"))]

    def add(self, item: Item) -> None:
        self.sold += 1

    def watch(self, item: str) -> Iterator[float]:
        """The price, whenever it changes.

        Raises:
            SoldOut: There is none left.
        """
        yield from (3.5, 4.0)

    def photo(self, item: str) -> bytes:
        return item.encode()

    def send(self, file: BinaryIO) -> int:
        return len(file.read())

    def whose(self, owner: str, address: str) -> tuple[str, str]:
        return owner, address

    def breaks(self) -> None:
        raise RuntimeError("the shelf fell down")


BOUND = {"whose(owner)": "caller.account", "whose(address)": "caller.address"}


@pytest.fixture(scope="module")
def contract(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a consumer has, who has not the code."""
    path = tmp_path_factory.mktemp("contract") / "contract.json"
    with parvis.connect(Shop) as shop:
        path.write_bytes(shop.parvis.contract.to_json())
    return path


def test_what_it_exports_is_documented_and_is_its_own() -> None:
    for name in testing.__all__:
        found = getattr(testing, name)
        assert found.__doc__, name
        assert found.__module__.startswith("parvis.testing"), name


# The double


def test_a_double_answers_what_the_test_says(contract: Path) -> None:
    shop = testing.double(contract, {"price": 2.5, "photo": b"\x00\xff", "add": None, "orders.get": {"id": 7}})

    assert (2.5, b"\x00\xff", {"id": 7}) == (shop.price("tea"), shop.photo("tea"), shop.orders.get(7))
    assert shop.add({"sku": "tea", "price": "1.5", "day": None}) is None
    assert "<Shop at in memory, 9 operations>" == repr(shop)


def test_the_contract_is_a_file_a_class_its_name_a_service_or_an_address(contract: Path) -> None:
    named = [
        str(contract),
        Shop,
        f"{__name__}:Shop",
        parvis.Service(Shop, only=["price"]),
        testing.double(Shop).parvis.contract,
    ]
    with testing.served(Shop) as shop:
        named.append(shop.parvis.address)
        asked = [testing.double(each, {"price": 2.5}).price("tea") for each in named]

    assert [2.5] * 6 == asked


def test_what_is_no_contract_is_refused(tmp_path: Path) -> None:
    (tmp_path / "contract.json").write_text("{}")

    with pytest.raises(ValueError, match=r"contract.json is no contract: save the `contract.json` of a service there"):
        testing.double(tmp_path / "contract.json")
    with pytest.raises(FileNotFoundError):
        testing.double("nowhere.json")


def test_a_function_answers_by_its_arguments() -> None:
    shop = testing.double(Shop, {"price": lambda item: float(len(item)), "orders.get": lambda id, full: {"full": full}})

    assert [3.0, 5.0] == [shop.price("tea"), shop.price(item="bread")]
    assert [{"full": False}, {"full": True}] == [shop.orders.get(1), shop.orders.get(1, full=True)]


def test_a_function_gets_the_defaults_that_it_asks_for_and_values_of_the_declared_types() -> None:
    seen: list[Any] = []
    add = Mock(return_value=None)
    shop = testing.double(
        Shop, {"price": lambda item, count: 1.5 * count, "add": add, "find": lambda **all: seen.append(all) or []}
    )
    shop.add(Item("tea", Decimal("1.50"), date(2026, 2, 28)))
    shop.find("tea")

    assert [1.5, 4.5] == [shop.price("tea"), shop.price("tea", 3)]
    add.assert_called_once_with(item=Item("tea", Decimal("1.50"), date(2026, 2, 28)))
    assert [{"text": "tea"}] == seen


def test_it_tells_what_it_was_asked() -> None:
    shop = testing.double(Shop, {"price": 1.0, "orders.get": {}, "send": 3})
    shop.price("tea", count=2)
    shop.orders.get(7)
    shop.send(io.BytesIO(b"abc"))
    with pytest.raises(ArgumentsRefused):
        shop.price(3)  # type: ignore[arg-type]

    *others, sent = testing.calls(shop)
    assert [("price", {"item": "tea", "count": 2}), ("orders.get", {"id": 7})] == others
    assert ("send", b"abc") == (sent.operation, sent.arguments["file"].read())


def test_two_doubles_of_one_contract_know_nothing_of_each_other() -> None:
    one, other = testing.double(Shop, {"price": 1.0}), testing.double(Shop, {"price": 2.0})

    assert [1.0, 2.0] == [one.price("tea"), other.price("tea")]
    assert [1, 1] == [len(testing.calls(one)), len(testing.calls(other))]


def test_only_a_double_can_be_asked_what_it_was_asked() -> None:
    with pytest.raises(TypeError, match="is no double"):
        testing.calls(Shop())


def test_arguments_are_refused_in_the_words_of_the_server() -> None:
    def told(shop: Any) -> Any:
        with pytest.raises(ArgumentsRefused) as refused:
            shop.find(7, most="many")
        error = refused.value
        return error.title, error.code, error.status, error.detail, error.errors, error.fix, error.operation

    with testing.served(Shop) as shop:
        assert told(shop) == told(testing.double(Shop, {"find": []}))


@pytest.mark.parametrize("given", [SoldOut("tea"), testing.declared("SoldOut", "tea")])
def test_a_declared_exception_is_raised_at_the_caller(given: Exception) -> None:
    shop = testing.double(Shop, {"price": given})

    for _ in range(2):
        with pytest.raises(SoldOut) as raised:
            shop.price("tea")
        assert (("tea",), "double") == (raised.value.args, raised.value.__notes__[0].partition("request ")[2][:6])


def test_a_class_of_exceptions_and_a_derived_one_are_answers_too() -> None:
    shop = testing.double(Shop, {"price": Gone})

    with pytest.raises(SoldOut) as raised:
        shop.price("tea")
    assert SoldOut is type(raised.value)


def test_without_the_code_an_exception_has_the_name_and_the_base_of_the_declared_one(contract: Path) -> None:
    shop = testing.double(contract, {"price": testing.declared("SoldOut", "tea")})

    with pytest.raises(LookupError, match="tea") as raised:
        shop.price("tea")
    assert shop.parvis.errors.SoldOut is type(raised.value)
    testing.answer(shop, {"price": shop.parvis.errors.SoldOut("jam")})
    with pytest.raises(shop.parvis.errors.SoldOut, match="jam"):
        shop.price("jam")


def test_a_refusal_of_parvis_is_what_a_server_would_send() -> None:
    shop = testing.double(Shop, {"price": testing.refusal("key-revoked"), "find": testing.refusal("unavailable")})

    with pytest.raises(KeyRefused) as refused:
        shop.price("tea")
    assert ("key-revoked", 401) == (refused.value.code, refused.value.status)
    assert refused.value.fix
    testing.answer(shop, {"price": testing.refusal("quota-exceeded", "There is no more.", retry_after=3600)})
    with pytest.raises(TooManyCalls, match="There is no more") as over:
        shop.price("tea")
    assert ("quota-exceeded", 429, 3600.0) == (over.value.code, over.value.status, over.value.retry_after)


def test_a_code_that_there_is_not_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="there is no code 'quota-exceded'; the nearest is 'quota-exceeded'"):
        testing.refusal("quota-exceded")


def test_an_error_of_the_client_is_raised_as_it_is() -> None:
    broken = ConnectionFailed("The connection broke", outcome="unknown")
    shop = testing.double(Shop, {"price": broken, "watch": [1.0, broken]})

    with pytest.raises(ConnectionFailed) as raised:
        shop.price("tea")
    assert broken is raised.value
    prices = shop.watch("tea")
    assert 1.0 == next(prices)
    with pytest.raises(ConnectionFailed):
        next(prices)


def test_a_stream_gives_its_items_and_a_list_gives_them_each_time() -> None:
    shop = testing.double(Shop, {"watch": [1.0, 2]})

    assert [[1.0, 2.0], [1.0, 2.0]] == [list(shop.watch("tea")), list(shop.watch("tea"))]
    testing.answer(shop, {"watch": iter([3.0])})
    assert [[3.0], []] == [list(shop.watch("tea")), list(shop.watch("tea"))]
    testing.answer(shop, {"watch": lambda item: (float(n) for n in range(len(item)))})
    assert [0.0, 1.0, 2.0] == list(shop.watch("tea"))


def test_an_exception_ends_a_stream_also_before_its_first_item() -> None:
    shop = testing.double(Shop, {"watch": [1.0, SoldOut("tea"), 2.0]})
    prices = shop.watch("tea")

    assert 1.0 == next(prices)
    with pytest.raises(SoldOut):
        next(prices)
    testing.answer(shop, {"watch": [SoldOut]})
    with pytest.raises(SoldOut):
        list(shop.watch("tea"))


def test_who_leaves_a_stream_closes_the_generator_of_the_test() -> None:
    left: list[bool] = []

    def prices(item: str) -> Iterator[float]:
        try:
            yield from (1.0, 2.0, 3.0)
        finally:
            left.append(True)

    shop = testing.double(Shop, {"watch": prices})
    watched = shop.watch("tea")
    next(watched)
    watched.close()  # type: ignore[attr-defined]

    assert [True] == left


def test_an_operation_without_an_answer_fails_the_test() -> None:
    shop = testing.double(Shop, {"price": 1.0})

    with pytest.raises(testing.Unanswered, match=r"find was called, and the test has no answer for it: add \{'find'"):
        shop.find("tea")


def test_the_examples_of_the_contract_answer_where_that_is_asked_for(contract: Path) -> None:
    shop = testing.double(contract, strict=False)

    assert 3.5 == shop.price("jam")
    with pytest.raises(testing.Unanswered, match="has no example of its result"):
        shop.find("tea")


@pytest.mark.parametrize(
    ("answers", "told"),
    [
        ({"price": "3.5"}, "price gives float, and '3.5' is none: it should be a valid number"),
        ({"price": b"1"}, "price gives float, and b.1. is none: it should be a valid number"),
        ({"price": None}, "price gives float, and None is none: it should be a valid number"),
        ({"price": float("nan")}, "price gives float, and nan is none: "),
        ({"add": 1}, "add gives None, and 1 is none: it should be null"),
        ({"find": Item("tea", Decimal(1))}, "it should be a valid array"),
        ({"find": [{"sku": "tea"}]}, r"\[0\].price is required"),
        ({"find": [{"sku": "tea", "price": "1", "prise": 2}]}, r"\[0\].prise is not a field of this object"),
        ({"watch": [1.0, "2"]}, "watch gives float, and '2' is none"),
        ({"watch": 1.0}, "watch cannot answer 1.0: it is a stream, so say its items in a list"),
        ({"price": KeyError("tea")}, "price declares no KeyError, so its callers see 500 .* it declares SoldOut, "),
        ({"find": LookupError()}, "find declares no LookupError, .* it declares none"),
        ({"watch": [1.0, ValueError]}, "watch declares no ValueError"),
        ({"price": testing.declared("Sold")}, "price declares no Sold"),
    ],
)  # fmt: skip
def test_an_answer_that_the_service_could_never_give_is_told_before_the_first_call(
    answers: dict[str, Any], told: str
) -> None:
    with pytest.raises(testing.Impossible, match=told):
        testing.double(Shop, answers)


def test_an_answer_of_a_function_is_judged_when_it_is_given() -> None:
    async def later(item: str) -> float:
        return 1.0

    def broken(item: str) -> float:
        raise KeyError(item)

    shop = testing.double(Shop, {"price": lambda item: item, "find": later, "watch": lambda item: [1.0, item]})
    with pytest.raises(testing.Impossible, match="price gives float, and 'tea' is none"):
        shop.price("tea")
    testing.answer(shop, {"price": later})
    with pytest.raises(testing.Impossible, match="is a coroutine: say a plain function"):
        shop.price("tea")
    testing.answer(shop, {"price": broken})
    with pytest.raises(testing.Impossible, match="price declares no KeyError") as raised:
        shop.price("tea")
    assert KeyError is type(raised.value.__cause__)
    prices = shop.watch("tea")
    assert 1.0 == next(prices)
    with pytest.raises(testing.Impossible, match="watch gives float"):
        next(prices)


def test_an_answer_for_what_there_is_not_changes_nothing() -> None:
    shop = testing.double(Shop, {"price": 1.0})

    with pytest.raises(ValueError, match="there is no operation 'fnd'; the nearest is 'find'"):
        testing.answer(shop, {"price": 2.0, "fnd": []})
    with pytest.raises(testing.Impossible):
        testing.answer(shop, {"price": 2.0, "find": [1]})
    assert 1.0 == shop.price("tea")


def test_values_are_of_the_classes_that_the_caller_has(contract: Path) -> None:
    @dataclass
    class Lookalike:
        sku: str
        price: Decimal

    told = [Item("tea", Decimal("3.50"))]
    native = testing.double(contract, {"find": [{"sku": "tea", "price": "3.50"}]}, like=Shop)
    rebuilt = testing.double(contract, {"find": [Lookalike("tea", Decimal("3.50"))]})

    assert told == native.find("tea")
    assert [rebuilt.parvis.types.Item("tea", Decimal("3.50"))] == rebuilt.find("tea")


def test_presets_are_given_by_the_double_as_by_any_client() -> None:
    shop = testing.double(Shop, {"price": lambda item, count: 1.5 * count}, presets={"count": 4})

    assert [6.0, 1.5] == [shop.price("tea"), shop.price("tea", 1)]
    assert {"item": "tea", "count": 4} == testing.calls(shop)[0].arguments


def test_async_code_has_a_double_of_its_own(contract: Path) -> None:
    async def use() -> None:
        answers = {"price": 2.5, "watch": [1.0, testing.declared("SoldOut", "tea")], "orders.get": {}}
        async with testing.double_async(contract, answers) as shop:
            assert (2.5, {}) == (await shop.price("tea"), await shop.orders.get(1))
            prices = shop.watch("tea")
            assert 1.0 == await anext(prices)
            with pytest.raises(shop.parvis.errors.SoldOut):
                await anext(prices)
            assert ["price", "orders.get", "watch"] == [call.operation for call in testing.calls(shop)]
            testing.answer(shop, {"price": 3.0})
            assert 3.0 == await shop.price("tea")
        with pytest.raises(ConnectionFailed, match="closed"):
            await shop.price("tea")
        other = await testing.double_async(Shop, {"price": SoldOut("tea")})
        with pytest.raises(SoldOut):
            await other.price("tea")

    asyncio.run(use())


# The whole wire


def test_a_service_is_called_over_the_whole_wire() -> None:
    with testing.served(Shop) as shop:
        assert (7.0, [Item("x", Decimal("3.50"))]) == (shop.price("tea", 2), shop.find("x"))
        assert ([3.5, 4.0], b"tea", 3) == (list(shop.watch("tea")), shop.photo("tea"), shop.send(io.BytesIO(b"abc")))
        with pytest.raises(SoldOut, match="jam"):
            shop.price("jam")
        assert shop.parvis.address.startswith("http://127.0.0.1:")


def test_async_code_calls_it_too() -> None:
    async def use() -> None:
        service = testing.served(Shop, caller=testing.caller(rights=["shop.price", "shop.watch"]))
        async with service as shop:
            assert 7.0 == await shop.price("tea", 2)
            assert [3.5, 4.0] == [price async for price in shop.watch("tea")]
            with pytest.raises(SoldOut):
                await shop.price("jam")
            with pytest.raises(NotAllowed):
                await shop.find("tea")
            url = service.url
        with pytest.raises(ConnectionFailed):
            await parvis.connect_async(url, key="")

    asyncio.run(use())


@pytest.mark.parametrize("target", [Shop("good morning"), parvis.Service(Shop, settings={"greeting": "good morning"})])
def test_an_object_and_a_service_with_its_settings_are_served(target: Any) -> None:
    with testing.served(target, only=["price"]) as shop:
        assert ["price"] == list(shop.parvis.operations)
        assert 3.5 == shop.price("tea")


def test_a_key_opens_what_it_holds_and_nothing_else() -> None:
    few = testing.caller(rights=["shop.price(item in [tea])", "shop.watch"])
    with testing.served(Shop, caller=few) as shop:
        assert (3.5, [3.5, 4.0]) == (shop.price("tea"), list(shop.watch("tea")))
        with pytest.raises(NotAllowed, match="item in"):
            shop.price("bread")
        with pytest.raises(NotAllowed, match=r"shop\.find"):
            shop.find("tea")


def test_a_key_without_rights_opens_nothing() -> None:
    with testing.served(Shop, caller=testing.caller(rights=[])) as shop, pytest.raises(NotAllowed):
        shop.price("tea")


def test_a_right_that_fits_nothing_is_a_mistake() -> None:
    with pytest.raises(ValueError, match=r"'shop.prise' fits no operation of shop: its rights are shop.add, "):
        testing.served(Shop, caller=testing.caller(rights=["shop.prise"]))
    with pytest.raises(ValueError, match="is not a right"):
        testing.caller(rights=["price"])
    with testing.served(Shop) as _, pytest.raises(ValueError, match="test key"):
        testing.caller(None, test=True)


def test_the_same_service_is_seen_by_others() -> None:
    service = testing.served(Shop, caller=testing.caller("acc_ada", address="2001:db8::1"), bind=BOUND)
    with service as shop:
        bob = service.as_(testing.caller("acc_bob", address="198.51.100.7"))
        narrow = service.as_(testing.caller("acc_ada", ["shop.whose"]))

        assert [("acc_ada", "2001:db8::1"), ("acc_bob", "198.51.100.7")] == [shop.whose(), bob.whose()]  # type: ignore[call-arg]
        assert ("acc_ada", "192.0.2.1") == narrow.whose()  # type: ignore[call-arg]
        with pytest.raises(NotAllowed):
            narrow.price("tea")


def test_who_has_no_account_calls_without_a_key() -> None:
    service = testing.served(Shop)
    with service:
        nobody = service.as_(testing.caller(None, ["shop.price"], address="203.0.113.9"))

        assert 3.5 == nobody.price("tea")
        with pytest.raises(KeyRefused):
            nobody.find("tea")
        assert "" == service.key(testing.caller(None, ["shop.price"], address="203.0.113.9"))


def test_a_test_key_reaches_the_sandbox_or_reads_only() -> None:
    class Sandbox(Shop):
        def price(self, item: str, count: int = 1) -> float:
            return 0.0

    testing_key = testing.caller(test=True)
    with testing.served(Shop, caller=testing_key, reads=["price"]) as shop:
        assert 3.5 == shop.price("tea")
        with pytest.raises(Refused, match="no sandbox"):
            shop.photo("tea")
    with testing.served(Shop, caller=testing_key, sandbox=Sandbox, only=["price"]) as shop:
        assert 0.0 == shop.price("tea")


def test_nothing_is_limited_but_by_the_plan_of_the_test() -> None:
    with testing.served(Shop) as shop:
        assert 120 == len([shop.price("tea") for _ in range(120)])
    service = testing.served(Shop, plan=testing.plan(day=3, page=5))
    with service as shop:
        assert [3.5] * 3 == [shop.price("tea") for _ in range(3)]
        with pytest.raises(TooManyCalls) as refused:
            shop.price("tea")
        assert ("quota-exceeded", 429) == (refused.value.code, refused.value.status)
        other = service.as_(testing.caller("acc_bob"))
        assert 3.5 == other.price("tea")
    with testing.served(Shop, plan=testing.plan(rate=0.5)) as shop:
        assert 3.5 == shop.price("tea")
        with pytest.raises(TooManyCalls):
            shop.price("tea")
    with pytest.raises(ValueError, match="`day` is -1"):
        testing.plan(day=-1)


def test_a_settings_file_says_how_it_is_published(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "parvis.toml").write_text(
        f'public_url = "https://shop.example"\n[service.shop]\ntarget = "{__name__}:Shop"\nonly = ["whose"]\n'
        '[service.shop.bind]\n"whose(owner)" = "caller.account"\n"whose(address)" = "caller.address"\n'
        '[service.other]\ntarget = "nothing:Here"\n'
    )
    with testing.served(tmp_path / "parvis.toml", name="shop") as shop:
        assert ("acc_test", "192.0.2.1") == tuple(shop.whose())
    with pytest.raises(ValueError, match="has the services shop, other: say which with name="):
        testing.served(str(tmp_path / "parvis.toml"))


def test_neither_the_settings_nor_the_key_of_the_working_directory_count(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "parvis.toml").write_text('database = "nonsense://"\n')
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PARVIS_KEY", "pv_live_nonsense")
    monkeypatch.setenv("PARVIS_DATABASE", "nonsense://")

    with testing.served(Shop) as shop:
        assert 3.5 == shop.price("tea")
    assert ["parvis.toml"] == [path.name for path in tmp_path.iterdir()]


def test_any_other_program_may_call_it() -> None:
    import httpx2

    service = testing.served(Shop)
    with service:
        bearer = {"Authorization": f"Bearer {service.key()}"}
        answer = httpx2.post(f"{service.url}/price", json={"item": "tea"}, headers=bearer, trust_env=False)

        assert (200, 3.5) == (answer.status_code, answer.json())
        assert 401 == httpx2.post(f"{service.url}/price", json={"item": "tea"}, trust_env=False).status_code
        assert service.key() == service.key(testing.caller())


def test_a_bug_shows_its_traceback_to_who_runs_the_test(capfd: pytest.CaptureFixture[str]) -> None:
    with testing.served(Shop) as shop:
        shop.price("tea")
        with pytest.raises(ServiceFailed):
            shop.breaks()

    said = capfd.readouterr()
    assert "" == said.out
    assert "RuntimeError: the shelf fell down" in said.err
    assert "price" not in said.err


def test_what_was_served_is_gone_at_the_end(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    closed: list[str] = []

    class Door:
        def knock(self) -> str:
            return "who is there?"

        def close(self) -> None:
            closed.append(threading.current_thread().name)

    before = set(threading.enumerate())
    service = testing.served(Door)
    for n in (1, 2):
        with service as door:
            other = service.as_(testing.caller("acc_bob"))
            assert ["who is there?"] * 2 == [door.knock(), other.knock()]
            with pytest.raises(RuntimeError, match="is served already"):
                service.__enter__()
            url = service.url
        assert n == len(closed)
        with pytest.raises(ConnectionFailed, match="closed"):
            other.knock()
        with pytest.raises(RuntimeError, match="is not served: say `with served"):
            service.url
    gc.collect()

    assert ([], []) == ([t.name for t in set(threading.enumerate()) - before], list(tmp_path.iterdir()))
    with pytest.raises(ConnectionFailed):
        parvis.connect(url, key="")


def test_an_object_that_cannot_be_built_says_why_and_leaves_nothing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))

    class Shut:
        def __init__(self) -> None:
            raise OSError("the door is locked")

        def knock(self) -> str:
            return "who is there?"

    before = set(threading.enumerate())
    with pytest.raises(OSError, match="the door is locked"), testing.served(Shut):
        raise AssertionError("it was served")

    assert ([], []) == ([t.name for t in set(threading.enumerate()) - before], list(tmp_path.iterdir()))


def test_what_cannot_be_published_is_told_at_once() -> None:
    with pytest.raises(ValueError, match="there is no operation 'prise'; the nearest is 'price'"):
        testing.served(Shop, reads=["prise"])
    with pytest.raises(TypeError, match="readz"):
        testing.served(Shop, readz=["price"])
