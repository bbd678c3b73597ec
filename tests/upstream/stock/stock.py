"""A stock in memory: articles, what came and went, and what is put aside for whom. It knows nothing of any network."""

from __future__ import annotations

import builtins
import csv
import enum
import io
from collections.abc import AsyncIterator, Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal


class Reason(enum.Enum):
    """Why something came or went."""

    BOUGHT = "bought"
    SOLD = "sold"
    COUNTED = "counted"


@dataclass(frozen=True)
class Article:
    """Something that is kept."""

    sku: str
    name: str
    price: Decimal
    count: int = 0
    tags: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Movement:
    """One change of a count."""

    number: int
    sku: str
    change: int
    reason: Reason
    day: date | None = None


@dataclass
class Order:
    """What somebody has asked for; ``lines`` are counts by article."""

    id: int
    customer: str
    lines: dict[str, int] = field(default_factory=dict)
    packed: bool = False


class StockError(Exception):
    """What can go wrong here."""


class UnknownArticle(StockError, LookupError):
    """There is no such article."""


class NotEnough(StockError):
    """Less is there than was asked for."""

    def __init__(self, sku: str, wanted: int, there: int) -> None:
        super().__init__(sku, wanted, there)
        self.sku = sku
        self.wanted = wanted
        self.there = there

    def __str__(self) -> str:
        return f"{self.wanted} of {self.sku} are wanted, {self.there} are there"


class Orders:
    """What is put aside."""

    def __init__(self, stock: Stock) -> None:
        self._stock = stock
        self._orders: dict[int, Order] = {}

    def create(self, customer: str, lines: dict[str, int]) -> Order:
        """Put aside what is asked for, all of it or nothing.

        Raises:
            UnknownArticle: One of the articles is not kept.
            NotEnough: There is less of one than was asked for.
        """
        for sku, count in lines.items():
            there = self._stock.article(sku).count
            if there < count:
                raise NotEnough(sku, count, there)
        for sku, count in lines.items():
            self._stock.move(sku, -count, Reason.SOLD)
        order = Order(len(self._orders) + 1, customer, dict(lines))
        self._orders[order.id] = order
        return order

    def get(self, id: int) -> Order:
        """One order.

        Raises:
            LookupError: There is no such order.
        """
        try:
            return self._orders[id]
        except KeyError:
            raise LookupError(f"there is no order {id}") from None

    def list(self, *, customer: str | None = None) -> builtins.list[Order]:
        return [order for order in self._orders.values() if customer in (None, order.customer)]

    def pack(self, id: int, /) -> Order:
        """Mark an order as packed.

        Raises:
            LookupError: There is no such order.
            ValueError: It is packed already.
        """
        order = self.get(id)
        if order.packed:
            raise ValueError(f"order {id} is packed already")
        order.packed = True
        return order

    def delete(self, id: int) -> None:
        """Take an order back; what was put aside for it is there again.

        Raises:
            LookupError: There is no such order.
        """
        for sku, count in self.get(id).lines.items():
            self._stock.move(sku, count, Reason.COUNTED)
        del self._orders[id]


class Stock:
    """A stock of articles."""

    orders: Orders

    def __init__(self, articles: Iterable[Article] = (), *, today: date | None = None) -> None:
        self._articles = {article.sku: article for article in articles}
        self._movements: list[Movement] = []
        self._today = today
        self.orders = Orders(self)

    def __len__(self) -> int:
        return len(self._articles)

    def add(self, article: Article) -> Article:
        """Keep something new.

        Raises:
            FileExistsError: There is an article of that number already.
        """
        if article.sku in self._articles:
            raise FileExistsError(article.sku)
        self._articles[article.sku] = article
        return article

    def article(self, sku: str) -> Article:
        """One article.

        Raises:
            UnknownArticle: It is not kept.
        """
        if sku not in self._articles:
            raise UnknownArticle(sku)
        return self._articles[sku]

    def find(self, text: str = "", *, tag: str | None = None, most: int = 10) -> list[Article]:
        """Articles whose name holds ``text``, by number."""
        found = (a for _, a in sorted(self._articles.items()) if text.lower() in a.name.lower())
        return [a for a in found if tag is None or tag in a.tags][:most]

    def move(self, sku: str, change: int, reason: Reason = Reason.BOUGHT) -> int:
        """So many came, or went; how many are there now.

        Raises:
            UnknownArticle: The article is not kept.
            NotEnough: More would go than are there.
        """
        article = self.article(sku)
        if article.count + change < 0:
            raise NotEnough(sku, -change, article.count)
        self._articles[sku] = replace(article, count=article.count + change)
        self._movements.append(Movement(len(self._movements) + 1, sku, change, reason, self._today))
        return article.count + change

    def value(self) -> Decimal:
        """What all of it is worth."""
        return sum((a.price * a.count for a in self._articles.values()), Decimal(0))

    def movements(self, sku: str | None = None) -> Iterator[Movement]:
        """What came and went, oldest first.

        Raises:
            UnknownArticle: The article is not kept.
        """
        if sku is not None:
            self.article(sku)
        for movement in list(self._movements):
            if sku in (None, movement.sku):
                yield movement

    def count(self, counted: dict[str, int]) -> Iterator[tuple[str, int]]:
        """Take a count for the truth; by how much each article was off. What was counted before an error stays.

        Raises:
            UnknownArticle: One of the articles is not kept.
        """
        for sku, there in counted.items():
            off = there - self.article(sku).count
            if off:
                self.move(sku, off, Reason.COUNTED)
            yield sku, off

    async def watch(self, most: int) -> AsyncIterator[Article]:
        """Articles of which few are left."""
        for article in self.find(most=1000):
            if article.count <= most:
                yield article

    def dump(self) -> bytes:
        """All articles as CSV."""
        written = io.StringIO()
        csv.writer(written).writerows((a.sku, a.name, a.price, a.count) for a in self.find(most=1_000_000))
        return written.getvalue().encode()
