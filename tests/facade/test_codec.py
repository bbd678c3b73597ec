"""Values in and out: what JSON becomes, what is refused, and what a result may be."""

from __future__ import annotations

import collections
import collections.abc
import dataclasses
import datetime
import enum
import fractions
import ipaddress
import json
import math
import pathlib
import time
import types
import typing
import uuid
from collections.abc import Callable
from decimal import Decimal
from typing import Any, Literal, NamedTuple

import pydantic
import pytest
import typing_extensions

from parvis.contract.outcomes import Refusal
from parvis.facade.codec import BrokenResult, concrete, place, strict_json
from parvis.facade.compile import Facade
from parvis.facade.operation import Operation

Compile = Callable[..., Facade]
UTC = datetime.UTC


class Colour(enum.Enum):
    RED = "red"


class Size(enum.IntEnum):
    S = 1
    L = 2


class Rank(enum.Enum):
    FIRST = 1
    HALF = 0.5


@dataclasses.dataclass
class Item:
    name: str
    size: Size = Size.S
    parent: Item | None = None


@dataclasses.dataclass
class SecretItem(Item):
    secret: str = "hidden"


class Config(pydantic.BaseModel):
    depth: int
    from_: str = pydantic.Field("here", alias="from")


class Options(typing.TypedDict):
    a: int
    b: typing.NotRequired[str]


class Wide(Options):
    c: int


class Loose(typing_extensions.TypedDict, total=False):
    a: typing_extensions.Required[int]
    b: str


class Tree(typing.TypedDict):
    children: list[Tree]


class Point(NamedTuple):
    x: float
    item: Item | None = None


def taking(compiled: Compile, annotation: Any) -> Operation:
    def f(x):  # type: ignore[no-untyped-def]
        return x

    f.__annotations__ = {"x": annotation, "return": annotation}
    return compiled(f).operations["f"]


def decode(operation: Operation, text: str) -> Any:
    body = text.encode()
    strict_json(body)
    arguments, keywords = operation.arguments.decode(body)
    return (*arguments, *keywords.values())[0]


@pytest.mark.parametrize(
    ("annotation", "text", "value"),
    [
        (int, "12", 12),
        pytest.param(int, "9" * 4300, int("9" * 4300), id="4300-digits"),
        (float, "1", 1.0),
        (float, "-1.5e3", -1500.0),
        (bool, "true", True),
        (str, r'"\u00e9\ud83d\ude00\u0000"', "é😀\0"),
        (Decimal, '"1.50"', Decimal("1.50")),
        (Decimal, "1.5", Decimal("1.5")),
        (uuid.UUID, '"12345678-1234-5678-1234-567812345678"', uuid.UUID("12345678123456781234567812345678")),
        (datetime.datetime, '"2026-01-31T12:00:00Z"', datetime.datetime(2026, 1, 31, 12, tzinfo=UTC)),
        (datetime.datetime, '"2026-01-31T12:00:00"', datetime.datetime(2026, 1, 31, 12)),
        (datetime.date, '"2026-01-31"', datetime.date(2026, 1, 31)),
        (datetime.timedelta, '"PT90S"', datetime.timedelta(seconds=90)),
        (bytes, '"-_8="', b"\xfb\xff"),
        (bytes, '"+/8="', b"\xfb\xff"),
        (pathlib.Path, '"a/b"', pathlib.Path("a/b")),
        (fractions.Fraction, '"1/3"', fractions.Fraction(1, 3)),
        (ipaddress.IPv4Address, '"192.0.2.1"', ipaddress.IPv4Address("192.0.2.1")),
        (Colour, '"red"', Colour.RED),
        (Size, "2", Size.L),
        (Rank, "0.5", Rank.HALF),
        (Literal["a", 1, True], "true", True),
        (Literal["a", None], "null", None),
        (int | None, "null", None),
        (int | str, '"1"', "1"),
        (int | str, "1", 1),
        (list[int], "[1]", [1]),
        (tuple[int, str], '[1, "a"]', (1, "a")),
        (set[int], "[1, 1]", {1}),
        (frozenset[str], '["a"]', frozenset("a")),
        (dict[int, str], '{"1": "a"}', {1: "a"}),
        (dict[Colour, int], '{"red": 1}', {Colour.RED: 1}),
        (collections.abc.Iterable[int], "[1]", [1]),
        (collections.abc.Mapping[str, int], '{"a": 1}', {"a": 1}),
        (Item, '{"name": "tea", "parent": {"name": "box"}}', Item("tea", parent=Item("box"))),
        (Config, '{"depth": 1, "from": "there"}', Config(depth=1, **{"from": "there"})),
        (Options, '{"a": 1}', {"a": 1}),
        (Loose, '{"a": 1, "b": "x"}', {"a": 1, "b": "x"}),
        (Point, '[1.5, {"name": "tea"}]', Point(1.5, Item("tea"))),
        (Any, '{"a": [1, null]}', {"a": [1, None]}),
    ],
)
def test_json_becomes_a_value_of_the_declared_type(compiled: Compile, annotation: Any, text: str, value: Any) -> None:
    decoded = decode(taking(compiled, annotation), f'{{"x": {text}}}')
    assert (value, type(value)) == (decoded, type(decoded))


