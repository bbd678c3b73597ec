"""Time as whole microseconds."""

import time
from datetime import UTC, datetime

from parvis.access.clock import Clock, ManualClock, SystemClock, as_datetime


def test_the_system_clock_is_the_machine_s_time_in_microseconds():
    clock: Clock = SystemClock()

    assert abs(clock.now() / 1e6 - time.time()) < 1


def test_a_manual_clock_stands_still_until_it_is_moved():
    clock = ManualClock(5_000_000)

    before, again = clock.now(), clock.now()
    clock.advance(1.5)

    assert (before, again, clock.now()) == (5_000_000, 5_000_000, 6_500_000)


def test_a_moment_is_exact_to_the_microsecond_and_aware_of_utc():
    # A float of seconds would lose the last digits of a time in this century.
    assert as_datetime(1_795_354_845_701_955) == datetime(2026, 11, 22, 13, 40, 45, 701955, tzinfo=UTC)
