"""Journals for tests; run as a program, a process that writes one until it is killed.

``python journals.py DIRECTORY SLOTS`` says each record on its standard output once it is written, as request, segment
and slot. With ``--stop-at=fsync``, or another function of ``os``, it says ``here`` where it would call that, and stays.
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

from parvis.store.journal import Journal, next_number
from parvis.store.journal_format import CALL, CHARGED, NOWHERE, Position, Record
from parvis.store.journal_reader import Batch, JournalEntry, read

NAMES = ("shop.find", "shop.orders.get")
CODES = ("", "not-found", "rate-limited")
AT = 1_700_000_000_000_000
ACCOUNT, KEY = "acc_0a1b2c3d4e5f", "0a1b2c3d4e5f"


def supply(journal: Journal) -> None:
    """Prepare and adopt until there are enough spares."""
    while journal.needs_spare:
        journal.adopt(journal.prepare())


def opened(directory: Path, slots: int = 8, first: int | None = None) -> Journal:
    """A journal with room."""
    journal = Journal(directory, "0a1b2c3d", NAMES, CODES, first=first or next_number(directory), slots=slots)
    supply(journal)
    return journal


def put(journal: Journal, request: int) -> Position:
    """Write the record of one call, into a slot that is reserved for it."""
    assert journal.reserve()
    place = journal.write(Record(CALL, CHARGED, 200, 1, 0, 1, 0, 1500, AT + request, request, NOWHERE, ACCOUNT, KEY))
    journal.flush()
    return place


def read_all(directory: Path, end: Position | None = None, most: int = 100) -> Batch:
    """Everything up to ``end``, read in batches, as one."""
    whole = Batch(NOWHERE)
    while True:
        batch = read(directory, whole.next, end, most)
        whole.records += batch.records
        whole.damaged += batch.damaged
        whole.troubles += batch.troubles
        if batch.next in (whole.next, end):
            whole.next = batch.next
            return whole
        whole.next = batch.next


def requests(entries: list[JournalEntry]) -> list[int]:
    return [entry.record.request for entry in entries]


def _write_for_ever(directory: Path, slots: int) -> None:
    journal = opened(directory, slots)
    request = 0
    while True:
        supply(journal)
        request += 1
        place = put(journal, request)
        os.write(1, b"%d %d %d\n" % (request, *place))


def _stop_at(step: str) -> None:
    def stop(*_: object) -> None:
        os.write(1, b"here\n")
        signal.pause()

    setattr(os, step, stop)


if __name__ == "__main__":
    for argument in sys.argv[3:]:
        _stop_at(argument.removeprefix("--stop-at="))
    _write_for_ever(Path(sys.argv[1]), int(sys.argv[2]))
