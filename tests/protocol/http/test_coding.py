"""parvis.protocol.http.coding: gzip out, and bounded inflation in."""

from __future__ import annotations

import gzip
import random

import pytest

from parvis.contract.outcomes import Refusal
from parvis.protocol.http.coding import FREE, RATIO, Inflater, gzipped

LIMIT = 1_000_000


def inflated(body: bytes, limit: int = LIMIT, step: int = 1 << 20) -> bytes:
    inflater, made = Inflater(), b""
    for start in range(0, len(body), step):
        made += inflater.feed(body[start : start + step], limit - len(made))
        if len(made) > limit:
            return made
    inflater.end()
    return made


NOISE = random.Random(1).randbytes(200_000)


def test_what_goes_out_is_gzip_and_the_same_for_the_same() -> None:
    assert NOISE == gzip.decompress(gzipped(NOISE))
    assert gzipped(NOISE) == gzipped(NOISE)


@pytest.mark.parametrize("step", [1, 7, 1 << 20])
@pytest.mark.parametrize("body", [b"", b"{}", NOISE[:3000], b'{"a":1}' * 5000])
def test_a_body_comes_in_however_it_is_cut(body: bytes, step: int) -> None:
    assert body == inflated(gzip.compress(body), step=step)


def test_no_body_at_all_is_empty() -> None:
    assert b"" == inflated(b"")


@pytest.mark.parametrize("limit", [0, 1, 1000, 65_536, 199_999])
def test_no_more_than_one_byte_over_the_limit_is_ever_made(limit: int) -> None:
    assert NOISE[: limit + 1] == inflated(gzip.compress(NOISE), limit)


@pytest.mark.parametrize("step", [1, 100, 1 << 20])
def test_a_bomb_is_refused(step: int) -> None:
    with pytest.raises(Refusal, match=f"{RATIO} times"):
        inflated(gzip.compress(b"0" * (FREE + 1)), step=step)
    with pytest.raises(Refusal, match=f"{RATIO} times"):
        inflated(gzip.compress(b"0" * 900_000), step=step)


def test_what_is_short_may_be_as_dense_as_it_will() -> None:
    assert b" " * FREE == inflated(gzip.compress(b" " * FREE))


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        (b"{}", "is not gzip"),
        (b"\x78\x9c", "is not gzip"),
        (gzip.compress(b"{}")[:-1], "is cut"),
        (gzip.compress(b"{}")[:5], "is cut"),
        (gzip.compress(b"{}") + b"x", "after its end"),
        (gzip.compress(b"{}") * 2, "after its end"),
        (gzip.compress(b"{}")[:-8] + b"\0" * 8, "is not gzip"),
    ],
)
@pytest.mark.parametrize("step", [1, 1 << 20])
def test_what_is_no_single_gzip_is_refused(body: bytes, detail: str, step: int) -> None:
    with pytest.raises(Refusal, match=detail):
        inflated(body, step=step)
