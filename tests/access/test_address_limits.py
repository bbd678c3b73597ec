"""Callers without a key and sign-ups, limited by the block of addresses that they come from."""

from __future__ import annotations

import dataclasses
import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from parvis.access.address_limits import AddressRateLimiter, SignUps
from parvis.access.limits import Allowance, LimitExceeded
from parvis.access.plans import ANONYMOUS, Plan
from rates import HOUR, NOON, SECOND, gaps_of, rated


@given(st.data(), rated)
def test_each_block_has_a_bucket_of_its_own(data, plan):
    addresses, tick = AddressRateLimiter(), 0
    apart = {"192.0.2.1": Allowance(), "2001:db8::": Allowance()}
    for gap in data.draw(gaps_of(plan)):
        tick += gap
        block = data.draw(st.sampled_from([*apart]))

        assert apart[block].admit(plan, 1, NOON, tick) == addresses.admit(block, plan, tick)


@given(st.lists(st.tuples(st.integers(0, 12), st.integers(0, 3 * SECOND)), max_size=80))
def test_memory_of_blocks_is_bounded_and_those_with_a_full_bucket_go_first(calls):
    plan, addresses, tick = Plan("p", (), rate=1, burst=3), AddressRateLimiter(capacity=4), 0
    full: dict[str, int] = {}
    for block, gap in calls:
        tick += gap
        addresses.admit(f"block {block}", plan, tick)
        gone, kept = full.keys() - addresses._full.keys(), full.keys() & addresses._full.keys()

        assert len(addresses) <= 4
        assert sorted(addresses._full) == sorted(name for _, name in addresses._queue)
        # Nobody who owes calls was forgotten while somebody is known who owes none, or fewer.
        assert all(full[one] <= tick or full[one] <= full[other] for one in gone for other in kept)
        full = dict(addresses._full)


def test_a_flood_of_new_blocks_does_not_give_a_spent_one_its_burst_back():
    addresses = AddressRateLimiter(capacity=100)
    for _ in range(10):
        assert addresses.admit("192.0.2.1", ANONYMOUS, 0) is None
    for n in range(5000):
        assert addresses.admit(f"2001:db8:{n:x}::", ANONYMOUS, n) is None

    assert addresses.admit("192.0.2.1", ANONYMOUS, 5000) == LimitExceeded("rate", 1, 10, 10)
    assert len(addresses) == 100


def test_blocks_that_owe_nothing_any_more_are_forgotten_as_others_come():
    addresses = AddressRateLimiter()
    for n in range(1000):
        addresses.admit(f"old {n}", ANONYMOUS, 0)
    for n in range(50):
        addresses.admit(f"new {n}", ANONYMOUS, 2 * SECOND)

    assert len(addresses) == 50


def test_room_is_made_in_few_steps_even_when_every_block_has_called_again():
    addresses = AddressRateLimiter(capacity=1000)
    for tick in (0, 1):
        for n in range(1000):
            addresses.admit(f"{n}", ANONYMOUS, tick)
    addresses.admit("new", ANONYMOUS, 2)

    assert len(addresses) == len(addresses._queue) == 1000
    assert "new" in addresses._full


def test_a_plan_without_a_rate_knows_no_block_and_another_plan_begins_anew():
    addresses = AddressRateLimiter()
    free, narrow = Plan("free", ()), Plan("narrow", (), rate=1, burst=1)

    assert [None, None] == [addresses.admit("a", free, 0), addresses.admit("a", narrow, 0)]
    assert addresses.admit("a", dataclasses.replace(narrow, day=5), 0) == LimitExceeded("rate", 1, 1, 1)
    assert addresses.admit("a", ANONYMOUS, 0) is None
    with pytest.raises(ValueError, match="at least one block"):
        AddressRateLimiter(capacity=0)


# Sign-ups


@given(
    st.integers(1, 3), st.lists(st.one_of(st.integers(0, HOUR), st.sampled_from([0, 1, HOUR - 1, HOUR])), max_size=40)
)
@example(2, [0, 1, HOUR - 1])
def test_no_hour_holds_more_sign_ups_of_a_block_than_allowed_and_none_that_is_allowed_is_refused(most, gaps):
    sign_ups, tick, admitted = SignUps(most), 0, []
    for gap in gaps:
        tick += gap
        within = sum(past > tick - HOUR for past in admitted)
        wait = sign_ups.admit("192.0.2.0/24", tick)

        assert (wait == 0) == (within < most)
        if wait == 0:
            admitted.append(tick)
        else:
            assert admitted[-most] + HOUR <= tick + wait * SECOND < admitted[-most] + HOUR + SECOND


def test_sign_ups_of_one_block_are_not_counted_for_another():
    sign_ups = SignUps(1)

    assert [0, 0, 3600] == [sign_ups.admit(block, 0) for block in ("a", "b", "a")]


def test_with_as_many_blocks_as_can_be_known_a_further_one_waits_for_the_oldest():
    sign_ups = SignUps(2, capacity=3)
    for n, block in enumerate(("a", "b", "c", "a")):  # so the oldest is b
        assert sign_ups.admit(block, n * SECOND) == 0

    assert sign_ups.admit("d", 10 * SECOND) == 3591
    assert sign_ups.admit("c", 10 * SECOND) == 0
    assert sign_ups.admit("d", HOUR + SECOND - 1) == 1
    assert sign_ups.admit("d", HOUR + SECOND) == 0
    assert len(sign_ups) == 3


def test_old_sign_ups_are_forgotten():
    sign_ups = SignUps(1)
    for n in range(1000):
        sign_ups.admit(f"{n}", n)
    sign_ups.admit("late", 2 * HOUR)

    assert len(sign_ups) == 1


@pytest.mark.parametrize(("most", "capacity"), [(0, 1), (1, 0)])
def test_sign_ups_that_could_never_be_are_refused(most, capacity):
    with pytest.raises(ValueError, match=re.escape("write at least 1 of both")):
        SignUps(most, capacity)
