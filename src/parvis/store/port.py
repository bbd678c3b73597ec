"""The port: what Parvis asks of a store. :class:`~.sql.SqlStore` is the real one, :class:`~.memory.MemoryStore` the
double; one test suite runs against both.

Every method is one transaction. Any may raise ``Refusal("unavailable")`` when the store cannot be reached or cannot
write; then a change was made wholly or not at all, and reading again tells which.
"""

from __future__ import annotations

from typing import Protocol

from .records import AccountRecord, KeyRecord

PAGE = 100
"""How many records a list gives at once when nobody says."""


class Store(Protocol):
    async def add_account(self, account: AccountRecord) -> None:
        """Raises :class:`~.records.EmailTaken`."""

    async def account(self, id: str) -> AccountRecord | None: ...

    async def account_by_email(self, email: str) -> AccountRecord | None:
        """The account of an e-mail, in whatever case it is written."""

    async def accounts(self, after: str | None = None, limit: int = PAGE) -> list[AccountRecord]:
        """Accounts, oldest first, those after the one with id ``after``; none when there is no such id."""

    async def operator(self) -> AccountRecord | None:
        """The account of role operator; there is at most one."""

    async def set_operator(self, account: AccountRecord, *, replace: bool) -> AccountRecord:
        """Make ``account`` the operator, and return the record as it now stands.

        Without ``replace`` it is a new account: raises :class:`~.records.OperatorExists` or
        :class:`~.records.EmailTaken`. With ``replace`` it always succeeds: an account with that e-mail is taken over
        with the new password (``account.created_at`` is the moment, its id and name are kept), and another operator
        becomes a consumer. A consumer that becomes operator has its keys revoked: they were made by somebody who was
        none.
        """

    async def add_key(self, key: KeyRecord) -> None:
        """Raises :class:`~.records.UnknownAccount`."""

    async def key(self, id: str) -> tuple[KeyRecord, AccountRecord] | None:
        """A key and its account, read at one moment."""

    async def keys_of(self, account: str, after: str | None = None, limit: int = PAGE) -> list[KeyRecord]:
        """Keys of an account, revoked ones too, oldest first, those after the one with id ``after``."""

    async def revoke_key(self, id: str, at: int) -> tuple[KeyRecord, AccountRecord] | None:
        """Revoke a key and return it as it now stands: one that was revoked keeps its time. None: no such key."""

    async def close(self) -> None:
        """Give everything back. Closing twice is nothing; any other call after it is refused."""
