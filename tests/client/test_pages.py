"""Pages are read to their end, each when it is needed."""

from __future__ import annotations

import asyncio
import itertools
from dataclasses import dataclass

import pytest

import parvis
from parvis.client import AnswerUnreadable


@dataclass
class Page:
    items: list[int]
    next: str | None = None


class Shop:
    """Numbers, a page at a time."""

    def __init__(self) -> None:
        self.asked: list[tuple[str | None, int]] = []

    def find(self, below: int, cursor: str | None = None, limit: int = 3) -> Page:
        self.asked.append((cursor, limit))
        if below < 0:
            return Page([1], "same")
        start = int(cursor or 0)
        end = min(start + limit, below)
        return Page(list(range(start, end)), str(end) if end < below else None)

    def find_empty(self, cursor: str | None = None) -> Page:
        """An empty page in the midst is no end."""
        return {None: Page([1], "a"), "a": Page([], "b"), "b": Page([2])}[cursor]

    def price(self, item: str) -> float:
        return 1.0


@pytest.fixture
def shop():
    with parvis.connect(Shop()) as shop:
        yield shop


def test_every_item_of_every_page_comes_in_order(shop):
    assert list(range(10)) == list(shop.parvis.items(shop.find, 10))
    assert list(range(7)) == list(shop.parvis.items(shop.find, below=7, limit=2))
    assert [] == list(shop.parvis.items(shop.find, 0))
    assert [1, 2] == list(shop.parvis.items(shop.find_empty))


def test_it_may_begin_in_the_midst(shop):
    assert [4, 5] == list(shop.parvis.items(shop.find, 6, cursor="4"))


def test_a_page_is_asked_for_when_it_is_needed():
    held = Shop()
    with parvis.connect(held) as shop:
        items = shop.parvis.items(shop.find, 1000)
        assert [] == held.asked
        assert [0, 1, 2, 3] == list(itertools.islice(items, 4))
        assert [(None, 3), ("3", 3)] == held.asked
        items.close()


def test_pages_of_dicts_are_read_too(make):
    from typing import TypedDict

    class Part(TypedDict):
        items: list[int]
        next: str | None

    class Lists:
        def find(self, cursor: str | None = None) -> Part:
            return {"items": [2], "next": None} if cursor else {"items": [1], "next": "x"}

    Lists.find.__annotations__ |= {"cursor": str | None, "return": Part}
    Part.__annotations__ = {"items": list[int], "next": str | None}
    with parvis.connect(Lists) as lists:
        assert [1, 2] == list(lists.parvis.items(lists.find))


def test_they_are_awaited_too():
    async def main() -> list[int]:
        async with parvis.connect_async(Shop()) as shop:
            return [number async for number in shop.parvis.items(shop.find, 10)]

    assert list(range(10)) == asyncio.run(main())


def test_what_gives_no_pages_is_a_type_error(shop):
    with pytest.raises(TypeError, match=r"price\(\) gives no pages: they have a parameter 'cursor'"):
        shop.parvis.items(shop.price, "tea")


def test_arguments_that_it_does_not_take_are_a_type_error(shop):
    with pytest.raises(TypeError, match=r"Shop.find\(\) missing 1 required positional argument: 'below'"):
        shop.parvis.items(shop.find)


def test_what_is_no_method_of_the_client_is_a_type_error(shop):
    with parvis.connect(Shop()) as other:
        for wrong in (len, other.find, "find", Shop().find):
            with pytest.raises(TypeError, match="is no method of this client"):
                shop.parvis.items(wrong, 1)


def test_pages_that_turn_in_a_circle_end_with_an_error(shop):
    with pytest.raises(AnswerUnreadable, match="The pages do not end"):
        list(shop.parvis.items(shop.find, -1))
