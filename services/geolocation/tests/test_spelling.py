from __future__ import annotations

import pytest

from parvis_geolocation.search.fold import fold
from parvis_geolocation.search.spelling import expanded, is_cjk, key, latin, shortened, unfinished_key, variants


@pytest.mark.parametrize(
    "spellings",
    [
        ("Saint Louis", "St. Louis", "ST LOUIS", "Saint-Louis"),
        ("Sankt Gallen", "St. Gallen"),
        ("Sankt-Peterburg", "St Peterburg"),
        ("Mount Vernon", "Mt. Vernon", "Mt Vernon"),
        ("Fort Worth", "Ft. Worth"),
        ("North Bay", "N. Bay"),
        ("Newcastle upon Tyne", "Newcastle-upon-Tyne"),
        ("New York", "Newyork"),
        ("Frankfurt (Oder)", "Frankfurt/Oder"),
        ("臺北市", "台北市"),
        ("廣島縣", "広島県"),
        ("ヴェネツィア", "ベネツィア"),
        ("تهران کرج", "تهران كرج"),
        ("مدينة", "مدینه"),
        ("الأسكندرية", "الاسكندريه"),
        ("Орёл", "Орел"),
        ("O'Fallon", "OFallon", "O’Fallon"),
    ],
)
def test_spellings_of_one_name_have_one_key(spellings: tuple[str, ...]) -> None:
    assert {key(fold(spelling)) for spelling in spellings} == {key(fold(spellings[0]))}


@pytest.mark.parametrize(
    ("one", "other"),
    [("San José", "Santa José"), ("East Lansing", "West Lansing"), ("はま", "ばま"), ("Fort", "Ft"), ("北京", "东京")],
)
def test_other_names_have_other_keys(one: str, other: str) -> None:
    assert key(fold(one)) != key(fold(other))


def test_a_word_alone_is_never_an_abbreviation() -> None:
    assert [key("st"), key("n"), key("mt")] == ["st", "n", "mt"]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Frankfurt am Main", "frankfurtmain"),
        ("Frankfurt an der Oder", "frankfurtoder"),
        ("New York City", "newyork"),
        ("City of London", "london"),
        ("The Hague", "hague"),
        ("Stratford-upon-Avon", "stratfordavon"),
        ("北京市", "北京"),
        ("서울특별시", "서울"),
        ("Los Angeles", ""),
        ("La Paz", ""),
        ("Paris", ""),
        ("津市", ""),
    ],
)
def test_words_that_people_leave_out_are_left_out(name: str, expected: str) -> None:
    assert shortened(fold(name)) == expected


@pytest.mark.parametrize(
    ("text", "expected"), [("Köln", "Koeln"), ("Århus", "Aarhus"), ("Łódź", "Łódź"), ("Ulm", "Ulm")]
)
def test_umlauts_are_written_as_two_letters(text: str, expected: str) -> None:
    assert expanded(text) == expected


def test_the_variants_of_a_name_come_without_the_name_itself() -> None:
    assert list(variants("Köln am Rhein", fold("Köln am Rhein"))) == ["koelnamrhein", "kolnrhein"]
    assert list(variants("Paris", "paris")) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("st", "st"),
        ("st ", "st"),
        ("st l", "saintl"),
        ("saint l", "saintl"),
        ("new n", "newn"),
        ("mt v", "mountv"),
        ("東", "东"),
    ],
)
def test_the_last_word_that_somebody_types_is_not_yet_an_abbreviation(text: str, expected: str) -> None:
    assert unfinished_key(text) == expected


@pytest.mark.parametrize(
    ("text", "cjk"), [("北京", True), ("とうきょう", True), ("서울", True), ("Paris", False), ("Москва", False)]
)
def test_chinese_japanese_and_korean_are_told_from_other_scripts(text: str, cjk: bool) -> None:
    assert is_cjk(text) is cjk


@pytest.mark.parametrize(
    ("text", "expected"),
    [("Đà Nẵng", True), ("İstanbul", True), ("Москва", False), ("Αθήνα", False), ("ὈΛΥΜΠΙΑ", False)],
)
def test_latin_letters_are_told_from_others(text: str, expected: bool) -> None:
    assert latin(text) is expected
