"""Accounts: seeing oneself, the password, the operator's hand on them."""

import asyncio
from datetime import UTC, datetime

import pytest

from console.conftest import ADDRESS, ANYBODY, OPERATOR, PASSWORD
from parvis.access import passwords
from parvis.contract.caller import Caller

pytestmark = pytest.mark.anyio

NEW = "another one of hers"


async def test_anybody_registers_and_then_sees_the_same_account(any_site):
    made = await any_site.console.accounts.create("Ada@Example.org", PASSWORD, "Ada L.", caller=ANYBODY)

    assert made == await any_site.console.accounts.get(caller=Caller("password", made.id))
    assert ("Ada@Example.org", "Ada L.", "consumer") == (made.email, made.name, made.role)
    assert made.id.startswith("acc_")
    assert len(made.id) == 16
    assert datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC) == made.created_at


async def test_an_account_has_the_default_plan_and_no_password_in_sight(site):
    caller = await site.register()
    record = await site.account(caller.account)

    assert ("default", ()) == (record.plan, record.rights)
    assert record.password.startswith("$argon2id$")
    assert PASSWORD not in repr(record)
    assert record.password not in repr(record)


async def test_the_same_e_mail_in_another_case_is_refused(any_site, refuses):
    await any_site.register()

    await refuses("account-exists", any_site.console.accounts.create("ADA@example.org", PASSWORD, caller=ANYBODY))


async def test_of_two_registrations_of_one_e_mail_at_once_exactly_one_wins(any_site):
    results = await asyncio.gather(
        *(any_site.console.accounts.create("ada@example.org", PASSWORD, str(n), caller=ANYBODY) for n in range(4)),
        return_exceptions=True,
    )

    refused = [error.outcome.code for error in results if isinstance(error, Exception)]
    assert ["account-exists"] * 3 == refused
    assert 1 == len(await any_site.accounts())


async def test_all_that_is_wrong_is_said_at_once(site, refuses):
    refusal = await refuses(
        "invalid-arguments", site.console.accounts.create("nobody", "short", "two\nlines", caller=ANYBODY)
    )

    assert ["email", "password", "name"] == [error["location"] for error in refusal.members["errors"]]
    assert all(error["message"] and error["fix"] for error in refusal.members["errors"])
    assert [] == await site.accounts()


@pytest.mark.parametrize(
    "email",
    ["", "@", "a@", "@b", "a@b@c", "a b@c", "a@b c", "a:b@c", "a@b:c", "a@b\n", "a\0@b", "a@\ud800", "a\u200b@b",
     "a\u00a0@b", "x" * 250 + "@b.cd", "a@b..c", ".a@b", "a@-b"],
)  # fmt: skip
async def test_what_is_no_e_mail_is_refused(site, refuses, email):
    refusal = await refuses("invalid-arguments", site.console.accounts.create(email, PASSWORD, caller=ANYBODY))

    assert ["email"] == [error["location"] for error in refusal.members["errors"]]


@pytest.mark.parametrize("email", ["a@b", "o'brien+tag@example.co.uk", "用户@例え.jp", "x" * 64 + "@b.cd"])
async def test_what_may_be_an_e_mail_is_taken(site, email):
    caller = await site.register(email)

    assert email == (await site.console.accounts.get(caller=caller)).email


@pytest.mark.parametrize("name", ["", "Ada ☃", "x" * 200])
async def test_a_name_is_any_line_of_at_most_200_characters(site, name):
    caller = await site.register(name=name)

    assert name == (await site.console.accounts.get(caller=caller)).name


@pytest.mark.parametrize("name", ["x" * 201, "a\0", "a\rb", "a\u2028b", "\udc00", "\x1b[31m"])
async def test_another_name_is_refused(site, refuses, name):
    await refuses("invalid-arguments", site.console.accounts.create("a@b", PASSWORD, name, caller=ANYBODY))


