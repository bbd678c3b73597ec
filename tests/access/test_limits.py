"""Limits and quotas: never more than allowed, in any window, at any boundary, over any restart; and hardly less."""

from __future__ import annotations

import dataclasses
import math
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parvis.access.limits import Allowance, LimitExceeded
from parvis.access.plans import DEFAULT, Plan
from rates import HOUR, NOON, SECOND, assert_no_window_holds_more, at, gaps_of, rated


def remaining(allowance: Allowance, plan: Plan, now: int, tick: int = 0) -> dict[str, int]:
    return {name: left for name, _, left, _ in allowance.state(plan, now, tick)}


# The rate


@given(st.data(), rated)
def test_no_window_ever_holds_more_than_the_burst_and_the_rate(data, plan):
    allowance, tick, admitted = Allowance(), data.draw(st.integers(0, 10 * HOUR)), []
    for gap in data.draw(gaps_of(plan)):
        tick += gap
        if allowance.admit(plan, 1, NOON, tick) is None:
            admitted.append(tick)

    assert admitted
    assert_no_window_holds_more(plan, admitted)


@pytest.mark.parametrize("rate", [0.1, 1, 3, 7.3, 10, 1000, 333_333, 999_999, 1_000_000])
@pytest.mark.parametrize(("burst", "callers"), [(1, 100), (2, 7), (50, 1.3)])
def test_at_least_98_percent_of_what_is_allowed_is_served_under_overload(rate, burst, callers):
    # With a burst of 1 a call that comes late is lost to anybody's count, so there the callers come thick and fast.
    plan, allowance, served = Plan("p", (), rate=rate, burst=burst), Allowance(), 0
    step = int(SECOND / rate / callers)
    for tick in range(0, 20_000 * step, step):
        served += allowance.admit(plan, 1, NOON, tick) is None
    allowed = burst + rate * 19_999 * step / SECOND

    assert 0.98 * math.floor(allowed) <= served <= allowed


@given(st.data(), rated)
def test_waiting_as_long_as_one_is_told_is_enough(data, plan):
    allowance, tick = Allowance(), 0
    for gap in data.draw(gaps_of(plan)):
        tick += gap
        refused = allowance.admit(plan, 1, NOON, tick)
        if refused is not None:
            assert (refused.policy, refused.limit, refused.used) == ("rate", plan.burst, plan.burst)
            assert refused.retry_after >= 1
            if refused.retry_after > 1:  # and not a second too long
                assert allowance.admit(plan, 1, NOON, tick + (refused.retry_after - 1) * SECOND) is not None
            tick += refused.retry_after * SECOND
            assert allowance.admit(plan, 1, NOON, tick) is None


@given(st.data(), rated)
def test_what_the_state_says_remains_is_exactly_what_is_admitted_at_once(data, plan):
    allowance, tick = Allowance(), 0
    for gap in data.draw(gaps_of(plan)):
        tick += gap
        allowance.admit(plan, 1, NOON, tick)
    tick += data.draw(st.integers(0, plan.lookback))
    ((name, limit, left, seconds),) = allowance.state(plan, NOON, tick)

    assert ("rate", plan.burst, left == plan.burst) == (name, limit, seconds == 0)
    assert left == sum(allowance.admit(plan, 1, NOON, tick) is None for _ in range(plan.burst + 1))
    refused = allowance.admit(plan, 1, NOON, tick)
    assert refused is not None
    assert [("rate", plan.burst, 0, refused.retry_after)] == [*allowance.state(plan, NOON, tick)]


def test_the_state_uses_nothing_and_tells_every_bound_that_has_a_window():
    plan, allowance = Plan("p", (), rate=10, burst=50, concurrent=3, day=10, month=100), Allowance()
    fresh = allowance.state(plan, NOON, 0)
    allowance.admit(plan, 3, NOON, 0)
    told = (("rate", 50, 49, 1), ("day", 10, 7, 43_200), ("month", 100, 97, 6 * 86_400 + 43_200))

    assert (("rate", 50, 50, 0), ("day", 10, 10, 43_200), ("month", 100, 100, 6 * 86_400 + 43_200)) == fresh
    assert [told] * 3 == [allowance.state(plan, NOON, 0) for _ in range(3)]
    assert () == Allowance().state(Plan("p", ()), NOON, 0)


