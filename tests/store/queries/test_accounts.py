"""Accounts: who owns which e-mail, who is the operator, and what is left of one that was erased."""

import asyncio

import pytest
from sqlalchemy import select

from parvis.store import schema
from parvis.store.queries import accounts, audit, email_links, keys, usage
from parvis.store.records import EmailTaken, OperatorExists, UnknownPlan
from samples import AT, account, key, line, signed, token

pytestmark = pytest.mark.anyio

UNVERIFIED = {"owns_email": False, "approved_at": None}


async def add(store, *records):
    for record in records:
        await store.change(None, accounts.add, record)


async def every(store):
    return await store.ask(accounts.list_page, None, 1000)


async def verify(store, id, at=50, approve=True):
    return await store.change(None, accounts.verify, id, at, approve)


async def test_an_account_comes_back_as_it_was_given(store):
    given = account(
        name="Ada ☃ \u202e 'quoted\"", rights=("a.b", "shop.find(kind in [x])"), created_at=1_795_354_845_701_955,
        language="fr", verified_at=11, approved_at=12, suspended_at=13,
    )  # fmt: skip

    await add(store, given)

    assert given == await store.ask(accounts.by_id, "acc_1")
    assert given == await store.ask(accounts.by_email, "ada@example.org")


async def test_what_is_not_there_is_none(store):
    assert [None] * 6 == [
        await store.ask(accounts.by_id, "acc_1"),
        await store.ask(accounts.by_email, "ada@example.org"),
        await store.ask(accounts.operator),
        await store.change(None, accounts.change, "acc_1", {"name": "x"}),
        await store.change(None, accounts.verify, "acc_1", 5, True),
        await store.change(None, accounts.erase, "acc_1", 5),
    ]
    assert [] == await every(store)


@pytest.mark.parametrize("text", ["nul\0@x", "\ud800@x", "", "'; DROP TABLE account; --", "x" * 100_000, "%", "_"])
async def test_no_text_from_outside_breaks_a_look_up(store, text):
    await add(store, account())

    assert [None] * 3 == [
        await store.ask(accounts.by_id, text),
        await store.ask(accounts.by_email, text),
        await store.change(None, accounts.change, text, {"name": "x"}),
    ]
    assert [] == await store.ask(accounts.list_page, text)


@pytest.mark.parametrize("again", ["ada@example.org", "ADA@Example.ORG", "\uff41da@example.org"])
async def test_an_e_mail_is_taken_in_whatever_case_or_width_it_is_written(store, again):
    await add(store, account())

    with pytest.raises(EmailTaken):
        await add(store, account("acc_2", again))

    assert await store.ask(accounts.by_id, "acc_2") is None
    assert account() == await store.ask(accounts.by_email, again)


async def test_of_many_registrations_of_one_e_mail_at_once_exactly_one_wins(store):
    results = await asyncio.gather(
        *(add(store, account(f"acc_{i}", "Ada@x" if i % 2 else "ada@X")) for i in range(20)), return_exceptions=True
    )

    assert 1 == results.count(None)
    assert 19 == sum(isinstance(result, EmailTaken) for result in results)
    assert 1 == len(await every(store))


async def test_many_accounts_may_name_an_e_mail_that_none_has_verified_and_none_is_found_by_it(store):
    made = [account(f"acc_{i}", **UNVERIFIED) for i in range(3)]

    await add(store, *made)

    assert made == await every(store)
    assert await store.ask(accounts.by_email, "ada@example.org") is None


async def test_an_account_may_name_an_e_mail_that_another_owns_and_cannot_verify_it(store):
    await add(store, account(), account("acc_2", "ADA@example.org", **UNVERIFIED))

    with pytest.raises(EmailTaken):
        await verify(store, "acc_2")

    assert account() == await store.ask(accounts.by_email, "ada@example.org")
    assert account("acc_2", "ADA@example.org", **UNVERIFIED) == await store.ask(accounts.by_id, "acc_2")


@pytest.mark.parametrize(("approve", "approved_at"), [(True, 50), (False, None)])
async def test_verifying_makes_an_e_mail_one_s_own_and_approves_where_that_is_enough(store, approve, approved_at):
    await add(store, account(**UNVERIFIED))

    stands = await verify(store, "acc_1", 50, approve)

    assert account(verified_at=50, approved_at=approved_at) == stands
    assert stands == await store.ask(accounts.by_email, "ada@example.org")


