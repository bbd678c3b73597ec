"""The meter's journal: records appended to preallocated files, ``DATA/journal/0000000001.seg`` and on.

Rules. Who has reserved a slot can write a record: its bytes are on the disk already, as zeros, so a full disk refuses
reservations and never a record. A record is with the kernel when :meth:`Journal.flush` returns: it outlives the
process, however that ends, and a power cut once :meth:`Journal.sync` has returned. Slots are filled in order, one by
one, so all before :meth:`Journal.position` is complete. No segment number is used twice.

Written with pwrite and not through mmap, where a failing disk is a SIGBUS. One process owns the directory, by the lock
of its data directory. What stands in the files is in ``journal_format``, how they are read in ``journal_reader``.
"""

from __future__ import annotations

import errno
import os
import re
import threading
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from zlib import crc32

from ..forks import close_in_children
from .journal_format import LONGEST, RECORD_BYTES, Header, Position, Record, encode_header, pack

SLOTS = 16384
"""Records of a segment, unless said otherwise: 2 MiB."""

HALF_MADE = ".new"
DAMAGED = ".damaged"

_NAME = re.compile(r"([0-9]{10,})\.seg")
_USED = re.compile(rf"{_NAME.pattern}(?:{HALF_MADE}|{DAMAGED})?")
_NOT_SUPPORTED = (errno.EOPNOTSUPP, errno.EINVAL)
_ZEROS = bytes(1 << 20)

_pwrite = os.pwrite
_sync_data = getattr(os, "fdatasync", os.fsync)  # macOS has no fdatasync


@dataclass(frozen=True, slots=True, eq=False)
class Segment:
    """A file that is made and open for writing, with no record in it yet."""

    number: int
    file: int
    start: int
    """Where slot 0 begins, in bytes."""
    seed: int


