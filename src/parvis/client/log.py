"""The client's log: one line a call, at the level DEBUG of the logger ``parvis.client``; silent unless somebody asks.

Rule: nothing that may be secret is ever handed to it: no argument, no header but the request's name, no result.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping

from .errors import printable
from .problems import REQUEST_ID

LOG = logging.getLogger("parvis.client")
LOG.addHandler(logging.NullHandler())


def log_call(operation: str, outcome: object, seconds: float, attempts: int, headers: Mapping[str, str]) -> None:
    """Write the line of a call; ``outcome`` is its status, or what it failed with."""
    if LOG.isEnabledFor(logging.DEBUG):
        plural = "" if attempts == 1 else "s"
        request = printable(headers.get(REQUEST_ID, "") or "unknown")
        LOG.debug(
            "%s %s, %.1f ms, %d attempt%s, request %s", operation, outcome, seconds * 1e3, attempts, plural, request
        )
