"""A new secret for a key: what stays, what ends when, and what the old one opens meanwhile."""

from datetime import timedelta

import pytest

from console.conftest import OPERATOR
from parvis.access.clock import as_datetime
from parvis.contract.caller import Caller

pytestmark = pytest.mark.anyio

DAY = 86_400


@pytest.mark.parametrize("test", [False, True])
@pytest.mark.parametrize("kind", ["string", "basic", "digits"])
async def test_a_key_gets_a_new_secret_and_stays_the_same_key(site, kind, test):
    ada = await site.register()
    key = await site.key(ada, "shop.*", kind=kind, test=test, label="one", networks=["192.0.2.0/24"])
    site.clock.advance(60)

    new = await site.console.keys.rotate(key.id, caller=ada)
    old_caller, new_caller = await site.caller(key), await site.caller(new)

    assert key.secret != new.secret
    assert (key.id, kind, test, ["shop.*"], ["192.0.2.0/24"]) == (new.id, new.kind, new.test, new.rights, new.networks)
    assert as_datetime(site.clock.now()) == new.rotated_at
    assert new.rotated_at + timedelta(days=1) == new.retiring_until
    assert old_caller == new_caller
    assert 1 == len(await site.console.keys.list(caller=ada))


async def test_the_quota_is_the_account_s_before_and_after(site):
    ada = await site.register()
    key = await site.key(ada)
    before = await site.credential(key)
    before.state.live.admit(before.state.plan, 7, site.clock.now(), site.clock.tick())

    new = await site.console.keys.rotate(key.id, caller=ada)
    after = await site.credential(new)

    assert before.state.live is after.state.live


async def test_the_old_secret_works_for_the_overlap_and_not_after(any_site, refuses):
    ada = await any_site.register()
    key = await any_site.key(ada)
    new = await any_site.console.keys.rotate(key.id, 3600, caller=ada)
    any_site.clock.advance(3599.999999)
    assert key.id == (await any_site.caller(key)).credential
    any_site.clock.advance(0.000001)

    await refuses("key-rotated", any_site.caller(key))
    assert key.id == (await any_site.caller(new)).credential


async def test_without_an_overlap_the_old_secret_ends_at_once(any_site, refuses):
    ada = await any_site.register()
    key = await any_site.key(ada)
    new = await any_site.console.keys.rotate(key.id, 0, caller=ada)

    await refuses("key-rotated", any_site.caller(key))
    assert key.id == (await any_site.caller(new)).credential


async def test_an_overlap_never_goes_past_the_key_s_end(any_site, refuses):
    ada = await any_site.register()
    ends = as_datetime(any_site.clock.now()) + timedelta(hours=1)
    key = await any_site.key(ada, expires_at=ends)

    new = await any_site.console.keys.rotate(key.id, 30 * DAY, caller=ada)
    any_site.clock.advance(3600)

    assert (ends, ends) == (new.expires_at, new.retiring_until)
    await refuses("key-rotated", any_site.caller(key))
    await refuses("key-expired", any_site.caller(new))


@pytest.mark.parametrize("overlap", [-1, 30 * DAY + 1, 10**30])
async def test_an_overlap_is_of_at_most_30_days(site, refuses, overlap):
    ada = await site.register()
    key = await site.key(ada)

    refusal = await refuses("invalid-arguments", site.console.keys.rotate(key.id, overlap, caller=ada))

    assert ["overlap"] == [error["location"] for error in refusal.members["errors"]]
    assert (await site.key_record(key.id)).rotated_at is None


async def test_a_key_rotates_itself_by_possession_and_no_other(site, refuses):
    ada = await site.register()
    one, two = await site.key(ada), await site.key(ada)

    new = await site.console.keys.rotate(one.id, caller=await site.caller(one))

    assert one.id == (await site.caller(new)).credential
    await refuses("not-found", site.console.keys.rotate(two.id, caller=await site.caller(new)))


