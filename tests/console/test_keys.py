"""Making, listing, changing and revoking keys, and never another's."""

import dataclasses
from datetime import timedelta

import pytest

from console.conftest import ADDRESS, ANYBODY, OPERATOR, PASSWORD
from parvis.access import keys as spelling
from parvis.access.clock import as_datetime
from parvis.access.keys import KEY_PATTERN, parse, parse_basic
from parvis.console.operations import RIGHTS
from parvis.contract.caller import Caller
from parvis.store.account_cache import AccountCache
from parvis.store.credentials import MISS, Credentials
from parvis.store.queries import usage
from samples import line

pytestmark = pytest.mark.anyio

KINDS = ("string", "basic", "digits")
HOSTILE = ("nobody", "", "nul\0", "\ud800", "x" * 10_000)


async def test_a_key_is_shown_once_and_opens_what_its_account_may(any_site):
    ada = await any_site.register()

    made = await any_site.key(ada, label="laptop")
    credential = await any_site.credential(made)

    assert credential.rights.allows("shop.price")
    assert not credential.rights.allows("parvis.keys.create")
    shown = dataclasses.asdict(made)
    for name in ("secret", "username", "password"):
        assert shown.pop(name)
    assert [shown] == [dataclasses.asdict(key) for key in await any_site.console.keys.list(caller=ada)]
    assert [shown] == [dataclasses.asdict(await any_site.console.keys.get(made.id, caller=ada))]


async def test_the_secret_is_in_nothing_that_prints_and_nothing_that_is_kept(site):
    made = await site.key(await site.register())
    secret = made.secret[20:50]

    everything = [made, await site.credential(made), await site.key_record(made.id), await site.everything()]
    assert [] == [thing for thing in everything if secret in repr(thing)]


# Three kinds, live and test


@pytest.mark.parametrize("test", [False, True])
@pytest.mark.parametrize("kind", KINDS)
async def test_one_key_has_three_spellings_and_each_is_sent_both_ways(site, kind, test):
    ada = await site.register()

    made = await site.key(ada, kind=kind, test=test)
    whole, cut = parse(made.secret.encode()), parse_basic(made.username.encode(), made.password.encode())
    caller = await site.caller(made)

    assert (kind, test) == (made.kind, made.test)
    assert made.secret == made.username + made.password
    assert whole == cut
    assert (ada.account, made.id, test) == (caller.account, caller.credential, caller.test)
    assert (kind != "digits") == (KEY_PATTERN.fullmatch(made.secret) is not None)


async def test_a_live_key_is_no_test_key_by_another_prefix(site, refuses):
    """The checksum is no secret: whoever changes the prefix can make it anew."""
    made = await site.key(await site.register())
    body = made.secret.replace("pv_live_", "pv_test_")[:-6].encode()
    forged = (body + spelling._checksum(body)).decode()

    assert parse(forged.encode()).environment == "test"
    await refuses("key-unknown", site.credential(forged))


async def test_a_label_is_one_line(site, refuses):
    ada = await site.register()

    for label in ("x" * 201, "two\nlines", "nul\0", "\ud800"):
        await refuses("invalid-arguments", site.key(ada, label=label))
    assert "" == (await site.key(ada, label="")).label


# The bound on how many


async def test_an_account_has_five_live_keys_and_as_many_test_keys(any_site, refuses):
    ada = await any_site.register()
    made = [await any_site.key(ada, test=test) for test in (False, True) for _ in range(5)]

    live = await refuses("too-many-keys", any_site.key(ada))
    test = await refuses("too-many-keys", any_site.key(ada, test=True))
    await any_site.console.keys.revoke(made[0].id, caller=ada)
    await any_site.key(ada)

    assert [{"limit": 5}] * 2 == [live.values, test.values]
    await refuses("too-many-keys", any_site.key(ada))


async def test_a_key_that_has_expired_makes_room(site, refuses):
    ada = await site.register()
    soon = as_datetime(site.clock.now()) + timedelta(hours=1)
    for _ in range(5):
        await site.key(ada, expires_at=soon)

    await refuses("too-many-keys", site.key(ada))
    site.clock.advance(3600)
    await site.key(ada)