@pytest.mark.parametrize("kind", ["operator", "run", "anonymous"])
async def test_a_caller_without_an_account_is_told_that_it_needs_one(site, refuses, kind):
    caller = Caller(kind)

    await refuses("account-needed", site.console.accounts.get(caller=caller))
    await refuses("account-needed", site.console.accounts.export(caller=caller))
    await refuses("account-needed", site.console.accounts.erase(caller=caller))
    await refuses("account-needed", site.console.accounts.set_password(NEW, caller=caller))
    await refuses("account-needed", site.console.keys.create("one", caller=caller))
    await refuses("account-needed", site.console.keys.list(caller=caller))
    await refuses("account-needed", site.console.keys.revoke("k1", caller=caller))
    await refuses("account-needed", site.console.usage.summary(caller=caller))
    await refuses("account-needed", site.console.limits(caller=caller))


async def test_the_operator_lists_accounts_by_pages(any_site):
    for n in range(5):
        await any_site.register(f"{n}@x")
        any_site.clock.advance(1)

    first = await any_site.console.accounts.list(limit=3, caller=OPERATOR)
    rest = await any_site.console.accounts.list(first[-1].id, 3, caller=OPERATOR)

    assert ["0@x", "1@x", "2@x", "3@x", "4@x"] == [account.email for account in [*first, *rest]]


@pytest.mark.parametrize("limit", [0, -1, 1001, 10**30])
async def test_a_page_is_of_1_to_1000(site, refuses, limit):
    console, ada = site.console, Caller("password", "a")
    calls = [
        console.accounts.list(limit=limit, caller=OPERATOR),
        console.keys.list(limit=limit, caller=ada),
        console.usage.calls(limit=limit, caller=ada),
        console.audit.list(limit=limit, caller=OPERATOR),
    ]

    refusals = [await refuses("invalid-arguments", call) for call in calls]

    assert ["limit"] * 4 == [error["location"] for r in refusals for error in r.members["errors"]]


# Passwords


@pytest.mark.parametrize(
    "password",
    ["short", "1234567", "x" * 1025, "password", "PASSWORD123", "qwertyuiop", "ada@example.org", "ADA@EXAMPLE.ORG",
     "Ada Lovelace"],
)  # fmt: skip
async def test_what_everybody_guesses_first_is_no_password(site, refuses, password):
    create = site.console.accounts.create

    refusal = await refuses("invalid-arguments", create("ada@example.org", password, "ada lovelace", caller=ANYBODY))

    assert ["password"] == [error["location"] for error in refusal.members["errors"]]
    assert f"'{password}'" not in str([list(error.values())[1:] for error in refusal.members["errors"]])


@pytest.mark.parametrize("password", ["  spaces  ", "日本語のパスワード", "x" * 1024, "a\0b\nc\td\ue000", "\ud800" * 8])
async def test_any_other_is_taken_exactly_as_it_was_given(site, refuses, password):
    made = await site.console.accounts.create("ada@example.org", password, caller=ANYBODY)

    assert made.id == (await site.login.authenticate("ada@example.org", password, ADDRESS)).account
    await refuses("password-wrong", site.login.authenticate("ada@example.org", password[:-1], ADDRESS))


@pytest.mark.parametrize("password", ["short", "password", "ada@example.org", "Ada Lovelace"])
async def test_the_same_holds_when_it_is_changed_or_set_anew(site, refuses, password):
    ada = await site.register(name="Ada Lovelace")
    link = await site.console.accounts.reset_link(ada.account, caller=OPERATOR)
    token = link.partition("?token=")[2]

    await refuses("invalid-arguments", site.console.accounts.set_password(password, caller=ada))
    await refuses("invalid-arguments", site.console.accounts.reset(token, password, caller=ANYBODY))

    await site.console.accounts.reset(token, NEW, caller=ANYBODY)  # a password that was refused spent no link
    assert ada.account == (await site.login.authenticate("ada@example.org", NEW, ADDRESS)).account


async def test_a_changed_password_opens_and_the_old_one_does_not(site, refuses):
    ada = await site.register()
    key = await site.key(ada)

    await site.console.accounts.set_password(NEW, caller=ada)

    await refuses("password-wrong", site.login.authenticate("ada@example.org", PASSWORD, ADDRESS))
    assert ada.account == (await site.login.authenticate("ada@example.org", NEW, ADDRESS)).account
    assert ada.account == (await site.caller(key)).account
    assert "password.changed" in await site.acts(ada.account)


