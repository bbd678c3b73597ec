"""What every store does, whichever it is: this suite runs against each of them."""

import asyncio
import dataclasses

import pytest

from parvis.contract.outcomes import Refusal
from parvis.store.records import AccountRecord, EmailTaken, KeyRecord, OperatorExists, UnknownAccount

pytestmark = pytest.mark.anyio


def account(id="acc_1", email="ada@example.org", **changes):
    record = AccountRecord(id=id, email=email, name="Ada", password="$argon2id$...", rights=("*",), created_at=10)
    return dataclasses.replace(record, **changes)


def key(id="k1", account="acc_1", **changes):
    record = KeyRecord(
        id=id, account=account, label="one", rights=("shop.*", "b.c"), digest=bytes(range(32)), test=False,
        created_at=20,
    )  # fmt: skip
    return dataclasses.replace(record, **changes)


async def test_an_account_comes_back_as_it_was_given(store):
    given = account(name="Ada ☃ \u202e 'quoted\"", rights=("a.b", "*"), created_at=1_795_354_845_701_955)

    await store.add_account(given)

    assert given == await store.account("acc_1")
    assert given == await store.account_by_email("ada@example.org")


@pytest.mark.parametrize("changes", [{}, {"rights": None}, {"rights": ()}, {"test": True}, {"revoked_at": 30}])
async def test_a_key_comes_back_with_its_account_as_they_were_given(store, changes):
    await store.add_account(account())
    given = key(**changes)

    await store.add_key(given)

    assert (given, account()) == await store.key("k1")


async def test_what_is_not_there_is_none(store):
    assert [None, None, None, None, None] == [
        await store.account("acc_1"),
        await store.account_by_email("ada@example.org"),
        await store.key("k1"),
        await store.revoke_key("k1", 5),
        await store.operator(),
    ]
    assert ([], []) == (await store.accounts(), await store.keys_of("acc_1"))


@pytest.mark.parametrize("text", ["nul\0@x", "\ud800@x", "", "'; DROP TABLE account; --", "x" * 100_000, "%", "_"])
async def test_no_text_from_outside_breaks_a_look_up(store, text):
    await store.add_account(account())
    await store.add_key(key())

    assert [None] * 4 == [
        await store.account(text),
        await store.account_by_email(text),
        await store.key(text),
        await store.revoke_key(text, 5),
    ]
    assert ([], [], []) == (await store.keys_of(text), await store.accounts(text), await store.keys_of("acc_1", text))


@pytest.mark.parametrize("again", ["ada@example.org", "ADA@Example.ORG", "\uff41da@example.org"])
async def test_an_e_mail_is_taken_in_whatever_case_or_width_it_is_written(store, again):
    await store.add_account(account())

    with pytest.raises(EmailTaken):
        await store.add_account(account("acc_2", again))

    assert await store.account("acc_2") is None
    assert account() == await store.account_by_email(again)


async def test_of_many_registrations_of_one_e_mail_at_once_exactly_one_wins(store):
    results = await asyncio.gather(
        *(store.add_account(account(f"acc_{i}", "Ada@x" if i % 2 else "ada@X")) for i in range(20)),
        return_exceptions=True,
    )

    assert 1 == results.count(None)
    assert 19 == sum(isinstance(result, EmailTaken) for result in results)
    assert 1 == len(await store.accounts())


async def test_a_key_of_no_account_is_refused(store):
    with pytest.raises(UnknownAccount):
        await store.add_key(key(account="acc_none"))

    assert await store.key("k1") is None


async def test_a_key_is_revoked_once_and_keeps_its_time(store):
    await store.add_account(account())
    await store.add_key(key())
    revoked = (key(revoked_at=30), account())

    assert revoked == await store.revoke_key("k1", 30)
    assert revoked == await store.revoke_key("k1", 40)
    assert revoked == await store.key("k1")


