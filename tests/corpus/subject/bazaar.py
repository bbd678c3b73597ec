"""A façade with one of everything that an operation can be: what the corpus asks of a server is asked of this."""

from __future__ import annotations

import asyncio
import builtins
import hashlib
import io
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any, BinaryIO, Literal
from uuid import UUID

LONG = bytes(range(256)) * 1200


class Colour(Enum):
    RED = "red"
    BLUE = "blue"


@dataclass
class Ware:
    """What is sold."""

    name: str
    price: Decimal = Decimal("1.50")
    colour: Colour = Colour.RED
    made: date | None = None
    tags: list[str] = field(default_factory=list)


@dataclass
class Stall:
    """Where it is sold."""

    id: int
    name: str
    wares: list[Ware] = field(default_factory=list)


@dataclass
class Page:
    """Some names, and where the next begin."""

    items: list[str]
    next: str | None = None


class SoldOut(LookupError):
    """There is none left."""


class Broken(Exception):
    """It is broken, says who dropped it."""

    def __init__(self, who: str, pieces: int) -> None:
        super().__init__(who, pieces)


class Stalls:
    """The stalls, as resources."""

    def __init__(self) -> None:
        self._all = {1: Stall(1, "first", [Ware("tea")]), 2: Stall(2, "second")}

    def create(self, name: str, wares: list[Ware] = []) -> Stall:  # noqa: B006
        """Put up a stall.

        Raises:
            FileExistsError: There is one of this name.
        """
        if any(stall.name == name for stall in self._all.values()):
            raise FileExistsError(name)
        made = Stall(max(self._all) + 1, name, wares)
        if len(self._all) < 500:
            self._all[made.id] = made
        return made

    def get(self, id: int) -> Stall:
        """One stall.

        Raises:
            KeyError: There is none.
        """
        return self._all[id]

    def list(self, name: str | None = None, limit: int = 3) -> builtins.list[Stall]:
        """The first stalls."""
        return [stall for stall in self._all.values() if name in (None, stall.name)][:limit]

    def update(self, id: int, name: str | None = None) -> Stall:
        """Change it.

        Raises:
            KeyError: There is none.
        """
        self._all[id].name = name or self._all[id].name
        return self._all[id]

    def replace(self, id: int, name: str, wares: builtins.list[Ware] | None = None) -> Stall:
        """Put another in its place.

        Raises:
            KeyError: There is none.
        """
        self._all[id] = Stall(self._all[id].id, name, wares or [])
        return self._all[id]

    def delete(self, id: int) -> None:
        """Take it away, if it is there; the first two stay."""
        if id > 2:
            self._all.pop(id, None)

    def rename(self, id: int, /, name: str) -> str:
        """Give it another name."""
        return f"{id}: {name}"

    def find_names(self, text: str = "") -> builtins.list[str]:
        return [stall.name for stall in self._all.values() if text in stall.name]


