"""The log-in throttle: guessers wait, customers get in, and nothing that strangers send resets a count cheaply."""

import gc
import time
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parvis.access.clock import ManualClock
from parvis.access.throttle import Throttle

HOUR = 3600.0


@pytest.fixture
def clock():
    return ManualClock()


@pytest.fixture
def throttle(clock):
    return Throttle(clock)


def fail(throttle, times, name="ada", block="192.0.2.1"):
    for _ in range(times):
        throttle.failed(name, block)


def fail_from_everywhere(throttle, times, name="ada"):
    for n in range(times):
        throttle.failed(name, f"203.0.113.{n}")


def fail_with_every_name(throttle, times, block="192.0.2.1"):
    for n in range(times):
        throttle.failed(f"name {n}", block)


def test_who_was_never_seen_goes_on(throttle):
    assert 0 == throttle.wait("ada", "192.0.2.1")


def test_five_failures_are_free_and_then_the_waits_double_up_to_an_hour(clock, throttle):
    fail(throttle, 5)
    assert 0 == throttle.wait("ada", "192.0.2.1")

    waits = []
    for _ in range(14):
        throttle.failed("ada", "192.0.2.1")
        waits.append(throttle.wait("ada", "192.0.2.1"))
        clock.advance(waits[-1])
        assert 0 == throttle.wait("ada", "192.0.2.1")

    assert [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 3600, 3600] == waits


def test_a_wait_runs_down(clock, throttle):
    fail(throttle, 8)

    assert 4 == throttle.wait("ada", "192.0.2.1")
    clock.advance(1.5)
    assert 2.5 == throttle.wait("ada", "192.0.2.1")
    clock.advance(2.499999)
    assert 0.000001 == pytest.approx(throttle.wait("ada", "192.0.2.1"))


def test_asking_before_the_wait_is_over_does_not_make_it_longer(clock, throttle):
    fail(throttle, 8)
    for _ in range(4):
        assert 0 < throttle.wait("ada", "192.0.2.1")
        clock.advance(1)

    assert 0 == throttle.wait("ada", "192.0.2.1")


def test_of_many_that_ask_when_a_wait_is_over_one_is_tried(clock, throttle):
    fail(throttle, 8)
    clock.advance(4)

    assert [0, 4, 4, 4] == [throttle.wait("ada", "192.0.2.1") for _ in range(4)]


def test_asking_alone_costs_nobody_a_free_failure(throttle):
    assert [0] * 1000 == [throttle.wait("ada", "192.0.2.1") for _ in range(1000)]
    fail(throttle, 5)
    assert [0] * 1000 == [throttle.wait("ada", "192.0.2.1") for _ in range(1000)]


def test_another_name_or_another_block_does_not_wait(throttle):
    fail(throttle, 20)

    assert HOUR == throttle.wait("ada", "192.0.2.1")
    assert 0 == throttle.wait("bob", "192.0.2.1")
    assert 0 == throttle.wait("ada", "192.0.2.2")


def test_success_resets_the_name_in_its_block(clock, throttle):
    fail(throttle, 6)
    clock.advance(1)
    assert 0 == throttle.wait("ada", "192.0.2.1")
    throttle.succeeded("ada", "192.0.2.1")
    fail(throttle, 5)

    assert 0 == throttle.wait("ada", "192.0.2.1")


def test_a_block_may_fail_fifty_times_over_all_names_and_then_waits_with_any(clock, throttle):
    fail_with_every_name(throttle, 50)
    assert 0 == throttle.wait("new", "192.0.2.1")

    waits = []
    for n in range(3):
        throttle.failed(f"another {n}", "192.0.2.1")
        waits.append(throttle.wait("new", "192.0.2.1"))

    assert [1, 2, 4] == waits
    assert 0 == throttle.wait("new", "192.0.2.2")


