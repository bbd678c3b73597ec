"""The spelling of keys: what is minted parses, and nothing else does."""

import hashlib
import random
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parvis.access.base62 import ALPHABET
from parvis.access.keys import KEY_PATTERN, ParsedKey, mint, parse

seeds = st.integers(0, 2**64)
environments = st.sampled_from(["live", "test"])


def minted(environment, seed):
    return mint(environment, random.Random(seed).randbytes)


def with_checksum(body: bytes) -> bytes:
    """A key around any body, its checksum computed the slow and obvious way."""
    crc, letters = zlib.crc32(body), ""
    for _ in range(6):
        crc, digit = divmod(crc, 62)
        letters = ALPHABET[digit] + letters
    return body + letters.encode()


@given(environments, seeds)
def test_every_minted_key_parses_to_its_own_id_and_digest(environment, seed):
    key = minted(environment, seed)

    assert ParsedKey(key.id, key.digest, environment == "test") == parse(key.text.encode())


@given(environments, seeds)
def test_the_digest_is_the_sha_256_of_the_secret_and_the_id_is_in_sight(environment, seed):
    key = minted(environment, seed)

    assert key.text.startswith(f"pv_{environment}_{key.id}")
    assert key.digest == hashlib.sha256(key.text[20:50].encode()).digest()


@given(environments, seeds)
def test_the_checksum_is_the_crc_32_of_all_before_it_in_six_letters(environment, seed):
    text = minted(environment, seed).text.encode()

    assert with_checksum(text[:-6]) == text


@given(environments, seeds, st.integers(0, 55), st.integers(0, 255))
def test_a_key_with_any_one_character_changed_never_parses(environment, seed, place, byte):
    text = bytearray(minted(environment, seed).text.encode())
    before, text[place] = text[place], byte

    assert (parse(bytes(text)) is None) == (byte != before)


@given(environments, seeds, st.data())
def test_a_key_with_a_character_more_or_less_never_parses(environment, seed, data):
    text = minted(environment, seed).text.encode()
    place = data.draw(st.integers(0, len(text) - 1))
    byte = data.draw(st.binary(min_size=1, max_size=1))

    assert parse(text[:place] + text[place + 1 :]) is None
    assert parse(text[:place] + byte + text[place:]) is None


@given(st.binary(max_size=80))
def test_no_bytes_make_the_parser_fail(text):
    assert parse(text) is None


@given(st.binary(min_size=42, max_size=42))
def test_bytes_that_are_no_letters_are_refused_even_under_a_right_checksum(body):
    text = with_checksum(b"pv_live_" + body)

    assert (parse(text) is None) == any(byte not in ALPHABET.encode() for byte in body)


def test_another_prefix_is_refused_under_a_right_checksum():
    assert parse(with_checksum(b"pv_prod_" + b"a" * 42)) is None


@given(environments, seeds)
def test_a_scanner_finds_every_key_in_a_text(environment, seed):
    key = minted(environment, seed)

    assert [key.text] == KEY_PATTERN.findall(f'token = "{key.text}";')


def test_two_keys_have_nothing_in_common():
    first, second = mint("live"), mint("live")

    assert first.id != second.id
    assert first.digest != second.digest


@pytest.mark.parametrize("environment", ["live", "test"])
def test_what_is_printed_of_a_key_is_its_id_alone(environment):
    key = mint(environment)

    for shown in (repr(key), str(key), repr(parse(key.text.encode()))):
        assert key.id in shown
        assert key.text[20:50] not in shown
        assert repr(key.digest) not in shown
