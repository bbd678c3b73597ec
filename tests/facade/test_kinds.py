"""Every kind of value comes back as it went, or is refused when it is published."""

from __future__ import annotations

import collections
import dataclasses
import datetime
import enum
import pathlib
import re
import typing
import uuid
from collections.abc import Callable, Iterator
from decimal import Decimal
from fractions import Fraction
from typing import Annotated, Any, Generic, Literal, TypeVar

import attrs
import kinds
import msgspec
import pydantic
import pytest

import parvis
from parvis.client.errors import ArgumentsRefused
from parvis.client.facade import facade_of
from parvis.facade.compile import compile_facade
from parvis.facade.target import load
from parvis.facade.types import TypeBook
from parvis.facade.unsupported import Unsupported
from parvis.local import LocalTransport

T = TypeVar("T")


class Bag(list[Any]):
    """What a set holds: equal in any order, of things that cannot be hashed or compared."""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Bag) and len(self) == len(other) and all(each in list(other) for each in self)

    __hash__ = None  # type: ignore[assignment]


def told(value: Any) -> Any:
    """A value with its type, all the way down: classes that a caller rebuilt count by their names and fields."""
    name = re.sub(r"\W+", "_", type(value).__name__).strip("_")
    if isinstance(value, enum.Enum):
        return name, value.value
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        return name.partition("_")[0], [told(each) for each in value]
    if isinstance(value, list | tuple | collections.deque):
        return name, [told(each) for each in value]
    if isinstance(value, set | frozenset):
        return name, Bag(map(told, value))
    if isinstance(value, dict):
        return name, [(told(k), told(each)) for k, each in value.items()]
    fields = fields_of(value)
    if fields is not None:
        # `Page` here is `Page_Item` at a caller's; a private field of attrs has its public name there.
        return name.partition("_")[0], {k.strip("_"): told(getattr(value, k)) for k in fields}
    if isinstance(value, datetime.datetime | datetime.time):
        return name, value, value.utcoffset()
    return name, value


def fields_of(value: Any) -> list[str] | None:
    if dataclasses.is_dataclass(value):
        return [f.name for f in dataclasses.fields(value)]
    if isinstance(value, pydantic.BaseModel):
        return list(type(value).model_fields)
    if attrs.has(type(value)):
        return [a.name for a in attrs.fields(type(value))]
    return list(value.__struct_fields__) if isinstance(value, msgspec.Struct) else None


def facade(annotation: Any, values: list[Any]) -> Any:
    """An object that gives, takes and compares values of a type."""

    class Held:
        def give(self, n: int) -> Any:
            return values[n]

        def echo(self, x: Any) -> Any:
            return x

        def same(self, x: Any, n: int) -> bool:
            return type(x) is type(values[n]) and bool(told(x) == told(values[n]))

        def items(self, x: Any) -> Iterator[Any]:
            yield from (x, x)

        def optional(self, x: Any = values[0]) -> Any:
            return x

        def listed(self, x: Any) -> Any:
            return x

        def by_name(self, x: Any) -> Any:
            return x

    Held.give.__annotations__ = {"n": int, "return": annotation}
    Held.echo.__annotations__ = {"x": annotation, "return": annotation}
    Held.same.__annotations__ = {"x": annotation, "n": int, "return": bool}
    Held.items.__annotations__ = {"x": annotation, "return": Iterator[annotation]}
    Held.optional.__annotations__ = {"x": annotation, "return": annotation}
    Held.listed.__annotations__ = {"x": list[annotation], "return": list[annotation]}
    Held.by_name.__annotations__ = {"x": dict[str, annotation], "return": dict[str, annotation]}
    return Held()


@pytest.mark.parametrize(("annotation", "values"), kinds.KINDS.values(), ids=kinds.KINDS.keys())
def test_it_comes_back_as_it_went(annotation: Any, values: list[Any]) -> None:
    with parvis.connect(facade(annotation, values)) as held:
        for n, value in enumerate(values):
            assert (True, True) == (held.same(value, n), held.same(x=value, n=n))
            for back in (held.give(n), held.echo(value), *held.items(value), *held.listed([value])):
                assert told(value) == told(back)
                assert value == back
            assert told({"a": value}) == told(held.by_name({"a": value}))
        assert told(values[0]) == told(held.optional())


