"""Which caller has which rights to the console, and what an account may give to its keys. Tables, then three rules.

A password opens the console and no service. A key without rights of its own has its account's rights to services, and
of the console only what it needs to see, rotate and revoke itself; more it has only by name. A key never has more than
its account may give at this moment, a token never more than its key, and a secret that is being retired makes nothing
new.
"""

from __future__ import annotations

from typing import Literal

from parvis.contract.caller import CallerKind

from .credential import Credential
from .keys import MintedKey
from .rights import Rights

Role = Literal["consumer", "operator"]

OWN = (
    "parvis.access.explain",
    "parvis.accounts.get",
    "parvis.limits",
    "parvis.usage.*",
)
"""What everybody with an account may see: only its own."""

CONSOLE: dict[CallerKind, tuple[str, ...]] = {
    "anonymous": (
        "parvis.accounts.create",
        "parvis.accounts.request_reset",
        "parvis.accounts.reset",
        "parvis.accounts.verify",
        "parvis.keys.report",
        "parvis.operators.create",
    ),
    "password": (
        *OWN,
        "parvis.accounts.erase",
        "parvis.accounts.export",
        "parvis.accounts.set_password",
        "parvis.keys.*",
    ),
    "key": (*OWN, "parvis.keys.get", "parvis.keys.revoke", "parvis.keys.rotate", "parvis.tokens.create"),
    "token": OWN,
    "operator": ("*", "parvis.*"),
    "run": ("*", "parvis.*"),
}
"""``key`` may see, rotate and revoke itself and no other (the console sees to it), unless it was given the right by
name. What ``anonymous`` may, everybody may."""

OPERATORS = frozenset({
    "parvis.accounts.approve",
    "parvis.accounts.list",
    "parvis.accounts.reset_link",
    "parvis.accounts.resume",
    "parvis.accounts.suspend",
    "parvis.accounts.update",
    "parvis.audit.list",
    "parvis.audit.verify",
    "parvis.operators.backup",
    "parvis.operators.set",
    "parvis.plans.create",
    "parvis.plans.delete",
    "parvis.plans.get",
    "parvis.plans.list",
    "parvis.plans.update",
})  # fmt: skip
"""What only the operator may. A test holds that every operation of the console stands in one of these tables."""

SERVED_WHEN_SPENT = frozenset({"parvis.limits"})
"""What is never limited: how long to wait must be there to be asked."""


def rights_of(kind: CallerKind) -> Rights:
    """What every caller of this kind has, whoever it is."""
    return Rights.of(tuple(sorted({*CONSOLE[kind], *CONSOLE["anonymous"]})))


def grantable(role: Role, account: tuple[str, ...]) -> Rights:
    """What an account of this role, with these rights to services, may give to its keys."""
    return Rights.of((*account, *CONSOLE["operator" if role == "operator" else "password"], *CONSOLE["key"]))


def key_rights(role: Role, account: tuple[str, ...], patterns: tuple[str, ...] | None) -> Rights:
    """What a key may do that was given ``patterns``, or None: all services of its account."""
    own = given(role, account, patterns).patterns
    return Rights.of((*own, *CONSOLE["key"], *CONSOLE["anonymous"]))


def retiring_rights(rights: Rights) -> Rights:
    """What the secret before the last rotation still opens: whoever found it must not stay by it."""
    services = tuple(p for p in rights.patterns if not p.startswith("parvis."))
    return Rights.of((*services, *OWN, "parvis.keys.get", "parvis.keys.revoke", *CONSOLE["anonymous"]))


def token_rights(key: Rights, patterns: tuple[str, ...] | None) -> Rights:
    """What a token may do that was given ``patterns``, or None: its key's services. It makes and changes nothing."""
    services = Rights.of(tuple(p for p in key.patterns if not p.startswith("parvis.")))
    own = services if patterns is None else services.narrowed(Rights.of(patterns))
    return Rights.of((*own.patterns, *CONSOLE["token"], *CONSOLE["anonymous"]))


def given(role: Role, account: tuple[str, ...], patterns: tuple[str, ...] | None) -> Rights:
    """What a key was given, without what every key has: tells ``revoke yourself`` from ``revoke any``."""
    if patterns is None:
        return Rights.of(tuple(pattern for pattern in account if not pattern.startswith("parvis.")))
    return Rights.of(patterns).narrowed(grantable(role, account))


OPERATOR = Credential(id="", kind="operator", account=None, rights=rights_of("operator"))
"""Who can open the operator's socket."""


def anonymous(services: tuple[str, ...]) -> Credential:
    """Who shows nothing: may register, and what the plan ``anonymous`` gives."""
    return Credential(id="", kind="anonymous", account=None, rights=Rights.of((*services, *CONSOLE["anonymous"])))


ANONYMOUS = anonymous(())


def run_credential(key: MintedKey, created_at: int) -> Credential:
    """The credential of the test key of this run; it lives in memory alone and dies with the process."""
    return Credential(
        id=key.id, kind="run", account=None, rights=rights_of("run"), digest=key.digest, test=True,
        label="the test key of this run", created_at=created_at,
    )  # fmt: skip
