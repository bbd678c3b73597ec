"""What a caller calls its own request, so that its log and ours can be laid side by side.

One rule: what is not exactly of its form is ignored, as if it had not been sent; nothing of it reaches the log.
"""

from __future__ import annotations

import re

TRACEPARENT = b"traceparent"
REQUEST_ID = b"x-request-id"

_TRACEPARENT = re.compile(rb"(?!ff)([0-9a-f]{2})-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(-[!-~]*)?\Z")
_REQUEST_ID = re.compile(rb"[A-Za-z0-9._-]{1,64}\Z")


def trace_id(traceparent: bytes) -> str | None:
    """The trace id of a ``traceparent`` (W3C Trace Context section 3.2), None for one that is not valid.

    Version 00 ends with its flags; what a later version adds behind them is passed over, as section 4.3 asks.
    """
    found = _TRACEPARENT.match(traceparent)
    if found is None or (found[1] == b"00" and found[3] is not None):
        return None
    return found[2].decode("ascii")


def client_request_id(given: bytes) -> str | None:
    """A caller's own ``X-Request-Id``, when it is 1 to 64 letters, digits, dots, dashes and underscores."""
    return given.decode("ascii") if _REQUEST_ID.match(given) else None