async def test_the_bound_is_the_plan_s_and_a_smaller_plan_takes_no_key_away(site, refuses):
    ada = await site.register()
    made = [await site.key(ada) for _ in range(3)]
    await site.console.plans.update("default", keys=2, caller=OPERATOR)

    await refuses("too-many-keys", site.key(ada))
    assert [ada.account] * 3 == [(await site.caller(key)).account for key in made]
    await site.console.plans.update("default", keys=4, caller=OPERATOR)
    await site.key(ada)


async def test_other_accounts_keys_do_not_count(site):
    ada, bob = await site.register(), await site.register("bob@x")
    for _ in range(5):
        await site.key(bob)

    await site.key(ada)


# Rights


async def test_a_key_may_have_less_than_its_account(site):
    ada = await site.register()

    made = await site.key(ada, "shop.orders.get", "tools.*", "tools.*")
    rights = (await site.credential(made)).rights

    assert ["shop.orders.get", "tools.*"] == made.rights
    assert [True, True, False] == [rights.allows(r) for r in ("shop.orders.get", "tools.x", "shop.price")]


async def test_a_right_with_constraints_is_kept_in_its_one_spelling(site):
    made = await site.key(await site.register(), "shop.price( item in[tea , jam,tea] )")
    verdict = (await site.credential(made)).rights.verdict("shop.price")

    assert ["shop.price(item in [jam, tea])"] == made.rights
    assert [True, False] == [verdict[0].admits({"item": item}) for item in ("tea", "gold")]


async def test_constraints_of_the_account_bind_its_keys(site, refuses):
    ada = await site.register()
    await site.console.plans.create("teas", ["shop.price(item in [tea, jam])"], caller=OPERATOR)
    await site.console.accounts.update(ada.account, plan="teas", caller=OPERATOR)

    await refuses("right-missing", site.key(ada, "shop.price"))
    await refuses("right-missing", site.key(ada, "shop.price(item in [tea, gold])"))
    narrow = await site.key(ada, "shop.price(item in [tea])")
    whole = await site.key(ada)

    def admitted(credential):
        verdict = credential.rights.verdict("shop.price")
        return [item for item in ("tea", "jam", "gold") if verdict[0].admits({"item": item})]

    assert ["tea"] == admitted(await site.credential(narrow))
    assert ["tea", "jam"] == admitted(await site.credential(whole))


async def test_what_the_account_loses_its_keys_lose_at_once(any_site):
    ada = await any_site.register()
    key = await any_site.key(ada, "shop.price", "shop.find")
    before = (await any_site.credential(key)).rights

    await any_site.console.plans.update("default", rights=["shop.find"], caller=OPERATOR)
    after = (await any_site.credential(key)).rights

    assert [True, True] == [before.allows(f"shop.{name}") for name in ("price", "find")]
    assert [False, True] == [after.allows(f"shop.{name}") for name in ("price", "find")]


async def test_a_key_without_any_right_to_services_may_still_revoke_itself(site):
    ada = await site.register()
    made = await site.console.keys.create("none", [], caller=ada)
    credential = await site.credential(made)

    assert [] == made.rights
    assert not credential.rights.allows("shop.price")
    assert credential.rights.allows("parvis.keys.revoke")


@pytest.mark.parametrize("right", ["parvis.*", "parvis.accounts.list", "parvis.operators.set", "parvis.plans.update"])
async def test_a_key_cannot_have_more_than_its_account(site, refuses, right):
    ada = await site.register()

    refusal = await refuses("right-missing", site.key(ada, "shop.*", right))

    assert {"right": right} == refusal.members
    assert [] == await site.console.keys.list(caller=ada)


async def test_rights_that_cannot_be_read_are_named(site, refuses):
    ada = await site.register()

    refusal = await refuses("invalid-arguments", site.key(ada, "shop.*", "shop"))
    many = await refuses("invalid-arguments", site.key(ada, *["shop.*"] * 101, label="a\nb"))

    assert ["rights[1]"] == [error["location"] for error in refusal.members["errors"]]
    assert ["label", "rights"] == [error["location"] for error in many.members["errors"]]


async def test_a_key_with_the_right_by_name_makes_keys(site):
    ada = await site.register()
    maker = await site.key(ada, "parvis.keys.create")

    made = await site.key(await site.caller(maker))

    assert ada.account == (await site.caller(made)).account


async def test_a_key_of_an_account_that_is_gone_is_not_made(site, refuses):
    await refuses("not-found", site.key(Caller("password", "acc_none")))
    await refuses("not-found", site.console.accounts.get(caller=Caller("password", "acc_none")))


