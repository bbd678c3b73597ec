"""Which caller has which rights to the console, and what an account may give to its keys. Tables, then three rules.

A password opens the console and no service. A key without rights of its own has its account's rights to services, and
of the console only what it needs to see and revoke itself; more it has only by name. A key never has more than its
account may give at this moment.
"""

from __future__ import annotations

from typing import Literal

from parvis.contract.caller import CallerKind

from .credential import Credential
from .keys import MintedKey
from .rights import Rights

Role = Literal["consumer", "operator"]

CONSOLE: dict[CallerKind, tuple[str, ...]] = {
    "anonymous": ("parvis.accounts.create", "parvis.operators.create"),
    "password": ("parvis.accounts.get", "parvis.keys.*"),
    "key": ("parvis.accounts.get", "parvis.keys.revoke"),
    "operator": ("*", "parvis.*"),
    "run": ("*", "parvis.*"),
}
"""``key`` may revoke itself and no other (the console sees to it), unless it was given the right by name."""


def rights_of(kind: CallerKind) -> Rights:
    """What every caller of this kind has, whoever it is."""
    return Rights.of(CONSOLE[kind])


def grantable(role: Role, account: tuple[str, ...]) -> Rights:
    """What an account of this role, with these rights to services, may give to its keys."""
    return Rights.of((*account, *CONSOLE["operator" if role == "operator" else "password"]))


def key_rights(role: Role, account: tuple[str, ...], patterns: tuple[str, ...] | None) -> Rights:
    """What a key may do that was given ``patterns``, or None: all services of its account."""
    own = given(role, account, patterns).patterns
    return Rights.of((*own, *CONSOLE["key"]))


def given(role: Role, account: tuple[str, ...], patterns: tuple[str, ...] | None) -> Rights:
    """What a key was given, without what every key has: tells ``revoke yourself`` from ``revoke any``."""
    if patterns is None:
        return Rights.of(tuple(pattern for pattern in account if not pattern.startswith("parvis.")))
    return Rights.of(patterns).narrowed(grantable(role, account))


ANONYMOUS = Credential(id="", kind="anonymous", account=None, rights=rights_of("anonymous"))
"""Who shows nothing."""

OPERATOR = Credential(id="", kind="operator", account=None, rights=rights_of("operator"))
"""Who can open the operator's socket."""


def run_credential(key: MintedKey, created_at: int) -> Credential:
    """The credential of the test key of this run; it lives in memory alone and dies with the process."""
    return Credential(
        id=key.id, kind="run", account=None, rights=rights_of("run"), digest=key.digest, test=True,
        label="the test key of this run", created_at=created_at,
    )  # fmt: skip
