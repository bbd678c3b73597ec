"""The audit as the operator reads it: every act, in order, and whether the chain is whole."""

import json
from pathlib import Path

import pytest
from sqlalchemy import delete, update

from console.conftest import ANYBODY, OPERATOR, PASSWORD
from parvis.access.audit import ACTS, GENESIS
from parvis.contract.caller import Caller
from parvis.store import schema

pytestmark = pytest.mark.anyio

AUDIT = schema.audit.c


async def filled(site, count=5):
    for number in range(count):
        await site.register(f"{number}@example.org")
    return await site.console.audit.list(caller=OPERATOR)


async def test_every_act_there_is_is_written_by_who_did_it(site_at, refuses, tmp_path):
    """One life of a server: all acts of the table, and none that is not in it."""
    site = await site_at(mode="approval", mail=True)
    console = site.console
    operator = await console.operators.create("op@x.org", PASSWORD, site.token, caller=ANYBODY)
    op = Caller("operator", operator.id)
    ada = await site.register()
    await console.accounts.verify(site.link(), caller=ANYBODY)
    await console.accounts.approve(ada.account, caller=op)
    await console.accounts.update(ada.account, name="Ada L.", caller=op)
    await console.accounts.suspend(ada.account, caller=op)
    await console.accounts.resume(ada.account, caller=op)
    await console.accounts.set_password("another one of hers", caller=ada)
    await console.accounts.request_reset("ada@example.org", caller=ANYBODY)
    await console.accounts.reset(site.link(), PASSWORD, caller=ANYBODY)
    await refuses("password-wrong", site.login.authenticate("ada@example.org", "wrong", "192.0.2.1"))
    one, two = await site.key(ada), await site.key(ada)
    by_key = await site.caller(one)
    await console.keys.update(one.id, label="x", caller=ada)
    await console.tokens.create(caller=by_key)
    await console.keys.rotate(one.id, caller=by_key)
    await console.keys.revoke(one.id, caller=by_key)
    await console.keys.report(two.secret, caller=ANYBODY)
    await console.plans.create("small", [], caller=op)
    await console.plans.update("small", day=1, caller=op)
    await console.plans.delete("small", caller=op)
    await console.accounts.export(caller=ada)
    await console.accounts.erase(caller=ada)
    site.store._database.backup = lambda path: None
    await console.operators.backup(str(tmp_path / "copy.db"), caller=op)

    entries = await console.audit.list(limit=1000, caller=op)
    actors = {entry.act: entry.actor for entry in entries}

    assert set(ACTS) == set(actors)
    assert {one.id} == {actors[act] for act in ("token.created", "key.rotated", "key.revoked")}
    assert {ada.account} == {actors[act] for act in ("password.changed", "account.erased", "account.exported")}
    assert {operator.id} == {actors[act] for act in ("account.suspended", "plan.changed", "backup.made")}
    assert {"anonymous"} == {
        actors[act] for act in ("account.verified", "password.reset", "login.refused", "key.leaked")
    }
    assert (await console.audit.verify(caller=op)).ok


async def test_it_is_listed_by_pages_in_order(any_site):
    entries = await filled(any_site)

    first = await any_site.console.audit.list(limit=3, caller=OPERATOR)
    rest = await any_site.console.audit.list(first[-1].seq, caller=OPERATOR)

    assert [1, 2, 3, 4, 5] == [entry.seq for entry in entries]
    assert entries == [*first, *rest]
    assert [GENESIS, *(entry.hash for entry in entries[:-1])] == [entry.previous for entry in entries]
    assert [] == await any_site.console.audit.list(5, caller=OPERATOR)
    assert [] == await any_site.console.audit.list(2**63 - 1, caller=OPERATOR)


@pytest.mark.parametrize("after", [-1, 2**63, 10**30])
async def test_what_is_no_number_of_an_entry_is_refused(site, refuses, after):
    refusal = await refuses("invalid-arguments", site.console.audit.list(after, caller=OPERATOR))

    assert ["after"] == [error["location"] for error in refusal.members["errors"]]