# Expiry and networks


async def test_a_key_works_until_its_end(any_site, refuses):
    ada = await any_site.register()
    ends = as_datetime(any_site.clock.now()) + timedelta(hours=1)
    key = await any_site.key(ada, expires_at=ends)
    any_site.clock.advance(3599.999999)
    before = await any_site.caller(key)
    any_site.clock.advance(0.000001)

    assert (ends, key.id) == (key.expires_at, before.credential)
    await refuses("key-expired", any_site.caller(key))


async def test_an_end_in_the_past_is_refused(site, refuses):
    ada = await site.register()
    now = as_datetime(site.clock.now())

    for ends in (now, now - timedelta(days=1), now.replace(tzinfo=None) - timedelta(seconds=1)):
        refusal = await refuses("invalid-arguments", site.key(ada, expires_at=ends))
        assert ["expires_at"] == [error["location"] for error in refusal.members["errors"]]


async def test_a_key_with_networks_is_taken_from_there_alone(any_site, refuses):
    ada = await any_site.register()
    key = await any_site.key(ada, networks=["192.0.2.0/24", "2001:db8::/32"])

    for address in ("192.0.2.1", "::ffff:192.0.2.1", "2001:db8:1::1"):
        assert key.id == (await any_site.caller(key, address)).credential
    for address in ("192.0.3.1", "2001:db9::1", "127.0.0.1", ""):
        await refuses("network-refused", any_site.caller(key, address))


@pytest.mark.parametrize("networks", [["nowhere"], ["192.0.2.0/33"], ["192.0.2.0/24", ""], ["10.0.0.0/8"] * 101])
async def test_what_is_no_network_is_refused(site, refuses, networks):
    ada = await site.register()
    made = await site.key(ada)

    for call in (
        site.key(ada, networks=networks),
        site.console.keys.update(made.id, networks=networks, caller=ada),
    ):
        refusal = await refuses("invalid-arguments", call)
        assert ["networks"] == [error["location"] for error in refusal.members["errors"]]


# Changing


async def test_a_change_holds_from_the_next_call_on(any_site, refuses):
    ada = await any_site.register()
    key = await any_site.key(ada)
    token = await any_site.console.tokens.create(caller=await any_site.caller(key))
    before = await any_site.credential(key)

    changed = await any_site.console.keys.update(key.id, "new", ["shop.find"], ["192.0.2.0/24"], caller=ada)
    after, of_token = await any_site.credential(key), await any_site.credential(token.token)

    assert ("new", ["shop.find"], ["192.0.2.0/24"]) == (changed.label, changed.rights, changed.networks)
    assert before.rights.allows("shop.price")
    assert [False, False] == [each.rights.allows("shop.price") for each in (after, of_token)]
    assert [True, True] == [each.rights.allows("shop.find") for each in (after, of_token)]
    await refuses("network-refused", any_site.caller(key, "198.51.100.1"))
    await refuses("network-refused", any_site.caller(token.token, "198.51.100.1"))


async def test_an_empty_list_of_networks_is_anywhere(site):
    ada = await site.register()
    key = await site.key(ada, networks=["192.0.2.0/24"])

    changed = await site.console.keys.update(key.id, networks=[], caller=ada)

    assert changed.networks is None
    assert key.id == (await site.caller(key, "198.51.100.1")).credential


async def test_what_is_left_out_of_a_change_stays(site):
    ada = await site.register()
    key = await site.key(ada, "shop.find", label="old", networks=["192.0.2.0/24"])
    acts = await site.acts()

    same = await site.console.keys.update(key.id, caller=ada)
    changed = await site.console.keys.update(key.id, label="new", caller=ada)

    assert ("old", ["shop.find"], ["192.0.2.0/24"]) == (same.label, same.rights, same.networks)
    assert ("new", ["shop.find"], ["192.0.2.0/24"]) == (changed.label, changed.rights, changed.networks)
    assert [*acts, "key.changed"] == await site.acts()


async def test_a_key_is_not_widened_past_its_account(site, refuses):
    ada = await site.register()
    key = await site.key(ada, "shop.find")
    await site.console.plans.update("default", rights=["shop.*"], caller=OPERATOR)

    for right in ("*", "other.*", "parvis.accounts.list"):
        await refuses("right-missing", site.console.keys.update(key.id, rights=[right], caller=ada))
    wider = await site.console.keys.update(key.id, rights=["shop.*"], caller=ada)

    assert ["shop.*"] == wider.rights