# Nothing is used by who is refused


@pytest.mark.parametrize(
    ("bounds", "cost", "refused"),
    [
        ({"concurrent": 1}, 1, LimitExceeded("concurrent", 1, 1, 1)),
        ({"rate": 1, "burst": 1}, 1, LimitExceeded("rate", 1, 1, 1)),
        ({"rate": 1 / 64, "burst": 1}, 1, LimitExceeded("rate", 64, 1, 1)),
        ({"day": 5}, 5, LimitExceeded("day", 43_200, 5, 1)),
        ({"month": 5}, 5, LimitExceeded("month", 6 * 86_400 + 43_200, 5, 1)),
        ({"concurrent": 1, "rate": 1, "day": 1, "month": 1}, 1, LimitExceeded("concurrent", 1, 1, 1)),
        ({"rate": 1, "day": 1, "month": 1}, 1, LimitExceeded("rate", 1, 1, 1)),
        ({"day": 1, "month": 1}, 1, LimitExceeded("day", 43_200, 1, 1)),
    ],
)
def test_the_first_bound_that_is_reached_refuses_and_nothing_is_used(bounds, cost, refused):
    plan, allowance = Plan("p", (), **bounds), Allowance()
    assert allowance.admit(plan, 1, NOON, 0) is None
    before = allowance.state(plan, NOON, 0)

    assert [refused] * 3 == [allowance.admit(plan, cost, NOON, 0) for _ in range(3)]
    assert (before, 1) == (allowance.state(plan, NOON, 0), allowance.running)


def test_a_call_that_a_quota_refuses_takes_nothing_from_the_rate():
    plan, allowance = Plan("p", (), rate=1, burst=2, day=1), Allowance()
    answers = [allowance.admit(plan, 1, NOON, 0), allowance.admit(plan, 1, NOON, 0), allowance.admit(plan, 0, NOON, 0)]

    assert [None, LimitExceeded("day", 43_200, 1, 1), None] == answers


def test_what_costs_nothing_is_held_to_no_quota():
    plan, allowance = Plan("p", (), day=0, month=0), Allowance()

    assert allowance.admit(plan, 0, NOON, 0) is None
    assert allowance.admit(plan, 1, NOON, 0) == LimitExceeded("day", 43_200, 0, 0)


def test_200_callers_on_the_last_unit_are_one_admitted_and_199_refused():
    plan, allowance = Plan("p", (), day=10), Allowance()
    allowance.admit(plan, 9, NOON, 0)

    assert 1 == [allowance.admit(plan, 1, NOON, 0) for _ in range(200)].count(None)


def test_a_unit_that_was_not_charged_is_the_next_caller_s_and_only_his():
    plan, allowance = Plan("p", (), day=1, month=1), Allowance()
    allowance.admit(plan, 1, NOON, 0)
    allowance.settle(1, False, NOON)
    again = [allowance.admit(plan, 1, NOON, 0) for _ in range(3)]
    allowance.settle(1, True, NOON)

    assert [None, LimitExceeded("day", 43_200, 1, 1), LimitExceeded("day", 43_200, 1, 1)] == again
    assert {"day": 0, "month": 0} == remaining(allowance, plan, NOON)


@given(st.integers(1, 4), st.lists(st.booleans(), max_size=60))
def test_never_more_run_at_one_time_than_allowed(most, arrivals):
    plan, allowance, running = Plan("p", (), concurrent=most), Allowance(), 0
    for arrives in arrivals:
        if arrives:
            refused = allowance.admit(plan, 1, NOON, 0)
            assert (refused is None) == (running < most)
            running += refused is None
        elif running:
            allowance.leave()
            running -= 1
        assert running == allowance.running <= most


