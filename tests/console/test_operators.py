"""The operator: by a link that works once, or over the operator's own socket; and its backups."""

import asyncio
import os
import sqlite3

import pytest

from console.conftest import ADDRESS, ANYBODY, OPERATOR, PASSWORD
from parvis.console.console import Console
from parvis.console.setup_token import SetupToken
from parvis.contract.caller import Caller
from parvis.store.queries import accounts

pytestmark = pytest.mark.anyio

SECOND = "another password"


async def opened(site, name, password=PASSWORD):
    """The kind of caller that a name and a password make."""
    return (await site.login.authenticate(name, password, ADDRESS)).kind


async def test_the_link_makes_the_operator_once(any_site, refuses):
    operators = any_site.console.operators

    made = await operators.create("op@x", PASSWORD, any_site.token, caller=ANYBODY)
    await refuses("link-spent", operators.create("other@x", PASSWORD, any_site.token, caller=ANYBODY))

    assert ("operator", "op@x", True, True) == (made.role, made.email, made.verified, made.live)
    assert "operator" == await opened(any_site, "op@x")
    assert 1 == len(await any_site.accounts())
    assert ["operator.set"] == await any_site.acts()


async def test_another_link_is_refused_and_the_right_one_still_works(site, refuses):
    operators = site.console.operators

    for wrong in ("", site.token[:-1], site.token + "a", site.token.swapcase(), "\ud800"):
        await refuses("link-unknown", operators.create("op@x", PASSWORD, wrong, caller=ANYBODY))

    assert "operator" == (await operators.create("op@x", PASSWORD, site.token, caller=ANYBODY)).role


async def test_without_a_link_nobody_becomes_operator_by_it(site, refuses):
    console = Console(site.context, site.hashing)

    await refuses("link-unknown", console.operators.create("op@x", PASSWORD, "", caller=ANYBODY))


async def test_wrong_arguments_do_not_spend_the_link(site, refuses):
    operators = site.console.operators
    await site.register("taken@x")

    refusal = await refuses("invalid-arguments", operators.create("op", "short", site.token, caller=ANYBODY))
    await refuses("invalid-arguments", operators.create("op@x.example", "op@x.example", site.token, caller=ANYBODY))
    await refuses("account-exists", operators.create("Taken@x", PASSWORD, site.token, caller=ANYBODY))

    assert ["email", "password"] == [error["location"] for error in refusal.members["errors"]]
    assert "operator" == (await operators.create("op@x", PASSWORD, site.token, caller=ANYBODY)).role


async def test_of_many_that_use_the_link_at_once_exactly_one_wins(any_site):
    results = await asyncio.gather(
        *(any_site.console.operators.create(f"{n}@x", PASSWORD, any_site.token, caller=ANYBODY) for n in range(4)),
        return_exceptions=True,
    )

    codes = sorted(error.outcome.code for error in results if isinstance(error, Exception))
    assert 3 == len(codes)
    assert set(codes) <= {"link-spent", "operator-exists"}
    assert 1 == len(await any_site.accounts())


async def test_a_link_of_a_later_run_does_not_replace_the_operator(site, refuses):
    await site.console.operators.set("op@x", PASSWORD, caller=OPERATOR)

    await refuses("operator-exists", site.console.operators.create("new@x", PASSWORD, site.token, caller=ANYBODY))

    assert "op@x" == (await site.store.ask(accounts.operator)).email


async def test_who_opens_the_socket_sets_the_password_anew(site, refuses):
    first = await site.console.operators.set("op@x", PASSWORD, caller=OPERATOR)

    again = await site.console.operators.set("OP@x", SECOND, caller=OPERATOR)

    assert first == again
    await refuses("password-wrong", site.login.authenticate("op@x", PASSWORD, ADDRESS))
    assert "operator" == await opened(site, "op@x", SECOND)


async def test_who_opens_the_socket_replaces_the_operator(any_site):
    await any_site.console.operators.set("op@x", PASSWORD, caller=OPERATOR)

    await any_site.console.operators.set("new@x", PASSWORD, caller=OPERATOR)

    assert ["password", "operator"] == [await opened(any_site, name) for name in ("op@x", "new@x")]


async def test_the_operator_itself_replaces_itself(site):
    made = await site.console.operators.set("op@x", PASSWORD, caller=OPERATOR)

    await site.console.operators.set("new@x", PASSWORD, caller=Caller("operator", made.id))

    assert ["password", "operator"] == [await opened(site, name) for name in ("op@x", "new@x")]


