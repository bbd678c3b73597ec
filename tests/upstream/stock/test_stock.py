"""The tests of the stock, as whoever wrote it would: of the class alone."""

from __future__ import annotations

import asyncio
import inspect
from datetime import date
from decimal import Decimal

import pytest
from stock import Article, Movement, NotEnough, Order, Reason, Stock, UnknownArticle

TEA = Article("T-1", "Green tea", Decimal("4.50"), 10, frozenset({"drink", "green"}))
JAM = Article("J-1", "Plum jam", Decimal("3.20"), 4)
BREAD = Article("B-1", "Bread", Decimal("2.00"))


@pytest.fixture
def stock() -> Stock:
    return Stock([TEA, JAM, BREAD], today=date(2026, 2, 28))


def test_an_empty_stock_is_worth_nothing() -> None:
    assert Stock().value() == Decimal(0)
    assert Stock().find() == []


def test_an_article_is_what_was_put_in(stock: Stock) -> None:
    assert stock.article("T-1") == TEA
    assert stock.article("T-1").tags == {"drink", "green"}
    assert type(stock.article("T-1").price) is Decimal


def test_articles_are_frozen(stock: Stock) -> None:
    with pytest.raises(AttributeError):
        stock.article("T-1").count = 3  # type: ignore[misc]


def test_an_unknown_article_is_a_lookup_error_of_its_own(stock: Stock) -> None:
    with pytest.raises(UnknownArticle) as error:
        stock.article("X")
    assert error.value.args == ("X",)
    with pytest.raises(LookupError):
        stock.article("X")


def test_a_new_article_is_kept(stock: Stock) -> None:
    milk = Article("M-1", "Milk", Decimal("1.10"), 2)
    assert stock.add(milk) == milk
    assert stock.article("M-1") == milk


def test_a_number_is_given_once(stock: Stock) -> None:
    with pytest.raises(FileExistsError, match="T-1"):
        stock.add(TEA)


@pytest.mark.parametrize(
    ("text", "tag", "found"),
    [
        ("", None, ["B-1", "J-1", "T-1"]),
        ("TEA", None, ["T-1"]),
        ("e", "drink", ["T-1"]),
        ("", "sweet", []),
        ("tea", "drink", ["T-1"]),
    ],
)
def test_articles_are_found_by_name_and_tag(stock: Stock, text: str, tag: str | None, found: list[str]) -> None:
    assert [article.sku for article in stock.find(text, tag=tag)] == found


def test_no_more_are_found_than_asked_for(stock: Stock) -> None:
    assert stock.find(most=1) == [BREAD]


def test_a_tag_has_to_be_named(stock: Stock) -> None:
    with pytest.raises(TypeError, match="positional"):
        stock.find("tea", "drink")  # type: ignore[misc]


def test_what_comes_and_goes_changes_the_count(stock: Stock) -> None:
    assert stock.move("T-1", 5) == 15
    assert stock.move("T-1", -15, Reason.SOLD) == 0
    assert stock.article("T-1").count == 0


def test_no_more_can_go_than_is_there(stock: Stock) -> None:
    with pytest.raises(NotEnough, match="5 of J-1 are wanted, 4 are there") as error:
        stock.move("J-1", -5)
    assert (error.value.sku, error.value.wanted, error.value.there) == ("J-1", 5, 4)
    assert stock.article("J-1").count == 4


def test_the_value_is_exact(stock: Stock) -> None:
    assert stock.value() == Decimal("57.80")
    stock.move("B-1", 3)
    assert stock.value() == Decimal("63.80")


def test_movements_are_told_in_order(stock: Stock) -> None:
    stock.move("T-1", 1)
    stock.move("J-1", -1, Reason.SOLD)
    day = date(2026, 2, 28)
    assert list(stock.movements()) == [
        Movement(1, "T-1", 1, Reason.BOUGHT, day),
        Movement(2, "J-1", -1, Reason.SOLD, day),
    ]
    assert [movement.sku for movement in stock.movements("J-1")] == ["J-1"]


def test_movements_are_told_one_by_one(stock: Stock) -> None:
    for _ in range(3):
        stock.move("T-1", 1)
    told = stock.movements()
    assert next(told).number == 1
    assert next(told).number == 2
    told.close()  # type: ignore[attr-defined]
    assert list(told) == []


def test_movements_of_an_unknown_article_fail_at_the_first(stock: Stock) -> None:
    told = stock.movements("X")
    with pytest.raises(UnknownArticle):
        next(told)


