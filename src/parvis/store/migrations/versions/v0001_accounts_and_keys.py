"""Accounts and keys."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    whole = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    text = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
    op.create_table(
        "account",
        sa.Column("id", text, nullable=False),
        sa.Column("email", text, nullable=False),
        sa.Column("email_folded", text, nullable=False),
        sa.Column("name", text, nullable=False),
        sa.Column("password", text, nullable=False),
        sa.Column("rights", text, nullable=False),
        sa.Column("role", text, nullable=False),
        sa.Column("created_at", whole, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account")),
        sa.UniqueConstraint("email_folded", name=op.f("uq_account_email_folded")),
        sa.CheckConstraint("role IN ('consumer', 'operator')", name=op.f("ck_account_role")),
        sqlite_strict=True,
    )
    op.create_index(
        "ix_account_one_operator",
        "account",
        ["role"],
        unique=True,
        sqlite_where=sa.text("role = 'operator'"),
        postgresql_where=sa.text("role = 'operator'"),
    )
    op.create_index("ix_account_created_at", "account", ["created_at", "id"])
    op.create_table(
        "api_key",
        sa.Column("id", text, nullable=False),
        sa.Column("account", text, nullable=False),
        sa.Column("label", text, nullable=False),
        sa.Column("rights", text),
        sa.Column("digest", text, nullable=False),
        sa.Column("test", whole, nullable=False),
        sa.Column("created_at", whole, nullable=False),
        sa.Column("revoked_at", whole),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_key")),
        sa.CheckConstraint("length(digest) = 64", name=op.f("ck_api_key_digest")),
        sa.CheckConstraint("test IN (0, 1)", name=op.f("ck_api_key_test")),
        sa.ForeignKeyConstraint(["account"], ["account.id"], name=op.f("fk_api_key_account")),
        sqlite_strict=True,
    )
    op.create_index("ix_api_key_account", "api_key", ["account", "created_at", "id"])
