"""The meter: every call of an account is one record in the journal, and from there in the tables, once.

Rules. Whoever is admitted has the space of its record already. A record is written before the first byte of its answer,
and outlives the process from then on. Folding takes records into the tables together with the place up to which it
came, so nothing is lost and nothing counts twice, whenever the process ends. At the start all that was written is
folded before the first call is taken.

All but the reading of files and the waiting for the disk runs on the event loop.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from parvis.access.clock import Clock
from parvis.access.plans import TEST as TEST_PLAN
from parvis.contract.outcomes import OUTCOMES, Refusal

from . import journal
from .account_cache import AccountCache
from .in_hand import LeftBehind
from .journal import Journal, drop_before, next_number
from .journal_format import CALL, CHARGED, CLOSE, KINDS, MORE, NOWHERE, TEST, Header, Position, Record, text_of
from .journal_reader import Batch, read_as
from .queries import idempotency, plans, usage
from .queries.usage import DAY, MINUTE, Line, RefusedCalls
from .sql import SqlStore

FOLD = 2.0
"""Seconds between two foldings."""
AT_ONCE = 2000
"""Records in one transaction: some 30 ms, for which a look-up of a key may have to wait."""
AGAIN = 0.5
"""Seconds until a disk that was full is asked again."""
PRUNE = 3600.0
"""Seconds between two clearings of what is kept long enough."""
FIRST_PRUNE = 60.0
"""Seconds after the start until the first."""
HOURS_KEPT = 90 * DAY

ENDED = "process-ended"
"""The code of a call that was in hand when its process was killed."""
CODES = ("", "declared-error", ENDED, *sorted(OUTCOMES))

log = logging.getLogger("parvis.meter")


class CallRecord(NamedTuple):
    """What the meter is told of a call, whole, or of a stream piece by piece."""

    kind: int
    """``CALL``, or of a stream ``OPEN``, ``MORE`` or ``CLOSE``, of :mod:`.journal_format`."""
    request: str
    """The id of the request: the meter's ``boot``, then a number in hexadecimal."""
    operation: str
    account: str
    key: str
    test: bool
    at: int
    """When it was admitted, microseconds UTC."""
    status: int = 0
    code: str = ""
    cost: int = 0
    """What was charged."""
    items: int = 0
    took: int = 0
    """Microseconds."""
    opened: Position = NOWHERE
    """Where the record of the stream's opening stands."""


