"""Query strings: the grammar of every simple type, and that a body would have said the same."""

from __future__ import annotations

import datetime
import enum
import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any, Literal
from urllib.parse import quote, quote_plus
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parvis.contract.outcomes import Refusal
from parvis.facade.codec import strict_json
from parvis.facade.compile import compile_facade
from parvis.facade.target import load
from parvis.protocol.http.query import Query

UTC = datetime.UTC


class Colour(enum.Enum):
    RED = "red"
    BLUE_SKY = "blue sky"


class Level(enum.IntEnum):
    LOW = 1
    HIGH = 2


NOBODY = UUID(int=0)


def take(
    text: str = "", flag: bool = False, n: int = 0, x: float = 0.0, money: Decimal = Decimal(0), uid: UUID = NOBODY,
    day: datetime.date = datetime.date.min, at: datetime.datetime = datetime.datetime.min,
    hour: datetime.time = datetime.time.min, colour: Colour = Colour.RED, level: Level = Level.LOW,
    word: Literal["a", 1, True] = "a", maybe: int | None = None, many: list[int] | None = None,
    texts: list[str] | None = None, colours: list[Colour] | None = None, odd: dict[str, int] | None = None,
) -> None: ...  # fmt: skip


OPERATION = compile_facade(load(take)).operations["take"]
TYPES = {t.name: t for t in compile_facade(load(take)).contract.types}
QUERY = Query(OPERATION.spec.parameters, TYPES)


def read(query: str | bytes) -> dict[str, Any]:
    return OPERATION.arguments.decode(QUERY.read(query if isinstance(query, bytes) else query.encode()))[1]


@pytest.mark.parametrize(
    ("query", "value"),
    [
        ("", {}),
        ("text=", {"text": ""}),
        ("text", {"text": ""}),
        ("text=a%20b+c", {"text": "a b c"}),
        ("text=%2B%26%3D%25", {"text": "+&=%"}),
        ("text=a=b", {"text": "a=b"}),
        ("te%78t=a", {"text": "a"}),
        ("text=%C3%A9\u00e9", {"text": "éé"}),
        ("text=%00%0A%22%5C", {"text": '\0\n"\\'}),
        ("text=%F0%9F%98%80", {"text": "😀"}),
        ("text=%zz", {"text": "%zz"}),
        ("text=null", {"text": "null"}),
        ("text=%E2%80%A8", {"text": "\u2028"}),
        ("flag=true", {"flag": True}),
        ("flag=false", {"flag": False}),
        ("n=-12", {"n": -12}),
        ("n=0", {"n": 0}),
        ("n=" + "9" * 4300, {"n": int("9" * 4300)}),
        ("x=1", {"x": 1.0}),
        ("x=-1.5e-3", {"x": -0.0015}),
        ("x=-0.0", {"x": -0.0}),
        ("money=1.50", {"money": Decimal("1.50")}),
        ("money=12345678901234567890.123456789", {"money": Decimal("12345678901234567890.123456789")}),
        ("uid=12345678-1234-5678-1234-56781234567A", {"uid": UUID("1234567812345678123456781234567a")}),
        ("day=2026-01-31", {"day": datetime.date(2026, 1, 31)}),
        ("at=2026-01-31T12:00:00Z", {"at": datetime.datetime(2026, 1, 31, 12, tzinfo=UTC)}),
        ("at=2026-01-31T12:00:00%2B00:00", {"at": datetime.datetime(2026, 1, 31, 12, tzinfo=UTC)}),
        ("at=2026-01-31+12:00", {"at": datetime.datetime(2026, 1, 31, 12)}),
        ("at=2026-01-31T12:00:00.123456", {"at": datetime.datetime(2026, 1, 31, 12, 0, 0, 123456)}),
        ("hour=12:00:30", {"hour": datetime.time(12, 0, 30)}),
        ("colour=blue+sky", {"colour": Colour.BLUE_SKY}),
        ("level=2", {"level": Level.HIGH}),
        ("word=true", {"word": True}),
        ("word=1", {"word": 1}),
        ("maybe=3", {"maybe": 3}),
        ("many=1&many=2", {"many": [1, 2]}),
        ("many=1", {"many": [1]}),
        ("texts=&texts=a", {"texts": ["", "a"]}),
        ("colours=red&n=1&colours=red", {"colours": [Colour.RED, Colour.RED], "n": 1}),
        ("&n=1&&", {"n": 1}),
    ],
)  # fmt: skip
def test_text_is_read_by_the_grammar_of_its_type(query: str, value: dict[str, Any]) -> None:
    found = read(query)
    assert (value, {k: type(v) for k, v in value.items()}) == (found, {k: type(v) for k, v in found.items()})


