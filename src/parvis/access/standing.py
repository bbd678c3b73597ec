"""How an account stands, in memory, shared by all its keys: its plan, its rights, what it has used."""

from __future__ import annotations

from dataclasses import dataclass, field

from .limits import TEST, Allowance, Plan
from .rights import Rights


@dataclass(slots=True, eq=False)
class Standing:
    """One account. A change of the account makes a new one and leaves this ``stale``; the allowances stay the same."""

    account: str
    plan: Plan
    rights: Rights
    """What it may give to its keys."""
    live: Allowance
    test: Allowance
    suspended: bool = False
    by_address: Plan | None = None
    """Of the callers without a key: the rate that each block of addresses has; the rest holds for all together."""
    stale: bool = field(default=False)
    """True when the account was changed: whoever holds this reads it anew."""

    def bounds(self, test: bool) -> tuple[Plan, Allowance]:
        """The plan and the allowance that hold for its live keys, or for its test keys."""
        return (TEST, self.test) if test else (self.plan, self.live)