class Meter:
    """Opened by :meth:`open`. ``names`` are all operations that can be called; ``boot`` begins all request ids."""

    def __init__(
        self,
        store: SqlStore,
        account_cache: AccountCache,
        clock: Clock,
        directory: Path,
        *,
        boot: str,
        names: Sequence[str],
        waits: bool = False,
        calls_kept: int = 30,
    ) -> None:
        """``waits``: answers wait until their records are on the disk. ``calls_kept``: days."""
        self._store = store
        self._account_cache = account_cache
        self._clock = clock
        self._nanoseconds = clock.nanoseconds
        self._directory = directory
        self._boot = boot
        self._numbers = {name: number for number, name in enumerate(dict.fromkeys(names))}
        self._codes = {code: number for number, code in enumerate(CODES)}
        self.waits = waits
        self._calls_kept = calls_kept
        self._journal: Journal
        self._folded = Position(0, 0)
        self._written = 0
        self._refused: Counter[RefusedCalls] = Counter()
        self._folding = asyncio.Lock()
        self._providing: asyncio.Task[None] | None = None
        self._running: asyncio.Task[None] | None = None
        self._syncing: asyncio.Task[None] | None = None
        self._next_sync: asyncio.Task[None] | None = None

    async def open(self, boot: str = "", left: Sequence[LeftBehind] = ()) -> None:
        """Fold what an earlier process wrote, rebuild from it who called lately, and begin a new segment. ``left`` are
        the calls of the process ``boot`` that had no end: they get one, and are not charged.

        Raises ``Refusal("unavailable")``, ``OSError``, :class:`~.journal_format.UnknownFormat`.
        """
        known = await self._store.ask(usage.position)
        self._folded = Position(*known) if known else Position(0, 0)
        recorded = [call for call in left if call.account]
        if recorded:
            try:
                await asyncio.to_thread(self._end, boot, recorded)
            except Exception as error:  # the server starts all the same
                log.error("%d calls of a process that was killed could not be recorded: %s", len(recorded), error)
        while True:
            batch = await asyncio.to_thread(read_as, line, self._directory, self._folded, None, AT_ONCE)
            if not await self._take(batch):
                break
        longest = max(plan.lookback for plan in (*await self._store.ask(plans.every), TEST_PLAN))
        self._account_cache.remember(await self._store.ask(usage.recent, longest // 1000))
        first = self._first()
        self._journal = Journal(
            self._directory, self._boot, list(self._numbers), CODES, first=first, slots=journal.SLOTS
        )
        await asyncio.to_thread(drop_before, self._directory, Position(first, 0))
        try:
            self._journal.adopt(await asyncio.to_thread(self._journal.prepare))
        except OSError as error:
            log.error("calls are refused until there is room: no segment of the journal can be made: %s", error)
        self._provide()
        self._running = asyncio.ensure_future(self._run())

    async def close(self) -> None:
        """Fold what is written, and let the journal go."""
        for task in (self._running, self._providing):
            if task is not None:
                task.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await task
        with contextlib.suppress(Refusal):  # it is in the journal, and folded at the next start
            await self.fold()
        self._journal.close()

    def _first(self) -> int:
        """A number that no segment had."""
        return max(next_number(self._directory), self._folded.segment + 1)

    def _end(self, boot: str, left: Sequence[LeftBehind]) -> None:
        """A segment of that process with the ends of its calls."""
        names = list(dict.fromkeys(call.operation for call in left))
        journal = Journal(self._directory, boot, names, CODES, first=self._first(), slots=len(left))
        try:
            journal.adopt(journal.prepare())
            journal.reserve(len(left))
            for call in left:
                kind = CALL if call.opened == NOWHERE else CLOSE
                journal.write(
                    Record(
                        kind, TEST if call.test else 0, 500, names.index(call.operation), self._codes[ENDED], 0, 0, 0,
                        call.at, int(call.request[len(boot) :], 16), call.opened, call.account, call.key,
                    )
                )  # fmt: skip
        finally:
            journal.close()

    @property
    def room(self) -> int:
        """Records that can still be reserved without more of the disk."""
        return self._journal.room

    @property
    def unfolded(self) -> int:
        """Records that are written and not in the tables yet."""
        return self._written - self._account_cache.folded

    def now(self) -> int:
        """When a call is admitted, microseconds UTC; never before one that was admitted earlier.

        It is :meth:`.AccountCache.now`, of the same ``latest``, written out: a call enters one file less.
        """
        cache, now = self._account_cache, self._nanoseconds() // 1000
        if now > cache.latest:
            cache.latest = now
        return cache.latest

    def reserve(self, slots: int) -> bool:
        """Take the space of so many records; False when there is none at this moment."""
        if self._journal.reserve(slots):
            return True
        self._provide()
        return False

    def release(self, slots: int) -> None:
        """Give back what was reserved and is not needed."""
        self._journal.release(slots)

    def write(self, call: CallRecord) -> Position:
        """Write a record for which there is room. Gives its place. Raises ``Refusal("unavailable")`` when the disk
        fails."""
        flags = (TEST if call.test else 0) | (CHARGED if call.cost else 0)
        try:
            place = self._journal.write(
                Record(
                    call.kind, flags, call.status, self._numbers[call.operation], self._codes.get(call.code, 0),
                    call.cost, call.items, call.took, call.at, int(call.request[len(self._boot) :], 16), call.opened,
                    call.account, call.key,
                )
            )  # fmt: skip
        except OSError as error:
            self._journal.release()
            raise _failed(error) from error
        self._written += 1
        self._account_cache.accounts[call.account].last = self._written  # which the store does not have yet
        if self._journal.needs_spare:
            self._provide()
        return place

    def refused(self, account: str, operation: str, code: str) -> None:
        """Count a call that was refused before it was admitted, in the minute."""
        now = self._clock.now()
        self._refused[RefusedCalls(now - now % MINUTE, account, operation, code)] += 1

    async def fold(self) -> None:
        """Bring all that is written up to now into the tables. Raises ``Refusal("unavailable")``."""
        # A task of its own: whoever asked may go away, and it must be known all the same what was folded.
        await asyncio.shield(asyncio.ensure_future(self._fold()))

    async def _fold(self) -> None:
        async with self._folding:
            end, number = self._journal.position(), self._written
            while self._folded < end or self._refused:
                batch = await asyncio.to_thread(read_as, line, self._directory, self._folded, end, AT_ONCE)
                await self._take(batch)
            self._account_cache.folded = number
            await asyncio.to_thread(drop_before, self._directory, end)

    async def synced(self) -> None:
        """Wait until all that is written up to now is on the disk. Those who wait share the waiting.

        Raises ``Refusal("unavailable")`` when the disk fails.
        """
        if self._next_sync is None:
            self._next_sync = asyncio.ensure_future(self._sync(self._syncing))
        await asyncio.shield(self._next_sync)

    async def _sync(self, before: asyncio.Task[None] | None) -> None:
        if before is not None:
            await asyncio.wait([before])
        self._syncing, self._next_sync = self._next_sync, None  # whoever writes from now on waits for the next
        try:
            await asyncio.to_thread(self._journal.sync)
        except OSError as error:
            raise _failed(error) from error

    async def _take(self, batch: Batch[Line]) -> bool:
        """One batch into the tables; whether there was anything."""
        for trouble in batch.troubles:
            log.error("%s", trouble)
        if batch.damaged:
            log.error("%d records of the journal are damaged and not counted", batch.damaged)
        lines = batch.records
        refused, self._refused = self._refused, Counter()
        if not lines and not refused and batch.next == self._folded:
            return False
        try:
            await self._store.change(None, usage.fold, lines, batch.next, dict(refused))
        except BaseException:
            self._refused += refused
            raise
        moved = batch.next != self._folded
        self._folded = batch.next
        return moved

    async def _run(self) -> None:
        """Fold again and again; runs until it is cancelled."""
        loop = asyncio.get_running_loop()
        due = loop.time() + FIRST_PRUNE
        while True:
            await asyncio.sleep(FOLD)
            try:
                await self.fold()
                if loop.time() >= due:
                    now = self._clock.now()
                    while await self._store.change(None, usage.prune, now - self._calls_kept * DAY, now - HOURS_KEPT):
                        await asyncio.sleep(0.1)
                    while await self._store.change(None, idempotency.prune, now):
                        await asyncio.sleep(0.1)
                    due = loop.time() + PRUNE
            except Refusal:
                continue  # the store has said why; the records wait in the journal
            except Exception:
                log.exception("folding failed; the records wait in the journal")

    def _provide(self) -> None:
        """See to it that there is room ahead."""
        if self._journal.needs_spare and (self._providing is None or self._providing.done()):
            self._providing = asyncio.ensure_future(self._spare())

    async def _spare(self) -> None:
        told = False
        while self._journal.needs_spare:
            try:
                self._journal.adopt(await asyncio.to_thread(self._journal.prepare))
            except OSError as error:
                if not told:
                    log.error("calls are refused when the journal is full, for no more of it can be made: %s", error)
                told = True
                await asyncio.sleep(AGAIN)
        if told:
            log.warning("there is room for the journal again")


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


def _failed(error: OSError) -> Refusal:
    log.error("a record could not be written: %s", error)
    return Refusal("unavailable", "The call ran, and its record could not be written.", members={"outcome": "unknown"})
