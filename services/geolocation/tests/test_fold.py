from __future__ import annotations

import json
from pathlib import Path

import pytest

from parvis_geolocation.search.fold import fold

DATA = Path(__file__).parent / "data"


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Paris", "paris"),
        ("  Saint-Étienne ", "saint etienne"),
        ("SAINT ETIENNE", "saint etienne"),
        ("St. John's", "st johns"),
        ("Saint John’s", "saint johns"),
        ("Łódź", "lodz"),
        ("Tromsø", "tromso"),
        ("Gießen", "giessen"),
        ("Ærøskøbing", "aeroskobing"),
        ("Đà Nẵng", "da nang"),
        ("Diyarbakır", "diyarbakir"),
        ("İSTANBUL", "istanbul"),
        ("Αθήνα", "αθηνα"),
        ("Орёл", "орел"),
        ("Йошкар-Ола", "иошкар ола"),
        ("القَاهِرَة", "القاهرة"),
        ("יְרוּשָׁלַיִם", "ירושלים"),
        ("ＰＡＲＩＳ", "paris"),
        ("Frankfurt (Oder)", "frankfurt oder"),
        ("Petržalka – Bratislava", "petrzalka bratislava"),
        ("«Ober”-Palen”»", "ober palen"),
        ("میدان ، انڈونیشیا", "میدان انڈونیشیا"),
        ("佐々木", "佐々木"),
    ],
)
def test_case_accents_and_punctuation_do_not_tell_names_apart(text: str, folded: str) -> None:
    assert fold(text) == folded
    assert fold(folded) == folded


@pytest.mark.parametrize(("one", "other"), [("か", "が"), ("は", "ぱ"), ("दल", "दिल"), ("ทา", "ทำ"), ("ae", "oe")])
def test_marks_that_are_letters_tell_names_apart(one: str, other: str) -> None:
    assert fold(one) != fold(other)


def test_kana_and_hangul_are_whole_after_folding() -> None:
    assert fold("がぎぐ") == "がぎぐ"
    assert fold("서울") == "서울"


@pytest.mark.parametrize("text", ["", "   ", "...", "'", "--", "\u0301", "\u200b", "!?"])
def test_a_text_with_nothing_to_compare_folds_to_nothing(text: str) -> None:
    assert fold(text) == ""


def test_folding_twice_changes_nothing_for_every_name_of_the_extract() -> None:
    places = json.loads((DATA / "cities500.json").read_text(encoding="utf-8")).values()
    names = {name for place in places for name in (place["name"], *place["alternatenames"])}
    assert len(names) > 10_000
    assert [name for name in names if fold(fold(name)) != fold(name)] == []
