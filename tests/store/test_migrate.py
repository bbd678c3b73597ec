"""Migrations and tables say the same, and starting is quick when there is nothing to migrate."""

import subprocess
import sys

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, text

from parvis.store import engine
from parvis.store.migrate import SchemaUnknown, configuration, migrate, revision
from parvis.store.schema import HEAD, metadata
from parvis.store.sql import SqlStore


@pytest.fixture(params=["sqlite", "postgresql"])
def fresh(request):
    """The engine of an empty database."""
    if request.param == "sqlite":
        made = engine.sqlite(request.getfixturevalue("tmp_path"))
    else:
        made = engine.postgresql(request.getfixturevalue("postgresql_url"))
    yield made
    made.dispose()


def begin(database):
    return database.execution_options(parvis_write=True).begin()


def test_the_constant_is_the_head_of_the_migrations():
    assert [HEAD] == ScriptDirectory.from_config(configuration()).get_heads()


def test_migrating_an_empty_database_gives_exactly_the_tables(fresh):
    with begin(fresh) as connection:
        migrate(connection)

    with fresh.begin() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        differences = compare_metadata(context, metadata)
        checks = {
            table: sorted(check["name"] for check in inspect(connection).get_check_constraints(table))
            for table in metadata.tables
        }
        stored = revision(connection)

    assert [] == differences
    assert {"account": ["ck_account_role"], "api_key": ["ck_api_key_digest", "ck_api_key_test"]} == checks
    assert HEAD == stored


def test_on_sqlite_the_migrations_write_the_same_statements_as_the_tables(tmp_path):
    def statements(name, fill):
        (tmp_path / name).mkdir()
        database = engine.sqlite(tmp_path / name)
        with begin(database) as connection:
            fill(connection)
            rows = connection.execute(text("SELECT name, sql FROM sqlite_master WHERE name <> 'alembic_version'"))
            found = {row.name: row.sql for row in rows}
        database.dispose()
        return {name: " ".join(sql.split()) for name, sql in found.items() if sql}

    migrated, created = statements("migrated", migrate), statements("created", metadata.create_all)

    assert created == migrated
    assert all(sql.endswith("STRICT") for sql in created.values() if sql.startswith("CREATE TABLE"))


def test_the_database_refuses_what_the_tables_forbid(fresh):
    from sqlalchemy.exc import IntegrityError

    row = "INSERT INTO account VALUES ('{0}', '{0}', '{1}', '', '', '[]', '{2}', 1)"
    with begin(fresh) as connection:
        migrate(connection)
        connection.execute(text(row.format("a", "a", "operator")))
    key = "INSERT INTO api_key VALUES ('k', '{}', '', NULL, '{}', {}, 1, NULL)"
    for wrong in (
        row.format("b", "a", "consumer"),  # the same e-mail
        row.format("b", "b", "operator"),  # a second operator
        row.format("b", "b", "king"),
        key.format("nobody", "0" * 64, 0),
        key.format("a", "0" * 63, 0),
        key.format("a", "0" * 64, 2),
    ):
        with pytest.raises(IntegrityError), begin(fresh) as connection:
            connection.execute(text(wrong))


def test_a_migration_that_fails_leaves_nothing(fresh, monkeypatch):
    from alembic import op

    def fails(*_, **__):
        raise RuntimeError("half way")

    tables_before_it_fails = iter([op.create_table])
    monkeypatch.setattr(op, "create_table", lambda *a, **k: next(tables_before_it_fails, fails)(*a, **k))
    with pytest.raises(RuntimeError, match="half way"), begin(fresh) as connection:
        migrate(connection)

    with fresh.begin() as connection:
        assert [] == inspect(connection).get_table_names()


def test_data_of_a_newer_version_are_refused_and_left_alone(fresh):
    with begin(fresh) as connection:
        migrate(connection)
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))

    with pytest.raises(SchemaUnknown, match=r"newer version of Parvis \(schema 9999"), begin(fresh) as connection:
        migrate(connection)

    with fresh.begin() as connection:
        assert revision(connection) == "9999"


@pytest.mark.anyio
async def test_alembic_is_not_imported_when_there_is_nothing_to_migrate(where):
    store = await SqlStore.open(where)
    await store.close()

    program = (
        "import asyncio, sys\n"
        "from parvis.store.sql import SqlStore\n"
        "async def main():\n"
        "    store = await SqlStore.open(sys.argv[1])\n"
        "    await store.close()\n"
        "asyncio.run(main())\n"
        "print('alembic' in sys.modules)\n"
    )
    paths = [path for path in sys.path if path]
    run = subprocess.run(
        [sys.executable, "-c", f"import sys; sys.path[:0] = {paths!r}\n{program}", where],
        capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert ("False\n", "") == (run.stdout, run.stderr)


def test_the_port_and_the_memory_store_bring_no_database_with_them():
    program = (
        "import parvis.store.port, parvis.store.memory, parvis.store.credentials, parvis.console.console\n"
        "print([name for name in ('sqlalchemy', 'alembic', 'sqlite3', 'argon2') if name in sys.modules])\n"
    )
    paths = [path for path in sys.path if path]
    run = subprocess.run(
        [sys.executable, "-c", f"import sys; sys.path[:0] = {paths!r}\n{program}"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert ("[]\n", "") == (run.stdout, run.stderr)
