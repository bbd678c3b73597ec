"""parvis.protocol.http.coding: gzip and zstd out, and bounded inflation in."""

from __future__ import annotations

import gzip
import random
import tracemalloc
from collections.abc import Callable

import pytest

from parvis.contract.outcomes import Refusal
from parvis.protocol.http import coding
from parvis.protocol.http.coding import FREE, GZIP, PIECE, RATIO, ZSTD, Coding, Inflater

zstd = coding._zstd()
LIMIT = 1_000_000
NOISE = random.Random(1).randbytes(200_000)

both = pytest.mark.parametrize(("made_by", "pack"), [(GZIP, gzip.compress), (ZSTD, zstd.compress)])
Pack = Callable[[bytes], bytes]


def inflated(made_by: Coding, body: bytes, limit: int = LIMIT, step: int = 1 << 20) -> bytes:
    inflater, made = Inflater(made_by), b""
    for start in range(0, len(body), step):
        for piece in inflater.pieces(body[start : start + step], limit - len(made)):
            assert 0 < len(piece) <= PIECE
            made += piece
        if len(made) > limit:
            return made
    inflater.end()
    return made


@pytest.mark.parametrize(("made_by", "unpack"), [(GZIP, gzip.decompress), (ZSTD, zstd.decompress)])
def test_what_goes_out_is_of_the_coding_and_the_same_for_the_same(made_by: Coding, unpack: Pack) -> None:
    assert NOISE == unpack(made_by.compress(NOISE))
    assert made_by.compress(NOISE) == made_by.compress(NOISE)


def test_each_coding_has_its_name_and_a_tag_of_its_own() -> None:
    assert [b"zstd", b"gzip", b"gzip"] == [each.name for each in coding.CODINGS.values()]
    assert (b"content-encoding", b"zstd") == ZSTD.field
    assert GZIP.tag != ZSTD.tag


@both
@pytest.mark.parametrize("step", [1, 7, 1 << 20])
@pytest.mark.parametrize("body", [b"", b"{}", NOISE[:3000], b'{"a":1}' * 5000])
def test_a_body_comes_in_however_it_is_cut(made_by: Coding, pack: Pack, body: bytes, step: int) -> None:
    assert body == inflated(made_by, pack(body), step=step)


@both
def test_no_body_at_all_is_empty(made_by: Coding, pack: Pack) -> None:
    assert b"" == inflated(made_by, b"")


@both
@pytest.mark.parametrize("limit", [0, 1, 1000, 65_536, 199_999])
def test_no_more_than_one_byte_over_the_limit_is_ever_made(made_by: Coding, pack: Pack, limit: int) -> None:
    assert NOISE[: limit + 1] == inflated(made_by, pack(NOISE), limit)


@both
@pytest.mark.parametrize("step", [1, 100, 1 << 20])
def test_a_bomb_is_refused(made_by: Coding, pack: Pack, step: int) -> None:
    with pytest.raises(Refusal, match=f"{RATIO} times"):
        inflated(made_by, pack(b"0" * (FREE + 1)), step=step)
    with pytest.raises(Refusal, match=f"{RATIO} times"):
        inflated(made_by, pack(b"0" * 900_000), step=step)


@both
def test_a_bomb_takes_no_memory(made_by: Coding, pack: Pack) -> None:
    bomb = pack(b"0" * 300_000_000)
    tracemalloc.start()
    with pytest.raises(Refusal, match=f"{RATIO} times"):
        _drained(Inflater(made_by), bomb)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 4_000_000


def _drained(inflater: Inflater, body: bytes) -> None:
    for _ in inflater.pieces(body, 1 << 30):
        pass


@both
def test_what_is_short_may_be_as_dense_as_it_will(made_by: Coding, pack: Pack) -> None:
    assert b" " * FREE == inflated(made_by, pack(b" " * FREE))


@both
@pytest.mark.parametrize("step", [1, 1 << 20])
def test_what_is_not_one_whole_body_is_refused(made_by: Coding, pack: Pack, step: int) -> None:
    whole = pack(b"{}")
    for body, detail in [
        (b"{}{}{}{}{}", f"is not {made_by.name.decode()}"),
        (whole[:-1], "is cut"),
        (whole[:5], "is cut"),
        (whole + b"x", "after its end"),
        (whole * 2, "after its end"),
    ]:
        with pytest.raises(Refusal, match=detail):
            inflated(made_by, body, step=step)


def test_a_wrong_checksum_is_refused() -> None:
    with pytest.raises(Refusal, match="is not gzip"):
        inflated(GZIP, gzip.compress(b"{}")[:-8] + b"\0" * 8)
    summed = zstd.compress(b"{}", options={zstd.CompressionParameter.checksum_flag: 1})
    assert b"{}" == inflated(ZSTD, summed)
    with pytest.raises(Refusal, match="is not zstd"):
        inflated(ZSTD, summed[:-4] + b"\0" * 4)


@pytest.mark.parametrize(("window", "taken"), [(23, True), (24, False)])
def test_a_window_of_more_than_8_megabytes_is_refused(window: int, taken: bool) -> None:
    packer = zstd.ZstdCompressor(options={zstd.CompressionParameter.window_log: window})
    body = packer.compress(NOISE) + packer.flush()  # of a length that is not told, so the window counts
    if taken:
        assert NOISE == inflated(ZSTD, body)
    else:
        with pytest.raises(Refusal, match="is not zstd"):
            inflated(ZSTD, body)
