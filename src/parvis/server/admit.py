"""The step *admit*: there is room for a call, in its account's limits and in the meter, and it is taken.

What a call may use is taken before it runs, all of it or nothing: the space of its record, its place in the rate, its
cost in the quotas. Nothing here waits. What was not used is given back when the call is settled (:mod:`.settle`).
"""

from __future__ import annotations

from typing import Any, NamedTuple

from ..access.account_state import Bounds
from ..access.address_limits import AddressRateLimiter
from ..access.clock import Clock
from ..access.credential import Credential
from ..access.limits import Allowance, LimitExceeded, Policy
from ..access.networks import block_of
from ..access.plans import Plan
from ..contract.outcomes import Refusal
from ..store.journal_format import NOWHERE, Position
from ..store.meter import CallRecord, Meter
from .object.service import BoundOperation
from .request import Request

CONSOLE_CALLS = Plan("console", (), rate=10, burst=100, concurrent=None, day=None, month=None, keys=0)
"""Calls of the console cost nothing, so they have a rate of their own."""

REFUSED: dict[Policy, tuple[str, str]] = {
    "rate": ("rate-limited", "Your plan allows {rate:g} calls a second, and {burst} after a pause."),
    "concurrent": ("concurrency-limited", "{used} calls run already."),
    "day": ("quota-exceeded", "Your plan allows {limit} a day, and they are used up."),
    "month": ("quota-exceeded", "Your plan allows {limit} a month, and they are used up."),
}
"""Which bound refused -> the code of the refusal, and what is told."""


class Ticket:
    """What an admitted call has taken, and what its records say of it."""

    __slots__ = (
        "account", "allowance", "at", "began", "cost", "items", "key", "opened", "operation", "request",
        "settled", "stream", "test",
    )  # fmt: skip

    def __init__(
        self, request: str, began: float, operation: str, stream: bool, account: str, key: str, test: bool,
        allowance: Allowance, cost: int, at: int,
    ) -> None:  # fmt: skip
        self.request = request
        self.began = began
        self.operation = operation
        self.stream = stream
        self.account = account
        self.key = key
        self.test = test
        self.allowance = allowance
        self.cost = cost
        self.at = at
        self.opened: Position | None = None
        """Where the record of a stream's opening stands."""
        self.items = 0
        """Items that were sent and are in no record yet."""
        self.settled = False

    def record(
        self, kind: int, status: int = 0, code: str = "", *, cost: int = 0, items: int = 0, took: int = 0,
        opened: Position = NOWHERE,
    ) -> CallRecord:  # fmt: skip
        """One record of the call."""
        return CallRecord(
            kind, self.request, self.operation, self.account, self.key, self.test, self.at, status, code, cost, items,
            took, opened,
        )  # fmt: skip


class Admitted(NamedTuple):
    """What a call was let in with: nothing of both, where nothing is limited or recorded."""

    bounds: Bounds | None = None
    ticket: Ticket | None = None


FREELY = Admitted()


class NotAdmitted(Refusal):
    """There is no room for the call; ``bounds`` say of what there is none."""

    def __init__(self, bounds: Bounds, code: str, detail: str, **more: Any) -> None:
        super().__init__(code, detail, **more)
        self.bounds = bounds


class Admission:
    """One for all services of a host."""

    def __init__(self, meter: Meter, clock: Clock) -> None:
        self._meter = meter
        self._clock = clock
        self._addresses = AddressRateLimiter()
        self._console = AddressRateLimiter()
        self._sessions = AddressRateLimiter()

    def admit(self, request: Request, operation: BoundOperation, credential: Credential) -> Admitted:
        """Take what the call needs. Raises :class:`Refusal` with nothing taken."""
        if operation.console:
            own = operation.operation.spec.own
            if own is None or not own.unlimited:
                self.aside(request, credential, read=operation.read)
            return FREELY
        state = credential.state
        if state is None:
            return FREELY  # the operator's socket, and the test key of this run, which works on this machine alone
        tick = self._clock.tick()
        by_address = state.by_address
        if by_address is not None and (spent := self._addresses.admit(block_of(request.address), by_address, tick)):
            code, detail, values = _told(by_address, spent)
            raise Refusal(code, detail, **values)
        bounds = state.bounds[credential.test]
        slots = 2 if operation.stream else 1
        if not self._meter.reserve(slots):
            raise NotAdmitted(bounds, "unavailable", "The call cannot be recorded now, so it was not run.",
                              members={"outcome": "not run"})  # fmt: skip
        at, cost = self._meter.now(), operation.cost
        spent = bounds.allowance.admit(bounds.plan, cost, at, tick)
        if spent is not None:
            self._meter.release(slots)
            code, detail, values = _told(bounds.plan, spent)
            raise NotAdmitted(bounds, code, detail, **values)
        ticket = Ticket(
            request.id, request.began, operation.name, operation.stream, state.account, credential.key,
            credential.test, bounds.allowance, cost, at,
        )  # fmt: skip
        return Admitted(bounds, ticket)

    def aside(self, request: Request, credential: Credential, *, read: bool = False) -> None:
        """Let pass what costs nothing, as often as the console may be called. What a person looks at on the pages uses
        nothing of what the programs of the account may. Raises :class:`Refusal`."""
        if credential.kind in ("operator", "run"):
            return
        who = credential.account or block_of(request.address)
        calls = self._sessions if request.session and read else self._console
        if spent := calls.admit(who, CONSOLE_CALLS, self._clock.tick()):
            code, detail, values = _told(CONSOLE_CALLS, spent)
            raise Refusal(code, detail, **values)

    def refused(self, operation: BoundOperation | None, credential: Credential | None, code: str) -> None:
        """Count a call that was refused before it was admitted."""
        account = (credential.account or credential.kind) if credential is not None else ""
        self._meter.refused(account, operation.name if operation is not None else "", code)

    def now(self) -> tuple[int, int]:
        """The time for quotas and the time for rates: microseconds UTC, and the clock's tick."""
        return self._meter.now(), self._clock.tick()


def _told(plan: Plan, spent: LimitExceeded) -> tuple[str, str, dict[str, Any]]:
    code, told = REFUSED[spent.policy]
    detail = told.format(rate=plan.rate or 0, burst=plan.burst, used=spent.used, limit=spent.limit)
    members = {"violated-policies": [spent.policy]}
    return code, detail, {"seconds": spent.retry_after, "limit": spent.limit, "members": members}