@pytest.mark.parametrize(
    ("annotation", "text", "location"),
    [
        (int, '"12"', "x"),
        (int, "true", "x"),
        (int, "1.0", "x"),
        (int, "1e2", "x"),
        (int, "null", "x"),
        (float, "true", "x"),
        (float, '"1"', "x"),
        (float, "1e999", "x"),
        (bool, "1", "x"),
        (str, "1", "x"),
        (Decimal, '"NaN"', "x"),
        (Decimal, "true", "x"),
        (uuid.UUID, "5", "x"),
        (datetime.datetime, "1700000000", "x"),
        (datetime.date, '"2026-01-31T12:00:00"', "x"),
        (bytes, '"*"', "x"),
        (Colour, '"RED"', "x"),
        (Size, '"1"', "x"),
        (Size, "true", "x"),
        (Size, "1.0", "x"),
        (Rank, "true", "x"),
        (Literal["a", 1], "true", "x"),
        (Literal["a", 1], "1.0", "x"),
        (list[int], "[1, true]", "x[1]"),
        (tuple[int, str], "[1]", "x[1]"),
        (collections.abc.Iterable[int], '[1, "a"]', "x[1]"),
        (Item, '{"name": "tea", "size": 1.0}', "x.size"),
        (Item, '{"name": "tea", "more": 1}', "x.more"),
        (Config, '{"depth": "1"}', "x.depth"),
        (Config, '{"depth": true}', "x.depth"),
        (Options, '{"a": 1, "more": 2}', "x.more"),
        (Options, "{}", "x.a"),
        (Loose, '{"b": "x"}', "x.a"),
        (Point, '["1"]', "x[0]"),
    ],
)
def test_a_value_of_another_type_is_refused_in_its_place(
    compiled: Compile, annotation: Any, text: str, location: str
) -> None:
    with pytest.raises(Refusal) as caught:
        decode(taking(compiled, annotation), f'{{"x": {text}}}')
    assert ("invalid-arguments", [location]) == (
        caught.value.outcome.code,
        [error["location"] for error in caught.value.members["errors"]],
    )


class Either(pydantic.BaseModel):
    value: int | str
    by_size: dict[int, list[Item | Point]] = {}


