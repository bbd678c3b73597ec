"""A façade of every shape that docs/mapping.md speaks of. It imports nothing of Parvis.

Methods that take a value give it back with the name of its type as they saw it, so that a value which arrives as
something else on the way is seen, even when it looks right again at the caller's.
"""

import builtins
import datetime
import enum
import threading
import typing
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Literal, NamedTuple, TypedDict
from uuid import UUID

from pydantic import BaseModel


class Colour(enum.Enum):
    """What paint there is."""

    RED = "red"
    BLUE = "blue"


class Size(enum.IntEnum):
    SMALL = 1
    LARGE = 2


class Mood(enum.StrEnum):
    CALM = "calm"
    WILD = "wild"


@dataclass
class Frame:
    """What holds a picture."""

    width: float
    wood: str = "oak"
    colours: list[Colour] = field(default_factory=list)


@dataclass(frozen=True)
class Picture:
    """A picture, perhaps with others inside."""

    title: str
    price: Decimal
    painted: datetime.date
    frame: Frame | None = None
    inside: "tuple[Picture, ...]" = ()


class Visitor(BaseModel):
    """Who comes."""

    name: str
    age: int = 30
    moods: list[Mood] = []


class Label(TypedDict, total=False):
    text: typing.Required[str]
    size: Size


class Point(NamedTuple):
    x: float
    y: float = 0.0


class Sold(LookupError):
    """The picture is gone."""


class TooLoud(Exception):
    def __init__(self, visitor: str, decibels: int) -> None:
        super().__init__(visitor, decibels)
        self.visitor = visitor
        self.decibels = decibels


class VeryLoud(TooLoud):
    """More than that."""


class Notes:
    """Notes on orders, two objects deep."""

    def __init__(self) -> None:
        self._all: dict[int, list[str]] = {}

    def add(self, order: int, /, text: str, *, bold: bool = False) -> int:
        """Add a note; how many there are."""
        self._all.setdefault(order, []).append(text.upper() if bold else text)
        return len(self._all[order])

    def of(self, order: int) -> list[str]:
        return self._all.get(order, [])


@dataclass
class Order:
    id: int
    picture: str
    note: str | None = None


class Orders:
    """What was ordered."""

    notes: Notes

    def __init__(self) -> None:
        self._all: list[Order] = []
        self.notes = Notes()

    def create(self, picture: str, note: str | None = None) -> Order:
        self._all.append(Order(len(self._all) + 1, picture, note))
        return self._all[-1]

    def get(self, id: int) -> Order:
        """One order.

        Raises:
            LookupError: There is no such order.
        """
        for order in self._all:
            if order.id == id:
                return order
        raise LookupError("no order", id)

    def list(self, limit: int = 10) -> "builtins.list[Order]":
        return self._all[-limit:]

    def update(self, id: int, note: str | None) -> Order:
        """Change the note.

        Raises:
            LookupError: There is no such order.
        """
        order = self.get(id)
        order.note = note
        return order

    def rename(self, id: int, /, picture: str) -> Order:
        order = self.get(id)
        order.picture = picture
        return order

    def delete(self, id: int) -> None:
        self._all = [order for order in self._all if order.id != id]


