"""Registering, seeing oneself, and the operator's list."""

import asyncio
from datetime import UTC, datetime

import pytest

from parvis.contract.caller import Caller

pytestmark = pytest.mark.anyio

ANYBODY = Caller()
PASSWORD = "correct horse"


async def test_anybody_registers_and_then_sees_the_same_account(site):
    made = await site.console.accounts.create("Ada@Example.org", PASSWORD, "Ada L.", caller=ANYBODY)

    assert made == await site.console.accounts.get(caller=Caller("password", made.id))
    assert ("Ada@Example.org", "Ada L.", "consumer") == (made.email, made.name, made.role)
    assert made.id.startswith("acc_")
    assert len(made.id) == 16
    assert datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC) == made.created_at


async def test_an_account_has_the_default_rights_and_no_password_in_sight(site):
    caller = await site.register()
    record = await site.store.account(caller.account)

    assert ("shop.*", "tools.*") == record.rights
    assert record.password.startswith("$argon2id$")
    assert PASSWORD not in repr(record)
    assert record.password not in repr(record)


async def test_the_same_e_mail_in_another_case_is_refused(site, refuses):
    await site.register()

    await refuses("account-exists", site.console.accounts.create("ADA@example.org", PASSWORD, caller=ANYBODY))


async def test_of_two_registrations_of_one_e_mail_at_once_exactly_one_wins(site):
    results = await asyncio.gather(
        *(site.console.accounts.create("ada@example.org", PASSWORD, str(n), caller=ANYBODY) for n in range(4)),
        return_exceptions=True,
    )

    refused = [error.outcome.code for error in results if isinstance(error, Exception)]
    assert ["account-exists"] * 3 == refused
    assert 1 == len(await site.store.accounts())


async def test_all_that_is_wrong_is_said_at_once(site, refuses):
    refusal = await refuses(
        "invalid-arguments", site.console.accounts.create("nobody", "short", "two\nlines", caller=ANYBODY)
    )

    assert ["email", "password", "name"] == [error["location"] for error in refusal.members["errors"]]
    assert all(error["message"] and error["fix"] for error in refusal.members["errors"])
    assert [] == await site.store.accounts()


@pytest.mark.parametrize(
    "email",
    ["", "@", "a@", "@b", "a@b@c", "a b@c", "a@b c", "a:b@c", "a@b:c", "a@b\n", "a\0@b", "a@\ud800", "a\u200b@b",
     "a\u00a0@b", "x" * 250 + "@b.cd"],
)  # fmt: skip
async def test_what_is_no_e_mail_is_refused(site, refuses, email):
    refusal = await refuses("invalid-arguments", site.console.accounts.create(email, PASSWORD, caller=ANYBODY))

    assert ["email"] == [error["location"] for error in refusal.members["errors"]]


@pytest.mark.parametrize("email", ["a@b", "o'brien+tag@example.co.uk", "用户@例え.jp", "x" * 249 + "@b.cd"])
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
    await refuses("account-needed", site.console.keys.create("one", caller=caller))
    await refuses("account-needed", site.console.keys.list(caller=caller))
    await refuses("account-needed", site.console.keys.revoke("k1", caller=caller))


async def test_the_operator_lists_accounts_by_pages(site):
    for n in range(5):
        await site.register(f"{n}@x")
        site.clock.advance(1)
    operator = Caller("operator")

    first = await site.console.accounts.list(limit=3, caller=operator)
    rest = await site.console.accounts.list(first[-1].id, 3, caller=operator)

    assert ["0@x", "1@x", "2@x", "3@x", "4@x"] == [account.email for account in [*first, *rest]]


@pytest.mark.parametrize("limit", [0, -1, 1001, 10**30])
async def test_a_page_is_of_1_to_1000(site, refuses, limit):
    refusal = await refuses("invalid-arguments", site.console.accounts.list(limit=limit, caller=Caller("operator")))
    again = await refuses("invalid-arguments", site.console.keys.list(limit=limit, caller=Caller("password", "a")))

    assert ["limit", "limit"] == [error["location"] for r in (refusal, again) for error in r.members["errors"]]