@pytest.mark.parametrize(("annotation", "values"), kinds.KINDS.values(), ids=kinds.KINDS.keys())
def test_it_comes_back_as_it_went_to_a_caller_who_has_the_contract_alone(annotation: Any, values: list[Any]) -> None:
    transport = LocalTransport(compile_facade(load(facade(annotation, values))))
    with facade_of(transport) as held:
        for n, value in enumerate(values):
            given = held.give(n)
            assert told(value) == told(given)
            assert held.same(given, n)
            for back in (held.echo(given), *held.items(given), *held.listed([given])):
                assert given == back
                assert told(value) == told(back)
        assert told(values[0]) == told(held.optional())


@dataclasses.dataclass
class Plain:
    a: int


@dataclasses.dataclass
class PlainToo:
    a: int
    b: int = 0


@dataclasses.dataclass
class Once:
    rows: typing.Iterable[int]


@dataclasses.dataclass
class Started:
    a: int
    seed: dataclasses.InitVar[int] = 0


@dataclasses.dataclass
class Either:
    name: str | datetime.date


class Root(pydantic.RootModel[list[int]]): ...


class Open(pydantic.BaseModel):
    model_config = pydantic.ConfigDict(extra="allow")


class Worked(pydantic.BaseModel):
    a: int

    @pydantic.computed_field  # type: ignore[prop-decorator]
    @property
    def twice(self) -> int:
        return 2 * self.a


class Written(pydantic.BaseModel):
    a: int

    @pydantic.field_serializer("a")
    def write(self, a: int) -> str:
        return f"{a}!"


class Hidden(pydantic.BaseModel):
    secret: str = pydantic.Field(exclude=True)


class Renamed(pydantic.BaseModel):
    a: int = pydantic.Field(validation_alias="b", serialization_alias="c")


class Unsaid(pydantic.BaseModel):
    item: kinds.Item


class Timed(pydantic.BaseModel):
    model_config = pydantic.ConfigDict(ser_json_timedelta="float")
    a: datetime.timedelta


class Numbers(enum.Enum):
    ONE = 1


class Deep(enum.Enum):
    A = (1, 2)


@attrs.define
class Holder:
    item: re.Pattern[str]


class Two(pydantic.BaseModel):
    first: str | Decimal


@dataclasses.dataclass
class Base(Generic[T]):
    a: T


@dataclasses.dataclass
class Derived(Base[int], Generic[T]):
    b: T