class Bazaar:
    """A bazaar."""

    stalls: Stalls

    def __init__(self, greeting: str = "hello", most: int = 10) -> None:
        self.stalls = Stalls()
        self._greeting = greeting
        self._most = most
        self._count = 0

    # How code runs

    def get_price(self, item: Literal["tea", "jam", "pan"], count: int = 1) -> Decimal:
        """The price of so many.

        >>> bazaar.get_price("tea", 2)
        Decimal('7.00')

        Args:
            item: What is bought.
            count: How many.

        Raises:
            SoldOut: There is none left.
            ValueError: So many are not sold.
        """
        if item == "pan":
            raise SoldOut(item, 0)
        if not 0 < count < 1000:
            raise ValueError(f"{count} are not sold")
        return {"tea": Decimal("3.50"), "jam": Decimal("4.20")}[item] * count

    def quick(self, number: int) -> int:
        """The same number, on the event loop."""
        return number

    def lookup(self, text: str, exact: bool = False, day: date | None = None, id: UUID | None = None,
               colour: Colour = Colour.RED, shares: list[float] = []) -> dict[str, Any]:  # noqa: B006  # fmt: skip
        """All that a query can say."""
        return {"text": text, "exact": exact, "day": day, "id": id, "colour": colour, "shares": shares}

    async def later(self, number: int) -> int:
        """Twice the number, in its time.

        Raises:
            ValueError: It is negative.
        """
        await asyncio.sleep(0)
        if number < 0:
            raise ValueError("negative", number)
        return number * 2

    def count_up(self) -> int:
        """One more each time."""
        self._count += 1
        return self._count

    def offer(self, ware: Ware, until: datetime | None = None, *, loud: bool = False) -> Ware:
        """What is offered, as it is understood."""
        ware.name = ware.name.upper() if loud else ware.name
        return ware

    def greet(self, name: str = "you") -> str:
        return f"{self._greeting} {name} {self._most}"

    # Streams

    def ticks(self, count: int, fail: str = "") -> Iterator[Ware]:
        """Some wares, one by one.

        Raises:
            SoldOut: Where that is asked for, after the last.
        """
        for number in range(count):
            yield Ware(f"No. {number}", Decimal(number) / 4)
        if fail == "declared":
            raise SoldOut("the last", count)
        if fail == "bug":
            raise RuntimeError("a detail for the log alone")

    async def drift(self, count: int, fail: str = "") -> AsyncIterator[str]:
        """Some texts, one by one.

        Raises:
            SoldOut: Where that is asked for, after the last.
        """
        for number in range(count):
            yield f"é{number}"
        if fail == "declared":
            raise SoldOut("the last", count)
        if fail == "bug":
            raise RuntimeError("a detail for the log alone")

    async def follow(self) -> AsyncIterator[int]:
        """One number, then nothing until the reader goes."""
        yield 0
        await asyncio.Event().wait()

    def spoilt(self) -> Iterator[int]:
        """The second item is not what is declared."""
        yield 1
        yield "two"  # type: ignore[misc]

    # Bytes and files

    def get_image(self, size: int = 10) -> bytes:
        """An image, nearly."""
        return (LONG * 2)[:size]

    def make_blob(self, size: int = 10) -> bytes:
        return LONG[:size]

    def put(self, name: str, content: BinaryIO, copies: int = 1, tags: list[str] | None = None) -> str:
        """What came, and what it is."""
        return f"{name} {copies} {tags} {hashlib.sha256(content.read()).hexdigest()}"

    def weigh(self, data: bytes) -> int:
        return len(data)

    def has_file(self, content: io.BufferedIOBase | None = None) -> int:
        return -1 if content is None else len(content.read())

    def read_lines(self, content: BinaryIO) -> Iterator[str]:
        for line in content:
            yield line.decode()

    # What goes wrong

    def fail(self, kind: str) -> None:
        """Raise the exception of this name.

        Raises:
            LookupError: a
            IndexError: b
            ValueError: c
            TypeError: d
            PermissionError: e
            FileExistsError: f
            FileNotFoundError: g
            TimeoutError: h
            NotImplementedError: i
            ZeroDivisionError: j
            ConnectionError: k
            RuntimeError: l
            Broken: m
        """
        if kind == "Broken":
            raise Broken("the cat", 7)
        raise getattr(builtins, kind)("it went wrong", 7, None, [1, "two"])

    def crash(self) -> int:
        raise AssertionError("a detail that is nobody's business")

    async def crash_later(self) -> int:
        raise AssertionError("a detail that is nobody's business")

    def crash_quickly(self) -> int:
        raise AssertionError("a detail that is nobody's business")

    def lie(self) -> int:
        """A text where a number is declared."""
        return "seven"  # type: ignore[return-value]

    def get_nan(self) -> float:
        return float("nan")

    def get_huge(self) -> int:
        return 10**30

    # What is said of an operation

    def find(self, text: str = "", cursor: str | None = None, limit: int = 4) -> Page:
        """Names that hold the text, some at a time.

        Raises:
            ValueError: It is no cursor.
        """
        names = [name for name in (f"name {n}" for n in range(11)) if text in name]
        start = int(cursor or 0)
        more = start + limit < len(names)
        return Page(names[start : start + limit], str(start + limit) if more else None)

    def get_cached(self, text: str = "x") -> str:
        return text

    def get_long(self, size: int = 4000) -> str:
        return "abc" * (size // 3)

    def get_nothing(self) -> None:
        """Nothing at all."""

    def nothing(self) -> None: ...

    def old(self, number: int = 1) -> int:
        return number

    def list_old(self) -> list[int]:
        return [1]

    def costly(self, number: int = 0) -> int:
        return number

    def staff(self) -> str:
        return "staff alone"

    def mirror(self, value: Any) -> Any:
        """Anything, as it came."""
        return value

    # Who calls

    def who(self, owner: str, address: str, key: str | None, kind: str, test: bool) -> list[Any]:
        return [owner, address, key, kind, test]

    def get_mine(self, owner: str | None) -> str:
        return f"of {owner}"

    def get_words(self, language: str = "none", agent: str | None = None) -> list[str | None]:
        return [language, agent]

    def labelled(self, label: int) -> int:
        return label


class OldBazaar:
    """The first version."""

    def get_price(self, item: str) -> float:
        return 3.5

    def gone(self) -> str:
        return "only here"


class Slow:
    """What takes its time."""

    def nap(self, seconds: float) -> float:
        time.sleep(seconds)
        return seconds

    async def rest(self, seconds: float) -> float:
        await asyncio.sleep(seconds)
        return seconds

    def get_late(self, seconds: float) -> float:
        time.sleep(seconds)
        return seconds

    async def late_items(self, seconds: float) -> AsyncIterator[int]:
        yield 1
        await asyncio.sleep(seconds)
        yield 2