def test_a_call_that_leaves_twice_is_an_error_and_makes_no_room():
    allowance = Allowance()
    allowance.admit(DEFAULT, 1, NOON, 0)
    allowance.leave()

    with pytest.raises(RuntimeError, match="never admitted"):
        allowance.leave()
    assert allowance.running == 0


# Days and months


@pytest.mark.parametrize(
    ("last", "first", "month_left"),
    [
        ("2026-11-24T23:59:59.999999", "2026-11-25T00:00:00", 0),
        ("2026-11-30T23:59:59.999999", "2026-12-01T00:00:00", 2),
        ("2026-12-31T23:59:59.999999", "2027-01-01T00:00:00", 2),
        ("2028-02-28T23:59:59.999999", "2028-02-29T00:00:00", 0),
        ("2028-02-29T23:59:59.999999", "2028-03-01T00:00:00", 2),
        ("2027-02-28T23:59:59.999999", "2027-03-01T00:00:00", 2),
    ],
)
def test_a_period_ends_at_midnight_of_utc_and_not_a_microsecond_before(last, first, month_left):
    day, month = Plan("day", (), day=2), Plan("month", (), month=2)
    for plan, left in ((day, 2), (month, month_left)):
        allowance = Allowance()
        assert [None, None] == [allowance.admit(plan, 1, at(last), 0) for _ in range(2)]
        refused = allowance.admit(plan, 1, at(last), 0)

        assert refused is not None
        assert (plan.name, 2, 2) == (refused.policy, refused.limit, refused.used)
        assert (refused.retry_after == 1) == (left == 2)
        assert {plan.name: left} == remaining(allowance, plan, at(first))
        assert left == [allowance.admit(plan, 1, at(first), 0) for _ in range(3)].count(None)


def test_what_was_reserved_before_midnight_is_not_given_back_after_it():
    plan, allowance = Plan("p", (), day=3, month=9), Allowance()
    before, after = at("2026-11-24T23:59:59.999999"), at("2026-11-25T00:00:00")
    allowance.admit(plan, 3, before, 0)
    allowance.admit(plan, 1, after, 0)
    allowance.settle(3, False, before)

    assert {"day": 2, "month": 8} == remaining(allowance, plan, after)  # of the month, which goes on, it is


def test_what_was_reserved_in_the_old_month_is_not_given_back_in_the_new():
    plan, allowance = Plan("p", (), day=3, month=9), Allowance()
    before, after = at("2026-11-30T23:59:59.999999"), at("2026-12-01T00:00:00")
    allowance.admit(plan, 3, before, 0)
    allowance.admit(plan, 1, after, 0)
    allowance.settle(3, False, before)

    assert {"day": 2, "month": 8} == remaining(allowance, plan, after)


def test_a_call_that_ends_after_midnight_before_any_other_begins_is_given_back_to_its_own_day():
    plan, allowance = Plan("p", (), day=3), Allowance()
    before = at("2026-11-24T23:59:59.999999")
    allowance.admit(plan, 3, before, 0)
    allowance.settle(3, False, before)

    assert {"day": 3} == remaining(allowance, plan, before)
    assert {"day": 3} == remaining(allowance, plan, at("2026-11-25T00:00:00"))


def test_a_clock_that_steps_back_an_hour_opens_no_period_anew():
    plan, allowance = Plan("p", (), day=2, month=3), Allowance()
    before, after = at("2026-11-30T23:30:00"), at("2026-12-01T00:30:00")
    for now in (before, before, after):
        assert allowance.admit(plan, 1, now, 0) is None

    assert allowance.admit(plan, 1, before, 0) is None  # counts in December, which had begun
    assert allowance.admit(plan, 1, before, 0) == LimitExceeded("day", 86_400 + 1800, 2, 2)
    assert allowance.admit(plan, 1, after, 0) == LimitExceeded("day", 86_400 - 1800, 2, 2)
    assert {"day": 0, "month": 1} == remaining(allowance, plan, after)


steps = st.one_of(st.integers(-7200, 90_000), st.sampled_from([0, 1, -3600, 3600, 40 * 86_400]))


