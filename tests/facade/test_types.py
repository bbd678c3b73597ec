"""Types of the façade in the words of a contract, and its own classes with their fields."""

from __future__ import annotations

import collections
import collections.abc
import dataclasses
import datetime
import decimal
import enum
import fractions
import ipaddress
import pathlib
import typing
import uuid
from typing import Annotated, Any, Generic, Literal, NamedTuple, NewType, Optional, TypeVar, Union

import pydantic
import pytest
import typing_extensions

from parvis.contract.model import Default, Field, Member, TypeDef
from parvis.facade.pydantic_hooks import is_loose
from parvis.facade.types import TypeBook
from parvis.facade.unsupported import Unsupported

T = TypeVar("T")
Price = NewType("Price", decimal.Decimal)
Names = typing_extensions.TypeAliasType("Names", list[str])
LONG = 10**5000


class Colour(enum.Enum):
    """What light does."""

    RED = "red"
    BLUE = "blue"


class Size(enum.IntEnum):
    S = 1
    L = 2


class Kind(enum.StrEnum):
    TEA = "tea"


class Odd(enum.Enum):
    A = (1, 2)


@dataclasses.dataclass(frozen=True)
class Item:
    """A thing."""

    name: str
    price: decimal.Decimal = decimal.Decimal("1.50")
    colour: Colour = Colour.RED
    parts: list[Item] = dataclasses.field(default_factory=list)
    made: datetime.datetime = dataclasses.field(default_factory=datetime.datetime.now)
    serial: str = dataclasses.field(default_factory=lambda: str(uuid.uuid4()))
    shelf: int = dataclasses.field(init=False, default=0)


@dataclasses.dataclass
class Node:
    value: int
    next: Node | None = None


class Config(pydantic.BaseModel):
    """How."""

    depth: int = pydantic.Field(3, description="How deep.")
    from_: str = pydantic.Field(alias="from")
    tags: list[str] = pydantic.Field(default_factory=list)
    token: str = pydantic.Field(default_factory=lambda: str(uuid.uuid4()))


class Options(typing.TypedDict):
    a: int
    b: typing.NotRequired[str]
    c: Annotated[typing.NotRequired[str], "why"]


class Loose(typing_extensions.TypedDict, total=False):
    a: typing_extensions.Required[int]
    b: str
    c: typing_extensions.ReadOnly[str]


class Point(NamedTuple):
    x: float
    y: float = 0.0


class Plain: ...


class Box(pydantic.BaseModel, Generic[T]):
    content: T


@dataclasses.dataclass
class Crate(Generic[T]):
    content: T


@dataclasses.dataclass
class Broken:
    item: Item
    plain: Plain


@dataclasses.dataclass
class Ring:
    other: RingTwo
    plain: Plain


@dataclasses.dataclass
class RingTwo:
    back: Ring | None = None


@dataclasses.dataclass
class Unknown:
    lost: Nowhere  # type: ignore[name-defined]  # noqa: F821


