"""How accounts stand, in memory: what was used is never forgotten before the store knows it."""

import pytest

from parvis.access.clock import ManualClock
from parvis.access.limits import ANONYMOUS, TEST, Plan
from parvis.access.rights import Rights
from parvis.store.records import Used
from parvis.store.standings import CROWD, Standings
from samples import AT, DAY, account

PLAN = Plan("small", ("*",), rate=1, burst=5, day=10, month=20)
NOTHING = Used()


@pytest.fixture
def clock():
    return ManualClock(AT)


@pytest.fixture
def standings(clock):
    return Standings(clock, capacity=3)


def of(standings, id="acc_1", live=NOTHING, test=NOTHING, plan=PLAN, **changes):
    return standings.of(account(id, **changes), plan, Rights.of(("*",)), live, test)


def admit(standings, standing, clock, cost=1, test=False):
    plan, allowance = standing.bounds(test)
    return allowance.admit(plan, cost, standings.now(), clock.tick())


def left(standing, clock, test=False):
    plan, allowance = standing.bounds(test)
    return {name: remaining for name, _, remaining, _ in allowance.state(plan, clock.now(), clock.tick())}


def end(standing, test=False):
    standing.bounds(test)[1].leave()


def fill(standings, clock, number=10, first=0):
    """Other accounts, so that idle ones are looked for."""
    for n in range(first, first + number):
        of(standings, f"other_{n}")


def test_an_account_stands_as_the_store_says_of_it(standings, clock):
    standing = of(standings, live=Used(3, 4), test=Used(1, 2), suspended_at=5)

    assert ("acc_1", PLAN, True, False, None) == (
        standing.account, standing.plan, standing.suspended, standing.stale, standing.by_address,
    )  # fmt: skip
    assert {"rate": 5, "day": 7, "month": 16} == left(standing, clock)
    assert TEST.day - 1 == left(standing, clock, test=True)["day"]
    assert standing is standings.held("acc_1")
    assert standings.held("acc_2") is None


def test_an_account_that_is_known_goes_by_memory_and_not_by_what_the_store_has_yet(standings, clock):
    first = of(standings)
    admit(standings, first, clock, cost=4)
    again = of(standings, live=Used(1, 1))
    standings.forget("acc_1")
    anew = of(standings, live=Used(1, 1))

    assert (True, True, False) == (first is again, first.stale, anew.stale)
    assert (first.live, first.test) == (anew.live, anew.test)
    assert {"day": 6, "month": 16} == {name: n for name, n in left(anew, clock).items() if name != "rate"}


def test_what_is_forgotten_is_stale_and_no_other_is(standings):
    one, two = of(standings), of(standings, "acc_2")
    standings.forget("acc_1")
    standings.forget("acc_none")
    told = (one.stale, two.stale, standings.held("acc_1"), standings.held("acc_2"))
    standings.forget_all()

    assert (True, False, None, two) == told
    assert (True, None) == (two.stale, standings.held("acc_2"))


def test_an_account_whose_records_are_not_folded_is_kept_however_many_others_come(standings, clock):
    standing = of(standings)
    admit(standings, standing, clock, cost=7)
    standings.written("acc_1", 1)
    end(standing)
    clock.advance(60)  # its bucket is full: it is idle
    fill(standings, clock, 50)

    assert not standing.stale
    assert 3 == left(of(standings, live=NOTHING), clock)["day"]


def test_an_account_that_is_idle_and_folded_goes_and_comes_back_with_what_the_store_says(standings, clock):
    standing = of(standings)
    admit(standings, standing, clock, cost=7)
    standings.written("acc_1", 1)
    end(standing)
    clock.advance(60)
    standings.folded = 1
    fill(standings, clock)

    assert (True, None) == (standing.stale, standings.held("acc_1"))
    assert {"rate": 5, "day": 3, "month": 13} == left(of(standings, live=Used(7, 7)), clock)


@pytest.mark.parametrize("test", [False, True])
@pytest.mark.parametrize("why", ["it runs", "its bucket is not full"])
def test_an_account_that_is_not_idle_is_kept(standings, clock, why, test):
    standing = of(standings)
    admit(standings, standing, clock, test=test)
    if why == "it runs":
        clock.advance(3600)
    else:
        end(standing, test)
    fill(standings, clock)

    assert not standing.stale
    assert standing is standings.held("acc_1")