async def test_a_key_changes_no_key_and_not_even_itself_without_the_right_by_name(site, refuses):
    ada = await site.register()
    one, two = await site.key(ada, "shop.find"), await site.key(ada)
    editor = await site.key(ada, "parvis.keys.update")

    for id in (one.id, two.id):
        await refuses("not-found", site.console.keys.update(id, rights=["*"], caller=await site.caller(one)))
    changed = await site.console.keys.update(one.id, label="x", caller=await site.caller(editor))

    assert "x" == changed.label


# Revoking


async def test_a_revoked_key_is_refused_from_the_next_call_on_and_stays_in_the_list(any_site, refuses):
    ada = await any_site.register()
    made = await any_site.key(ada)
    token = await any_site.console.tokens.create(caller=await any_site.caller(made))
    any_site.clock.advance(60)

    revoked = await any_site.console.keys.revoke(made.id, caller=ada)
    any_site.clock.advance(60)
    again = await any_site.console.keys.revoke(made.id, caller=ada)

    assert made.created_at + timedelta(seconds=60) == revoked.revoked_at
    assert revoked == again
    assert [revoked] == await any_site.console.keys.list(caller=ada)
    await refuses("key-revoked", any_site.caller(made))
    await refuses("key-unknown", any_site.caller(token.token))
    assert 1 == (await any_site.acts()).count("key.revoked")


async def test_a_revoked_key_is_revoked_for_who_reads_the_store_anew(any_site):
    ada = await any_site.register()
    made = await any_site.key(ada)
    await any_site.console.keys.revoke(made.id, caller=ada)

    after_restart = Credentials(any_site.store, any_site.clock, AccountCache(any_site.clock), RIGHTS)

    assert after_restart.find(made.id) is MISS
    assert (await after_restart.load(made.id)).revoked_at is not None


async def test_a_key_revokes_itself_and_no_other_of_its_account(site, refuses):
    ada = await site.register()
    one, two = [await site.key(ada, label=label) for label in ("one", "two")]
    key = await site.caller(one)

    refusal = await refuses("not-found", site.console.keys.revoke(two.id, caller=key))
    unknown = await refuses("not-found", site.console.keys.revoke("nobody", caller=key))
    await site.console.keys.revoke(one.id, caller=key)

    assert refusal.detail == unknown.detail
    await refuses("key-revoked", site.caller(one))
    assert two.id == (await site.caller(two)).credential


async def test_a_key_sees_itself_and_no_other_of_its_account(site, refuses):
    ada = await site.register()
    one, two = [await site.key(ada, label=label) for label in ("one", "two")]
    viewer = await site.key(ada, "parvis.keys.list")

    assert "one" == (await site.console.keys.get(one.id, caller=await site.caller(one))).label
    await refuses("not-found", site.console.keys.get(two.id, caller=await site.caller(one)))
    assert "two" == (await site.console.keys.get(two.id, caller=await site.caller(viewer))).label


@pytest.mark.parametrize("right", ["parvis.keys.revoke", "parvis.keys.*"])
async def test_a_key_with_the_right_by_name_revokes_any_of_its_account(site, refuses, right):
    ada = await site.register()
    warden, other = await site.key(ada, right), await site.key(ada)

    await site.console.keys.revoke(other.id, caller=await site.caller(warden))

    await refuses("key-revoked", site.caller(other))


async def test_another_account_s_key_is_answered_like_one_that_does_not_exist(any_site, refuses):
    ada, bob = await any_site.register("ada@x"), await any_site.register("bob@x")
    made = await any_site.key(ada, label="ada's")
    warden = await any_site.key(bob, "parvis.keys.*", label="warden")
    keys = any_site.console.keys

    answers = [
        await refuses("not-found", operation(id, caller=caller))
        for operation in (keys.get, keys.update, keys.rotate, keys.revoke)
        for id in (made.id, *HOSTILE)
        for caller in (bob, await any_site.caller(warden))
    ]

    assert 1 == len({(answer.detail, str(answer.members), str(answer.values)) for answer in answers})
    assert ada.account == (await any_site.caller(made)).account
    assert ["warden"] == [key.label for key in await keys.list(caller=bob)]


