from __future__ import annotations

import pytest

from parvis_geolocation.scripts import names_by_script, script_of


def told(country: str, *names: str) -> dict[str, str]:
    rows = names_by_script([{"geonameid": 1, "countrycode": country, "alternatenames": list(names)}])
    return {tag: name for _, tag, name in rows}


@pytest.mark.parametrize(
    ("name", "script"),
    [
        ("Paris", ""),
        ("Saint-Étienne", ""),
        ("Москва", "Cyrillic"),
        ("Αθήνα", "Greek"),
        ("القاهرة", "Arabic"),
        ("東京", "Han"),
        ("さいたま市", "Kana"),
        ("パリ", "Kana"),
        ("서울", "Hangul"),
        ("กรุงเทพ", "Thai"),
        ("תל אביב", "Hebrew"),
        ("თბილისი", "Georgian"),
        ("Երևան", "Armenian"),
        ("मुंबई", "other"),
        ("Москва Moscow", ""),
        ("서울 首爾", ""),
        ("", ""),
        ("12-34", ""),
    ],
)
def test_a_name_has_the_script_of_its_letters_when_it_is_one(name: str, script: str) -> None:
    assert script_of(name) == script


@pytest.mark.parametrize(
    ("country", "names", "expected"),
    [
        ("FR", ["Paris", "パリ", "파리"], {"ja": "パリ", "ko": "파리"}),
        ("FR", ["파리", "빠리"], {}),
        ("FR", ["Париж"], {}),
        ("RU", ["Балашиха"], {"ru": "Балашиха"}),
        ("UA", ["Антрацит"], {"uk": "Антрацит"}),
        ("EG", ["طنطا"], {"ar": "طنطا"}),
        ("IR", ["کهریز"], {"fa": "کهریز"}),
        ("FR", ["باريس"], {}),
        ("FR", ["巴黎"], {"zh": "巴黎"}),
        ("GB", ["倫敦"], {"zh": "伦敦", "zh-Hant": "倫敦"}),
        ("GB", ["倫敦", "伦敦"], {"zh": "伦敦", "zh-Hant": "倫敦"}),
        ("GB", ["倫敦", "巴黎"], {}),
        ("KR", ["首爾"], {}),
        ("IN", ["मुंबई"], {}),
        ("IL", ["\u200fחיפה\u200e"], {"he": "חיפה"}),
    ],
)
def test_a_lone_name_in_a_script_is_in_the_language_that_it_tells(
    country: str, names: list[str], expected: dict[str, str]
) -> None:
    assert told(country, *names) == expected


def test_japanese_places_are_called_as_in_japan() -> None:
    assert told("JP", "大分市", "おおいた")["ja"] in ("大分市", "おおいた")
    rows = names_by_script([{"geonameid": 1, "countrycode": "JP", "alternatenames": ["おおいた", "大分市"]}])
    assert next(rows) == (1, "ja", "大分市")
