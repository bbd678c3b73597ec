"""What is kept: plain frozen records, the same for every store. Times are microseconds UTC."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, field
from typing import Literal

from parvis.access.console import Role
from parvis.access.keys import Kind

Purpose = Literal["verify", "reset"]


class EmailTaken(Exception):
    """There is an account with this e-mail already."""


class OperatorExists(Exception):
    """There is an operator already, and the change did not say to replace it."""


class UnknownAccount(LookupError):
    """A key was to be added to an account that does not exist."""


class UnknownPlan(LookupError):
    """An account was to get a plan that does not exist."""


class PlanExists(Exception):
    """There is a plan with this name already."""


class PlanInUse(Exception):
    """Accounts have the plan that was to be deleted."""


class IdTaken(Exception):
    """There is a key with this id already: make another."""


class TooManyKeys(Exception):
    """The account has as many live keys as its plan allows."""

    def __init__(self, most: int) -> None:
        super().__init__(most)
        self.most = most


@dataclass(frozen=True, slots=True)
class AccountRecord:
    """A registered consumer. ``rights`` are those it has beside its plan's."""

    id: str
    email: str
    name: str
    password: str = field(repr=False)
    """The Argon2 text."""
    created_at: int
    rights: tuple[str, ...] = ()
    plan: str = "default"
    role: Role = "consumer"
    language: str = "en"
    owns_email: bool = True
    """False until the e-mail is verified, where that is asked: other accounts may name the same e-mail."""
    verified_at: int | None = None
    approved_at: int | None = None
    """From when on it may have live keys."""
    suspended_at: int | None = None
    erased_at: int | None = None


@dataclass(frozen=True, slots=True)
class KeyRecord:
    """A key. ``rights`` None: all services of its account; ``networks`` None: from anywhere."""

    id: str
    account: str
    label: str
    rights: tuple[str, ...] | None
    digest: bytes = field(repr=False)
    test: bool
    created_at: int
    kind: Kind = "string"
    networks: tuple[str, ...] | None = None
    retiring_digest: bytes | None = field(default=None, repr=False)
    """Of the secret before the last rotation, which works until ``retiring_until``."""
    retiring_until: int | None = None
    expires_at: int | None = None
    rotated_at: int | None = None
    revoked_at: int | None = None
    last_used_at: int | None = None


@dataclass(frozen=True, slots=True)
class TokenRecord:
    """A short-lived token of a key. ``made_with`` is the digest of the key's secret, with which it dies."""

    id: str
    key: str
    made_with: bytes = field(repr=False)
    digest: bytes = field(repr=False)
    rights: tuple[str, ...] | None
    created_at: int
    expires_at: int


@dataclass(frozen=True, slots=True)
class QuotaUsed:
    """What an account has used of its quotas, in the periods that were asked for."""

    day: int = 0
    month: int = 0


def fold(email: str) -> str:
    """The spelling under which e-mails are unique: two that differ in case or composition are one."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", email).casefold())


def keepable(text: str) -> bool:
    """Whether every store can keep this text: no NUL (PostgreSQL has none), no half of a surrogate pair (UTF-8)."""
    return "\0" not in text and not any("\ud800" <= letter <= "\udfff" for letter in text)
