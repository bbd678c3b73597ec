"""What only a store that remembers can do, or fail at: restarts, kills, full disks, two owners."""

import asyncio
import os
import signal
import sqlite3
import subprocess
import sys
import textwrap
import threading

import pytest

from parvis.contract.outcomes import Refusal
from parvis.store import engine, sql
from parvis.store.database import Database
from parvis.store.lock import DataInUse
from parvis.store.queries import accounts, audit, keys
from parvis.store.sql import SqlStore
from samples import account, key, signed

pytestmark = pytest.mark.anyio


async def add(store, record):
    await store.change(None, accounts.add, record)


async def ids(store):
    return {record.id for record in await store.ask(accounts.list_page, None, 1_000_000)}


def python(program, *arguments, **options):
    """Another process with the same modules, running ``program``."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    command = [sys.executable, "-W", "error", "-c", textwrap.dedent(program), *map(str, arguments)]
    return subprocess.Popen(command, env=environment, text=True, stdout=subprocess.PIPE, **options)


async def test_what_was_written_is_there_after_a_restart(reopen):
    async with reopen() as store:
        await add(store, account())
        await store.change(None, keys.add, key())
        await store.change(signed("key.revoked", "k1"), keys.revoke, "k1", 30)

    async with reopen() as store:
        found = await store.ask(keys.find, "k1", "2023-11-14", "2023-11")
        entries = await store.ask(audit.list_page)

    assert (account(), key(revoked_at=30)) == (found.account, found.key)
    assert ["key.revoked"] == [entry.act for entry in entries]


WRITER = """
    import asyncio, sys
    from parvis.store.queries import accounts
    from parvis.store.sql import SqlStore
    from samples import account, signed

    async def main(where, prefix):
        store = await SqlStore.open(where)
        for n in range(10**9):
            id = f"{prefix}{n}"
            await store.change(signed("account.created", id), accounts.add, account(id, f"{id}@x"))
            print(id, flush=True)

    asyncio.run(main(*sys.argv[1:]))
