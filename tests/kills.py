"""A server that is killed again and again under load, and the account of what it counted.

The caller keeps its own log: what was answered, and what was on its way when the server died. After every start the
server's answer to ``usage.export`` must hold all that was answered, each once, and nothing that was not asked for; the
quota used must be the sum of what was charged. ``python tests/kills.py KILLS SECONDS`` is a soak, ``scripts/soak``.
"""

from __future__ import annotations

import asyncio
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from contextlib import closing, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx2

from parvis.store.in_hand import left_behind
from parvis.store.journal_format import CALL, NOWHERE, OPEN, Position
from parvis.store.journal_reader import read
from served import PARVIS, Served, environment
from wire import Registered, Wire, operator, plan, register, request, usage

HERE = Path(__file__).parent / "system" / "metered"
SETTINGS = "--config=often.toml"
CONNECTIONS = 12
STREAMS = 2
EVERYTHING: dict[str, Any] = {"rate": 1_000_000, "burst": 1_000_000, "concurrent": None, "day": 10**12, "month": None}

MIX = {
    # What is called: operation, its argument, the status of its answer, and what it costs.
    "found": ("find", 0, 200, 1),
    "priced": ("price", 0, 200, 3),
    "declared": ("find", 1, 404, 1),
    "a bug": ("find", 3, 500, 0),
    "not valid": ("find", "text", 422, 0),
}


@dataclass
class Counted:
    """What the caller knows of the calls since the last start."""

    answered: dict[str, tuple[str, int, int]] = field(default_factory=dict)
    """Request id -> operation, status and cost, of every call whose answer came."""
    streams: set[str] = field(default_factory=set)
    """Request ids of the streams whose head came."""
    on_the_way: Counter[str] = field(default_factory=Counter)
    """Operations that were sent, and not answered when the server died; each may be counted or not."""
    refused: int = 0
    """Answered with 503: refused before they ran, for there was no room for the record."""

    @property
    def calls(self) -> int:
        return len(self.answered) + len(self.streams)


@dataclass
class Found:
    """What stands on the disk after a kill, read without a server: request ids of the calls since the last start."""

    in_tables: set[str] = field(default_factory=set)
    in_journal: set[str] = field(default_factory=set)
    """In the journal, and not in the tables yet."""
    in_hand: set[str] = field(default_factory=set)
    """They ran when the server died, or their record had just been written."""


