"""What the console answers with. Only what stands here leaves: never a hash, never another account's data."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from parvis.access.clock import as_datetime
from parvis.store.records import AccountRecord, KeyRecord

Texts = list[str]
"""A list of texts, by a name that a method called ``list`` does not hide."""


@dataclass(frozen=True, slots=True)
class Account:
    """A registered account."""

    id: str
    email: str
    name: str
    role: Literal["consumer", "operator"]
    created_at: datetime

    @classmethod
    def of(cls, record: AccountRecord) -> Account:
        return cls(record.id, record.email, record.name, record.role, as_datetime(record.created_at))


@dataclass(frozen=True, slots=True)
class Key:
    """A key, without its secret."""

    id: str
    label: str
    rights: Texts | None
    test: bool
    created_at: datetime
    revoked_at: datetime | None

    @classmethod
    def of(cls, record: KeyRecord) -> Key:
        revoked_at = None if record.revoked_at is None else as_datetime(record.revoked_at)
        rights = None if record.rights is None else list(record.rights)
        return cls(record.id, record.label, rights, record.test, as_datetime(record.created_at), revoked_at)


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key that was just made, with its secret, which is never shown again."""

    id: str
    label: str
    rights: Texts | None
    test: bool
    created_at: datetime
    revoked_at: datetime | None
    secret: str = field(repr=False)


Accounts = list[Account]
Keys = list[Key]
