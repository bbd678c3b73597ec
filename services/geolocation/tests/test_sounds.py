from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from parvis_geolocation.search.sounds import Sounds, romanised, sound, write_sounds
from parvis_geolocation.storage.draft import Draft
from parvis_geolocation.storage.store import open_store

NAMES = ["Paris", "Natchitoches", "Shelbyville", "Danville", "Aa"]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("纳契托什", "Natchitoches"),
        ("シェルビービル", "Shelby Bill"),
        ("Данвил", "Danville"),
        ("بريتوريا", "Pretoria"),
        ("휴스턴", "Houston"),
        ("Кингстон", "Kingston"),
    ],
)
def test_a_name_sounds_alike_in_every_script(one: str, other: str) -> None:
    assert sound(romanised(one)) == sound(romanised(other)) != ""


@pytest.mark.parametrize(("one", "other"), [("Paris", "Madrid"), ("Rome", "Lyon"), ("Нант", "Paris")])
def test_other_names_sound_otherwise(one: str, other: str) -> None:
    assert sound(romanised(one)) != sound(romanised(other))


def test_what_sounds_alike_is_found_the_best_known_first(tmp_path: Path) -> None:
    draft = Draft(tmp_path)
    write_sounds(draft, [*NAMES, "Danvile"], np.array([9.0, 5.0, 5.0, 5.0, 9.0, 7.0]))
    draft.publish({})
    sounds = open_store(tmp_path, Sounds)
    assert sounds.like("纳契托什") == [1]
    assert sounds.like("Данвил") == [5, 3]
    assert sounds.like("Aa") == [], "a name without consonants has no sound"
    assert sounds.difference("natchitoches", 1) == 0.0
    assert 0.0 < sounds.difference("danvil", 5) < sounds.difference("danvil", 3) < 1.0