class Trial:
    """One data directory, and everything that was ever called on it."""

    def __init__(self, folder: Path, seed: int = 0) -> None:
        self.folder = folder
        self.data = folder / "data"
        self.kills = Counter[str]()
        self.answered = self.streams = self.refused = 0
        self.counted = self.cost = 0
        """Calls, and what they cost, that a server counted after the kill that ended theirs."""
        self.recovered = 0
        """Records that only the journal held at a kill, and that were counted afterwards."""
        self.ended = 0
        """Calls that ran at a kill, and that the next start gave an end."""
        self.rates: list[float] = []
        self.start = 2.0
        """Seconds that a start takes."""
        self.port = 0
        self._chance = random.Random(seed)
        self._caller: Registered
        self._known = Counted()
        self._found = Found()
        self._interrupted = False
        """A start was killed after the last call."""
        self._since = datetime.now(UTC)

    def prepare(self) -> None:
        """Make the caller, and see how long a start takes."""
        with self.serve():
            plan(self.data, **EVERYTHING)
            self._caller = register(f"http://127.0.0.1:{self.port}")
        began = time.monotonic()
        with self.serve():
            self.start = time.monotonic() - began

    def serve(self) -> Served:
        served = Served(SETTINGS, cwd=HERE, data=self.data, port=self.port)
        self.port = served.port
        return served

    def kill_under_load(self, seconds: float, *, backup: bool = False) -> None:
        """Start, see that the kill before lost nothing, call as fast as it goes, and kill after so long."""
        with self.serve() as served:
            self.check()
            known = self._known = Counted()
            load = _Load(self.port, self._caller.key, known, self._chance.randrange(2**32))
            helper = threading.Thread(target=lambda: asyncio.run(self._back_up(known))) if backup else None
            if helper is not None:
                helper.start()
            load.start()
            time.sleep(seconds)
            self.rates.append(known.calls / seconds)
            served.kill()
            load.join(20)
            if helper is not None:
                helper.join(20)
        if load.error is not None:
            raise load.error
        self.kills["backing up" if backup else "under load"] += 1
        self._found = _on_disk(self.data, self.folder, self._since)
        self.kills["with records in the journal alone"] += bool(self._found.in_journal)
        self.kills["with a segment half made"] += any(self.data.glob("journal/*.new"))

    def kill_at_start(self) -> None:
        """Kill a server that is not ready, or just so."""
        command = [PARVIS, "serve", SETTINGS, "--port", str(self.port), "--data", str(self.data)]
        with (self.folder / "start.log").open("a") as log:
            process = subprocess.Popen(
                command, cwd=HERE, env=environment(), stdout=log, stderr=log, start_new_session=True
            )  # fmt: skip
            time.sleep(self.start * self._chance.uniform(0.5, 1.05))
            os.killpg(process.pid, signal.SIGKILL)
            process.wait(10)
        self._interrupted = True
        self.kills["while starting"] += 1

    def check(self) -> None:
        """Hold what the server that runs now counted since the last start against what the caller knows."""
        known, found = self._known, self._found
        rows = usage(self.data, since=self._since.isoformat())
        self._since = datetime.now(UTC)
        by_id = {row["request_id"]: row for row in rows}
        assert len(by_id) == len(rows), "a call is counted twice"
        answered = known.answered.keys() | known.streams
        lost = answered - by_id.keys()
        assert not lost, f"{len(lost)} answered calls are not counted: {sorted(lost)[:5]}"
        for id, told in known.answered.items():
            row = by_id[id]
            assert told == (row["operation"], row["status"], row["cost"]), row
        for id in known.streams:
            assert (by_id[id]["operation"], by_id[id]["cost"]) == ("shop.ticks", 1)
        others = Counter(row["operation"] for id, row in by_id.items() if id not in answered)
        assert not others - known.on_the_way, f"counted and never asked for: {others - known.on_the_way}"

        # What the disk held, in the tables or in the journal alone, is what is counted now, with what had no record
        # because it ran at that moment, and no cost: all of it, but where the start that tells it was killed, too.
        recorded = found.in_tables | found.in_journal
        assert not found.in_tables & found.in_journal
        assert recorded <= by_id.keys() <= recorded | found.in_hand
        assert self._interrupted or by_id.keys() >= found.in_hand
        ended = {id for id in by_id if id not in recorded}
        assert all((by_id[id]["status"], by_id[id]["cost"]) == (500, 0) for id in ended)
        self.recovered += len(found.in_journal)
        self.ended += len(ended)
        self._interrupted = False

        self.counted += len(rows)
        self.cost += sum(row["cost"] for row in rows)
        self.answered += len(known.answered)
        self.streams += len(known.streams)
        self.refused += known.refused
        self._known, self._found = Counted(), Found()
        assert self.cost == self._spent()

    def check_all(self) -> None:
        """Start once more, and see that all of it still stands, once, in the calls and in the totals."""
        with self.serve():
            self.check()
            with operator(self.data) as client:
                answer = client.get("/usage/summary", params={"account": "*"})
        assert answer.status_code == 200, answer.text
        totals = answer.json()["used"]
        assert (self.counted, self.cost) == tuple(sum(row[name] for row in totals) for name in ("calls", "cost"))
        with closing(sqlite3.connect(self.data / "parvis.db")) as database:
            counts = database.execute("SELECT count(*), count(DISTINCT request), sum(cost) FROM call").fetchone()
        assert (self.counted, self.counted, self.cost) == counts

    def _spent(self) -> int:
        answer = httpx2.get(
            f"http://127.0.0.1:{self.port}/parvis/v1/limits",
            headers={"Authorization": f"Bearer {self._caller.key}"},
        )  # fmt: skip
        assert answer.status_code == 200, answer.text
        day = next(each for each in answer.json()["policies"] if each["policy"] == "day")
        return int(day["limit"]) - int(day["remaining"])

    async def _back_up(self, known: Counted) -> None:
        """Back up again and again, until the server is gone; what was answered before must be in each copy."""
        number = 0
        with suppress(OSError, EOFError):
            async with await Wire.open_unix(self.data / "admin.sock") as wire:
                while True:
                    number += 1
                    path = self.folder / f"backup-{self.kills.total()}-{number}.db"
                    answered = set(known.answered)
                    made = await wire.call(request("/parvis/v1/operators.backup", {"path": str(path)}))
                    assert made.status == 200, made.body
                    self.kills["backups made"] += 1
                    with closing(sqlite3.connect(path)) as copy:
                        assert copy.execute("PRAGMA integrity_check").fetchone() == ("ok",)
                        assert answered <= {row[0] for row in copy.execute("SELECT request FROM call")}
                    path.unlink()


