"""Plans: what accounts get, for the operator."""

from __future__ import annotations

from typing import Any, cast

from parvis.access.plans import DEFAULT
from parvis.access.plans import Plan as PlanRecord
from parvis.contract.caller import Caller
from parvis.contract.mistakes import cut
from parvis.contract.outcomes import Refusal
from parvis.store.queries import plans
from parvis.store.records import PlanExists, PlanInUse

from . import values
from .checks import Checks
from .context import ConsoleContext
from .operation import operation
from .values import Plan, Texts

NOTHING = ("rate", "concurrent", "day", "month", "body", "page")
"""Bounds that a plan may be without."""


class Plans:
    """Rights, limits and quotas, under a name that accounts have."""

    def __init__(self, context: ConsoleContext) -> None:
        self._context = context

    @operation(
        may=("operator",),
        refusals=("plan-exists",),
        example={"name": "large", "rights": ["shop.*"], "day": 100_000},
    )
    async def create(
        self,
        name: str,
        rights: Texts,
        rate: float | None = DEFAULT.rate,
        burst: int = DEFAULT.burst,
        concurrent: int | None = DEFAULT.concurrent,
        day: int | None = DEFAULT.day,
        month: int | None = None,
        keys: int = DEFAULT.keys,
        body: int | None = None,
        page: int | None = DEFAULT.page,
        *,
        caller: Caller,
    ) -> Plan:
        """Make a plan.

        Args:
            name: What accounts are given it by.
            rights: What its accounts may give to their keys, like `shop.*`.
            rate: Calls a second.
            burst: Calls at once, after a pause.
            concurrent: Calls at one time.
            day: Allowance in a day (UTC), in calls times their costs.
            month: The same in a month.
            keys: Live keys that an account may have.
            body: Bytes of a request's body.
            page: The largest `limit` of a call.

        Returns:
            The plan.
        """
        checks = Checks()
        checks.name("name", name)
        checks.done()
        plan = _made(
            name=name, rights=tuple(rights), rate=rate, burst=burst, concurrent=concurrent, day=day, month=month,
            keys=keys, body=body, page=page,
        )  # fmt: skip
        signed = self._context.sign(caller, "plan.created", name)
        try:
            await self._context.credentials.change_all(signed, plans.add, plan)
        except PlanExists:
            raise Refusal("plan-exists", f"There is a plan {cut(name)!r}.") from None
        return Plan.of(plan)

    @operation(may=("operator",), read=True, refusals=("not-found",), example={"name": "large"})
    async def get(self, name: str, *, caller: Caller) -> Plan:
        """One plan.

        Args:
            name: Its name.

        Returns:
            The plan.
        """
        return Plan.of(await self._plan(name))

    @operation(may=("operator",), read=True)
    async def list(self, *, caller: Caller) -> values.PlanList:
        """All plans.

        Returns:
            Each with its bounds.
        """
        return [Plan.of(plan) for plan in await self._context.store.ask(plans.every)]

    @operation(may=("operator",), refusals=("not-found",), example={"name": "large", "day": 200_000})
    async def update(
        self,
        name: str,
        rights: Texts | None = None,
        rate: float | None = None,
        burst: int | None = None,
        concurrent: int | None = None,
        day: int | None = None,
        month: int | None = None,
        keys: int | None = None,
        body: int | None = None,
        page: int | None = None,
        without: Texts | None = None,
        *,
        caller: Caller,
    ) -> Plan:
        """Change a plan, from the next call of its accounts on.

        Args:
            name: Its name.
            rights: All that its accounts may give to their keys.
            rate: Calls a second.
            burst: Calls at once, after a pause.
            concurrent: Calls at one time.
            day: Allowance in a day (UTC), in calls times their costs.
            month: The same in a month.
            keys: Live keys that an account may have.
            body: Bytes of a request's body.
            page: The largest `limit` of a call.
            without: Bounds that it is to have no more: `rate`, `concurrent`, `day`, `month`, `body`, `page`.

        Returns:
            The plan as it stands now; what is left out stays as it is.
        """
        plan = await self._plan(name)
        given = {
            "rights": None if rights is None else tuple(rights), "rate": rate, "burst": burst,
            "concurrent": concurrent, "day": day, "month": month, "keys": keys, "body": body, "page": page,
        }  # fmt: skip
        changes: dict[str, Any] = {bound: value for bound, value in given.items() if value is not None}
        checks = Checks()
        for index, bound in enumerate(without or ()):
            if bound not in NOTHING:
                checks.wrong(f"without[{index}]", f"is none of {', '.join(NOTHING)}", "Leave it out.")
        checks.done()
        changes |= dict.fromkeys(without or ())
        if not changes:
            return Plan.of(plan)
        _made(**{**_fields(plan), **changes})
        signed = self._context.sign(caller, "plan.changed", name, changed=sorted(changes))
        changed = await self._context.credentials.change_all(signed, plans.change, name, changes)
        return Plan.of(cast(PlanRecord, changed))

    @operation(may=("operator",), refusals=("not-found", "plan-in-use"), example={"name": "large"})
    async def delete(self, name: str, *, caller: Caller) -> None:
        """Delete a plan that no account has.

        Args:
            name: Its name.
        """
        signed = self._context.sign(caller, "plan.deleted", name)
        try:
            gone = await self._context.credentials.change_all(signed, plans.remove, name)
        except PlanInUse:
            raise Refusal("plan-in-use", "Accounts have it, or it is one that must be there.") from None
        if gone is None:
            raise Refusal("not-found", f"There is no plan {cut(name)!r}.")

    async def _plan(self, name: str) -> PlanRecord:
        plan = await self._context.store.ask(plans.get, name)
        if plan is None:
            raise Refusal("not-found", f"There is no plan {cut(name)!r}.")
        return plan


def _made(**fields: Any) -> PlanRecord:
    try:
        return PlanRecord(**fields)
    except ValueError as error:
        checks = Checks()
        checks.wrong("plan", str(error), "Write it as the message says.")
        checks.done()
        raise


def _fields(plan: PlanRecord) -> dict[str, Any]:
    return {name: getattr(plan, name) for name in plan.__dataclass_fields__}