class Gallery:
    """A gallery.

    It shows every shape that a method can have.
    """

    orders: Orders

    def __init__(self) -> None:
        self.orders = Orders()
        self._last = Picture("untouched", Decimal(1), datetime.date(2026, 1, 1))
        self._closed = 0
        self._finished = threading.Event()

    # Values

    def a_bool(self, value: bool) -> tuple[bool, str]:
        return value, type(value).__name__

    def an_int(self, value: int) -> tuple[int, str]:
        return value, type(value).__name__

    def a_float(self, value: float) -> tuple[float, str]:
        return value, type(value).__name__

    def a_text(self, value: str) -> tuple[str, str]:
        return value, type(value).__name__

    def some_bytes(self, value: bytes) -> tuple[bytes, str]:
        return value, type(value).__name__

    def a_decimal(self, value: Decimal) -> tuple[Decimal, str]:
        return value, type(value).__name__

    def a_uuid(self, value: UUID) -> tuple[UUID, str]:
        return value, type(value).__name__

    def a_moment(self, value: datetime.datetime) -> tuple[datetime.datetime, str]:
        return value, type(value).__name__

    def a_date(self, value: datetime.date) -> tuple[datetime.date, str]:
        return value, type(value).__name__

    def a_time(self, value: datetime.time) -> tuple[datetime.time, str]:
        return value, type(value).__name__

    def a_while(self, value: datetime.timedelta) -> tuple[datetime.timedelta, str]:
        return value, type(value).__name__

    def a_path(self, value: Path) -> tuple[Path, str]:
        return value, type(value).__name__

    def a_colour(self, value: Colour) -> tuple[Colour, str]:
        return value, type(value).__name__

    def a_size(self, value: Size) -> tuple[Size, str]:
        return value, type(value).__name__

    def a_mood(self, value: Mood) -> tuple[Mood, str]:
        return value, type(value).__name__

    def a_choice(self, value: Literal["left", "right", 3]) -> tuple[Literal["left", "right", 3], str]:
        return value, type(value).__name__

    def maybe(self, value: typing.Optional[int] = None) -> tuple[typing.Optional[int], str]:  # noqa: UP045
        return value, type(value).__name__

    def either(self, value: int | str | list[int] | None) -> tuple[int | str | list[int] | None, str]:
        return value, type(value).__name__

    def a_list(self, value: list[Decimal]) -> tuple[list[Decimal], str]:
        return value, type(value).__name__

    def a_pair(self, value: tuple[int, str]) -> tuple[tuple[int, str], str]:
        return value, type(value).__name__

    def a_row(self, value: tuple[UUID, ...]) -> tuple[tuple[UUID, ...], str]:
        return value, type(value).__name__

    def a_set(self, value: set[int]) -> tuple[set[int], str]:
        return value, type(value).__name__

    def a_frozenset(self, value: frozenset[str]) -> tuple[frozenset[str], str]:
        return value, type(value).__name__

    def a_dict(self, value: dict[str, Decimal]) -> tuple[dict[str, Decimal], str]:
        return value, type(value).__name__

    def by_number(self, value: dict[int, bytes]) -> tuple[dict[int, bytes], str]:
        return value, type(value).__name__

    def a_frame(self, value: Frame) -> tuple[Frame, str]:
        return value, type(value).__name__

    def a_picture(self, value: Picture) -> tuple[Picture, str]:
        return value, type(value).__name__

    def a_visitor(self, value: Visitor) -> tuple[Visitor, str]:
        return value, type(value).__name__

    def a_label(self, value: Label) -> tuple[Label, str]:
        return value, type(value).__name__

    def a_point(self, value: Point) -> tuple[Point, str]:
        return value, type(value).__name__

    def a_thing(self, value: Picture | Visitor) -> tuple[Picture | Visitor, str]:
        return value, type(value).__name__

    def anything(self, value: typing.Any) -> typing.Any:
        return value

    def nothing(self) -> None:
        """Give nothing."""

    # Parameters

    def price(self, item: str, vat: float = 0.2, *, colour: Colour = Colour.RED, gift: bool = False) -> Decimal:
        """The price of an item.

        It is made up.

        Args:
            item: What is bought.
            vat: The tax, as a part of one.
            colour: Its colour.

        Returns:
            The price with tax.

        Raises:
            KeyError: There is no such item.
            Sold: It is gone.
        """
        if item == "nowhere":
            raise KeyError(item)
        if item == "gone":
            raise Sold(item, {"since": 2020})
        extra = (1 if colour is Colour.BLUE else 0) + (2 if gift else 0)
        return (Decimal(len(item)) * (1 + Decimal(str(vat)))).quantize(Decimal("0.01")) + extra

    def placed(self, a: int, b: int = 2, /, c: int = 3, *, d: int, e: int = 5) -> list[int]:
        """Show where each argument went."""
        return [a, b, c, d, e]

    def odd(self, args: int, kwargs: int, name: int, operation: int, key: int, parvis: int, type: int) -> list[int]:
        """Take parameters with names that a program of ours uses too."""
        return [args, kwargs, name, operation, key, parvis, type]

    @staticmethod
    def double(number: int) -> int:
        return number * 2

    @classmethod
    def titled(cls, text: str) -> str:
        return f"{cls.__name__}: {text}"

    # Async

    async def later(self, number: int) -> int:
        """Double a number, in one's own time.

        Raises:
            ValueError: The number is negative.
        """
        if number < 0:
            raise ValueError("negative", number)
        return number * 2

    # Generators

    def pictures(self, count: int, fail: bool = False) -> Iterator[Picture]:
        """Pictures, one by one.

        Raises:
            Sold: After the last, when that is asked for.
        """
        for number in range(count):
            yield Picture(f"No. {number}", Decimal(number) / 4, datetime.date(2026, 1, 1 + number % 28))
        if fail:
            raise Sold("the last", count)

    def endless(self) -> Iterator[int]:
        """Count until the reader has had enough."""
        try:
            number = 0
            while True:
                yield number
                number += 1
        finally:
            self._closed += 1

    def closed(self) -> int:
        """How many endless counts were closed."""
        return self._closed

    async def words(self, text: str) -> AsyncIterator[str]:
        for word in text.split():
            yield word

    # Exceptions

    def listen(self, decibels: int) -> str:
        """Listen.

        Raises:
            TooLoud: It hurts.
        """
        if decibels > 120:
            raise VeryLoud("Ann", decibels)
        if decibels > 90:
            raise TooLoud("Ann", decibels)
        return "fine"

    def fail(self, kind: str) -> None:
        """Raise the built-in exception of this name.

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
        """
        classes: dict[str, type[Exception]] = {
            cls.__name__: cls
            for cls in (
                LookupError, IndexError, ValueError, TypeError, PermissionError, FileExistsError, FileNotFoundError,
                TimeoutError, NotImplementedError, ZeroDivisionError, ConnectionError, RuntimeError,
            )
        }  # fmt: skip
        raise classes[kind]("it went wrong", 7, None, [1, "two"])

    def break_down(self) -> None:
        """Fail by a bug, which no docstring declares."""
        raise AssertionError("a detail that is nobody's business")

    # Files and long bytes

    def weigh(self, name: str, file: typing.BinaryIO, times: int = 1) -> tuple[str, int, int, int]:
        """What is in a file."""
        content = file.read()
        return name, times, len(content), sum(content)

    def wander(self, file: typing.BinaryIO) -> list[bytes]:
        """Read here and there."""
        first, second = file.readline(), file.read()
        file.seek(-3, 2)
        return [first, second, file.read(1)]

    def has_file(self, file: typing.BinaryIO | None = None) -> bool:
        """Whether there is one."""
        return file is not None

    def read_lines(self, file: typing.BinaryIO) -> Iterator[str]:
        """Line by line."""
        for line in file:
            yield line.decode()

    def turn(self, value: bytes) -> bytes:
        """The other way round."""
        return value[::-1]

    # What does not cross

    def paint(self, frame: Frame) -> Frame:
        """Change the argument, and give it back."""
        frame.wood = "gold"
        return frame

    def same(self) -> Picture:
        """The very same picture each time."""
        return self._last
