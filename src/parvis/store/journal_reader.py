"""Reads the journal: by folding, of the segments that are being written too, and after a crash.

Rules. Records come in the order in which they were written, each once. What cannot be read is counted, passed over and
told, never fatal; only what a newer version wrote stops reading. A power cut can leave holes, so zeros are the end of a
segment only where nothing stands behind them.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, Generic, NamedTuple, TypeVar

from .journal import DAMAGED, numbers, path_of
from .journal_format import (
    NOWHERE,
    RECORD_BYTES,
    DamagedHeader,
    Header,
    Position,
    Record,
    read_header,
    record,
    unpack,
)  # fmt: skip

T = TypeVar("T")

Make = Callable[[Header, int, tuple[Any, ...]], T]
"""A header, a slot, and what :func:`~.journal_format.unpack` gave of it -> what is wanted of a record."""


class JournalEntry(NamedTuple):
    """A record, its place, and the header whose tables it points into."""

    position: Position
    record: Record
    header: Header


def entry(header: Header, slot: int, fields: tuple[Any, ...]) -> JournalEntry:
    return JournalEntry(Position(header.segment, slot), record(fields), header)


@dataclass(slots=True)
class Batch(Generic[T]):
    """What one reading found."""

    next: Position
    """From where to read on. It is ``start`` again, or ``end``, when there is nothing more."""
    records: list[T] = field(default_factory=list)
    damaged: int = 0
    """Slots that were written, or must have been, and hold no record that can be read."""
    troubles: list[str] = field(default_factory=list)
    """Sentences for the operator about segments that are damaged or cut off."""


def read(directory: Path, start: Position | None, end: Position | None, most: int) -> Batch[JournalEntry]:
    """:func:`read_as` for who wants whole records."""
    return read_as(entry, directory, start, end, most)


def read_as(make: Make[T], directory: Path, start: Position | None, end: Position | None, most: int) -> Batch[T]:
    """At most ``most`` records from ``start`` (None: the first there is) on and before ``end``.

    While a journal is being written, ``end`` must be its position; None, when none is, reads to the last record.
    A segment whose header is damaged is renamed, ``.damaged`` behind its name, and passed over.
    Raises :class:`UnknownFormat`, and ``OSError`` when the disk fails.
    """
    batch: Batch[T] = Batch(start or NOWHERE)
    for number in numbers(directory):
        if number < batch.next.segment:
            continue
        if end is not None and number > end.segment:
            break
        if number > batch.next.segment:
            batch.next = Position(number, 0)
        if len(batch.records) >= most:
            return batch
        path = path_of(directory, number)
        with path.open("rb") as file:
            try:
                header, seed = read_header(file, number)
            except DamagedHeader as damage:
                aside = path.rename(path.with_name(path.name + DAMAGED))
                batch.troubles.append(f"Segment {number} of the journal is set aside as {aside.name}: {damage}.")
                continue
            limit = end.slot if end is not None and number == end.segment else None
            if not _read_segment(make, file, header, seed, limit, most, batch):
                return batch
    if end is not None and end > batch.next:
        batch.next = end
    return batch


def _read_segment(
    make: Make[T], file: BinaryIO, header: Header, seed: int, limit: int | None, most: int, batch: Batch[T]
) -> bool:
    """Read on in one segment; whether its end, or the limit, was reached."""
    first = batch.next.slot
    start = file.tell()
    file.seek(first * RECORD_BYTES, os.SEEK_CUR)
    if limit is None:
        data = file.read(max(header.slots - first, 0) * RECORD_BYTES).rstrip(b"\0")
        slots = -(-len(data) // RECORD_BYTES)
    else:
        slots = max(limit - first, 0)
        data = file.read(slots * RECORD_BYTES)
    data = data.ljust(slots * RECORD_BYTES, b"\0")
    for slot in range(first, first + slots):
        if len(batch.records) >= most:
            batch.next = Position(header.segment, slot)
            return False
        offset = (slot - first) * RECORD_BYTES
        fields = unpack(seed, slot, data[offset : offset + RECORD_BYTES])
        if fields is None:
            batch.damaged += 1
        else:
            batch.records.append(make(header, slot, fields))
    batch.next = Position(header.segment, first + slots)
    there = (os.fstat(file.fileno()).st_size - start) // RECORD_BYTES
    if there < header.slots:
        batch.troubles.append(
            f"Segment {header.segment} of the journal is cut off: {max(there, 0)} of its {header.slots} slots are left."
        )
    return True
