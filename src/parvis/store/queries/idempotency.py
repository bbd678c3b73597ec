"""Idempotency keys: which are taken, and what their calls were answered. Kept for a day, and bounded for each caller.

A row is there before its call runs. ``status`` NULL: it has not ended, as far as is known here; ``body`` NULL beside a
status: it has ended, and the answer was not kept. Of a key and of the arguments only digests are here.
"""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import Connection, delete, func, insert, select, update

from parvis.contract.outcomes import Refusal

from .. import schema

ROW = schema.idempotency.c

SECOND = 1_000_000
LIFE = 24 * 60 * 60 * SECOND
"""Microseconds for which a key is remembered."""
MOST = 10_000
"""So many keys of one caller are remembered at once."""


class Taken(NamedTuple):
    """What is known of a call by its key."""

    fingerprint: str
    request: str
    """The id of the request that took the key."""
    status: int | None
    body: str | None


def take(
    connection: Connection, id: str, caller: str, fingerprint: str, request: str, now: int, most: int = MOST
) -> Taken | None:
    """Take a key for a call that is going to run, and give None; or give what is known of the call that has it.

    ``id`` is the digest of caller, operation and key. Raises ``Refusal("too-many-idempotency-keys")`` for a caller that
    has ``most`` of them.
    """
    wanted = select(ROW.fingerprint, ROW.request, ROW.status, ROW.body, ROW.expires_at).where(ROW.id == id)
    found = connection.execute(wanted).one_or_none()
    if found is not None and found.expires_at > now:
        return Taken(*found[:4])
    if found is not None:
        connection.execute(delete(schema.idempotency).where(ROW.id == id))
    _make_room(connection, caller, now, most)
    row = {"id": id, "caller": caller, "fingerprint": fingerprint, "request": request, "expires_at": now + LIFE}
    connection.execute(insert(schema.idempotency), row)
    return None


def _make_room(connection: Connection, caller: str, now: int, most: int) -> None:
    count = select(func.count()).where(ROW.caller == caller)
    if connection.execute(count).scalar_one() < most:
        return
    connection.execute(delete(schema.idempotency).where(ROW.caller == caller, ROW.expires_at <= now))
    if connection.execute(count).scalar_one() < most:
        return
    oldest = connection.execute(select(func.min(ROW.expires_at)).where(ROW.caller == caller)).scalar_one()
    seconds = max(1, -((now - oldest) // SECOND))
    raise Refusal("too-many-idempotency-keys", f"{most} keys of the last day are kept already.",
                  limit=most, seconds=seconds)  # fmt: skip


def finish(connection: Connection, id: str, request: str, status: int | None, body: str | None) -> None:
    """The call that took a key has ended; with ``body`` None it can be told no more than that, with ``status`` None not
    even how."""
    mine = (ROW.id == id) & (ROW.request == request)
    connection.execute(update(schema.idempotency).where(mine).values(status=status, body=body))


def forget(connection: Connection, id: str, request: str) -> None:
    """The call that took a key did not run: the key is free again."""
    connection.execute(delete(schema.idempotency).where(ROW.id == id, ROW.request == request))


def forget_caller(connection: Connection, caller: str) -> None:
    """Take away all that is kept of one caller: its account is erased."""
    connection.execute(delete(schema.idempotency).where(ROW.caller == caller))


def prune(connection: Connection, now: int, most: int = 5_000) -> int:
    """Forget keys whose day is over; how many, at most ``most``."""
    old = select(ROW.id).where(ROW.expires_at <= now).order_by(ROW.expires_at).limit(most)
    return connection.execute(delete(schema.idempotency).where(ROW.id.in_(old))).rowcount