def test_what_a_block_failed_is_forgiven_in_an_hour(clock, throttle):
    fail_with_every_name(throttle, 50)
    clock.advance(HOUR)
    fail_with_every_name(throttle, 50)
    assert 0 == throttle.wait("new", "192.0.2.1")

    throttle.failed("one more", "192.0.2.1")
    assert 1 == throttle.wait("new", "192.0.2.1")


def test_a_steady_trickle_of_mistakes_in_a_big_block_never_waits(clock, throttle):
    for n in range(500):
        assert 0 == throttle.wait(f"name {n}", "192.0.2.1")
        throttle.failed(f"name {n}", "192.0.2.1")
        clock.advance(HOUR / 50)


def test_who_guesses_on_at_the_end_of_each_wait_waits_an_hour_in_the_end(clock, throttle):
    tries = 0
    waits = []
    start = clock.now()
    while clock.now() - start < 24 * HOUR * 1_000_000:
        if waiting := throttle.wait(f"name {tries}", "192.0.2.1"):
            waits.append(waiting)
            clock.advance(waiting)
            continue
        throttle.failed(f"name {tries}", "192.0.2.1")
        tries += 1

    # 50 free, 12 doublings that take 68 minutes, and then one an hour.
    assert [2.0**n for n in range(12)] + [HOUR] * 23 == waits
    assert 50 + 12 + 23 == tries


def test_success_does_not_wash_a_block_clean(throttle):
    fail_with_every_name(throttle, 53)
    throttle.succeeded("mallory", "192.0.2.1")

    assert 4 == throttle.wait("new", "192.0.2.1")


def test_a_name_may_fail_a_hundred_times_in_a_row_from_everywhere_and_then_once_an_hour(clock, throttle):
    fail_from_everywhere(throttle, 99)
    assert 0 == throttle.wait("ada", "198.51.100.1")

    throttle.failed("ada", "198.51.100.1")
    for _ in range(3):
        assert HOUR == throttle.wait("ada", "198.51.100.2")
        clock.advance(HOUR)
        assert 0 == throttle.wait("ada", "198.51.100.2")
        throttle.failed("ada", "198.51.100.2")


def test_an_hour_does_not_forgive_a_name_its_failures(clock, throttle):
    fail_from_everywhere(throttle, 100)
    clock.advance(1000 * HOUR)
    throttle.failed("ada", "198.51.100.1")

    assert HOUR == throttle.wait("ada", "198.51.100.2")


def test_strangers_cannot_lock_a_customer_out(clock, throttle):
    throttle.succeeded("ada", "192.0.2.1")
    fail_from_everywhere(throttle, 200)

    assert HOUR == throttle.wait("ada", "198.51.100.1")
    assert 0 == throttle.wait("ada", "192.0.2.1")


def test_where_one_name_got_in_another_has_no_privilege(throttle):
    throttle.succeeded("bob", "192.0.2.1")
    fail_from_everywhere(throttle, 100)

    assert HOUR == throttle.wait("ada", "192.0.2.1")


def test_who_got_in_from_a_block_still_waits_there_for_its_own_failures(throttle):
    throttle.succeeded("ada", "192.0.2.1")
    fail(throttle, 7)

    assert 2 == throttle.wait("ada", "192.0.2.1")


def test_success_resets_a_name_everywhere(throttle):
    fail_from_everywhere(throttle, 100)
    throttle.succeeded("ada", "192.0.2.1")
    fail_from_everywhere(throttle, 99)

    assert 0 == throttle.wait("ada", "198.51.100.1")


def test_the_last_eight_blocks_of_a_name_are_remembered(throttle):
    for n in range(9):
        throttle.succeeded("ada", f"192.0.2.{n}")
    throttle.succeeded("ada", "192.0.2.1")
    throttle.succeeded("ada", "192.0.2.9")
    fail_from_everywhere(throttle, 100)

    expected = {0: HOUR, 1: 0, 2: HOUR} | dict.fromkeys(range(3, 10), 0)
    assert expected == {n: throttle.wait("ada", f"192.0.2.{n}") for n in range(10)}


