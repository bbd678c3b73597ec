"""The compiled operation: all that a call needs, worked out once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from ..contract import model
from ..contract.settings import SECONDS
from .bind import Bound
from .codec import Arguments, Result
from .signature import Raised

Mode = Literal["loop", "inline", "thread"]
"""Where a call runs: async methods on the event loop, quick sync methods too, any other on a thread of a pool."""


@dataclass(frozen=True, slots=True)
class Operation:
    spec: model.Operation
    path: tuple[str, ...]
    """The attributes that lead from the façade to the method; known from the code, never from a request."""
    mode: Mode
    arguments: Arguments
    result: Result
    errors: tuple[Raised, ...] = ()
    caller: str | None = None
    """The parameter that receives the :class:`~parvis.contract.caller.Caller`."""
    coroutine: bool = False
    bound: tuple[Bound, ...] = ()
    """Parameters whose values come from who calls."""
    files: tuple[str, ...] = ()
    """Parameters that are file-like."""
    pool: str = ""
    """The pool of threads that it shares with all operations that name the same: the value of ``run``."""
    threads: int = 0
    """How many threads that pool has."""
    timeout: float = SECONDS
    """Seconds that a call may take."""

    def declared(self, error: BaseException) -> Raised | None:
        """The declaration that covers an exception, or None: then it is a bug."""
        return next((r for r in self.errors if r.catches(error)), None)
