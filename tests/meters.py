"""Meters for tests; run as a program, a process that meters calls until it kills itself at an exact point.

``python meters.py WHERE JOURNAL BOOT POINT`` opens the store and the meter, writes the records of :func:`script` and
says a full stop on its standard output behind each, folds now and then, and ends at one of :data:`POINTS`, by SIGKILL.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from itertools import count, islice
from pathlib import Path
from typing import Any

from parvis.access.clock import ManualClock
from parvis.access.plans import DEFAULT
from parvis.access.rights import Rights
from parvis.store import journal, meter, sql
from parvis.store.account_cache import AccountCache
from parvis.store.in_hand import LeftBehind
from parvis.store.journal_format import CALL, CLOSE, MORE, OPEN, Position
from parvis.store.meter import CallRecord, Meter
from parvis.store.queries import usage
from parvis.store.records import QuotaUsed
from parvis.store.sql import SqlStore
from samples import AT, account

NAMES = ("shop.price", "shop.ticks")
BOOT = "0a1b2c3d"


class Bench:
    """A meter with its store, and what puts records into it."""

    def __init__(self, store: SqlStore, journal: Path, boot: str, **options: Any) -> None:
        self.store = store
        self.boot = boot
        self.clock = ManualClock(AT)
        self.account_cache = AccountCache(self.clock)
        self.meter = Meter(store, self.account_cache, self.clock, journal, boot=boot, names=NAMES, **options)

    def know(self, *ids: str) -> None:
        """Have these accounts in memory, as whoever is admitted is."""
        for id in ids:
            self.account_cache.of(account(id), DEFAULT, Rights.of(("*",)), QuotaUsed(), QuotaUsed())

    def _record(
        self, kind: int, n: int, operation: str, *, account: str = "acc_1", key: str = "k1", **more: Any
    ) -> Any:
        return CallRecord(kind, f"{self.boot}{n:x}", operation, account, key, False, self.meter.now(), **more)

    def call(
        self, n: int, *, account: str = "acc_1", key: str = "k1", cost: int = 1, status: int = 200, code: str = ""
    ) -> None:
        """Admit and settle a call."""
        assert self.meter.reserve(1)
        self.meter.write(
            self._record(
                CALL, n, "shop.price", account=account, key=key, status=status, code=code, cost=cost, took=1500
            )
        )
        if (failure := self.meter.go_out()) is not None:
            raise failure

    def open(self, n: int, cost: int = 5) -> Position:
        """Admit a stream, with the space of its end."""
        assert self.meter.reserve(2)
        return self.meter.write(self._record(OPEN, n, "shop.ticks", cost=cost))

    def more(self, n: int, opened: Position, items: int) -> bool:
        if not self.meter.reserve(1):
            return False
        self.meter.write(self._record(MORE, n, "shop.ticks", items=items, opened=opened))
        return True

    def close(self, n: int, opened: Position, items: int, *, status: int = 200, code: str = "") -> None:
        self.meter.write(
            self._record(CLOSE, n, "shop.ticks", status=status, code=code, items=items, took=90, opened=opened)
        )


@asynccontextmanager
async def bench(
    where: str | Path, journal: Path, boot: str = BOOT, *, ended: str = "", left: Sequence[LeftBehind] = (),
    **options: Any,
) -> AsyncIterator[Bench]:  # fmt: skip
    """An open meter over a store; closed at the end. ``left`` are the calls of the process ``ended``."""
    store = await SqlStore.open(where)
    try:
        made = Bench(store, journal, boot, **options)
        await made.meter.open(ended, left)
        made.know("acc_1")
        try:
            yield made
        finally:
            await made.meter.close()
    finally:
        await store.close()


def script() -> Iterator[tuple[str, int]]:
    """What is written, for ever: calls, and of every tenth request a stream that goes on while others come."""
    for n in count(1):
        kind = "open" if n % 10 == 0 else "call"
        yield kind, n
        if n > 10 and n % 10 in (2, 5, 8):
            yield "close" if n % 10 == 8 else "more", n // 10 * 10


def effect(boot: str, records: int) -> dict[str, tuple[int, int, int]]:
    """What so many records of the script come to: request -> status, items, cost."""
    calls: dict[str, tuple[int, int, int]] = {}
    for kind, n in islice(script(), records):
        id = f"{boot}{n:x}"
        if kind == "call":
            calls[id] = (200, 0, 1)
        elif kind == "open":
            calls[id] = (0, 0, 5)
        else:
            calls[id] = (200 if kind == "close" else 0, calls[id][1] + 2, 5)
    return calls


def _die(*_: object, **__: object) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _at_call(number: int, instead: Callable[..., Any], real: Callable[..., Any]) -> Callable[..., Any]:
    calls = count(1)
    return lambda *args, **kwargs: (instead if next(calls) == number else real)(*args, **kwargs)


def _behind(real: Callable[..., Any]) -> Callable[..., Any]:
    def then(*args: Any, **kwargs: Any) -> None:
        real(*args, **kwargs)
        _die()

    return then


def _in_vacuum(connection: Any) -> None:
    """Die in the midst of the next long statement of this connection."""
    connection.connection.driver_connection.set_progress_handler(_die, 500)


POINTS: dict[str, Callable[[], None]] = {
    "a segment is made": lambda: setattr(os, "rename", _at_call(4, _die, os.rename)),
    "a segment has its name": lambda: setattr(os, "rename", _at_call(4, _behind(os.rename), os.rename)),
    "folded, not committed": lambda: setattr(usage, "fold", _at_call(2, _behind(usage.fold), usage.fold)),
    "committed, nothing dropped": lambda: setattr(meter, "drop_before", _at_call(2, _die, meter.drop_before)),
    "a segment is dropped": lambda: setattr(os, "unlink", _at_call(1, _behind(os.unlink), os.unlink)),
    "in the midst of a backup": lambda: None,
    "the backup has no name yet": lambda: setattr(os, "link", _die),
    "written, not folded": lambda: None,
    "never": lambda: None,
}
"""Where a process dies. Those of folding hold for the start, too, which folds what an earlier process wrote."""


async def _write(where: str, directory: Path, boot: str, point: str) -> None:
    journal.SLOTS = 32
    meter.AT_ONCE = 20
    meter.FOLD = 3600.0
    sql.PATIENCE = 20
    POINTS[point]()
    async with bench(where, directory, boot) as made:
        opened: dict[int, Position] = {}
        for done, (kind, n) in enumerate(script()):
            while made.meter.room < 3:
                await asyncio.sleep(0.001)
            if kind == "call":
                made.call(n)
            elif kind == "open":
                opened[n] = made.open(n)
            elif kind == "more":
                made.more(n, opened[n], 2)
            else:
                made.close(n, opened.pop(n), 2)
            os.write(1, b".")
            if point == "written, not folded":
                if done == 199:
                    _die()
            elif done % 50 == 49:
                await made.meter.fold()
            elif done % 50 == 25:
                await asyncio.sleep(0)  # a spare is made while others write
            if done == 120 and "backup" in point:
                if point == "in the midst of a backup":
                    await made.store.ask(_in_vacuum)
                await made.store.backup(str(directory.parent / "backup.db"))


if __name__ == "__main__":
    asyncio.run(_write(sys.argv[1], Path(sys.argv[2]), sys.argv[3], sys.argv[4]))