async def test_a_second_rotation_ends_the_secret_of_before_the_first(any_site, refuses):
    ada = await any_site.register()
    first = await any_site.key(ada)
    second = await any_site.console.keys.rotate(first.id, caller=ada)
    third = await any_site.console.keys.rotate(first.id, caller=ada)

    await refuses("key-unknown", any_site.caller(first))
    assert [first.id] * 2 == [(await any_site.caller(each)).credential for each in (second, third)]


async def test_a_secret_that_is_being_retired_makes_nothing_new(site):
    """Whoever found it must not stay by it: whatever the key was given by name."""
    ada = await site.register()
    named = ["parvis.keys.*", "parvis.accounts.set_password", "parvis.keys.create(kind in [string])", "shop.*"]
    key = await site.key(ada, *named)
    new = await site.console.keys.rotate(key.id, caller=ada)
    old_rights, new_rights = (await site.credential(key)).rights, (await site.credential(new)).rights

    makes = ("keys.create", "keys.update", "keys.rotate", "tokens.create", "accounts.set_password", "keys.list")
    assert [True] * 6 == [new_rights.verdict(f"parvis.{name}") is not None for name in makes]
    assert [None] * 6 == [old_rights.verdict(f"parvis.{name}") for name in makes]
    for name in ("shop.price", "parvis.keys.get", "parvis.keys.revoke", "parvis.limits", "parvis.usage.summary"):
        assert old_rights.allows(name)


async def test_that_of_an_operator_s_key_does_not_operate(site):
    operator = await site.console.operators.set("op@x", "the operator's own", caller=OPERATOR)
    owner = Caller("operator", operator.id)
    rights = ["parvis.*", "parvis.plans.update", "parvis.*(id in [x])"]
    keys = [await site.key(owner, right) for right in rights]
    for key in keys:
        await site.console.keys.rotate(key.id, caller=owner)

    held = [(await site.credential(key)).rights for key in keys]

    operates = ("parvis.plans.update", "parvis.accounts.list", "parvis.keys.rotate", "parvis.operators.set")
    assert [None] * 12 == [rights.verdict(name) for rights in held for name in operates]


async def test_tokens_die_with_the_secret_they_were_made_with(any_site, refuses):
    ada = await any_site.register()
    key = await any_site.key(ada)
    token = await any_site.console.tokens.create(caller=await any_site.caller(key))

    new = await any_site.console.keys.rotate(key.id, 60, caller=ada)
    during = await any_site.caller(token.token)
    fresh = await any_site.console.tokens.create(caller=await any_site.caller(new))
    any_site.clock.advance(60)

    assert key.id == during.credential
    await refuses("token-expired", any_site.caller(token.token))
    assert key.id == (await any_site.caller(fresh.token)).credential


async def test_a_second_rotation_ends_the_tokens_of_the_first_secret(any_site, refuses):
    ada = await any_site.register()
    key = await any_site.key(ada)
    token = await any_site.console.tokens.create(caller=await any_site.caller(key))

    for _ in range(2):
        await any_site.console.keys.rotate(key.id, caller=ada)

    await refuses("key-unknown", any_site.caller(token.token))


async def test_what_has_ended_is_not_rotated(any_site, refuses):
    ada = await any_site.register()
    ends = as_datetime(any_site.clock.now()) + timedelta(hours=1)
    revoked, expired = await any_site.key(ada), await any_site.key(ada, expires_at=ends)
    await any_site.console.keys.revoke(revoked.id, caller=ada)
    any_site.clock.advance(3600)

    for key in (revoked, expired):
        await refuses("not-found", any_site.console.keys.rotate(key.id, caller=ada))
    assert "key.rotated" not in await any_site.acts()


async def test_revoking_ends_both_secrets(any_site, refuses):
    ada = await any_site.register()
    key = await any_site.key(ada)
    new = await any_site.console.keys.rotate(key.id, caller=ada)

    await any_site.console.keys.revoke(key.id, caller=await any_site.caller(key))

    await refuses("key-revoked", any_site.caller(new))
    with pytest.raises(Exception, match=r"key-revoked|key-unknown"):
        await any_site.caller(key)
