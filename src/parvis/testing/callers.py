"""Who calls a served façade, and what bounds them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from ..access.plans import DEFAULT, Plan
from ..access.rights import Rights

ADDRESS = "192.0.2.1"
"""Where calls come from unless the test says otherwise (RFC 5737: nobody's)."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls. Make one with :func:`caller`."""

    account: str | None
    rights: tuple[str, ...] | None
    test: bool
    address: str


def caller(
    account: str | None = "acc_test", rights: Iterable[str] | None = None, *, test: bool = False, address: str = ADDRESS
) -> Caller:
    """A caller of ``account``, with a key that holds ``rights``; without them it may call every service.

    Args:
        account: The id of an account, which is made when it is not there. None calls without a key; then ``rights``
            are those of the plan ``anonymous``.
        rights: As a key holds them: ``shop.price``, ``shop.*``, ``shop.find(country in [FR, BE])``.
        test: Whether the key is a test key: it reaches the sandbox, or reads only.
        address: The network address that the call comes from.

    Raises:
        ValueError: A right is none, or an anonymous caller has a test key.
    """
    if account is None and test:
        raise ValueError("a caller without an account has no key, so no test key either")
    return Caller(account, None if rights is None else Rights(rights).patterns, test, address)


ANYBODY = caller()


def plan(**bounds: Any) -> Plan:
    """Limits and quotas by the names of a plan: ``plan(rate=10, burst=5)``, ``plan(day=1000)``, ``plan(page=100)``.

    Raises ``ValueError`` for a wrong value and ``TypeError`` for a name that there is not.
    """
    return Plan(DEFAULT.name, DEFAULT.rights, **bounds)
