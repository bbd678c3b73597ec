"""The operator: set once by the link that the server printed, and at any time by who can open the server's socket."""

from __future__ import annotations

from parvis.access.clock import Clock
from parvis.contract.caller import Caller
from parvis.contract.outcomes import Refusal
from parvis.store.credentials import Credentials
from parvis.store.records import AccountRecord, EmailTaken, OperatorExists

from .accounts import new_account_id
from .checks import Checks
from .hashing import Hashing
from .link import OperatorLink
from .values import Account

RIGHTS = ("*",)
"""What an operator may give to its keys of services; of the console it may give all, by name."""


class Operators:
    """The operator of this server; there is one."""

    def __init__(self, credentials: Credentials, clock: Clock, hashing: Hashing, link: OperatorLink | None) -> None:
        self._credentials = credentials
        self._clock = clock
        self._hashing = hashing
        self._link = link

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
        if self._link is None or not self._link.matches(link):
            raise Refusal("link-unknown", "The server did not print this link, or has been started again since.")
        if self._link.spent:
            raise Refusal("link-spent", "The operator was set with it.")
        account = await self._set(email, password, replace=False)
        self._link.spent = True
        return account

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
        return await self._set(email, password, replace=True)

    async def _set(self, email: str, password: str, *, replace: bool) -> Account:
        checks = Checks()
        checks.email(email)
        checks.password(password)
        checks.done()
        record = AccountRecord(
            id=new_account_id(),
            email=email,
            name="Operator",
            password=await self._hashing.hash(password),
            rights=RIGHTS,
            created_at=self._clock.now(),
            role="operator",
        )
        try:
            return Account.of(await self._credentials.set_operator(record, replace=replace))
        except OperatorExists:
            raise Refusal("operator-exists", "Somebody set it before.") from None
        except EmailTaken:
            raise Refusal("account-exists", "This e-mail is registered already.") from None
