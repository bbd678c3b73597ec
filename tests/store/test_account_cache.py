"""How accounts stand, in memory: what was used is never forgotten before the store knows it."""

import pytest

from parvis.access.clock import ManualClock
from parvis.access.plans import ANONYMOUS, TEST, Plan
from parvis.access.rights import Rights
from parvis.store.account_cache import ANONYMOUS_ACCOUNT, AccountCache
from parvis.store.records import QuotaUsed
from samples import AT, DAY, account

PLAN = Plan("small", ("*",), rate=1, burst=5, day=10, month=20)
NOTHING = QuotaUsed()


@pytest.fixture
def clock():
    return ManualClock(AT)


@pytest.fixture
def account_cache(clock):
    return AccountCache(clock, capacity=3)


def of(account_cache, id="acc_1", live=NOTHING, test=NOTHING, plan=PLAN, **changes):
    return account_cache.of(account(id, **changes), plan, Rights.of(("*",)), live, test)


def admit(account_cache, state, clock, cost=1, test=False):
    plan, allowance = state.bounds[test]
    return allowance.admit(plan, cost, account_cache.now(), clock.tick())


def left(state, clock, test=False):
    plan, allowance = state.bounds[test]
    return {name: remaining for name, _, remaining, _ in allowance.state(plan, clock.now(), clock.tick())}


def end(state, test=False):
    state.bounds[test][1].leave()


def fill(account_cache, clock, number=10, first=0):
    """Other accounts, so that idle ones are looked for."""
    for n in range(first, first + number):
        of(account_cache, f"other_{n}")


def test_an_account_stands_as_the_store_says_of_it(account_cache, clock):
    state = of(account_cache, live=QuotaUsed(3, 4), test=QuotaUsed(1, 2), suspended_at=5)

    assert ("acc_1", PLAN, True, False, None) == (
        state.account, state.plan, state.suspended, state.stale, state.by_address,
    )  # fmt: skip
    assert {"rate": 5, "day": 7, "month": 16} == left(state, clock)
    assert TEST.day - 1 == left(state, clock, test=True)["day"]
    assert state is account_cache.held("acc_1")
    assert account_cache.held("acc_2") is None


def test_an_account_that_is_known_goes_by_memory_and_not_by_what_the_store_has_yet(account_cache, clock):
    first = of(account_cache)
    admit(account_cache, first, clock, cost=4)
    again = of(account_cache, live=QuotaUsed(1, 1))
    account_cache.forget("acc_1")
    anew = of(account_cache, live=QuotaUsed(1, 1))

    assert (True, True, False) == (first is again, first.stale, anew.stale)
    assert (first.live, first.test) == (anew.live, anew.test)
    assert {"day": 6, "month": 16} == {name: n for name, n in left(anew, clock).items() if name != "rate"}


def test_what_is_forgotten_is_stale_and_no_other_is(account_cache):
    one, two = of(account_cache), of(account_cache, "acc_2")
    account_cache.forget("acc_1")
    account_cache.forget("acc_none")
    told = (one.stale, two.stale, account_cache.held("acc_1"), account_cache.held("acc_2"))
    account_cache.forget_all()

    assert (True, False, None, two) == told
    assert (True, None) == (two.stale, account_cache.held("acc_2"))


def test_an_account_whose_records_are_not_folded_is_kept_however_many_others_come(account_cache, clock):
    state = of(account_cache)
    admit(account_cache, state, clock, cost=7)
    account_cache.accounts["acc_1"].last = 1  # as the meter says of each record
    end(state)
    clock.advance(60)  # its bucket is full: it is idle
    fill(account_cache, clock, 50)

    assert not state.stale
    assert 3 == left(of(account_cache, live=NOTHING), clock)["day"]


def test_an_account_that_is_idle_and_folded_goes_and_comes_back_with_what_the_store_says(account_cache, clock):
    state = of(account_cache)
    admit(account_cache, state, clock, cost=7)
    account_cache.accounts["acc_1"].last = 1  # as the meter says of each record
    end(state)
    clock.advance(60)
    account_cache.folded = 1
    fill(account_cache, clock)

    assert (True, None) == (state.stale, account_cache.held("acc_1"))
    assert {"rate": 5, "day": 3, "month": 13} == left(of(account_cache, live=QuotaUsed(7, 7)), clock)


@pytest.mark.parametrize("test", [False, True])
@pytest.mark.parametrize("why", ["it runs", "its bucket is not full"])
def test_an_account_that_is_not_idle_is_kept(account_cache, clock, why, test):
    state = of(account_cache)
    admit(account_cache, state, clock, test=test)
    if why == "it runs":
        clock.advance(3600)
    else:
        end(state, test)
    fill(account_cache, clock)

    assert not state.stale
    assert state is account_cache.held("acc_1")