"""


async def test_kill_9_loses_nothing_that_was_acknowledged(where, reopen):
    acknowledged = []
    for prefix, enough in (("a", 1), ("b", 60), ("c", 150)):
        with python(WRITER, where, prefix) as process:
            for line in process.stdout:
                acknowledged.append(line)
                if line == f"{prefix}{enough}\n":
                    process.send_signal(signal.SIGKILL)

    async with reopen() as store:
        stored = await ids(store)
        entries = await store.ask(audit.list_page, 0, 1_000_000)
        verdict = await store.ask(audit.checked)

    # The last line may have been cut; every whole one was acknowledged.
    whole = {line.strip() for line in acknowledged if line.endswith("\n")}
    assert whole - stored == set()
    assert len(whole) >= 1 + 60 + 150
    assert len(stored) <= len(whole) + 3  # at most the one under way at each kill
    assert stored == {entry.subject for entry in entries}
    assert (True, len(stored)) == (verdict.ok, verdict.count)


async def test_a_second_process_is_refused_and_told_what_to_do(where, reopen):
    program = """
        import asyncio, sys
        from parvis.store.lock import DataInUse
        from parvis.store.sql import SqlStore
        try:
            asyncio.run(SqlStore.open(sys.argv[1], patience=0.2))
        except DataInUse as error:
            print(error)
    """
    async with reopen() as store:
        with python(program, where) as process:
            said = process.stdout.read()
        await add(store, account())

    assert said.startswith("another Parvis server is using ")
    assert "stop that server first, or give this one a " in said
    assert process.returncode == 0


async def test_a_store_that_is_handed_over_is_waited_for(where, reopen):
    async with reopen() as first:
        await add(first, account())
        waiting = asyncio.ensure_future(SqlStore.open(where, patience=20))
        done, _ = await asyncio.wait([waiting], timeout=0.3)

    second = await waiting
    found = await second.ask(accounts.by_id, "acc_1")
    await second.close()

    assert (set(), account()) == (done, found)


async def test_the_lock_goes_with_its_process_and_not_with_programs_it_started(tmp_path):
    program = """
        import asyncio, os, subprocess, sys
        from parvis.store.sql import SqlStore
        asyncio.run(SqlStore.open(sys.argv[1]))
        child = subprocess.Popen(["sleep", "30"], close_fds=False)
        print(child.pid, flush=True)
        os.kill(os.getpid(), 9)
    """
    with python(program, tmp_path / "data", stderr=subprocess.DEVNULL) as process:
        child = int(process.stdout.readline())
        process.wait()
        try:
            store = await SqlStore.open(tmp_path / "data", patience=0)
            await store.close()
        finally:
            os.kill(child, signal.SIGKILL)


async def test_a_full_disk_is_unavailable_and_leaves_no_half_of_anything(tmp_path):
    # A limit on the size of files stands for the disk; the log of SQLite runs into it in the midst of a commit.
    program = """
        import asyncio, logging, os, resource, sys
        import samples
        from parvis.contract.outcomes import Refusal
        from parvis.store.queries import accounts, audit, keys
        from parvis.store.sql import SqlStore

        logging.disable()

        def account(id):
            return samples.account(id, f"{id}@x", name="n" * 3000)

        async def add(store, id):
            await store.change(samples.signed("account.created", id), accounts.add, account(id))

        async def ids(store):
            return sorted(record.id for record in await store.ask(accounts.list_page, None, 1000))

        async def main(where):
            store = await SqlStore.open(where)
            await store.change(samples.signed("operator.set", "first"), accounts.set_operator, account("first"), True)
            for n in range(50):
                await store.change(None, keys.add, samples.key(f"k{n}", "first", label="l" * 3000))
            size = os.stat(os.path.join(where, "parvis.db-wal")).st_size
            _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
            resource.setrlimit(resource.RLIMIT_FSIZE, (size + 30000, hard))
            kept, refused = ["first"], []
            for n in range(40):
                try:
                    await add(store, f"acc_{n}")
                    kept.append(f"acc_{n}")
                except Refusal as refusal:
                    refused.append(refusal.outcome.code)
            # Several rows in one transaction: the operator is exchanged wholly or not at all.
            try:
                await store.change(samples.signed("operator.set", "second"), accounts.set_operator, account("second"),
                                   True)
                kept.append("second")
            except Refusal as refusal:
                refused.append(refusal.outcome.code)
            operator = (await store.ask(accounts.operator)).id
            while_full = await ids(store)
            resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
            await add(store, "later")
            await store.close()
            store = await SqlStore.open(where)
            after = await ids(store)
            chain = await store.ask(audit.checked)
            await store.close()
            print(set(refused), len(refused) > 30, operator == ("second" if "second" in kept else "first"),
                  while_full == sorted(kept), after == sorted([*kept, "later"]),
                  chain.ok and chain.count == len(after))

        asyncio.run(main(sys.argv[1]))
    """
    with python(program, tmp_path / "data") as process:
        said = process.stdout.read()

    assert "{'unavailable'} True True True True True\n" == said
    with sqlite3.connect(tmp_path / "data" / "parvis.db") as connection:
        checked = connection.execute("PRAGMA integrity_check").fetchall()
    connection.close()
    assert [("ok",)] == checked


async def test_a_lost_connection_to_postgresql_is_made_anew_and_owned_again(postgresql_url, caplog):
    import psycopg

    store = await SqlStore.open(postgresql_url)
    try:
        await add(store, account())
        with psycopg.connect(postgresql_url, autocommit=True) as other:
            other.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )

        found = await store.ask(accounts.by_id, "acc_1")
        with pytest.raises(DataInUse):
            await SqlStore.open(postgresql_url, patience=0)
    finally:
        await store.close()

    assert account() == found


async def test_a_postgresql_that_is_not_there_is_unavailable(tmp_path, caplog):
    with pytest.raises(Refusal) as refused:
        await SqlStore.open(f"postgresql://someone:secret-word@/none?host={tmp_path}", patience=0)

    assert refused.value.outcome.code == "unavailable"
    assert "the store failed" in caplog.text
    assert "secret-word" not in caplog.text + repr(refused.value)


async def test_neither_e_mail_nor_hash_reaches_the_log(tmp_path, caplog):
    caplog.set_level("DEBUG")
    store = await SqlStore.open(tmp_path / "data")
    await add(store, account())
    with sqlite3.connect(tmp_path / "data" / "parvis.db") as other:
        other.execute("ALTER TABLE account RENAME TO gone")
    other.close()

    with pytest.raises(Refusal) as refused:
        await add(store, account("acc_2", "bob@example.org"))
    await store.close()

    assert "no such table" in caplog.text
    assert [] == [word for word in ("bob@", "argon2id") if word in caplog.text + repr(refused.value.__cause__)]


async def test_sqlite_is_set_up_as_written(tmp_path):
    store = await SqlStore.open(tmp_path / "data")
    names = ("busy_timeout", "journal_mode", "synchronous", "foreign_keys", "journal_size_limit", "trusted_schema")

    def read(connection):
        return [connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in names]

    said = await store.ask(read)
    await store.close()

    assert [10000, "wal", 2, 1, 67108864, 0] == said


@pytest.mark.parametrize(("write", "locked"), [(True, True), (False, False)])
async def test_a_write_has_its_lock_from_the_start_and_a_read_takes_none(tmp_path, write, locked):
    store = await SqlStore.open(tmp_path / "data")

    def another_writes(_):
        other = sqlite3.connect(tmp_path / "data" / "parvis.db", timeout=0, isolation_level=None)
        try:
            other.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as error:
            return "locked" in str(error)
        else:
            return False
        finally:
            other.close()

    said = await (store.change(None, another_writes) if write else store.ask(another_writes))
    await store.close()

    assert locked == said


async def test_the_directory_and_its_files_are_their_owner_s_alone(tmp_path):
    before = os.umask(0)
    try:
        store = await SqlStore.open(tmp_path / "new" / "data")
        await add(store, account())
        modes = {path.name: oct(path.stat().st_mode & 0o777) for path in (tmp_path / "new" / "data").iterdir()}
        modes["data"] = oct((tmp_path / "new" / "data").stat().st_mode & 0o777)
        await store.close()
    finally:
        os.umask(before)

    files = ("lock", "parvis.db", "parvis.db-shm", "parvis.db-wal")
    assert {**dict.fromkeys(files, "0o600"), "data": "0o700"} == modes


async def test_everything_runs_on_one_thread_that_is_not_the_caller_s(tmp_path):
    store = await SqlStore.open(tmp_path / "data")

    seen = await asyncio.gather(*(store.ask(lambda _: threading.get_ident()) for _ in range(20)))
    await store.close()

    assert 1 == len(set(seen))
    assert threading.get_ident() not in seen


async def test_a_store_that_does_not_keep_up_refuses_and_then_takes_calls_again(tmp_path, monkeypatch):
    monkeypatch.setattr(sql, "WAITING", 5)
    store = await SqlStore.open(tmp_path / "data")
    held = threading.Event()
    first = asyncio.ensure_future(store.ask(lambda _: held.wait(20)))
    await asyncio.sleep(0)
    rest = await_all = [asyncio.ensure_future(store.ask(accounts.by_id, "a")) for _ in range(10)]
    await asyncio.sleep(0.05)
    refused = [task.exception() for task in rest if task.done()]
    held.set()
    await asyncio.gather(first, *await_all, return_exceptions=True)

    found = await store.ask(accounts.by_id, "a")
    await store.close()

    assert ["unavailable"] * 6 == [error.outcome.code for error in refused]
    assert found is None


async def test_what_was_asked_for_before_closing_is_done(where, reopen):
    async with reopen() as store:
        asked = asyncio.ensure_future(add(store, account()))
        await asyncio.sleep(0)
    await asked

    async with reopen() as store:
        assert account() == await store.ask(accounts.by_id, "acc_1")


async def test_a_start_that_is_cancelled_gives_the_directory_back(tmp_path):
    first = await SqlStore.open(tmp_path / "data")
    second = asyncio.ensure_future(SqlStore.open(tmp_path / "data", patience=1))
    await asyncio.sleep(0.1)
    second.cancel()
    await first.close()
    with pytest.raises(asyncio.CancelledError):
        await second

    third = await SqlStore.open(tmp_path / "data", patience=0)
    await third.close()


@pytest.mark.parametrize("url", ["mysql://x", "sqlite:///x.db", "http://x"])
def test_another_kind_of_url_is_refused(url):
    with pytest.raises(ValueError, match="a data directory or a postgresql:// URL, not"):
        Database(url, 0)


async def test_an_interpreter_with_an_old_sqlite_is_refused_with_the_reason(tmp_path, monkeypatch):
    monkeypatch.setattr(engine.sqlite3, "sqlite_version_info", (3, 36, 0))

    with pytest.raises(RuntimeError, match=r"needs 3\.37 or newer"):
        await SqlStore.open(tmp_path / "data")
