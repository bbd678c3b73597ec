"""Constraints: which arguments have which text, and how values are spelt."""

from datetime import UTC, date, datetime, time
from decimal import Decimal
from enum import Enum, IntEnum, StrEnum
from pathlib import Path
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parvis.access.constraints import VALUES_MOST, Constraints


class Kind(Enum):
    CITY = "city"
    SHAPE = (1, 2)


class Level(IntEnum):
    LOW = 1


class Colour(StrEnum):
    RED = "red"


class Word(str):
    __slots__ = ()

    def __str__(self):
        return "FR"


@pytest.mark.parametrize(
    ("values", "argument", "expected"),
    [
        ("FR, BE", "FR", True),
        ("FR, BE", "DE", False),
        ("FR", "fr", False),
        ("FR", "", False),
        ('""', "", True),
        ("FR", None, False),
        ("None, null", None, False),
        # Lists: every element, and at least one
        ("FR, BE", ["FR", "BE"], True),
        ("FR, BE", ("FR", "DE"), False),
        ("FR, BE", {"FR"}, True),
        ("FR, BE", frozenset({"FR"}), True),
        ("FR", [], False),
        ("FR", ["FR", None], False),
        ("FR", [["FR"]], False),
        ("1, 2", [1, 2.0, Decimal(2)], True),
        # true and false are no numbers
        ("true", True, True),
        ("true", "true", True),
        ("true", False, False),
        ("false", False, True),
        ("1", True, False),
        ("true", 1, False),
        # Numbers, by value
        ("1", 1, True),
        ("1", 1.0, True),
        ("1", Decimal("1.00"), True),
        ("1", "1", True),
        ("1", "1.0", False),
        ("1", 1.5, False),
        ("1.5", 1.5, True),
        ("0.1", 0.1, True),
        ("0.1", Decimal("0.10"), True),
        ("0", -0.0, True),
        ("0", Decimal("0E-9999999"), True),
        ("-2", -2, True),
        ("1000", 1e3, True),
        ("1000", Decimal("1E+3"), True),
        ("100000000000000000000000", 10**23, True),
        ("100000000000000000000000", 1e23, True),
        ("0.00001", 1e-5, True),
        ('"1.0"', "1.0", True),
        ('"1.0"', 1.0, False),
        ("nan, inf, NaN, Infinity", float("nan"), False),
        ("nan, inf, NaN, Infinity", float("inf"), False),
        ("nan, sNaN, NaN", Decimal("sNaN"), False),
        ("1", Decimal("1E+999999"), False),
        ("1", Decimal("1E-999999"), False),
        # Texts of other types
        ("12345678-1234-5678-1234-567812345678", UUID("12345678123456781234567812345678"), True),
        ("2026-01-31", date(2026, 1, 31), True),
        ('"2026-01-31T12:00:00+00:00"', datetime(2026, 1, 31, 12, tzinfo=UTC), True),
        ("2026-01-31", datetime(2026, 1, 31), False),
        ("city", Kind.CITY, True),
        ("CITY", Kind.CITY, False),
        ("SHAPE", Kind.SHAPE, True),
        ("1", Level.LOW, True),
        ("red", Colour.RED, True),
        ("FR", Word("DE"), False),
        ("DE", Word("DE"), True),
        # All else
        ("FR", b"FR", False),
        ("FR", {"FR": 1}, False),
        ("FR", Path("FR"), False),
        ('"12:00:00"', time(12), False),
        ("FR", object(), False),
    ],
)
def test_an_argument_passes_when_its_text_is_in_the_list(values, argument, expected):
    constraints = Constraints.of(f"x in [{values}]")

    assert expected == constraints.admits({"x": argument})
    assert (() if expected else ("x",)) == constraints.failing({"x": argument})


def test_an_integer_too_long_to_print_fails():
    assert not Constraints.of("x in [1]").admits({"x": 10**6000})


def test_every_constraint_must_be_met_and_those_that_are_not_are_named():
    constraints = Constraints.of("kind in [city], country in [FR, BE], lang in [fr]")

    assert constraints.admits({"kind": "city", "country": "FR", "lang": "fr", "limit": 3})
    assert not constraints.admits({"kind": "city", "country": "DE", "lang": "fr"})
    assert ("country", "lang") == constraints.failing({"kind": "city", "country": "DE"})
    assert ("country", "kind", "lang") == constraints.failing({})


