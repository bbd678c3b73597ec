"""parvis.protocol.http.ranges: one part of an answer."""

from __future__ import annotations

import pytest

from parvis.contract.outcomes import Refusal
from parvis.protocol.http.ranges import holds, part, told
from parvis.protocol.http.refusal import HttpRefusal


@pytest.mark.parametrize(
    ("field", "expected"),
    [
        ("bytes=0-0", (0, 1)),
        ("bytes=0-9", (0, 10)),
        ("bytes=2-4", (2, 5)),
        ("bytes=2-", (2, 10)),
        ("bytes=9-9", (9, 10)),
        ("bytes=5-99999", (5, 10)),
        ("bytes=-3", (7, 10)),
        ("bytes=-10", (0, 10)),
        ("bytes=-99999", (0, 10)),
        ("Bytes=2-4", (2, 5)),
        ("bytes= 2-4 ,", (2, 5)),
        # Passed over: the whole goes out.
        ("bytes=0-1,3-4", None),
        ("bytes=4-2", None),
        ("bytes=-", None),
        ("bytes=", None),
        ("bytes=a-b", None),
        ("bytes=1", None),
        ("bytes = 1-2", None),
        ("items=0-1", None),
        ("bytes=+1-2", None),
        ("bytes=1-\u0662", None),
        ("", None),
        ("bytes=0-" + "9" * 5000, None),
    ],
)
def test_one_range_is_answered_and_what_is_none_is_passed_over(field: str, expected: tuple[int, int] | None) -> None:
    assert expected == part(field.encode(), 10)


@pytest.mark.parametrize(
    ("field", "length"), [("bytes=10-", 10), ("bytes=11-12", 10), ("bytes=-0", 10), ("bytes=0-", 0)]
)
def test_a_range_beyond_the_end_is_refused(field: str, length: int) -> None:
    with pytest.raises(Refusal) as refused:
        part(field.encode(), length)
    assert (416, {"length": length}) == (refused.value.outcome.status, refused.value.values)


def test_the_end_of_nothing_is_the_whole() -> None:
    assert None is part(b"bytes=-5", 0)


def test_a_part_is_told_by_its_first_and_last_byte() -> None:
    assert (b"content-range", b"bytes 2-4/10") == told(2, 5, 10)


def test_what_is_not_there_is_refused_with_how_much_there_is() -> None:
    with pytest.raises(HttpRefusal) as refused:
        part(b"bytes=10-", 10)
    assert [(b"content-range", b"bytes */10")] == refused.value.fields


@pytest.mark.parametrize(
    ("field", "expected"),
    [(b'"a"', True), (b' "a" ', True), (b'W/"a"', False), (b'"b"', False), (b"Tue, 01 Sep 2026 00:00:00 GMT", False)],
)
def test_if_range_holds_with_the_very_tag(field: bytes, expected: bool) -> None:
    assert expected == holds(field, b'"a"')
