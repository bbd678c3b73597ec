"""Records as the store keeps them, for tests: whole ones, of which a test says what matters to it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from parvis.access.audit import Act
from parvis.store.queries.audit import Signed
from parvis.store.queries.usage import Line
from parvis.store.records import AccountRecord, KeyRecord, TokenRecord

AT = 1_700_000_000_000_000
"""2023-11-14T22:13:20Z, in microseconds."""
SECOND = 1_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR


def account(id: str = "acc_1", email: str = "ada@example.org", **changes: Any) -> AccountRecord:
    """One that may have live keys, and owns its e-mail."""
    record = AccountRecord(
        id=id, email=email, name="Ada", password="$argon2id$...", created_at=10, rights=("*",), approved_at=10
    )
    return replace(record, **changes)


def key(id: str = "k1", account: str = "acc_1", **changes: Any) -> KeyRecord:
    record = KeyRecord(
        id=id, account=account, label="one", rights=("shop.*", "b.c"), digest=bytes(range(32)), test=False,
        created_at=20,
    )  # fmt: skip
    return replace(record, **changes)


def token(id: str = "t1", key: str = "k1", **changes: Any) -> TokenRecord:
    """One that was made with the secret that :func:`key` has."""
    record = TokenRecord(
        id=id, key=key, made_with=bytes(range(32)), digest=bytes(range(32, 64)), rights=("shop.*",), created_at=30,
        expires_at=1000,
    )  # fmt: skip
    return replace(record, **changes)


def signed(act: str = "account.changed", subject: str = "acc_1", at: int = 40, **person: str) -> Signed:
    return Signed(Act(act, "operator", subject), at, **person)


def line(slot: int, segment: int = 1, **changes: Any) -> Line:
    """The record of a call that was charged."""
    record = Line(
        segment, slot, "call", AT, "acc_1", "k1", "shop.price", False, f"0a1b2c3d{slot:x}", 200, "", 1, 0, 1500
    )
    return record._replace(**changes)
