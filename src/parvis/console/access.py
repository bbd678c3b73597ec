"""Why a call is or would be refused: the same questions that a call is asked, answered without making it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from parvis.access.account_state import AccountState
from parvis.access.credential import Credential
from parvis.access.limits import Allowance
from parvis.access.plans import Plan
from parvis.access.rights import Rights
from parvis.contract.caller import Caller
from parvis.contract.model import Operation
from parvis.contract.outcomes import PLACES, Refusal, fill
from parvis.store.queries import keys

from .context import ConsoleContext, own_account
from .operation import ACCOUNT, OWN_ACCOUNT, operation
from .values import Explanation


class KnownOperation(NamedTuple):
    """An operation that can be asked about."""

    spec: Operation
    sandbox: bool
    """Whether its service has one."""
    pages: bool
    """Whether a plan bounds its parameter ``limit``."""
    named: Callable[[dict[str, Any], Caller], dict[str, Any]]
    """The arguments as the call would have them, defaults and bound ones too. Raises :class:`Refusal`."""


FindOperation = Callable[[str], KnownOperation | None]
"""Full name (``shop.price``) -> the operation."""


class Access:
    """What a caller could do, and why."""

    def __init__(self, context: ConsoleContext, find_operation: FindOperation) -> None:
        self._context = context
        self._find_operation = find_operation

    @operation(may=ACCOUNT, read=True, refusals=OWN_ACCOUNT, example={"operation": "shop.orders.get"})
    async def explain(
        self,
        operation: str,
        arguments: dict[str, Any] | None = None,
        key: str | None = None,
        account: str | None = None,
        *,
        caller: Caller,
    ) -> Explanation:
        """What a call would be told, and why, without making it.

        Args:
            operation: Its full name, like `shop.orders.get`.
            arguments: What it would be called with; left out, they are not judged, but where a right holds for some
                arguments only.
            key: The public id of the key that would call; the one that asks, when left out.
            account: An account, to ask what it could give to a key; for the operator alone another than the own.

        Returns:
            Whether it would be let in, and if not, the code of the refusal and what to do.
        """
        found = self._find_operation(operation)
        if found is None:
            raise Refusal("not-found", f"There is no operation {operation[:200]!r}.")
        credential, state = await self._who(caller, key, account)
        rights = credential.rights if credential is not None else state.rights
        right = found.spec.right
        held = [p for p in rights.patterns if Rights.of((p,)).verdict(right) is not None]
        refusal: Refusal | None = None
        try:
            if credential is not None:
                credential.check(self._context.clock.now(), caller.address if key is None else _NOWHERE)
            elif state.suspended:
                raise Refusal("account-suspended", "The operator has suspended this account.")
            self._judge(found, credential, state, rights, arguments)
        except Refusal as refused:
            refusal = refused
        return Explanation(
            allowed=refusal is None,
            code="" if refusal is None else refusal.outcome.code,
            detail="" if refusal is None else refusal.detail,
            fix="" if refusal is None else fill(refusal.outcome.fix, {**PLACES, **refusal.values}),
            right=right,
            held_by=held,
            account_holds=state.rights.verdict(right) is not None,
            plan=state.plan.name,
        )

    def _judge(
        self, known: KnownOperation, credential: Credential | None, state: AccountState, rights: Rights,
        arguments: dict[str, Any] | None,
    ) -> None:  # fmt: skip
        """Raises :class:`Refusal` as the steps of a call do, in their order."""
        spec, right, verdict = known.spec, known.spec.right, rights.verdict(known.spec.right)
        if verdict is None:
            held = credential is not None and state.rights.verdict(right) is not None
            raise Refusal(
                "key-right-missing" if held else "right-missing", f"The right {right} is missing.", right=right
            )
        test = credential is not None and credential.test
        if test and not known.sandbox and spec.read is None:
            raise Refusal("no-sandbox", "It may change something, and the service has no sandbox.")
        plan, allowance = state.bounds[test]
        self._has_room(plan, allowance, spec.cost)
        if arguments is not None:
            who = Caller() if credential is None else _caller(credential)
            given = known.named(arguments, who)
        else:
            given = {p.name: p.default.value for p in spec.parameters if p.default is not None and p.default.exact}
        if verdict is not True and not any(each.admits(given) for each in verdict):
            allowed = " or ".join(f"`{each}`" for each in verdict)
            raise Refusal("argument-refused", f"The right {right} is held with {allowed} only.", allowed=allowed)
        asked = given.get("limit")
        if known.pages and plan.page is not None and type(asked) is int and asked > plan.page:
            raise Refusal("invalid-arguments", f"`limit` should be at most {plan.page}, by your plan.")

    def _has_room(self, plan: Plan, allowance: Allowance, cost: int) -> None:
        """Raises :class:`Refusal` when a call of this cost would not be admitted now."""
        if plan.concurrent is not None and allowance.running >= plan.concurrent:
            raise Refusal("concurrency-limited", f"{allowance.running} calls run already.", limit=plan.concurrent)
        clock = self._context.clock
        for policy, limit, remaining, seconds in allowance.state(plan, clock.now(), clock.tick()):
            if remaining < (1 if policy == "rate" else cost):
                code = "rate-limited" if policy == "rate" else "quota-exceeded"
                raise Refusal(code, f"{policy}: nothing is left of {limit}.", seconds=seconds)

    async def _who(
        self, caller: Caller, key: str | None, account: str | None
    ) -> tuple[Credential | None, AccountState]:
        context = self._context
        if account is not None:
            return None, await context.account_state(context.whose(caller, account))
        id = key or caller.token or caller.credential
        if id is None:
            return None, await context.account_state(own_account(caller))
        if key is not None:
            record = await context.store.ask(keys.by_id, id)
            if record is None or (caller.kind != "operator" and record.account != own_account(caller)):
                raise Refusal("not-found", "You have no key with this id.")
        credential = await context.credentials.now(id)
        if credential is None or credential.state is None:
            raise Refusal("not-found", "You have no key with this id.")
        return credential, credential.state


_NOWHERE = ""
"""No address: a key with networks is told that it needs one of them."""


def _caller(credential: Credential) -> Caller:
    """Who would call. From where is not known."""
    return Caller(credential.kind, credential.account, credential.key, test=credential.test)