async def test_verifying_again_changes_no_time(store):
    await add(store, account(**UNVERIFIED))
    first = await verify(store, "acc_1", 50)

    assert first == await verify(store, "acc_1", 60)


async def test_of_many_that_verify_one_e_mail_at_once_exactly_one_owns_it(store):
    await add(store, *(account(f"acc_{i}", "Ada@x" if i % 2 else "ada@X", **UNVERIFIED) for i in range(10)))

    results = await asyncio.gather(*(verify(store, f"acc_{i}") for i in range(10)), return_exceptions=True)

    winners = [result for result in results if not isinstance(result, EmailTaken)]
    assert 1 == len(winners)
    assert winners == [record for record in await every(store) if record.owns_email]
    assert winners == [record for record in await every(store) if record.approved_at is not None]


async def test_an_account_is_changed_in_what_is_said_and_in_nothing_else(store):
    await add(store, account(), account("acc_2", "bob@x"))

    stands = await store.change(None, accounts.change, "acc_1", {"name": "Countess", "rights": ("a.*",)})

    assert account(name="Countess", rights=("a.*",)) == stands == await store.ask(accounts.by_id, "acc_1")
    assert account("acc_2", "bob@x") == await store.ask(accounts.by_id, "acc_2")


async def test_a_plan_that_does_not_exist_is_given_to_nobody(store):
    with pytest.raises(UnknownPlan):
        await add(store, account(plan="gold"))
    await add(store, account())
    with pytest.raises(UnknownPlan):
        await store.change(None, accounts.change, "acc_1", {"plan": "gold", "name": "x"})

    assert [account()] == await every(store)


async def test_pages_of_accounts_are_oldest_first_and_by_id_when_of_one_age(store):
    made = [account(id, f"{id}@x", created_at=at) for id, at in [("b", 1), ("Z", 2), ("a", 2), ("é", 2), ("c", 3)]]
    await add(store, *reversed(made))

    first = await store.ask(accounts.list_page, limit=2)
    second = await store.ask(accounts.list_page, first[-1].id, limit=2)
    third = await store.ask(accounts.list_page, second[-1].id, limit=2)

    assert made == [*first, *second, *third] == await store.ask(accounts.list_page)


async def set_operator(store, record, *, replace):
    return await store.change(None, accounts.set_operator, record, replace)


async def test_the_first_operator_is_a_new_account(store):
    stands = await set_operator(store, account(), replace=False)

    assert account(role="operator") == stands == await store.ask(accounts.operator)
    assert stands == await store.ask(accounts.by_id, "acc_1")


async def test_of_many_first_operators_at_once_exactly_one_wins(store):
    results = await asyncio.gather(
        *(set_operator(store, account(f"acc_{i}", f"{i}@x"), replace=False) for i in range(10)),
        return_exceptions=True,
    )

    assert 9 == sum(isinstance(result, OperatorExists) for result in results)
    assert [await store.ask(accounts.operator)] == await every(store)


async def test_the_link_does_not_take_over_an_account(store):
    await add(store, account())

    with pytest.raises(EmailTaken):
        await set_operator(store, account("acc_2", "ADA@example.org"), replace=False)

    assert await store.ask(accounts.operator) is None
    assert [account()] == await every(store)


async def test_an_operator_takes_nothing_over_from_who_only_named_its_e_mail(store):
    await add(store, account("acc_2", **UNVERIFIED))
    await store.change(None, keys.add, key(account="acc_2", test=True))

    stands = await set_operator(store, account(), replace=False)

    assert account(role="operator") == stands
    assert account("acc_2", **UNVERIFIED) == await store.ask(accounts.by_id, "acc_2")
    assert (await store.ask(keys.by_id, "k1")).revoked_at is None
    with pytest.raises(EmailTaken):
        await verify(store, "acc_2")


async def test_the_operator_s_password_is_set_anew_and_its_keys_stay(store):
    await set_operator(store, account(), replace=False)
    await store.change(None, keys.add, key())

    stands = await set_operator(store, account("acc_2", "Ada@example.org", password="new"), replace=True)

    assert account(password="new", role="operator") == stands == await store.ask(accounts.by_id, "acc_1")
    assert [key()] == await store.ask(keys.of_account, "acc_1")


