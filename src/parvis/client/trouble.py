"""From the HTTP library's exceptions to the client's own, each with what to do about it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from .errors import AnswerUnreadable, ConnectionFailed


@contextmanager
def trouble(origin: str) -> Iterator[None]:
    """Turn the HTTP library's exceptions into one that says what to do."""
    import httpx2

    try:
        yield
    except (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.UnsupportedProtocol, httpx2.ProxyError) as error:
        raise ConnectionFailed(
            f"Cannot connect to {origin}",
            outcome="not-sent",
            detail=_said(error),
            fix="Check the address, and that the server runs there (`parvis serve`).",
        ) from None
    except httpx2.PoolTimeout as error:
        raise ConnectionFailed(
            "Too many calls at once through this client",
            outcome="not-sent",
            detail=_said(error),
            fix="Close streams that you no longer read.",
        ) from None
    except httpx2.TimeoutException as error:
        raise ConnectionFailed(
            f"{origin} did not answer in time",
            detail=_said(error),
            fix="The outcome is unknown: check before you repeat the call, or connect with a longer timeout=.",
        ) from None
    except httpx2.DecodingError as error:
        raise AnswerUnreadable(f"The answer of {origin} cannot be decompressed", detail=_said(error)) from None
    except (httpx2.HTTPError, httpx2.StreamError, OSError) as error:
        raise ConnectionFailed(
            f"The connection to {origin} broke",
            detail=_said(error),
            fix="The outcome is unknown: check before you repeat the call.",
        ) from None


def _said(error: Exception) -> str:
    return str(error) or type(error).__name__


def too_large(limit: int) -> AnswerUnreadable:
    fix = "Ask for less at once, or connect with a larger limit=."
    return AnswerUnreadable(f"The answer is larger than {limit} bytes", fix=fix)