REFUSED: dict[str, tuple[Any, str]] = {
    "str | datetime": (str | datetime.datetime, "JSON does not tell str from datetime; say one of them"),
    "str | bytes": (str | bytes, "JSON does not tell str from bytes"),
    "str | Path": (str | pathlib.Path, "JSON does not tell str from Path"),
    "StrEnum | str": (kinds.Mood | str, "JSON does not tell Mood from str"),
    "IntEnum | int": (kinds.Size | int, "JSON does not tell Size from int"),
    "Flag | int": (kinds.Permission | int, "JSON does not tell Permission from int"),
    "Decimal | datetime": (Decimal | datetime.datetime, "JSON does not tell Decimal from datetime"),
    "Decimal | Fraction": (Decimal | Fraction, "JSON does not tell"),
    "Literal | Enum": (Literal["red"] | kinds.Colour, "JSON does not tell"),
    "list | tuple": (list[int] | tuple[int, ...], "JSON does not tell"),
    "list | set": (list[int] | set[int], "JSON does not tell"),
    "list of dates or texts": (list[datetime.date] | list[str], "JSON does not tell"),
    "dict | OrderedDict": (dict[str, int] | collections.OrderedDict[str, int], "JSON does not tell"),
    "dict by int or str": (dict[str, int] | dict[int, int], "JSON does not tell"),
    "dict | dataclass": (dict[str, int] | Plain, "JSON does not tell"),
    "dataclasses with the same fields": (Plain | PlainToo, "JSON does not tell Plain from PlainToo"),
    "dataclass | Any": (Plain | Any, "JSON does not tell Plain from Any"),
    "a union in a field": (Either, "Either: name is str | date: JSON does not tell str from date"),
    "a union in a model": (list[Two], "Two: first is str | Decimal: JSON does not tell"),
    "Pattern": (re.Pattern[str], r"Pattern\[str\] cannot cross the wire: say str"),
    "bytearray": (bytearray, "bytearray cannot cross the wire: say bytes"),
    "tzinfo": (datetime.timezone, "timezone cannot cross the wire: say datetime"),
    "PurePath": (pathlib.PurePosixPath, "PurePosixPath cannot cross the wire: say Path"),
    "a class in attrs": (Holder, r"Holder: Pattern\[str\] cannot cross the wire"),
    "Iterable in a field": (Once, "rows is an Iterable, which can be read once: say list, or Sequence"),
    "InitVar": (Started, "Started: seed is an InitVar, which the object does not keep: make it a field"),
    "RootModel": (Root, "Root: it is a RootModel: declare the type that it holds"),
    "a model that takes any field": (Open, "Open: it takes fields that it does not declare"),
    "a computed field": (Worked, "Worked: twice is a computed field, which no caller could give"),
    "a serializer": (Written, "Written: it writes itself by a serializer of its own"),
    "a serializer in Annotated": (Annotated[int, pydantic.PlainSerializer(str)], "int is written by a serializer"),
    "SerializeAsAny": (pydantic.SerializeAsAny[kinds.Config], "Config is written by a serializer"),
    "a required field that is never written": (Hidden, "Hidden: secret is required and never written"),
    "two aliases": (Renamed, "Renamed: a is written as 'c' and read as 'b': give it one alias"),
    "bytes below a model": (Unsaid, "Unsaid: item is bytes: say model_config"),
    "times as numbers": (Timed, "Timed: its configuration writes times in a way of its own"),
    "dict by numbered Enum": (dict[Numbers, int], "the keys of a JSON object are text"),
    "dict by numbers in a Literal": (dict[Literal[1], int], "the keys of a JSON object are text"),
    "dict by complex": (dict[complex, int], "the keys of a JSON object are text"),
    "dict by Flag": (dict[kinds.Permission, int], "the keys of a JSON object are text"),
    "defaultdict of classes": (collections.defaultdict[str, Plain], "a caller cannot know what it makes of a missing"),
    "set of lists": (set[list[int]], r"set\[list\[int\]\]: list\[int\] cannot be in a set; say list, or make a class"),
    "set of dataclasses that change": (set[Plain], r"set\[Plain\]: Plain cannot be in a set"),
    "set of tuples of lists": (frozenset[tuple[int, list[int]]], "cannot be in a set"),
    "set of TypedDicts": (set[kinds.Told], "cannot be in a set"),
    "Enum of tuples": (Deep, "Deep: the value of Deep.A is not text or a number: give it one that is"),
    "Literal of Enum": (Literal[kinds.Colour.RED], "use an Enum"),
    "a variable of two meanings": (Derived[str], "Derived_str: its bases use T for two types: use two variables"),
    "a bare generic": (kinds.Page, r"Page is generic: say what it is made of, Page\[int\]"),
    "UUID in a class of its own": (type("Id", (uuid.UUID,), {}), "Id is a plain class"),
}


@pytest.mark.parametrize(("annotation", "reason"), REFUSED.values(), ids=REFUSED.keys())
def test_what_could_not_come_back_is_refused_with_a_sentence(annotation: Any, reason: str) -> None:
    book = TypeBook()
    with pytest.raises(Unsupported, match=reason):
        book.text(annotation)
    assert () == book.defs


@pytest.mark.parametrize(
    ("annotation", "value", "schema"),
    [
        (Annotated[int, pydantic.Field(ge=1)], 0, {"minimum": 1, "type": "integer"}),
        (kinds.KINDS["Annotated"][0], 10, {"minimum": 0, "exclusiveMaximum": 10, "type": "integer"}),
        (kinds.KINDS["Annotated by pydantic"][0], "b", {"minLength": 1, "pattern": "^a", "type": "string"}),
        (kinds.KINDS["Annotated list"][0], [1, 2, 3],
         {"items": {"type": "integer"}, "maxItems": 2, "type": "array"}),
        (kinds.Permission, 8, {"minimum": 0, "maximum": 7, "type": "integer"}),
        (kinds.Permission, True, {"minimum": 0, "maximum": 7, "type": "integer"}),
        (kinds.Bits, -1, {"minimum": 0, "type": "integer"}),
    ],
)  # fmt: skip
def test_a_limit_is_enforced_and_in_the_schema(annotation: Any, value: Any, schema: dict[str, Any]) -> None:
    def take(x: Any) -> None: ...

    take.__annotations__["x"] = annotation
    compiled = compile_facade(load(take))
    assert schema == compiled.contract.operations[0].parameters[0].schema
    with facade_of(LocalTransport(compiled)) as held, pytest.raises(ArgumentsRefused) as caught:
        held.take(value)
    assert "x" == caught.value.errors[0]["location"]


