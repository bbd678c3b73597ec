"""The tables, once, for SQLite and PostgreSQL alike.

Types are the ones that both have: 64-bit whole numbers (times are microseconds UTC), text, and checks for the rest.
On SQLite the tables are STRICT, so a wrong type is an error there too. A change here needs a migration and a new
``HEAD``; tests hold the three together.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    text,
)  # fmt: skip

HEAD = "0002"
"""The newest migration. A database that says so needs none, and Alembic (a third of a second) is not imported."""

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "ix": "ix_%(table_name)s_%(column_0_name)s",
    }
)

# STRICT tables know INTEGER, which is 64 bits wide on SQLite, and no BIGINT.
_whole = BigInteger().with_variant(Integer(), "sqlite")
# Ids are ordered byte by byte on both, whatever the language of the PostgreSQL server.
_text = Text().with_variant(Text(collation="C"), "postgresql")


# Amounts and counts are never negative: a mistake in the arithmetic is an error, not a gift.
def _count(name: str) -> Column[int]:
    return Column(name, _whole, nullable=False, server_default=text("0"))


plan = Table(
    "plan",
    metadata,
    Column("name", _text, primary_key=True),
    Column("rights", _text, nullable=False),  # a JSON list of patterns
    Column("bounds", _text, nullable=False),  # a JSON object of the rest, so that a new bound needs no migration
    sqlite_strict=True,
)

account = Table(
    "account",
    metadata,
    Column("id", _text, primary_key=True),
    Column("email", _text, nullable=False),
    Column("email_owned", _text),  # the e-mail, folded, of the one account that owns it; NULL until it is verified
    Column("name", _text, nullable=False),
    Column("password", _text, nullable=False),
    Column("rights", _text, nullable=False),  # a JSON list of patterns, beside those of the plan
    Column("plan", _text, ForeignKey("plan.name"), nullable=False),
    Column("role", _text, nullable=False),
    Column("language", _text, nullable=False),
    Column("created_at", _whole, nullable=False),
    Column("verified_at", _whole),
    Column("approved_at", _whole),  # from then on live keys
    Column("suspended_at", _whole),
    Column("erased_at", _whole),
    UniqueConstraint("email_owned"),
    CheckConstraint("role IN ('consumer', 'operator')", name="role"),
    sqlite_strict=True,
)

# There is at most one operator, and the database sees to it.
Index(
    "ix_account_one_operator",
    account.c.role,
    unique=True,
    sqlite_where=text("role = 'operator'"),
    postgresql_where=text("role = 'operator'"),
)
Index("ix_account_created_at", account.c.created_at, account.c.id)

key = Table(
    "api_key",
    metadata,
    Column("id", _text, primary_key=True),
    Column("account", _text, ForeignKey("account.id"), nullable=False),
    Column("label", _text, nullable=False),
    Column("kind", _text, nullable=False),
    Column("rights", _text),  # a JSON list of patterns; NULL: all services of the account
    Column("networks", _text),  # a JSON list; NULL: from anywhere
    Column("digest", _text, nullable=False),  # SHA-256 of the secret, in hexadecimal
    Column("retiring_digest", _text),  # of the secret before the last rotation
    Column("retiring_until", _whole),
    Column("test", _whole, nullable=False),
    Column("created_at", _whole, nullable=False),
    Column("expires_at", _whole),
    Column("rotated_at", _whole),
    Column("revoked_at", _whole),
    Column("last_used_at", _whole),  # to the minute, brought up to date with the totals
    CheckConstraint("length(digest) = 64", name="digest"),
    CheckConstraint("test IN (0, 1)", name="test"),
    CheckConstraint("kind IN ('string', 'basic', 'digits')", name="kind"),
    sqlite_strict=True,
)
Index("ix_api_key_account", key.c.account, key.c.created_at, key.c.id)

token = Table(
    "token",
    metadata,
    Column("id", _text, primary_key=True),
    Column("api_key", _text, ForeignKey("api_key.id"), nullable=False),
    Column("made_with", _text, nullable=False),  # the digest of the key's secret: a token dies with it
    Column("digest", _text, nullable=False),
    Column("rights", _text),  # a JSON list of patterns; NULL: all that its key may
    Column("created_at", _whole, nullable=False),
    Column("expires_at", _whole, nullable=False),
    sqlite_strict=True,
)
Index("ix_token_expires_at", token.c.expires_at)
Index("ix_token_api_key", token.c.api_key)

# What an e-mail's link carries: good once, for a while. Only its digest is kept.
letter = Table(
    "letter",
    metadata,
    Column("digest", _text, primary_key=True),
    Column("account", _text, ForeignKey("account.id"), nullable=False),
    Column("purpose", _text, nullable=False),
    Column("expires_at", _whole, nullable=False),
    CheckConstraint("purpose IN ('verify', 'reset')", name="purpose"),
    sqlite_strict=True,
)
Index("ix_letter_account", letter.c.account)
Index("ix_letter_expires_at", letter.c.expires_at)

# The meter. Up to where the journal is in the tables: one row, changed in the transaction that adds the records.
journal = Table(
    "journal",
    metadata,
    Column("id", _whole, primary_key=True, autoincrement=False),
    Column("segment", _whole, nullable=False),
    Column("slot", _whole, nullable=False),
    CheckConstraint("id = 1", name="one"),
    sqlite_strict=True,
)

call = Table(
    "call",
    metadata,
    Column("segment", _whole, primary_key=True, autoincrement=False),
    Column("slot", _whole, primary_key=True, autoincrement=False),
    Column("at", _whole, nullable=False),
    Column("account", _text, nullable=False),
    Column("api_key", _text, nullable=False),
    Column("operation", _text, nullable=False),
    Column("test", _whole, nullable=False),
    Column("request", _text, nullable=False),
    Column("status", _whole, nullable=False),  # 0: a stream that runs, or was cut off by a crash
    Column("code", _text, nullable=False),
    Column("cost", _whole, nullable=False),
    Column("items", _whole, nullable=False),
    Column("microseconds", _whole, nullable=False),
    sqlite_strict=True,
)
Index("ix_call_account", call.c.account, call.c.at, call.c.segment, call.c.slot)
Index("ix_call_at", call.c.at)


def _totals(name: str) -> Table:
    return Table(
        name,
        metadata,
        Column("at", _whole, primary_key=True, autoincrement=False),  # when the hour or day began, microseconds UTC
        Column("account", _text, primary_key=True),
        Column("api_key", _text, primary_key=True),
        Column("operation", _text, primary_key=True),
        Column("test", _whole, primary_key=True, autoincrement=False),
        _count("calls"),
        _count("failed"),
        _count("cost"),
        _count("items"),
        _count("microseconds"),
        sqlite_strict=True,
    )


hour = _totals("usage_hour")
day = _totals("usage_day")
Index("ix_usage_hour_account", hour.c.account, hour.c.at)
Index("ix_usage_day_account", day.c.account, day.c.at)

# What an account has used of its quotas: period ``2026-11-24`` or ``2026-11``; ``test`` apart.
quota = Table(
    "quota",
    metadata,
    Column("account", _text, primary_key=True),
    Column("period", _text, primary_key=True),
    Column("test", _whole, primary_key=True, autoincrement=False),
    Column("used", _whole, nullable=False),
    CheckConstraint("used >= 0", name="used"),
    sqlite_strict=True,
)

# What was refused before it was admitted, by the minute.
refusal = Table(
    "refusal",
    metadata,
    Column("at", _whole, primary_key=True, autoincrement=False),
    Column("account", _text, primary_key=True),
    Column("operation", _text, primary_key=True),
    Column("code", _text, primary_key=True),
    _count("calls"),
    sqlite_strict=True,
)
Index("ix_refusal_account", refusal.c.account, refusal.c.at)

# Calls that named an idempotency key, for a day. Of the key and the arguments there are digests alone.
idempotency = Table(
    "idempotency",
    metadata,
    Column("id", _text, primary_key=True),  # the digest of caller, operation and key
    Column("caller", _text, nullable=False),  # an account, or the kind of a caller that has none
    Column("fingerprint", _text, nullable=False),
    Column("request", _text, nullable=False),
    Column("status", _whole),  # NULL until the call has ended
    Column("body", _text),  # NULL beside a status: not kept
    Column("expires_at", _whole, nullable=False),
    CheckConstraint("length(id) = 64", name="id"),
    CheckConstraint("body IS NULL OR status IS NOT NULL", name="ended"),
    sqlite_strict=True,
)
Index("ix_idempotency_caller", idempotency.c.caller, idempotency.c.expires_at)
Index("ix_idempotency_expires_at", idempotency.c.expires_at)

audit = Table(
    "audit",
    metadata,
    Column("seq", _whole, primary_key=True, autoincrement=False),
    Column("at", _whole, nullable=False),
    Column("act", _text, nullable=False),
    Column("actor", _text, nullable=False),
    Column("subject", _text, nullable=False),
    Column("detail", _text, nullable=False),
    Column("previous", _text, nullable=False),
    Column("hash", _text, nullable=False),
    sqlite_strict=True,
)
Index("ix_audit_subject", audit.c.subject)
Index("ix_audit_actor", audit.c.actor)

# Personal data beside the chain, which erasing an account clears.
audit_person = Table(
    "audit_person",
    metadata,
    Column("seq", _whole, primary_key=True, autoincrement=False),
    Column("account", _text, nullable=False),
    Column("address", _text, nullable=False),
    sqlite_strict=True,
)
Index("ix_audit_person_account", audit_person.c.account)
