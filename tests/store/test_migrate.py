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
    assert {
        "account": ["ck_account_role"],
        "api_key": ["ck_api_key_digest", "ck_api_key_kind", "ck_api_key_test"],
        "idempotency": ["ck_idempotency_ended", "ck_idempotency_id"],
        "journal": ["ck_journal_one"],
        "letter": ["ck_letter_purpose"],
        "quota": ["ck_quota_used"],
    } == {table: names for table, names in checks.items() if names}
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

    plan = "INSERT INTO plan VALUES ('p', '[]', '{}')"
    row = "INSERT INTO account VALUES ('{0}', '{1}', '{1}', '', '', '[]', '{3}', '{2}', 'en', 1, 1, 1, NULL, NULL)"
    key = (
        "INSERT INTO api_key VALUES ('k', '{}', '', '{}', NULL, NULL, '{}', NULL, NULL, {}, 1, NULL, NULL, NULL, NULL)"
    )
    token = "INSERT INTO token VALUES ('t', '{}', 'made', 'digest', NULL, 1, 2)"
    letter = "INSERT INTO letter VALUES ('d', '{}', '{}', 1)"
    taken = "INSERT INTO idempotency VALUES ('{}', 'a', 'f', 'r', {}, {}, 1)"
    with begin(fresh) as connection:
        migrate(connection)
        connection.execute(text(plan))
        connection.execute(text(row.format("a", "a", "operator", "p")))
        connection.execute(text("INSERT INTO journal VALUES (1, 1, 0)"))
        connection.execute(text(taken.format("0" * 64, "NULL", "NULL")))
        connection.execute(text("INSERT INTO call VALUES (1, 0, 1, 'a', 'k', 'o', 0, 'r', 200, '', 1, 0, 1)"))
        connection.execute(text("INSERT INTO audit VALUES (1, 1, 'a', 'b', 'c', '{}', 'x', 'y')"))
    for wrong in (
        row.format("b", "a", "consumer", "p"),  # the same e-mail
        row.format("b", "b", "operator", "p"),  # a second operator
        row.format("b", "b", "king", "p"),
        row.format("b", "b", "consumer", "none"),
        "DELETE FROM plan",  # somebody has it
        key.format("nobody", "string", "0" * 64, 0),
        key.format("a", "string", "0" * 63, 0),
        key.format("a", "string", "0" * 64, 2),
        key.format("a", "song", "0" * 64, 0),
        token.format("nothing"),
        letter.format("nobody", "reset"),
        letter.format("a", "greet"),
        "INSERT INTO journal VALUES (2, 1, 0)",
        taken.format("0" * 64, 200, "NULL"),  # a key that is taken
        taken.format("1" * 64, "NULL", "'{}'"),  # an answer to a call that has not ended
        taken.format("1", "NULL", "NULL"),
        "INSERT INTO call VALUES (1, 0, 1, 'a', 'k', 'o', 0, 'r', 200, '', 1, 0, 1)",  # a record twice
        "INSERT INTO quota VALUES ('a', '2026-11', 0, -1)",
        "INSERT INTO audit VALUES (1, 1, 'a', 'b', 'c', '{}', 'x', 'y')",  # a number twice
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


def test_reading_what_is_kept_brings_no_database_with_it():
    program = (
        "import parvis.store.records, parvis.store.journal, parvis.store.journal_reader, parvis.access.console\n"
        "print([name for name in ('sqlalchemy', 'alembic', 'sqlite3', 'argon2') if name in sys.modules])\n"
    )
    paths = [path for path in sys.path if path]
    run = subprocess.run(
        [sys.executable, "-c", f"import sys; sys.path[:0] = {paths!r}\n{program}"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert ("[]\n", "") == (run.stdout, run.stderr)
