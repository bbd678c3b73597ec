"""The real store: SQLite or PostgreSQL behind one thread of its own.

Every call is queued for that thread, in order, and runs as one transaction. The queue is bounded: a store that does
not keep up refuses, rather than letting every caller wait for ever. Import this module when a store is opened, and not
before: it brings SQLAlchemy with it, a fifth of a second of CPU.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import BoundedSemaphore
from typing import Concatenate, ParamSpec, TypeVar

from sqlalchemy import Connection

from parvis.contract.outcomes import Refusal

from . import queries
from .database import Database
from .port import PAGE
from .records import AccountRecord, KeyRecord

P = ParamSpec("P")
T = TypeVar("T")

PATIENCE = 5.0
"""Seconds for which opening waits for a store that another process still has."""

WAITING = 1000
"""How many calls may wait for the store; at some 500 commits a second, two seconds' worth."""


class SqlStore:
    """Implements :class:`~.port.Store`. Made by :meth:`open`, given back by :meth:`close`."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="parvis-store")
        self._room = BoundedSemaphore(WAITING)
        self._closed = False

    @classmethod
    async def open(cls, where: str | os.PathLike[str], *, patience: float = PATIENCE) -> SqlStore:
        """Open the store in a data directory (made when there is none) or at a ``postgresql://`` URL, and bring its
        schema up to date.

        Raises :class:`~.lock.DataInUse` when another process owns it, :class:`~.migrate.SchemaUnknown` when a newer
        version of Parvis wrote it, ``ValueError`` for any other URL, ``Refusal("unavailable")`` when it cannot be
        reached or written.
        """
        store = cls(Database(where, patience))
        try:
            await asyncio.get_running_loop().run_in_executor(store._thread, store._database.open)
        except BaseException:
            await asyncio.shield(store.close())
            raise
        return store

    async def close(self) -> None:
        if not self._closed:
            self._closed = True
            # Queued behind the rest: what was asked for before is still done.
            await asyncio.get_running_loop().run_in_executor(self._thread, self._database.close)
            self._thread.shutdown(wait=False)

    async def add_account(self, account: AccountRecord) -> None:
        await self._run(True, queries.add_account, account)

    async def account(self, id: str) -> AccountRecord | None:
        return await self._run(False, queries.account, id)

    async def account_by_email(self, email: str) -> AccountRecord | None:
        return await self._run(False, queries.account_by_email, email)

    async def accounts(self, after: str | None = None, limit: int = PAGE) -> list[AccountRecord]:
        return await self._run(False, queries.accounts, after, limit)

    async def operator(self) -> AccountRecord | None:
        return await self._run(False, queries.operator)

    async def set_operator(self, account: AccountRecord, *, replace: bool) -> AccountRecord:
        return await self._run(True, queries.set_operator, account, replace)

    async def add_key(self, key: KeyRecord) -> None:
        await self._run(True, queries.add_key, key)

    async def key(self, id: str) -> tuple[KeyRecord, AccountRecord] | None:
        return await self._run(False, queries.key, id)

    async def keys_of(self, account: str, after: str | None = None, limit: int = PAGE) -> list[KeyRecord]:
        return await self._run(False, queries.keys_of, account, after, limit)

    async def revoke_key(self, id: str, at: int) -> tuple[KeyRecord, AccountRecord] | None:
        return await self._run(True, queries.revoke_key, id, at)

    async def _run(
        self, write: bool, query: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        if self._closed:
            raise Refusal("unavailable", "The store is closed.")
        if not self._room.acquire(blocking=False):
            raise Refusal("unavailable", "The store has more to do than it keeps up with.")
        future = self._thread.submit(lambda: self._database.run(write, query, *args, **kwargs))
        future.add_done_callback(lambda _: self._room.release())
        return await asyncio.wrap_future(future)
