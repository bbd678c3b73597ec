"""The kinds of values that cross the wire, each with values of it: one table for several tests."""

from __future__ import annotations

import collections
import collections.abc
import dataclasses
import datetime
import enum
import fractions
import ipaddress
import pathlib
import typing
import uuid
import zoneinfo
from decimal import Decimal
from typing import Annotated, Any, Generic, Literal, NamedTuple, NewType, Optional, TypeVar

import annotated_types
import attrs
import msgspec
import pydantic
import pydantic.dataclasses
import typing_extensions

T = TypeVar("T")
UTC = datetime.UTC
PARIS = datetime.timezone(datetime.timedelta(hours=2))
U = uuid.UUID("12345678-1234-5678-1234-567812345678")
DAY = datetime.date(2026, 1, 31)
MOMENT = datetime.datetime(2026, 1, 31, 12, 30, 1, 5)

Price = NewType("Price", Decimal)
Names = typing_extensions.TypeAliasType("Names", list[str])


class Colour(enum.Enum):
    RED = "red"
    BLUE = "blue"


class Mixed(enum.Enum):
    TEXT = "text"
    ONE = 1
    HALF = 0.5
    YES = True if False else "yes"


class Size(enum.IntEnum):
    SMALL = 1
    LARGE = 2


class Mood(enum.StrEnum):
    CALM = "calm"
    WILD = "wild"


class Permission(enum.Flag):
    READ = 1
    WRITE = 2
    RUN = 4


class Bits(enum.IntFlag):
    LOW = 1
    HIGH = 2


@dataclasses.dataclass
class Item:
    name: str
    price: Decimal = Decimal("1.50")
    size: Size = Size.SMALL
    raw: bytes = b"\xff"


@dataclasses.dataclass(frozen=True)
class Pin:
    x: int
    y: int = 0


@dataclasses.dataclass(slots=True, kw_only=True)
class Slotted:
    first: int
    second: list[Pin] = dataclasses.field(default_factory=list)


@dataclasses.dataclass
class Tree:
    value: int
    children: list[Tree] = dataclasses.field(default_factory=list)
    parent: Tree | None = None


@dataclasses.dataclass
class Left:
    name: str
    right: Right | None = None


@dataclasses.dataclass
class Right:
    number: int
    left: Left | None = None


@dataclasses.dataclass
class Page(Generic[T]):
    items: list[T]
    next: Page[T] | None = None


@dataclasses.dataclass
class Summed:
    a: int
    b: int
    total: int = dataclasses.field(init=False)

    def __post_init__(self) -> None:
        self.total = self.a + self.b


@dataclasses.dataclass
class Odd:
    when: datetime.date | datetime.datetime | None = None
    mark: Any = dataclasses.field(default_factory=lambda: "anew")
    rows: collections.abc.Sequence[int] = dataclasses.field(default_factory=list)
    by_name: collections.abc.Mapping[str, int] = dataclasses.field(default_factory=dict)


@pydantic.dataclasses.dataclass
class Checked:
    number: Annotated[int, annotated_types.Ge(1)]


class Config(pydantic.BaseModel):
    depth: int
    from_: str = pydantic.Field("here", alias="from")
    tags: list[str] = []


class Raw(pydantic.BaseModel):
    model_config = pydantic.ConfigDict(ser_json_bytes="base64", val_json_bytes="base64", frozen=True)
    content: bytes


class Box(pydantic.BaseModel, Generic[T]):
    content: T
    inner: Box[T] | None = None


class Cat(pydantic.BaseModel):
    kind: Literal["cat"] = "cat"
    lives: int = 9


class Dog(pydantic.BaseModel):
    kind: Literal["dog"] = "dog"
    lives: int = 1


class Told(typing.TypedDict):
    a: int
    b: typing.NotRequired[str]


class ToldToo(typing_extensions.TypedDict, total=False):
    a: typing_extensions.Required[datetime.date]
    b: bytes


class Leaf(typing.TypedDict):
    children: list[Leaf]


class Pair(typing.TypedDict, Generic[T]):
    first: T
    second: typing.NotRequired[T]


class Point(NamedTuple):
    x: float
    item: Item | None = None


class Row(NamedTuple, Generic[T]):
    cells: tuple[T, ...]


@attrs.define
class Bolt:
    size: int = attrs.field(validator=attrs.validators.instance_of(int))
    label: str = "bolt"
    holes: list[Bolt] = attrs.field(factory=list)


@attrs.frozen
class Nut:
    size: int
    made: datetime.date = DAY
    _inner: bytes = b"\x80"


@attrs.define
class Case(Generic[T]):
    content: T


