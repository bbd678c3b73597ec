"""Random text: fair letters, from whatever bytes come."""

from collections import Counter

from parvis.access.base62 import ALPHABET, random_text


def test_every_letter_is_equally_likely_whatever_the_bytes():
    every_byte_once = bytes(range(256))

    text = random_text(248, lambda _: every_byte_once)

    assert dict.fromkeys(ALPHABET, 4) == Counter(text)


def test_bytes_that_would_favour_some_letters_are_thrown_away_and_more_are_taken():
    rounds = iter([b"\xff" * 40, b"\xf8\x00" * 20, b"\x01" * 40])

    assert "0" * 20 + "1" * 10 == random_text(30, lambda _: next(rounds))


def test_it_asks_for_no_bytes_when_no_letters_are_wanted():
    assert random_text(0, lambda _: 1 / 0) == ""  # type: ignore[arg-type, return-value]
