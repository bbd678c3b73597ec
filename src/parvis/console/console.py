"""The front of the console: the façade that Parvis publishes as its own service ``parvis``, version 1."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from parvis.contract.caller import Caller
from parvis.store.queries import keys

from .access import Access, FindOperation
from .accounts import Accounts
from .audits import Audit
from .context import ConsoleContext, own_account
from .hashing import Hashing
from .keys import Keys, Tokens
from .operation import ACCOUNT, OWN_ACCOUNT, operation
from .operators import Operators
from .plans import Plans
from .registration import Registration
from .setup_token import SetupToken
from .usage import Deprecations, Usage
from .values import Left, Limits


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
        context: ConsoleContext,
        hashing: Hashing,
        *,
        registration: Registration | None = None,
        setup_token: SetupToken | None = None,
        find_operation: FindOperation = lambda name: None,
        deprecations: Deprecations | None = None,
        fold: Callable[[], Awaitable[None]] = _nothing,
    ) -> None:
        registration = registration or Registration()
        self._context = context
        self.accounts = Accounts(context, hashing, registration)
        self.keys = Keys(context, registration)
        self.tokens = Tokens(context)
        self.plans = Plans(context)
        self.usage = Usage(context, fold, deprecations)
        self.access = Access(context, find_operation)
        self.audit = Audit(context)
        self.operators = Operators(context, hashing, setup_token, fold)

    @operation(may=ACCOUNT, read=True, refusals=OWN_ACCOUNT, unlimited=True)
    async def limits(self, *, caller: Caller) -> Limits:
        """Your limits and quotas, and what is left of them. Costs nothing.

        Returns:
            The bounds of the key that asks, or of the account's live keys.
        """
        context = self._context
        account = own_account(caller)
        await context.account(account)
        state = await context.account_state(account)
        now = context.clock.now()
        plan, allowance = state.bounds[caller.test]
        return Limits(
            plan=plan.name,
            test=caller.test,
            policies=[Left(*row) for row in allowance.state(plan, now, context.clock.tick())],
            concurrent=plan.concurrent,
            running=allowance.running,
            keys=max(0, state.plan.keys - await context.store.ask(keys.count, account, caller.test, now)),
            body=plan.body,
            page=plan.page,
        )
