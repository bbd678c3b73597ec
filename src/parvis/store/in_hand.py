"""The calls in hand, in memory that outlives their process: ``DATA/in-hand``.

Rules. A call stands here from before its method is called until its record is written and a moment longer, so that
whoever comes after a process that was killed can say what it was doing. A call is told once: what the tables have the
end of is passed over, and the file is taken away before what it says is used. It is mapped memory, so an entry costs
about as much as a log line and no system call; whatever happens to the machine, rather than to the process, it is not
for.
"""

from __future__ import annotations

import mmap
import os
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from .journal import Journal
from .journal_format import CALL, CLOSE, NOWHERE, TEST, Position, Record
from .queries import usage
from .sql import SqlStore

NAME = "in-hand"
SLOTS = 4096
"""Calls that can be told of; what is beyond runs all the same."""
SLOT = 512
"""Bytes of a slot: a 1 where there is a call, then its entry: the fields of :class:`LeftBehind` in their order, the
position as two, each ended by a line break. Ids and names hold none."""
ENDED = "process-ended"
"""The code of a call that was in hand when its process was killed."""


class LeftBehind(NamedTuple):
    """A call that was in hand when its process ended."""

    request: str
    operation: str
    caller: str
    """The id of its key, or what else it came by."""
    account: str
    """Empty where nothing is recorded of it."""
    key: str
    test: bool
    at: int
    """When it was admitted, microseconds UTC."""
    opened: Position
    """Where the record of a stream's opening stands."""


class InHand:
    """The slots of this process. Who takes the place of a free slot writes the entry, then the 1; in the end a 0."""

    def __init__(self, directory: Path, boot: str) -> None:
        """``boot`` begins all request ids. Raises ``OSError`` where the disk has no room."""
        self.boot = boot
        self._path = directory / NAME
        with open(self._path, "w+b", opener=_private) as file:
            file.write(bytes(SLOT * (SLOTS + 1)))  # else a full disk would be a SIGBUS later
            file.flush()
            self.memory = mmap.mmap(file.fileno(), 0)
        self.memory[: len(boot)] = boot.encode()
        self.free = list(range(SLOT * SLOTS, 0, -SLOT))
        """Where slots begin that nobody has."""

    def close(self) -> None:
        """All calls have ended."""
        self.memory.close()
        self._path.unlink(missing_ok=True)


def left_behind(directory: Path) -> tuple[str, list[LeftBehind]]:
    """The boot of a process that was killed, and the calls it had in hand; the file is taken away."""
    path = directory / NAME
    try:
        data = path.read_bytes()
        path.unlink()
    except OSError:
        return "", []
    found = []
    for start in range(SLOT, len(data), SLOT):
        fields = data[start + 1 : start + SLOT].decode(errors="replace").split("\n")[:9]
        if data[start] == 1:
            with suppress(ValueError):  # the machine itself went down, and the file is as the disk had it
                request, operation, caller, account, key, *numbers = fields
                test, at, segment, slot = map(int, numbers)
                opened = Position(segment, slot)
                found.append(LeftBehind(request, operation, caller, account, key, test == 1, at, opened))
    return data[:SLOT].rstrip(b"\0").decode(errors="replace"), found


async def without_end(store: SqlStore, left: Sequence[LeftBehind]) -> list[LeftBehind]:
    """Those of which the tables have no end. A stream may have opened after its entry was written."""
    if not left:
        return []
    found = await store.ask(usage.recorded, [(call.request, call.at, call.opened) for call in left])
    lost = []
    for call in left:
        status, place = found.get(call.request, (0, NOWHERE))
        if status == 0:
            lost.append(call if place == NOWHERE else call._replace(opened=Position(*place)))
    return lost


def end(directory: Path, boot: str, left: Sequence[LeftBehind], first: int, codes: Sequence[str]) -> None:
    """Write the ends of these calls of the process ``boot``, not charged: a segment of the journal, number ``first``.
    Raises ``OSError``."""
    names = list(dict.fromkeys(call.operation for call in left))
    journal = Journal(directory, boot, names, codes, first=first, slots=len(left))
    try:
        journal.adopt(journal.prepare())
        journal.reserve(len(left))
        for call in left:
            kind = CALL if call.opened == NOWHERE else CLOSE
            journal.write(
                Record(
                    kind, TEST if call.test else 0, 500, names.index(call.operation), codes.index(ENDED), 0, 0, 0,
                    call.at, int(call.request[len(boot) :], 16), call.opened, call.account, call.key,
                )
            )  # fmt: skip
        journal.flush()
    finally:
        journal.close()


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
