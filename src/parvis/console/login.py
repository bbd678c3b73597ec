"""Who shows a name and a password (Basic, or the portal's form)."""

from __future__ import annotations

from parvis.access.console import rights_of
from parvis.access.credential import Credential
from parvis.contract.caller import CallerKind
from parvis.store.port import Store

from .hashing import Hashing


class Login:
    """Proves accounts by their passwords. A password opens the console and no service."""

    def __init__(self, store: Store, hashing: Hashing) -> None:
        self._store = store
        self._hashing = hashing

    async def authenticate(self, name: str, password: str) -> Credential | None:
        """The credential of the account whose e-mail or id is ``name``, or None when either is wrong: which of them
        it was is told neither by the answer nor by the time it takes.

        Raises ``Refusal("unavailable")`` when too many passwords are being checked.
        """
        find = self._store.account_by_email if "@" in name else self._store.account
        account = await find(name)
        if not await self._hashing.verify(account.password if account else None, password) or account is None:
            return None
        kind: CallerKind = "operator" if account.role == "operator" else "password"
        return Credential(
            id=account.id, kind=kind, account=account.id, rights=rights_of(kind), created_at=account.created_at
        )
