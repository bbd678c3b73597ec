"""The database behind a store, as its thread sees it: owned, migrated, one transaction at a time.

Nothing here waits for an event loop, and nothing outside the store's thread calls it.
"""

from __future__ import annotations

import contextlib
import logging
import os
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Concatenate, ParamSpec, TypeVar

from sqlalchemy import Connection, Engine, exc

from parvis.contract.outcomes import Refusal

from . import engine
from .lock import DataInUse, DataLock
from .migrate import migrate
from .queries import plans

P = ParamSpec("P")
T = TypeVar("T")

log = logging.getLogger("parvis.store")

MEMORY = ":memory:"

_FAILURES = (
    exc.OperationalError,
    exc.InterfaceError,
    exc.InternalError,
    exc.TimeoutError,
    sqlite3.OperationalError,  # of the driver itself, which makes the backups
)
"""What a database fails at by no fault of the query: a full or broken disk, a server that is gone."""


class Database:
    """SQLite in a data directory, or PostgreSQL at a URL. Raises ``ValueError`` for any other URL.

    ``:memory:`` is SQLite without a file, for tests: the same behaviour, gone at the end.
    """

    def __init__(self, where: str | os.PathLike[str], patience: float) -> None:
        self._where = os.fspath(where)
        self._patience = patience
        self._lock: DataLock | None = None
        self._engine: Engine | None = None
        if "://" in self._where and not self._where.startswith(("postgresql://", "postgres://")):
            scheme = self._where.partition("://")[0]
            raise ValueError(f"a store is a data directory or a postgresql:// URL, not {scheme}://")

    def open(self) -> None:
        """Own it and bring it up to date. Raises as ``SqlStore.open`` says; then :meth:`close` tidies up."""
        if "://" in self._where:
            self._engine = engine.postgresql(self._where.replace("postgres://", "postgresql://", 1))
        elif self._where == MEMORY:
            self._engine = engine.in_memory()
        else:
            directory = Path(self._where).absolute()
            directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._lock = DataLock(directory, self._patience)
            self._engine = engine.sqlite(directory)
        deadline = time.monotonic() + self._patience
        while True:
            try:
                with _failing_well(), self._transaction(write=True) as connection:
                    migrate(connection)
                    plans.seed(connection)
                return
            except DataInUse:  # a worker that is being replaced hands its database over
                if time.monotonic() >= deadline:
                    raise
                time.sleep(0.05)

    def run(self, write: bool, query: Callable[Concatenate[Connection, P], T], *args: P.args, **kw: P.kwargs) -> T:
        """One transaction. Raises ``Refusal("unavailable")`` when the database fails."""
        try:
            with _failing_well(), self._transaction(write) as connection:
                return query(connection, *args, **kw)
        except DataInUse as error:  # the connection was lost, and somebody else came first
            log.error("the store is lost: %s", error)
            raise Refusal("unavailable", "The store belongs to another server now.") from error

    def backup(self, path: str) -> None:
        """A copy of the database in a new file, as it stands at one moment (SQLite alone: PostgreSQL has its own).

        Raises ``FileExistsError``, ``NotImplementedError``, ``Refusal("unavailable")``.
        """
        if self._engine is None or self._engine.dialect.name != "sqlite":
            raise NotImplementedError("a PostgreSQL database is backed up by pg_dump")
        # Made under another name: what is there under its own is whole.
        unfinished = f"{path}.unfinished"
        if os.path.exists(path):
            raise FileExistsError(path)
        _remove(unfinished)  # a process died while it made one
        os.close(os.open(unfinished, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
        try:
            with _failing_well(), self._engine.connect() as connection:
                connection.connection.cursor().execute("VACUUM INTO ?", (unfinished,))
            with open(unfinished, "rb+") as made:
                os.fsync(made.fileno())
            try:
                os.link(unfinished, path)  # fails where somebody else made one meanwhile
            except FileExistsError:
                raise
            except OSError:  # a file system without hard links
                os.rename(unfinished, path)
        finally:
            _remove(unfinished)

    def close(self) -> None:
        if self._engine is not None:
            self._engine.dispose()
            self._engine = None
        if self._lock is not None:  # last: whoever gets it next may open the file at once
            self._lock.close()
            self._lock = None

    @contextmanager
    def _transaction(self, write: bool) -> Iterator[Connection]:
        if self._engine is None:
            raise Refusal("unavailable", "The store is closed.")
        with self._engine.execution_options(parvis_write=write).begin() as connection:
            yield connection


def _remove(unfinished: str) -> None:
    """Take away a database that is half made, with the journal that SQLite kept beside it."""
    for path in (unfinished, f"{unfinished}-journal"):
        with contextlib.suppress(FileNotFoundError):
            os.unlink(path)


@contextmanager
def _failing_well() -> Iterator[None]:
    try:
        yield
    except _FAILURES as error:
        log.error("the store failed: %s", error)  # parameters are hidden: no e-mail, no hash
        raise Refusal("unavailable", "The store cannot be reached or cannot write.") from error