class Journal:
    """The writing end. All but :meth:`prepare` and :meth:`sync` is for one thread, the event loop's, and never waits.

    It begins with no room: hand it what :meth:`prepare` makes, as long as ``needs_spare``.
    """

    def __init__(
        self, directory: Path, boot: str, names: Sequence[str], codes: Sequence[str], *, first: int, slots: int = SLOTS
    ) -> None:
        """``names`` are the operations and ``codes`` the outcomes that records of this run name by index; ``codes[0]``
        must be the empty text, for none. ``first`` is the number of the first segment that is made: above all that
        were ever used, so above :func:`next_number` and above the segment up to which was folded.

        Makes the directory, and removes files that were half made when a process died. Raises ``ValueError``, or
        ``OSError`` when the directory cannot be used.
        """
        Header(first, boot, slots, tuple(names), tuple(codes))  # checked here, before the first is made on a thread
        if not directory.is_dir():
            directory.mkdir(mode=0o700)
            _sync_directory(directory.parent)
        if first < next_number(directory):
            raise ValueError(f"segment {first} of the journal was used before; the next is {next_number(directory)}")
        for path in directory.glob(f"*.seg{HALF_MADE}"):
            path.unlink()
        self._directory = directory
        self._boot = boot
        self._names = tuple(names)
        self._codes = tuple(codes)
        self._slots = slots

        self._number = first
        self._file = -1
        self._start = 0
        self._seed = 0
        self._slot = 0
        self._pending: list[bytes] = []
        self._spares: deque[Segment] = deque()
        self.room = 0
        """Slots that are neither written nor reserved."""
        self._reserved = 0

        self._making = threading.Lock()
        self._next = first
        self._ready: Segment | None = None
        """Made and not adopted: kept here, so that none is lost with a task that is cancelled."""
        self._closed = False
        self._unsynced = first
        self._back = close_in_children(self._files)

    def reserve(self, slots: int = 1) -> bool:
        """Take the right to write so many records, each by :meth:`write` or given back by :meth:`release`; False,
        with nothing taken, when there is no room for them now."""
        if slots > self.room:
            return False
        self.room -= slots
        self._reserved += slots
        return True

    def release(self, slots: int = 1) -> None:
        """Give back reserved slots that are not needed."""
        if slots > self._reserved:
            raise RuntimeError("more slots were given back than are reserved")
        self._reserved -= slots
        self.room += slots

    def write(self, record: Record) -> Position:
        """Take a record for a reserved slot, and where it will stand: it goes out with the next :meth:`flush`, of which
        one is due before when the segment is :attr:`full`. A longer time than it can hold becomes the longest."""
        if not self._reserved:
            raise RuntimeError("no slot is reserved")
        if self._slot == self._slots:
            self._go_on()
        slot = self._slot
        self._pending.append(encode(self._seed, slot, record))
        self._slot = slot + 1
        self._reserved -= 1
        return Position(self._number, slot)

    @property
    def pending(self) -> int:
        """Records that were taken and are not written yet."""
        return len(self._pending)

    @property
    def full(self) -> bool:
        """Whether no further record can be taken before what is pending is written."""
        return self._slot == self._slots and bool(self._pending)

    def flush(self) -> None:
        """Write all that is pending at once. Raises ``OSError`` when the disk fails: nothing of it counts as written
        then, and its slots are reserved as before."""
        if not self._pending:
            return
        data, first = b"".join(self._pending), self._slot - len(self._pending)
        try:
            if _pwrite(self._file, data, self._start + first * RECORD_BYTES) != len(data):
                raise OSError(errno.EIO, "records of the journal were not written whole")
        except OSError:
            self._slot = first
            self._reserved += len(self._pending)
            raise
        finally:
            self._pending.clear()

    def probe(self) -> None:
        """Whether the disk takes anything: zeros, where the next record goes. Raises ``OSError`` where it does not."""
        if self._slot < self._slots and _pwrite(self._file, _ZEROS[:RECORD_BYTES], self._place()) != RECORD_BYTES:
            raise OSError(errno.EIO, "a record of the journal was not written whole")

    def _place(self) -> int:
        return self._start + self._slot * RECORD_BYTES

    def position(self) -> Position:
        """Where the next flush goes, or the end of a full segment. All before it is complete."""
        return Position(self._number, self._slot - len(self._pending))

    @property
    def needs_spare(self) -> bool:
        """Whether :meth:`prepare` should be called: a whole segment shall be free beyond the one in use."""
        return not self._closed and (self._file < 0 or not self._spares or self.room < self._slots)

    def prepare(self) -> Segment:
        """Make a segment ahead of need, for :meth:`adopt`. On a thread: it waits for the disk.

        Raises ``OSError`` (ENOSPC, EDQUOT) when the disk is full, with nothing left behind: call again later.
        """
        with self._making:
            if self._closed:
                raise RuntimeError("the journal is closed")
            if self._ready is None:
                header = Header(self._next, self._boot, self._slots, self._names, self._codes)
                self._ready = _make(self._directory, header)
                self._next += 1
            return self._ready

    def adopt(self, spare: Segment) -> None:
        """Take what :meth:`prepare` made, from now on there is room in it. One that was taken already changes nothing:
        two threads that prepare at once get the same."""
        if spare is not self._ready:
            return
        self._ready = None
        self._spares.append(spare)
        self.room += self._slots
        if self._file < 0:
            self._go_on()

    def sync(self) -> None:
        """Wait until every record that was written before the call is on the disk. On a thread.

        Raises ``OSError`` when the disk fails; those records may not outlive a power cut then.
        """
        # By name: the files in use are the other thread's, to change and to close.
        first, last = self._unsynced, self._number
        for number in range(first, last + 1):
            try:
                file = os.open(path_of(self._directory, number), os.O_RDWR)
            except FileNotFoundError:
                continue  # folded and dropped, or none was made yet
            try:
                _sync_data(file)
            finally:
                os.close(file)
        self._unsynced = last

    def close(self) -> None:
        """Close the files; there is no room any more. Waits for a segment that is being made."""
        self._back()
        with self._making:
            self._closed = True
            files = [spare.file for spare in (*self._spares, self._ready) if spare is not None]
            self._spares.clear()
            self._ready = None
        if self._file >= 0:
            files.append(self._file)
        self._file = -1
        self.room = self._reserved = 0
        for file in files:
            os.close(file)

    def _files(self) -> list[int]:
        spares = (*self._spares, self._ready)
        return [file for file in (self._file, *(each.file for each in spares if each is not None)) if file >= 0]

    def _go_on(self) -> None:
        """In the next segment. There is one: slots are reserved in those that were adopted."""
        if self._pending:
            raise RuntimeError("the segment is full: flush first")
        full, spare = self._file, self._spares.popleft()
        self._number, self._file, self._start, self._seed = spare.number, spare.file, spare.start, spare.seed
        self._slot = 0
        if full >= 0:
            os.close(full)


