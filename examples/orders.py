"""A shop that takes orders: a part with a list in it, an error of its own, a generator."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta


@dataclass
class Order:
    id: int
    item: str
    count: int


class OutOfStock(LookupError):
    """There are not enough pieces left."""


class Orders:
    """The orders of a shop."""

    def __init__(self, stock: dict[str, int]) -> None:
        self._stock = stock
        self._all: dict[int, Order] = {}

    def create(self, item: str, count: int = 1) -> Order:
        """Order so many pieces of an item.

        Args:
            item: What it is.
            count: How many pieces.

        Raises:
            OutOfStock: There are not enough pieces left.
        """
        left = self._stock.get(item, 0)
        if count > left:
            raise OutOfStock(item, left)
        self._stock[item] = left - count
        order = Order(len(self._all) + 1, item, count)
        self._all[order.id] = order
        return order

    def get(self, id: int) -> Order:
        """One order.

        Raises:
            KeyError: There is no such order.
        """
        return self._all[id]

    def list(self, item: str | None = None) -> list[Order]:
        """All orders, or those of one item."""
        return [order for order in self._all.values() if item in (None, order.item)]


class Shop:
    """Tea and jam, ordered from afar."""

    orders: Orders

    def __init__(self, tea: int = 10, jam: int = 5) -> None:
        self.orders = Orders({"tea": tea, "jam": jam})

    def deliveries(self, start: date, days: int = 3) -> Iterator[date]:
        """The next days on which we deliver: never on Sunday."""
        while days > 0:
            if start.isoweekday() != 7:
                yield start
                days -= 1
            start += timedelta(days=1)
