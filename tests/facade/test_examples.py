"""Examples out of docstrings."""

from __future__ import annotations

import datetime
from collections.abc import Callable
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


def test_the_settings_win(compiled: Compile) -> None:
    facade = compiled(Shop, examples={"google": {"item": "milk"}})
    assert {"item": "milk"} == facade.operations["google"].spec.example


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
