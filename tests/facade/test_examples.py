"""Examples out of docstrings."""

from __future__ import annotations

import dataclasses
import datetime
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import pytest

from parvis.facade.compile import Facade

Compile = Callable[..., Facade]


class Shop:
    def google(self, item: str, count: int = 1) -> float:
        """The price.

        Examples:
            >>> shop.google(item)
            >>> shop.google("tea", count=2)
            3.5
        """
        return 1.0

    def numpy(self, item: str, /, tags: tuple[str, ...] = (), *, raw: bytes = b"") -> float:
        """The price.

        Parameters
        ----------
        item
            What.

        Examples
        --------
        >>> price = shop.numpy("tea",
        ...                    ("a", "b"),
        ...                    raw=b"x")
        """
        return 1.0

    def sphinx(self, item: str) -> float:
        """The price.

        :param item: What.
        :returns: Euros.

        >>> print(await shop.sphinx(item="tea"))
        3.5
        """
        return 1.0

    def plain(self, day: datetime.date) -> None:
        """One line.

        >>> shop.plain("2026-01-31")
        """

    def wrong(self, count: int) -> None:
        """None of these is a call of it.

        >>> shop.wrong("tea")
        >>> shop.wrong(count=2, more=3)
        >>> shop.wrong(1, 2)
        >>> shop.wrong(*[1])
        >>> shop.wrong(float("nan"))
        >>> shop.other(1)
        >>> shop.wrong(
        >>> shop.wrong.count(1)
        """

    def none(self) -> None:
        """No parameters.

        >>> shop.none()
        """


def test_the_first_call_that_the_operation_takes_is_its_example(compiled: Compile) -> None:
    assert {
        "google": {"item": "tea", "count": 2},
        "numpy": {"item": "tea", "tags": ["a", "b"], "raw": "eA=="},
        "sphinx": {"item": "tea"},
        "plain": {"day": "2026-01-31"},
        "wrong": None,
        "none": {},
    } == {o.name: o.example for o in compiled(Shop).contract.operations}


@dataclasses.dataclass
class Item:
    name: str
    price: Decimal = Decimal(1)
    parts: tuple[Item, ...] = ()


class Stock:
    def item(self, name: str) -> Item:
        """One.

        >>> stock.item("tea")
        Item(name='tea', price=Decimal('3.50'),
             parts=(Item(name='leaf', price=Decimal('1'), parts=()),))
        """
        return Item(name)

    def left(self, name: str) -> dict[str, int] | None:
        """How many.

        >>> stock.left("tea")
        {'here': 3, 'there': -1}

        Not this one.
        """
        return None

    def raw(self, name: str) -> bytes:
        """Bytes.

        >>> stock.raw("tea")
        b'x'
        """
        return b""

    def wrong_type(self, name: str) -> int:
        """A text is no number.

        >>> stock.wrong_type("tea")
        '3'
        """
        return 3

    def no_value(self, name: str) -> int:
        """An object that does not say what it is.

        >>> stock.no_value("tea")
        <three>
        """
        return 3

    def within(self, name: str) -> int:
        """What is shown is not what the method gives.

        >>> stock.within("tea") + 1
        4
        """
        return 3

    def many(self, name: str) -> Iterator[int]:
        """A stream shows an object of Python.

        >>> list(stock.many("tea"))
        [3]
        """
        yield 3


def test_what_is_shown_below_the_call_is_the_example_of_its_result_where_it_can_be(compiled: Compile) -> None:
    leaf = {"name": "leaf", "price": "1", "parts": []}
    assert {
        "item": {"name": "tea", "price": "3.50", "parts": [leaf]},
        "left": {"here": 3, "there": -1},
        "raw": "eA==",
        "wrong_type": None,
        "no_value": None,
        "within": None,
        "many": None,
    } == {o.name: o.result.example for o in compiled(Stock).contract.operations}


def test_the_settings_win(compiled: Compile) -> None:
    facade = compiled(Shop, examples={"google": {"item": "milk"}})
    assert {"item": "milk"} == facade.operations["google"].spec.example
    assert facade.operations["google"].spec.result.example is None


def test_what_is_bound_is_no_part_of_it(compiled: Compile) -> None:
    def note(owner: str, text: str) -> None:
        """Keep a note.

        >>> note("ann", "buy tea")
        """

    facade = compiled(note, bind={"note(owner)": "caller.account"})
    assert {"text": "buy tea"} == facade.operations["note"].spec.example


@pytest.mark.parametrize("name", ["google", "numpy", "sphinx"])
def test_the_docstring_tells_the_rest_as_before(compiled: Compile, name: str) -> None:
    spec: Any = compiled(Shop).operations[name].spec
    assert "The price." == spec.summary
    assert "tags" not in spec.description
