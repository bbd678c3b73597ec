from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from parvis.client.values.codec import Codec

VALUES: list[tuple[str, Any, bytes]] = [
    ("Decimal", Decimal("0.10"), b'"0.10"'),
    ("bytes", b"\xff\x00", b'"_wA="'),
    ("list[bytes]", [b"\xff"], b'["_w=="]'),
    ("UUID", UUID(int=1), b'"00000000-0000-0000-0000-000000000001"'),
    ("Path", Path("/a"), b'"/a"'),
    ("timedelta", timedelta(seconds=90), b'"PT1M30S"'),
    ("datetime", datetime(2026, 1, 2, tzinfo=UTC), b'"2026-01-02T00:00:00Z"'),
    ("set[int]", {1}, b"[1]"),
    ("tuple[int, ...]", (1, 2), b"[1,2]"),
    ("tuple[int, str]", (1, "a"), b'[1,"a"]'),
    ("dict[str, float | None]", {"NaN": None}, b'{"NaN":null}'),
    ("Literal['a', 1]", 1, b"1"),
    ("int", 10**40, b"1" + b"0" * 40),
    ("None", None, b"null"),
    ("Any", {"a": [1, None]}, b'{"a":[1,null]}'),
]


@pytest.mark.parametrize(("text", "value", "body"), VALUES, ids=[text for text, *_ in VALUES])
def test_values_cross_as_the_mapping_says(text, value, body):
    codec = Codec({})
    assert (body, value) == (codec.dump(text, value), codec.load(text, body))
    assert type(value) is type(codec.load(text, body))


def test_standard_base64_is_read_too():
    assert b"\xff\xfe\xfd" == Codec({}).load("bytes", b'"//79"')


@pytest.mark.parametrize(
    ("text", "body"),
    [("int", b'"12"'), ("int", b"true"), ("str", b"1"), ("int", b"1,2"), ("int", b""), ("int", b"1],[2"),
     ("list[int]", b"[" * 100_000), ("float", b'"nan"')],
)  # fmt: skip
def test_what_is_not_of_the_type_is_refused(text, body):
    with pytest.raises(ValueError, match=r".+"):
        Codec({}).load(text, body)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), {"a": [float("-inf")]}], ids=repr)
def test_a_number_that_json_lacks_does_not_become_null(value):
    with pytest.raises(ValueError, match=r"JSON has no (NaN|-?Infinity)"):
        Codec({}).dump("Any", value)


def test_a_value_in_a_circle_is_refused():
    circle: list[Any] = []
    circle.append(circle)
    with pytest.raises(ValueError, match="Circular reference"):
        Codec({}).dump("Any", circle)


def test_a_type_of_which_there_are_no_values_is_refused():
    with pytest.raises(ValueError, match=r".+"):
        Codec({}).load("dict[int]", b"{}")


def test_an_unknown_type_is_refused():
    with pytest.raises(ValueError, match="'os' is no type"):
        Codec({}).resolve("list[os]")