class Struct(msgspec.Struct):
    name: str
    raw: bytes = b"\xfe"
    when: datetime.datetime | None = None
    next: Struct | None = None


class Ranged(msgspec.Struct, frozen=True):
    number: Annotated[int, msgspec.Meta(ge=1, le=9)]


class Shelf(msgspec.Struct, Generic[T]):
    items: list[T]


@dataclasses.dataclass
class Everything:
    """A class of classes of every family."""

    bolt: Bolt
    struct: Struct
    config: Config
    told: Told
    page: Page[Item]
    flag: Permission
    point: Point


KINDS: dict[str, tuple[Any, list[Any]]] = {
    "bool": (bool, [True, False]),
    "int": (int, [0, -1, 2**53 + 1, -(2**70)]),
    "float": (float, [0.0, -0.5, 0.1 + 0.2, 1e300, 5e-324]),
    "str": (str, ["", "thé", '"\\\n\x00\u2028', "🎨"]),
    "bytes": (bytes, [b"", bytes(range(256))]),
    "None": (None, [None]),
    "Decimal": (Decimal, [Decimal("1.10"), Decimal("-0.00"), Decimal("1E+10")]),
    "Fraction": (fractions.Fraction, [fractions.Fraction(1, 3), fractions.Fraction(-5)]),
    "complex": (complex, [1 + 2j, -0.5j, 3 + 0j]),
    "UUID": (uuid.UUID, [U]),
    "date": (datetime.date, [DAY, datetime.date.min, datetime.date.max]),
    "datetime": (datetime.datetime, [MOMENT, datetime.datetime(1, 1, 1), datetime.datetime.max]),
    "datetime with a zone": (datetime.datetime, [MOMENT.replace(tzinfo=UTC), MOMENT.replace(tzinfo=PARIS)]),
    "time": (datetime.time, [datetime.time(0), datetime.time(1, 2, 3, 4), datetime.time(1, 2, tzinfo=UTC)]),
    "timedelta": (datetime.timedelta, [datetime.timedelta(0), datetime.timedelta(days=-3, seconds=5, microseconds=7),
                                       datetime.timedelta.max]),
    "time zone": (zoneinfo.ZoneInfo, [zoneinfo.ZoneInfo("Europe/Paris"), zoneinfo.ZoneInfo("UTC")]),
    "Path": (pathlib.Path, [pathlib.Path("/tmp/a b"), pathlib.Path(".")]),
    "IPv4Address": (ipaddress.IPv4Address, [ipaddress.IPv4Address("192.0.2.1")]),
    "IPv6Address": (ipaddress.IPv6Address, [ipaddress.IPv6Address("::1")]),
    "IPv4Network": (ipaddress.IPv4Network, [ipaddress.IPv4Network("192.0.2.0/24")]),
    "IPv6Network": (ipaddress.IPv6Network, [ipaddress.IPv6Network("2001:db8::/32")]),
    "IPv4Interface": (ipaddress.IPv4Interface, [ipaddress.IPv4Interface("192.0.2.1/24")]),
    "IPv6Interface": (ipaddress.IPv6Interface, [ipaddress.IPv6Interface("::1/64")]),
    "Any": (Any, [None, True, 1.5, "x", [1, [2]], {"a": {"b": None}}]),
    "object": (object, [[1]]),
    "NewType": (Price, [Decimal("1.10")]),
    "type alias": (Names, [["a"]]),
    "Annotated": (Annotated[int, annotated_types.Ge(0), annotated_types.Lt(10)], [0, 9]),
    "Annotated by pydantic": (Annotated[str, pydantic.Field(min_length=1, pattern="^a")], ["ab"]),
    "Annotated list": (Annotated[list[int], annotated_types.MaxLen(2)], [[], [1, 2]]),
    "Enum": (Colour, [Colour.RED]),
    "Enum of mixed values": (Mixed, list(Mixed)),
    "IntEnum": (Size, [Size.SMALL, Size.LARGE]),
    "StrEnum": (Mood, [Mood.CALM]),
    "Flag": (Permission, [Permission.READ, Permission.READ | Permission.RUN, Permission(0)]),
    "IntFlag": (Bits, [Bits.LOW | Bits.HIGH, Bits(0), Bits(8)]),
    "Literal": (Literal["a", 1, True, None, -1], ["a", 1, True, None, -1]),
    "Literal of 1 and True": (Literal[1, True], [1, True]),
    "Optional": (Optional[int], [None, 0]),  # noqa: UP045
    "Optional Enum": (Size | None, [None, Size.LARGE]),
    "Optional Flag": (Permission | None, [None, Permission.WRITE]),
    "Optional bytes": (bytes | None, [None, b"\xff"]),
    "Optional datetime": (datetime.datetime | None, [None, MOMENT]),
    "Optional zone": (zoneinfo.ZoneInfo | None, [None, zoneinfo.ZoneInfo("UTC")]),
    "Optional class": (Item | None, [None, Item("tea")]),
    "Optional attrs": (Bolt | None, [None, Bolt(1)]),
    "Optional Struct": (Struct | None, [None, Struct("a")]),
    "Optional TypedDict": (Told | None, [None, {"a": 1}]),
    "Optional Any": (Any | None, [None, 1]),
    "list": (list[int], [[], [1, 2]]),
    "bare list": (list, [[1, "a"]]),
    "list of bytes": (list[bytes], [[b"\xff"]]),
    "list of Optional": (list[datetime.date | None], [[DAY, None]]),
    "tuple": (tuple[int, str], [(1, "a")]),
    "tuple of any length": (tuple[uuid.UUID, ...], [(), (U, U)]),
    "empty tuple": (tuple[()], [()]),
    "nested tuples": (tuple[tuple[int, bytes], tuple[tuple[str, ...], ...]], [((1, b"\xff"), (("a",), ()))]),
    "set": (set[int], [set(), {1, 2}]),
    "frozenset": (frozenset[bytes], [frozenset({b"\xff"})]),
    "set of tuples": (set[tuple[int, str]], [{(1, "a")}]),
    "set of frozen classes": (set[Pin], [{Pin(1), Pin(2)}]),
    "set of Enum": (frozenset[Colour], [frozenset({Colour.RED})]),
    "set of frozensets": (set[frozenset[int]], [{frozenset({1})}]),
    "set of frozen models": (set[Raw], [{Raw(content=b"\xff")}]),
    "set of frozen attrs": (set[Nut], [{Nut(1)}]),
    "set of named tuples": (set[Row[int]], [{Row((1,))}]),
    "deque": (collections.deque[datetime.date], [collections.deque(), collections.deque([DAY])]),
    "bare deque": (collections.deque, [collections.deque([1, "a"])]),
    "defaultdict": (collections.defaultdict[str, list[int]], [collections.defaultdict(list, a=[1])]),
    "OrderedDict": (collections.OrderedDict[str, int], [collections.OrderedDict(b=1, a=2)]),
    "Counter": (collections.Counter[str], [collections.Counter("abca")]),
    "Counter of int": (collections.Counter[int], [collections.Counter([1, 1])]),
    "dict": (dict[str, Decimal], [{}, {"a": Decimal("1.0"), "": Decimal(2), 'é"': Decimal(3)}]),
    "bare dict": (dict, [{"a": [1]}]),
    "dict of bytes": (dict[str, bytes], [{"a": b"\xff"}]),
    "dict by int": (dict[int, str], [{1: "a", -2: "b"}]),
    "dict by float": (dict[float, str], [{0.5: "a"}]),
    "dict by bool": (dict[bool, int], [{True: 1, False: 0}]),
    "dict by bytes": (dict[bytes, int], [{b"\xff": 1}]),
    "dict by date": (dict[datetime.date, int], [{DAY: 1}]),
    "dict by datetime": (dict[datetime.datetime, int], [{MOMENT: 1}]),
    "dict by UUID": (dict[uuid.UUID, int], [{U: 1}]),
    "dict by Decimal": (dict[Decimal, int], [{Decimal("1.50"): 1}]),
    "dict by Enum": (dict[Colour, int], [{Colour.RED: 1}]),
    "dict by StrEnum": (dict[Mood, int], [{Mood.WILD: 1}]),
    "dict by Literal": (dict[Literal["a", "b"], int], [{"a": 1}]),
    "dict by timedelta": (dict[datetime.timedelta, int], [{datetime.timedelta(seconds=1): 1}]),
    "dict of dicts": (dict[str, dict[int, set[str]]], [{"a": {1: {"b"}}}]),
    "Sequence": (collections.abc.Sequence[int], [[1]]),
    "Iterable": (collections.abc.Iterable[int], [[1]]),
    "Mapping": (collections.abc.Mapping[str, bytes], [{"a": b"\xff"}]),
    "Set": (collections.abc.Set[int], [{1}]),
    "dataclass": (Item, [Item("tea"), Item("thé", Decimal("0.10"), Size.LARGE, b"\x00")]),
    "frozen dataclass": (Pin, [Pin(1)]),
    "dataclass with slots": (Slotted, [Slotted(first=1, second=[Pin(1)])]),
    "recursive dataclass": (Tree, [Tree(1, [Tree(2)], Tree(3))]),
    "mutually recursive dataclasses": (Left, [Left("a", Right(1, Left("b")))]),
    "generic dataclass": (Page[Item], [Page([Item("tea")], Page([]))]),
    "generic dataclass of int": (Page[int], [Page([1], Page([2]))]),
    "dataclass with a field that it works out": (Summed, [Summed(1, 2)]),
    "dataclass of odd fields": (Odd, [Odd(DAY), Odd(MOMENT, 5, [1], {"a": 1})]),
    "pydantic dataclass": (Checked, [Checked(1)]),
    "pydantic model": (Config, [Config(**{"depth": 1, "from": "there"})]),
    "pydantic model with bytes": (Raw, [Raw(content=b"\xff")]),
    "generic model": (Box[datetime.date], [Box[datetime.date](content=DAY, inner=Box[datetime.date](content=DAY))]),
    "TypedDict": (Told, [{"a": 1}, {"a": 1, "b": "x"}]),
    "TypedDict of typing_extensions": (ToldToo, [{"a": DAY}, {"a": DAY, "b": b"\xff"}]),
    "recursive TypedDict": (Leaf, [{"children": [{"children": []}]}]),
    "generic TypedDict": (Pair[bytes], [{"first": b"\xff"}]),
    "NamedTuple": (Point, [Point(1.0), Point(1.0, Item("tea"))]),
    "generic NamedTuple": (Row[datetime.date], [Row((DAY,))]),
    "attrs": (Bolt, [Bolt(1), Bolt(2, "x", [Bolt(3)])]),
    "frozen attrs": (Nut, [Nut(1), Nut(1, DAY, b"\xff")]),
    "generic attrs": (Case[bytes], [Case(b"\xff")]),
    "Struct": (Struct, [Struct("a"), Struct("a", b"\x80", MOMENT, Struct("b"))]),
    "Struct with limits": (Ranged, [Ranged(9)]),
    "generic Struct": (Shelf[Pin], [Shelf([Pin(1)])]),
    "classes of every family": (Everything, [Everything(
        Bolt(1), Struct("a"), Config(depth=1), {"a": 1}, Page([Item("tea")]), Permission.RUN, Point(1.0))]),
    "int | str": (int | str, [1, "1"]),
    "int | float": (int | float, [1, 1.0, 1.5]),
    "int | bool": (int | bool, [1, True]),
    "float | Decimal": (float | Decimal, [1.5, Decimal("1.5")]),
    "date | datetime": (datetime.date | datetime.datetime, [DAY, MOMENT, datetime.datetime(2026, 1, 31)]),
    "UUID | datetime | int": (uuid.UUID | datetime.datetime | int, [U, MOMENT, 3]),
    "IPv4Address | IPv6Address": (ipaddress.IPv4Address | ipaddress.IPv6Address,
                                  [ipaddress.IPv4Address("192.0.2.1"), ipaddress.IPv6Address("::1")]),
    "Literal | int": (Literal["auto"] | int, ["auto", 3]),
    "Literal | str": (Literal["auto"] | str, ["auto", "x"]),
    "Literal | date": (Literal["today"] | datetime.date, ["today", DAY]),
    "Enum | int": (Colour | int, [Colour.RED, 3]),
    "Enum | Enum": (Colour | Mood, [Colour.RED, Mood.CALM]),
    "list | str": (list[str] | str, ["a", ["a"]]),
    "list | dict": (list[int] | dict[str, int], [[1], {"a": 1}]),
    "list of dates or of datetimes": (list[datetime.date] | list[datetime.datetime], [[DAY], [MOMENT]]),
    "bytes | int": (bytes | int, [b"\xff", 1]),
    "dataclass | dataclass": (Item | Pin, [Item("tea"), Pin(1)]),
    "dataclass | model": (Pin | Config, [Pin(1), Config(depth=1)]),
    "dataclass | attrs | Struct": (Pin | Bolt | Struct, [Pin(1), Bolt(1), Struct("a")]),
    "models with a tag": (Annotated[Cat | Dog, pydantic.Field(discriminator="kind")], [Cat(), Dog(lives=2)]),
    "models with a tag and no word of it": (Cat | Dog, [Cat(), Dog(lives=2)]),
    "dataclass | list | None": (Item | list[Item] | None, [Item("tea"), [Item("tea")], None]),
    "tuples of two lengths": (tuple[int] | tuple[int, int], [(1,), (1, 2)]),
    "dict | dataclass": (dict[str, int] | Item, [{"a": 1}, Item("tea")]),
}  # fmt: skip
"""Name -> an annotation, and values that must come back as they went."""