async def test_a_stranger_that_registered_the_operator_s_e_mail_first_gains_nothing(any_site, refuses):
    stranger = await any_site.register("op@x")
    key = await any_site.key(stranger, "parvis.keys.create", "shop.*")
    await any_site.caller(key)

    await any_site.console.operators.set("op@x", "the operator's own", caller=OPERATOR)

    await refuses("key-revoked", any_site.caller(key))
    await refuses("password-wrong", any_site.login.authenticate("op@x", PASSWORD, ADDRESS))


async def test_nor_one_that_registered_it_and_never_verified_it(mailed, refuses):
    stranger = await mailed.register("op@x.example")

    made = await mailed.console.operators.set("op@x.example", "the operator's own", caller=OPERATOR)

    assert made.id != stranger.account
    assert "password" == await opened(mailed, stranger.account)
    await refuses("mail-link-unknown", mailed.console.accounts.verify(mailed.link(), caller=ANYBODY))


async def test_a_replaced_operator_s_keys_lose_the_console_at_once(any_site):
    made = await any_site.console.operators.set("op@x", PASSWORD, caller=OPERATOR)
    lister = await any_site.key(Caller("operator", made.id), "parvis.accounts.list")
    before = (await any_site.credential(lister)).rights.allows("parvis.accounts.list")

    await any_site.console.operators.set("new@x", PASSWORD, caller=OPERATOR)
    after = (await any_site.credential(lister)).rights.allows("parvis.accounts.list")

    assert (True, False) == (before, after)


@pytest.mark.parametrize("kind", ["anonymous", "key", "token", "password", "run"])
async def test_nobody_else_sets_the_operator(site, refuses, kind):
    refusal = await refuses(
        "right-missing", site.console.operators.set("op@x", PASSWORD, caller=Caller(kind, "acc_1", "k1"))
    )

    assert {"right": "parvis.operators.set"} == refusal.members
    assert await site.store.ask(accounts.operator) is None


def test_a_link_keeps_no_token():
    link, token = SetupToken.mint()

    assert link.matches(token)
    assert token not in repr(vars(link))
    assert len(token) == 32


# Backups


async def test_a_backup_is_a_database_with_all_that_there_was(site_at, tmp_path):
    site = await site_at(tmp_path / "data")
    ada = await site.register()
    folded = []

    async def fold():
        folded.append(1)

    site.folds.append(fold)
    path = str(tmp_path / "copy.db")

    assert path == await site.console.operators.backup(path, caller=OPERATOR)

    (tmp_path / "restored").mkdir()
    os.rename(path, tmp_path / "restored" / "parvis.db")
    restored = await site_at(tmp_path / "restored")
    assert ada.account == (await restored.login.authenticate("ada@example.org", PASSWORD, ADDRESS)).account
    assert (await restored.console.audit.verify(caller=OPERATOR)).ok
    assert [1] == folded, "what was recorded up to then is in it"
    assert "backup.made" == (await site.acts())[-1]


async def test_a_backup_is_readable_by_its_owner_alone(site, tmp_path):
    path = tmp_path / "copy.db"
    await site.console.operators.backup(str(path), caller=OPERATOR)

    assert 0o600 == path.stat().st_mode & 0o777
    connection = sqlite3.connect(path)
    assert ("ok",) == connection.execute("PRAGMA integrity_check").fetchone()
    connection.close()


@pytest.mark.parametrize("path", ["", "copy.db", "../copy.db", "nul\0", "/nul\0", "/none/of/these/copy.db", "/"])
async def test_a_place_where_none_can_be_made_is_refused_in_words(site, refuses, path):
    refusal = await refuses("invalid-arguments", site.console.operators.backup(path, caller=OPERATOR))

    assert ["path"] == [error["location"] for error in refusal.members["errors"]]
    assert "backup.made" not in await site.acts()


async def test_a_backup_never_takes_the_place_of_a_file(site, refuses, tmp_path):
    there = tmp_path / "copy.db"
    there.write_text("somebody's")

    await refuses("invalid-arguments", site.console.operators.backup(str(there), caller=OPERATOR))

    assert "somebody's" == there.read_text()
    assert ["copy.db"] == [each.name for each in tmp_path.iterdir()]


async def test_postgresql_is_backed_up_by_its_own_means(site_at, postgresql, refuses, tmp_path):
    site = await site_at(postgresql)

    refusal = await refuses("invalid-arguments", site.console.operators.backup(str(tmp_path / "x"), caller=OPERATOR))

    assert "pg_dump" in refusal.members["errors"][0]["message"]
