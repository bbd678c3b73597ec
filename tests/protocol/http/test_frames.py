"""parvis.protocol.http.frames: how items are strung together."""

from __future__ import annotations

import json

import pytest

from parvis.protocol.http.frames import frames


@pytest.mark.parametrize(
    "turns", [[[]], [[b"1"]], [[], [b"1"]], [[b"1", b"2"], [], [b"3"], []], [[], [], [b"1"], [b"2"]]]
)
def test_an_array_is_one_however_its_items_come(turns: list[list[bytes]]) -> None:
    framed = frames(b"application/json")
    text = b"".join(framed.items(items) for items in turns) + framed.end()
    assert [int(item) for items in turns for item in items] == json.loads(text)


@pytest.mark.parametrize("before", [[], [b"1"]])
def test_the_last_element_of_an_array_that_fails_is_the_problem(before: list[bytes]) -> None:
    framed = frames(b"application/json")
    text = framed.items(before) + framed.problem(b'{"code":"x"}') + framed.end()
    assert [*map(int, before), {"$problem": {"code": "x"}}] == json.loads(text)


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        (b"", b'1\n2\n{"$problem":{}}\n'),
        (b"application/x-ndjson", b'1\n2\n{"$problem":{}}\n'),
        (b"text/event-stream", b"data: 1\n\ndata: 2\n\nevent: problem\ndata: {}\n\n"),
    ],
)
def test_lines_and_events_stand_each_for_itself(kind: bytes, expected: bytes) -> None:
    framed = frames(kind)
    assert expected == framed.items([b"1", b"2"]) + framed.problem(b"{}") + framed.end()
