from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from parvis_geolocation.search.typos import LONGEST, Typos, edits, write_typos
from parvis_geolocation.storage.draft import Draft
from parvis_geolocation.storage.store import open_store

KEYS = ["ulm", "roma", "rome", "paris", "berlin", "москва", "frankfurtammain", "philadelphia", "x" * (LONGEST + 1)]
SCORES = np.array([7.0, 7.5, 13.0, 13.0, 13.0, 13.0, 11.0, 12.0, 12.0])


@pytest.fixture(scope="module")
def typos(tmp_path_factory: pytest.TempPathFactory) -> Typos:
    store = tmp_path_factory.mktemp("typos")
    draft = Draft(store)
    write_typos(draft, KEYS, np.ones(len(KEYS), dtype=bool), SCORES)
    draft.publish({})
    return open_store(store, Typos)


def mistyped(word: str) -> Iterator[str]:
    """Every word that is one edit away."""
    for place in range(len(word) + 1):
        yield word[:place] + "q" + word[place:]
    for place in range(len(word)):
        yield word[:place] + word[place + 1 :]
        yield word[:place] + "q" + word[place + 1 :]
    for place in range(len(word) - 1):
        yield word[:place] + word[place + 1] + word[place] + word[place + 2 :]


@pytest.mark.parametrize("word", ["paris", "москва", "frankfurtammain"])
def test_every_single_edit_of_a_name_finds_it(typos: Typos, word: str) -> None:
    number = KEYS.index(word)
    assert [text for text in mistyped(word) if number not in typos.one_edit(text)] == []


def test_two_edits_of_the_long_name_of_a_large_place_find_it(typos: Typos) -> None:
    number = KEYS.index("philadelphia")
    twice = {second for first in mistyped("philadelphia") for second in mistyped(first)}
    assert len(twice) > 1000
    assert [text for text in twice if edits(text, "philadelphia", 2) == 2 and number not in typos.two_edits(text)] == []


def test_a_short_name_is_not_found_by_two_edits(typos: Typos) -> None:
    assert typos.two_edits("parsi") == set()


@pytest.mark.parametrize("text", ["x" * (LONGEST + 1), "x" * 250])
def test_a_text_longer_than_names_are_finds_nothing(typos: Typos, text: str) -> None:
    assert typos.one_edit(text) == typos.two_edits(text) == set()


def test_a_name_tells_of_much_better_known_ones_an_edit_away(typos: Typos) -> None:
    assert typos.better_known(KEYS.index("roma")) == [KEYS.index("rome")]
    assert typos.better_known(KEYS.index("rome")) == []
    assert typos.better_known(KEYS.index("ulm")) == []


@pytest.mark.parametrize(
    ("one", "other", "count"),
    [("paris", "paris", 0), ("paris", "pairs", 1), ("paris", "parsis", 1), ("paris", "rome", 2)],
)
def test_edits_are_counted_as_far_as_they_matter(one: str, other: str, count: int) -> None:
    assert edits(one, other, 1) == count


def test_an_empty_file_answers_with_nothing(tmp_path: Path) -> None:
    draft = Draft(tmp_path)
    write_typos(draft, [], np.zeros(0, dtype=bool), np.zeros(0))
    draft.publish({})
    typos = open_store(tmp_path, Typos)
    assert typos.one_edit("paris") == typos.two_edits("philadelphia") == set()
