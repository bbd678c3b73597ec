"""Usage: what an account called, how often, at what cost, and why calls failed."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any, Literal

from parvis.access.clock import as_microseconds
from parvis.contract.caller import Caller
from parvis.contract.model import Operation
from parvis.contract.outcomes import Refusal
from parvis.store.queries import usage
from parvis.store.queries.rows import PAGE
from parvis.store.queries.usage import DAY, HOUR, By
from parvis.store.records import keepable

from . import values
from .checks import Checks
from .context import ConsoleContext
from .operation import ACCOUNT, OWN_ACCOUNT, operation
from .values import CallMade, Refused, StillCalled, Summary, Used

FORMULA = ("=", "+", "-", "@", "\t", "\r", "\0", "|", "%")
"""How a cell begins that a spreadsheet would run (OWASP ASVS 1.2.10)."""
AT_ONCE = 1000
SPANS = {"hour": 7 * 24 * HOUR, "day": 62 * DAY}
"""How far back a summary goes when nobody says, microseconds."""
FOREVER = 2**62

Deprecations = Mapping[str, Operation]
"""Full name (``shop.price``) -> the operation, of those that are deprecated or have a day on which they may go."""


class Usage:
    """What was called. You see your own account's; the operator every account's."""

    def __init__(
        self, context: ConsoleContext, fold: Callable[[], Awaitable[None]], deprecations: Deprecations | None = None
    ) -> None:
        """``fold`` brings what was recorded up to now into the store, so that answers are exact; ``deprecations`` are
        known where the services are: to a running server."""
        self._context = context
        self._deprecations = deprecations
        self._fold = fold

    @operation(may=ACCOUNT, read=True, refusals=OWN_ACCOUNT, example={"by": "hour"})
    async def summary(
        self,
        by: By = "day",
        since: datetime | None = None,
        until: datetime | None = None,
        account: str | None = None,
        *,
        caller: Caller,
    ) -> Summary:
        """Totals by hour or by day (UTC), operation and key.

        Args:
            by: `hour` or `day`.
            since: From when on; a week of hours, or two months of days, when left out.
            until: Up to when.
            account: Whose; for the operator alone another than the own, or `*` for all.

        Returns:
            The totals up to this moment, and what was refused before it ran.
        """
        whose = self._whose(caller, account)
        begins, ends = self._span(since, until, SPANS[by])
        span = HOUR if by == "hour" else DAY
        begins -= begins % span
        await self._fold()
        ask = self._context.store.ask
        totals = await ask(usage.summary, by, whose, begins, ends)
        refused = await ask(usage.refusals, whose, begins, ends)
        return Summary([Used.of(total) for total in totals], [Refused(*row) for row in refused])

    @operation(may=ACCOUNT, read=True, refusals=OWN_ACCOUNT)
    async def deprecated(
        self, since: datetime | None = None, account: str | None = None, *, caller: Caller
    ) -> list[StillCalled]:
        """Who still calls what is deprecated, or will go: whom to write to before it does.

        Where several versions of an operation stand side by side, calls of all of them are counted.

        Args:
            since: From the day (UTC) of this moment on; two months back, when left out.
            account: Whose calls; when left out your own, or for the operator everybody's.

        Returns:
            One for each key and operation, whoever called last first.
        """
        if self._deprecations is None:
            raise Refusal("unavailable", "Only a running server knows what is deprecated.")
        everybody = account is None and caller.kind in ("operator", "run")
        whose = None if everybody else self._whose(caller, account)
        begins, _ = self._span(since, None, SPANS["day"])
        await self._fold()
        rows = await self._context.store.ask(usage.callers, tuple(self._deprecations), whose, begins - begins % DAY)
        return [StillCalled.of(row, self._deprecations[row.operation]) for row in rows]

    @operation(may=ACCOUNT, read=True, refusals=OWN_ACCOUNT, example={"failed": True})
    async def calls(
        self,
        after: str | None = None,
        limit: int = PAGE,
        failed: bool = False,
        since: datetime | None = None,
        account: str | None = None,
        *,
        caller: Caller,
    ) -> values.CallList:
        """Single calls, newest first, with the reason of those that failed.

        Args:
            after: The id of the last call of the page before; none for the first page.
            limit: How many at most, 1 to 1000.
            failed: Those that failed alone.
            since: From when on.
            account: Whose; for the operator alone another than the own, or `*` for all.

        Returns:
            One page; fewer than `limit` when it is the last.
        """
        checks = Checks()
        checks.limit(limit)
        before = _place(after, checks)
        checks.done()
        whose = self._whose(caller, account)
        await self._fold()
        begins = 0 if since is None else as_microseconds(since)
        rows = await self._context.store.ask(usage.calls, whose, before, limit, failed=failed, since=begins)
        return [CallMade.of(row) for row in rows]

    @operation(may=ACCOUNT, refusals=OWN_ACCOUNT, example={"what": "day", "format": "csv"})
    async def export(
        self,
        what: Literal["calls", "hour", "day"] = "calls",
        format: Literal["jsonl", "csv"] = "jsonl",
        since: datetime | None = None,
        account: str | None = None,
        *,
        caller: Caller,
    ) -> AsyncIterator[str]:
        """All of it, line by line: for a file, or another program.

        Args:
            what: Single `calls`, or totals by `hour` or `day`.
            format: `jsonl`, or `csv`, whose cells no spreadsheet takes for formulas.
            since: From when on; all that is kept, when left out.
            account: Whose; for the operator alone another than the own, or `*` for all.

        Yields:
            Lines of text, without their ends; for `csv` the names of the columns first.
        """
        whose = self._whose(caller, account)
        begins = 0 if since is None else as_microseconds(since)
        await self._fold()
        kind = CallMade if what == "calls" else Used
        if format == "csv":
            yield _csv(list(kind.__dataclass_fields__))
        rows = self._calls(whose, begins) if what == "calls" else self._totals(whose, begins, what)
        async for row in rows:
            cells = {name: _text(value) for name, value in asdict(row).items()}
            yield _csv(list(cells.values())) if format == "csv" else json.dumps(cells, ensure_ascii=False)

    async def _calls(self, whose: str | None, since: int) -> AsyncIterator[CallMade]:
        before: tuple[int, int] | None = None
        while True:
            rows = await self._context.store.ask(usage.calls, whose, before, AT_ONCE, since=since)
            for row in rows:
                yield CallMade.of(row)
            if len(rows) < AT_ONCE:
                return
            before = (rows[-1].segment, rows[-1].slot)

    async def _totals(self, whose: str | None, since: int, by: By) -> AsyncIterator[Used]:
        for total in await self._context.store.ask(usage.summary, by, whose, since, FOREVER, 1_000_000):
            yield Used.of(total)

    def _whose(self, caller: Caller, account: str | None) -> str | None:
        if account == "*":
            if caller.kind != "operator":
                raise Refusal("not-found", "You see your own account alone.")
            return None
        whose = self._context.whose(caller, account)
        if not keepable(whose):  # no database could even be asked for it
            raise Refusal("not-found", "There is no such account.")
        return whose

    def _span(self, since: datetime | None, until: datetime | None, back: int) -> tuple[int, int]:
        ends = FOREVER if until is None else as_microseconds(until)
        begins = self._context.clock.now() - back if since is None else as_microseconds(since)
        return begins, ends


def _place(after: str | None, checks: Checks) -> tuple[int, int] | None:
    if after is None:
        return None
    segment, dash, slot = after.partition("-")
    if dash and segment.isdecimal() and slot.isdecimal() and len(after) < 40:
        return int(segment) % 2**63, int(slot) % 2**63
    checks.wrong("after", "is no id of a call", "Take the `id` of the last call of the page before.")
    return None


def _text(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value


def _csv(cells: list[Any]) -> str:
    line = io.StringIO()
    csv.writer(line).writerow([_safe(cell) for cell in cells])
    # Cut off afterwards: the writer quotes a line break within a cell only where it ends lines by one itself.
    return line.getvalue().removesuffix("\r\n")


def _safe(cell: Any) -> Any:
    """A text that begins like a formula gets an apostrophe before it, which spreadsheets read as: this is text."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(FORMULA) else cell
