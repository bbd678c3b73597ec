"""A market with one of everything that crosses the wire: what the tools of this directory look at.

Sync, async, streams, errors, enums, nested dataclasses, ``Optional``, ``Decimal``, dates, parts with addresses of their
own, a page with a cursor. It answers alike however often it is called, so that fuzzers see the server's faults alone.
"""

from __future__ import annotations

import asyncio
import builtins
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from enum import Enum
from typing import Literal
from uuid import UUID, uuid5

NAMESPACE = UUID("6f0a8e1c-7d0b-4f0e-9a3a-3f1f0c6d2b57")
KEPT = 1000
"""Orders that are kept; the oldest goes first, but for the two that were there at the start."""

STOCK = 1_000_000


class Quality(Enum):
    """How good the goods are."""

    FRESH = "fresh"
    YESTERDAY = "yesterday"
    DRIED = "dried"


@dataclass(frozen=True)
class Origin:
    """Where goods come from."""

    country: str
    farm: str | None = None
    harvested: date | None = None


@dataclass(frozen=True)
class Goods:
    """What is sold, and for how much."""

    name: str
    price: Decimal
    quality: Quality = Quality.FRESH
    origins: list[Origin] = field(default_factory=list)
    labels: dict[str, str] = field(default_factory=dict)


@dataclass
class Order:
    """Some goods for somebody."""

    id: int
    item: str
    count: int
    receipt: UUID
    ordered: datetime
    note: str | None = None


@dataclass(frozen=True)
class Tick:
    """One change of a price."""

    number: int
    item: str
    price: Decimal


@dataclass(frozen=True)
class OrderPage:
    """Some orders, and where the next ones begin."""

    items: list[Order]
    next: str | None = None


class SoldOut(LookupError):
    """There is not so much left."""


class Orders:
    """What was ordered."""

    def __init__(self) -> None:
        self._all: dict[int, Order] = {}
        self._last = 0
        self.create("apples", 2)
        self.create("plums", 1, note="ripe ones")

    def create(self, item: str, count: int = 1, note: str | None = None) -> Order:
        """Order so many pieces of an item.

        Args:
            item: What it is.
            count: How many pieces.
            note: What to look for.

        Raises:
            SoldOut: There is not so much left.
            ValueError: The count is below one.
        """
        if count < 1:
            raise ValueError("count must be at least 1")
        if count > STOCK:
            raise SoldOut(item[:20], STOCK)
        self._last += 1
        moment = datetime(2026, 1, 1, 8, tzinfo=UTC) + timedelta(minutes=self._last)
        order = Order(self._last, item, count, uuid5(NAMESPACE, str(self._last)), moment, note)
        self._all[order.id] = order
        if len(self._all) > KEPT:
            del self._all[next(id for id in self._all if id > 2)]
        return order

    def get(self, id: int) -> Order:
        """One order.

        Raises:
            KeyError: There is no such order.
        """
        return self._all[id]

    def list(self, item: str | None = None, count: list[int] | None = None, limit: int = 50) -> list[Order]:
        """The first orders, or those of one item.

        Args:
            item: Of this item alone.
            count: Of one of these counts alone.
            limit: How many at most.
        """
        found = (o for o in self._all.values() if item in (None, o.item) and (count is None or o.count in count))
        return [order for order, _ in zip(found, range(max(limit, 0)), strict=False)]

    def update(self, id: int, count: int | None = None, note: str | None = None) -> Order:
        """Change an order.

        Raises:
            KeyError: There is no such order.
        """
        order = self._all[id]
        order.count = order.count if count is None else count
        order.note = note or order.note
        return order

    def replace(self, id: int, item: str, count: int = 1) -> Order:
        """Order something else in its place.

        Raises:
            KeyError: There is no such order.
        """
        order = self._all[id]
        order.item, order.count, order.note = item, count, None
        return order

    def delete(self, id: int) -> None:
        """Take an order back; one that is gone stays gone."""
        self._all.pop(id, None)

    def gift(self, id: int, /, words: str = "With love") -> str:
        """Wrap an order as a gift; the card that lies on it.

        Raises:
            KeyError: There is no such order.
        """
        return f"{words} ({self._all[id].item})"

    def search(self, text: str = "", cursor: str | None = None, limit: int = 20) -> OrderPage:
        """Orders whose item holds the text, some at a time.

        Args:
            text: What the item's name holds.
            cursor: Where to go on: the page before says it as ``next``.
            limit: How many at most, 1 to 100.

        Raises:
            ValueError: The cursor is none that a page said.
        """
        if cursor is not None and not (cursor.isascii() and cursor.isdigit() and len(cursor) < 10):
            raise ValueError("no such cursor")
        limit = min(max(limit, 1), 100)
        found = [o for o in self._all.values() if text in o.item and o.id >= int(cursor or 0)]
        return OrderPage(found[:limit], str(found[limit].id) if len(found) > limit else None)


class Market:
    """A market: goods, prices as they change, orders."""

    orders: Orders

    def __init__(self) -> None:
        self.orders = Orders()
        self._goods = {
            "apples": Goods("apples", Decimal("2.40"), Quality.FRESH, [Origin("FR", "Verger", date(2026, 9, 1))]),
            "plums": Goods("plums", Decimal("3.10"), Quality.YESTERDAY, [Origin("BE")], {"bio": "yes"}),
        }

    def price(self, item: Literal["apples", "plums"], kilos: float = 1.0) -> Decimal:
        """The price of so much, in euros.

        Args:
            item: What it is.
            kilos: How much: above 0, and at most a million.

        Raises:
            ValueError: So much is not sold.
        """
        if not 0 < kilos <= STOCK:
            raise ValueError("kilos must be above 0 and at most a million")
        return Decimal(f"{float(self._goods[item].price) * kilos:.2f}")

    async def find(self, quality: Quality | None = None, before: date | None = None) -> list[Goods]:
        """Goods of a quality, harvested before a day."""
        await asyncio.sleep(0)
        return [
            goods
            for goods in self._goods.values()
            if quality in (None, goods.quality)
            and (before is None or all(o.harvested is not None and o.harvested < before for o in goods.origins))
        ]

    def offer(self, goods: Goods, until: datetime | None = None) -> Goods:
        """Offer goods, as they will be shown: nothing is kept.

        Args:
            goods: What is offered.
            until: Until when.

        Raises:
            ValueError: The price is below zero.
        """
        if goods.price < 0:
            raise ValueError("price must not be below zero")
        return goods

    def average(self, prices: builtins.list[Decimal]) -> Decimal | None:
        """The mean of some prices, to the cent; none where there are none, or one is beyond ten million."""
        if not prices or any(not p.is_finite() or p.adjusted() > 6 for p in prices):
            return None
        return Decimal(f"{float(sum(prices)) / len(prices):.2f}")

    def ticks(self, item: Literal["apples", "plums"] = "apples", count: int = 3) -> Iterator[Tick]:
        """The price as it changes, at most ten times.

        Raises:
            ValueError: The count is below zero.
        """
        if count < 0:
            raise ValueError("count must not be below zero")
        price = self._goods[item].price
        for number in range(min(count, 10)):
            yield Tick(number, item, price + Decimal(number) / 10)

    async def days(self, start: date, count: int = 3) -> AsyncIterator[date]:
        """The next days on which there is a market: never on Sunday."""
        day = start
        for _ in range(min(max(count, 0), 10)):
            if day >= date(9999, 12, 30):
                return
            day += timedelta(days=2 if day.isoweekday() == 6 else 1)
            yield day

    def stamp(self, data: bytes) -> bytes:
        """The bytes as they came, for at most 64 of them."""
        return data[:64]
