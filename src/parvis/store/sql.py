"""The store: SQLite or PostgreSQL behind one thread of its own.

Every query is queued for that thread, in order, and runs as one transaction; a change and the entry of the audit that
tells of it are in the same one. The queue is bounded: a store that does not keep up refuses, rather than letting every
caller wait for ever. Import this module when a store is opened, and not before: it brings SQLAlchemy with it, a fifth
of a second of CPU.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import BoundedSemaphore
from typing import Concatenate, ParamSpec, TypeVar

from sqlalchemy import Connection

from parvis.access.audit import AuditRecord
from parvis.contract.outcomes import Refusal

from .database import Database
from .queries import audit
from .queries.audit import Signed

P = ParamSpec("P")
T = TypeVar("T")

PATIENCE = 5.0
"""Seconds for which opening waits for a store that another process still has."""

WAITING = 1000
"""How many calls may wait for the store; at some 500 commits a second, two seconds' worth."""


class SqlStore:
    """Made by :meth:`open`, given back by :meth:`close`. ``audited`` is told of each new entry of the audit."""

    def __init__(self, database: Database, audited: Callable[[AuditRecord], None] = lambda entry: None) -> None:
        self._database = database
        self._audited = audited
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="parvis-store")
        self._room = BoundedSemaphore(WAITING)
        self._closed = False

    @classmethod
    async def open(
        cls,
        where: str | os.PathLike[str],
        *,
        patience: float = PATIENCE,
        audited: Callable[[AuditRecord], None] = lambda entry: None,
    ) -> SqlStore:
        """Open the store in a data directory (made when there is none), at a ``postgresql://`` URL, or ``:memory:``,
        and bring its schema up to date.

        Raises :class:`~.lock.DataInUse` when another process owns it, :class:`~.migrate.SchemaUnknown` when another
        version of Parvis wrote it, ``ValueError`` for any other URL, ``Refusal("unavailable")`` when it cannot be
        reached or written.
        """
        store = cls(Database(where, patience), audited)
        try:
            await asyncio.get_running_loop().run_in_executor(store._thread, store._database.open)
        except BaseException:
            await asyncio.shield(store.close())
            raise
        return store

    async def close(self) -> None:
        """Give everything back. Closing twice is nothing; any query after it is refused."""
        if not self._closed:
            self._closed = True
            # Queued behind the rest: what was asked for before is still done.
            await asyncio.get_running_loop().run_in_executor(self._thread, self._database.close)
            self._thread.shutdown(wait=False)

    async def ask(self, query: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """What a query that changes nothing finds.

        Raises what the query raises, and ``Refusal("unavailable")`` when the store cannot be reached.
        """
        return await self._there(lambda: self._database.run(False, query, *args, **kwargs))

    async def change(
        self,
        signed: Signed | None,
        query: Callable[Concatenate[Connection, P], T],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        """Run a query that changes something, and add ``signed`` to the audit unless the query found nothing to change
        (then it gives None or False).

        Raises as :meth:`ask` does. When it is refused as unavailable, the change was made wholly or not at all, and
        asking again tells which.
        """

        def both(connection: Connection) -> tuple[T, AuditRecord | None]:
            result = query(connection, *args, **kwargs)
            found = result is not None and result is not False
            return result, audit.append(connection, signed) if signed is not None and found else None

        result, entry = await self._there(lambda: self._database.run(True, both))
        if entry is not None:
            self._audited(entry)
        return result

    async def record(self, signed: Signed) -> None:
        """Add an entry to the audit that no change of the store goes with."""
        self._audited(await self._there(lambda: self._database.run(True, audit.append, signed)))

    async def backup(self, path: str) -> None:
        """Copy the database into a new file. Raises as :meth:`.database.Database.backup` does."""
        await self._there(lambda: self._database.backup(path))

    async def _there(self, work: Callable[[], T]) -> T:
        if self._closed:
            raise Refusal("unavailable", "The store is closed.")
        if not self._room.acquire(blocking=False):
            raise Refusal("unavailable", "The store has more to do than it keeps up with.")
        future = self._thread.submit(work)
        future.add_done_callback(lambda _: self._room.release())
        return await asyncio.wrap_future(future)
