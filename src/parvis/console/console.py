"""The front of the console: the façade that Parvis publishes as its own service ``parvis``, version 1."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from parvis.contract.caller import Caller
from parvis.store.queries import keys

from .access import Access, Operations
from .accounts import Accounts
from .audits import Audit
from .desk import Desk, own_account
from .hashing import Hashing
from .keys import Keys, Tokens
from .link import OperatorLink
from .operators import Operators
from .plans import Plans
from .registration import Registration
from .usage import Parting, Usage
from .values import Left, Limits

READS = (
    "access.explain",
    "accounts.get",
    "accounts.list",
    "audit.list",
    "audit.verify",
    "keys.get",
    "keys.list",
    "limits",
    "plans.get",
    "plans.list",
    "usage.calls",
    "usage.deprecated",
    "usage.summary",
)
"""The operations that change nothing: the service's ``reads``."""


async def _nothing() -> None: ...


class Console:
    """Accounts, keys, plans, usage and audit of this server."""

    accounts: Accounts
    keys: Keys
    tokens: Tokens
    plans: Plans
    usage: Usage
    access: Access
    audit: Audit
    operators: Operators

    def __init__(
        self,
        desk: Desk,
        hashing: Hashing,
        *,
        registration: Registration | None = None,
        link: OperatorLink | None = None,
        operations: Operations = lambda name: None,
        parting: Parting | None = None,
        fold: Callable[[], Awaitable[None]] = _nothing,
    ) -> None:
        registration = registration or Registration()
        self._desk = desk
        self.accounts = Accounts(desk, hashing, registration)
        self.keys = Keys(desk, registration)
        self.tokens = Tokens(desk)
        self.plans = Plans(desk)
        self.usage = Usage(desk, fold, parting)
        self.access = Access(desk, operations)
        self.audit = Audit(desk)
        self.operators = Operators(desk, hashing, link, fold)

    async def limits(self, *, caller: Caller) -> Limits:
        """Your limits and quotas, and what is left of them. Costs nothing.

        Returns:
            The bounds of the key that asks, or of the account's live keys.
        """
        desk = self._desk
        account = own_account(caller)
        await desk.account(account)
        standing = await desk.credentials.standing(account)
        assert standing is not None
        now = desk.clock.now()
        plan, allowance = standing.bounds(caller.test)
        return Limits(
            plan=plan.name,
            test=caller.test,
            policies=[Left(*row) for row in allowance.state(plan, now, desk.clock.tick())],
            concurrent=plan.concurrent,
            running=allowance.running,
            keys=max(0, standing.plan.keys - await desk.store.ask(keys.count, account, caller.test, now)),
            body=plan.body,
            page=plan.page,
        )