async def test_pages_of_accounts_are_oldest_first_and_by_id_when_of_one_age(store):
    made = [account(id, f"{id}@x", created_at=at) for id, at in [("b", 1), ("Z", 2), ("a", 2), ("é", 2), ("c", 3)]]
    for record in reversed(made):
        await store.add_account(record)

    first = await store.accounts(limit=2)
    second = await store.accounts(first[-1].id, limit=2)
    third = await store.accounts(second[-1].id, limit=2)

    assert made == [*first, *second, *third] == await store.accounts()


async def test_pages_of_keys_are_of_one_account_with_the_revoked_ones(store):
    await store.add_account(account())
    await store.add_account(account("acc_2", "bob@x"))
    made = [key(f"k{i}", created_at=100 - i) for i in range(5)]
    for record in made:
        await store.add_key(record)
    await store.add_key(key("other", "acc_2"))
    await store.revoke_key("k2", 7)
    made[2] = key("k2", created_at=98, revoked_at=7)

    assert made[::-1] == await store.keys_of("acc_1")
    assert [made[2], made[1]] == await store.keys_of("acc_1", "k3", limit=2)


async def test_the_first_operator_is_a_new_account(store):
    stands = await store.set_operator(account(), replace=False)

    assert account(role="operator") == stands == await store.operator() == await store.account("acc_1")


async def test_of_many_first_operators_at_once_exactly_one_wins(store):
    results = await asyncio.gather(
        *(store.set_operator(account(f"acc_{i}", f"{i}@x"), replace=False) for i in range(10)), return_exceptions=True
    )

    assert 9 == sum(isinstance(result, OperatorExists) for result in results)
    assert [await store.operator()] == await store.accounts()


async def test_the_link_does_not_take_over_an_account(store):
    await store.add_account(account())

    with pytest.raises(EmailTaken):
        await store.set_operator(account("acc_2", "ADA@example.org"), replace=False)

    assert await store.operator() is None
    assert [account()] == await store.accounts()


async def test_the_operator_s_password_is_set_anew_and_its_keys_stay(store):
    await store.set_operator(account(), replace=False)
    await store.add_key(key())

    stands = await store.set_operator(account("acc_2", "Ada@example.org", password="new"), replace=True)

    assert account(password="new", role="operator") == stands == await store.account("acc_1")
    assert (key(), stands) == await store.key("k1")


async def test_another_operator_replaces_the_first_who_becomes_a_consumer(store):
    await store.set_operator(account(), replace=False)

    stands = await store.set_operator(account("acc_2", "bob@x"), replace=True)

    assert account("acc_2", "bob@x", role="operator") == stands == await store.operator()
    assert account() == await store.account("acc_1")


async def test_a_consumer_that_becomes_operator_loses_the_keys_it_made_before(store):
    await store.add_account(account(rights=("shop.*",)))
    await store.add_account(account("acc_2", "bob@x"))
    await store.add_key(key())
    await store.add_key(key("k2", revoked_at=25))
    await store.add_key(key("k3", "acc_2"))

    stands = await store.set_operator(account("acc_9", password="new", created_at=50), replace=True)

    assert account(password="new", role="operator") == stands
    assert [key(revoked_at=50), key("k2", revoked_at=25)] == await store.keys_of("acc_1")
    assert [key("k3", "acc_2")] == await store.keys_of("acc_2")


async def test_a_closed_store_refuses_everything_and_closes_twice(store):
    await store.close()
    await store.close()

    for call in (
        store.add_account(account()),
        store.account("a"),
        store.account_by_email("a"),
        store.accounts(),
        store.operator(),
        store.set_operator(account(), replace=True),
        store.add_key(key()),
        store.key("k"),
        store.keys_of("a"),
        store.revoke_key("k", 1),
    ):
        with pytest.raises(Refusal) as refused:
            await call
        assert refused.value.outcome.code == "unavailable"


def test_records_print_neither_hash_nor_digest():
    shown = repr(account(password="the-hash")) + repr(key(digest=b"the-digest-" + bytes(21)))

    assert "the-hash" not in shown
    assert "the-digest" not in shown
