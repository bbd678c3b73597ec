"""Accounts, plans, keys and tokens; the meter, the totals, the audit."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = None
branch_labels = None
depends_on = None

WHOLE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "audit",
        sa.Column("seq", WHOLE, autoincrement=False, nullable=False),
        sa.Column("at", WHOLE, nullable=False),
        sa.Column("act", TEXT, nullable=False),
        sa.Column("actor", TEXT, nullable=False),
        sa.Column("subject", TEXT, nullable=False),
        sa.Column("detail", TEXT, nullable=False),
        sa.Column("previous", TEXT, nullable=False),
        sa.Column("hash", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_audit")),
        sqlite_strict=True,
    )
    op.create_index("ix_audit_actor", "audit", ["actor"])
    op.create_index("ix_audit_subject", "audit", ["subject"])
    op.create_table(
        "audit_person",
        sa.Column("seq", WHOLE, autoincrement=False, nullable=False),
        sa.Column("account", TEXT, nullable=False),
        sa.Column("address", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_audit_person")),
        sqlite_strict=True,
    )
    op.create_index("ix_audit_person_account", "audit_person", ["account"])
    op.create_table(
        "call",
        sa.Column("segment", WHOLE, autoincrement=False, nullable=False),
        sa.Column("slot", WHOLE, autoincrement=False, nullable=False),
        sa.Column("at", WHOLE, nullable=False),
        sa.Column("account", TEXT, nullable=False),
        sa.Column("api_key", TEXT, nullable=False),
        sa.Column("operation", TEXT, nullable=False),
        sa.Column("test", WHOLE, nullable=False),
        sa.Column("request", TEXT, nullable=False),
        sa.Column("status", WHOLE, nullable=False),
        sa.Column("code", TEXT, nullable=False),
        sa.Column("cost", WHOLE, nullable=False),
        sa.Column("items", WHOLE, nullable=False),
        sa.Column("microseconds", WHOLE, nullable=False),
        sa.PrimaryKeyConstraint("segment", "slot", name=op.f("pk_call")),
        sqlite_strict=True,
    )
    op.create_index("ix_call_account", "call", ["account", "at", "segment", "slot"])
    op.create_index("ix_call_at", "call", ["at"])
    op.create_table(
        "idempotency",
        sa.Column("id", TEXT, nullable=False),
        sa.Column("caller", TEXT, nullable=False),
        sa.Column("fingerprint", TEXT, nullable=False),
        sa.Column("request", TEXT, nullable=False),
        sa.Column("status", WHOLE, nullable=True),
        sa.Column("body", TEXT, nullable=True),
        sa.Column("expires_at", WHOLE, nullable=False),
        sa.CheckConstraint("length(id) = 64", name=op.f("ck_idempotency_id")),
        sa.CheckConstraint("body IS NULL OR status IS NOT NULL", name=op.f("ck_idempotency_ended")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_idempotency")),
        sqlite_strict=True,
    )
    op.create_index("ix_idempotency_caller", "idempotency", ["caller", "expires_at"])
    op.create_index("ix_idempotency_expires_at", "idempotency", ["expires_at"])
    op.create_table(
        "journal",
        sa.Column("id", WHOLE, autoincrement=False, nullable=False),
        sa.Column("segment", WHOLE, nullable=False),
        sa.Column("slot", WHOLE, nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_journal_one")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_journal")),
        sqlite_strict=True,
    )
    op.create_table(
        "plan",
        sa.Column("name", TEXT, nullable=False),
        sa.Column("rights", TEXT, nullable=False),
        sa.Column("bounds", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_plan")),
        sqlite_strict=True,
    )
    op.create_table(
        "quota",
        sa.Column("account", TEXT, nullable=False),
        sa.Column("period", TEXT, nullable=False),
        sa.Column("test", WHOLE, autoincrement=False, nullable=False),
        sa.Column("used", WHOLE, nullable=False),
        sa.CheckConstraint("used >= 0", name=op.f("ck_quota_used")),
        sa.PrimaryKeyConstraint("account", "period", "test", name=op.f("pk_quota")),
        sqlite_strict=True,
    )
    op.create_table(
        "refusal",
        sa.Column("at", WHOLE, autoincrement=False, nullable=False),
        sa.Column("account", TEXT, nullable=False),
        sa.Column("operation", TEXT, nullable=False),
        sa.Column("code", TEXT, nullable=False),
        sa.Column("calls", WHOLE, server_default=sa.text("0"), nullable=False),
        sa.PrimaryKeyConstraint("at", "account", "operation", "code", name=op.f("pk_refusal")),
        sqlite_strict=True,
    )
    op.create_index("ix_refusal_account", "refusal", ["account", "at"])
    op.create_table(
        "usage_day",
        sa.Column("at", WHOLE, autoincrement=False, nullable=False),
        sa.Column("account", TEXT, nullable=False),
        sa.Column("api_key", TEXT, nullable=False),
        sa.Column("operation", TEXT, nullable=False),
        sa.Column("test", WHOLE, autoincrement=False, nullable=False),
        sa.Column("calls", WHOLE, server_default=sa.text("0"), nullable=False),
        sa.Column("failed", WHOLE, server_default=sa.text("0"), nullable=False),
        sa.Column("cost", WHOLE, server_default=sa.text("0"), nullable=False),
        sa.Column("items", WHOLE, server_default=sa.text("0"), nullable=False),
        sa.Column("microseconds", WHOLE, server_default=sa.text("0"), nullable=False),
        sa.PrimaryKeyConstraint("at", "account", "api_key", "operation", "test", name=op.f("pk_usage_day")),
        sqlite_strict=True,
    )
    op.create_index("ix_usage_day_account", "usage_day", ["account", "at"])
    op.create_table(
        "usage_hour",
        sa.Column("at", WHOLE, autoincrement=False, nullable=False),
        sa.Column("account", TEXT, nullable=False),
        sa.Column("api_key", TEXT, nullable=False),
        sa.Column("operation", TEXT, nullable=False),
        sa.Column("test", WHOLE, autoincrement=False, nullable=False),
        sa.Column("calls", WHOLE, server_default=sa.text("0"), nullable=False),
        sa.Column("failed", WHOLE, server_default=sa.text("0"), nullable=False),
        sa.Column("cost", WHOLE, server_default=sa.text("0"), nullable=False),
        sa.Column("items", WHOLE, server_default=sa.text("0"), nullable=False),
        sa.Column("microseconds", WHOLE, server_default=sa.text("0"), nullable=False),
        sa.PrimaryKeyConstraint("at", "account", "api_key", "operation", "test", name=op.f("pk_usage_hour")),
        sqlite_strict=True,
    )
    op.create_index("ix_usage_hour_account", "usage_hour", ["account", "at"])
    op.create_table(
        "account",
        sa.Column("id", TEXT, nullable=False),
        sa.Column("email", TEXT, nullable=False),
        sa.Column("email_owned", TEXT, nullable=True),
        sa.Column("name", TEXT, nullable=False),
        sa.Column("password", TEXT, nullable=False),
        sa.Column("rights", TEXT, nullable=False),
        sa.Column("plan", TEXT, nullable=False),
        sa.Column("role", TEXT, nullable=False),
        sa.Column("language", TEXT, nullable=False),
        sa.Column("created_at", WHOLE, nullable=False),
        sa.Column("verified_at", WHOLE, nullable=True),
        sa.Column("approved_at", WHOLE, nullable=True),
        sa.Column("suspended_at", WHOLE, nullable=True),
        sa.Column("erased_at", WHOLE, nullable=True),
        sa.UniqueConstraint("email_owned", name=op.f("uq_account_email_owned")),
        sa.CheckConstraint("role IN ('consumer', 'operator')", name=op.f("ck_account_role")),
        sa.ForeignKeyConstraint(["plan"], ["plan.name"], name=op.f("fk_account_plan")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account")),
        sqlite_strict=True,
    )
    op.create_index("ix_account_created_at", "account", ["created_at", "id"])
    op.create_index(
        "ix_account_one_operator",
        "account",
        ["role"],
        unique=True,
        sqlite_where=sa.text("role = 'operator'"),
        postgresql_where=sa.text("role = 'operator'"),
    )
    op.create_table(
        "api_key",
        sa.Column("id", TEXT, nullable=False),
        sa.Column("account", TEXT, nullable=False),
        sa.Column("label", TEXT, nullable=False),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("rights", TEXT, nullable=True),
        sa.Column("networks", TEXT, nullable=True),
        sa.Column("digest", TEXT, nullable=False),
        sa.Column("retiring_digest", TEXT, nullable=True),
        sa.Column("retiring_until", WHOLE, nullable=True),
        sa.Column("test", WHOLE, nullable=False),
        sa.Column("created_at", WHOLE, nullable=False),
        sa.Column("expires_at", WHOLE, nullable=True),
        sa.Column("rotated_at", WHOLE, nullable=True),
        sa.Column("revoked_at", WHOLE, nullable=True),
        sa.Column("last_used_at", WHOLE, nullable=True),
        sa.CheckConstraint("length(digest) = 64", name=op.f("ck_api_key_digest")),
        sa.CheckConstraint("test IN (0, 1)", name=op.f("ck_api_key_test")),
        sa.CheckConstraint("kind IN ('string', 'basic', 'digits')", name=op.f("ck_api_key_kind")),
        sa.ForeignKeyConstraint(["account"], ["account.id"], name=op.f("fk_api_key_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_key")),
        sqlite_strict=True,
    )
    op.create_index("ix_api_key_account", "api_key", ["account", "created_at", "id"])
    op.create_table(
        "letter",
        sa.Column("digest", TEXT, nullable=False),
        sa.Column("account", TEXT, nullable=False),
        sa.Column("purpose", TEXT, nullable=False),
        sa.Column("expires_at", WHOLE, nullable=False),
        sa.CheckConstraint("purpose IN ('verify', 'reset')", name=op.f("ck_letter_purpose")),
        sa.ForeignKeyConstraint(["account"], ["account.id"], name=op.f("fk_letter_account")),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_letter")),
        sqlite_strict=True,
    )
    op.create_index("ix_letter_account", "letter", ["account"])
    op.create_index("ix_letter_expires_at", "letter", ["expires_at"])
    op.create_table(
        "token",
        sa.Column("id", TEXT, nullable=False),
        sa.Column("api_key", TEXT, nullable=False),
        sa.Column("made_with", TEXT, nullable=False),
        sa.Column("digest", TEXT, nullable=False),
        sa.Column("rights", TEXT, nullable=True),
        sa.Column("created_at", WHOLE, nullable=False),
        sa.Column("expires_at", WHOLE, nullable=False),
        sa.ForeignKeyConstraint(["api_key"], ["api_key.id"], name=op.f("fk_token_api_key")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_token")),
        sqlite_strict=True,
    )
    op.create_index("ix_token_api_key", "token", ["api_key"])
    op.create_index("ix_token_expires_at", "token", ["expires_at"])
