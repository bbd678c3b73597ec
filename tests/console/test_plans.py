"""Plans: what is changed holds at once, and what cannot be is said."""

import dataclasses

import pytest

from console.conftest import OPERATOR, PASSWORD
from parvis.access.plans import ANONYMOUS, DEFAULT, Plan
from parvis.store.queries import plans

pytestmark = pytest.mark.anyio


def shown(plan):
    return {**dataclasses.asdict(plan), "rights": list(plan.rights)}


async def test_every_store_has_two(any_site):
    listed = await any_site.console.plans.list(caller=OPERATOR)

    assert [shown(ANONYMOUS), shown(DEFAULT)] == [dataclasses.asdict(plan) for plan in listed]


async def test_a_plan_is_made_seen_changed_and_deleted(any_site):
    site, operate = any_site, any_site.console.plans
    made = await operate.create("large", ["shop.*", "*"], 100.5, 200, None, None, 1000, 50, 4096, None, caller=OPERATOR)
    seen = await operate.get("large", caller=OPERATOR)
    changed = await operate.update("large", ["shop.price"], day=7, without=["month", "rate"], caller=OPERATOR)
    listed = await operate.list(caller=OPERATOR)
    await operate.delete("large", caller=OPERATOR)

    assert made == seen
    assert shown(Plan("large", ("*", "shop.*"), 100.5, 200, None, None, 1000, 50, 4096, None)) == dataclasses.asdict(
        made
    )
    assert (["shop.price"], None, 200, 7, None, 50) == (
        changed.rights, changed.rate, changed.burst, changed.day, changed.month, changed.keys
    )  # fmt: skip
    assert ["anonymous", "default", "large"] == [plan.name for plan in listed]
    assert ["plan.created", "plan.changed", "plan.deleted"] == await site.acts("large")


async def test_what_is_left_out_of_a_new_plan_is_as_the_default_has_it(site):
    made = await site.console.plans.create("other", ["shop.*"], caller=OPERATOR)

    assert {**shown(DEFAULT), "name": "other", "rights": ["shop.*"]} == dataclasses.asdict(made)


async def test_a_change_holds_for_the_next_call_of_its_accounts(any_site):
    ada = await any_site.register()
    key = await any_site.key(ada)
    before = await any_site.credential(key)
    before.state.live.admit(before.state.plan, 3, any_site.clock.now(), any_site.clock.tick())

    await any_site.console.plans.update("default", ["shop.find"], rate=1, burst=2, day=5, caller=OPERATOR)
    after = await any_site.credential(key)

    assert (1, 2, 5) == (after.state.plan.rate, after.state.plan.burst, after.state.plan.day)
    assert [False, True] == [after.rights.allows(f"shop.{name}") for name in ("price", "find")]
    state = after.state.live.state(after.state.plan, any_site.clock.now(), any_site.clock.tick())
    assert ("day", 5, 2) == state[1][:3], "what was used stays used"


async def test_the_plan_of_callers_without_a_key_changes_at_once_too(any_site):
    assert not any_site.credentials.anonymous.rights.allows("shop.find")

    await any_site.console.plans.update("anonymous", ["shop.find"], rate=3, caller=OPERATOR)

    assert any_site.credentials.anonymous.rights.allows("shop.find")
    assert not any_site.credentials.anonymous.rights.allows("shop.price")
    assert 3 == any_site.credentials.anonymous.state.by_address.rate


async def test_a_plan_that_accounts_have_and_one_that_must_be_there_are_not_deleted(any_site, refuses):
    ada = await any_site.register()
    await any_site.console.plans.create("small", [], caller=OPERATOR)
    await any_site.console.accounts.update(ada.account, plan="small", caller=OPERATOR)

    for name in ("small", "default", "anonymous"):
        await refuses("plan-in-use", any_site.console.plans.delete(name, caller=OPERATOR))
    await any_site.console.accounts.update(ada.account, plan="default", caller=OPERATOR)
    await any_site.console.plans.delete("small", caller=OPERATOR)

    assert ["plan.created", "plan.deleted"] == await any_site.acts("small")


async def test_a_name_is_had_once(any_site, refuses):
    for name in ("default", "anonymous"):
        await refuses("plan-exists", any_site.console.plans.create(name, [], caller=OPERATOR))


async def test_one_that_is_not_there_is_not_found(any_site, refuses):
    operate = any_site.console.plans

    for name in ("none", "", "nul\0", "\ud800", "x" * 10_000):
        await refuses("not-found", operate.get(name, caller=OPERATOR))
        await refuses("not-found", operate.update(name, day=1, caller=OPERATOR))
        await refuses("not-found", operate.delete(name, caller=OPERATOR))
    assert [] == await any_site.acts()


