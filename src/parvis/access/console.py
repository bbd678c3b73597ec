"""Which caller has which rights to the console, and what an account may give to its keys.

A password opens the console and no service. A key without rights of its own has its account's rights to services, and
of the console only what it needs to see, rotate and revoke itself; more it has only by name. A key never has more than
its account may give at this moment, a token never more than its key, and a secret that is being retired makes nothing
new.

Who may call which operation is declared beside each method of the console; here it is only made into rights.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal, get_args

from parvis.contract.caller import CallerKind
from parvis.contract.model import CONSOLE

from .credential import Credential
from .keys import MintedKey
from .rights import Rights

Role = Literal["consumer", "operator"]

Holder = Literal["anonymous", "password", "key", "retiring", "token", "operator"]
"""By what a caller may have a right to the console: by nothing, the account's password, a key, the secret of a key
before its last rotation, a token, or by being the operator."""

EVERYTHING = Rights.of(("*", f"{CONSOLE}.*"))
"""All services and the console: what the operator has, and the test key of a run."""

OPERATOR = Credential(id="", kind="operator", account=None, rights=EVERYTHING)
"""Who can open the operator's socket."""

ANONYMOUS = Credential(id="", kind="anonymous", account=None, rights=Rights.of(()))
"""Who shows nothing, where nothing was said of such callers."""


def run_credential(key: MintedKey, created_at: int) -> Credential:
    """The credential of the test key of this run; it lives in memory alone and dies with the process."""
    return Credential(
        id=key.id, kind="run", account=None, rights=EVERYTHING, digest=key.digest, test=True,
        label="the test key of this run", created_at=created_at,
    )  # fmt: skip


def services(patterns: Iterable[str]) -> tuple[str, ...]:
    """Those of the patterns that are about services, and not about the console."""
    return tuple(pattern for pattern in patterns if not pattern.startswith(f"{CONSOLE}."))


@dataclass(frozen=True, slots=True)
class ConsoleRights:
    """Who has which rights to the console. Made once, of what its operations declare."""

    patterns: Mapping[Holder, tuple[str, ...]]
    """What each holder has, beside what ``anonymous`` has: that, everybody has."""

    @classmethod
    def of(cls, operations: Mapping[str, Iterable[Holder]]) -> ConsoleRights:
        """From right (``parvis.keys.get``) -> who may."""
        held = {holder: frozenset(r for r, may in operations.items() if holder in may) for holder in get_args(Holder)}
        made = {each: _patterns(held[each], held["anonymous"], frozenset(operations)) for each in held}
        return cls(MappingProxyType({**made, "operator": EVERYTHING.patterns}))

    def of_kind(self, kind: CallerKind) -> Rights:
        """What every caller of this kind has, whoever it is."""
        return self._with_anonymous(self.patterns["operator" if kind == "run" else kind])

    def grantable(self, role: Role, account: tuple[str, ...]) -> Rights:
        """What an account of this role, with these rights to services, may give to its keys."""
        owner: Holder = "operator" if role == "operator" else "password"
        return Rights.of((*account, *self.patterns[owner], *self.patterns["key"]))

    def given(self, role: Role, account: tuple[str, ...], patterns: tuple[str, ...] | None) -> Rights:
        """What a key was given, without what every key has: tells ``revoke yourself`` from ``revoke any``."""
        if patterns is None:
            return Rights.of(services(account))
        return Rights.of(patterns).narrowed(self.grantable(role, account))

    def of_key(self, role: Role, account: tuple[str, ...], patterns: tuple[str, ...] | None) -> Rights:
        """What a key may do that was given ``patterns``, or None: all services of its account."""
        return self._with_anonymous((*self.given(role, account, patterns).patterns, *self.patterns["key"]))

    def of_retiring_secret(self, key: Rights) -> Rights:
        """What the secret before the last rotation still opens: whoever found it must not stay by it."""
        return self._with_anonymous((*services(key.patterns), *self.patterns["retiring"]))

    def of_token(self, key: Rights, patterns: tuple[str, ...] | None) -> Rights:
        """What a token may do that was given ``patterns``, or None: its key's services. It makes and changes
        nothing."""
        own = Rights.of(services(key.patterns))
        if patterns is not None:
            own = own.narrowed(Rights.of(patterns))
        return self._with_anonymous((*own.patterns, *self.patterns["token"]))

    def anonymous(self, plan: tuple[str, ...]) -> Credential:
        """Who shows nothing: may register, and what the plan ``anonymous`` gives."""
        return Credential(id="", kind="anonymous", account=None, rights=self._with_anonymous(plan))

    def _with_anonymous(self, patterns: tuple[str, ...]) -> Rights:
        return Rights.of((*patterns, *self.patterns["anonymous"]))


def _patterns(held: frozenset[str], anybody: frozenset[str], all_rights: frozenset[str]) -> tuple[str, ...]:
    """The rights as patterns: who may call everything of a part has one pattern for it, so that it can be given to a
    key in one word. A part of one operation is that operation."""
    made = set()
    for right in held:
        part = right.rpartition(".")[0]
        beside = {each for each in all_rights if each.startswith(f"{part}.")}
        made.add(f"{part}.*" if len(beside) > 1 and beside <= held | anybody else right)
    return tuple(sorted(made))
