"""The keys and tokens that calls are identified by, in memory before the store.

Rules. Looking up never waits: an id that memory does not know is a ``MISS``, and then is loaded. One process owns the
store and every change goes through here, so memory is exact: a revoked key is refused at the next call. A change is
written to the store first, then to memory, and is finished even when whoever asked for it went away. Revoked keys stay
known, so that a refusal can say so; unknown ones are remembered for a moment only. While the store cannot be reached,
what is known is served for a few seconds, and then nothing is.

Everything here runs on the event loop.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from dataclasses import replace
from enum import Enum
from time import monotonic
from typing import Any, Concatenate, Final, Literal, ParamSpec, TypeVar

from sqlalchemy import Connection

from parvis.access.account_state import AccountState
from parvis.access.clock import Clock
from parvis.access.console import ConsoleRights
from parvis.access.credential import Credential
from parvis.access.networks import parse_networks
from parvis.access.plans import Plan
from parvis.access.rights import Rights
from parvis.contract.mistakes import cut
from parvis.contract.outcomes import Refusal

from .account_cache import ANONYMOUS_ACCOUNT, AccountCache
from .queries import keys, plans
from .queries.audit import Signed
from .queries.keys import AccountFound, Found
from .queries.usage import periods
from .records import AccountRecord, TokenRecord
from .sql import SqlStore

log = logging.getLogger("parvis.store")

P = ParamSpec("P")
T = TypeVar("T")

CAPACITY = 100_000
"""How many keys are held, at some 1 kB each."""

UNKNOWN_FOR = 1_000_000
"""Microseconds for which an id that the store does not know is taken as unknown."""

UNREACHED_FOR = 5.0
"""Seconds for which keys are served from memory while the store does not answer."""
PING = 1.0
"""Seconds between two questions to the store whether it is there."""


class Miss(Enum):
    MISS = "miss"


MISS: Final = Miss.MISS
"""Memory cannot tell: load it."""


class Credentials:
    """The keys of one store. ``capacity`` bounds how many are held; those used least recently go first."""

    def __init__(
        self,
        store: SqlStore,
        clock: Clock,
        account_cache: AccountCache,
        rights: ConsoleRights,
        *,
        capacity: int = CAPACITY,
        unknown_for: int = UNKNOWN_FOR,
    ) -> None:
        self._store = store
        self._clock = clock
        self._account_cache = account_cache
        self.console_rights = rights
        """Who has which rights to the console."""
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
        self._lost = False
        self.anonymous = rights.anonymous(())
        """Who shows nothing: what the plan of that name gives; :meth:`open` reads it."""

    async def open(self) -> None:
        """Read what must be known before the first call."""
        found = await self._store.ask(keys.anonymous, ANONYMOUS_ACCOUNT, *periods(self._account_cache.now()))
        state = self._account_cache.anonymous(found.plan, found.used)
        self.anonymous = replace(self.console_rights.anonymous(found.plan.rights), state=state)

    def find(self, id: str) -> Credential | Literal[Miss.MISS] | None:
        """The key or token of this public id, revoked or not; None when there is none; ``MISS`` when it must be
        loaded. Raises ``Refusal("unavailable")`` when the store has not been reached for too long."""
        if self._lost:
            raise Refusal("unavailable", "The store cannot be reached, so no key can be vouched for.")
        found = self._young.get(id)
        if found is None:
            found = self._old.pop(id, None)
            if found is None:
                return self._never(id)
            self._hold(found)
        state = found.state
        if state is not None and state.stale:
            return MISS
        parent = found.parent
        # A token holds for its key as it stands now, and not as it stood when the token was read.
        if parent is not None and self._young.get(parent.id) is not parent and self._old.get(parent.id) is not parent:
            return MISS
        return found

    async def load(self, id: str) -> Credential | None:
        """The key of this public id from the store, or None; callers that load the same one share one query."""
        task = self._loading.get(id)
        if task is None:
            task = self._loading[id] = asyncio.ensure_future(self._load(id))
            task.add_done_callback(lambda done: self._loaded(id, done))
        return await asyncio.shield(task)

    async def now(self, id: str) -> Credential | None:
        """The credential as it stands at this moment, from memory or the store."""
        found = self.find(id)
        return await self.load(id) if found is MISS else found

    async def account_state(self, account: str) -> AccountState | None:
        """How an account stands, whether or not any of its keys was shown; None when there is no such account."""
        held = self._account_cache.held(account)
        if held is not None:
            return held
        found = await self._unchanged(keys.account, account)
        return None if found is None else self._state(found)

    async def plan(self, name: str) -> Plan:
        """A plan, as the store has it."""
        plan = await self._store.ask(plans.get, name)
        if plan is None:
            raise Refusal("not-found", f"There is no plan {cut(name)!r}.")
        return plan

    async def change_key(
        self,
        id: str,
        signed: Signed | None,
        query: Callable[Concatenate[Connection, P], T],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        """Change a key in the store, from the next call on; it is read anew when it is next shown."""
        return await self._finish(self._change(lambda: self._drop(id), signed, query, args, kwargs))

    async def change_account(
        self,
        id: str,
        signed: Signed | None,
        query: Callable[Concatenate[Connection, P], T],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        """Change an account in the store; all its keys are read anew when they are next shown."""
        return await self._finish(self._change(lambda: self._account_cache.forget(id), signed, query, args, kwargs))

    async def change_all(
        self,
        signed: Signed | None,
        query: Callable[Concatenate[Connection, P], T],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        """Change what concerns many accounts, a plan or who is the operator: every key is read anew."""

        async def change() -> T:
            try:
                return await self._change(self._account_cache.forget_all, signed, query, args, kwargs)
            finally:
                await self.open()

        return await self._finish(change())

    async def watch(self) -> None:
        """Ask the store again and again whether it is there; runs until it is cancelled."""
        reached = monotonic()
        while True:
            try:
                async with asyncio.timeout(UNREACHED_FOR - PING):
                    await self._store.ask(_there)
                reached, self._lost = monotonic(), False
            except Exception as error:  # whatever it is, the store did not answer, and this must go on
                if not isinstance(error, Refusal | TimeoutError):
                    log.exception("asking whether the store is there failed")
                self._lost = monotonic() - reached + PING > UNREACHED_FOR
            await asyncio.sleep(PING)

    async def _load(self, id: str) -> Credential | None:
        found = await self._unchanged(keys.find, id)
        if found is None:
            self._not_there(id)
            return None
        parent = self._young.get(found.key.id) or self._old.get(found.key.id)
        token = found.token
        if token is None or parent is None or (parent.state is not None and parent.state.stale):
            parent = self._key(found)
            self._hold(parent)
        if token is None:
            return parent
        made = self._token(token, parent)
        self._hold(made)
        return made

    async def _unchanged(self, query: Callable[[Connection, str, str, str], T], id: str) -> T:
        """What the store says of an id, with the quota periods of now. When something was changed while it answered,
        what it said may be older than that: it is asked again."""
        while True:
            before = self._changes
            found = await self._store.ask(query, id, *periods(self._account_cache.now()))
            if before == self._changes:
                return found

    async def _change(
        self, forget: Callable[[], None], signed: Signed | None, query: Callable[..., T], args: Any, kwargs: Any
    ) -> T:
        try:
            return await self._store.change(signed, query, *args, **kwargs)
        finally:
            # Also when it failed: whether it was written is not known then, and the store is asked again.
            self._changes += 1
            forget()

    async def _finish(self, change: Coroutine[Any, Any, T]) -> T:
        """Await ``change`` as a task of its own: a caller that is cancelled must not leave memory behind the store."""
        task = asyncio.ensure_future(change)
        self._unfinished.add(task)
        task.add_done_callback(self._finished)
        return await asyncio.shield(task)

    def _never(self, id: str) -> Literal[Miss.MISS] | None:
        until = self._unknown.get(id)
        if until is None:
            return MISS
        if self._clock.now() < until:
            return None
        del self._unknown[id]
        return MISS

    def _hold(self, credential: Credential) -> None:
        if len(self._young) >= self._generation and credential.id not in self._young:
            self._old = self._young
            self._young = {}
        self._young[credential.id] = credential
        self._unknown.pop(credential.id, None)

    def _drop(self, id: str) -> None:
        self._young.pop(id, None)
        self._old.pop(id, None)
        self._unknown.pop(id, None)

    def _not_there(self, id: str) -> None:
        self._drop(id)
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

    def _state(self, found: Found | AccountFound) -> AccountState:
        may_give = self.console_rights.grantable(found.account.role, _rights(found.account, found.plan))
        return self._account_cache.of(found.account, found.plan, may_give, found.live, found.test)

    def _key(self, found: Found) -> Credential:
        """The credential of a key, with that of the secret before its last rotation."""
        key, account = found.key, found.account
        own = _rights(found.account, found.plan)
        dead = key.revoked_at is not None
        state = self._state(found)
        made = Credential(
            id=key.id, kind="key", account=account.id, digest=key.digest, test=key.test, label=key.label,
            rights=Rights.of(()) if dead else self.console_rights.of_key(account.role, own, key.rights),
            created_at=key.created_at, revoked_at=key.revoked_at, expires_at=key.expires_at,
            networks=None if key.networks is None else parse_networks(key.networks), state=state, key=key.id,
        )  # fmt: skip
        if key.retiring_digest is None or dead:
            return made
        old = replace(
            made,
            digest=key.retiring_digest,
            expires_at=key.retiring_until,
            rights=self.console_rights.of_retiring_secret(made.rights),
            replaced=True,
        )
        return replace(made, retiring=old)

    def _token(self, token: TokenRecord, key: Credential) -> Credential:
        # When its secret was retired or replaced since, the store has shortened or removed the token.
        return Credential(
            id=token.id, kind="token", account=key.account, digest=token.digest, test=key.test, label=key.label,
            rights=self.console_rights.of_token(key.rights, token.rights), created_at=token.created_at,
            revoked_at=key.revoked_at, expires_at=min(token.expires_at, key.expires_at or token.expires_at),
            networks=key.networks, state=key.state, key=key.id, parent=key,
        )  # fmt: skip


def _rights(account: AccountRecord, plan: Plan) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*plan.rights, *account.rights)))


def _there(connection: Connection) -> None:
    from sqlalchemy import select

    connection.execute(select(1))
