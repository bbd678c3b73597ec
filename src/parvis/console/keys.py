"""Keys: making, listing and revoking those of one's own account."""

from __future__ import annotations

from parvis.access import keys as spelling
from parvis.access.clock import Clock, as_datetime
from parvis.access.console import given, grantable
from parvis.access.rights import narrow
from parvis.contract.caller import Caller
from parvis.contract.outcomes import Refusal
from parvis.store.credentials import Credentials
from parvis.store.port import PAGE, Store
from parvis.store.records import KeyRecord, UnknownAccount

from . import values
from .accounts import own_account
from .checks import Checks
from .values import Key, NewKey, Texts

REVOKE = "parvis.keys.revoke"


class Keys:
    """The keys of your account."""

    def __init__(self, store: Store, credentials: Credentials, clock: Clock) -> None:
        self._store = store
        self._credentials = credentials
        self._clock = clock

    async def create(self, label: str, rights: Texts | None = None, *, caller: Caller) -> NewKey:
        """Make a key. Its secret is in this answer and is never shown again.

        Args:
            label: What you will know it by.
            rights: What it may do, like `shop.orders.get` or `shop.*`, within what your account may; none given: all
                that your account may, except managing keys.

        Returns:
            The key with its secret.
        """
        checks = Checks()
        checks.name("label", label)
        checks.rights(rights)
        checks.done()
        account = await self._store.account(own_account(caller))
        if account is None:
            raise Refusal("not-found", "This account is no more.")
        wanted = None if rights is None else narrow(grantable(account.role, account.rights), rights).patterns
        minted = spelling.mint("live")
        record = KeyRecord(
            id=minted.id,
            account=account.id,
            label=label,
            rights=wanted,
            digest=minted.digest,
            test=False,
            created_at=self._clock.now(),
        )
        try:
            await self._credentials.add(record, account)
        except UnknownAccount:
            raise Refusal("not-found", "This account is no more.") from None
        return NewKey(
            id=record.id,
            label=record.label,
            rights=None if wanted is None else list(wanted),
            test=record.test,
            created_at=as_datetime(record.created_at),
            revoked_at=None,
            secret=minted.text,
        )

    async def revoke(self, id: str, /, *, caller: Caller) -> Key:
        """Revoke a key, for good and at once. A key may revoke itself.

        Args:
            id: The key's public id.

        Returns:
            The key as it stands now; revoking it again changes nothing.
        """
        account = own_account(caller)
        found = await self._store.key(id)
        # Somebody else's key is answered like one that does not exist.
        if found is None or found[0].account != account or not await self._may_revoke(caller, id):
            raise Refusal("not-found", "You have no key with this id.")
        revoked = await self._credentials.revoke(id)
        if revoked is None:
            raise Refusal("not-found", "You have no key with this id.")
        return Key.of(revoked)

    async def list(self, after: str | None = None, limit: int = PAGE, *, caller: Caller) -> values.Keys:
        """Your account's keys, revoked ones too, oldest first.

        Args:
            after: The id of the last key of the page before; none for the first page.
            limit: How many at most, 1 to 1000.

        Returns:
            One page; fewer than `limit` when it is the last.
        """
        checks = Checks()
        checks.limit(limit)
        checks.done()
        return [Key.of(record) for record in await self._store.keys_of(own_account(caller), after, limit)]

    async def _may_revoke(self, caller: Caller, id: str) -> bool:
        """Whether this caller may revoke this key of its account: a key only itself, unless it was given the right."""
        if caller.kind != "key" or caller.credential == id:
            return True
        own = await self._store.key(caller.credential or "")
        if own is None:
            return False
        key, account = own
        return given(account.role, account.rights, key.rights).allows(REVOKE)
