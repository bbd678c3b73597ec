"""A backup is whole, or it is not there."""

import asyncio
import os
import shutil
import sqlite3
import subprocess
import sys

import pytest

from parvis.contract.outcomes import Refusal
from parvis.store.queries import accounts, audit, keys, usage
from parvis.store.sql import SqlStore
from samples import account, key, line, signed

pytestmark = pytest.mark.anyio


@pytest.fixture
async def store(tmp_path):
    opened = await SqlStore.open(tmp_path / "data")
    yield opened
    await opened.close()


async def add(store, number):
    for n in range(number):
        await store.change(signed("account.created", f"acc_{n}"), accounts.add, account(f"acc_{n}", f"{n}@x"))


async def restored(backup, directory):
    """A store over a backup that was put in place, as the manual says."""
    directory.mkdir()
    shutil.copy(backup, directory / "parvis.db")
    return await SqlStore.open(directory)


async def test_a_backup_that_is_restored_opens_and_holds_all_that_was_acknowledged(store, tmp_path):
    await add(store, 5)
    await store.change(None, keys.add, key(account="acc_0"))
    await store.change(None, usage.fold, [line(n) for n in range(3)], (1, 3))
    head = (await store.ask(audit.checked)).head
    await store.backup(str(tmp_path / "backup.db"))
    await store.change(None, accounts.change, "acc_0", {"name": "later"})

    other = await restored(tmp_path / "backup.db", tmp_path / "other")
    verdict = await other.ask(audit.checked, head)
    found = await other.ask(accounts.list_page)
    counted = (len(await other.ask(usage.calls, None)), await other.ask(usage.position))
    there = await other.ask(keys.by_id, "k1")
    await other.change(signed(), accounts.change, "acc_1", {"name": "it can be written"})
    await other.close()

    assert [account(f"acc_{n}", f"{n}@x") for n in range(5)] == found
    assert (True, 5, head) == (verdict.ok, verdict.count, verdict.head)
    assert ((3, (1, 3)), key(account="acc_0").digest) == (counted, there.digest)


async def test_a_backup_is_of_one_moment_while_others_write(store, tmp_path):
    await add(store, 3)
    more = [
        asyncio.ensure_future(store.change(signed("account.created"), accounts.add, account(f"more_{n}", f"m{n}@x")))
        for n in range(20)
    ]
    await asyncio.gather(store.backup(str(tmp_path / "backup.db")), *more)

    other = await restored(tmp_path / "backup.db", tmp_path / "other")
    verdict, found = await other.ask(audit.checked), await other.ask(accounts.list_page)
    await other.close()
    assert (True, len(found)) == (verdict.ok, verdict.count)
    assert 3 <= len(found)


async def test_a_backup_is_one_file_of_its_owner_s_alone(store, tmp_path):
    (tmp_path / "backups").mkdir()
    before = os.umask(0)
    try:
        await store.backup(str(tmp_path / "backups" / "backup.db"))
    finally:
        os.umask(before)

    assert {"backup.db": 0o600} == {p.name: p.stat().st_mode & 0o777 for p in (tmp_path / "backups").iterdir()}


async def test_a_file_that_is_there_is_not_overwritten(store, tmp_path):
    (tmp_path / "backup.db").write_text("precious")

    with pytest.raises(FileExistsError):
        await store.backup(str(tmp_path / "backup.db"))

    assert "precious" == (tmp_path / "backup.db").read_text()
    assert ["backup.db", "data"] == sorted(path.name for path in tmp_path.iterdir())


async def test_what_an_earlier_backup_left_half_made_is_taken_away(store, tmp_path):
    (tmp_path / "backup.db.unfinished").write_text("half")
    (tmp_path / "backup.db.unfinished-journal").write_text("a part of the other half")

    await store.backup(str(tmp_path / "backup.db"))

    assert ["backup.db", "data"] == sorted(path.name for path in tmp_path.iterdir())


async def test_a_place_that_is_not_there_is_told(store, tmp_path):
    with pytest.raises(FileNotFoundError):
        await store.backup(str(tmp_path / "nowhere" / "backup.db"))


async def test_a_disk_that_is_full_is_unavailable_leaves_nothing_behind_and_the_store_goes_on(store, tmp_path, caplog):
    if sys.platform != "linux" or os.geteuid() != 0:
        pytest.skip("needs root on Linux, to mount a small tmpfs")
    mount = tmp_path / "small"
    mount.mkdir()
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "parvis-test", str(mount)], capture_output=True)
    if done.returncode:
        pytest.skip("may not mount a tmpfs here")
    try:
        with pytest.raises(Refusal) as refused:
            await store.backup(str(mount / "backup.db"))
        left = list(mount.iterdir())
    finally:
        subprocess.run(["umount", str(mount)], check=True)
    await add(store, 1)

    assert ("unavailable", []) == (refused.value.outcome.code, left)
    assert "full" in caplog.text
    with sqlite3.connect(tmp_path / "data" / "parvis.db") as connection:
        assert [("ok",)] == connection.execute("PRAGMA integrity_check").fetchall()
    connection.close()


async def test_a_postgresql_database_is_backed_up_by_its_own_means(postgresql_url, tmp_path):
    store = await SqlStore.open(postgresql_url)
    with pytest.raises(NotImplementedError, match="pg_dump"):
        await store.backup(str(tmp_path / "backup.db"))
    await store.close()

    assert [] == list(tmp_path.iterdir())
