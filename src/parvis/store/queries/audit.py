"""The audit: entries that are linked as they are added, and the addresses beside them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import Connection, insert, select

from parvis.access.audit import GENESIS, Act, AuditRecord, Verdict, link, verify

from .. import schema
from ..records import keepable
from .rows import PAGE

AUDIT = schema.audit.c
PERSON = schema.audit_person.c
AT_ONCE = 10_000


@dataclass(frozen=True, slots=True)
class Signed:
    """An act, when it was done, and from which address: personal data of ``account``, kept beside the chain."""

    act: Act
    at: int
    account: str = ""
    address: str = ""


def append(connection: Connection, signed: Signed) -> AuditRecord:
    last = connection.execute(select(AUDIT.seq, AUDIT.hash).order_by(AUDIT.seq.desc()).limit(1)).one_or_none()
    number, head = (0, GENESIS) if last is None else last
    act = signed.act
    entry = link(head, number + 1, signed.at, act.act, act.actor, act.subject, act.detail_text)
    connection.execute(insert(schema.audit), {name: getattr(entry, name) for name in AuditRecord.__dataclass_fields__})
    if signed.address:
        row = {"seq": entry.seq, "account": signed.account, "address": signed.address}
        connection.execute(insert(schema.audit_person), row)
    return entry


def list_page(connection: Connection, after: int = 0, limit: int = PAGE, about: str | None = None) -> list[AuditRecord]:
    """Entries in order, those after number ``after``; with ``about``, those that name this id."""
    wanted = select(schema.audit).where(AUDIT.seq > after)
    if about is not None:
        if not keepable(about):
            return []
        wanted = wanted.where((AUDIT.subject == about) | (AUDIT.actor == about))
    return [AuditRecord(**row._mapping) for row in connection.execute(wanted.order_by(AUDIT.seq).limit(limit))]


def addresses(connection: Connection, account: str) -> list[tuple[int, str]]:
    """The addresses that are kept of an account, each with the number of its entry."""
    rows = connection.execute(select(PERSON.seq, PERSON.address).where(PERSON.account == account).order_by(PERSON.seq))
    return [(seq, address) for seq, address in rows]


def checked(connection: Connection, head: str | None = None) -> Verdict:
    """Read the whole chain and say what is wrong with it."""
    return verify(_every(connection), head)


def _every(connection: Connection) -> Iterator[AuditRecord]:
    after = 0
    while entries := list_page(connection, after, AT_ONCE):
        yield from entries
        after = entries[-1].seq
