"""Accounts."""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import Connection, Row, Select, delete, insert, select, update

from .. import schema
from ..records import AccountRecord, EmailTaken, OperatorExists, UnknownPlan, fold, keepable
from . import idempotency, plans
from .rows import PAGE, page

ACCOUNT = schema.account.c
_OPERATOR = select(schema.account).where(ACCOUNT.role == "operator")
KEY = schema.key.c


def add(connection: Connection, account: AccountRecord) -> AccountRecord:
    """Raises :class:`EmailTaken` when it is to own its e-mail and another account does; :class:`UnknownPlan`."""
    if account.owns_email and by_email(connection, account.email):
        raise EmailTaken(account.email)
    _check_plan(connection, account.plan)
    connection.execute(insert(schema.account), _row(account))
    return account


def by_id(connection: Connection, id: str) -> AccountRecord | None:
    return _one(connection, select(schema.account).where(ACCOUNT.id == id)) if keepable(id) else None


def by_email(connection: Connection, email: str) -> AccountRecord | None:
    """The account that owns an e-mail, in whatever case it is written."""
    if not keepable(email):
        return None
    return _one(connection, select(schema.account).where(ACCOUNT.email_owned == fold(email)))


def list_page(connection: Connection, after: str | None = None, limit: int = PAGE) -> list[AccountRecord]:
    """Accounts, oldest first, those after the one with id ``after``; none when there is no such id."""
    rows = connection.execute(page(select(schema.account), schema.account, after, limit))
    return [read(row._mapping) for row in rows]


def operator(connection: Connection) -> AccountRecord | None:
    """The account of role operator; there is at most one."""
    return _one(connection, _OPERATOR)


def change(connection: Connection, id: str, changes: dict[str, Any]) -> AccountRecord | None:
    """The account with these columns changed; None when there is no such account. Raises :class:`UnknownPlan`."""
    if not keepable(id):
        return None
    if "plan" in changes:
        _check_plan(connection, changes["plan"])
    if "rights" in changes:
        changes = {**changes, "rights": json.dumps(changes["rights"])}
    connection.execute(update(schema.account).where(ACCOUNT.id == id), changes)
    return by_id(connection, id)


def verify(connection: Connection, id: str, at: int, approve: bool) -> AccountRecord | None:
    """The account owns its e-mail from now on. Raises :class:`EmailTaken` when another came first."""
    account = by_id(connection, id)
    if account is None or account.erased_at is not None:
        return None
    owner = by_email(connection, account.email)
    if owner is not None and owner.id != id:
        raise EmailTaken(account.email)
    approved = account.approved_at or (at if approve else None)
    changes = {"email_owned": fold(account.email), "verified_at": account.verified_at or at, "approved_at": approved}
    return change(connection, id, changes)


def set_operator(connection: Connection, account: AccountRecord, replace: bool) -> AccountRecord:
    """Make ``account`` the operator, and return the record as it now stands.

    Without ``replace`` it is a new account: raises :class:`OperatorExists` or :class:`EmailTaken`. With ``replace`` it
    always succeeds: an account with that e-mail is taken over with the new password (``account.created_at`` is the
    moment, its id and name are kept), and another operator becomes a consumer. A consumer that becomes operator has its
    keys revoked: they were made by somebody who was none.
    """
    current, named = operator(connection), by_email(connection, account.email)
    if not replace:
        if current:
            raise OperatorExists
        if named:
            raise EmailTaken(account.email)
    if current and current != named:
        connection.execute(update(schema.account).where(ACCOUNT.id == current.id).values(role="consumer"))
    row = _row(account) | {"role": "operator"}
    if named is None:
        connection.execute(insert(schema.account), row)
    else:
        if named.role != "operator":
            _revoke_keys(connection, named.id, account.created_at)
        new = {name: row[name] for name in ("password", "rights", "role", "approved_at")} | {"suspended_at": None}
        connection.execute(update(schema.account).where(ACCOUNT.id == named.id).values(new))
    return read(connection.execute(_OPERATOR).one()._mapping)


def erase(connection: Connection, id: str, at: int) -> AccountRecord | None:
    """Take an account's personal data away and revoke its keys. What the meter and the audit hold are ids."""
    account = by_id(connection, id)
    if account is None or account.erased_at is not None:
        return account
    _revoke_keys(connection, id, at)
    connection.execute(update(schema.key).where(KEY.account == id).values(label="", networks=None))
    connection.execute(delete(schema.letter).where(schema.letter.c.account == id))
    idempotency.forget_caller(connection, id)  # what its calls were answered
    connection.execute(delete(schema.audit_person).where(schema.audit_person.c.account == id))
    gone = {"email": "", "email_owned": None, "name": "", "password": "", "role": "consumer", "erased_at": at}
    return change(connection, id, gone)


def read(row: Any) -> AccountRecord:
    return AccountRecord(
        id=row[ACCOUNT.id],
        email=row[ACCOUNT.email],
        name=row[ACCOUNT.name],
        password=row[ACCOUNT.password],
        created_at=row[ACCOUNT.created_at],
        rights=tuple(json.loads(row[ACCOUNT.rights])),
        plan=row[ACCOUNT.plan],
        role=row[ACCOUNT.role],
        language=row[ACCOUNT.language],
        owns_email=row[ACCOUNT.email_owned] is not None,
        verified_at=row[ACCOUNT.verified_at],
        approved_at=row[ACCOUNT.approved_at],
        suspended_at=row[ACCOUNT.suspended_at],
        erased_at=row[ACCOUNT.erased_at],
    )


def _row(account: AccountRecord) -> dict[str, Any]:
    return {
        "id": account.id,
        "email": account.email,
        "email_owned": fold(account.email) if account.owns_email else None,
        "name": account.name,
        "password": account.password,
        "rights": json.dumps(account.rights),
        "plan": account.plan,
        "role": account.role,
        "language": account.language,
        "created_at": account.created_at,
        "verified_at": account.verified_at,
        "approved_at": account.approved_at,
        "suspended_at": account.suspended_at,
        "erased_at": account.erased_at,
    }


def _one(connection: Connection, wanted: Select[Any]) -> AccountRecord | None:
    row: Row[Any] | None = connection.execute(wanted).one_or_none()
    return read(row._mapping) if row else None


def _check_plan(connection: Connection, name: str) -> None:
    if plans.get(connection, name) is None:
        raise UnknownPlan(name)


def _revoke_keys(connection: Connection, account: str, at: int) -> None:
    live = (KEY.account == account) & KEY.revoked_at.is_(None)
    connection.execute(update(schema.key).where(live).values(revoked_at=at))
