"""From the HTTP library's exceptions to the client's own, each with what to do about it."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

from ..errors import AnswerUnreadable, ConnectionFailed


class ErrorMeaning(NamedTuple):
    """What one of the library's exceptions means: that no connection was made, or else that nobody knows."""

    exceptions: tuple[type[Exception], ...]
    title: str
    fix: str
    unsent: bool = False


@cache
def rows() -> tuple[ErrorMeaning, ...]:
    """Read in order; the first whose exceptions fit."""
    import httpcore2

    return (
        ErrorMeaning(
            (httpcore2.ConnectError, httpcore2.ConnectTimeout, httpcore2.UnsupportedProtocol, httpcore2.ProxyError),
            "Cannot connect to {origin}",
            "Check the address, and that the server runs there (`parvis serve`).",
            unsent=True,
        ),
        ErrorMeaning(
            (httpcore2.PoolTimeout,),
            "Too many calls at once through this client",
            "Close streams that you no longer read.",
            unsent=True,
        ),
        ErrorMeaning(
            (httpcore2.TimeoutException,),
            "{origin} did not answer in time",
            "The outcome is unknown: check before you repeat the call, or connect with a longer timeout=.",
        ),
        ErrorMeaning(
            (httpcore2.NetworkError, httpcore2.ProtocolError, OSError),
            "The connection to {origin} broke",
            "The outcome is unknown: check before you repeat the call.",
        ),
    )


def connection_error(error: Exception, origin: str) -> ConnectionFailed | None:
    """What to raise in place of an exception of the HTTP library; None for one that is not the network's."""
    said = str(error) or type(error).__name__
    row = next((row for row in rows() if isinstance(error, row.exceptions)), None)
    if row is None:
        return None
    title = row.title.format(origin=origin)
    return ConnectionFailed(title, outcome="not-sent" if row.unsent else "unknown", detail=said, fix=row.fix)


def cannot_unpack(origin: str, said: str) -> AnswerUnreadable:
    return AnswerUnreadable(f"The answer of {origin} cannot be decompressed", detail=said)


def too_large(limit: int) -> AnswerUnreadable:
    fix = "Ask for less at once, or connect with a larger limit=."
    return AnswerUnreadable(f"The answer is larger than {limit} bytes", fix=fix)