def test_the_callers_without_a_key_are_never_forgotten(standings, clock):
    crowd = standings.crowd(ANONYMOUS, Used(6, 6))
    admit(standings, crowd, clock, cost=4)
    end(crowd)
    clock.advance(3600)
    fill(standings, clock)

    again = standings.crowd(ANONYMOUS, NOTHING)
    assert crowd.live is again.live
    assert ANONYMOUS.day - 10 == left(again, clock)["day"]


def test_the_callers_without_a_key_share_quotas_and_have_a_rate_each(standings, clock):
    crowd = standings.crowd(ANONYMOUS, NOTHING)

    assert (CROWD, None, ANONYMOUS) == (crowd.account, crowd.plan.rate, crowd.by_address)
    assert {"day": ANONYMOUS.day} == left(crowd, clock)


def test_idle_accounts_are_looked_for_seldom_though_none_can_go(standings, clock, monkeypatch):
    looks = []
    monkeypatch.setattr(standings, "_drop_idle", lambda real=standings._drop_idle: looks.append(1) or real())
    for n in range(100):
        admit(standings, of(standings, f"acc_{n}"), clock)

    assert 1 <= len(looks) <= 12


def test_time_never_steps_back_with_the_clock(standings, clock):
    before = standings.now()
    clock.advance(-3600)
    back = standings.now()
    clock.advance(3601)

    assert (AT, AT, AT + 1_000_000) == (before, back, standings.now())


def test_time_never_steps_back_behind_what_was_recorded_before_a_restart(clock):
    standings = Standings(clock)
    standings.remember([("acc_1", False, AT + DAY), ("acc_2", False, AT)])

    assert AT + DAY == standings.now()


def test_after_a_restart_the_rate_is_what_it_would_be_had_the_process_lived_on(clock):
    # Five at once, two seconds ago and the microsecond that ages are uncertain by: two have come back.
    standings = Standings(clock)
    standings.remember([("acc_1", False, AT - 2_000_001)] * 5 + [("acc_2", False, AT)] * 5)
    standing, other = of(standings), of(standings, "acc_2")

    assert [2, 0] == [left(each, clock)["rate"] for each in (standing, other)]
    refused = [admit(standings, standing, clock) for _ in range(3)]
    assert [None, None, "rate"] == [each and each.policy for each in refused]


def test_after_a_restart_live_and_test_keys_have_each_their_own_past(clock):
    standings = Standings(clock)
    standings.remember([("acc_1", True, AT)] * TEST.burst)
    standing = of(standings)

    assert (5, 0) == (left(standing, clock)["rate"], left(standing, clock, test=True)["rate"])


def test_over_a_restart_at_any_moment_no_more_is_admitted_than_allowed():
    # Two calls a second for ever, a restart after each so many: in no span more than burst + rate * span.
    for restart in range(1, 25):
        clock = ManualClock(AT)
        standings, admitted = Standings(clock), []
        standing = of(standings)
        for n in range(50):
            if n == restart:
                used = Used(len(admitted), len(admitted))
                standings = Standings(clock)
                standings.remember([("acc_1", False, at) for at in admitted])
                standing = of(standings, live=used)
            if admit(standings, standing, clock) is None:
                end(standing)
                admitted.append(clock.now())
            clock.advance(0.25)
        for first, since in enumerate(admitted):
            for last, until in enumerate(admitted[first:], 1):
                assert last <= 5 + (until - since) / 1_000_000 + 0.001, (restart, first)
        assert PLAN.day == len(admitted), restart


def test_a_quota_is_right_after_a_restart_in_the_same_day_and_new_in_the_next(clock):
    standings = Standings(clock)
    standings.remember([("acc_1", False, AT - 60_000_000)])
    today = of(standings, live=Used(10, 10))

    refused = admit(standings, today, clock)
    assert ("day", 10) == (refused.policy, refused.used)
    clock.advance(DAY / 1_000_000)
    assert {"rate": 5, "day": 10, "month": 10} == left(today, clock)
    assert {"rate": 5, "day": 10, "month": 10} == left(of(Standings(clock), live=Used(0, 10)), clock)
