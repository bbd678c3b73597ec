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
from typing import Any, Protocol

from parvis.access.clock import Clock
from parvis.access.limits import TEST as TEST_PLAN
from parvis.contract.outcomes import OUTCOMES, Refusal

from . import journal
from .journal import Journal, drop_before, next_number
from .journal_format import CALL, CHARGED, CLOSE, KINDS, MORE, NOWHERE, OPEN, TEST, Header, Position, text_of
from .journal_reader import Batch, read_as
from .queries import idempotency, plans, usage
from .queries.usage import DAY, MINUTE, Line, Refused
from .sql import SqlStore
from .standings import Standings

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

CODES = ("", "declared-error", *sorted(OUTCOMES))

log = logging.getLogger("parvis.meter")


class Made(Protocol):
    """What is written of a call, at its end. :class:`parvis.server.call.Call` is one."""

    @property
    def id(self) -> str:
        """The id of the request: the meter's ``boot``, then a number in hexadecimal."""

    @property
    def status(self) -> int: ...

    @property
    def code(self) -> str: ...


class Meter:
    """Opened by :meth:`open`. ``names`` are all operations that can be called; ``boot`` begins all request ids."""

    def __init__(
        self,
        store: SqlStore,
        standings: Standings,
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
        self._standings = standings
        self._clock = clock
        self._directory = directory
        self._boot = boot
        self._numbers = {name: number for number, name in enumerate(dict.fromkeys(names))}
        self._codes = {code: number for number, code in enumerate(CODES)}
        self.waits = waits
        self._calls_kept = calls_kept
        self._journal: Journal
        self._folded = Position(0, 0)
        self._written = 0
        self._refused: Counter[Refused] = Counter()
        self._folding = asyncio.Lock()
        self._providing: asyncio.Task[None] | None = None
        self._running: asyncio.Task[None] | None = None
        self._syncing: asyncio.Task[None] | None = None
        self._next_sync: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """Fold what an earlier process wrote, rebuild from it who called lately, and begin a new segment.

        Raises ``Refusal("unavailable")``, ``OSError``, :class:`~.journal_format.UnknownFormat`.
        """
        known = await self._store.ask(usage.position)
        self._folded = Position(*known) if known else Position(0, 0)
        while True:
            batch = await asyncio.to_thread(read_as, line, self._directory, self._folded, None, AT_ONCE)
            if not await self._take(batch):
                break
        longest = max(plan.lookback for plan in (*await self._store.ask(plans.every), TEST_PLAN))
        self._standings.remember(await self._store.ask(usage.recent, longest // 1000))
        first = max(next_number(self._directory), self._folded.segment + 1)
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

    @property
    def room(self) -> int:
        """Records that can still be reserved without more of the disk."""
        return self._journal.room

    @property
    def unfolded(self) -> int:
        """Records that are written and not in the tables yet."""
        return self._written - self._standings.folded

    def now(self) -> int:
        """When a call is admitted, microseconds UTC; never before one that was admitted earlier."""
        return self._standings.now()

    def reserve(self, slots: int) -> bool:
        """Take the space of so many records; False when there is none at this moment."""
        if self._journal.reserve(slots):
            return True
        self._provide()
        return False

    def release(self, slots: int) -> None:
        """Give back what was reserved and is not needed."""
        self._journal.release(slots)

    def call(
        self, made: Made, operation: str, account: str, key: str, test: bool, at: int, cost: int, took: int
    ) -> None:
        """The record of a call. ``cost`` is what was charged, ``took`` microseconds.

        This and the next three raise ``Refusal("unavailable")`` when the disk fails.
        """
        self._write(CALL, made, operation, account, key, test, at, cost, 0, took)

    def open_stream(
        self, made: Made, operation: str, account: str, key: str, test: bool, at: int, cost: int
    ) -> Position:
        """The first record of a stream: it counts from now on. Gives its place, for the others."""
        return self._write(OPEN, made, operation, account, key, test, at, cost, 0, 0, status=0)

    def more(
        self, made: Made, operation: str, account: str, key: str, test: bool, at: int, items: int, opened: Position
    ) -> bool:
        """So many more items of a stream; False, with nothing written, when there is no room for that now."""
        if not self._journal.reserve():
            return False
        self._write(MORE, made, operation, account, key, test, at, 0, items, 0, status=0, opened=opened)
        return True

    def close_stream(
        self, made: Made, operation: str, account: str, key: str, test: bool, at: int, items: int, took: int,
        opened: Position,
    ) -> None:  # fmt: skip
        """The last record of a stream."""
        self._write(CLOSE, made, operation, account, key, test, at, 0, items, took, opened=opened)

    def refused(self, account: str, operation: str, code: str) -> None:
        """Count a call that was refused before it was admitted, in the minute."""
        now = self._clock.now()
        self._refused[Refused(now - now % MINUTE, account, operation, code)] += 1

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
            self._standings.folded = number
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

    def _write(
        self, kind: int, made: Made, operation: str, account: str, key: str, test: bool, at: int, cost: int,
        items: int, took: int, *, status: int | None = None, opened: Position = NOWHERE,
    ) -> Position:  # fmt: skip
        flags = (TEST if test else 0) | (CHARGED if cost else 0)
        boot = len(self._boot)
        try:
            place = self._journal.write(
                kind, flags, made.status if status is None else status, self._numbers[operation],
                self._codes.get(made.code, 0), cost, items, took, at, int(made.id[boot:], 16), account, key, opened,
            )  # fmt: skip
        except OSError as error:
            self._journal.release()
            raise _failed(error) from error
        self._written += 1
        self._standings.written(account, self._written)
        if self._journal.needs_spare:
            self._provide()
        return place


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