@pytest.mark.parametrize(
    ("annotation", "text"),
    [
        (int, "int"),
        (None, "None"),
        (type(None), "None"),
        (Any, "Any"),
        (object, "Any"),
        (datetime.datetime, "datetime"),
        (decimal.Decimal, "Decimal"),
        (uuid.UUID, "UUID"),
        (bytes, "bytes"),
        (pathlib.Path, "Path"),
        (fractions.Fraction, "Fraction"),
        (ipaddress.IPv6Address, "IPv6Address"),
        (datetime.timedelta, "timedelta"),
        (list, "list"),
        (tuple, "tuple"),
        (list[int], "list[int]"),
        (typing.List[int], "list[int]"),  # noqa: UP006
        (set[str], "set[str]"),
        (frozenset[int], "frozenset[int]"),
        (tuple[int, str], "tuple[int, str]"),
        (tuple[int, ...], "tuple[int, ...]"),
        (tuple[()], "tuple[()]"),
        (dict[str, decimal.Decimal], "dict[str, Decimal]"),
        (dict[Colour, int], "dict[Colour, int]"),
        (dict[Literal["a"], int], "dict[Literal['a'], int]"),
        (collections.abc.Sequence[int], "list[int]"),
        (collections.abc.Mapping[str, int], "dict[str, int]"),
        (collections.abc.Iterable, "list"),
        (collections.abc.Mapping, "dict"),
        (collections.abc.MutableSet[int], "set[int]"),
        (Optional[int], "int | None"),  # noqa: UP045
        (Union[None, int, str], "int | str | None"),  # noqa: UP007
        (None | int, "int | None"),
        (Literal["a", 1, True, None], "Literal['a', 1, True, None]"),
        (Annotated[int, "positive"], "int"),
        (Price, "Decimal"),
        (Names, "list[str]"),
        (Item, "Item"),
        (list[Item | None], "list[Item | None]"),
        (Point, "Point"),
        (Options, "Options"),
        (Config, "Config"),
        (Size, "Size"),
    ],
)
def test_a_type_has_one_text(annotation: Any, text: str) -> None:
    assert text == TypeBook().text(annotation)


@pytest.mark.parametrize(
    ("annotation", "reason"),
    [
        (Plain, "Plain is a plain class: its values cannot cross the wire; make it a dataclass"),
        (list[Plain], "Plain is a plain class"),
        (collections.abc.Callable[[], int], "cannot cross the wire"),
        (collections.abc.Callable, "Callable cannot cross the wire: code stays where it is; take values instead"),
        (type[int], "cannot cross the wire"),
        (T, "T stands for any type: say which one"),
        (typing_extensions.Self, "Self is the façade itself"),
        (Crate, r"Crate is generic: say what it is made of, Crate\[int\]"),
        (Literal[Colour.RED], "holds other values than text, integers and None"),
        (Literal[b"x"], "holds other values than text, integers and None"),
        (Odd, "Odd: the value of Odd.A is not text or a number"),
        (dict[tuple[int, int], str], "the keys of a JSON object are text"),
        (dict[int | None, str], "the keys of a JSON object are text"),
        (dict[Item, str], "the keys of a JSON object are text"),
        (Broken, "Broken: .*Plain is a plain class"),
        (Unknown, "Unknown: its annotations cannot be resolved: name 'Nowhere' is not defined"),
        (typing.NoReturn, "NoReturn has no values: there is nothing to send, and nothing to wait for"),
        (5, "cannot cross the wire"),
        ([], "is not a type"),
        (property, "is a plain class"),
    ],
)
def test_a_type_that_cannot_cross_is_refused_with_the_reason(annotation: Any, reason: str) -> None:
    with pytest.raises(Unsupported, match=reason):
        TypeBook().text(annotation)


def defined(cls: Any) -> TypeDef:
    book = TypeBook()
    name = book.text(cls)
    return book.by_name[name]


def test_a_dataclass_tells_its_fields_and_only_the_defaults_that_are_always_the_same() -> None:
    assert TypeDef(
        "Item",
        "dataclass",
        (
            Field("name", "str"),
            Field("price", "Decimal", False, Default("Decimal('1.50')", "1.50")),
            Field("colour", "Colour", False, Default("Colour.RED", "red")),
            Field("parts", "list[Item]", False, Default("[]", [])),
            Field("made", "datetime", False, Default("...", exact=False)),
            Field("serial", "str", False, Default("...", exact=False)),
            Field("shelf", "int", False, Default("0", 0)),
        ),
        base="frozen",
        description="A thing.",
    ) == defined(Item)


def test_a_model_tells_its_fields_by_the_names_that_stand_in_the_json() -> None:
    assert TypeDef(
        "Config",
        "model",
        (
            Field("depth", "int", False, Default("3", 3), "How deep."),
            Field("from", "str"),
            Field("tags", "list[str]", False, Default("[]", [])),
            Field("token", "str", False, Default("...", exact=False)),
        ),
        description="How.",
    ) == defined(Config)


