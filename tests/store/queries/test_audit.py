"""The audit in the tables: one chain, whatever happens at once, and nobody edits it unseen."""

import asyncio

import pytest
from sqlalchemy import delete, insert, update

from parvis.access.audit import GENESIS, Act
from parvis.store import schema
from parvis.store.queries import accounts, audit
from parvis.store.queries.audit import Signed
from parvis.store.records import EmailTaken
from samples import account, signed

pytestmark = pytest.mark.anyio

AUDIT = schema.audit.c


async def record(store, number):
    for n in range(number):
        await store.record(signed(subject=f"acc_{n}", at=100 + n))


async def checked(store, head=None):
    verdict = await store.ask(audit.checked, head)
    return verdict.ok, verdict.count, verdict.problem


async def test_a_chain_that_has_not_begun_is_whole(store):
    verdict = await store.ask(audit.checked)

    assert (True, 0, GENESIS, []) == (verdict.ok, verdict.count, verdict.head, await store.ask(audit.list_page))


async def test_an_entry_comes_back_as_it_was_signed(store):
    detail = {"changed": ["plan", "rights"], "overlap": 60, "test": True, "plan": None, "to": 'é "☃"'}
    await store.record(Signed(Act("account.changed", "operator", "acc_1", detail), 42))

    (entry,) = await store.ask(audit.list_page)

    assert (1, 42, "account.changed", "operator", "acc_1", GENESIS) == (
        entry.seq, entry.at, entry.act, entry.actor, entry.subject, entry.previous,
    )  # fmt: skip
    assert '{"changed":["plan","rights"],"overlap":60,"plan":null,"test":true,"to":"é \\"☃\\""}' == entry.detail


async def test_the_chain_goes_on_over_a_restart(reopen):
    for _ in range(3):
        async with reopen() as store:
            await record(store, 2)

    async with reopen() as store:
        entries = await store.ask(audit.list_page)
        assert (True, 6, "") == await checked(store)

    assert [1, 2, 3, 4, 5, 6] == [entry.seq for entry in entries]
    assert [GENESIS, *(entry.hash for entry in entries[:-1])] == [entry.previous for entry in entries]


async def test_a_change_and_its_entry_are_made_together(store):
    await store.change(signed("account.created"), accounts.add, account())

    assert ["account.created"] == [entry.act for entry in await store.ask(audit.list_page)]


async def test_a_change_that_fails_leaves_no_entry(store):
    await store.change(signed("account.created"), accounts.add, account())
    with pytest.raises(EmailTaken):
        await store.change(signed("account.created", "acc_2"), accounts.add, account("acc_2"))

    assert ["acc_1"] == [entry.subject for entry in await store.ask(audit.list_page)]


async def test_a_change_that_finds_nothing_to_change_leaves_no_entry(store):
    await store.change(signed("account.verified"), accounts.verify, "acc_1", 5, True)
    await store.change(signed(), lambda connection: False)

    assert [] == await store.ask(audit.list_page)


async def test_an_entry_that_cannot_be_made_leaves_no_change(store):
    with pytest.raises(ValueError, match="looks like an e-mail"):
        await store.change(signed("account.created", "ada@example.org"), accounts.add, account())

    assert await store.ask(accounts.by_id, "acc_1") is None
    assert [] == await store.ask(audit.list_page)


async def test_many_changes_at_once_keep_one_chain_and_each_head_is_told_in_order(where):
    from parvis.store.sql import SqlStore

    told = []
    store = await SqlStore.open(where, audited=told.append)
    try:
        await asyncio.gather(
            *(store.change(signed("account.created", f"acc_{n}"), accounts.add, account(f"acc_{n}", f"{n}@x"))
              for n in range(20)),
            *(store.record(signed("login.refused", f"other_{n}")) for n in range(20)),
            *(store.change(signed(), accounts.verify, "acc_none", 5, True) for _ in range(20)),
        )  # fmt: skip
        entries = await store.ask(audit.list_page, 0, 1000)
        assert (True, 40, "") == await checked(store, told[-1].hash)
    finally:
        await store.close()

    assert list(range(1, 41)) == [entry.seq for entry in entries]
    assert entries == told


