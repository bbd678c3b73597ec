"""The operator: set once by the link that the server printed, and at any time by who can open the server's socket."""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable

from parvis.contract.caller import Caller
from parvis.contract.outcomes import Refusal
from parvis.store.queries import accounts
from parvis.store.records import AccountRecord, EmailTaken, OperatorExists

from .accounts import new_account_id
from .checks import Checks
from .context import ConsoleContext
from .hashing import Hashing
from .operation import EXAMPLE_EMAIL, EXAMPLE_PASSWORD, operation
from .setup_token import SetupToken
from .values import Account

Fold = Callable[[], Awaitable[None]]
"""Brings what was recorded up to now into the store."""

RIGHTS = ("*",)
"""What an operator may give to its keys of services; of the console it may give all, by name."""


class Operators:
    """The operator of this server; there is one."""

    def __init__(self, context: ConsoleContext, hashing: Hashing, setup_token: SetupToken | None, fold: Fold) -> None:
        self._context = context
        self._fold = fold
        self._hashing = hashing
        self._setup_token = setup_token

    @operation(
        may=("anonymous",),
        refusals=("link-unknown", "link-spent", "account-exists", "operator-exists"),
        example={"email": EXAMPLE_EMAIL, "password": EXAMPLE_PASSWORD, "link": "the-last-part-of-the-link"},
        secret_arguments=True,
    )
    async def create(self, email: str, password: str, link: str, *, caller: Caller) -> Account:
        """Become the operator, with the one-time link that the server printed when it started.

        Args:
            email: The operator's e-mail.
            password: 8 to 1024 characters, any, taken exactly as given.
            link: The last part of the link.

        Returns:
            The operator's account.
        """
        # First, so that a stranger does not learn whether there is an operator.
        if self._setup_token is None or not self._setup_token.matches(link):
            raise Refusal("link-unknown", "The server did not print this link, or has been started again since.")
        if self._setup_token.spent:
            raise Refusal("link-spent", "The operator was set with it.")
        account = await self._set(email, password, caller, replace=False)
        self._setup_token.spent = True
        return account

    @operation(
        may=("operator",),
        refusals=("account-exists",),
        example={"email": EXAMPLE_EMAIL, "password": EXAMPLE_PASSWORD},
        secret_arguments=True,
    )
    async def set(self, email: str, password: str, *, caller: Caller) -> Account:
        """Set the operator anew, for the operator alone: another password, or another account.

        Args:
            email: The operator's e-mail; an account with it is taken over and loses its keys if it was no operator.
            password: 8 to 1024 characters, any, taken exactly as given.

        Returns:
            The operator's account.
        """
        if caller.kind != "operator":
            right = "parvis.operators.set"
            raise Refusal("right-missing", "Only the operator may.", members={"right": right}, right=right)
        return await self._set(email, password, caller, replace=True)

    @operation(may=("operator",), example={"path": "/backups/parvis.db"})
    async def backup(self, path: str, *, caller: Caller) -> str:
        """Copy accounts, keys, totals and the audit into a new file, as they stand at this moment, while all goes on.

        Args:
            path: An absolute path on the server's machine; nothing may be there yet.

        Returns:
            The path.
        """
        checks = Checks()
        if not os.path.isabs(path) or "\0" in path:
            checks.wrong("path", "is no absolute path", "Give the path from the root on, like `/backups/parvis.db`.")
        checks.done()
        await self._fold()
        try:
            await self._context.store.backup(path)
        except FileExistsError:
            checks.wrong("path", "is there already", "Name a file that is not there.")
        except (OSError, NotImplementedError) as error:
            checks.wrong("path", f"cannot be written: {error}", "Name a file in a directory of the server's user.")
        checks.done()
        await self._context.store.record(self._context.sign(caller, "backup.made", "database"))
        return path

    async def _set(self, email: str, password: str, caller: Caller, *, replace: bool) -> Account:
        checks = Checks()
        checks.email(email)
        checks.password(password, email)
        checks.done()
        now = self._context.clock.now()
        record = AccountRecord(
            id=new_account_id(),
            email=email,
            name="Operator",
            password=await self._hashing.hash(password),
            rights=RIGHTS,
            created_at=now,
            approved_at=now,
            role="operator",
        )
        signed = self._context.sign(caller, "operator.set", record.id, person=record.id)
        change = self._context.credentials.change_all
        try:
            return Account.of(await change(signed, accounts.set_operator, record, replace))
        except OperatorExists:
            raise Refusal("operator-exists", "Somebody set it before.") from None
        except EmailTaken:
            raise Refusal("account-exists", "This e-mail is registered already.") from None