@pytest.mark.parametrize(("cls", "required"), [(Options, ["a"]), (Loose, ["a"])])
def test_the_required_keys_of_a_typed_dict_are_known_though_its_annotations_are_text(
    cls: Any, required: list[str]
) -> None:
    fields = defined(cls).fields
    assert ["a", "b", "c"] == [f.name for f in fields]
    assert required == [f.name for f in fields if f.required]


def test_a_named_tuple_and_an_enumeration() -> None:
    point = TypeDef("Point", "namedtuple", (Field("x", "float"), Field("y", "float", False, Default("0.0", 0.0))))
    assert point == dataclasses.replace(defined(Point), description="")
    assert TypeDef(
        "Colour", "enum", members=(Member("RED", "red"), Member("BLUE", "blue")), base="Enum",
        description="What light does.",
    ) == defined(Colour)  # fmt: skip
    assert ("IntEnum", "StrEnum") == (defined(Size).base, defined(Kind).base)


def test_a_generic_class_is_published_for_one_type() -> None:
    book = TypeBook()
    name = book.text(Box[int])
    assert "Box_int" == name
    assert (Field("content", "int"),) == book.by_name[name].fields


def test_two_classes_of_one_name_stay_apart() -> None:
    @dataclasses.dataclass
    class Item2:
        a: int

    Item2.__name__ = "Item"
    book = TypeBook()
    assert ["Item", "Item_", "Item"] == [book.text(Item), book.text(Item2), book.text(Item)]
    assert (Item, Item2) == (book.classes["Item"], book.classes["Item_"])


def test_a_class_may_not_take_a_word_of_the_language() -> None:
    @dataclasses.dataclass
    class Literal:
        a: int

    assert "Literal_" == TypeBook().text(Literal)


def test_what_was_read_on_the_way_to_a_refusal_is_forgotten() -> None:
    book = TypeBook()
    with pytest.raises(Unsupported):
        book.text(Ring)
    assert ({}, ()) == (book.classes, book.defs)
    with pytest.raises(Unsupported, match="RingTwo: Ring: "):
        book.text(RingTwo)


class Shy:
    def __repr__(self) -> str:
        raise RuntimeError

    def __eq__(self, other: object) -> bool:
        raise RuntimeError

    __hash__ = None  # type: ignore[assignment]


@pytest.mark.parametrize(
    ("value", "default"),
    [
        (None, Default("None")),
        (3, Default("3", 3)),
        (float("nan"), Default("nan", exact=False)),
        (float("-inf"), Default("-inf", exact=False)),
        ((1, "a"), Default("(1, 'a')", [1, "a"])),
        ({"a": [1]}, Default("{'a': [1]}", {"a": [1]})),
        ([float("nan")], Default("[nan]", exact=False)),
        ({1, 2}, Default("{1, 2}", exact=False)),
        (Colour.BLUE, Default("Colour.BLUE", "blue")),
        (Size.L, Default("Size.L", 2)),
        (b"x", Default("b'x'", exact=False)),
        (object(), Default("...", exact=False)),
        (Shy(), Default("...", exact=False)),
        (LONG, Default("...", LONG)),
    ],
    ids=lambda value: type(value).__name__,
)
def test_a_default_is_text_always_and_json_where_that_says_it(value: Any, default: Default) -> None:
    assert default == TypeBook().default(value)


@pytest.mark.parametrize(
    ("annotation", "loose"),
    [
        (int, False),
        (list[Item], False),
        (Literal["a"], True),
        (list[Literal["a"]], True),
        (Options, True),
        (dict[str, Loose], True),
        (Node, False),
    ],
)
def test_types_that_pydantic_writes_unseen_are_known(annotation: Any, loose: bool) -> None:
    assert loose == is_loose(annotation)
