"""How accounts stand, in memory: what each has used of its limits and quotas since its period began.

One rule: what was used is never forgotten before the store knows it. An account that is idle, and whose records are all
folded into the store, may go; it comes back with what the store says.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from parvis.access.clock import Clock
from parvis.access.limits import TEST, Allowance, Plan
from parvis.access.rights import Rights
from parvis.access.standing import Standing

from .records import AccountRecord, Used

CAPACITY = 50_000
"""Accounts held, at some 600 bytes each, before idle ones are looked for."""

CROWD = "anonymous"
"""Stands for the account of all who show no key: they share one quota."""


@dataclass(slots=True, eq=False)
class Kept:
    """The two allowances of an account, and the number of the last record that was written for it."""

    live: Allowance
    test: Allowance
    plan: Plan
    last: int = 0
    standing: Standing | None = field(default=None)


class Standings:
    """All accounts that have been seen since the start, or lately."""

    def __init__(self, clock: Clock, *, capacity: int = CAPACITY) -> None:
        self._clock = clock
        self._capacity = capacity
        self._kept: dict[str, Kept] = {}
        self._recent: dict[tuple[str, bool], list[int]] = {}
        self._next_look = capacity
        self._latest = 0
        self.folded = 0
        """The number of the last record that the store has."""

    def remember(self, recent: Iterable[tuple[str, bool, int]]) -> None:
        """At start, before any account is asked for: when each called lately, from the ledger."""
        for account, test, at in recent:
            self._recent.setdefault((account, test), []).append(at)
            self._latest = max(self._latest, at)

    def of(self, account: AccountRecord, plan: Plan, rights: Rights, live: Used, test: Used) -> Standing:
        """How an account stands, from what the store says of it just now; the one that is known, unless it was
        forgotten. Memory goes before the store in what was used: the store hears of it a moment later."""
        kept = self._kept.get(account.id) or self._keep(account.id, plan, live, test)
        if kept.standing is not None:
            return kept.standing
        kept.plan = plan
        kept.standing = Standing(
            account.id, plan, rights, kept.live, kept.test, suspended=account.suspended_at is not None
        )
        return kept.standing

    def held(self, account: str) -> Standing | None:
        """What is known of an account that was not changed since."""
        kept = self._kept.get(account)
        return None if kept is None else kept.standing

    def crowd(self, plan: Plan, used: Used) -> Standing:
        """How the callers without a key stand, all together."""
        shared = replace(plan, rate=None)
        kept = self._kept.get(CROWD) or self._keep(CROWD, shared, used, Used())
        kept.plan = shared
        return Standing(CROWD, shared, Rights.of(()), kept.live, kept.test, by_address=plan)

    def now(self) -> int:
        """The time by which calls are admitted, microseconds UTC: it does not step back when the clock does, nor
        across a restart, so no day begins twice."""
        self._latest = max(self._latest, self._clock.now())
        return self._latest

    def written(self, account: str, number: int) -> None:
        """A record of this account was written, which the store does not have yet."""
        self._kept[account].last = number

    def forget(self, account: str) -> None:
        """The account was changed: whoever holds its standing reads it anew."""
        kept = self._kept.get(account)
        if kept is not None and kept.standing is not None:
            kept.standing.stale = True
            kept.standing = None

    def forget_all(self) -> None:
        for account in self._kept:
            self.forget(account)

    def _keep(self, account: str, plan: Plan, live: Used, test: Used) -> Kept:
        if len(self._kept) >= self._next_look:
            self._drop_idle()
        now = self.now()
        made = Kept(Allowance(), Allowance(), plan)
        for allowance, bounds, used, is_test in ((made.live, plan, live, False), (made.test, TEST, test, True)):
            ages = [max(0, now - at) * 1000 for at in self._recent.pop((account, is_test), ())]
            allowance.restore(
                bounds, day_used=used.day, month_used=used.month, now=now, tick=self._clock.tick(), recent=ages
            )
        self._kept[account] = made
        return made

    def _drop_idle(self) -> None:
        tick = self._clock.tick()
        for account, kept in list(self._kept.items()):
            settled = kept.last <= self.folded
            if settled and account != CROWD and kept.live.idle(kept.plan, tick) and kept.test.idle(TEST, tick):
                self.forget(account)
                del self._kept[account]
        # Looked for again when there are half as many more: never once a call.
        self._next_look = max(self._capacity, len(self._kept) * 3 // 2)