@pytest.mark.parametrize(
    ("annotation", "text", "errors"),
    [
        (int | str, "[]", {"x": "should be a valid integer, or should be a valid string"}),
        (list[int | bool], "[1, []]", {"x[1]": "should be a valid integer, or should be a valid boolean"}),
        (int | None, "[]", {"x": "should be a valid integer"}),
        (Item | Point, "{}", {"x.name": "is required", "x.x": "is required"}),
        (Item | Options, '{"name": 1}', {"x.name": "should be a valid string, or is not a field of this object",
                                         "x.a": "is required"}),
        (dict[str, int | str], '{"int": []}', {"x.int": "should be a valid integer, or should be a valid string"}),
        (dict[int, str], '{"a": ""}', {"x.a": "has a key that should be a valid integer, unable to parse string as an "
                                              "integer"}),
        (Either, '{"value": null}', {"x.value": "should be a valid integer, or should be a valid string"}),
        (Either, '{"value": 1, "by_size": {"1": [{"name": "a"}, {"name": 2, "x": "a"}]}}',
         {"x.by_size.1[1].name": "should be a valid string, or is not a field of this object",
          "x.by_size.1[1].x": "should be a valid number"}),
    ],
)  # fmt: skip
def test_the_place_of_an_error_is_one_in_the_json_whatever_union_it_is_in(
    compiled: Compile, annotation: Any, text: str, errors: dict[str, str]
) -> None:
    with pytest.raises(Refusal) as caught:
        decode(taking(compiled, annotation), f'{{"x": {text}}}')
    assert errors == {error["location"]: error["message"] for error in caught.value.members["errors"]}


def test_all_errors_are_told_at_once(compiled: Compile) -> None:
    def f(a: int, b: Item, *, c: str = "") -> int:
        return a

    with pytest.raises(Refusal) as caught:
        compiled(f).operations["f"].arguments.decode(b'{"a":"1","b":{"size":9,"odd":1},"d":2}')
    assert [
        ("a", "should be a valid integer", "Give a value of the declared type."),
        ("b.name", "is required", "Give it."),
        ("b.odd", "is not a field of this object", "Leave it out, or correct its name."),
        ("b.size", "should be 1 or 2", "Give a value of the declared type."),
        ("d", "is not a parameter of this operation", "Leave it out, or correct its name."),
    ] == sorted((e["location"], e["message"], e["fix"]) for e in caught.value.members["errors"])
    assert "5 arguments are not valid." == caught.value.detail


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"", "not JSON"),
        (b"{", "not JSON"),
        (b"{}x", "not JSON"),
        (b"[1]", "must be one JSON object"),
        (b'"a"', "must be one JSON object"),
        (b"null", "must be one JSON object"),
        (b"{'a': 1}", "not JSON"),
        (b'{"a": 1,}', "not JSON"),
        (b'{"a": NaN}', "NaN is not JSON"),
        (b'{"a": -Infinity}', "-Infinity is not JSON"),
        (b'{"a": 1, "b": 2, "a": 1}', "the key 'a' is given twice"),
        (b'{"x": [{"a": 1, "\\u0061": 1}]}', "the key 'a' is given twice"),
        (b'{"a": "\xff"}', "not JSON"),
        (b'{"a": ' + b"9" * 4301 + b"}", "more than 4300 digits"),
        (b'{"a": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", "nested too deeply"),
        (b'{"a":' * 100_000 + b"1" + b"}" * 100_000, "nested too deeply"),
    ],
)
def test_a_body_that_is_not_one_strict_object_is_refused(body: bytes, said: str) -> None:
    with pytest.raises(Refusal, match=said) as caught:
        strict_json(body)
    assert "malformed-request" == caught.value.outcome.code


@pytest.mark.parametrize(
    "body",
    [b'{"x": "\\ud800"}', b'\xef\xbb\xbf{"x": "a"}', '{"x": "a"}'.encode("utf-16"), b'{"x": "\x01"}',
     b'{"x": ' + b"[" * 300 + b"]" * 300 + b"}"],
    ids=["lone-surrogate", "byte-order-mark", "utf-16", "control-character", "300-deep"],
)  # fmt: skip
def test_what_two_json_readers_see_differently_is_refused(compiled: Compile, body: bytes) -> None:
    operation = taking(compiled, Any)

    def read() -> None:
        strict_json(body)
        operation.arguments.decode(body)

    with pytest.raises(Refusal) as caught:
        read()
    assert "malformed-request" == caught.value.outcome.code


