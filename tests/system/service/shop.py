"""The service of these tests, in a folder that only the server sees."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True)
class Item:
    name: str
    price: Decimal


class SoldOut(LookupError):
    """There is no more of it."""


class Shop:
    """A small shop."""

    def __init__(self) -> None:
        self._items = [Item("tea", Decimal("3.50")), Item("pot", Decimal("19.90"))]

    def find(self, name: str) -> Item:
        """Find an item.

        Args:
            name: What it is called.

        Raises:
            LookupError: There is no such item.
            SoldOut: There is no more of it.
        """
        if name == "gold":
            raise SoldOut(name, 0)
        for item in self._items:
            if item.name == name:
                return item
        raise LookupError("no such item", name)

    def everything(self) -> Iterator[Item]:
        """All items, one by one."""
        yield from self._items

    def ticks(self) -> Iterator[int]:
        """Count until the reader has had enough."""
        number = 0
        while True:
            yield number
            number += 1
