"""Personal data: given out, and taken away so that nothing of it is left in any table."""

import pytest

from console.conftest import ANYBODY, OPERATOR, PASSWORD
from parvis.contract.caller import Caller
from parvis.store.queries import usage
from parvis.store.queries.usage import DAY, HOUR
from samples import line

pytestmark = pytest.mark.anyio

EMAIL, NAME = "ada@example.org", "Ada Lovelace"
HERE, THERE = "198.51.100.23", "2001:db8:77::5"
SECRETS = (EMAIL, "ADA@", NAME, HERE, THERE, "203.0.113.0", "her laptop", "her phone")
"""All that tells who she is."""


async def lived(site):
    """Ada, who has done all that an account can, from two addresses."""
    made = await site.console.accounts.create("Ada@Example.org", PASSWORD, NAME, caller=Caller(address=HERE))
    if site.emails:
        await site.console.accounts.verify(site.link(), caller=Caller(address=THERE))
        await site.console.accounts.request_reset(EMAIL, caller=Caller(address=THERE))
        await site.console.accounts.reset(site.link(), "her second password", caller=Caller(address=THERE))
        await site.console.accounts.request_reset(EMAIL, caller=Caller(address=THERE))  # one that is never used
    ada = Caller("password", made.id, address=HERE)
    await site.console.accounts.approve(made.id, caller=OPERATOR)
    laptop = await site.key(ada, label="her laptop", networks=["203.0.113.0/24", f"{HERE}/32"])
    phone = await site.key(ada, label="her phone", test=True)
    await site.console.keys.rotate(laptop.id, caller=ada)
    await site.console.keys.update(laptop.id, label="her laptop again", caller=ada)
    await site.console.tokens.create(caller=Caller("key", made.id, phone.id, THERE, True))
    await site.console.accounts.set_password("her third password", caller=Caller("password", made.id, address=THERE))
    for _ in range(2):
        with pytest.raises(Exception, match="password-wrong"):
            await site.login.authenticate(EMAIL, "wrong, not hers", THERE)
    return ada, laptop, phone


async def metered(site, account, key):
    """Two calls of hers, in the ledger."""
    at = site.clock.now()
    lines = [line(slot, at=at, account=account, key=key) for slot in range(2)]
    await site.store.change(None, usage.fold, lines, (1, 2))


def told(rows):
    text = str(rows).casefold()
    return [secret for secret in SECRETS if secret.casefold() in text]


async def test_the_export_holds_all_personal_data_and_no_secret(any_site):
    ada, laptop, phone = await lived(any_site)
    hers = await any_site.console.accounts.export(caller=ada)

    assert ("Ada@Example.org", NAME, "en") == (hers.account.email, hers.account.name, hers.language)
    assert {laptop.id: "her laptop again", phone.id: "her phone"} == {key.id: key.label for key in hers.keys}
    assert {HERE, THERE} == {address.address for address in hers.addresses}
    assert {"account.created", "key.created", "password.changed", "login.refused"} <= {act.act for act in hers.acts}
    kept = await any_site.account(ada.account)
    assert [] == [secret for secret in (kept.password, laptop.secret, phone.secret) if secret in str(hers)]
    assert "account.exported" == (await any_site.acts())[-1]


async def test_nobody_else_s_is_in_it(site, refuses):
    ada, _, _ = await lived(site)
    bob = await site.register("bob@example.org", "Bob", "192.0.2.99")

    await refuses("not-found", site.console.accounts.export(ada.account, caller=bob))
    assert [] == told(await site.console.accounts.export(caller=bob))
    assert "192.0.2.99" not in str(await site.console.accounts.export(caller=ada))
    assert NAME == (await site.console.accounts.export(ada.account, caller=OPERATOR)).account.name


@pytest.mark.parametrize("mail", [False, True])
async def test_after_erasing_nothing_of_the_person_is_in_any_table(site_at, tmp_path, mail):
    site = await site_at(tmp_path / "data", mail=mail)
    ada, laptop, _ = await lived(site)
    await metered(site, ada.account, laptop.id)
    before = await site.everything()

    await site.console.accounts.erase(caller=ada)
    after = await site.everything()

    assert {EMAIL, NAME, HERE, THERE, "203.0.113.0", "her laptop", "her phone"} <= set(told(before))
    assert [] == told(after)
    assert [] == [row for table in ("letter", "audit_person") for row in after[table]]