async def test_a_letter_s_link_sets_a_new_password_once(mailed, refuses):
    ada = await mailed.register()
    await mailed.console.accounts.verify(mailed.link(), caller=ANYBODY)
    await mailed.console.accounts.request_reset("Ada@Example.org", caller=ANYBODY)

    await mailed.console.accounts.reset(mailed.link(), NEW, caller=ANYBODY)
    await refuses("mail-link-unknown", mailed.console.accounts.reset(mailed.link(), "and one more", caller=ANYBODY))

    assert "Choose a new password" == mailed.emails[-1].subject
    await refuses("password-wrong", mailed.login.authenticate("ada@example.org", PASSWORD, ADDRESS))
    assert ada.account == (await mailed.login.authenticate("ada@example.org", NEW, ADDRESS)).account
    assert "password.reset" in await mailed.acts(ada.account)


async def test_the_link_of_a_second_letter_takes_the_place_of_the_first(mailed, refuses):
    await mailed.register()
    await mailed.console.accounts.verify(mailed.link(), caller=ANYBODY)
    for _ in range(2):
        await mailed.console.accounts.request_reset("ada@example.org", caller=ANYBODY)

    await refuses("mail-link-unknown", mailed.console.accounts.reset(mailed.link(-2), NEW, caller=ANYBODY))
    await mailed.console.accounts.reset(mailed.link(-1), NEW, caller=ANYBODY)


async def test_a_reset_link_works_for_an_hour(mailed, refuses):
    await mailed.register()
    await mailed.console.accounts.verify(mailed.link(), caller=ANYBODY)
    await mailed.console.accounts.request_reset("ada@example.org", caller=ANYBODY)
    mailed.clock.advance(3600)

    await refuses("mail-link-unknown", mailed.console.accounts.reset(mailed.link(), NEW, caller=ANYBODY))


async def test_an_unknown_or_unverified_e_mail_gets_no_letter(mailed):
    await mailed.register()
    mailed.emails.clear()

    for email in ("ada@example.org", "bob@example.org", "", "a\0@b", "\ud800"):
        assert await mailed.console.accounts.request_reset(email, caller=ANYBODY) is None

    assert [] == mailed.emails


async def test_without_a_mail_server_nobody_can_ask_for_a_letter(site, refuses):
    await site.register()

    for email in ("ada@example.org", "bob@example.org"):
        await refuses("no-mail", site.console.accounts.request_reset(email, caller=ANYBODY))


async def test_the_operator_hands_a_link_over_where_no_letters_go_out(site, refuses):
    ada = await site.register()

    link = await site.console.accounts.reset_link(ada.account, caller=OPERATOR)
    await site.console.accounts.reset(link.partition("?token=")[2], NEW, caller=ANYBODY)

    assert link.startswith("https://api.example.org/reset?token=")
    assert ada.account == (await site.login.authenticate("ada@example.org", NEW, ADDRESS)).account
    await refuses("not-found", site.console.accounts.reset_link("acc_none", caller=OPERATOR))


async def test_what_is_no_link_is_told_so_before_anything_is_hashed(site, refuses, monkeypatch):
    monkeypatch.setattr(passwords, "hash_password", lambda password: pytest.fail("it was hashed"))

    for token in ("", "x", "\ud800", "a" * 10_000):
        await refuses("mail-link-unknown", site.console.accounts.reset(token, NEW, caller=ANYBODY))


# Suspended, resumed, changed


async def test_a_suspended_account_opens_nothing_from_the_next_call_on(any_site, refuses):
    ada = await any_site.register()
    key = await any_site.key(ada)
    token = await any_site.console.tokens.create(caller=await any_site.caller(key))

    suspended = await any_site.console.accounts.suspend(ada.account, caller=OPERATOR)

    assert suspended.suspended
    await refuses("account-suspended", any_site.caller(key))
    await refuses("account-suspended", any_site.caller(token.token))
    await refuses("account-suspended", any_site.login.authenticate("ada@example.org", PASSWORD, ADDRESS))
    await refuses("password-wrong", any_site.login.authenticate("ada@example.org", "a wrong one", ADDRESS))
    resumed = await any_site.console.accounts.resume(ada.account, caller=OPERATOR)

    assert not resumed.suspended
    assert [ada.account] * 3 == [
        (await any_site.caller(key)).account,
        (await any_site.caller(token.token)).account,
        (await any_site.login.authenticate("ada@example.org", PASSWORD, ADDRESS)).account,
    ]


