"""What the lock promises of a setting: how it is written there, and what a difference means to callers."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of difference between two contracts: ``what`` differs, and ``why`` that breaks callers or does not."""

    name: str
    breaking: bool
    what: str
    why: str


def _as_it_is(value: Any) -> Any:
    return value


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise:
    """How the lock and a comparison treat one field of :class:`~parvis.contract.model.Operation`."""

    type: type
    """The type of its value in the lock: ``bool``, ``int``, ``str``, or ``dict`` for a line for each key."""
    kinds: tuple[Kind, ...]
    """How it may differ."""
    differences: Callable[[Any, Any], Iterable[tuple[str, str]]]
    """From the old and the new value of the field: the name of a kind, and what happened in words."""
    always: bool = False
    """Whether it is written where it is usual too; then a lock without it is none."""
    usual: Any = None
    """The value of an operation of which nothing is said."""
    to_lock: Callable[[Any], Any] = _as_it_is
    from_lock: Callable[[Any], Any] = _as_it_is
    """The field's value from the lock's. Raises ``ValueError``."""
    held: str | None = None
    """What a start that is held to the lock says is not as the lock has it; None when it is not held to it."""
    broken: Callable[[Any, Any], bool] = operator.ne
    """Whether the code, whose value is the second, breaks what is held: by any difference, if nothing else is said."""

    @property
    def table(self) -> bool:
        return self.type is dict