@given(st.lists(st.tuples(steps, st.integers(0, 3), st.booleans(), st.integers(0, 3)), max_size=60))
def test_no_day_and_no_month_ever_holds_more_than_its_quota_whatever_the_clock_does(calls):
    plan, allowance, now, latest = Plan("p", (), day=5, month=8), Allowance(), NOON, 0
    charged: dict[str, int] = {}
    open_calls: list[tuple[int, int, str]] = []
    for seconds, cost, charge, ending in calls:
        now += seconds * 1_000_000
        latest = max(latest, now)
        period = datetime.fromtimestamp(latest // 1_000_000, UTC).strftime("%Y-%m-%d")
        if allowance.admit(plan, cost, now, 0) is None:
            for name in (period, period[:7]):
                charged[name] = charged.get(name, 0) + cost
            open_calls.append((cost, now, period))
        assert charged.get(period, 0) <= 5
        assert charged.get(period[:7], 0) <= 8
        if ending < len(open_calls):
            cost, admitted, period = open_calls.pop(ending)
            allowance.settle(cost, charge, admitted)
            allowance.leave()
            if not charge:
                for name in (period, period[:7]):
                    charged[name] -= cost


# A restart


@given(st.data(), rated)
def test_a_restart_never_lets_in_more_in_any_window(data, plan):
    allowance, tick, admitted = Allowance(), HOUR, []
    for gap in data.draw(gaps_of(plan)):
        tick += gap
        if data.draw(st.booleans()):  # killed; the ledger holds ages to the microsecond, and not more than it must
            known = [tick - past for past in admitted if tick - past <= plan.lookback]
            known = data.draw(st.permutations([-(-age // 1000) * 1000 for age in known]))
            allowance = Allowance()
            allowance.restore(plan, day_used=0, month_used=0, now=NOON, tick=tick, recent=known)
        if allowance.admit(plan, 1, NOON, tick) is None:
            admitted.append(tick)

    assert_no_window_holds_more(plan, admitted)


@given(st.data(), rated)
def test_a_restored_bucket_is_never_fuller_than_the_one_that_lived_on(data, plan):
    lived, restored, tick, admitted = Allowance(), Allowance(), HOUR, []
    for gap in data.draw(gaps_of(plan)):
        tick += gap
        if lived.admit(plan, 1, NOON, tick) is None:
            admitted.append(tick)
    tick += data.draw(st.integers(0, plan.lookback))
    restored.restore(plan, day_used=0, month_used=0, now=NOON, tick=tick, recent=[tick - past for past in admitted])

    assert remaining(restored, plan, NOON, tick)["rate"] <= remaining(lived, plan, NOON, tick)["rate"]


@pytest.mark.parametrize("pause", [0, 40_000_000, 150_000_000, SECOND])
def test_a_restored_bucket_is_the_same_as_the_one_that_lived_on_after_usual_calls(pause):
    lived, restored, tick = Allowance(), Allowance(), HOUR
    ages = [70_000_000 + n * pause for n in range(45) if n * pause < 5 * SECOND]
    for age in reversed(ages):
        assert lived.admit(DEFAULT, 1, NOON, tick - age) is None
    restored.restore(DEFAULT, day_used=45, month_used=45, now=NOON, tick=tick, recent=ages)

    assert remaining(lived, DEFAULT, NOON, tick)["rate"] == remaining(restored, DEFAULT, NOON, tick)["rate"]


def test_after_long_overload_a_restored_bucket_is_empty_although_the_last_burst_alone_would_leave_it_full():
    allowance, restored, admitted = Allowance(), Allowance(), []
    for tick in range(HOUR, HOUR + 60 * SECOND, 10_000_000):
        if allowance.admit(dataclasses.replace(DEFAULT, concurrent=None), 1, NOON, tick) is None:
            admitted.append(tick)
    ages = [tick - past for past in admitted if tick - past <= DEFAULT.lookback]
    restored.restore(DEFAULT, day_used=0, month_used=0, now=NOON, tick=tick, recent=ages)

    assert remaining(restored, DEFAULT, NOON, tick)["rate"] == 0
    assert restored.admit(DEFAULT, 1, NOON, tick + SECOND // 10 + 1000) is None


def test_a_restart_with_nothing_recent_begins_with_a_full_bucket_and_the_ledger_s_quotas():
    plan, allowance = Plan("p", (), rate=1, burst=3, day=5, month=7), Allowance()
    allowance.restore(plan, day_used=4, month_used=6, now=NOON, tick=5, recent=[])

    assert {"rate": 3, "day": 1, "month": 1} == remaining(allowance, plan, NOON, 5)
    assert {"rate": 3, "day": 5, "month": 1} == remaining(allowance, plan, NOON + 86_400_000_000, 5)


@pytest.mark.parametrize(("recent", "left"), [([-HOUR], 2), ([-HOUR, 0, -1], 0), ([-HOUR] * 5, 0)])
def test_calls_that_seem_to_come_from_the_future_count_as_of_now(recent, left):
    plan, allowance = Plan("p", (), rate=1, burst=3), Allowance()
    allowance.restore(plan, day_used=0, month_used=0, now=NOON, tick=0, recent=recent)

    assert [("rate", 3, left, 1)] == [*allowance.state(plan, NOON, 0)]


@given(st.data())
def test_a_restart_at_any_point_lets_in_no_more_of_the_quota(data):
    plan, allowance, used = Plan("p", (), day=6, month=9), Allowance(), 0
    for cost, killed in data.draw(st.lists(st.tuples(st.integers(1, 3), st.booleans()), max_size=20)):
        if killed:
            allowance = Allowance()
            allowance.restore(plan, day_used=used, month_used=used, now=NOON, tick=0, recent=[])
        refused = allowance.admit(plan, cost, NOON, 0)
        assert (refused is None) == (used + cost <= 6)
        used += cost if refused is None else 0


# To be forgotten, and another plan


def test_what_may_be_forgotten_runs_nothing_and_has_a_full_bucket():
    plan, allowance = Plan("p", (), rate=1, burst=2), Allowance()
    idle = [allowance.idle(plan, 0)]
    allowance.admit(plan, 1, NOON, 0)
    idle.append(allowance.idle(plan, SECOND))
    allowance.leave()
    idle += [allowance.idle(plan, SECOND - 1), allowance.idle(plan, SECOND)]

    assert [True, False, False, True] == idle


def test_a_larger_plan_holds_at_once_and_keeps_what_was_used():
    small, large = Plan("small", (), rate=1, burst=10, day=10), Plan("large", (), rate=10, burst=20, day=30)
    allowance = Allowance()
    for _ in range(10):
        allowance.admit(small, 1, NOON, 0)

    assert allowance.admit(small, 1, NOON, 0) == LimitExceeded("rate", 1, 10, 10)
    assert allowance.admit(large, 1, NOON, 0) == LimitExceeded("rate", 1, 20, 20)
    assert allowance.admit(large, 1, NOON, SECOND // 10) is None
    assert 19 == remaining(allowance, large, NOON, SECOND // 10)["day"]


@given(st.data(), rated, rated)
def test_after_a_change_of_plan_no_window_holds_more_than_the_new_one_allows(data, old, new):
    allowance, tick, admitted = Allowance(), 0, []
    for gap in data.draw(gaps_of(old)):
        tick += gap
        allowance.admit(old, 1, NOON, tick)
    for gap in data.draw(gaps_of(new)):
        tick += gap
        if allowance.admit(new, 1, NOON, tick) is None:
            admitted.append(tick)

    assert_no_window_holds_more(new, admitted)


def test_a_smaller_plan_than_what_was_used_leaves_nothing_and_no_less():
    allowance = Allowance()
    allowance.admit(Plan("large", (), day=100), 50, NOON, 0)
    small = Plan("small", (), day=10)

    assert {"day": 0} == remaining(allowance, small, NOON)
    assert allowance.admit(small, 1, NOON, 0) == LimitExceeded("day", 43_200, 10, 50)
