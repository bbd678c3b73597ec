"""The state of accounts, in memory: what each has used of its limits and quotas since its period began.

One rule: what was used is never forgotten before the store knows it. An account that is idle, and whose records are all
folded into the store, may go; it comes back with what the store says.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from parvis.access.account_state import AccountState
from parvis.access.clock import Clock
from parvis.access.limits import Allowance
from parvis.access.plans import TEST, Plan
from parvis.access.rights import Rights

from .records import AccountRecord, QuotaUsed

CAPACITY = 50_000
"""Accounts held, at some 600 bytes each, before idle ones are looked for."""

ANONYMOUS_ACCOUNT = "anonymous"
"""Stands for the account of all who show no key: they share one quota."""


@dataclass(slots=True, eq=False)
class CachedAccount:
    """What is kept of an account: its two allowances and its plan, and its state until the account is changed."""

    live: Allowance
    test: Allowance
    plan: Plan
    last: int = 0
    """The number of the last record that was written for it: the meter sets it."""
    state: AccountState | None = field(default=None)


class AccountCache:
    """All accounts that have been seen since the start, or lately."""

    def __init__(self, clock: Clock, *, capacity: int = CAPACITY) -> None:
        self._clock = clock
        self._capacity = capacity
        self.accounts: dict[str, CachedAccount] = {}
        self._recent: dict[tuple[str, bool], list[int]] = {}
        self._next_look = capacity
        self.latest = 0
        """The latest time of all, of :meth:`now`."""
        self.folded = 0
        """The number of the last record that the store has."""

    def remember(self, recent: Iterable[tuple[str, bool, int]]) -> None:
        """At start, before any account is asked for: when each called lately, from the ledger."""
        for account, test, at in recent:
            self._recent.setdefault((account, test), []).append(at)
            self.latest = max(self.latest, at)

    def of(self, account: AccountRecord, plan: Plan, rights: Rights, live: QuotaUsed, test: QuotaUsed) -> AccountState:
        """How an account stands, from what the store says of it just now; the one that is known, unless it was
        forgotten. Memory goes before the store in what was used: the store hears of it a moment later."""
        kept = self.accounts.get(account.id) or self._keep(account.id, plan, live, test)
        if kept.state is not None:
            return kept.state
        kept.plan = plan
        kept.state = AccountState(
            account.id, plan, rights, kept.live, kept.test, suspended=account.suspended_at is not None
        )
        return kept.state

    def held(self, account: str) -> AccountState | None:
        """What is known of an account that was not changed since."""
        kept = self.accounts.get(account)
        return None if kept is None else kept.state

    def anonymous(self, plan: Plan, used: QuotaUsed) -> AccountState:
        """How the callers without a key stand, all together."""
        shared = replace(plan, rate=None)
        kept = self.accounts.get(ANONYMOUS_ACCOUNT) or self._keep(ANONYMOUS_ACCOUNT, shared, used, QuotaUsed())
        kept.plan = shared
        return AccountState(ANONYMOUS_ACCOUNT, shared, Rights.of(()), kept.live, kept.test, by_address=plan)

    def now(self) -> int:
        """The time by which calls are admitted, microseconds UTC: it does not step back when the clock does, nor
        across a restart, so no day begins twice."""
        self.latest = max(self.latest, self._clock.now())
        return self.latest

    def forget(self, account: str) -> None:
        """The account was changed: whoever holds its state reads it anew."""
        kept = self.accounts.get(account)
        if kept is not None and kept.state is not None:
            kept.state.stale = True
            kept.state = None

    def forget_all(self) -> None:
        for account in self.accounts:
            self.forget(account)

    def _keep(self, account: str, plan: Plan, live: QuotaUsed, test: QuotaUsed) -> CachedAccount:
        if len(self.accounts) >= self._next_look:
            self._drop_idle()
        now = self.now()
        made = CachedAccount(Allowance(), Allowance(), plan)
        for allowance, bounds, used, is_test in ((made.live, plan, live, False), (made.test, TEST, test, True)):
            ages = [max(0, now - at) * 1000 for at in self._recent.pop((account, is_test), ())]
            allowance.restore(
                bounds, day_used=used.day, month_used=used.month, now=now, tick=self._clock.tick(), recent=ages
            )
        self.accounts[account] = made
        return made

    def _drop_idle(self) -> None:
        tick = self._clock.tick()
        for account, kept in list(self.accounts.items()):
            if kept.last > self.folded or account == ANONYMOUS_ACCOUNT:
                continue
            if kept.live.idle(kept.plan, tick) and kept.test.idle(TEST, tick):
                self.forget(account)
                del self.accounts[account]
        # Looked for again when there are half as many more: never once a call.
        self._next_look = max(self._capacity, len(self.accounts) * 3 // 2)
