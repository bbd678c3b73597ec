"""Generators give their items one by one, end as they end, and are closed when their reader has had enough."""

from __future__ import annotations

import datetime
import itertools
import time
from decimal import Decimal
from typing import Any

import pytest
from conftest import agree, items


def pictures(kinds: Any, count: int) -> list[Any]:
    return [kinds.Picture(f"No. {n}", Decimal(n) / 4, datetime.date(2026, 1, 1 + n % 28)) for n in range(count)]


@pytest.mark.parametrize("count", [0, 1, 3, 1000])
def test_a_generator_gives_its_items_in_order(gallery: Any, kinds: Any, count: int) -> None:
    agree(pictures(kinds, count), list(gallery.pictures(count)))


def test_an_async_generator_gives_its_items_in_order(gallery: Any) -> None:
    agree(["a", "b", "ç"], items(gallery.words("a b ç")))
    agree([], items(gallery.words("")))


@pytest.mark.parametrize("count", [0, 1, 70, 300])
def test_an_exception_in_the_midst_comes_after_the_items_before_it(
    gallery: Any, kinds: Any, errors: Any, count: int
) -> None:
    seen: list[Any] = []
    with pytest.raises(errors.Sold) as raised:
        seen.extend(gallery.pictures(count, fail=True))

    agree(pictures(kinds, count), seen)
    assert (errors.Sold, ("the last", count)) == (raised.type, raised.value.args)


def test_a_generator_is_one_and_ends_once(gallery: Any) -> None:
    generator = gallery.pictures(1)

    assert iter(generator) is generator
    next(generator)
    for _ in range(2):
        with pytest.raises(StopIteration):
            next(generator)


def test_an_endless_generator_is_read_as_far_as_wanted(gallery: Any) -> None:
    generator = gallery.endless()
    try:
        agree(list(range(5000)), list(itertools.islice(generator, 5000)))
    finally:
        generator.close()


def test_a_generator_that_is_closed_early_cleans_up(gallery: Any) -> None:
    before = settled(gallery)
    generator = gallery.endless()
    assert [0, 1, 2] == [next(generator) for _ in range(3)]

    generator.close()

    assert before + 1 == settled(gallery, before + 1)
    with pytest.raises(StopIteration):
        next(generator)


def test_a_generator_that_is_dropped_cleans_up_too(gallery: Any) -> None:
    before = settled(gallery)
    for number in gallery.endless():
        if number == 100:
            break

    assert before + 1 == settled(gallery, before + 1)


def test_a_generator_that_was_never_asked_never_begins(gallery: Any) -> None:
    before = settled(gallery)

    gallery.endless().close()

    assert before == settled(gallery)


def test_two_generators_go_side_by_side_with_calls_in_between(gallery: Any) -> None:
    first, second = gallery.endless(), gallery.endless()
    seen = []
    for _ in range(50):
        seen.append((next(first), next(second), gallery.double(2)))
    first.close()
    second.close()

    assert [(n, n, 4) for n in range(50)] == seen


def settled(gallery: Any, expected: int | None = None) -> int:
    """How many were closed, once it is ``expected``: across the network a close takes a moment to arrive."""
    deadline = time.monotonic() + (5 if expected is not None else 0.3)
    count = gallery.closed()
    while count != expected and time.monotonic() < deadline:
        time.sleep(0.02)
        count = gallery.closed()
    return int(count)