async def test_erasing_over_postgresql_is_the_same(any_site):
    ada, laptop, _ = await lived(any_site)
    await metered(any_site, ada.account, laptop.id)

    await any_site.console.accounts.erase(caller=ada)

    assert [] == told(await any_site.everything())


async def test_after_erasing_the_audit_verifies_and_the_ledger_stays(any_site):
    ada, laptop, _ = await lived(any_site)
    await metered(any_site, ada.account, laptop.id)
    site, since = any_site, any_site.clock.now()
    acts = await site.acts()
    totals = await site.store.ask(usage.summary, "day", ada.account, since - DAY, since + HOUR)

    await site.console.accounts.erase(caller=ada)
    verdict = await site.console.audit.verify(caller=OPERATOR)

    assert (True, len(acts) + 1) == (verdict.ok, verdict.count)
    assert [*acts, "account.erased"] == await site.acts()
    assert totals == await site.store.ask(usage.summary, "day", ada.account, since - DAY, since + HOUR)
    assert [2] == [total.calls for total in totals]
    assert 2 == len(await site.console.usage.calls(account=ada.account, caller=OPERATOR))


async def test_an_erased_account_opens_nothing(any_site, refuses):
    ada, _, phone = await lived(any_site)
    token = await any_site.console.tokens.create(caller=await any_site.caller(phone))

    await any_site.console.accounts.erase(caller=ada)

    await refuses("key-revoked", any_site.caller(phone))
    await refuses("key-revoked", any_site.caller(token.token))
    for name in (EMAIL, ada.account):
        await refuses("password-wrong", any_site.login.authenticate(name, "her third password", THERE))
    await refuses("not-found", any_site.console.accounts.get(caller=ada))
    await refuses("not-found", any_site.console.keys.create("one", caller=ada))
    await refuses("not-found", any_site.console.accounts.erase(caller=ada))
    await refuses("not-found", any_site.console.accounts.suspend(ada.account, caller=OPERATOR))
    await refuses("not-found", any_site.console.accounts.reset_link(ada.account, caller=OPERATOR))


async def test_a_log_in_that_is_tried_afterwards_brings_no_address_back(site, refuses):
    ada, _, _ = await lived(site)
    await site.console.accounts.erase(caller=ada)

    for name in (EMAIL, ada.account):
        await refuses("password-wrong", site.login.authenticate(name, "her third password", HERE))

    assert [] == told(await site.everything())


async def test_a_link_of_before_sets_no_password_any_more(mailed, refuses):
    ada, _, _ = await lived(mailed)
    await mailed.console.accounts.erase(caller=ada)

    await refuses("mail-link-unknown", mailed.console.accounts.reset(mailed.link(), "a fourth one", caller=ANYBODY))


async def test_the_e_mail_is_free_for_another_account(site):
    ada, _, _ = await lived(site)
    await site.console.accounts.erase(caller=ada)

    again = await site.register(EMAIL)

    assert ada.account != again.account


async def test_the_operator_erases_any_account_and_nobody_else_another(site, refuses):
    ada, _, _ = await lived(site)
    bob = await site.register("bob@example.org", "Bob")

    await refuses("not-found", site.console.accounts.erase(ada.account, caller=bob))
    await site.console.accounts.erase(ada.account, caller=OPERATOR)

    assert [] == told(await site.everything())
    assert "Bob" == (await site.console.accounts.get(caller=bob)).name


async def test_an_operator_that_erases_itself_is_operator_no_more(site):
    made = await site.console.operators.create(EMAIL, PASSWORD, site.token, caller=Caller(address=HERE))

    await site.console.accounts.erase(caller=Caller("operator", made.id, address=HERE))

    assert [] == told(await site.everything())
    assert "consumer" == (await site.account(made.id)).role
    assert (await site.console.operators.set("new@x", PASSWORD, caller=OPERATOR)).id != made.id


async def test_of_a_stranger_without_an_account_no_address_is_kept(site, refuses):
    ada = await site.register(address="192.0.2.50")
    key = await site.key(ada)

    await refuses("password-wrong", site.login.authenticate("nobody@x", PASSWORD, HERE))
    assert await site.console.keys.report(key.secret, caller=Caller(address=HERE))

    assert HERE not in str(await site.everything())