def test_a_repeated_key_is_found_quickly_in_a_great_body() -> None:
    keys = ",".join(f'"k{n}":0' for n in range(80_000))
    began = time.perf_counter()
    with pytest.raises(Refusal, match="the key 'k79999' is given twice"):
        strict_json(f'{{{keys},"k79999":0}}'.encode())
    assert time.perf_counter() - began < 2


def test_a_gap_among_positional_only_arguments_is_filled_with_the_default(compiled: Compile) -> None:
    def f(a: int = 1, b: int = 2, c: int = 3, /, d: int = 4, *, e: int = 5) -> int:
        return a

    arguments = compiled(f).operations["f"].arguments
    assert ((1, 9), {}) == arguments.decode(b'{"b":9}')
    assert ((1, 2, 9), {"e": 8}) == arguments.decode(b'{"c":9,"e":8}')
    assert ((7,), {"d": 6}) == arguments.decode(b'{"d":6,"a":7}')
    assert ((), {}) == arguments.decode(b"{}")


def test_a_default_that_is_no_json_stays_python_s(compiled: Compile) -> None:
    mark = object()

    def f(a: Any = mark, b: Any = mark, /) -> Any:
        return a

    arguments, _ = compiled(f).operations["f"].arguments.decode(b'{"b":1}')
    assert (mark, 1) == arguments


@pytest.mark.parametrize(
    ("annotation", "value", "text"),
    [
        (int, 1, "1"),
        (int, Size.L, "2"),
        (float, 1, "1.0"),
        (str, "é\u2028", '"é\u2028"'),
        (str, "NaN null Infinity", '"NaN null Infinity"'),
        (Decimal, Decimal("1.50"), '"1.50"'),
        (uuid.UUID, uuid.UUID(int=5), '"00000000-0000-0000-0000-000000000005"'),
        (datetime.datetime, datetime.datetime(2026, 1, 31, tzinfo=UTC), '"2026-01-31T00:00:00Z"'),
        (bytes, b"\xfb\xff", '"-_8="'),
        (Colour, Colour.RED, '"red"'),
        (Literal["a"], "a", '"a"'),
        (None, None, "null"),
        (int | None, None, "null"),
        (Literal["a", None], None, "null"),
        (Any, None, "null"),
        (list[int | None], [1, None], "[1,null]"),
        (dict[str, int | None], {"null": None}, '{"null":null}'),
        (dict[str, int], collections.Counter("a"), '{"a":1}'),
        (tuple[int, str], (1, "a"), '[1,"a"]'),
        (collections.abc.Sequence[int], range(2), "[0,1]"),
        (collections.abc.Sequence[int], (1,), "[1]"),
        (collections.abc.Iterable[int], (n for n in (1, 2)), "[1,2]"),
        (collections.abc.Iterable[int], [1], "[1]"),
        (collections.abc.Iterable[int] | None, iter([1]), "[1]"),
        (collections.abc.Mapping[str, int], types.MappingProxyType({"a": 1}), '{"a":1}'),
        (collections.abc.Set[int], frozenset({1}), "[1]"),
        (Item, Item("tea"), '{"name":"tea","size":1,"parent":null}'),
        (Options, {"a": 1}, '{"a":1}'),
        (Config, Config(depth=1), '{"depth":1,"from":"here"}'),
        (Point, Point(1.0), "[1.0,null]"),
        (Item | Config, Config(depth=1), '{"depth":1,"from":"here"}'),
        (Tree, {"children": [{"children": []}]}, '{"children":[{"children":[]}]}'),
    ],
)
def test_a_result_becomes_json(compiled: Compile, annotation: Any, value: Any, text: str) -> None:
    assert text == taking(compiled, annotation).result.encode(value).decode()


@pytest.mark.parametrize(
    ("annotation", "value"),
    [
        (Item, SecretItem("tea")),
        (list[Item], [SecretItem("tea")]),
        (dict[str, Item], {"a": SecretItem("tea")}),
        (tuple[Item, ...], (SecretItem("tea"),)),
        (Item | None, SecretItem("tea")),
        (Item | Config, SecretItem("tea")),
        (Point, Point(1.0, SecretItem("tea"))),
        (Item, Item("tea", parent=SecretItem("box"))),
        (Options, {"a": 1, "secret": "hidden"}),
    ],
)
def test_only_declared_fields_leave(compiled: Compile, annotation: Any, value: Any) -> None:
    text = taking(compiled, annotation).result.encode(value)
    assert (False, False) == (b"secret" in text, b"hidden" in text)


