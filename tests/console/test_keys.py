"""Making, listing and revoking keys, and never another's."""

import dataclasses
from datetime import timedelta

import pytest

from parvis.access.keys import parse
from parvis.contract.caller import Caller
from parvis.store.credentials import MISS, Credentials

pytestmark = pytest.mark.anyio


async def test_a_key_is_shown_once_and_opens_what_its_account_may(site):
    ada = await site.register()

    made = await site.console.keys.create("laptop", caller=ada)
    credential = site.credentials.find(made.id)

    assert credential.matches(parse(made.secret.encode()))
    assert credential.rights.allows("shop.price")
    assert not credential.rights.allows("other.price")
    assert not credential.rights.allows("parvis.keys.create")
    shown = dataclasses.asdict(made)
    assert made.secret == shown.pop("secret")
    assert [shown] == [dataclasses.asdict(key) for key in await site.console.keys.list(caller=ada)]


async def test_the_secret_is_in_nothing_that_prints_and_nothing_that_is_kept(site):
    made = await site.console.keys.create("laptop", caller=await site.register())
    secret = made.secret[20:50]

    everything = [made, site.credentials.find(made.id), await site.store.key(made.id)]
    assert [] == [thing for thing in everything if secret in repr(thing)]
    assert secret.encode() not in (await site.store.key(made.id))[0].digest


async def test_a_key_may_have_less_than_its_account(site):
    ada = await site.register()

    made = await site.console.keys.create("reader", ["shop.orders.get", "tools.*", "tools.*"], caller=ada)
    rights = site.credentials.find(made.id).rights

    assert ["shop.orders.get", "tools.*"] == made.rights
    assert [True, True, False] == [rights.allows(r) for r in ("shop.orders.get", "tools.x", "shop.price")]


async def test_a_key_without_any_right_to_services_may_still_revoke_itself(site):
    made = await site.console.keys.create("none", [], caller=await site.register())

    assert [] == made.rights
    assert not site.credentials.find(made.id).rights.allows("shop.price")
    assert site.credentials.find(made.id).rights.allows("parvis.keys.revoke")


@pytest.mark.parametrize("right", ["*", "other.price", "parvis.*", "parvis.accounts.list", "parvis.operators.set"])
async def test_a_key_cannot_have_more_than_its_account(site, refuses, right):
    ada = await site.register()

    refusal = await refuses("right-missing", site.console.keys.create("more", ["shop.*", right], caller=ada))

    assert {"right": right} == refusal.members
    assert [] == await site.console.keys.list(caller=ada)


async def test_rights_that_cannot_be_read_are_named(site, refuses):
    ada = await site.register()

    refusal = await refuses("invalid-arguments", site.console.keys.create("x", ["shop.*", "shop"], caller=ada))
    many = await refuses("invalid-arguments", site.console.keys.create("a\nb", ["shop.*"] * 101, caller=ada))

    assert ["rights[1]"] == [error["location"] for error in refusal.members["errors"]]
    assert ["label", "rights"] == [error["location"] for error in many.members["errors"]]


async def test_a_key_with_the_right_by_name_makes_keys(site):
    ada = await site.register()
    maker = await site.console.keys.create("maker", ["parvis.keys.create"], caller=ada)

    made = await site.console.keys.create("made", caller=await site.caller(maker))

    assert ada.account == site.credentials.find(made.id).account


async def test_a_key_of_an_account_that_is_gone_is_not_made(site, refuses):
    await refuses("not-found", site.console.keys.create("x", caller=Caller("password", "acc_none")))
    await refuses("not-found", site.console.accounts.get(caller=Caller("password", "acc_none")))


async def test_a_revoked_key_is_refused_from_the_next_call_on_and_stays_in_the_list(site):
    ada = await site.register()
    made = await site.console.keys.create("laptop", caller=ada)
    site.clock.advance(60)

    revoked = await site.console.keys.revoke(made.id, caller=ada)
    site.clock.advance(60)
    again = await site.console.keys.revoke(made.id, caller=ada)

    assert made.created_at + timedelta(seconds=60) == revoked.revoked_at
    assert revoked == again
    assert [revoked] == await site.console.keys.list(caller=ada)
    assert site.credentials.find(made.id).revoked_at is not None


async def test_a_revoked_key_is_revoked_for_who_reads_the_store_anew(site):
    ada = await site.register()
    made = await site.console.keys.create("laptop", caller=ada)
    await site.console.keys.revoke(made.id, caller=ada)

    after_restart = Credentials(site.store, site.clock)

    assert after_restart.find(made.id) is MISS
    assert (await after_restart.load(made.id)).revoked_at is not None


async def test_a_key_revokes_itself_and_no_other_of_its_account(site, refuses):
    ada = await site.register()
    one, two = [await site.console.keys.create(label, caller=ada) for label in ("one", "two")]
    key = await site.caller(one)

    refusal = await refuses("not-found", site.console.keys.revoke(two.id, caller=key))
    unknown = await refuses("not-found", site.console.keys.revoke("nobody", caller=key))
    await site.console.keys.revoke(one.id, caller=key)

    assert refusal.detail == unknown.detail
    assert site.credentials.find(one.id).revoked_at is not None
    assert site.credentials.find(two.id).revoked_at is None


@pytest.mark.parametrize("right", ["parvis.keys.revoke", "parvis.keys.*"])
async def test_a_key_with_the_right_by_name_revokes_any_of_its_account(site, right):
    ada = await site.register()
    warden = await site.console.keys.create("warden", [right], caller=ada)
    other = await site.console.keys.create("other", caller=ada)

    await site.console.keys.revoke(other.id, caller=await site.caller(warden))

    assert site.credentials.find(other.id).revoked_at is not None


async def test_another_account_s_key_is_answered_like_one_that_does_not_exist(site, refuses):
    ada, bob = await site.register("ada@x"), await site.register("bob@x")
    made = await site.console.keys.create("ada's", caller=ada)
    warden = await site.console.keys.create("warden", ["parvis.keys.*"], caller=bob)

    answers = [
        await refuses("not-found", site.console.keys.revoke(id, caller=caller))
        for id in (made.id, "nobody", "", "nul\0", "\ud800", "x" * 10_000)
        for caller in (bob, await site.caller(warden))
    ]

    assert 1 == len({(answer.detail, str(answer.members), str(answer.values)) for answer in answers})
    assert site.credentials.find(made.id).revoked_at is None
    assert ["warden"] == [key.label for key in await site.console.keys.list(caller=bob)]


async def test_keys_are_listed_by_pages_oldest_first(site):
    ada = await site.register()
    for n in range(5):
        await site.console.keys.create(str(n), caller=ada)
        site.clock.advance(1)

    first = await site.console.keys.list(limit=3, caller=ada)
    rest = await site.console.keys.list(first[-1].id, 3, caller=ada)

    assert ["0", "1", "2", "3", "4"] == [key.label for key in [*first, *rest]]
