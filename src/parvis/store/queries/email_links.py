"""What the links in e-mails carry: good once, until they expire. Only their digests are kept."""

from __future__ import annotations

from sqlalchemy import Connection, delete, insert, select, update

from parvis.access.plans import DEFAULT

from .. import schema
from ..records import Purpose

LETTER = schema.letter.c


def add(connection: Connection, digest: bytes, account: str, purpose: Purpose, now: int, expires_at: int) -> None:
    """A new link of a purpose takes the place of an older one."""
    connection.execute(delete(schema.letter).where(LETTER.expires_at <= now))
    connection.execute(delete(schema.letter).where(LETTER.account == account, LETTER.purpose == purpose))
    row = {"digest": digest.hex(), "account": account, "purpose": purpose, "expires_at": expires_at}
    connection.execute(insert(schema.letter), row)


def pretend(connection: Connection, now: int) -> None:
    """For nobody, the same work as :func:`add` and a write like its own: no time tells whose e-mail is known."""
    connection.execute(delete(schema.letter).where(LETTER.expires_at <= now))
    plan = schema.plan.c
    connection.execute(update(schema.plan).where(plan.name == DEFAULT.name).values(rights=plan.rights))


def whose(connection: Connection, digest: bytes, purpose: Purpose, now: int) -> str | None:
    """The account that a link is for, and the link stays; None when there is no such link (any more)."""
    mine = (LETTER.digest == digest.hex()) & (LETTER.purpose == purpose) & (LETTER.expires_at > now)
    return connection.execute(select(LETTER.account).where(mine)).scalar_one_or_none()


def take(connection: Connection, digest: bytes, purpose: Purpose, now: int) -> str | None:
    """The account that a link is for, and the link is spent; None when there is no such link (any more)."""
    account = whose(connection, digest, purpose, now)
    connection.execute(delete(schema.letter).where(LETTER.digest == digest.hex(), LETTER.purpose == purpose))
    return account
