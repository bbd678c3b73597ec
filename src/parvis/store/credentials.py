"""The keys that calls are identified by, in memory before the store.

Rules. Looking up never waits: a key that memory does not know is a ``MISS``, and then is loaded. One process owns the
store and every change goes through here, so memory is exact: a revoked key is refused at the next call. A change is
written to the store first, then to memory, and is finished even when whoever asked for it went away. Revoked keys stay
known, so that a refusal can say so; unknown ones are remembered for a moment only.

Everything here runs on the event loop.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from enum import Enum
from typing import Any, Final, Literal, TypeVar

from parvis.access.clock import Clock
from parvis.access.console import key_rights
from parvis.access.credential import Credential
from parvis.access.rights import Rights

from .port import Store
from .records import AccountRecord, KeyRecord

T = TypeVar("T")

CAPACITY = 100_000
"""How many keys are held, at some 1 kB each."""

UNKNOWN_FOR = 1_000_000
"""Microseconds for which an id that the store does not know is taken as unknown."""


class Miss(Enum):
    MISS = "miss"


MISS: Final = Miss.MISS
"""Memory cannot tell: load it."""


class Credentials:
    """The keys of one store. ``capacity`` bounds how many are held; those used least recently go first."""

    def __init__(self, store: Store, clock: Clock, *, capacity: int = CAPACITY, unknown_for: int = UNKNOWN_FOR) -> None:
        self._store = store
        self._clock = clock
        self._unknown_for = unknown_for
        # Two generations instead of an order: a hit costs one look-up, and when the young one is full it becomes the
        # old one, whose keys come back when they are used and else are dropped at the next turn.
        self._generation = max(1, capacity // 2)
        self._young: dict[str, Credential] = {}
        self._old: dict[str, Credential] = {}
        self._unknown: dict[str, int] = {}
        self._changes = 0
        self._loading: dict[str, asyncio.Task[Credential | None]] = {}
        self._unfinished: set[asyncio.Task[Any]] = set()

    def find(self, id: str) -> Credential | Literal[Miss.MISS] | None:
        """The key of this public id, revoked or not; None when there is none; ``MISS`` when it must be loaded."""
        found = self._young.get(id)
        if found is not None:
            return found
        found = self._old.pop(id, None)
        if found is not None:
            self._hold(found)
            return found
        until = self._unknown.get(id)
        if until is None:
            return MISS
        if self._clock.now() < until:
            return None
        del self._unknown[id]
        return MISS

    async def load(self, id: str) -> Credential | None:
        """The key of this public id from the store, or None; callers that load the same one share one query."""
        task = self._loading.get(id)
        if task is None:
            task = self._loading[id] = asyncio.ensure_future(self._load(id))
            task.add_done_callback(lambda done: self._loaded(id, done))
        return await asyncio.shield(task)

    async def add(self, key: KeyRecord, account: AccountRecord) -> None:
        """Keep a new key."""
        await self._finish(self._add(key, account))

    async def revoke(self, id: str) -> KeyRecord | None:
        """Revoke a key, from the next call on; the record as it stands then, None when there is no such key."""
        return await self._finish(self._revoke(id))

    async def set_operator(self, account: AccountRecord, *, replace: bool) -> AccountRecord:
        """``Store.set_operator``, after which keys are read anew: the rights of some have changed."""
        return await self._finish(self._set_operator(account, replace))

    async def _load(self, id: str) -> Credential | None:
        while True:
            before = self._changes
            found = await self._store.key(id)
            if before == self._changes:
                break
            # Something was changed while the store answered: what it said may be older than that. Ask again.
        if found is None:
            self._not_there(id)
            return None
        credential = _credential(*found)
        self._hold(credential)
        return credential

    async def _add(self, key: KeyRecord, account: AccountRecord) -> None:
        await self._store.add_key(key)
        self._changes += 1
        self._hold(_credential(key, account))

    async def _revoke(self, id: str) -> KeyRecord | None:
        try:
            found = await self._store.revoke_key(id, self._clock.now())
        except BaseException:
            # Whether it was written is not known: forget the key, so that the next call asks the store.
            self._drop(id)
            raise
        self._drop(id)
        if found is None:
            return None
        self._hold(_credential(*found))
        return found[0]

    async def _set_operator(self, account: AccountRecord, replace: bool) -> AccountRecord:
        try:
            return await self._store.set_operator(account, replace=replace)
        finally:
            self._changes += 1
            self._young.clear()
            self._old.clear()

    async def _finish(self, change: Coroutine[Any, Any, T]) -> T:
        """Await ``change`` as a task of its own: a caller that is cancelled must not leave memory behind the store."""
        task = asyncio.ensure_future(change)
        self._unfinished.add(task)
        task.add_done_callback(self._finished)
        return await asyncio.shield(task)

    def _hold(self, credential: Credential) -> None:
        if len(self._young) >= self._generation and credential.id not in self._young:
            self._old = self._young
            self._young = {}
        self._young[credential.id] = credential
        self._unknown.pop(credential.id, None)

    def _drop(self, id: str) -> None:
        self._changes += 1
        self._young.pop(id, None)
        self._old.pop(id, None)

    def _not_there(self, id: str) -> None:
        if len(self._unknown) >= self._generation:
            self._unknown.clear()  # somebody tries ids; remembering them is a courtesy, not a promise
        self._unknown[id] = self._clock.now() + self._unknown_for

    def _finished(self, done: asyncio.Task[Any]) -> None:
        self._unfinished.discard(done)
        if not done.cancelled():
            done.exception()  # seen, even when whoever waited has gone

    def _loaded(self, id: str, done: asyncio.Task[Credential | None]) -> None:
        del self._loading[id]
        if not done.cancelled():
            done.exception()


def _credential(key: KeyRecord, account: AccountRecord) -> Credential:
    rights = Rights.of(()) if key.revoked_at is not None else key_rights(account.role, account.rights, key.rights)
    return Credential(
        id=key.id,
        kind="key",
        account=key.account,
        rights=rights,
        digest=key.digest,
        test=key.test,
        label=key.label,
        created_at=key.created_at,
        revoked_at=key.revoked_at,
    )
