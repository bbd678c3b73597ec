"""What the client raises, by whose fault it is.

::

    Exception
    ├── ParvisError              anything that is not the service's own declared exception
    │   ├── Refused              yours to correct: the server answered 4xx
    │   │   ├── ArgumentsRefused     some arguments are not valid; ``errors`` names each
    │   │   ├── KeyRefused           no key, or one that opens nothing (401)
    │   │   ├── NotAllowed           the right to do this is missing (403)
    │   │   └── TooManyCalls         a limit or quota has no room (429); ``retry_after`` says for how long
    │   ├── ServiceFailed        the publisher's or the operator's: the server answered 5xx
    │   ├── ConnectionFailed     no answer came; ``outcome`` says whether the call may have run
    │   ├── AnswerUnreadable     an answer came that is none of Parvis's, or not of the promised type
    │   └── KeyringError         the file of kept keys cannot be used
    └── the service's own        what its docstrings declare: a built-in, or a class of the service
                                 (``shop.parvis.errors.OutOfStock``), never a ParvisError

One rule: a ``ParvisError`` derives from no other built-in than ``Exception``. So ``except LookupError`` around a call
catches what the service itself raised, exactly as it did around the object, and never a fault of the way there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

TEXT = 2_000
"""The most characters of one text from the wire that ``str(error)`` shows."""


class ParvisError(Exception):
    """A call that was refused, failed or never answered.

    ``title`` is constant for a ``code``; ``detail`` says what happened this time; ``fix`` is one sentence on what to
    do; ``links`` are addresses by purpose; ``request_id`` is what to give an operator; ``attempts`` is how often the
    call was sent; ``problem`` is the whole problem as the server sent it.
    """

    see = "docs"
    """Which of the links helps most with an error of this kind, and is shown."""

    def __init__(
        self,
        title: str = "",
        *,
        code: str = "",
        status: int | None = None,
        detail: str = "",
        fix: str = "",
        request_id: str = "",
        operation: str = "",
        links: Mapping[str, Any] | Sequence[Any] | None = None,
        errors: Sequence[Mapping[str, Any]] = (),
        problem: Mapping[str, Any] | None = None,
        attempts: int = 1,
    ) -> None:
        super().__init__(title)
        self.title = title
        self.code = code
        self.status = status
        self.detail = detail
        self.fix = fix
        self.request_id = request_id
        self.operation = operation
        self.links: Mapping[str, Any] | Sequence[Any] = links if links is not None else {}
        self.errors = tuple(errors)
        self.problem: Mapping[str, Any] = problem if problem is not None else {}
        self.attempts = attempts

    def __str__(self) -> str:
        known = " ".join(str(part) for part in (self.status, self.code) if part)
        head = f"{self.operation}: {self.title}" if self.operation else self.title
        lines = [f"{head} ({known})" if known else head]
        if self.detail and self.detail != self.title:
            lines.append(self.detail)
        lines += [f"  {e.get('location', '?')}: {e.get('message', '')}" for e in self.errors]
        if self.fix:
            lines.append(f"What to do: {self.fix}")
        link = self.links.get(self.see) if isinstance(self.links, Mapping) else None
        if isinstance(link, str):
            lines.append(f"See: {link}")
        if self.request_id:
            lines.append(f"Request: {self.request_id}")
        return "\n".join(printable(line) for line in lines)


class Refused(ParvisError):
    """The server refused the call; correct it and call again."""


class ArgumentsRefused(Refused):
    """Some arguments are not valid: ``errors`` holds ``location``, ``message`` and ``fix`` for each of them."""


class KeyRefused(Refused):
    """The call came without a key, or with one that opens nothing here."""


class NotAllowed(Refused):
    """The key is good, but this is not among its rights."""

    see = "explain"


class TooManyCalls(Refused):
    """A limit or a quota has no room. In ``retry_after`` seconds there is some, where the server said so, else None;
    ``policies`` are the limits without room: ``rate``, ``concurrent``, ``day``, ``month``."""

    see = "limits"

    def __init__(
        self, title: str = "", *, retry_after: float | None = None, policies: Sequence[str] = (), **fields: Any
    ) -> None:
        super().__init__(title, **fields)
        self.retry_after = retry_after
        self.policies = tuple(policies)


class ServiceFailed(ParvisError):
    """The service or its server broke; the ``request_id`` finds it in the operator's log."""


class ConnectionFailed(ParvisError):
    """No whole answer came. ``outcome`` is ``"not-sent"`` when the call cannot have run, else ``"unknown"``."""

    def __init__(self, title: str = "", *, outcome: Literal["not-sent", "unknown"] = "unknown", **fields: Any) -> None:
        super().__init__(title, **fields)
        self.outcome = outcome


class AnswerUnreadable(ParvisError):
    """An answer came that is no answer of Parvis's, or that is not of the type which the contract promises."""


class KeyringError(ParvisError):
    """The file in which keys are kept cannot be read or written."""


_PLAIN = "\n\t\u00a0\u202f"
"""Shown though they do not count as printable: the spaces at which a line does not break, as French has them."""


def printable(text: str) -> str:
    """Text from the wire as it may stand on a terminal: bounded, and without control characters."""
    if len(text) > TEXT:
        text = text[:TEXT] + "…"
    return "".join(c if c.isprintable() or c in _PLAIN else "\N{REPLACEMENT CHARACTER}" for c in text)
