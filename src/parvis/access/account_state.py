"""The state of an account, in memory, shared by all its keys: its plan, its rights, what it has used."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from .limits import Allowance
from .plans import TEST, Plan
from .rights import Rights


class Bounds(NamedTuple):
    """The limits of who calls, and what was used of them."""

    plan: Plan
    allowance: Allowance


@dataclass(slots=True, eq=False)
class AccountState:
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

    bounds: tuple[Bounds, Bounds] = field(init=False)
    """By whether a key is a test key (False, True)."""

    def __post_init__(self) -> None:
        self.bounds = (Bounds(self.plan, self.live), Bounds(TEST, self.test))
