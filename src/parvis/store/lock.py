"""A data directory belongs to one process: an flock on ``DATA/lock``, held as long as the file is open.

Never a PID file: the kernel lets go of an flock when its process dies, however it dies.
"""

from __future__ import annotations

import fcntl
import os
import time
from pathlib import Path

from ..forks import close_in_children


class DataInUse(Exception):
    """Another process owns the store; the text is one sentence that says what to do."""


class DataLock:
    """The lock of one data directory. Closing it, or the end of the process, gives the directory back."""

    def __init__(self, directory: Path, patience: float) -> None:
        """Take the lock; while another has it, try again for ``patience`` seconds, since a worker that is being
        replaced hands it over. Raises :class:`DataInUse`."""
        # os.open makes it not inheritable (PEP 446): programs that are started do not own the directory with us.
        self._file = os.open(directory / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            deadline = time.monotonic() + patience
            while not self._taken():
                if time.monotonic() >= deadline:
                    raise DataInUse(
                        f"another Parvis server is using the data directory {directory}: stop that server first, or "
                        "give this one a data directory of its own"
                    )
                time.sleep(0.05)
        except BaseException:
            os.close(self._file)
            raise
        # The kernel counts a forked child's copy as the same lock.
        self._back = close_in_children(lambda: [self._file])

    def close(self) -> None:
        """Give the directory back. The file stays: removing it would let two processes lock two files."""
        self._back()
        os.close(self._file)

    def _taken(self) -> bool:
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True