async def test_suspending_and_resuming_twice_are_once(site):
    ada = await site.register()
    accounts = site.console.accounts

    first = [await accounts.suspend(ada.account, caller=OPERATOR) for _ in range(2)]
    second = [await accounts.resume(ada.account, caller=OPERATOR) for _ in range(2)]

    assert first[0] == first[1]
    assert second[0] == second[1]
    assert ["account.created", "account.suspended", "account.resumed"] == await site.acts()


async def test_the_operator_is_not_suspended(site, refuses):
    operator = await site.console.operators.set("op@x", PASSWORD, caller=OPERATOR)

    await refuses("right-missing", site.console.accounts.suspend(operator.id, caller=OPERATOR))


async def test_what_the_operator_changes_holds_for_the_next_call(any_site, refuses):
    ada = await any_site.register()
    key = await any_site.key(ada)
    await any_site.console.plans.create("small", ["shop.price"], caller=OPERATOR)

    changed = await any_site.console.accounts.update(ada.account, "small", ["shop.find"], "Ada L.", caller=OPERATOR)
    credential = await any_site.credential(key)

    assert ("small", ["shop.find"], "Ada L.") == (changed.plan, changed.rights, changed.name)
    assert [True, True, False] == [credential.rights.allows(f"shop.{name}") for name in ("price", "find", "buy")]
    assert "small" == credential.state.plan.name
    await refuses("right-missing", any_site.key(ada, "shop.buy"))


async def test_what_is_left_out_of_a_change_stays(site):
    ada = await site.register()
    await site.console.accounts.update(ada.account, rights=["shop.find"], caller=OPERATOR)

    changed = await site.console.accounts.update(ada.account, name="Ada L.", caller=OPERATOR)
    acts = await site.acts()
    same = await site.console.accounts.update(ada.account, caller=OPERATOR)

    assert ("default", ["shop.find"], "Ada L.") == (changed.plan, changed.rights, changed.name)
    assert changed == same
    assert acts == await site.acts()


async def test_a_change_that_cannot_be_changes_nothing(any_site, refuses):
    ada = await any_site.register()
    before = await any_site.account(ada.account)

    for code, changes in (
        ("not-found", {"plan": "none"}),
        ("not-found", {"plan": "nul\0"}),
        ("invalid-arguments", {"rights": ["shop"]}),
        ("invalid-arguments", {"rights": ["shop.*"] * 101}),
        ("invalid-arguments", {"name": "two\nlines"}),
    ):
        await refuses(code, any_site.console.accounts.update(ada.account, **changes, caller=OPERATOR))

    assert before == await any_site.account(ada.account)
    assert ["account.created"] == await any_site.acts()


async def test_an_account_that_is_not_there_is_not_found(any_site, refuses):
    accounts = any_site.console.accounts
    by_id = (accounts.approve, accounts.suspend, accounts.resume, accounts.update, accounts.reset_link)

    for id in ("acc_none", "", "nul\0", "\ud800", "x" * 10_000):
        for operation in (*by_id, accounts.export, accounts.erase):
            await refuses("not-found", operation(id, caller=OPERATOR))
    assert [] == await any_site.acts()


async def test_the_audit_of_an_account_tells_ids_and_settings_and_no_person(site):
    ada = await site.register()
    await site.console.accounts.update(ada.account, name="Ada Lovelace", rights=["shop.find"], caller=OPERATOR)

    entries = await site.console.audit.list(caller=OPERATOR)

    assert [("account.created", "anonymous"), ("account.changed", "operator")] == [(e.act, e.actor) for e in entries]
    assert [ada.account] * 2 == [entry.subject for entry in entries]
    assert [] == [entry for entry in entries if "Ada" in str(entry) or "ada@" in str(entry) or ADDRESS in str(entry)]
