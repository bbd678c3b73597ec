"""The client: a façade on the caller's side, made from a service's contract.

Rule of this room: it knows the contract and the wire, nothing of how a service is made; and importing it costs almost
nothing, so what is heavy is loaded with the first connection.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from .errors import (
    AnswerUnreadable,
    ArgumentsRefused,
    ConnectionFailed,
    KeyRefused,
    KeyringError,
    NotAllowed,
    ParvisError,
    Refused,
    ServiceFailed,
    TooManyCalls,
)

if TYPE_CHECKING:
    from .connect import Connecting, connect_url
    from .facade import async_facade_of, facade_of
    from .http.transport import HttpTransport
    from .last_call import Last, Limit
    from .memory import MemoryTransport
    from .transport import Answer, Lines, Transport

__all__ = [
    "Answer",
    "AnswerUnreadable",
    "ArgumentsRefused",
    "Connecting",
    "ConnectionFailed",
    "HttpTransport",
    "KeyRefused",
    "KeyringError",
    "Last",
    "Limit",
    "Lines",
    "MemoryTransport",
    "NotAllowed",
    "ParvisError",
    "Refused",
    "ServiceFailed",
    "TooManyCalls",
    "Transport",
    "async_facade_of",
    "connect_url",
    "facade_of",
]

_LAZY = {
    "Answer": "transport",
    "Connecting": "connect",
    "HttpTransport": "http.transport",
    "Last": "last_call",
    "Limit": "last_call",
    "Lines": "transport",
    "MemoryTransport": "memory",
    "Transport": "transport",
    "async_facade_of": "facade",
    "connect_url": "connect",
    "facade_of": "facade",
}


def __getattr__(name: str) -> Any:
    if name not in _LAZY:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f".{_LAZY[name]}", __name__), name)
