"""An idempotency key is a String in quotes, or the same characters without them; what could be read apart is none."""

from __future__ import annotations

import pytest

from parvis.contract.outcomes import Refusal
from parvis.protocol.idempotency import key_of

UUID = b"6f0a8e1c-7d0b-4f0e-9a3a-3f1f0c6d2b57"


@pytest.mark.parametrize(
    ("header", "key"),
    [
        (UUID, UUID),
        (b'"' + UUID + b'"', UUID),
        (b"!", b"!"),
        (b"x" * 255, b"x" * 255),
        (b'"' + b"x" * 255 + b'"', b"x" * 255),
        (b'"a,b;c"', b"a,b;c"),
        (rb'"\"a\\b\""', rb'"a\b"'),
    ],
)
def test_both_spellings_name_the_same_key(header: bytes, key: bytes) -> None:
    assert key == key_of(header)


@pytest.mark.parametrize(
    "header",
    [
        b"", b'""', b'"a', b'a"', b"a b", b'"a b"', b'"a";x=1', b"a;x=1", b"a, b", b'"a", "b"', rb'"a\b"', b"a\\b",
        b"x" * 256, b'"' + b"x" * 256 + b'"', b"caf\xc3\xa9", b"a\n", b'"a"\n', b"a\x7f", b"\x00",
    ],
)  # fmt: skip
def test_anything_else_is_malformed(header: bytes) -> None:
    with pytest.raises(Refusal) as refused:
        key_of(header)
    assert "malformed-request" == refused.value.outcome.code