def circle() -> list[Any]:
    made: list[Any] = []
    made.append(made)
    return made


@pytest.mark.parametrize(
    ("annotation", "value"),
    [
        (int, None),
        (int, "1"),
        (int, 1.0),
        (float, math.nan),
        (float, -math.inf),
        (list[float], [1.0, math.inf]),
        (Any, {"a": math.nan}),
        (str, b"x"),
        (str, "\ud800"),
        (bool, 1),
        (Decimal, 1),
        (datetime.datetime, datetime.date(2026, 1, 31)),
        (datetime.date, datetime.datetime(2026, 1, 31)),
        (Colour, "red"),
        (Literal["a"], "b"),
        (list[Literal["a"]], ["a", "b"]),
        (None, 1),
        (Item, {"name": "tea"}),
        (Item, Item(None)),  # type: ignore[arg-type]
        (Item, Item(1)),  # type: ignore[arg-type]
        (list[Item], [None]),
        (list[Item], (Item("tea"),)),
        (list[int | str], [1, None]),
        (dict[str, Item], {"a": None}),
        (dict[str, int], {1: 2}),
        (tuple[int, str], (1, None)),
        (tuple[int, str], (1,)),
        (Options, {"b": "x"}),
        (Options, {"a": None}),
        (Tree, {"children": [{}]}),
        (Config, Config.model_construct(depth="x")),
        (Point, Point("x")),  # type: ignore[arg-type]
        (collections.abc.Sequence[str], "abc"),
        (Any, object()),
        pytest.param(Any, circle(), id="circle"),
        pytest.param(Any, [None, 10**5000], id="5001-digits"),
        (Any, len),
    ],
)
def test_a_result_of_another_type_is_broken(compiled: Compile, annotation: Any, value: Any) -> None:
    result = taking(compiled, annotation).result
    with pytest.raises(BrokenResult, match="returned"):
        result.encode(value)


def test_a_mutated_default_does_not_leak_from_call_to_call(compiled: Compile) -> None:
    arguments = taking(compiled, list[int]).arguments
    arguments.decode(b'{"x":[1]}')[1]["x"].append(2)
    assert [1] == arguments.decode(b'{"x":[1]}')[1]["x"]


@pytest.mark.parametrize(
    ("annotation", "expected"),
    [
        (collections.abc.Iterable[int], list[int]),
        (collections.abc.Iterable, list),
        (collections.abc.Mapping[str, collections.abc.Sequence[int]], dict[str, list[int]]),
        (collections.abc.Iterable[int] | None, typing.Optional[list[int]]),  # noqa: UP045
        (typing.Annotated[collections.abc.Set[int], "x"], typing.Annotated[set[int], "x"]),
        (tuple[collections.abc.Iterable[int], ...], tuple[list[int], ...]),
        (Literal["a"], Literal["a"]),
        (Item, Item),
    ],
)
def test_abstract_collections_are_read_as_concrete_ones(annotation: Any, expected: Any) -> None:
    assert expected == concrete(annotation)


@pytest.mark.parametrize(
    ("loc", "text"), [(("a",), "a"), (("a", 0, "b"), "a[0].b"), ((0, 1), "[0][1]"), ((), ""), (("a", "b"), "a.b")]
)
def test_the_place_of_an_error(loc: Any, text: str) -> None:
    assert text == place(loc)


def test_the_json_schema_of_a_result_is_what_is_written(compiled: Compile) -> None:
    def f() -> Config:
        return Config(depth=1)

    facade = compiled(f)
    schema = facade.contract.schemas["Config"]
    assert set(schema["properties"]) == set(json.loads(facade.operations["f"].result.encode(Config(depth=1))))
