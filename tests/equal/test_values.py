"""Values of every type cross as they are, there and back."""

from __future__ import annotations

import datetime
import uuid
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from conftest import Held, agree

U = uuid.UUID("12345678-1234-5678-1234-567812345678")
PARIS = datetime.timezone(datetime.timedelta(hours=2))
DAY = datetime.date(2026, 7, 14)

PLAIN: dict[str, tuple[str, list[Any]]] = {
    "bool": ("a_bool", [True, False]),
    "int": ("an_int", [0, -1, 2**53 + 1, -(2**70)]),
    "float": ("a_float", [0.0, -0.5, 0.1 + 0.2, 1e300, 5e-324]),
    "str": ("a_text", ["", "thé", 'a "b" \\ \n\t\x00\x7f', "\u2028", "🎨", "a" * 100_000, "$problem", " x "]),
    "bytes": ("some_bytes", [b"", b"\x00\xff\xfe", bytes(range(256)), b"+/+/" * 50]),
    "Decimal": ("a_decimal", [Decimal("0"), Decimal("1.10"), Decimal("-0.00"), Decimal("1E+10"),
                              Decimal("123456789012345678901234567890.123456789")]),
    "UUID": ("a_uuid", [U, uuid.UUID(int=0)]),
    "date": ("a_date", [DAY, datetime.date(1, 1, 1), datetime.date.max]),
    "time": ("a_time", [datetime.time(1, 2, 3, 4), datetime.time(0)]),
    "timedelta": ("a_while", [datetime.timedelta(0), datetime.timedelta(days=-3, seconds=5, microseconds=7)]),
    "Path": ("a_path", [Path("/tmp/a b"), Path(".")]),
    "Literal": ("a_choice", ["left", "right", 3]),
    "Optional": ("maybe", [None, 0, 7]),
    "union": ("either", [None, 1, "1", "", [1, 2], []]),
    "list": ("a_list", [[], [Decimal("1.50")]]),
    "tuple": ("a_pair", [(1, "one")]),
    "tuple of any length": ("a_row", [(), (U,), (U, U)]),
    "set": ("a_set", [set(), {1, 2, 3}]),
    "frozenset": ("a_frozenset", [frozenset(), frozenset({"a", "b"})]),
    "dict": ("a_dict", [{}, {"a": Decimal("1.0"), "": Decimal(2), "é\"": Decimal(3)}]),
    "dict by int": ("by_number", [{}, {1: b"one", -2: b"\x00"}]),
    "Any": ("anything", [None, True, 1, 1.5, "x", [1, [2]], {"a": {"b": None}}]),
}  # fmt: skip


@pytest.mark.parametrize(("method", "value"), [
    pytest.param(method, value, id=f"{name}-{n}") for name, (method, values) in PLAIN.items()
    for n, value in enumerate(values)
])  # fmt: skip
def test_a_plain_value_comes_back_as_it_went(gallery: Any, method: str, value: Any) -> None:
    expected = value if method == "anything" else (value, type(value).__name__)

    agree(expected, getattr(gallery, method)(value))


MADE: dict[str, tuple[str, Callable[[Any], Any]]] = {
    "Enum": ("a_colour", lambda k: k.Colour.BLUE),
    "IntEnum": ("a_size", lambda k: k.Size.LARGE),
    "StrEnum": ("a_mood", lambda k: k.Mood.WILD),
    "dataclass": ("a_frame", lambda k: k.Frame(1.5)),
    "dataclass with a list of Enum": ("a_frame", lambda k: k.Frame(1.5, "ash", [k.Colour.RED, k.Colour.BLUE])),
    "frozen dataclass": ("a_picture", lambda k: k.Picture("A", Decimal("1.10"), DAY)),
    "nested dataclass": ("a_picture", lambda k: k.Picture("A", Decimal("1.10"), DAY, k.Frame(0.5))),
    "recursive dataclass": ("a_picture", lambda k: k.Picture(
        "A", Decimal(1), DAY, inside=(k.Picture("B", Decimal(2), DAY, inside=(k.Picture("C", Decimal(3), DAY),)),))),
    "pydantic model": ("a_visitor", lambda k: k.Visitor(name="Ann", age=3, moods=[k.Mood.CALM])),
    "pydantic model with defaults": ("a_visitor", lambda k: k.Visitor(name="Ann")),
    "NamedTuple": ("a_point", lambda k: k.Point(1.0, 2.5)),
    "NamedTuple with a default": ("a_point", lambda k: k.Point(1.0)),
    "union, a dataclass": ("a_thing", lambda k: k.Picture("A", Decimal(1), DAY)),
    "union, a model": ("a_thing", lambda k: k.Visitor(name="Ann")),
}  # fmt: skip


@pytest.mark.parametrize(("method", "make"), MADE.values(), ids=MADE.keys())
def test_a_value_of_the_facade_s_own_classes_comes_back_as_it_went(
    gallery: Any, kinds: Any, method: str, make: Callable[[Any], Any]
) -> None:
    value = make(kinds)

    agree((value, type(value).__name__), getattr(gallery, method)(value))


def test_a_typed_dict_comes_back_with_the_keys_that_it_had(gallery: Any, kinds: Any) -> None:
    agree(({"text": "x"}, "dict"), gallery.a_label({"text": "x"}))
    agree(({"text": "x", "size": kinds.Size.LARGE}, "dict"), gallery.a_label({"text": "x", "size": kinds.Size.LARGE}))


@pytest.mark.parametrize("moment", [
    datetime.datetime(2026, 7, 14, 12, 30, 1, 5),
    datetime.datetime(2026, 7, 14, 12, 30, tzinfo=datetime.UTC),
    datetime.datetime(2026, 7, 14, 12, 30, tzinfo=PARIS),
    datetime.datetime(2026, 1, 14, 12, 30, tzinfo=datetime.timezone(-datetime.timedelta(hours=3, minutes=30))),
], ids=str)  # fmt: skip
def test_a_moment_keeps_its_offset(gallery: Any, moment: datetime.datetime) -> None:
    back, seen = gallery.a_moment(moment)

    assert (moment, moment.utcoffset(), "datetime") == (back, back.utcoffset(), seen)


def test_a_moment_in_a_named_zone_is_the_same_moment_at_the_same_offset(gallery: Any) -> None:
    moment = datetime.datetime(2026, 7, 14, 12, 30, tzinfo=ZoneInfo("Europe/Paris"))

    back, _ = gallery.a_moment(moment)

    assert (moment, moment.utcoffset()) == (back, back.utcoffset())


def test_none_is_given_for_nothing(gallery: Any) -> None:
    assert gallery.nothing() is None


def test_fields_keep_their_types_and_frozen_stays_frozen(held: Held) -> None:
    picture, _ = held.gallery.a_picture(held.kinds.Picture("A", Decimal("1.10"), DAY, held.kinds.Frame(0.5)))
    unframed, _ = held.gallery.a_picture(held.kinds.Picture("A", Decimal("1.10"), DAY))

    agree([Decimal("1.10"), DAY, 0.5, "oak"], [picture.price, picture.painted, picture.frame.width, picture.frame.wood])
    with pytest.raises(AttributeError):
        picture.title = "B"
    assert {unframed} == {held.kinds.Picture("A", Decimal("1.10"), DAY)}