async def test_pages_are_in_order_and_of_whom_they_are_about(store):
    await record(store, 5)
    await store.record(Signed(Act("key.revoked", "acc_3", "k1"), 1))

    assert [1, 2] == [entry.seq for entry in await store.ask(audit.list_page, limit=2)]
    assert [3, 4, 5, 6] == [entry.seq for entry in await store.ask(audit.list_page, 2)]
    assert [4, 6] == [entry.seq for entry in await store.ask(audit.list_page, about="acc_3")]
    assert [6] == [entry.seq for entry in await store.ask(audit.list_page, 4, about="acc_3")]
    assert [] == await store.ask(audit.list_page, 6)
    assert [[], []] == [await store.ask(audit.list_page, about=text) for text in ("nul\0", "\ud800")]


async def test_addresses_are_kept_beside_the_chain_by_account(store):
    await store.record(signed(account="acc_1", address="192.0.2.1"))
    await store.record(signed(account="acc_2", address="192.0.2.2"))
    await store.record(signed())
    await store.record(signed(account="acc_1", address="2001:db8::1"))

    assert [(1, "192.0.2.1"), (4, "2001:db8::1")] == await store.ask(audit.addresses, "acc_1")
    assert "192.0.2" not in repr(await store.ask(audit.list_page))
    assert (True, 4, "") == await checked(store)


def _insert_after(connection, entry):
    connection.execute(delete(schema.audit).where(AUDIT.seq > entry.seq))
    row = {name: getattr(entry, name) for name in entry.__dataclass_fields__}
    connection.execute(insert(schema.audit), row | {"seq": entry.seq + 1})


TAMPERED = {
    "edited": (lambda c, e: c.execute(update(schema.audit).where(AUDIT.seq == 3).values(actor="nobody")),
               (2, "row 3 was edited: its hash is not that of what it holds")),
    "edited in its time": (lambda c, e: c.execute(update(schema.audit).where(AUDIT.seq == 5).values(at=1)),
                           (4, "row 5 was edited: its hash is not that of what it holds")),
    "deleted": (lambda c, e: c.execute(delete(schema.audit).where(AUDIT.seq == 2)),
                (1, "row 2 is missing: after row 1 comes row 3")),
    "the first deleted": (lambda c, e: c.execute(delete(schema.audit).where(AUDIT.seq == 1)),
                          (0, "row 1 is missing: the chain begins with row 2")),
    "doubled": (lambda c, e: _insert_after(c, e[2]),
                (3, "row 4 was edited: its hash is not that of what it holds")),
}  # fmt: skip


@pytest.mark.parametrize("how", TAMPERED)
async def test_what_was_done_to_a_row_is_found_and_the_row_named(store, how):
    await record(store, 5)
    tamper, (good, problem) = TAMPERED[how]
    entries = await store.ask(audit.list_page)
    await store.change(None, tamper, entries)

    assert (False, good, problem) == await checked(store)


async def test_rows_that_were_cut_off_are_found_by_a_head_that_was_kept_and_only_by_one(store):
    await record(store, 5)
    heads = [entry.hash for entry in await store.ask(audit.list_page)]
    await store.change(None, lambda connection: connection.execute(delete(schema.audit).where(AUDIT.seq > 3)))

    assert (True, 3, "") == await checked(store) == await checked(store, heads[2]) == await checked(store, heads[0])
    ok, count, problem = await checked(store, heads[4])
    assert (False, 3) == (ok, count)
    end = "rows after 3 are missing, or the end up to row 3 was written anew"
    assert f"{end}: the chain does not hold the head {heads[4]}" == problem


async def test_the_whole_chain_is_read_however_long_it_is(store, monkeypatch):
    monkeypatch.setattr(audit, "AT_ONCE", 3)
    await record(store, 10)

    assert (True, 10, "") == await checked(store)
    await store.change(None, lambda c: c.execute(update(schema.audit).where(AUDIT.seq == 10).values(at=1)))
    assert (False, 9) == (await checked(store))[:2]
