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
import types
from collections import Counter
from collections.abc import Callable, Generator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from parvis.access.clock import Clock
from parvis.access.plans import TEST as TEST_PLAN
from parvis.contract.outcomes import OUTCOMES, Refusal

from . import journal
from .account_cache import AccountCache
from .in_hand import ENDED, LeftBehind, end, without_end
from .journal import Journal, drop_before, next_number
from .journal_format import CALL, CHARGED, NOWHERE, TEST, Position, Record
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

CODES = ("", "declared-error", ENDED, *sorted(OUTCOMES))

ALONE = 15
"""Calls of which none looks whether others came in the same turn, after one that was alone in its own."""

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
        self.failing = False
        """Whether the disk did not take the last records: then none of the answers that they belong to went out."""
        self._waiting: list[Callable[[Refusal | None], None]] = []
        self._alone = 0
        """For so many calls to come records go out at once, each by itself."""
        self._refused: Counter[RefusedCalls] = Counter()
        self._folding = asyncio.Lock()
        self._providing: asyncio.Task[None] | None = None
        self._running: asyncio.Task[None] | None = None
        self._syncing: asyncio.Task[None] | None = None
        self._next_sync: asyncio.Task[None] | None = None

    async def open(self, boot: str = "", left: Sequence[LeftBehind] = ()) -> list[LeftBehind]:
        """Fold what an earlier process wrote, rebuild from it who called lately, and begin a new segment. ``left`` are
        the calls that the process ``boot`` had in hand: those of which no end is recorded get one, and are not charged.
        Which those are.

        Raises ``Refusal("unavailable")``, ``OSError``, :class:`~.journal_format.UnknownFormat`.
        """
        known = await self._store.ask(usage.position)
        self._folded = Position(*known) if known else Position(0, 0)
        await self._fold_all()
        lost = list(left)
        try:
            lost = await without_end(self._store, left)
            recorded = [call for call in lost if call.account]
            if recorded:
                await asyncio.to_thread(end, self._directory, boot, recorded, self._first(), CODES)
                await self._fold_all()
        except Exception as error:  # the server starts all the same
            log.error("%d calls of a process that was killed could not be recorded: %s", len(lost), error)
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
        return lost

    async def _fold_all(self) -> None:
        """All that stands in the journal, before this process writes to it."""
        while await self._take(
            await asyncio.to_thread(read_as, usage.line, self._directory, self._folded, None, AT_ONCE)
        ):
            pass

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
        """Take a record for which there is room, and its place. A call's goes out with all others of this turn of the
        loop: :meth:`written` waits for that, or :meth:`go_out` sees to it. A stream's goes out at once: raises
        ``Refusal("unavailable")`` when the disk fails."""
        if self._journal.full:
            self.go_out()
        flags = (TEST if call.test else 0) | (CHARGED if call.cost else 0)
        place = self._journal.write(
            Record(
                call.kind, flags, call.status, self._numbers[call.operation], self._codes.get(call.code, 0),
                call.cost, call.items, call.took, call.at, int(call.request[len(self._boot) :], 16), call.opened,
                call.account, call.key,
            )
        )  # fmt: skip
        self._written += 1
        self._account_cache.accounts[call.account].last = self._written  # which the store does not have yet
        if call.kind != CALL and (failure := self.go_out()) is not None:
            raise failure
        if self._journal.needs_spare:
            self._provide()
        return place

    @types.coroutine
    def written(self) -> Generator[Any, Any, None]:
        """Wait until the records that were taken up to now are with the kernel: to the end of this turn, or where calls
        come one at a time, which is seen by looking now and then, no time at all. A call that is driven by hand hands
        up how to be told. Raises ``Refusal("unavailable")`` when the disk fails."""
        failure: Refusal | None
        if not self._journal.pending:
            return
        if self._alone:
            self._alone -= 1
            failure = self.go_out()
        elif asyncio.current_task() is None:
            failure = yield self._wait
        else:
            told: asyncio.Future[Refusal | None] = asyncio.get_running_loop().create_future()
            self._wait(lambda failure: None if told.done() else told.set_result(failure))
            failure = yield from told
        if failure is not None:
            raise Refusal("unavailable", failure.detail, members=failure.members)

    def go_out(self) -> Refusal | None:
        """Write what was taken, at once, and tell those who wait. Why it failed, where it did."""
        number, failure = self._journal.pending, None
        if number:
            try:
                self._journal.flush()
            except OSError as error:
                self._journal.release(number)
                self._written -= number
                failure = _failed(error)
            self.failing = failure is not None
        for tell in self._waiting:  # not from here: whoever calls this is in a task of its own
            asyncio.get_running_loop().call_soon(tell, failure)
        self._waiting.clear()
        return failure

    def _wait(self, tell: Callable[[Refusal | None], None]) -> None:
        """Be told when what was taken has gone out, at the end of this turn."""
        if not self._waiting:
            asyncio.get_running_loop().call_soon(self._turned)
        self._waiting.append(tell)

    def _turned(self) -> None:
        waiting, self._waiting = self._waiting, []
        self._alone = ALONE if len(waiting) == 1 else 0
        failure = self.go_out()
        for tell in waiting:
            tell(failure)

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
            self.go_out()
            end, number = self._journal.position(), self._written
            while self._folded < end or self._refused:
                batch = await asyncio.to_thread(read_as, usage.line, self._directory, self._folded, end, AT_ONCE)
                await self._take(batch)
            self._account_cache.folded = number
            await asyncio.to_thread(drop_before, self._directory, end)

    async def synced(self) -> None:
        """Wait until all that is written up to now is on the disk. Those who wait share the waiting.

        Raises ``Refusal("unavailable")`` when the disk fails.
        """
        self.go_out()
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
                if self.failing:
                    self._probe()
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

    def _probe(self) -> None:
        """Look whether the disk takes records again."""
        try:
            self._journal.probe()
        except OSError:
            return
        self.failing = False
        log.warning("records can be written again")

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


def _failed(error: OSError) -> Refusal:
    log.error("a record could not be written: %s", error)
    return Refusal("unavailable", "The call ran, and its record could not be written.", members={"outcome": "unknown"})