def test_a_clock_set_back_makes_nobody_wait_longer_than_a_wait_lasts(clock, throttle):
    fail(throttle, 8)
    clock.advance(-24 * HOUR)

    assert 4 == throttle.wait("ada", "192.0.2.1")
    clock.advance(4)
    assert 0 == throttle.wait("ada", "192.0.2.1")


def test_a_clock_set_back_forgives_nothing(clock, throttle):
    fail_with_every_name(throttle, 52)
    clock.advance(-24 * HOUR)
    throttle.failed("another", "192.0.2.1")

    assert 4 == throttle.wait("new", "192.0.2.1")


steps = st.lists(
    st.tuples(
        st.sampled_from(["wait", "failed", "succeeded"]),
        st.sampled_from("abc"),
        st.sampled_from("123"),
        st.floats(-5000, 5000),
    ),
    max_size=200,
)


@given(steps)
def test_no_wait_is_negative_or_longer_than_an_hour_whatever_the_clock_does(steps):
    clock = ManualClock()
    throttle = Throttle(clock, capacity=2)
    for step, name, block, seconds in steps:
        clock.advance(seconds)
        waited = getattr(throttle, step)(name, block)
        if step == "wait":
            assert 0 <= waited <= HOUR


def test_invented_names_and_blocks_take_bounded_memory(clock):
    throttle = Throttle(clock, capacity=100)
    for n in range(2000):
        throttle.failed(f"name {n}", f"block {n}")
        throttle.succeeded(f"friend {n}", f"block {n}")

    tables = (throttle._pairs, throttle._blocks, throttle._names, throttle._entered)
    assert [] == [len(table) for table in tables if not 100 <= len(table) <= 200]


def test_a_count_survives_as_many_new_entries_as_the_capacity(clock):
    throttle = Throttle(clock, capacity=100)
    fail(throttle, 5)
    for n in range(100):
        throttle.failed(f"name {n}", f"block {n}")
    throttle.failed("ada", "192.0.2.1")

    assert 1 == throttle.wait("ada", "192.0.2.1")


def test_who_waits_cannot_wash_the_count_out_with_invented_names(clock):
    throttle = Throttle(clock, capacity=100)
    fail_from_everywhere(throttle, 100)
    for n in range(5000):
        throttle.failed(f"name {n}", f"block {n}")

    assert HOUR == throttle.wait("ada", "198.51.100.1")


def test_a_name_that_is_asked_for_is_not_forgotten(clock):
    throttle = Throttle(clock, capacity=100)
    throttle.succeeded("ada", "192.0.2.1")
    fail_from_everywhere(throttle, 100)
    for n in range(5000):
        throttle.succeeded(f"name {n}", f"block {n}")
        if n % 50 == 0:
            assert 0 == throttle.wait("ada", "192.0.2.1")


def test_a_table_that_remembers_nothing_is_refused(clock):
    with pytest.raises(ValueError, match="give it 2 or more"):
        Throttle(clock, capacity=1)


@pytest.mark.parametrize("name", ["", "\0", "\ud800", "x" * 100_000])
def test_any_text_makes_a_name(throttle, name):
    fail(throttle, 7, name)

    assert 2 == throttle.wait(name, "192.0.2.1")


def test_a_full_throttle_takes_at_most_sixty_megabytes(clock):
    gc.collect()
    tracemalloc.start()
    try:
        throttle = Throttle(clock)
        for n in range(100_000):
            throttle.failed(f"name {n}", f"block {n}")
        taken, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert 100_000 == len(throttle._names)
    assert taken < 60_000_000


def test_a_full_table_makes_room_in_one_go(clock):
    throttle = Throttle(clock)
    slowest = whole = 0.0
    for n in range(200_000):
        start = time.process_time()
        throttle.failed(f"name {n}", f"block {n}")
        took = time.process_time() - start
        slowest, whole = max(slowest, took), whole + took

    assert slowest < whole / 3  # making room once for many, and far less than all the rest
