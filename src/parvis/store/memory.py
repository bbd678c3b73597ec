"""A store in memory, for tests and for servers that need not remember: the same behaviour, gone at the end."""

from __future__ import annotations

from dataclasses import replace as changed
from typing import TypeVar

from parvis.contract.outcomes import Refusal

from .port import PAGE
from .records import AccountRecord, EmailTaken, KeyRecord, OperatorExists, UnknownAccount, fold

Record = TypeVar("Record", AccountRecord, KeyRecord)


class MemoryStore:
    """Implements :class:`~.port.Store`. No method awaits anything, so each is one transaction."""

    def __init__(self) -> None:
        self._accounts: dict[str, AccountRecord] = {}
        self._keys: dict[str, KeyRecord] = {}
        self._closed = False

    async def add_account(self, account: AccountRecord) -> None:
        self._open()
        if self._by_email(account.email):
            raise EmailTaken(account.email)
        self._accounts[account.id] = account

    async def account(self, id: str) -> AccountRecord | None:
        self._open()
        return self._accounts.get(id)

    async def account_by_email(self, email: str) -> AccountRecord | None:
        self._open()
        return self._by_email(email)

    async def accounts(self, after: str | None = None, limit: int = PAGE) -> list[AccountRecord]:
        self._open()
        return _page(list(self._accounts.values()), after, limit)

    async def operator(self) -> AccountRecord | None:
        self._open()
        return self._operator()

    async def set_operator(self, account: AccountRecord, *, replace: bool) -> AccountRecord:
        self._open()
        current, named = self._operator(), self._by_email(account.email)
        if not replace:
            if current:
                raise OperatorExists
            if named:
                raise EmailTaken(account.email)
        if current and current != named:
            self._accounts[current.id] = changed(current, role="consumer")
        if named and named.role != "operator":
            for key in self._keys.values():
                if key.account == named.id and key.revoked_at is None:
                    self._keys[key.id] = changed(key, revoked_at=account.created_at)
        account = changed(named or account, password=account.password, rights=account.rights, role="operator")
        self._accounts[account.id] = account
        return account

    async def add_key(self, key: KeyRecord) -> None:
        self._open()
        if key.account not in self._accounts:
            raise UnknownAccount(key.account)
        self._keys[key.id] = key

    async def key(self, id: str) -> tuple[KeyRecord, AccountRecord] | None:
        self._open()
        key = self._keys.get(id)
        return (key, self._accounts[key.account]) if key else None

    async def keys_of(self, account: str, after: str | None = None, limit: int = PAGE) -> list[KeyRecord]:
        self._open()
        return _page([key for key in self._keys.values() if key.account == account], after, limit)

    async def revoke_key(self, id: str, at: int) -> tuple[KeyRecord, AccountRecord] | None:
        self._open()
        key = self._keys.get(id)
        if key is None:
            return None
        if key.revoked_at is None:
            key = self._keys[id] = changed(key, revoked_at=at)
        return key, self._accounts[key.account]

    async def close(self) -> None:
        self._closed = True

    def _open(self) -> None:
        if self._closed:
            raise Refusal("unavailable", "The store is closed.")

    def _by_email(self, email: str) -> AccountRecord | None:
        wanted = fold(email)
        return next((account for account in self._accounts.values() if fold(account.email) == wanted), None)

    def _operator(self) -> AccountRecord | None:
        return next((account for account in self._accounts.values() if account.role == "operator"), None)


def _page(records: list[Record], after: str | None, limit: int) -> list[Record]:
    records.sort(key=lambda record: (record.created_at, record.id))
    if after is not None:
        start = next((i + 1 for i, record in enumerate(records) if record.id == after), len(records))
        records = records[start:]
    return records[:limit]
