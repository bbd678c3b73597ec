"""Tokens: short-lived, narrowed, and dead with their key."""

from datetime import timedelta

import pytest

from console.conftest import OPERATOR
from parvis.access.clock import as_datetime
from parvis.access.keys import KEY_PATTERN
from parvis.contract.caller import Caller

pytestmark = pytest.mark.anyio


async def made(site, *rights, **more):
    """A key of Ada's, as the caller that it makes."""
    ada = await site.register()
    return await site.caller(await site.key(ada, *rights, **more))


async def test_a_token_may_what_its_key_may_at_services_and_lives_an_hour(any_site, refuses):
    key = await made(any_site, "shop.*", "parvis.keys.*")

    token = await any_site.console.tokens.create(caller=key)
    credential = await any_site.credential(token.token)

    assert KEY_PATTERN.fullmatch(token.token)
    assert timedelta(hours=1) == token.expires_at - token.created_at
    assert ["shop.*"] == token.scope
    assert ("token", key.account, key.credential) == (credential.kind, credential.account, credential.key)
    assert credential.rights.allows("shop.price")
    any_site.clock.advance(3600)
    await refuses("token-expired", any_site.caller(token.token))


async def test_a_scope_narrows(any_site):
    key = await made(any_site, "shop.*")

    token = await any_site.console.tokens.create(["shop.price(item in [tea])", "shop.find"], caller=key)
    rights = (await any_site.credential(token.token)).rights

    assert ["shop.find", "shop.price(item in [tea])"] == token.scope
    assert rights.allows("shop.find")
    assert [True, False] == [rights.verdict("shop.price")[0].admits({"item": item}) for item in ("tea", "gold")]
    assert rights.verdict("shop.buy") is None


@pytest.mark.parametrize("scope", ["*", "other.*", "shop.price", "parvis.limits", "parvis.keys.create", "parvis.*"])
async def test_a_scope_never_widens(site, refuses, scope):
    key = await made(site, "shop.find", "shop.price(item in [tea])", "parvis.keys.create")

    refusal = await refuses("right-missing", site.console.tokens.create([scope], caller=key))

    assert {"right": scope} == refusal.members


async def test_an_empty_scope_is_no_right_to_any_service(site):
    token = await site.console.tokens.create([], caller=await made(site))
    rights = (await site.credential(token.token)).rights

    assert [] == token.scope
    assert rights.verdict("shop.price") is None
    assert rights.allows("parvis.limits")


async def test_a_token_mints_and_changes_nothing(site):
    key = await made(site, "parvis.keys.*", "parvis.accounts.set_password", "*")
    token = await site.console.tokens.create(caller=key)
    rights = (await site.credential(token.token)).rights

    for name in ("tokens.create", "keys.create", "keys.rotate", "keys.revoke", "keys.get", "accounts.set_password",
                 "accounts.erase", "accounts.export"):  # fmt: skip
        assert rights.verdict(f"parvis.{name}") is None


@pytest.mark.parametrize("kind", ["password", "token", "operator", "run", "anonymous"])
async def test_tokens_are_made_with_a_key_alone(site, refuses, kind):
    key = await made(site)

    for credential in (None, key.credential):
        caller = Caller(kind, key.account, credential)
        refusal = await refuses("right-missing", site.console.tokens.create(caller=caller))
        assert {"right": "parvis.tokens.create"} == refusal.members


@pytest.mark.parametrize("seconds", [0, -1, 3601, 10**30])
async def test_a_token_lives_from_a_second_to_an_hour(site, refuses, seconds):
    key = await made(site)

    refusal = await refuses("invalid-arguments", site.console.tokens.create(seconds=seconds, caller=key))

    assert ["seconds"] == [error["location"] for error in refusal.members["errors"]]


async def test_a_token_never_outlives_its_key(any_site, refuses):
    key = await made(any_site, expires_at=as_datetime(any_site.clock.now()) + timedelta(seconds=60))

    token = await any_site.console.tokens.create(caller=key)
    any_site.clock.advance(60)

    assert timedelta(seconds=60) == token.expires_at - token.created_at
    await refuses("token-expired", any_site.caller(token.token))


async def test_a_token_dies_with_its_key_and_with_its_account(any_site, refuses):
    key = await made(any_site)
    token = await any_site.console.tokens.create(caller=key)

    await any_site.console.accounts.suspend(key.account, caller=OPERATOR)
    await refuses("account-suspended", any_site.caller(token.token))
    await any_site.console.accounts.resume(key.account, caller=OPERATOR)
    assert key.credential == (await any_site.caller(token.token)).credential
    await any_site.console.keys.revoke(key.credential, caller=key)

    await refuses("key-unknown", any_site.caller(token.token))


async def test_a_token_follows_its_key_when_that_is_narrowed(any_site):
    key = await made(any_site, "shop.*")
    token = await any_site.console.tokens.create(["shop.price", "shop.find"], caller=key)
    owner = Caller("password", key.account)

    await any_site.console.keys.update(key.credential, rights=["shop.find"], caller=owner)
    rights = (await any_site.credential(token.token)).rights

    assert [False, True] == [rights.allows(f"shop.{name}") for name in ("price", "find")]


async def test_a_test_key_makes_test_tokens_and_networks_hold_for_them(any_site, refuses):
    key = await made(any_site, test=True, networks=["192.0.2.0/24"])
    token = await any_site.console.tokens.create(caller=key)

    assert (await any_site.caller(token.token)).test
    await refuses("network-refused", any_site.caller(token.token, "198.51.100.1"))


async def test_only_a_digest_of_a_token_is_kept_and_the_audit_names_its_id(site):
    key = await made(site)
    token = await site.console.tokens.create(caller=key)
    last = (await site.console.audit.list(caller=OPERATOR))[-1]

    assert token.token[19:49] not in str(await site.everything())
    assert token.token not in repr(token)
    assert ("token.created", key.credential, token.token[7:19]) == (last.act, last.actor, last.subject)
