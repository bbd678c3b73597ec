from __future__ import annotations

import pytest

from parvis_geolocation.postal.code import LONGEST, compared, is_receiver, number, prefixed, shape


@pytest.mark.parametrize(
    ("code", "country", "form"),
    [
        ("75001", "FR", "75001"),
        (" 75 001 ", "FR", "75001"),
        ("F-75001", "FR", "75001"),
        ("FR 75001", "FR", "75001"),
        ("75008 CEDEX 08", "FR", "75008"),
        ("f-75008 cedex", "FR", "75008"),
        ("78078 CITYSSIMO", "FR", "78078"),
        ("10115 Berlin", "DE", "10115"),
        ("D-10115", "DE", "10115"),
        ("d10115", "FR", "D10115"),
        ("1011 ab", "NL", "1011AB"),
        ("sw1a 1aa", "GB", "SW1A1AA"),
        ("IM4", "IM", "IM4"),
        ("L-1234", "LU", "1234"),
        ("AZ 1000", "AZ", "1000"),
        ("CR 01", "BM", "CR01"),
        ("〒１００-０００１", "JP", "1000001"),
        ("--", "FR", ""),
        ("", "FR", ""),
    ],
)
def test_a_code_is_compared_by_its_letters_and_digits(code: str, country: str, form: str) -> None:
    assert compared(code, country) == form


def test_only_large_receivers_have_words_after_their_code() -> None:
    assert [
        code for code in ("75008 CEDEX 08", "78078 CITYSSIMO", "75008", "SW1A 1AA", "1011 AB") if is_receiver(code)
    ] == [
        "75008 CEDEX 08",
        "78078 CITYSSIMO",
    ]


@pytest.mark.parametrize(
    ("code", "countries"),
    [("D-10115", ("DE",)), ("CH-8001", ("CH",)), ("L 1234", ("LU",)), ("GB 1", ()), ("10115", ()), ("SW1A 1AA", ())],
)
def test_the_letters_before_a_code_may_name_its_country(code: str, countries: tuple[str, ...]) -> None:
    assert tuple(country for country in prefixed(code) if country in {"DE", "CH", "LU", "GB"}) == countries


def test_numbers_order_as_codes_do_and_tell_them_apart() -> None:
    codes = ["", "0", "00", "000", "0000A", "01", "1", "10", "1000", "A", "A0", "SW1", "SW1A", "SW1A1AA", "Z" * LONGEST]
    assert sorted(codes, key=number) == codes
    assert len({number(code) for code in codes}) == len(codes)
    assert number("Z" * LONGEST) < 1 << 63


def test_the_shape_of_a_code_tells_letters_from_digits() -> None:
    assert shape("SW1A1AA") == "AA9A9AA"
