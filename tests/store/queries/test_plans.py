"""Plans: those that are always there, and those that can go."""

import pytest

from parvis.access.plans import ANONYMOUS, DEFAULT, Plan
from parvis.store.queries import accounts, plans
from parvis.store.records import PlanExists, PlanInUse
from samples import account

pytestmark = pytest.mark.anyio

GOLD = Plan(
    "gold", ("shop.*", "geolocation.search(country in [BE, FR])"), rate=0.1, burst=7, concurrent=3, day=10**15 - 1,
    month=0, keys=2, body=1000, page=50,
)  # fmt: skip


async def test_the_plans_that_must_be_there_are_there_from_the_start(store):
    assert [ANONYMOUS, DEFAULT] == await store.ask(plans.every)
    assert [DEFAULT, ANONYMOUS, None] == [await store.ask(plans.get, n) for n in ("default", "anonymous", "gold")]


@pytest.mark.parametrize("given", [GOLD, Plan("bare", ()), Plan("9", ("*",), rate=3)])
async def test_a_plan_comes_back_as_it_was_given(store, given):
    await store.change(None, plans.add, given)

    assert given == await store.ask(plans.get, given.name)
    assert given in await store.ask(plans.every)


async def test_a_name_is_given_once(store):
    for taken in ("default", "gold"):
        if taken == "gold":
            await store.change(None, plans.add, GOLD)
        with pytest.raises(PlanExists):
            await store.change(None, plans.add, Plan(taken, ()))

    assert [ANONYMOUS, DEFAULT, GOLD] == await store.ask(plans.every)


async def test_a_plan_is_changed_in_what_is_said_and_in_nothing_else(store):
    await store.change(None, plans.add, GOLD)

    changed = await store.change(None, plans.change, "default", {"rate": 2.5, "day": None, "rights": ("a.b",)})

    expected = Plan("default", ("a.b",), rate=2.5, burst=50, concurrent=50, day=None, keys=5, page=1000)
    assert expected == changed == await store.ask(plans.get, "default")
    assert GOLD == await store.ask(plans.get, "gold")


async def test_a_change_that_makes_no_plan_is_refused_and_changes_nothing(store):
    with pytest.raises(ValueError, match="`burst` is 0"):
        await store.change(None, plans.change, "default", {"burst": 0})

    assert DEFAULT == await store.ask(plans.get, "default")


@pytest.mark.parametrize("name", ["gold", "nul\0", "\ud800", ""])
async def test_what_is_not_there_is_none(store, name):
    assert [None] * 3 == [
        await store.ask(plans.get, name),
        await store.change(None, plans.change, name, {"day": 1}),
        await store.change(None, plans.remove, name),
    ]


async def test_a_plan_goes_when_nobody_has_it_and_not_before(store):
    await store.change(None, plans.add, GOLD)
    await store.change(None, accounts.add, account(plan="gold"))
    with pytest.raises(PlanInUse):
        await store.change(None, plans.remove, "gold")
    still = await store.ask(plans.get, "gold")
    await store.change(None, accounts.change, "acc_1", {"plan": "default"})

    assert (GOLD, GOLD) == (still, await store.change(None, plans.remove, "gold"))
    assert [ANONYMOUS, DEFAULT] == await store.ask(plans.every)


@pytest.mark.parametrize("name", ["default", "anonymous"])
async def test_a_plan_that_must_be_there_is_never_deleted(store, name):
    with pytest.raises(PlanInUse):
        await store.change(None, plans.remove, name)

    assert [ANONYMOUS, DEFAULT] == await store.ask(plans.every)


async def test_a_plan_that_was_changed_is_not_seeded_again_at_the_next_start(reopen):
    async with reopen() as store:
        changed = await store.change(None, plans.change, "anonymous", {"rights": ("shop.find",), "day": 5})
        await store.change(None, plans.add, GOLD)

    async with reopen() as store:
        assert [changed, DEFAULT, GOLD] == await store.ask(plans.every)
