"""The queries, the same for both databases: functions over an open transaction, rows in and records out."""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import Connection, Row, Select, Table, func, insert, select, tuple_, update

from . import schema
from .records import AccountRecord, EmailTaken, KeyRecord, OperatorExists, UnknownAccount, fold, keepable

ACCOUNT = schema.account.c
KEY = schema.key.c
_BOTH = select(schema.key, schema.account).join(schema.account, KEY.account == ACCOUNT.id)


def add_account(connection: Connection, account: AccountRecord) -> None:
    if account_by_email(connection, account.email):
        raise EmailTaken(account.email)
    connection.execute(insert(schema.account), _account_row(account))


def account(connection: Connection, id: str) -> AccountRecord | None:
    return _one_account(connection, select(schema.account).where(ACCOUNT.id == id)) if keepable(id) else None


def account_by_email(connection: Connection, email: str) -> AccountRecord | None:
    if not keepable(email):
        return None
    return _one_account(connection, select(schema.account).where(ACCOUNT.email_folded == fold(email)))


def accounts(connection: Connection, after: str | None, limit: int) -> list[AccountRecord]:
    rows = connection.execute(_page(select(schema.account), schema.account, after, limit))
    return [_account(row._mapping) for row in rows]


def operator(connection: Connection) -> AccountRecord | None:
    return _one_account(connection, select(schema.account).where(ACCOUNT.role == "operator"))


def set_operator(connection: Connection, account: AccountRecord, replace: bool) -> AccountRecord:
    current, named = operator(connection), account_by_email(connection, account.email)
    if not replace:
        if current:
            raise OperatorExists
        if named:
            raise EmailTaken(account.email)
    if current and current != named:
        connection.execute(update(schema.account).where(ACCOUNT.id == current.id).values(role="consumer"))
    row = _account_row(account) | {"role": "operator"}
    if named is None:
        connection.execute(insert(schema.account), row)
    else:
        if named.role != "operator":
            made_before = (KEY.account == named.id) & KEY.revoked_at.is_(None)
            connection.execute(update(schema.key).where(made_before).values(revoked_at=account.created_at))
        new = {column: row[column] for column in ("password", "rights", "role")}
        connection.execute(update(schema.account).where(ACCOUNT.id == named.id).values(new))
    stands = operator(connection)
    assert stands is not None
    return stands


def add_key(connection: Connection, key: KeyRecord) -> None:
    if account(connection, key.account) is None:
        raise UnknownAccount(key.account)
    row = {
        "id": key.id,
        "account": key.account,
        "label": key.label,
        "rights": None if key.rights is None else json.dumps(key.rights),
        "digest": key.digest.hex(),
        "test": int(key.test),
        "created_at": key.created_at,
        "revoked_at": key.revoked_at,
    }
    connection.execute(insert(schema.key), row)


def key(connection: Connection, id: str) -> tuple[KeyRecord, AccountRecord] | None:
    if not keepable(id):
        return None
    row = connection.execute(_BOTH.where(KEY.id == id)).one_or_none()
    return (_key(row._mapping), _account(row._mapping)) if row else None


def keys_of(connection: Connection, account: str, after: str | None, limit: int) -> list[KeyRecord]:
    if not keepable(account):
        return []
    owned = select(schema.key).where(KEY.account == account)
    return [_key(row._mapping) for row in connection.execute(_page(owned, schema.key, after, limit))]


def revoke_key(connection: Connection, id: str, at: int) -> tuple[KeyRecord, AccountRecord] | None:
    if not keepable(id):
        return None
    connection.execute(update(schema.key).where(KEY.id == id).values(revoked_at=func.coalesce(KEY.revoked_at, at)))
    return key(connection, id)


def _page(wanted: Select[Any], table: Table, after: str | None, limit: int) -> Select[Any]:
    order = (table.c.created_at, table.c.id)
    if after is not None:
        last = table.alias()
        start = select(last.c.created_at, last.c.id).where(last.c.id == (after if keepable(after) else ""))
        wanted = wanted.where(tuple_(*order) > start.scalar_subquery())
    return wanted.order_by(*order).limit(limit)


def _one_account(connection: Connection, wanted: Select[Any]) -> AccountRecord | None:
    row: Row[Any] | None = connection.execute(wanted).one_or_none()
    return _account(row._mapping) if row else None


def _account_row(account: AccountRecord) -> dict[str, Any]:
    return {
        "id": account.id,
        "email": account.email,
        "email_folded": fold(account.email),
        "name": account.name,
        "password": account.password,
        "rights": json.dumps(account.rights),
        "role": account.role,
        "created_at": account.created_at,
    }


def _account(row: Any) -> AccountRecord:
    return AccountRecord(
        id=row[ACCOUNT.id],
        email=row[ACCOUNT.email],
        name=row[ACCOUNT.name],
        password=row[ACCOUNT.password],
        rights=tuple(json.loads(row[ACCOUNT.rights])),
        created_at=row[ACCOUNT.created_at],
        role=row[ACCOUNT.role],
    )


def _key(row: Any) -> KeyRecord:
    rights = row[KEY.rights]
    return KeyRecord(
        id=row[KEY.id],
        account=row[KEY.account],
        label=row[KEY.label],
        rights=None if rights is None else tuple(json.loads(rights)),
        digest=bytes.fromhex(row[KEY.digest]),
        test=bool(row[KEY.test]),
        created_at=row[KEY.created_at],
        revoked_at=row[KEY.revoked_at],
    )