async def test_keys_are_listed_by_pages_oldest_first(any_site):
    ada = await any_site.register()
    for n in range(5):
        await any_site.key(ada, label=str(n))
        any_site.clock.advance(1)

    first = await any_site.console.keys.list(limit=3, caller=ada)
    rest = await any_site.console.keys.list(first[-1].id, 3, caller=ada)
    nowhere = [await any_site.console.keys.list(id, caller=ada) for id in HOSTILE]

    assert ["0", "1", "2", "3", "4"] == [key.label for key in [*first, *rest]]
    assert [[]] * 5 == nowhere


async def test_when_a_key_was_last_used_is_told_to_the_minute(any_site):
    ada = await any_site.register()
    used, unused = await any_site.key(ada), await any_site.key(ada)
    at = any_site.clock.now() + 90_000_000
    await any_site.store.change(None, usage.fold, [line(0, at=at, account=ada.account, key=used.id)], (1, 1))

    listed = {key.id: key.last_used_at for key in await any_site.console.keys.list(caller=ada)}

    assert {used.id: as_datetime(at - at % 60_000_000), unused.id: None} == listed


# Found in the open


@pytest.mark.parametrize("kind", KINDS)
async def test_anybody_reports_a_key_and_it_is_revoked_and_its_owner_told(mailed, refuses, kind):
    ada = await mailed.register()
    await mailed.console.accounts.verify(mailed.link(), caller=ANYBODY)
    key = await mailed.key(ada, kind=kind)
    mailed.emails.clear()

    assert await mailed.console.keys.report(f"  {key.secret}\n", caller=Caller(address="198.51.100.1"))
    assert not await mailed.console.keys.report(key.secret, caller=ANYBODY)

    await refuses("key-revoked", mailed.caller(key))
    assert [("ada@example.org", True)] == [(m.to, key.id in m.text) for m in mailed.emails]
    assert [("key.leaked", "anonymous")] == [
        (e.act, e.actor)
        for e in await mailed.console.audit.list(about=key.id, caller=OPERATOR)
        if e.act != "key.created"
    ]


async def test_a_reported_token_revokes_its_key(site, refuses):
    key = await site.key(await site.register())
    token = await site.console.tokens.create(caller=await site.caller(key))

    assert await site.console.keys.report(token.token, caller=ANYBODY)

    await refuses("key-revoked", site.caller(key))


async def test_who_holds_only_a_part_of_a_key_revokes_nothing(site):
    key = await site.key(await site.register())
    forged = spelling.mint_secret(key.id, "live", "string").text

    for shown in (key.id, key.username, key.password, key.secret[:-1], forged, "", "\ud800", "x" * 10_000):
        assert not await site.console.keys.report(shown, caller=ANYBODY)

    assert key.id == (await site.caller(key)).credential


async def test_a_secret_that_works_no_more_takes_no_key_that_does_with_it(site):
    """Somebody finds, in an old log, what was rotated away for that very reason."""
    ada = await site.register()
    key = await site.key(ada)
    token = await site.console.tokens.create(seconds=60, caller=await site.caller(key))
    rotated = await site.console.keys.rotate(key.id, 3600, caller=ada)
    site.clock.advance(3600)

    assert not await site.console.keys.report(key.secret, caller=ANYBODY)
    assert not await site.console.keys.report(token.token, caller=ANYBODY)

    assert key.id == (await site.caller(rotated)).credential


async def test_a_secret_that_is_being_retired_still_works_so_it_is_a_leak(site, refuses):
    ada = await site.register()
    key = await site.key(ada)
    rotated = await site.console.keys.rotate(key.id, caller=ada)

    assert await site.console.keys.report(key.secret, caller=ANYBODY)

    await refuses("key-revoked", site.caller(rotated))


async def test_an_owner_whose_e_mail_is_not_verified_gets_no_letter(mailed):
    ada = await mailed.register()
    key = await mailed.key(ada, test=True)
    mailed.emails.clear()

    assert await mailed.console.keys.report(key.secret, caller=ANYBODY)

    assert [] == mailed.emails


async def test_the_key_of_a_log_in_by_password_is_none(site, refuses):
    """A password is the account's, so what it makes is signed by the account."""
    ada = await site.register()
    key = await site.key(ada)
    made = (await site.console.audit.list(about=key.id, caller=OPERATOR))[0]

    assert (ada.account, key.id) == (made.actor, made.subject)
    assert (await site.login.authenticate(ada.account, PASSWORD, ADDRESS)).key == ""
