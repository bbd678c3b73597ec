"""Whether a call is sent again, and after how long.

The rule: only where it does no harm. A call that cannot have run may always be sent again: no connection was made, or
it was refused for limits. Any other only when it is *safe*: it reads, or the server knows it again by its
Idempotency-Key.
Nothing here waits or sends.
"""

from __future__ import annotations

from collections.abc import Callable
from random import uniform
from typing import TYPE_CHECKING

from ..errors import ConnectionFailed
from ..problems import problem_of, retry_after

if TYPE_CHECKING:
    from ..transport import Answer

RETRIES = 2
"""How often a call is sent again at most."""
FIRST = 0.5
LONGEST = 5.0
"""Seconds: of the wait before the first repeat, which doubles with each, and of any wait."""

BETWEEN = frozenset({502, 504})
"""Of a proxy, when they hold no problem; of Parvis they say that the method has run."""

PASSING: tuple[tuple[Callable[[Answer], bool], bool], ...] = (
    (lambda answer: answer.status == 429, False),
    (lambda answer: answer.status == 503, True),
    (lambda answer: answer.status in BETWEEN and problem_of(answer) is None, True),
)
"""What may be over soon, and whether a call must be safe to be sent again after it."""


def pause(outcome: Answer | ConnectionFailed, attempt: int, safe: bool) -> float | None:
    """Seconds to wait after the ``attempt``-th attempt (1 is the first) before the next; None for no next one."""
    if isinstance(outcome, ConnectionFailed):
        asked = 0.0
        if outcome.outcome != "not-sent" and not safe:
            return None
    else:
        needs_safe = next((needs for holds, needs in PASSING if holds(outcome)), None)
        if needs_safe is None or (needs_safe and not safe):
            return None
        asked = retry_after(outcome) or 0.0
        if asked > LONGEST:
            return None
    # The random part keeps callers apart who were all refused in one moment.
    return max(asked, uniform(0.0, min(LONGEST, FIRST * 2.0 ** (attempt - 1))))  # noqa: S311


def in_progress(answer: Answer) -> float | None:
    """Seconds until it is of use to repeat a call whose first one still runs; None when that is not so."""
    if answer.status != 409 or (problem_of(answer) or {}).get("code") != "idempotency-in-progress":
        return None
    return min(retry_after(answer) or FIRST, LONGEST)