def test_the_callers_without_a_key_are_never_forgotten(account_cache, clock):
    anonymous = account_cache.anonymous(ANONYMOUS, QuotaUsed(6, 6))
    admit(account_cache, anonymous, clock, cost=4)
    end(anonymous)
    clock.advance(3600)
    fill(account_cache, clock)

    again = account_cache.anonymous(ANONYMOUS, NOTHING)
    assert anonymous.live is again.live
    assert ANONYMOUS.day - 10 == left(again, clock)["day"]


def test_the_callers_without_a_key_share_quotas_and_have_a_rate_each(account_cache, clock):
    anonymous = account_cache.anonymous(ANONYMOUS, NOTHING)

    assert (ANONYMOUS_ACCOUNT, None, ANONYMOUS) == (anonymous.account, anonymous.plan.rate, anonymous.by_address)
    assert {"day": ANONYMOUS.day} == left(anonymous, clock)


def test_idle_accounts_are_looked_for_seldom_though_none_can_go(account_cache, clock, monkeypatch):
    looks = []
    monkeypatch.setattr(account_cache, "_drop_idle", lambda real=account_cache._drop_idle: looks.append(1) or real())
    for n in range(100):
        admit(account_cache, of(account_cache, f"acc_{n}"), clock)

    assert 1 <= len(looks) <= 12


def test_time_never_steps_back_with_the_clock(account_cache, clock):
    before = account_cache.now()
    clock.advance(-3600)
    back = account_cache.now()
    clock.advance(3601)

    assert (AT, AT, AT + 1_000_000) == (before, back, account_cache.now())


def test_time_never_steps_back_behind_what_was_recorded_before_a_restart(clock):
    account_cache = AccountCache(clock)
    account_cache.remember([("acc_1", False, AT + DAY), ("acc_2", False, AT)])

    assert AT + DAY == account_cache.now()


def test_after_a_restart_the_rate_is_what_it_would_be_had_the_process_lived_on(clock):
    # Five at once, two seconds ago and the microsecond that ages are uncertain by: two have come back.
    account_cache = AccountCache(clock)
    account_cache.remember([("acc_1", False, AT - 2_000_001)] * 5 + [("acc_2", False, AT)] * 5)
    state, other = of(account_cache), of(account_cache, "acc_2")

    assert [2, 0] == [left(each, clock)["rate"] for each in (state, other)]
    refused = [admit(account_cache, state, clock) for _ in range(3)]
    assert [None, None, "rate"] == [each and each.policy for each in refused]


def test_after_a_restart_live_and_test_keys_have_each_their_own_past(clock):
    account_cache = AccountCache(clock)
    account_cache.remember([("acc_1", True, AT)] * TEST.burst)
    state = of(account_cache)

    assert (5, 0) == (left(state, clock)["rate"], left(state, clock, test=True)["rate"])


def test_over_a_restart_at_any_moment_no_more_is_admitted_than_allowed():
    # Two calls a second for ever, a restart after each so many: in no span more than burst + rate * span.
    for restart in range(1, 25):
        clock = ManualClock(AT)
        account_cache, admitted = AccountCache(clock), []
        state = of(account_cache)
        for n in range(50):
            if n == restart:
                used = QuotaUsed(len(admitted), len(admitted))
                account_cache = AccountCache(clock)
                account_cache.remember([("acc_1", False, at) for at in admitted])
                state = of(account_cache, live=used)
            if admit(account_cache, state, clock) is None:
                end(state)
                admitted.append(clock.now())
            clock.advance(0.25)
        for first, since in enumerate(admitted):
            for last, until in enumerate(admitted[first:], 1):
                assert last <= 5 + (until - since) / 1_000_000 + 0.001, (restart, first)
        assert PLAN.day == len(admitted), restart


def test_a_quota_is_right_after_a_restart_in_the_same_day_and_new_in_the_next(clock):
    account_cache = AccountCache(clock)
    account_cache.remember([("acc_1", False, AT - 60_000_000)])
    today = of(account_cache, live=QuotaUsed(10, 10))

    refused = admit(account_cache, today, clock)
    assert ("day", 10) == (refused.policy, refused.used)
    clock.advance(DAY / 1_000_000)
    assert {"rate": 5, "day": 10, "month": 10} == left(today, clock)
    assert {"rate": 5, "day": 10, "month": 10} == left(of(AccountCache(clock), live=QuotaUsed(0, 10)), clock)
