"""Time as whole microseconds."""

import time
from datetime import UTC, datetime, timedelta, timezone

import pytest

from parvis.access.clock import Clock, ManualClock, SystemClock, as_datetime, as_microseconds


def test_the_system_clock_is_the_machine_s_time_in_microseconds():
    clock: Clock = SystemClock()

    assert abs(clock.now() / 1e6 - time.time()) < 1


def test_a_manual_clock_stands_still_until_it_is_moved():
    clock = ManualClock(5_000_000)

    before, again = clock.now(), clock.now()
    clock.advance(1.5)

    assert (before, again, clock.now()) == (5_000_000, 5_000_000, 6_500_000)


def test_the_system_clock_measures_spans_in_nanoseconds_and_never_backwards():
    clock: Clock = SystemClock()

    ticks = [clock.tick() for _ in range(1000)]

    assert sorted(ticks) == ticks
    assert abs(ticks[0] / 1e9 - time.monotonic()) < 1


def test_a_manual_clock_s_spans_go_with_it_and_never_backwards():
    clock = ManualClock()
    now, tick = clock.now(), clock.tick()

    clock.advance(2)
    forth = (clock.now() - now, clock.tick() - tick)
    clock.advance(-3600)

    assert (2_000_000, 2_000_000_000) == forth
    assert (-3598_000_000, 2_000_000_000) == (clock.now() - now, clock.tick() - tick)


def test_a_moment_is_exact_to_the_microsecond_and_aware_of_utc():
    # A float of seconds would lose the last digits of a time in this century.
    assert as_datetime(1_795_354_845_701_955) == datetime(2026, 11, 22, 13, 40, 45, 701955, tzinfo=UTC)


@pytest.mark.parametrize("moment", [0, 1, -1, 1_795_354_845_701_955, 253_402_300_799_999_999])
def test_a_moment_comes_back_as_it_was(moment):
    assert moment == as_microseconds(as_datetime(moment))


def test_a_moment_with_another_offset_is_the_same_and_one_without_is_of_utc():
    paris = datetime(2026, 11, 22, 14, 40, 45, 701955, tzinfo=timezone(timedelta(hours=1)))

    assert 1_795_354_845_701_955 == as_microseconds(paris)
    assert 1_795_354_845_701_955 == as_microseconds(datetime(2026, 11, 22, 13, 40, 45, 701955))
