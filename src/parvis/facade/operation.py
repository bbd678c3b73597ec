"""The compiled operation: all that a call needs, worked out once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from ..contract import model
from .bind import Bound
from .codec import Arguments, Result
from .signature import Raised

Mode = Literal["loop", "inline", "thread"]
"""Where a call runs: async and quick sync methods on the event loop, any other on the façade's thread."""


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

    def declared(self, error: BaseException) -> Raised | None:
        """The declaration that covers an exception, or None: then it is a bug."""
        return next((r for r in self.errors if r.catches(error)), None)
