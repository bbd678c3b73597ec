from __future__ import annotations

from pathlib import Path

import pytest

from parvis_geolocation.errors import StoreDamagedError
from parvis_geolocation.languages import DEFAULT, Languages, tagged_names, write_languages
from parvis_geolocation.storage.draft import Draft
from parvis_geolocation.storage.store import Generation, open_store

MUNICH, FRANCE, BAVARIA, CALIFORNIA, TAIPEI = 2867714, 3017382, 2951839, 5332921, 1668341


@pytest.fixture(scope="module")
def generation(tmp_path_factory: pytest.TempPathFactory) -> Generation:
    store = tmp_path_factory.mktemp("languages")
    draft = Draft(store)
    write_languages(draft, tagged_names(), {MUNICH, FRANCE, BAVARIA, CALIFORNIA, TAIPEI})
    draft.publish({})
    return open_store(store, lambda generation: generation)


@pytest.fixture(scope="module")
def languages(generation: Generation) -> Languages:
    return Languages(generation)


@pytest.mark.parametrize(
    ("asked", "tag"),
    [
        (None, ""),
        ("fr", "fr"),
        ("FR", "fr"),
        ("fr-CA", "fr"),
        ("pt_BR", "pt"),
        ("zh-CN", "zh"),
        ("zh-Hans-SG", "zh"),
        ("zh-TW", "zh-Hant"),
        ("zh-Hant-HK", "zh-Hant"),
        ("no", "nb"),
        ("iw", "he"),
        ("fr-CH, fr;q=0.9, en;q=0.8, de;q=0.7, *;q=0.5", "fr"),
        ("en;q=0.3, de;q=0.9", "de"),
        ("en;q=0.5,ru;q=0.5", "en"),
        ("tlh, de", "de"),
        ("fr;q=0, de;q=0.1", "de"),
        ("tlh", ""),
        ("*", ""),
        ("", ""),
        (";q=;,,=", ""),
        ("de;q=much, fr;q=0.1", "fr"),
        ("\0\n-—", ""),
        ("-" * 100_000, ""),
        (",".join(["de"] * 100_000), "de"),
    ],
)
def test_a_tag_or_a_list_of_them_gives_the_first_language_there_are_names_in(
    languages: Languages, asked: str | None, tag: str
) -> None:
    assert languages.tags[languages.number(asked)] == tag


@pytest.mark.parametrize(
    ("identifier", "language", "name"),
    [
        (MUNICH, "en", "Munich"),
        (MUNICH, "de", "München"),
        (MUNICH, "pt", "Munique"),
        (MUNICH, "ru", "Мюнхен"),
        (MUNICH, "zh", "慕尼黑"),
        (MUNICH, "zh-TW", "慕尼黑"),
        (MUNICH, "ja", "ミュンヘン"),
        (MUNICH, "ar", "ميونخ"),
        (FRANCE, "en", "France"),
        (FRANCE, "zh", "法国"),
        (FRANCE, "zh-Hant", "法國"),
        (BAVARIA, "fr", "Bavière"),
        (BAVARIA, "es", "Baviera"),
        (CALIFORNIA, "zh", "加利福尼亚州"),
        (TAIPEI, "zh", "台北市"),
    ],
)
def test_places_regions_and_countries_have_names_in_the_language_asked_for(
    languages: Languages, identifier: int, language: str, name: str
) -> None:
    assert languages.name(identifier, languages.number(language)) == name


def test_the_default_language_and_unknown_things_have_no_name_of_their_own(languages: Languages) -> None:
    assert languages.name(MUNICH, DEFAULT) is None
    assert languages.name(1, languages.number("fr")) is None
    assert languages.all(1) == {}


def test_all_names_of_a_thing_are_given_by_tag(languages: Languages) -> None:
    names = languages.all(FRANCE)
    assert len(names) > 150
    assert (names["de"], names["zh-Hant"], names["ja"]) == ("Frankreich", "法國", "フランス")


def test_asking_for_many_languages_keeps_memory_bounded(languages: Languages) -> None:
    for number in range(3000):
        languages.number(f"x{number}")
    assert len(languages._asked) <= 1000


def test_the_rows_of_the_package_are_sorted_and_name_each_thing_once_in_a_language() -> None:
    rows = list(tagged_names())
    keys = [(identifier, tag) for identifier, tag, _ in rows if tag]
    assert rows == sorted(rows)
    assert keys == sorted(set(keys))
    assert {"en", "fr", "de", "es", "pt", "ru", "zh", "ja", "ar"} <= {tag for _, tag in keys}


def test_short_names_of_countries_have_no_language_of_their_own(languages: Languages) -> None:
    assert (6252001, "", "США") in tagged_names()
    assert "" not in languages.tags[1:]


def test_no_name_is_empty_or_holds_what_nobody_sees() -> None:
    joiners = str.maketrans("", "", "\u200c\u200d")
    shown = [(name, name.translate(joiners)) for _, _, name in tagged_names()]
    assert [name for name, plain in shown if not plain or plain != plain.strip() or not plain.isprintable()] == []


def test_a_place_without_a_tagged_name_has_the_one_that_its_script_tells(tmp_path: Path) -> None:
    rows = [
        {"geonameid": MUNICH, "countrycode": "DE", "alternatenames": ["뮌헨 시", "Monaco"]},
        {"geonameid": 1, "countrycode": "KR", "alternatenames": ["읍내", "Eumnae"]},
    ]
    draft = Draft(tmp_path)
    write_languages(draft, tagged_names(), {MUNICH, 1}, rows)
    draft.publish({})
    languages = open_store(tmp_path, Languages)
    korean = languages.number("ko")
    assert (languages.name(MUNICH, korean), languages.name(1, korean)) == ("뮌헨", "읍내")
    assert languages.all(1) == {"ko": "읍내"}


def test_a_store_whose_columns_do_not_match_is_refused(
    tmp_path: Path, generation: Generation, monkeypatch: pytest.MonkeyPatch
) -> None:
    array = generation.array
    monkeypatch.setattr(generation, "array", lambda name: array(name)[:-1] if name == "language.ids" else array(name))
    with pytest.raises(StoreDamagedError, match="names in other languages"):
        Languages(generation)
