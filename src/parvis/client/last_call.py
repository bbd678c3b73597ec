"""What is told of a call after it: its status, headers, time, and what is left of the caller's limits.

The rule: each thread and each task has its own. A variable of a context outlives what it was made for, so a client that
is gone hands its one on to the next; what stands in it says whose it is.
"""

from __future__ import annotations

import re
import weakref
from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from typing import NamedTuple

from .problems import REQUEST_ID

_ITEM = re.compile(r'(?:^|,)\s*"([^"]{1,64})"((?:\s*;[^,;"]*(?:"[^"]*")?)*)')
_NUMBER = re.compile(r";\s*([qwrt])=([0-9]{1,15})\s*(?=;|$)")


class Limit(NamedTuple):
    """One limit of the caller: ``limit`` calls (or units of cost) in ``window`` seconds; of them ``remaining`` are
    left, and in ``reset`` seconds there are more. What the server did not say is None."""

    policy: str
    limit: int | None
    window: int | None
    remaining: int | None
    reset: int | None


@dataclass(frozen=True, slots=True)
class Last:
    """The last call. ``status`` is None where no answer came; ``seconds`` are those of all ``attempts`` together."""

    operation: str
    status: int | None
    headers: Mapping[str, str]
    seconds: float
    attempts: int

    @property
    def request_id(self) -> str:
        """By which the operator finds the call; empty where no server of Parvis answered."""
        return self.headers.get(REQUEST_ID, "")

    @property
    def limits(self) -> tuple[Limit, ...]:
        """The limits and quotas that the answer told of."""
        return limits_of(self.headers)


def limits_of(headers: Mapping[str, str]) -> tuple[Limit, ...]:
    """The rows of ``RateLimit-Policy`` and ``RateLimit`` (draft-ietf-httpapi-ratelimit-headers-11); what is none of
    theirs is passed over."""
    rows: dict[str, dict[str, int]] = {}
    for name in ("ratelimit-policy", "ratelimit"):
        for policy, parameters in _ITEM.findall(headers.get(name, "")[:4096]):
            row = rows.setdefault(policy, {})
            row.update((key, int(number)) for key, number in _NUMBER.findall(parameters))
    return tuple(Limit(name, row.get("q"), row.get("w"), row.get("r"), row.get("t")) for name, row in rows.items())


class LastCall:
    """Where a client keeps the last call of each thread and task."""

    def __init__(self) -> None:
        self._mine = object()
        self._kept: _Kept = _free.pop() if _free else ContextVar("parvis.client.last_call", default=None)
        weakref.finalize(self, _free.append, self._kept)

    def set(self, last: Last) -> None:
        self._kept.set((self._mine, last))

    def get(self) -> Last | None:
        kept = self._kept.get()
        return kept[1] if kept is not None and kept[0] is self._mine else None


_Kept = ContextVar[tuple[object, Last] | None]
_free: list[_Kept] = []