@pytest.mark.parametrize(
    "query",
    [
        "flag=True", "flag=1", "flag=", "flag", "flag=yes",
        "n=1_000", "n=+1", "n=%2B1", "n=01", "n=1.0", "n=1e3", "n=", "n=%201", "n=1%20", "n=1+", "n=٣", "n=0x1",
        "n=--1",
        "n=1%00", "n=1%0A", "n=null", "n=true",
        "x=nan", "x=NaN", "x=inf", "x=Infinity", "x=-Infinity", "x=1_0.0", "x=.5", "x=5.", "x=1e", "x=1e999", "x= 1",
        "x=",
        "money=1_000", "money=nan", "money=NaN", "money=Infinity", "money=+1", "money=%201", "money=1,5", "money=",
        "money=.5", "money=sNaN",
        "uid=1", "uid=12345678123456781234567812345678", "uid=%7B12345678-1234-5678-1234-567812345678%7D",
        "uid=urn:uuid:12345678-1234-5678-1234-567812345678", "uid=",
        "day=1700000000", "day=0", "day=2026-1-31", "day=2026-02-30", "day=2026-01-31T00:00:00", "day=20260131", "day=",
        "at=1700000000", "at=0", "at=2026-01-31", "at=2026-01-31T25:00:00", "at=%202026-01-31T12:00:00", "at=now",
        "at=",
        "at=2026-01-31T12:00:00+00:00",
        "hour=12", "hour=25:00", "hour=3600", "hour=",
        "colour=RED", "colour=", "colour=blue_sky", "level=LOW", "level=1.0", "level=01", "level=3",
        "word=b", "word=True", "word=",
        "maybe=", "maybe=null", "maybe=None",
        "many=1,2", "many=", "many=[1]", "many=1&many=x",
        "text=%FF", "text=%C3", "text=%ED%A0%80",
        "odd=1", "unknown=1", "unknown", "=1", "%74ex=1", "Text=a",
    ],
)  # fmt: skip
def test_any_other_text_is_refused(query: str) -> None:
    with pytest.raises(Refusal) as caught:
        read(query)
    assert "invalid-arguments" == caught.value.outcome.code
    assert all({"location", "message", "fix"} == set(error) for error in caught.value.members["errors"])


@pytest.mark.parametrize("query", ["n=1&n=2", "n=1&n=1", "text=a&te%78t=b", "maybe=1&maybe=2", "colour=red&colour=red"])
def test_a_name_given_twice_that_is_no_list_is_a_malformed_request(query: str) -> None:
    with pytest.raises(Refusal, match="is given twice") as caught:
        read(query)
    assert "malformed-request" == caught.value.outcome.code


def test_all_errors_are_told_at_once_in_their_places() -> None:
    with pytest.raises(Refusal) as caught:
        read("n=x&flag=1&unknown=2&odd=3&text=fine")
    assert [
        ("n", "should be an integer, digits only"),
        ("flag", "should be `true` or `false`"),
        ("unknown", "is not a parameter of this operation"),
        ("odd", "cannot stand in a query string or a form"),
    ] == [(e["location"], e["message"]) for e in caught.value.members["errors"]]


def test_an_enumeration_tells_its_values() -> None:
    with pytest.raises(Refusal) as caught:
        read("colour=green")
    assert "should be one of red, blue sky" == caught.value.members["errors"][0]["message"]


def test_an_integer_of_too_many_digits_is_refused() -> None:
    with pytest.raises(Refusal) as caught:
        read("n=" + "9" * 4301)
    assert 422 >= caught.value.outcome.status >= 400


def test_an_id_of_the_path_takes_its_place_among_the_arguments() -> None:
    assert b'{"n":7,"text":"a"}' == QUERY.read(b"text=a", (b"n", b"7"))
    with pytest.raises(Refusal, match="n is given twice"):
        QUERY.read(b"n=7", (b"n", b"7"))
    with pytest.raises(Refusal):
        QUERY.read(b"", (b"n", b"seven"))


VALUES = {
    "text": st.text(),
    "flag": st.booleans(),
    "n": st.integers(),
    "x": st.floats(allow_nan=False, allow_infinity=False),
    "money": st.decimals(allow_nan=False, allow_infinity=False),
    "uid": st.uuids(),
    "day": st.dates(),
    "at": st.datetimes(timezones=st.none() | st.just(UTC)),
    "hour": st.times(),
    "colour": st.sampled_from(Colour),
    "level": st.sampled_from(Level),
    "maybe": st.integers(),
    "many": st.lists(st.integers(), min_size=1),
    "texts": st.lists(st.text(), min_size=1),
}


def plain(value: Any) -> Any:
    """As a caller writes it in JSON."""
    match value:
        case enum.Enum():
            return value.value
        case datetime.date() | datetime.time():
            return value.isoformat()
        case Decimal() | UUID():
            return str(value)
    return value


@given(st.fixed_dictionaries({}, optional=VALUES), st.sampled_from([quote, quote_plus]))
def test_a_query_and_a_body_give_the_same_arguments(values: dict[str, Any], escape: Callable[..., str]) -> None:
    said = {name: plain(value) for name, value in values.items()}
    pairs = [(n, v) for n, value in said.items() for v in (value if isinstance(value, list) else [value])]
    query = "&".join(f"{name}={escape(v if isinstance(v, str) else json.dumps(v), safe='')}" for name, v in pairs)
    body = json.dumps(said).encode()
    strict_json(body)
    from_query, from_body = read(query), OPERATION.arguments.decode(body)[1]
    assert values == from_query == from_body
    assert [type(v) for v in from_query.values()] == [type(v) for v in from_body.values()]


@given(st.binary(max_size=40) | st.text("abn=&%+2,textmany0", max_size=40).map(str.encode))
def test_whatever_stands_in_a_query_is_read_or_refused(query: bytes) -> None:
    try:
        made = QUERY.read(query)
    except Refusal:
        return
    strict_json(made)