@pytest.mark.parametrize(
    ("annotation", "given", "location"),
    [
        (kinds.Ranged, {"number": 10}, "x.number"),
        (kinds.Bolt, {"size": "1"}, "x.size"),
        (kinds.Bolt, {"size": 1, "odd": 1}, "x.odd"),
        (kinds.Bolt, {"size": 1, "holes": [{}]}, "x.holes[0].size"),
        (kinds.Struct, {}, "x.name"),
        (kinds.Checked, {"number": 0}, "x.number"),
        (kinds.Page[int], {"items": ["a"]}, "x.items[0]"),
        (kinds.Pair[int], {"first": "a"}, "x.first"),
        (kinds.Case[int], {"content": "a"}, "x.content"),
    ],
)
def test_a_wrong_field_is_refused_in_its_place(annotation: Any, given: Any, location: str) -> None:
    def take(x: Any) -> None: ...

    take.__annotations__["x"] = annotation
    transport = LocalTransport(compile_facade(load(take)))
    with facade_of(transport) as held, pytest.raises(ArgumentsRefused) as caught:
        held.take(given)
    assert [location] == [e["location"] for e in caught.value.errors]


@attrs.define
class Even:
    number: int = attrs.field()

    @number.validator
    def _check(self, attribute: Any, value: int) -> None:
        if value % 2:
            raise TypeError(f"{value} is odd")


def test_the_checks_of_an_attrs_class_are_its_own(compiled: Callable[..., Any]) -> None:
    def take(x: Even) -> int:
        return x.number

    facade = compiled(take)
    assert 2 == facade.operations["take"].arguments.decode(b'{"x":{"number":2}}')[1]["x"].number
    with facade_of(LocalTransport(facade)) as held, pytest.raises(ArgumentsRefused, match="not valid") as caught:
        held.take({"number": 3})
    assert ("x", "Value error, 3 is odd") == (caught.value.errors[0]["location"], caught.value.errors[0]["message"])


def test_a_generic_class_is_named_by_what_it_is_made_of() -> None:
    book = TypeBook()
    assert "Page_Item" == book.text(kinds.Page[kinds.Item])
    assert "Page_list_int" == book.text(kinds.Page[list[int]])
    assert "Page_int_None" == book.text(kinds.Page[int | None])
    assert "Pair_bytes" == book.text(kinds.Pair[bytes])
    assert ["list[Item]", "Page_Item | None"] == [f.type for f in book.by_name["Page_Item"].fields]


@attrs.define
class SecretBolt(kinds.Bolt):
    secret: str = "hidden"


class SecretStruct(kinds.Struct):
    secret: str = "hidden"


@dataclasses.dataclass
class SecretSum(kinds.Summed):
    secret: str = "hidden"


@dataclasses.dataclass
class SecretPage(kinds.Page[T]):
    secret: str = "hidden"


@pytest.mark.parametrize(
    ("annotation", "value"),
    [
        (kinds.Bolt, SecretBolt(1)),
        (list[kinds.Bolt | None], [SecretBolt(1)]),
        (kinds.Bolt, kinds.Bolt(1, holes=[SecretBolt(2)])),
        (kinds.Bolt | kinds.Pin, SecretBolt(1)),
        (kinds.Struct, SecretStruct("a")),
        (kinds.Struct | None, kinds.Struct("a", next=SecretStruct("b"))),
        (kinds.Summed, SecretSum(1, 2)),
        (kinds.Page[int], SecretPage([1])),
    ],
)
def test_only_declared_fields_leave(compiled: Callable[..., Any], annotation: Any, value: Any) -> None:
    def give() -> Any: ...

    give.__annotations__["return"] = annotation
    text = compiled(give).operations["give"].result.encode(value)
    assert (False, False) == (b"secret" in text, b"hidden" in text)
