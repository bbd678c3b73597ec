"""Headers and records of the journal, as bytes."""

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parvis.access.keys import mint
from parvis.console.accounts import new_account_id
from parvis.store.journal import encode
from parvis.store.journal_format import (
    CALL,
    CLOSE,
    ID_BYTES,
    KINDS,
    NOWHERE,
    RECORD_BYTES,
    DamagedHeader,
    Header,
    Position,
    Record,
    UnknownFormat,
    decode,
    encode_header,
    read_header,
)


def whole(bits: int) -> st.SearchStrategy[int]:
    return st.integers(0, 2**bits - 1)


ids = st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=ID_BYTES)
positions = st.builds(Position, whole(64), whole(32))
records = st.builds(
    Record, st.sampled_from(sorted(KINDS)), whole(8), whole(16), whole(16), whole(16), whole(32), whole(64), whole(32),
    st.integers(-(2**63), 2**63 - 1), whole(64), positions, ids, ids,
)  # fmt: skip

RECORD = Record(CALL, 2, 200, 1, 0, 3, 0, 1500, 1_700_000_000_000_000, 7, NOWHERE, "acc_0a1b2c3d4e5f", "0a1b2c3d4e5f")
HEADER = Header(7, "0a1b2c3d", 16, ("shop.find", "shop.größe"), ("", "not-found"))


@given(records, whole(32), whole(32))
def test_a_record_comes_back_as_it_was(record, seed, slot):
    data = encode(seed, slot, record)

    assert RECORD_BYTES == len(data)
    assert record == decode(seed, slot, data)


@given(records, whole(32), whole(32), whole(32))
def test_a_record_passes_in_its_own_slot_and_in_no_other(record, seed, slot, other):
    assert (record if slot == other else None) == decode(seed, other, encode(seed, slot, record))


@given(st.integers(0, RECORD_BYTES - 1), st.integers(1, 255))
def test_a_record_with_one_changed_byte_does_not_pass(place, change):
    data = bytearray(encode(5, 3, RECORD))
    data[place] ^= change

    assert decode(5, 3, bytes(data)) is None


def test_zeros_are_no_record_even_where_their_checksum_is_right():
    # The checksum maps seeds one to one, so under one seed the checksum of zeros is zero: this one.
    seed = _seed_with_sum_of_zeros()

    assert decode(seed, 0, bytes(RECORD_BYTES)) is None
    assert decode(1, 0, bytes(RECORD_BYTES)) is None


def _seed_with_sum_of_zeros() -> int:
    """Found bit by bit: the checksum is an affine map of the seed."""
    from zlib import crc32

    zeros = bytes(RECORD_BYTES - 4)
    base = crc32(zeros, 0)
    rows = [(crc32(zeros, 1 << bit) ^ base, 1 << bit) for bit in range(32)]
    wanted, seed = base, 0
    for bit in reversed(range(32)):
        pivot = next(row for row in rows if row[0] >> bit & 1)
        rows = [
            (row[0] ^ pivot[0], row[1] ^ pivot[1]) if row[0] >> bit & 1 else row for row in rows if row is not pivot
        ]
        if wanted >> bit & 1:
            wanted, seed = wanted ^ pivot[0], seed ^ pivot[1]
    assert 0 == crc32(zeros, seed)
    return seed


def test_a_time_too_long_for_a_record_becomes_the_longest():
    data = encode(5, 3, RECORD._replace(kind=CLOSE, microseconds=2**40))

    assert RECORD._replace(kind=CLOSE, microseconds=2**32 - 1) == decode(5, 3, data)


def test_the_ids_that_are_made_fit_in_a_record():
    account, key = new_account_id(), mint().id

    assert (True, True) == (len(account.encode()) <= ID_BYTES, len(key.encode()) <= ID_BYTES)


@given(st.lists(st.text(max_size=60), max_size=40), st.lists(st.text(max_size=20), max_size=10))
def test_a_header_comes_back_as_it_was_and_the_records_begin_behind_it(names, codes):
    header = Header(7, "0a1b2c3d", 16, tuple(names), ("", *codes))
    data, seed = encode_header(header)
    file = io.BytesIO(data + b"first record")

    assert 0 == len(data) % RECORD_BYTES
    assert (header, seed) == read_header(file, 7)
    assert len(data) == file.tell()


def test_headers_of_two_segments_give_different_seeds():
    seeds = {encode_header(Header(n, "0a1b2c3d", 16, ("shop.find",), ("",)))[1] for n in range(1, 2001)}

    assert 2000 == len(seeds)


@pytest.mark.parametrize("place", range(16))
def test_a_header_with_a_changed_byte_in_front_is_damaged(place):
    data = bytearray(encode_header(HEADER)[0])
    data[place] ^= 0x40

    with pytest.raises(DamagedHeader):
        read_header(io.BytesIO(data), 7)


@pytest.mark.parametrize("length", [0, 15, 16, 60])
def test_a_header_that_is_cut_off_is_damaged(length):
    with pytest.raises(DamagedHeader):
        read_header(io.BytesIO(encode_header(HEADER)[0][:length]), 7)


def test_a_header_under_the_name_of_another_segment_is_damaged():
    with pytest.raises(DamagedHeader, match="it is segment 7 under another's name"):
        read_header(io.BytesIO(encode_header(HEADER)[0]), 8)


def test_a_header_of_a_newer_version_is_not_damaged_but_refused(monkeypatch):
    monkeypatch.setattr("parvis.store.journal_format._VERSION", 2)
    data = encode_header(HEADER)[0]
    monkeypatch.undo()

    with pytest.raises(UnknownFormat, match="format 2, and this version of Parvis knows 1"):
        read_header(io.BytesIO(data), 7)


@pytest.mark.parametrize(
    ("segment", "slots", "names", "codes", "why"),
    [
        (0, 16, (), ("",), "counted from 1"),
        (1, 0, (), ("",), "slots"),
        (1, 2**32, (), ("",), "slots"),
        (1, 16, (), (), "first of the codes"),
        (1, 16, (), ("not-found",), "first of the codes"),
        (1, 16, ("a",) * 65537, ("",), "room for 65536 names"),
    ],
)
def test_a_header_that_makes_no_sense_is_refused(segment, slots, names, codes, why):
    with pytest.raises(ValueError, match=why):
        Header(segment, "0a1b2c3d", slots, names, codes)
