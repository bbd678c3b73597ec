"""What all parts of the console share: the store, the clock, the signing of acts, and who may touch what."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from parvis.access.account_state import AccountState
from parvis.access.audit import Act
from parvis.access.clock import Clock
from parvis.contract.caller import Caller
from parvis.contract.outcomes import Refusal
from parvis.store.credentials import Credentials
from parvis.store.queries import accounts
from parvis.store.queries.audit import Signed
from parvis.store.records import AccountRecord
from parvis.store.sql import SqlStore


def own_account(caller: Caller) -> str:
    """The id of the caller's account. Raises ``Refusal("account-needed")`` for a caller that has none."""
    if caller.account is None:
        raise Refusal("account-needed", "This caller has no account.")
    return caller.account


def actor(caller: Caller) -> str:
    """Who acts, as the audit names it: a key, an account, or the kind of a caller that has none."""
    return caller.credential or caller.account or caller.kind


@dataclass(frozen=True, slots=True)
class ConsoleContext:
    """Where the console works."""

    store: SqlStore
    credentials: Credentials
    clock: Clock

    def sign(self, caller: Caller, act: str, subject: str, *, person: str = "", **detail: Any) -> Signed:
        """The entry that an act of this caller makes in the audit. ``detail`` holds ids and settings, no person.

        The address is kept for the caller's account, or for that of ``person``, who acts without being logged in; where
        there is neither, it is not kept, for no erasing would ever clear it.
        """
        account = caller.account or person
        address = caller.address if account else ""
        return Signed(Act(act, actor(caller), subject, detail), self.clock.now(), account, address)

    def whose(self, caller: Caller, account: str | None) -> str:
        """The account that a call is about: the caller's own, or for the operator the one that is named."""
        if account is None or account == caller.account:
            return own_account(caller)
        if caller.kind != "operator":
            raise Refusal("not-found", "You see your own account alone.")
        return account

    async def account(self, id: str) -> AccountRecord:
        """Raises ``Refusal("not-found")``."""
        found = await self.store.ask(accounts.by_id, id)
        if found is None or found.erased_at is not None:
            raise Refusal("not-found", "There is no such account (any more).")
        return found

    async def account_state(self, id: str) -> AccountState:
        """Its plan, its rights and what it has used. Raises ``Refusal("not-found")``."""
        found = await self.credentials.account_state(id)
        if found is None:
            raise Refusal("not-found", "There is no such account.")
        return found
