"""Keys and their tokens."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection, delete, func, insert, or_, select, update

from parvis.access.plans import Plan

from .. import schema
from ..records import AccountRecord, IdTaken, KeyRecord, QuotaUsed, TokenRecord, TooManyKeys, UnknownAccount, keepable
from . import accounts, plans
from .rows import PAGE, listed, page, texts

KEY = schema.key.c
TOKEN = schema.token.c
QUOTA = schema.quota.c


@dataclass(frozen=True, slots=True)
class Found:
    """A key with all that a call by it is judged by, read at one moment."""

    key: KeyRecord
    account: AccountRecord
    plan: Plan
    live: QuotaUsed
    test: QuotaUsed
    token: TokenRecord | None = None


@dataclass(frozen=True, slots=True)
class AccountFound:
    """An account with its plan and what it has used."""

    account: AccountRecord
    plan: Plan
    live: QuotaUsed
    test: QuotaUsed


def add(connection: Connection, key: KeyRecord, most: int | None = None) -> KeyRecord:
    """Raises :class:`UnknownAccount`, also for one that was erased; :class:`IdTaken` (ids of digits are short: one in
    100,000 of a million keys); and :class:`TooManyKeys` when the account has ``most`` live ones already."""
    if by_id(connection, key.id) is not None:
        raise IdTaken(key.id)
    owner = accounts.by_id(connection, key.account)
    if owner is None or owner.erased_at is not None:
        raise UnknownAccount(key.account)
    if most is not None and count(connection, key.account, key.test, key.created_at) >= most:
        raise TooManyKeys(most)
    connection.execute(insert(schema.key), _row(key))
    return key


def count(connection: Connection, account: str, test: bool, now: int) -> int:
    """How many keys of an account work."""
    works = KEY.revoked_at.is_(None) & or_(KEY.expires_at.is_(None), KEY.expires_at > now)
    counted = select(func.count()).where(KEY.account == account, KEY.test == int(test), works)
    return connection.execute(counted.select_from(schema.key)).scalar() or 0


def by_id(connection: Connection, id: str) -> KeyRecord | None:
    row = connection.execute(select(schema.key).where(KEY.id == id)).one_or_none() if keepable(id) else None
    return read(row._mapping) if row else None


def find(connection: Connection, id: str, day: str, month: str) -> Found | None:
    """The key of a public id, or the key of the token with that id; ``day`` and ``month`` are quota periods."""
    token = _token(connection, id)
    wanted = (
        select(schema.key, schema.account, schema.plan)
        .join(schema.account, KEY.account == schema.account.c.id)
        .join(schema.plan, schema.account.c.plan == schema.plan.c.name)
        .where(KEY.id == (token.key if token else id))
    )
    row = connection.execute(wanted).one_or_none() if keepable(id) else None
    if row is None:
        return None
    account = accounts.read(row._mapping)
    live, test = (used(connection, account.id, day, month, test=test) for test in (False, True))
    return Found(read(row._mapping), account, plans.read(row._mapping), live, test, token)


def account(connection: Connection, id: str, day: str, month: str) -> AccountFound | None:
    """An account as :func:`find` gives it, for who has no key in hand."""
    found = accounts.by_id(connection, id)
    plan = None if found is None else plans.get(connection, found.plan)
    if found is None or plan is None:
        return None
    live, test = (used(connection, id, day, month, test=test) for test in (False, True))
    return AccountFound(found, plan, live, test)


@dataclass(frozen=True, slots=True)
class AnonymousUsage:
    """The plan of the callers without a key, and what they have used of it together."""

    plan: Plan
    used: QuotaUsed


def anonymous(connection: Connection, name: str, day: str, month: str) -> AnonymousUsage:
    plan = connection.execute(select(schema.plan).where(schema.plan.c.name == name)).one()  # every store has it
    return AnonymousUsage(plans.read(plan._mapping), used(connection, name, day, month, test=False))


def used(connection: Connection, account: str, day: str, month: str, *, test: bool) -> QuotaUsed:
    rows = connection.execute(
        select(QUOTA.period, QUOTA.used).where(
            QUOTA.account == account, QUOTA.test == int(test), QUOTA.period.in_((day, month))
        )
    )
    found = {row.period: row.used for row in rows}
    return QuotaUsed(found.get(day, 0), found.get(month, 0))


def of_account(connection: Connection, account: str, after: str | None = None, limit: int = PAGE) -> list[KeyRecord]:
    """Keys of an account, revoked ones too, oldest first, those after the one with id ``after``."""
    if not keepable(account):
        return []
    owned = select(schema.key).where(KEY.account == account)
    return [read(row._mapping) for row in connection.execute(page(owned, schema.key, after, limit))]


def revoke(connection: Connection, id: str, at: int) -> KeyRecord | None:
    """Revoke a key and return it as it now stands: one that was revoked keeps its time. None: no such key."""
    if not keepable(id):
        return None
    connection.execute(update(schema.key).where(KEY.id == id).values(revoked_at=func.coalesce(KEY.revoked_at, at)))
    connection.execute(delete(schema.token).where(TOKEN.api_key == id))
    return by_id(connection, id)


def change(connection: Connection, id: str, changes: dict[str, Any]) -> KeyRecord | None:
    """The key with its label, rights or networks changed."""
    if not keepable(id):
        return None
    row = {k: listed(v) if k in ("rights", "networks") else v for k, v in changes.items()}
    connection.execute(update(schema.key).where(KEY.id == id), row)
    return by_id(connection, id)


def rotate(connection: Connection, id: str, digest: bytes, until: int, at: int) -> KeyRecord | None:
    """A new secret; the one before works ``until``, the one before that no more, and so their tokens."""
    key = by_id(connection, id)
    if key is None or key.revoked_at is not None:
        return None
    until = min(until, key.expires_at) if key.expires_at is not None else until
    row = {
        "digest": digest.hex(),
        "retiring_digest": key.digest.hex(),
        "retiring_until": until,
        "rotated_at": at,
    }
    connection.execute(update(schema.key).where(KEY.id == id), row)
    connection.execute(delete(schema.token).where(TOKEN.api_key == id, TOKEN.made_with != key.digest.hex()))
    connection.execute(
        update(schema.token).where(TOKEN.api_key == id, TOKEN.expires_at > until).values(expires_at=until)
    )
    return by_id(connection, id)


def add_token(connection: Connection, token: TokenRecord) -> TokenRecord | None:
    """The token as it is kept: when the secret that it is made with was retired meanwhile, it ends with that. None,
    and it is not kept, when that secret is no more, by another rotation or a revocation."""
    connection.execute(delete(schema.token).where(TOKEN.expires_at <= token.created_at))
    key = by_id(connection, token.key)
    if key is None or key.revoked_at is not None or token.made_with not in (key.digest, key.retiring_digest):
        return None
    if token.made_with != key.digest and key.retiring_until is not None:
        token = replace(token, expires_at=min(token.expires_at, key.retiring_until))
    row = {
        "id": token.id,
        "api_key": token.key,
        "made_with": token.made_with.hex(),
        "digest": token.digest.hex(),
        "rights": listed(token.rights),
        "created_at": token.created_at,
        "expires_at": token.expires_at,
    }
    connection.execute(insert(schema.token), row)
    return token


def _token(connection: Connection, id: str) -> TokenRecord | None:
    row = connection.execute(select(schema.token).where(TOKEN.id == id)).one_or_none() if keepable(id) else None
    if row is None:
        return None
    return TokenRecord(
        id=row.id,
        key=row.api_key,
        made_with=bytes.fromhex(row.made_with),
        digest=bytes.fromhex(row.digest),
        rights=texts(row.rights),
        created_at=row.created_at,
        expires_at=row.expires_at,
    )


def _row(key: KeyRecord) -> dict[str, Any]:
    return {
        "id": key.id,
        "account": key.account,
        "label": key.label,
        "kind": key.kind,
        "rights": listed(key.rights),
        "networks": listed(key.networks),
        "digest": key.digest.hex(),
        "retiring_digest": None if key.retiring_digest is None else key.retiring_digest.hex(),
        "retiring_until": key.retiring_until,
        "test": int(key.test),
        "created_at": key.created_at,
        "expires_at": key.expires_at,
        "rotated_at": key.rotated_at,
        "revoked_at": key.revoked_at,
        "last_used_at": key.last_used_at,
    }


def read(row: Any) -> KeyRecord:
    retiring = row[KEY.retiring_digest]
    return KeyRecord(
        id=row[KEY.id],
        account=row[KEY.account],
        label=row[KEY.label],
        kind=row[KEY.kind],
        rights=texts(row[KEY.rights]),
        networks=texts(row[KEY.networks]),
        digest=bytes.fromhex(row[KEY.digest]),
        retiring_digest=None if retiring is None else bytes.fromhex(retiring),
        retiring_until=row[KEY.retiring_until],
        test=bool(row[KEY.test]),
        created_at=row[KEY.created_at],
        expires_at=row[KEY.expires_at],
        rotated_at=row[KEY.rotated_at],
        revoked_at=row[KEY.revoked_at],
        last_used_at=row[KEY.last_used_at],
    )
