from __future__ import annotations

import numpy as np
import pytest

from parvis_geolocation.hot import HOT, KEEP, hot_key, hot_prefixes
from parvis_geolocation.names import NameIndex
from parvis_geolocation.strings import StringTable

PAIRS = [("paris", 3), ("par", 9), ("paris", 1), ("東京", 0), ("parma", 2), ("paris", 3)]


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
    assert NameIndex.of(PAIRS).exact(name).tolist() == []


@pytest.mark.parametrize(("prefix", "numbers"), [("par", {1, 2, 3, 9}), ("pari", {1, 3}), ("東", {0}), ("x", set())])
def test_a_prefix_gives_the_numbers_of_all_its_names(prefix: str, numbers: set[int]) -> None:
    assert set(NameIndex.of(PAIRS).starting(prefix).tolist()) == numbers


def test_an_empty_index_answers_with_nothing() -> None:
    index = NameIndex.of([])
    assert index.exact("a").tolist() == index.starting("a").tolist() == []
    assert len(NameIndex.of_lists({})) == 0


def test_hot_prefixes_keep_the_best_of_the_world_and_of_each_country() -> None:
    total = HOT + 500
    names = NameIndex.of([(f"ab{rank % 700:03}", rank) for rank in range(total)] + [("b", 5)])
    countries = np.array([1 if rank % 10 else 2 for rank in range(total)], dtype=np.uint32)
    hot = hot_prefixes(names, countries, ["", "FR", "MC"])
    for prefix in ("a", "ab"):
        assert hot.exact(hot_key(prefix)).tolist() == list(range(KEEP))
        assert hot.exact(hot_key(prefix, "MC")).tolist() == list(range(0, total, 10))[:KEEP]
    assert hot.exact(hot_key("b")).tolist() == []
    assert hot.exact(hot_key("ab1")).tolist() == [], "a prefix that covers little is ranked on the spot"