@pytest.mark.parametrize(
    "wrong",
    [
        {"rate": 0}, {"rate": -1.0}, {"rate": 1e300}, {"rate": float("inf")}, {"rate": float("nan")}, {"burst": 0},
        {"concurrent": 0}, {"day": -1}, {"month": 10**30}, {"keys": -1}, {"body": 0}, {"page": 0},
        {"rights": ["shop"]}, {"rights": ["shop.price(item in [])"]}, {"rights": ["\ud800.*"]},
    ],
    ids=str,
)  # fmt: skip
async def test_bounds_that_are_none_are_refused_in_words_and_nothing_changes(site, refuses, wrong):
    given = {"rights": [], **wrong}

    made = await refuses("invalid-arguments", site.console.plans.create("new", **given, caller=OPERATOR))
    changed = await refuses("invalid-arguments", site.console.plans.update("default", **wrong, caller=OPERATOR))

    assert all(error["message"] for refusal in (made, changed) for error in refusal.members["errors"])
    assert [ANONYMOUS, DEFAULT] == await site.store.ask(plans.every)
    assert [] == await site.acts()


@pytest.mark.parametrize("name", ["", "two words", "x" * 101, "nul\0", "\ud800", "-a", "é"])
async def test_what_is_no_name_is_refused(site, refuses, name):
    await refuses("invalid-arguments", site.console.plans.create(name, [], caller=OPERATOR))


@pytest.mark.parametrize("bound", ["burst", "keys", "rights", "name", "nothing", ""])
async def test_what_a_plan_always_has_cannot_be_taken_away(site, refuses, bound):
    refusal = await refuses(
        "invalid-arguments", site.console.plans.update("default", without=["day", bound], caller=OPERATOR)
    )

    assert ["without[1]"] == [error["location"] for error in refusal.members["errors"]]
    assert DEFAULT == await site.store.ask(plans.get, "default")


async def test_a_change_of_nothing_is_no_act(site):
    same = await site.console.plans.update("default", caller=OPERATOR)

    assert shown(DEFAULT) == dataclasses.asdict(same)
    assert [] == await site.acts()


# On the wire


def test_callers_without_a_key_may_what_their_plan_says(serve):
    server = serve(reads=["find"])
    before = server.call("shop.find", None)
    changed = server.ask("PATCH", "/parvis/v1/plans/anonymous", {"rights": ["shop.find"], "burst": 2}, operator=True)
    after = [server.call("shop.find", None) for _ in range(3)]

    assert (401, "key-missing", 200) == (before.status, before.json["code"], changed.status)
    assert [200, 200, 429] == [answer.status for answer in after]
    assert 401 == server.call("shop.price", None, item="x").status
    assert 200 == server.ask("POST", "/shop/v1/find", {}, client="198.51.100.1").status, "another address"
    server.ask("PATCH", "/parvis/v1/plans/anonymous", {"rights": []}, operator=True)
    assert 401 == server.ask("POST", "/shop/v1/find", {}, client="198.51.100.2").status


def test_a_smaller_plan_refuses_from_the_next_call_on(serve):
    server = serve()
    key = server.key()
    assert 200 == server.call("shop.find", key).status

    server.ask("PATCH", "/parvis/v1/plans/default", {"day": 1}, operator=True)
    refused = server.call("shop.find", key)
    server.ask("PATCH", "/parvis/v1/plans/default", {"day": 2, "without": ["rate"]}, operator=True)

    assert (429, "quota-exceeded", ["day"]) == (refused.status, refused.json["code"], refused.json["violated-policies"])
    assert 200 == server.call("shop.find", key).status
    assert 429 == server.call("shop.find", key).status


def test_deleting_is_204_and_an_account_s_plan_by_the_wire(serve):
    server = serve()
    id = server.console("accounts.create", body={"email": "ada@x.org", "password": PASSWORD}).json["id"]
    made = server.ask("POST", "/parvis/v1/plans", {"name": "small", "rights": []}, operator=True)
    moved = server.ask("PATCH", f"/parvis/v1/accounts/{id}", {"plan": "small"}, operator=True)
    kept = server.ask("DELETE", "/parvis/v1/plans/small", operator=True)
    server.ask("PATCH", f"/parvis/v1/accounts/{id}", {"plan": "default"}, operator=True)
    gone = server.ask("DELETE", "/parvis/v1/plans/small", operator=True)

    assert [201, 200, 409, 204] == [answer.status for answer in (made, moved, kept, gone)]