def test_a_count_is_the_truth(stock: Stock) -> None:
    assert list(stock.count({"T-1": 9, "J-1": 4, "B-1": 2})) == [("T-1", -1), ("J-1", 0), ("B-1", 2)]
    assert [stock.article(sku).count for sku in ("T-1", "J-1", "B-1")] == [9, 4, 2]
    assert [movement.reason for movement in stock.movements()] == [Reason.COUNTED, Reason.COUNTED]


def test_what_was_counted_before_an_error_stays(stock: Stock) -> None:
    counting = stock.count({"T-1": 1, "X": 1, "J-1": 1})
    assert next(counting) == ("T-1", -9)
    with pytest.raises(UnknownArticle):
        next(counting)
    assert [stock.article(sku).count for sku in ("T-1", "J-1")] == [1, 4]


def test_what_runs_low_is_watched(stock: Stock) -> None:
    async def watched() -> list[Article]:
        return [article async for article in stock.watch(4)]

    assert asyncio.run(watched()) == [BREAD, JAM]


def test_it_is_written_as_csv(stock: Stock) -> None:
    assert stock.dump() == b"B-1,Bread,2.00,0\r\nJ-1,Plum jam,3.20,4\r\nT-1,Green tea,4.50,10\r\n"


def test_an_order_takes_what_it_asks_for(stock: Stock) -> None:
    order = stock.orders.create("Ada", {"T-1": 3, "J-1": 1})
    assert order == Order(1, "Ada", {"T-1": 3, "J-1": 1})
    assert [stock.article(sku).count for sku in ("T-1", "J-1")] == [7, 3]
    assert stock.orders.get(1) == order


def test_an_order_takes_all_or_nothing(stock: Stock) -> None:
    with pytest.raises(NotEnough) as error:
        stock.orders.create("Ada", {"T-1": 3, "J-1": 100})
    assert error.value.args == ("J-1", 100, 4)
    with pytest.raises(UnknownArticle):
        stock.orders.create("Ada", {"T-1": 3, "X": 1})
    assert stock.article("T-1") == TEA
    assert stock.orders.list() == []


def test_orders_are_listed_by_customer(stock: Stock) -> None:
    for customer in ("Ada", "Bob", "Ada"):
        stock.orders.create(customer, {"T-1": 1})
    assert [order.id for order in stock.orders.list()] == [1, 2, 3]
    assert [order.id for order in stock.orders.list(customer="Ada")] == [1, 3]


def test_an_order_is_packed_once(stock: Stock) -> None:
    stock.orders.create("Ada", {"T-1": 1})
    assert stock.orders.pack(1).packed
    with pytest.raises(ValueError, match="order 1 is packed already"):
        stock.orders.pack(1)
    assert stock.orders.get(1).packed


def test_the_order_to_pack_is_not_named(stock: Stock) -> None:
    with pytest.raises(TypeError):
        stock.orders.pack(id=1)  # type: ignore[call-arg]


def test_what_is_taken_back_is_there_again(stock: Stock) -> None:
    stock.orders.create("Ada", {"T-1": 10})
    assert stock.orders.delete(1) is None  # type: ignore[func-returns-value]
    assert stock.article("T-1") == TEA
    with pytest.raises(LookupError, match="there is no order 1"):
        stock.orders.get(1)


def test_stocks_know_nothing_of_each_other(stock: Stock) -> None:
    other = Stock([TEA])
    other.move("T-1", -10)
    assert stock.article("T-1").count == 10


def test_every_method_says_what_it_takes() -> None:
    assert str(inspect.signature(Stock.move)) == (
        "(self, sku: 'str', change: 'int', reason: 'Reason' = <Reason.BOUGHT: 'bought'>) -> 'int'"
    )
    assert inspect.getdoc(Stock.value) == "What all of it is worth."


def test_a_method_in_hand_says_what_it_takes(stock: Stock) -> None:
    assert list(inspect.signature(stock.find).parameters) == ["text", "tag", "most"]
    assert inspect.signature(stock.find).parameters["most"].default == 10
    assert (inspect.getdoc(stock.value) or "").startswith("What all of it is worth.")


def test_what_is_given_back_is_the_order_itself(stock: Stock) -> None:
    order = stock.orders.create("Ada", {"T-1": 1})
    assert stock.orders.get(1) is order


def test_how_many_articles_there_are(stock: Stock) -> None:
    assert len(stock) == 3
