"""Admission: whether there is room for a call, in its account's limits and in the meter; and the settling of it.

What a call may use is taken before it runs, all of it or nothing: the space of its record, its place in the rate, its
cost in the quotas. Settling gives back what was not used and writes the record, before the first byte of the answer.
Nothing here waits.
"""

from __future__ import annotations

from time import perf_counter
from typing import TYPE_CHECKING, NoReturn

from ..access.clock import Clock
from ..access.console import SERVED_WHEN_SPENT
from ..access.limits import Addresses, Allowance, Plan, Policy, Refused
from ..access.networks import block_of
from ..access.standing import Standing
from ..contract.outcomes import Refusal
from .call import Call

if TYPE_CHECKING:
    from ..store.journal_format import Position
    from ..store.meter import Meter

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
    """What an admitted call has taken."""

    __slots__ = ("account", "allowance", "at", "cost", "items", "left", "opened", "plan", "settled", "test")

    def __init__(self, account: str, plan: Plan, allowance: Allowance, test: bool, cost: int, at: int) -> None:
        self.account = account
        self.plan = plan
        self.allowance = allowance
        self.test = test
        self.cost = cost
        self.at = at
        self.opened: Position | None = None
        """Where the record of a stream's opening stands."""
        self.items = 0
        """Items that were sent and are in no record yet."""
        self.settled = False
        self.left = False


class Admission:
    """One for all services of an application."""

    def __init__(self, meter: Meter, clock: Clock) -> None:
        self._meter = meter
        self._clock = clock
        self._addresses = Addresses()
        self._console = Addresses()

    def admit(self, call: Call) -> None:
        """Take what the call needs. Raises :class:`Refusal` with nothing taken."""
        entry, credential = call.entry, call.credential
        assert entry is not None
        assert credential is not None
        standing = credential.standing
        if entry.console:
            if entry.right not in SERVED_WHEN_SPENT:
                self.aside(call)
            return
        if standing is None:
            return  # the operator's socket, and the test key of this run, which works on this machine alone
        tick = self._clock.tick()
        if credential.kind == "anonymous":
            assert standing.by_address is not None
            if refused := self._addresses.admit(block_of(call.address), standing.by_address, tick):
                _raise(standing.by_address, refused)
        plan, allowance = standing.bounds(credential.test)
        call.plan, call.allowance = plan, allowance
        slots = 2 if entry.stream else 1
        if not self._meter.reserve(slots):
            raise Refusal("unavailable", "The call cannot be recorded now, so it was not run.",
                          members={"outcome": "not run"})  # fmt: skip
        at, cost = self._meter.now(), entry.cost
        refused = allowance.admit(plan, cost, at, tick)
        if refused is not None:
            self._meter.release(slots)
            self._refuse(call, standing, refused)
        call.ticket = Ticket(standing.account, plan, allowance, credential.test, cost, at)

    def settle(self, call: Call, ticket: Ticket) -> None:
        """Write the record of a call that ends now; once, whoever asks."""
        if ticket.settled:
            return
        ticket.settled = True
        entry, credential = call.entry, call.credential
        assert entry is not None
        assert credential is not None
        took = int((perf_counter() - call.began) * 1_000_000)
        who = (entry.name, ticket.account, credential.key, ticket.test, ticket.at)
        if ticket.opened is not None:
            items, ticket.items = ticket.items, 0
            self._meter.close_stream(call, *who, items, took, ticket.opened)
            return
        charged = call.ran and call.status < 500
        ticket.allowance.settle(ticket.cost, charged, ticket.at)
        if entry.stream:
            self._meter.release(1)
        self._meter.call(call, *who, ticket.cost if charged else 0, took)

    def open(self, call: Call, ticket: Ticket) -> None:
        """Write the first record of a stream: from now on it counts, and is charged, whatever happens."""
        assert call.entry is not None
        assert call.credential is not None
        ticket.opened = self._meter.open_stream(
            call, call.entry.name, ticket.account, call.credential.key, ticket.test, ticket.at, ticket.cost
        )

    @property
    def waits(self) -> bool:
        """Whether an answer waits until its record is on the disk."""
        return self._meter.waits

    async def synced(self) -> None:
        """Wait until all that was written is on the disk."""
        await self._meter.synced()

    def meter_state(self) -> tuple[int, int]:
        """Records that can still be written, and those that are not folded yet."""
        return self._meter.room, self._meter.unfolded

    def more(self, call: Call, ticket: Ticket) -> None:
        """Write how far a stream has come, where it has."""
        if ticket.opened is None or not ticket.items or ticket.settled:
            return
        assert call.entry is not None
        assert call.credential is not None
        items, ticket.items = ticket.items, 0
        if not self._meter.more(
            call, call.entry.name, ticket.account, call.credential.key, ticket.test, ticket.at, items, ticket.opened
        ):
            ticket.items += items

    def leave(self, ticket: Ticket) -> None:
        """The call has ended, and makes room for another at its time."""
        if not ticket.left:
            ticket.left = True
            ticket.allowance.leave()

    def now(self) -> tuple[int, int]:
        """The time for quotas and the time for rates: microseconds UTC, and the clock's tick."""
        return self._meter.now(), self._clock.tick()

    def refused(self, call: Call) -> None:
        """Count a call that was refused before it was admitted."""
        credential = call.credential
        account = (credential.account or credential.kind) if credential is not None else ""
        self._meter.refused(account, call.entry.name if call.entry is not None else "", call.code)

    def aside(self, call: Call) -> None:
        """Let pass what costs nothing, as often as the console may be called. Raises :class:`Refusal`."""
        credential = call.credential
        assert credential is not None
        if credential.kind in ("operator", "run"):
            return
        who = credential.account or block_of(call.address)
        if refused := self._console.admit(who, CONSOLE_CALLS, self._clock.tick()):
            _raise(CONSOLE_CALLS, refused)

    def _refuse(self, call: Call, standing: Standing, refused: Refused) -> NoReturn:
        credential = call.credential
        assert credential is not None
        call.plan, call.allowance = standing.bounds(credential.test)
        _raise(call.plan, refused)


def _raise(plan: Plan, refused: Refused) -> NoReturn:
    seconds, limit = refused.retry_after, refused.limit
    code, told = REFUSED[refused.policy]
    detail = told.format(rate=plan.rate or 0, burst=plan.burst, used=refused.used, limit=limit)
    raise Refusal(code, detail, seconds=seconds, limit=limit, members={"violated-policies": [refused.policy]})
