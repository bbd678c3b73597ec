"""One connection to SQLite or PostgreSQL, set up so that what is committed stays and what is wrong is refused.

Rules for SQLite. One connection, of the process that owns the file, writes and checkpoints: the versions that most
interpreters link (all before 3.51.3 but 3.44.6 and 3.50.7) can corrupt a write-ahead log when one connection
checkpoints while another writes. Every write begins with ``BEGIN IMMEDIATE``, so none fails half way for want of a
lock. A commit is on the disk before it returns (``synchronous=FULL``).
Rule for PostgreSQL: the same ownership by an advisory lock, which goes when the connection goes.
"""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, QueuePool, create_engine, event, make_url

from .lock import DataInUse

FILE = "parvis.db"

PRAGMAS = (
    "PRAGMA busy_timeout=10000",  # first: the next one needs a lock
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=FULL",
    "PRAGMA foreign_keys=ON",
    "PRAGMA journal_size_limit=67108864",
    "PRAGMA trusted_schema=OFF",
)

TIMEOUTS = "-c statement_timeout=10000 -c lock_timeout=10000 -c idle_in_transaction_session_timeout=30000"

OLDEST_SQLITE = (3, 37, 0)
"""The first with STRICT tables."""

# One owner a schema; two servers may share a database, each in a schema of its own.
_OWN = "SELECT pg_try_advisory_lock(hashtextextended('parvis:' || current_schema(), 0))"


def sqlite(directory: Path) -> Engine:
    """The engine of ``directory/parvis.db``, made readable to its owner alone."""
    if sqlite3.sqlite_version_info < OLDEST_SQLITE:
        raise RuntimeError(f"this Python links SQLite {sqlite3.sqlite_version}; Parvis needs 3.37 or newer")
    path = directory / FILE
    os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))  # the log and index files take its mode
    return _sqlite(f"sqlite:///{path}")


def in_memory() -> Engine:
    """The engine of a database that is nowhere but in this process."""
    return _sqlite("sqlite://")


def _sqlite(url: str) -> Engine:
    # One thread at a time has the one connection, though not always the same: the store's, and at start its opener's.
    engine = _engine(url, connect_args={"check_same_thread": False})

    @event.listens_for(engine, "connect")
    def _connected(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # the driver's own BEGIN is deferred and comes late: ours is below
        for pragma in PRAGMAS:
            connection.execute(pragma).close()

    @event.listens_for(engine, "begin")
    def _begun(connection: Connection) -> None:
        write = connection.get_execution_options().get("parvis_write")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")

    return engine


def postgresql(url: str) -> Engine:
    """The engine of a PostgreSQL database. Raises ``ModuleNotFoundError`` when its driver is not installed."""
    try:
        import psycopg  # noqa: F401
    except ModuleNotFoundError:
        raise ModuleNotFoundError("PostgreSQL needs its driver: pip install 'psycopg[binary]'") from None
    where = make_url(url).set(drivername="postgresql+psycopg")
    own = where.query.get("options", "")  # like `-c search_path=...`: ours stand beside the operator's, and before
    engine = _engine(
        where.difference_update_query(["options"]),
        pool_pre_ping=True,  # a connection may have died since; then the next one is made, and owns, or is refused
        connect_args={
            "connect_timeout": 5,
            # A network that is cut says nothing: without these a query would wait for many minutes.
            "keepalives_idle": 5,
            "keepalives_interval": 2,
            "keepalives_count": 2,
            "tcp_user_timeout": 8000,
            "options": f"{TIMEOUTS} {own}".strip(),
        },
    )

    @event.listens_for(engine, "connect")
    def _connected(connection: Any, _record: Any) -> None:
        with connection.cursor() as cursor:
            owned = cursor.execute(_OWN).fetchone()[0]
        connection.commit()
        if not owned:
            connection.close()
            raise DataInUse(
                "another Parvis server is using this PostgreSQL database: stop that server first, or give this one a "
                "database or schema of its own"
            )

    return engine


def _engine(url: Any, **options: Any) -> Engine:
    return create_engine(url, poolclass=QueuePool, pool_size=1, max_overflow=0, hide_parameters=True, **options)
