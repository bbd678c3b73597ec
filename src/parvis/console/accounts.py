"""Accounts: registering, and seeing oneself."""

from __future__ import annotations

import secrets

from parvis.access.base62 import Entropy, random_text
from parvis.access.clock import Clock
from parvis.contract.caller import Caller
from parvis.contract.outcomes import Refusal
from parvis.store.port import PAGE, Store
from parvis.store.records import AccountRecord, EmailTaken

from . import values
from .checks import Checks
from .hashing import Hashing
from .values import Account


def new_account_id(entropy: Entropy = secrets.token_bytes) -> str:
    """``acc_`` and twelve letters: 71 random bits, so that ids are neither guessed nor counted."""
    return "acc_" + random_text(12, entropy)


def own_account(caller: Caller) -> str:
    """The id of the caller's account. Raises ``Refusal("account-needed")`` for a caller that has none."""
    if caller.account is None:
        raise Refusal("account-needed", "This caller has no account.")
    return caller.account


class Accounts:
    """Registered accounts."""

    def __init__(self, store: Store, clock: Clock, hashing: Hashing, default_rights: tuple[str, ...]) -> None:
        self._store = store
        self._clock = clock
        self._hashing = hashing
        self._default_rights = default_rights

    async def create(self, email: str, password: str, name: str = "", *, caller: Caller) -> Account:
        """Register.

        Args:
            email: Where you can be reached; with it and the password you make keys.
            password: 8 to 1024 characters, any, taken exactly as given.
            name: You, or your organisation.

        Returns:
            The new account.
        """
        checks = Checks()
        checks.email(email)
        checks.password(password)
        checks.name("name", name)
        checks.done()
        record = AccountRecord(
            id=new_account_id(),
            email=email,
            name=name,
            password=await self._hashing.hash(password),
            rights=self._default_rights,
            created_at=self._clock.now(),
        )
        try:
            await self._store.add_account(record)
        except EmailTaken:
            raise Refusal("account-exists", "This e-mail is registered already.") from None
        return Account.of(record)

    async def get(self, *, caller: Caller) -> Account:
        """Your own account.

        Returns:
            The account that calls.
        """
        record = await self._store.account(own_account(caller))
        if record is None:
            raise Refusal("not-found", "This account is no more.")
        return Account.of(record)

    async def list(self, after: str | None = None, limit: int = PAGE, *, caller: Caller) -> values.Accounts:
        """All accounts, oldest first, for the operator.

        Args:
            after: The id of the last account of the page before; none for the first page.
            limit: How many at most, 1 to 1000.

        Returns:
            One page; fewer than `limit` when it is the last.
        """
        checks = Checks()
        checks.limit(limit)
        checks.done()
        return [Account.of(record) for record in await self._store.accounts(after, limit)]