class _Load(threading.Thread):
    """Connections that call as fast as they are answered, until the server is gone."""

    def __init__(self, port: int, key: str, known: Counted, seed: int) -> None:
        super().__init__()
        self._port = port
        self._known = known
        self._chance = random.Random(seed)
        self.error: BaseException | None = None
        self._requests = {
            name: request(f"/shop/v1/{operation}", {"number": number}, key)
            for name, (operation, number, _, _) in MIX.items()
        }
        self._stream = request("/shop/v1/ticks", {}, key)

    def run(self) -> None:
        try:
            asyncio.run(self._run())
        except BaseException as error:
            self.error = error

    async def _run(self) -> None:
        calling = [self._call() for _ in range(CONNECTIONS)]
        await asyncio.gather(*calling, *(self._listen() for _ in range(STREAMS)))

    async def _call(self) -> None:
        known, names = self._known, list(MIX)
        with suppress(OSError, EOFError):
            async with await Wire.open(self._port) as wire:
                while True:
                    name = self._chance.choice(names)
                    operation, _, status, cost = MIX[name]
                    known.on_the_way[f"shop.{operation}"] += 1
                    answer = await wire.call(self._requests[name])
                    known.on_the_way[f"shop.{operation}"] -= 1
                    if answer.status == 503 and b'"outcome": "not run"' in answer.body:
                        known.refused += 1
                        continue
                    assert answer.status == status, answer.body
                    assert answer.id not in known.answered
                    known.answered[answer.id] = (f"shop.{operation}", status, cost)

    async def _listen(self) -> None:
        """Open a stream, read for a while, leave; and again."""
        known = self._known
        with suppress(OSError, EOFError):
            while True:
                async with await Wire.open(self._port) as wire:
                    known.on_the_way["shop.ticks"] += 1
                    head = await wire.begin(self._stream)
                    known.on_the_way["shop.ticks"] -= 1
                    if head.status == 503:
                        known.refused += 1
                        continue
                    assert head.status == 200
                    known.streams.add(head.id)
                    parts = self._chance.choice([3, 30, 10**9])
                    async for _ in wire.parts():
                        parts -= 1
                        if not parts:
                            break


def _on_disk(data: Path, folder: Path, since: datetime) -> Found:
    """Read the database and the journal as they were left. Of the database a copy: opening it would tidy it up."""
    copies = folder / "copies"
    shutil.rmtree(copies, ignore_errors=True)
    copies.mkdir()
    for name in ("parvis.db", "parvis.db-wal"):
        with suppress(FileNotFoundError):
            shutil.copy(data / name, copies / name)
    with closing(sqlite3.connect(copies / "parvis.db")) as database:
        place = database.execute("SELECT segment, slot FROM journal").fetchone()
        after = (int(since.timestamp() * 1_000_000),)
        in_tables = {row[0] for row in database.execute("SELECT request FROM call WHERE at >= ?", after)}
    batch = read(data / "journal", Position(*place) if place else None, None, 10**9)
    assert (batch.damaged, batch.troubles) == (0, [])
    in_journal = [
        f"{entry.header.boot}{entry.record.request:x}" for entry in batch.records if entry.record.kind in (CALL, OPEN)
    ]
    assert len(in_journal) == len(set(in_journal))
    with suppress(FileNotFoundError):
        shutil.copy(data / "in-hand", copies / "in-hand")
    in_hand = {call.request for call in left_behind(copies)[1] if call.account and call.opened == NOWHERE}
    return Found(in_tables, set(in_journal), in_hand)


def soak(kills: int, longest: float) -> None:
    """Kill so many times, each after at most so many seconds, and say what came of it."""
    chance = random.Random(kills)
    with tempfile.TemporaryDirectory() as folder:
        trial = Trial(Path(folder), seed=kills)
        trial.prepare()
        for number in range(1, kills + 1):
            trial.kill_under_load(chance.uniform(0.05, longest), backup=number % 4 == 0)
            if number % 4 == 2:
                trial.kill_at_start()
            print(f"kill {number}: {told(trial)}", flush=True)
        trial.check_all()
    print(f"all {trial.answered + trial.streams} answered calls, {trial.counted} with those on the way, count once")


def told(trial: Trial) -> dict[str, float]:
    """The figures of a trial."""
    return {
        "answered": trial.answered,
        "streams": trial.streams,
        "recovered": trial.recovered,
        "ended": trial.ended,
        "refused": trial.refused,
        "calls a second": round(sorted(trial.rates)[len(trial.rates) // 2]),
        **trial.kills,
    }


if __name__ == "__main__":
    soak(int(sys.argv[1]), float(sys.argv[2]))
