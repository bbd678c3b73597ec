"""Who shows a name and a password (Basic, or the portal's form)."""

from __future__ import annotations

from collections import Counter
from math import ceil

from parvis.access.audit import Act
from parvis.access.credential import Credential
from parvis.access.networks import block_of
from parvis.access.throttle import Throttle
from parvis.contract.caller import CallerKind
from parvis.contract.outcomes import Refusal
from parvis.store.queries import accounts
from parvis.store.queries.audit import Signed
from parvis.store.records import AccountRecord, fold

from .context import ConsoleContext
from .hashing import Hashing

AT_ONCE = 3
"""Log-ins of one name from one block of addresses that may be under way."""


class Login:
    """Proves accounts by their passwords. A password opens the console and no service."""

    def __init__(self, context: ConsoleContext, hashing: Hashing) -> None:
        self._context = context
        self._hashing = hashing
        self._throttle = Throttle(context.clock)
        self._under_way: Counter[tuple[str, str]] = Counter()

    async def authenticate(self, name: str, password: str, address: str) -> Credential:
        """The credential of the account whose e-mail or id is ``name``.

        Raises :class:`Refusal`: ``password-wrong`` when either is wrong, which of them is told neither by the answer
        nor by the time it takes; ``too-many-attempts`` before anything is hashed; ``account-suspended``;
        ``unavailable`` when too many passwords are being checked.
        """
        folded, block = fold(name), block_of(address)
        if wait := self._throttle.wait(folded, block):
            raise Refusal("too-many-attempts", seconds=ceil(wait))
        if self._under_way[folded, block] >= AT_ONCE:  # or a burst would be hashed before its first failure counts
            raise Refusal("too-many-attempts", seconds=1)
        self._under_way[folded, block] += 1
        try:
            account, right = await self._verified(name, password)
        finally:
            self._under_way[folded, block] -= 1
            if not self._under_way[folded, block]:
                del self._under_way[folded, block]
        if account is None or not right:
            self._throttle.failed(folded, block)
            await self._context.store.record(self._refused(account.id if account else "", address))
            raise Refusal("password-wrong")
        self._throttle.succeeded(folded, block)
        if account.suspended_at is not None:
            await self._context.store.record(self._refused(account.id, address))
            raise Refusal("account-suspended", "The operator has suspended this account.")
        kind: CallerKind = "operator" if account.role == "operator" else "password"
        rights = self._context.credentials.console_rights.of_kind(kind)
        return Credential(id=account.id, kind=kind, account=account.id, rights=rights, created_at=account.created_at)

    async def _verified(self, name: str, password: str) -> tuple[AccountRecord | None, bool]:
        """The account of a name, and whether it is its password; one hash, whether or not there is one."""
        find = accounts.by_email if "@" in name else accounts.by_id
        account = await self._context.store.ask(find, name)
        if account is not None and account.erased_at is not None:
            account = None
        return account, await self._hashing.verify(None if account is None else account.password, password)

    def _refused(self, account: str, address: str) -> Signed:
        """An entry of the audit. Whose address it is, is not known: it is kept for the account that was named."""
        act = Act("login.refused", "anonymous", account or "unknown", {})
        return Signed(act, self._context.clock.now(), account, address if account else "")
