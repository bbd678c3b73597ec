"""What every store does, whatever it is asked: one transaction a query, with its entry in the audit, or nothing."""

import asyncio

import pytest

from parvis.contract.outcomes import Refusal
from parvis.store.queries import accounts, audit, plans
from parvis.store.sql import SqlStore
from samples import account, key, signed, token

pytestmark = pytest.mark.anyio


async def test_a_query_gets_its_arguments_and_its_result_comes_back(store):
    def query(connection, *args, **kwargs):
        return connection.closed, args, kwargs

    assert (False, (1, "two"), {"three": 3}) == await store.ask(query, 1, "two", three=3)
    assert (False, (1, "two"), {"three": 3}) == await store.change(signed(), query, 1, "two", three=3)


async def test_what_a_query_raises_comes_out_and_leaves_nothing(store):
    def half(connection):
        accounts.add(connection, account())
        raise LookupError("half way")

    for call in (store.ask(half), store.change(signed(), half)):
        with pytest.raises(LookupError, match="half way"):
            await call

    assert await store.ask(accounts.by_id, "acc_1") is None
    assert [] == await store.ask(audit.list_page)


async def test_queries_are_run_one_by_one_in_the_order_in_which_they_were_asked(store):
    seen, running = [], []

    def query(connection, n):
        running.append(n)
        seen.append((n, len(running)))
        running.pop()

    await asyncio.gather(*((store.ask if n % 2 else lambda *a: store.change(None, *a))(query, n) for n in range(40)))

    assert [(n, 1) for n in range(40)] == seen


async def test_each_entry_of_the_audit_is_told_when_it_is_kept_and_none_that_is_not():
    told = []
    store = await SqlStore.open(":memory:", audited=told.append)
    await store.change(signed("account.created"), accounts.add, account())
    await store.change(None, accounts.change, "acc_1", {"name": "x"})
    await store.change(signed("account.erased", "acc_2"), accounts.erase, "acc_2", 5)
    await store.record(signed("login.refused"))
    with pytest.raises(ValueError, match="`burst`"):
        await store.change(signed("plan.changed", "default"), plans.change, "default", {"burst": 0})
    kept = await store.ask(audit.list_page)
    await store.close()

    assert ["account.created", "login.refused"] == [entry.act for entry in told]
    assert kept == told


async def test_a_change_whose_asker_goes_away_is_made_wholly_or_not_at_all(store):
    asked = asyncio.ensure_future(store.change(signed("account.created"), accounts.add, account()))
    await asyncio.sleep(0)
    asked.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asked

    found = await store.ask(accounts.by_id, "acc_1")
    assert (found is not None) == bool(await store.ask(audit.list_page))


async def test_a_closed_store_refuses_everything_and_closes_twice(store, tmp_path):
    await store.close()
    await store.close()

    for call in (
        store.ask(accounts.by_id, "a"),
        store.change(None, accounts.add, account()),
        store.record(signed()),
        store.backup(str(tmp_path / "backup.db")),
    ):
        with pytest.raises(Refusal) as refused:
            await call
        assert refused.value.outcome.code == "unavailable"
    assert not (tmp_path / "backup.db").exists()


def test_records_print_neither_hash_nor_digest():
    secret = b"the-digest-" + bytes(21)
    shown = [
        account(password="the-hash"),
        key(digest=secret, retiring_digest=secret),
        token(digest=secret, made_with=secret),
    ]

    assert [] == [word for word in ("the-hash", "the-digest") if word in repr(shown)]
