"""parvis.protocol.messagepack: another spelling of the same JSON values."""

from __future__ import annotations

import json
import math
import time
from typing import Any

import msgpack
import pytest
from hypothesis import given
from hypothesis import strategies as st

from parvis.contract.outcomes import Refusal
from parvis.protocol.messagepack import from_json, to_json

VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


def same(one: Any, other: Any) -> bool:
    """Equal, and of the same types all the way down: 1 is not 1.0, nor True."""
    return repr(one) == repr(other)


@given(st.dictionaries(st.text(), VALUES, max_size=4))
def test_a_body_says_what_its_json_says(value: dict[str, Any]) -> None:
    assert same(value, json.loads(to_json(msgpack.packb(value))))


@given(VALUES)
def test_an_answer_says_what_its_json_says(value: Any) -> None:
    packed = from_json(json.dumps(value).encode())
    assert packed is not None
    assert same(value, msgpack.unpackb(packed))


@pytest.mark.parametrize("text", [str(2**64), str(-(2**63) - 1), f'{{"a":[{10**30}]}}', "9" * 5000])
def test_what_it_has_no_word_for_is_not_said_in_it(text: str) -> None:
    assert from_json(text.encode()) is None


def nested(depth: int) -> bytes:
    return b"\x81\xa1a" + b"\x91" * depth + b"\xc0"


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (b"\x82\xa1a\x01\xa1a\x02", "'a' is given twice"),
        (b"\x81\xa1a\x82\xa1b\x01\xa1b\x02", "'b' is given twice"),
        (b"\x81\xa1a" + b"\xcb" + b"\x7f\xf8" + b"\0" * 6, "Out of range float"),
        (b"\x81\xa1a" + b"\xcb" + b"\xff\xf0" + b"\0" * 6, "Out of range float"),
        (b"\x81\xa1a\xc4\x01x", "bytes are base64 text"),
        (b"\x81\xa1a\xd6\xff\0\0\0\1", "an extension type"),
        (b"\x81\xa1a\xd4\x05\0", "an extension type"),
        (b"\x81\xc4\x01a\x01", "is not MessagePack of a JSON value"),
        (b"\x81\x01\x01", "int is not allowed for map key"),
        (b"\x81\xc0\x01", "is not allowed for map key"),
        (b"\x81\xa1a\xa1\xff", "utf-8"),
        (b"\x81\xa1a\xa3\xed\xa0\x80", "utf-8"),
        (b"\x80\x80", "extra data"),
        (b"\x81\xa1a", "exceeds max_map_len|incomplete"),
        (b"\xc1", "is not MessagePack"),
        (b"\x91\x01", "must be one JSON object"),
        (b"\xc0", "must be one JSON object"),
        (b"{}", "extra data"),
        (nested(200), "nested too deeply"),
        (nested(900), "nested too deeply"),
        (nested(100_000), "nested too deeply"),
    ],
)
def test_what_is_no_json_object_is_refused(body: bytes, told: str) -> None:
    with pytest.raises(Refusal, match=told) as caught:
        to_json(body)
    assert ("malformed-request", 400) == (caught.value.outcome.code, caught.value.outcome.status)


def test_as_deep_as_json_is_read() -> None:
    assert b'{"a":' + b"[" * 199 + b"null" + b"]" * 199 + b"}" == to_json(nested(199))


@given(st.binary(max_size=200))
def test_whatever_comes_is_an_object_or_refused(body: bytes) -> None:
    try:
        made = json.loads(to_json(body), parse_constant=lambda name: pytest.fail(name))
    except Refusal:
        return
    assert type(made) is dict


@pytest.mark.parametrize("levels", [100, 199, 2000])
def test_a_length_that_the_bytes_do_not_hold_is_not_believed(levels: int) -> None:
    """Each level says it has as many elements as a body may have bytes: believed, it takes gigabytes and minutes."""
    body = (b"\xdd" + (900_000).to_bytes(4)) * levels + b"\0" * (1_048_576 - 5 * levels)
    began = time.process_time()
    with pytest.raises(Refusal):
        to_json(body)
    assert time.process_time() - began < 1


def test_numbers_keep_their_kind() -> None:
    assert b'{"a":1,"b":1.0,"c":0.1,"d":-0.0}' == to_json(msgpack.packb({"a": 1, "b": 1.0, "c": 0.1, "d": -0.0}))
    assert math.copysign(1, msgpack.unpackb(from_json(b"-0.0"))) == -1