@pytest.mark.parametrize(
    ("written", "spelling"),
    [
        ("x in[b,a,b]", "x in [a, b]"),
        ('  x  in  [ "b" , a ]  ', "x in [a, b]"),
        ("y in [1], x in [2]", "x in [2], y in [1]"),
        ('x in ["1", "true"]', "x in [1, true]"),
        ('x in ["1.0", "1e5", "-0"]', 'x in ["-0", "1.0", "1e5"]'),
        ("x in [01234, +33, 1.2.3, .5, a_b-c]", "x in [+33, .5, 01234, 1.2.3, a_b-c]"),
        (r'x in ["a\"b\\c\/\n"]', r'x in ["a\"b\\c/\n"]'),
        (r'x in ["\u00e9\ud83d\ude00"]', 'x in ["é😀"]'),
        ('x in ["\u200b\x7f\u202e\U000e0001"]', r'x in ["\u200b\u007f\u202e\udb40\udc01"]'),
        ('x in [""]', 'x in [""]'),
        ("größe in [1]", "größe in [1]"),
    ],
)
def test_constraints_have_one_spelling(written, spelling):
    assert spelling == str(Constraints.of(written))
    assert Constraints.of(spelling) == Constraints.of(written)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "look like"),
        ("x", "look like"),
        ("x in", "look like"),
        ("x = [a]", "look like"),
        ("xin [a]", "look like"),
        ("x IN [a]", "look like"),
        ("1x in [a]", "look like"),
        ("x.y in [a]", "look like"),
        ("x in [a],", "look like"),
        ("x in [a] y in [b]", "look like"),
        ("x in [a]]", "look like"),
        ("x in [a], x in [b]", "`x` is constrained twice"),
        ("x in []", "`x` needs 1 to 100 values"),
        ("x in [a,]", "`x` needs 1 to 100 values"),
        ("x in [a b]", "`x` needs 1 to 100 values"),
        ("x in [a", "`x` needs 1 to 100 values"),
        ("x in [a:b]", "`x` needs 1 to 100 values"),
        ("x in [é]", "`x` needs 1 to 100 values"),
        ('x in ["a]', "`x` needs 1 to 100 values"),
        (r'x in ["\x"]', "`x` needs 1 to 100 values"),
        ('x in ["\n"]', "`x` needs 1 to 100 values"),
        ("x in [1.0]", 'no plain number like .* as a text: "1.0"'),
        ("x in [1e5]", "no plain number"),
        ("x in [-0]", "no plain number"),
        (r'x in ["\ud800"]', "surrogate"),
        ('x in ["\ud800"]', "surrogate"),
    ],
)
def test_what_cannot_be_read_is_refused_with_the_reason(text, reason):
    with pytest.raises(ValueError, match=reason):
        Constraints.of(text)


def test_a_list_has_at_most_a_hundred_values():
    full = ", ".join(f"v{index}" for index in range(VALUES_MOST))

    assert VALUES_MOST == len(Constraints.of(f"x in [{full}]").allowed[0][1])
    for one in ("more", "v0"):
        with pytest.raises(ValueError, match="1 to 100 values"):
            Constraints.of(f"x in [{full}, {one}]")


@pytest.mark.parametrize(
    "allowed",
    [
        (),
        (("x", frozenset()),),
        (("y", frozenset("a")), ("x", frozenset("a"))),
        (("x", frozenset("a")), ("x", frozenset("b"))),
        (("x", frozenset(map(str, range(101)))),),
    ],
)
def test_constraints_are_checked_at_birth(allowed):
    with pytest.raises(ValueError, match=r"constraints are|a list holds"):
        Constraints(allowed)


def test_constraints_do_not_change():
    with pytest.raises(AttributeError):
        Constraints.of("x in [a]").allowed = ()


texts = st.text(st.characters(exclude_categories=["Cs"]))


@given(st.dictionaries(st.sampled_from("abc"), st.frozensets(texts, min_size=1, max_size=5), min_size=1))
def test_any_text_is_spelt_so_that_it_reads_back(allowed):
    constraints = Constraints(tuple(sorted(allowed.items())))

    assert constraints == Constraints.of(str(constraints))
    assert str(constraints).isprintable()


@given(
    st.one_of(st.integers(), st.floats(allow_nan=False, allow_infinity=False), st.decimals(-(10**30), 10**30, places=9))
)
def test_a_number_passes_the_list_with_its_plain_spelling(number):
    plain = f"{Decimal(repr(number)) if isinstance(number, float) else Decimal(number):f}"
    plain = plain.rstrip("0").rstrip(".") if "." in plain else plain

    assert Constraints.of(f"x in [{'0' if plain == '-0' else plain}]").admits({"x": number})
