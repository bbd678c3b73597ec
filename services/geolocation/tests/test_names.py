from __future__ import annotations

import numpy as np
import pytest

from parvis_geolocation.search.hot import HOT, KEEP, best_first, hot_key, hot_prefixes
from parvis_geolocation.search.names import SCORE_SCALE, NameIndex, ScoredIndex
from parvis_geolocation.storage.strings import StringTable

PAIRS = [("paris", 3), ("par", 9), ("paris", 1), ("東京", 0), ("parma", 2), ("paris", 3)]


def scored(meanings: list[tuple[str, int, float]]) -> ScoredIndex:
    keys = sorted({name for name, _, _ in meanings})
    of = np.array([keys.index(name) for name, _, _ in meanings], dtype=np.uint32)
    numbers = np.array([number for _, number, _ in meanings], dtype=np.uint32)
    return ScoredIndex.ranked(keys, of, numbers, np.array([score for _, _, score in meanings]))


def test_a_string_table_gives_back_its_strings() -> None:
    strings = ["", "a", "é", "東京", "", "𐍈"]
    table = StringTable.of(strings)
    assert [table.text(number) for number in range(len(table))] == strings
    assert [table[number] for number in range(len(table))] == [string.encode() for string in strings]


def test_a_name_gives_its_numbers_ascending_and_once() -> None:
    index = NameIndex.of(PAIRS)
    assert index.exact("paris").tolist() == [1, 3]
    assert index.exact("東京").tolist() == [0]
    assert len(index) == 4


@pytest.mark.parametrize("name", ["", "pa", "pariss", "zzz", "京"])
def test_a_name_that_is_not_there_gives_nothing(name: str) -> None:
    index = NameIndex.of(PAIRS)
    assert index.find(name) == -1
    assert index.exact(name).tolist() == []


@pytest.mark.parametrize("count", [1, 2, 3, 127, 128, 129, 1000])
def test_every_name_is_found_by_itself_and_by_its_beginnings(count: int) -> None:
    names = sorted(f"name {number * 7919 % 10007}" for number in range(count))
    index = NameIndex.of([(name, number) for number, name in enumerate(names)])
    assert [index.find(name) for name in names] == list(range(count))
    for prefix in ("name", "name 1", "name 12", "name 9999", "o", ""):
        expected = [number for number, name in enumerate(names) if name.startswith(prefix)]
        assert list(range(*index.keys_starting(prefix))) == expected


@pytest.mark.parametrize(("prefix", "numbers"), [("par", {1, 2, 3, 9}), ("pari", {1, 3}), ("東", {0}), ("x", set())])
def test_a_prefix_gives_the_numbers_of_all_its_names(prefix: str, numbers: set[int]) -> None:
    index = NameIndex.of(PAIRS)
    begins, ends = index.starting(prefix)
    assert set(index.postings[begins:ends].tolist()) == numbers


def test_an_empty_index_answers_with_nothing() -> None:
    index = NameIndex.of([])
    assert index.exact("a").tolist() == []
    assert index.starting("a") == (0, 0)
    assert len(ScoredIndex.of_lists({})) == 0


def test_what_a_name_means_comes_best_first_and_once() -> None:
    index = scored([("paris", 7, 2.0), ("paris", 4, 9.5), ("paris", 7, 3.0), ("parma", 7, 1.0), ("paris", 2, 9.5)])
    assert index.exact("paris").tolist() == [2, 4, 7]
    assert index.scores.tolist() == [9.5 * SCORE_SCALE, 9.5 * SCORE_SCALE, 3 * SCORE_SCALE, SCORE_SCALE]


def test_scores_out_of_range_are_kept_at_its_ends() -> None:
    assert scored([("a", 1, -3.0), ("a", 2, 99.0)]).scores.tolist() == [0xFFFF, 0]


def test_hot_prefixes_keep_the_best_of_the_world_and_of_each_country() -> None:
    total = HOT + 500
    meanings = [(f"ab{rank % 700:03}", rank, 8 - rank / 1000) for rank in range(total)]
    # Two keys that are prefixes of others, and a name that bears the best place again.
    meanings += [("a", 3, 9.0), ("ab", 2, 1.0), ("b", 5, 1.0), ("abc", 0, 1.0)]
    countries = np.array([1 if rank % 10 else 2 for rank in range(total)], dtype=np.uint32)
    hot = hot_prefixes(scored(meanings), countries, ["", "FR", "MC"])
    assert hot.exact(hot_key("a")).tolist() == [3, 0, 1, 2, *range(4, KEEP)]
    assert hot.exact(hot_key("ab")).tolist() == list(range(KEEP))
    assert hot.exact(hot_key("ab", "MC")).tolist() == list(range(0, total, 10))[:KEEP]
    assert hot.exact(hot_key("b")).tolist() == []
    assert hot.exact(hot_key("ab1")).tolist() == [], "a prefix that covers little is ranked on the spot"


@pytest.mark.parametrize("most", [1, 3, 50, 1000])
def test_the_best_of_many_come_first_and_once(most: int) -> None:
    numbers = np.array([number % 40 for number in range(500)], dtype=np.uint32)
    scores = np.array([number * 37 % 501 for number in range(500)], dtype=np.uint16)
    best: dict[int, int] = {}
    for number, score in zip(numbers.tolist(), scores.tolist(), strict=True):
        best[number] = max(best.get(number, 0), score)
    expected = sorted(best.items(), key=lambda item: -item[1])[:most]
    found = best_first(numbers, scores, most)
    assert list(zip(*found, strict=True)) == expected