async def test_it_is_searched_by_an_account_or_a_key(any_site):
    ada = await any_site.register()
    key = await any_site.key(ada)
    await any_site.register("bob@x")
    await any_site.console.keys.revoke(key.id, caller=await any_site.caller(key))

    async def about(id):
        return [entry.act for entry in await any_site.console.audit.list(about=id, caller=OPERATOR)]

    assert ["account.created", "key.created"] == await about(ada.account)
    assert ["key.created", "key.revoked"] == await about(key.id)
    for nobody in ("acc_none", "", "nul\0", "\ud800"):
        assert [] == await about(nobody)


async def test_a_whole_chain_is_said_to_be_whole_with_its_head(any_site):
    entries = await filled(any_site)

    verdict = await any_site.console.audit.verify(caller=OPERATOR)

    assert (True, 5, entries[-1].hash, "") == (verdict.ok, verdict.count, verdict.head, verdict.problem)
    for entry in entries:
        assert (await any_site.console.audit.verify(entry.hash, caller=OPERATOR)).ok


async def test_an_empty_one_is_whole_too(site):
    verdict = await site.console.audit.verify(caller=OPERATOR)

    assert (True, 0, GENESIS) == (verdict.ok, verdict.count, verdict.head)


async def test_a_row_that_was_edited_is_named(any_site):
    await filled(any_site)
    edit = update(schema.audit).where(AUDIT.seq == 3).values(actor="somebody")
    await any_site.store.change(None, lambda connection: connection.execute(edit) and None)

    verdict = await any_site.console.audit.verify(caller=OPERATOR)

    assert (False, 2) == (verdict.ok, verdict.count)
    assert "row 3 was edited" in verdict.problem


async def test_a_row_that_was_deleted_is_named(any_site):
    await filled(any_site)
    cut = delete(schema.audit).where(AUDIT.seq == 3)
    await any_site.store.change(None, lambda connection: connection.execute(cut) and None)

    verdict = await any_site.console.audit.verify(caller=OPERATOR)

    assert (False, 2) == (verdict.ok, verdict.count)
    assert "row 3 is missing" in verdict.problem


async def test_rows_that_were_cut_off_are_missed_by_who_kept_the_head(any_site):
    entries = await filled(any_site)
    cut = delete(schema.audit).where(AUDIT.seq >= 4)
    await any_site.store.change(None, lambda connection: connection.execute(cut) and None)

    assert (await any_site.console.audit.verify(caller=OPERATOR)).ok, "nothing in the table tells"
    verdict = await any_site.console.audit.verify(entries[-1].hash, caller=OPERATOR)

    assert (False, 3) == (verdict.ok, verdict.count)
    assert "rows after 3 are missing" in verdict.problem


@pytest.mark.parametrize("head", ["", "x", "A" * 64, "0" * 63, "nul\0", "\ud800"])
async def test_what_is_no_head_is_refused_in_words(site, refuses, head):
    refusal = await refuses("invalid-arguments", site.console.audit.verify(head, caller=OPERATOR))

    assert ["head"] == [error["location"] for error in refusal.members["errors"]]


async def test_what_was_refused_leaves_no_entry(site, refuses):
    ada = await site.register()
    acts = await site.acts()

    await refuses("account-exists", site.register())
    await refuses("right-missing", site.key(ada, "parvis.plans.update"))
    await refuses("plan-exists", site.console.plans.create("default", [], caller=OPERATOR))
    await refuses("not-found", site.console.accounts.update(ada.account, plan="none", caller=OPERATOR))
    await refuses("not-found", site.console.keys.revoke("nobody", caller=ada))

    assert acts == await site.acts()


def test_each_new_head_goes_to_the_log(serve):
    server = serve()
    server.console("accounts.create", body={"email": "ada@x.org", "password": PASSWORD})
    verdict = server.ask("GET", "/parvis/v1/audit/verify", operator=True).json
    server.host.guards.log.flush()
    lines = [json.loads(text) for text in Path(server.log.name).read_text().splitlines()]

    assert [("account.created", verdict["head"], 1)] == [
        (entry["act"], entry["head"], entry["seq"]) for entry in lines if entry["event"] == "audit"
    ]
    assert "ada@x.org" not in str(lines)