async def test_another_operator_replaces_the_first_who_becomes_a_consumer(store):
    await set_operator(store, account(), replace=False)

    stands = await set_operator(store, account("acc_2", "bob@x"), replace=True)

    assert account("acc_2", "bob@x", role="operator") == stands == await store.ask(accounts.operator)
    assert account() == await store.ask(accounts.by_id, "acc_1")


async def test_a_consumer_that_becomes_operator_loses_the_keys_it_made_before_and_a_suspension(store):
    await add(store, account(rights=("shop.*",), suspended_at=15), account("acc_2", "bob@x"))
    for record in (key(), key("k2", revoked_at=25), key("k3", "acc_2")):
        await store.change(None, keys.add, record)

    stands = await set_operator(store, account("acc_9", password="new", created_at=50), replace=True)

    assert account(password="new", role="operator") == stands
    assert [key(revoked_at=50), key("k2", revoked_at=25)] == await store.ask(keys.of_account, "acc_1")
    assert [key("k3", "acc_2")] == await store.ask(keys.of_account, "acc_2")


PERSONAL = ("ada@example.org", "Ada", "$argon2id$...", "my laptop", "192.0.2.7", "198.51.100.0/24", "cd" * 32)


def _texts(connection):
    """All that stands in the tables, as one text."""
    return "\n".join(repr(list(connection.execute(select(table)))) for table in schema.metadata.sorted_tables)


async def test_erasing_leaves_ids_alone_and_what_the_meter_and_the_audit_hold(store):
    await add(store, account(verified_at=9), account("acc_2", "bob@x", name="Bob", password="x"))
    await store.change(None, keys.add, key(label="my laptop", networks=("198.51.100.0/24",)))
    await store.change(None, keys.add, key("k0", revoked_at=25))
    await store.change(None, keys.add, key("k2", "acc_2", label="Bob's"))
    await store.change(None, keys.add_token, token(expires_at=AT))
    await store.change(None, email_links.add, bytes.fromhex("cd" * 32), "acc_1", "reset", 40, 90)
    await store.record(signed(account="acc_1", address="192.0.2.7"))
    await store.record(signed(account="acc_2", address="203.0.113.9"))
    await store.change(None, usage.fold, [line(0)], (1, 1))
    before = await store.ask(_texts)

    stands = await store.change(signed("account.erased"), accounts.erase, "acc_1", 60)

    after = await store.ask(_texts)
    assert [list(PERSONAL), []] == [[text for text in PERSONAL if text in held] for held in (before, after)]
    assert account(
        email="", name="", password="", owns_email=False, verified_at=9, erased_at=60
    ) == stands == await store.ask(accounts.by_id, "acc_1")  # fmt: skip
    revoked = {record.id: record.revoked_at for record in await store.ask(keys.of_account, "acc_1")}
    assert {"k1": 60, "k0": 25} == revoked
    assert [key("k2", "acc_2", label="Bob's")] == await store.ask(keys.of_account, "acc_2")
    assert [(2, "203.0.113.9")] == await store.ask(audit.addresses, "acc_2")
    assert ["acc_1"] == [call.account for call in await store.ask(usage.calls, "acc_1")]
    assert (True, 3) == ((checked := await store.ask(audit.checked)).ok, checked.count)


async def test_an_erased_account_is_erased_once_and_does_not_come_back(store):
    await add(store, account(**UNVERIFIED))
    erased = await store.change(None, accounts.erase, "acc_1", 60)

    assert erased == await store.change(None, accounts.erase, "acc_1", 70)
    assert await verify(store, "acc_1") is None
    assert erased == await store.ask(accounts.by_id, "acc_1")


async def test_an_e_mail_is_free_again_when_its_account_is_erased_and_so_is_the_office_of_operator(store):
    await set_operator(store, account(), replace=False)
    await store.change(None, accounts.erase, "acc_1", 60)

    assert await store.ask(accounts.by_email, "ada@example.org") is None
    assert account("acc_2", role="operator") == await set_operator(store, account("acc_2"), replace=False)
    assert await store.ask(accounts.by_email, "") is None
