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

HEAD = "0001"
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

account = Table(
    "account",
    metadata,
    Column("id", _text, primary_key=True),
    Column("email", _text, nullable=False),
    Column("email_folded", _text, nullable=False),
    Column("name", _text, nullable=False),
    Column("password", _text, nullable=False),
    Column("rights", _text, nullable=False),  # a JSON list of patterns
    Column("role", _text, nullable=False),
    Column("created_at", _whole, nullable=False),
    UniqueConstraint("email_folded"),
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
    Column("rights", _text),  # a JSON list of patterns; NULL: all services of the account
    Column("digest", _text, nullable=False),  # SHA-256 of the secret, in hexadecimal
    Column("test", _whole, nullable=False),
    Column("created_at", _whole, nullable=False),
    Column("revoked_at", _whole),
    CheckConstraint("length(digest) = 64", name="digest"),
    CheckConstraint("test IN (0, 1)", name="test"),
    sqlite_strict=True,
)
Index("ix_api_key_account", key.c.account, key.c.created_at, key.c.id)
