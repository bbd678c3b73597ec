"""What is kept: plain frozen records, the same for every store. Times are microseconds UTC."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, field

from parvis.access.console import Role


class EmailTaken(Exception):
    """There is an account with this e-mail already."""


class OperatorExists(Exception):
    """There is an operator already, and the change did not say to replace it."""


class UnknownAccount(LookupError):
    """A key was to be added to an account that does not exist."""


@dataclass(frozen=True, slots=True)
class AccountRecord:
    """A registered consumer. ``rights`` are what it may give to its keys, besides the console's own."""

    id: str
    email: str
    name: str
    password: str = field(repr=False)
    """The Argon2 text."""
    rights: tuple[str, ...]
    created_at: int
    role: Role = "consumer"


@dataclass(frozen=True, slots=True)
class KeyRecord:
    """A key. ``rights`` None: all services of its account."""

    id: str
    account: str
    label: str
    rights: tuple[str, ...] | None
    digest: bytes = field(repr=False)
    test: bool
    created_at: int
    revoked_at: int | None = None


def fold(email: str) -> str:
    """The spelling under which e-mails are unique: two that differ in case or composition are one."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", email).casefold())


def keepable(text: str) -> bool:
    """Whether every store can keep this text: no NUL (PostgreSQL has none), no half of a surrogate pair (UTF-8)."""
    return "\0" not in text and not any("\ud800" <= letter <= "\udfff" for letter in text)
