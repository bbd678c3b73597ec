"""What the console answers with. Only what stands here leaves: never a hash, never another account's data."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Literal

from parvis.access.audit import AuditRecord
from parvis.access.clock import as_datetime
from parvis.access.keys import Kind
from parvis.access.plans import Plan as PlanRecord
from parvis.contract.model import Operation
from parvis.store.queries.usage import Calling, CallRow, Total
from parvis.store.records import AccountRecord, KeyRecord

Texts = list[str]
"""A list of texts, by a name that a method called ``list`` does not hide."""


@dataclass(frozen=True, slots=True)
class Account:
    """A registered account. `live` says whether it may have live keys."""

    id: str
    email: str
    name: str
    role: Literal["consumer", "operator"]
    plan: str
    rights: Texts
    created_at: datetime
    verified: bool
    live: bool
    suspended: bool

    @classmethod
    def of(cls, record: AccountRecord) -> Account:
        return cls(
            id=record.id,
            email=record.email,
            name=record.name,
            role=record.role,
            plan=record.plan,
            rights=list(record.rights),
            created_at=as_datetime(record.created_at),
            verified=record.owns_email,
            live=record.approved_at is not None,
            suspended=record.suspended_at is not None,
        )


@dataclass(frozen=True, slots=True)
class Key:
    """A key, without its secret. `retiring_until`: the secret before the last rotation works so long."""

    id: str
    label: str
    kind: Kind
    rights: Texts | None
    networks: Texts | None
    test: bool
    created_at: datetime
    expires_at: datetime | None
    rotated_at: datetime | None
    retiring_until: datetime | None
    revoked_at: datetime | None
    last_used_at: datetime | None

    @classmethod
    def of(cls, record: KeyRecord) -> Key:
        return cls(**fields_of(record))


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key that was just made or rotated, with its secret, which is never shown again.

    `secret` is sent as `Authorization: Bearer`; `username` and `password` are the same, cut for HTTP Basic.
    """

    id: str
    label: str
    kind: Kind
    rights: Texts | None
    networks: Texts | None
    test: bool
    created_at: datetime
    expires_at: datetime | None
    rotated_at: datetime | None
    retiring_until: datetime | None
    revoked_at: datetime | None
    last_used_at: datetime | None
    username: str
    secret: str = field(repr=False)
    password: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class NewToken:
    """A token, which is never shown again."""

    token: str = field(repr=False)
    created_at: datetime
    expires_at: datetime
    scope: Texts


@dataclass(frozen=True, slots=True)
class Plan:
    """What an account gets. None: no bound."""

    name: str
    rights: Texts
    rate: float | None
    burst: int
    concurrent: int | None
    day: int | None
    month: int | None
    keys: int
    body: int | None
    page: int | None

    @classmethod
    def of(cls, plan: PlanRecord) -> Plan:
        return cls(
            plan.name, list(plan.rights), plan.rate, plan.burst, plan.concurrent, plan.day, plan.month, plan.keys,
            plan.body, plan.page,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Left:
    """What is left of one bound, and in how many seconds there is more."""

    policy: str
    limit: int
    remaining: int
    seconds: int


@dataclass(frozen=True, slots=True)
class Limits:
    """The bounds of who asks, and what is left of each."""

    plan: str
    test: bool
    policies: list[Left]
    concurrent: int | None
    running: int
    keys: int
    body: int | None
    page: int | None


@dataclass(frozen=True, slots=True)
class Explanation:
    """What a call would be told, and why. `code` is that of the refusal; empty when it is allowed."""

    allowed: bool
    code: str
    detail: str
    fix: str
    right: str
    held_by: Texts
    """The rights of the key that cover it."""
    account_holds: bool
    """Whether the account has the right, and could give it to a key."""
    plan: str


@dataclass(frozen=True, slots=True)
class Used:
    """What one key used one operation for in one hour or day. `cost` is what was charged."""

    at: datetime
    account: str
    key: str
    operation: str
    test: bool
    calls: int
    failed: int
    cost: int
    items: int
    seconds: float

    @classmethod
    def of(cls, total: Total) -> Used:
        return cls(
            as_datetime(total.at), total.account, total.key, total.operation, total.test, total.calls, total.failed,
            total.cost, total.items, total.microseconds / 1_000_000,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class StillCalled:
    """What one key called of an operation that is deprecated, or will go on the day `sunset`."""

    account: str
    key: str
    operation: str
    test: bool
    calls: int
    last: date
    instead: str
    sunset: date | None

    @classmethod
    def of(cls, row: Calling, operation: Operation) -> StillCalled:
        sunset = None if operation.sunset is None else date.fromisoformat(operation.sunset)
        return cls(
            row.account, row.key, row.operation, row.test, row.calls, as_datetime(row.last).date(),
            operation.deprecated or "", sunset,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Refused:
    """Calls that were refused before they ran."""

    operation: str
    code: str
    calls: int


@dataclass(frozen=True, slots=True)
class Summary:
    """Totals, and what was refused, in the same time."""

    used: list[Used]
    refused: list[Refused]


@dataclass(frozen=True, slots=True)
class CallMade:
    """One call. `code` is the reason of one that failed; `status` 0: a stream that runs, or was cut off by a crash."""

    id: str
    at: datetime
    account: str
    key: str
    operation: str
    test: bool
    request_id: str
    status: int
    code: str
    cost: int
    items: int
    seconds: float

    @classmethod
    def of(cls, row: CallRow) -> CallMade:
        return cls(
            f"{row.segment}-{row.slot}", as_datetime(row.at), row.account, row.key, row.operation, row.test,
            row.request, row.status, row.code, row.cost, row.items, row.microseconds / 1_000_000,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """An entry of the audit; `hash` is over all the rest, and `previous` is the hash of the one before."""

    seq: int
    at: datetime
    act: str
    actor: str
    subject: str
    detail: str
    previous: str
    hash: str

    @classmethod
    def of(cls, entry: AuditRecord) -> AuditEntry:
        return cls(
            entry.seq, as_datetime(entry.at), entry.act, entry.actor, entry.subject, entry.detail, entry.previous,
            entry.hash,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class AuditVerdict:
    """Whether the chain is whole; else the first thing that is wrong with it."""

    ok: bool
    count: int
    head: str
    problem: str


@dataclass(frozen=True, slots=True)
class Address:
    """From which address an entry of the audit was made."""

    seq: int
    address: str


@dataclass(frozen=True, slots=True)
class PersonalData:
    """All personal data that is kept of an account."""

    account: Account
    language: str
    keys: list[Key]
    addresses: list[Address]
    acts: list[AuditEntry]


AccountList = list[Account]
KeyList = list[Key]
PlanList = list[Plan]
CallList = list[CallMade]
AuditEntryList = list[AuditEntry]


def fields_of(key: KeyRecord) -> dict[str, Any]:
    """What a key shows of itself."""
    return {
        "id": key.id,
        "label": key.label,
        "kind": key.kind,
        "rights": None if key.rights is None else list(key.rights),
        "networks": None if key.networks is None else list(key.networks),
        "test": key.test,
        "created_at": as_datetime(key.created_at),
        "expires_at": _time(key.expires_at),
        "rotated_at": _time(key.rotated_at),
        "retiring_until": _time(key.retiring_until),
        "revoked_at": _time(key.revoked_at),
        "last_used_at": _time(key.last_used_at),
    }


def _time(at: int | None) -> datetime | None:
    return None if at is None else as_datetime(at)