def encode(seed: int, slot: int, record: Record) -> bytes:
    """The 128 bytes of a record in this slot, under the header with this seed. Once a call: about 1 µs."""
    kind, flags, status, operation, code, cost, items, microseconds, at, request, opened, account, credential = record
    body = pack(
        kind, flags, status, operation, code, cost, items, microseconds if microseconds < LONGEST else LONGEST,
        at, request, *opened, account.encode(), credential.encode(),
    )  # fmt: skip
    # CRC-32 maps different seeds to different sums of the same bytes: no record is right in two slots of a segment.
    return body + crc32(body, seed ^ slot).to_bytes(4, "little")


def path_of(directory: Path, number: int) -> Path:
    """The file of a segment."""
    return directory / f"{number:010d}.seg"


def numbers(directory: Path) -> list[int]:
    """The segments that are there, in order."""
    return sorted(int(found[1]) for name in _names(directory) if (found := _NAME.fullmatch(name)))


def next_number(directory: Path) -> int:
    """One above every segment of which there is a trace in the directory.

    Segments that were dropped leave none: a caller who knows up to where was folded takes the greater of the two.
    """
    return max((int(found[1]) for name in _names(directory) if (found := _USED.fullmatch(name))), default=0) + 1


def drop_before(directory: Path, position: Position) -> None:
    """Remove the segments that end before this position: all their records are folded."""
    for number in numbers(directory):
        if number < position.segment:
            path_of(directory, number).unlink(missing_ok=True)


def _names(directory: Path) -> list[str]:
    try:
        return os.listdir(directory)
    except FileNotFoundError:
        return []


def _make(directory: Path, header: Header) -> Segment:
    """Make a file with all its bytes on the disk. It has its name only when it is whole, and for good."""
    path = path_of(directory, header.segment)
    half_made = path.with_name(path.name + HALF_MADE)
    lead, seed = encode_header(header)
    file = os.open(half_made, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        _allocate(file, len(lead) + header.slots * RECORD_BYTES)
        _write_all(file, lead)
        os.fsync(file)
        half_made.rename(path)
        _sync_directory(directory)
    except BaseException:
        os.close(file)
        half_made.unlink(missing_ok=True)
        raise
    return Segment(header.segment, file, len(lead), seed)


def _allocate(file: int, size: int) -> None:
    """Give a new file so many bytes of the disk, all zero."""
    if hasattr(os, "posix_fallocate"):  # macOS has none
        try:
            os.posix_fallocate(file, 0, size)
            return
        except OSError as error:
            if error.errno not in _NOT_SUPPORTED:
                raise
    while size:
        size -= os.write(file, _ZEROS[:size])


def _write_all(file: int, data: bytes) -> None:
    done = 0
    while done < len(data):
        done += os.pwrite(file, data[done:], done)


def _sync_directory(directory: Path) -> None:
    """Bring the names in a directory to the disk."""
    file = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(file)
    finally:
        os.close(file)
