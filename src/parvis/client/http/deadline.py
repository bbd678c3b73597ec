"""What is left of a call's time.

Rule: it is one account for the whole call, from its first connection to the last byte of its answer, through every
repeat; so what arrives a byte at a time is given up like what does not arrive.
"""

from __future__ import annotations

import time
from contextvars import ContextVar


class Deadline:
    """``seconds`` from now; None is for ever. ``resting``: from the moment when the answer is waited for, since a file
    takes the time that it takes; until then it bounds each step."""

    __slots__ = ("_end", "_seconds")

    def __init__(self, seconds: float | None, *, resting: bool = False) -> None:
        self._seconds = seconds
        self._end = None if seconds is None or resting else time.monotonic() + seconds

    def left(self) -> float | None:
        """Seconds, 0 when there are none."""
        if self._end is None:
            return self._seconds
        return max(self._end - time.monotonic(), 0.0)

    def waiting(self) -> float | None:
        """The same, now that the answer is waited for."""
        if self._end is None and self._seconds is not None:
            self._end = time.monotonic() + self._seconds
        return self.left()

    def outlasts(self, seconds: float) -> bool:
        """Whether there is more left than that."""
        left = self.left()
        return left is None or left > seconds


FOREVER = Deadline(None)
current: ContextVar[Deadline] = ContextVar("parvis.client.http.deadline", default=FOREVER)
"""Of the call that this thread or task is about: the HTTP library has no place for it where it reads and writes."""
