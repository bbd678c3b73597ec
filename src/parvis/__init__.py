"""Point it at plain Python: it becomes a public API that strangers register for, get a key to, and call.

What this module exports is the public API; each name is imported when it is first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .client.errors import ParvisError as ParvisError
    from .contract.caller import Caller as Caller
    from .front_door import connect as connect
    from .front_door import connect_async as connect_async
    from .serving import Service as Service
    from .serving import asgi as asgi
    from .serving import serve as serve

_HOMES = {
    "Caller": "parvis.contract.caller",
    "ParvisError": "parvis.client.errors",
    "Service": "parvis.serving",
    "asgi": "parvis.serving",
    "connect": "parvis.front_door",
    "connect_async": "parvis.front_door",
    "serve": "parvis.serving",
}

__all__ = ["Caller", "ParvisError", "Service", "asgi", "connect", "connect_async", "serve"]


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
