"""The meter in the tables: records are folded in, each exactly once, and read out as calls and totals."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Literal, NamedTuple

from sqlalchemy import Connection, Select, Table, bindparam, case, delete, func, literal, select, tuple_, update

from .. import schema
from ..journal_format import CLOSE, KINDS, MORE, TEST, Header, text_of
from .rows import PAGE, add_to, insert_many, upsert

CALL = schema.call.c
REFUSAL = schema.refusal.c
JOURNAL = schema.journal.c

SECOND = 1_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR

By = Literal["hour", "day"]
TOTALS: dict[By, tuple[Table, int]] = {"hour": (schema.hour, HOUR), "day": (schema.day, DAY)}
SUMS = ("calls", "failed", "cost", "items", "microseconds")

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Line(NamedTuple):
    """One record of the journal, with its names in full."""

    segment: int
    slot: int
    kind: Literal["call", "open", "more", "close"]
    at: int
    """When the call was admitted, microseconds UTC; of a stream, the same in each of its records."""
    account: str
    key: str
    operation: str
    test: bool
    request: str
    status: int
    code: str
    cost: int
    """Charged: 0 for a call that was not."""
    items: int
    """Of a stream, since its record before."""
    microseconds: int
    opened: tuple[int, int] | None = None
    """Segment and slot of the ``open`` that a ``more`` or ``close`` goes on from."""


def line(header: Header, slot: int, fields: tuple[Any, ...]) -> Line:
    """A record of the journal as the tables take it, made straight from its bytes: once for every call."""
    (
        kind, flags, status, operation, code, cost, items, took, at, request, open_segment, open_slot, account, key,
    ) = fields  # fmt: skip
    return Line(
        header.segment, slot, KINDS[kind], at, text_of(account), text_of(key), header.names[operation],
        bool(flags & TEST), f"{header.boot}{request:x}", status, header.codes[code], cost, items, took,
        (open_segment, open_slot) if kind in (MORE, CLOSE) else None,
    )  # fmt: skip


class RefusedCalls(NamedTuple):
    """Calls that were refused before they were admitted, in one minute."""

    at: int
    account: str
    operation: str
    code: str


@dataclass(frozen=True, slots=True)
class Total:
    """What one key used one operation for, in one hour or day that began ``at``."""

    at: int
    account: str
    key: str
    operation: str
    test: bool
    calls: int
    failed: int
    cost: int
    items: int
    microseconds: int


@dataclass(frozen=True, slots=True)
class CallRow:
    """One call. ``status`` 0: a stream that runs, or was cut off when the server died."""

    segment: int
    slot: int
    at: int
    account: str
    key: str
    operation: str
    test: bool
    request: str
    status: int
    code: str
    cost: int
    items: int
    microseconds: int


class Calling(NamedTuple):
    """How often one key called one operation in some days; ``last`` is when the last of them began."""

    account: str
    key: str
    operation: str
    test: bool
    calls: int
    last: int


def periods(at: int) -> tuple[str, str]:
    """The quota periods of a moment: ``2026-11-24`` and ``2026-11``, UTC."""
    day = (_EPOCH + timedelta(microseconds=at)).date().isoformat()
    return day, day[:7]


def position(connection: Connection) -> tuple[int, int] | None:
    """Segment and slot of the first record that is not in the tables yet."""
    row = connection.execute(select(JOURNAL.segment, JOURNAL.slot)).one_or_none()
    return None if row is None else (row.segment, row.slot)


def fold(
    connection: Connection, lines: Sequence[Line], end: tuple[int, int], refused: dict[RefusedCalls, int] | None = None
) -> int:
    """Take records into the tables and note up to where; how many were new.

    All of it is one transaction, and what stands before the noted place is passed over: however often a record is
    brought, it counts once.
    """
    done = position(connection) or (0, 0)
    new = _gathered(lines, done)
    insert_many(connection, schema.call, new.rows)
    _go_on(connection, new.later)
    for table, span in TOTALS.values():
        add_to(connection, table, _totals(new.sums, span), *SUMS)
    add_to(connection, schema.quota, _quotas(new.sums), "used")
    _last_used(connection, new.latest)
    add_to(connection, schema.refusal, [{**r._asdict(), "calls": n} for r, n in (refused or {}).items()], "calls")
    if end > done:
        place = upsert(connection, schema.journal).values(id=1, segment=end[0], slot=end[1])
        moved = {"segment": place.excluded.segment, "slot": place.excluded.slot}
        connection.execute(place.on_conflict_do_update(index_elements=[JOURNAL.id], set_=moved))
    return len(new.rows) + len(new.later)


def recorded(
    connection: Connection, calls: Sequence[tuple[str, int, tuple[int, int]]]
) -> dict[str, tuple[int, tuple[int, int]]]:
    """Request -> status, 0 for a stream without an end, and place, of those of these calls that are recorded. Each is
    told by its request, when it was admitted, and where its opening stands, which is (0, 0) for none."""
    found = {}
    began = min((at for _, at, opened in calls if opened == (0, 0)), default=0)
    for some in range(0, len(calls), PAGE):
        part = calls[some : some + PAGE]
        places = tuple_(CALL.segment, CALL.slot).in_([opened for _, _, opened in part if opened != (0, 0)])
        later = (CALL.at >= began) & CALL.request.in_([request for request, _, opened in part if opened == (0, 0)])
        wanted = select(CALL.request, CALL.status, CALL.segment, CALL.slot)
        for row in connection.execute(wanted.where(places | later)):
            found[row.request] = row.status, (row.segment, row.slot)
    return found


def recent(connection: Connection, span: int) -> list[tuple[str, bool, int]]:
    """Account, whether by a test key, and time of the last calls: what the rate limits are rebuilt from. ``span`` is
    how far they reach back from the very last one, microseconds."""
    last = connection.execute(select(func.max(CALL.at))).scalar() or 0
    rows = connection.execute(select(CALL.account, CALL.test, CALL.at).where(CALL.at >= last - span))
    return [(account, bool(test), at) for account, test, at in rows]


def summary(
    connection: Connection, by: By, account: str | None, since: int, until: int, limit: int = 10_000
) -> list[Total]:
    """Totals of an account, or of all, from ``since`` on and before ``until``; by time, key and operation."""
    table = TOTALS[by][0].c
    wanted = select(TOTALS[by][0]).where(table.at >= since, table.at < until)
    if account is not None:
        wanted = wanted.where(table.account == account)
    order = (table.at, table.account, table.api_key, table.operation, table.test)
    rows = connection.execute(wanted.order_by(*order).limit(limit))
    return [
        Total(r.at, r.account, r.api_key, r.operation, bool(r.test), r.calls, r.failed, r.cost, r.items, r.microseconds)
        for r in rows
    ]


def calls(
    connection: Connection, account: str | None, before: tuple[int, int] | None = None, limit: int = PAGE, *,
    failed: bool = False, since: int = 0,
) -> list[CallRow]:  # fmt: skip
    """Single calls of an account, or of all, newest first; with ``before``, those that stand before this record."""
    wanted: Select[Any] = select(schema.call).where(CALL.at >= since)
    if account is not None:
        wanted = wanted.where(CALL.account == account)
    if failed:
        wanted = wanted.where(CALL.status >= 400)
    if before is not None:
        place = select(CALL.at).where(CALL.segment == before[0], CALL.slot == before[1]).scalar_subquery()
        wanted = wanted.where(
            tuple_(CALL.at, CALL.segment, CALL.slot) < tuple_(place, literal(before[0]), literal(before[1]))
        )
    order = (CALL.at.desc(), CALL.segment.desc(), CALL.slot.desc())
    rows = connection.execute(wanted.order_by(*order).limit(limit))
    return [
        CallRow(
            r.segment, r.slot, r.at, r.account, r.api_key, r.operation, bool(r.test), r.request, r.status, r.code,
            r.cost, r.items, r.microseconds,
        )
        for r in rows
    ]  # fmt: skip


def callers(
    connection: Connection, operations: Sequence[str], account: str | None, since: int, limit: int = 10_000
) -> list[Calling]:
    """Who called these operations from the day ``since`` on, an account or all; whoever called last first."""
    table = schema.day.c
    number, last = func.sum(table.calls), func.max(table.at)
    by = (table.account, table.api_key, table.operation, table.test)
    wanted = select(*by, number.label("number"), last.label("last")).where(
        table.at >= since, table.operation.in_(operations)
    )
    if account is not None:
        wanted = wanted.where(table.account == account)
    rows = connection.execute(wanted.group_by(*by).order_by(last.desc(), number.desc(), *by).limit(limit))
    return [Calling(r.account, r.api_key, r.operation, bool(r.test), int(r.number), int(r.last)) for r in rows]


def refusals(connection: Connection, account: str | None, since: int, until: int) -> list[tuple[str, str, int]]:
    """Operation, code and number of what was refused before it was admitted."""
    wanted = select(REFUSAL.operation, REFUSAL.code, func.sum(REFUSAL.calls)).where(
        REFUSAL.at >= since, REFUSAL.at < until
    )
    if account is not None:
        wanted = wanted.where(REFUSAL.account == account)
    rows = connection.execute(
        wanted.group_by(REFUSAL.operation, REFUSAL.code).order_by(REFUSAL.operation, REFUSAL.code)
    )
    return [(operation, code, int(number)) for operation, code, number in rows]


def prune(connection: Connection, calls_before: int, hours_before: int, most: int = 50_000) -> int:
    """Forget single calls, hours, minutes and quota periods that are older; how many calls went, at most ``most``."""
    old = select(CALL.segment, CALL.slot).where(CALL.at < calls_before).order_by(CALL.at).limit(most).subquery()
    gone = connection.execute(
        delete(schema.call).where(tuple_(CALL.segment, CALL.slot).in_(select(old.c.segment, old.c.slot)))
    ).rowcount
    connection.execute(delete(schema.hour).where(schema.hour.c.at < hours_before))
    connection.execute(delete(schema.refusal).where(REFUSAL.at < hours_before))
    connection.execute(delete(schema.quota).where(schema.quota.c.period < periods(hours_before)[1]))
    return gone


def _go_on(connection: Connection, lines: Iterable[Line]) -> None:
    """Bring the rows of streams up to date."""
    rows = [
        {
            "in_segment": line.opened[0],
            "in_slot": line.opened[1],
            "new_status": line.status,
            "new_code": line.code,
            "more": line.items,
            "took": line.microseconds,
        }
        for line in lines
        if line.opened is not None
    ]
    if rows:
        connection.execute(
            update(schema.call)
            .where(CALL.segment == bindparam("in_segment"), CALL.slot == bindparam("in_slot"))
            .values(
                status=bindparam("new_status"),
                code=bindparam("new_code"),
                items=CALL["items"] + bindparam("more"),
                microseconds=bindparam("took"),
            ),
            rows,
        )


Sums = dict[tuple[int, str, str, str, int], list[int]]
"""When an hour began, account, key, operation, test -> the columns of :data:`SUMS`."""


@dataclass(slots=True)
class _Gathered:
    """What a batch comes to."""

    rows: list[tuple[Any, ...]] = field(default_factory=list)
    """New calls, as the columns of their table."""
    later: list[Line] = field(default_factory=list)
    """What goes on from a row that is there, or new too."""
    sums: Sums = field(default_factory=lambda: defaultdict(lambda: [0] * len(SUMS)))
    latest: dict[str, int] = field(default_factory=dict)
    """When each key was used last."""


def _gathered(lines: Iterable[Line], done: tuple[int, int]) -> _Gathered:
    """One look at each record, since there is one for every call."""
    new = _Gathered()
    rows, later, sums, latest = new.rows, new.later, new.sums, new.latest
    for line in lines:
        segment, slot, kind, at, account, key, operation, test, request, status, code, cost, items, took, _ = line
        if (segment, slot) < done:
            continue
        sum = sums[at - at % HOUR, account, key, operation, int(test)]
        if kind == "call" or kind == "open":
            rows.append(
                (segment, slot, at, account, key, operation, int(test), request, status, code, cost, items, took)
            )
            sum[0] += 1
            sum[2] += cost
            if at > latest.get(key, 0):
                latest[key] = at
        else:
            later.append(line)
        if status >= 400:
            sum[1] += 1
        sum[3] += items
        sum[4] += took
    return new


def _totals(by_hour: Sums, span: int) -> Iterator[dict[str, Any]]:
    totals: Sums = defaultdict(lambda: [0] * len(SUMS))
    for (at, account, key, operation, test), sums in by_hour.items():
        total = totals[at - at % span, account, key, operation, test]
        for place, amount in enumerate(sums):
            total[place] += amount
    names = ("at", "account", "api_key", "operation", "test")
    # In one order always: two transactions that lock rows in different orders could wait for each other.
    for where in sorted(totals):
        yield dict(zip((*names, *SUMS), (*where, *totals[where]), strict=True))


def _quotas(by_hour: Sums) -> list[dict[str, Any]]:
    used: dict[tuple[str, str, int], int] = defaultdict(int)
    for (at, account, _, _, test), sums in by_hour.items():
        for period in periods(at):
            used[account, period, test] += sums[SUMS.index("cost")]
    return [
        {"account": account, "period": period, "test": test, "used": amount}
        for (account, period, test), amount in sorted(used.items())
        if amount
    ]


def _last_used(connection: Connection, latest: dict[str, int]) -> None:
    column = schema.key.c.last_used_at
    later = case((column > bindparam("minute"), column), else_=bindparam("minute"))
    rows = [{"used_key": key, "minute": at - at % MINUTE} for key, at in sorted(latest.items()) if key]
    if rows:
        connection.execute(
            update(schema.key).where(schema.key.c.id == bindparam("used_key")).values(last_used_at=later), rows
        )
