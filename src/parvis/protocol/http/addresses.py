"""Every address that is Parvis's own, in one table: what stands there, and which names no service may have.

The router reads it, and so does whoever gives a service its name. The addresses of operations follow from contracts
(:mod:`parvis.contract.routes`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from ...contract.model import CONSOLE
from ...contract.outcomes import PLACES

Kind = Literal["page", "health", "metrics", "token", "agents"]

FIRST: Mapping[str, Kind] = {
    "": "page",
    "errors": "page",
    "health": "health",
    "mcp": "agents",
    "metrics": "metrics",
    "oauth": "token",
    "operator": "page",
    "register": "page",
    "reset": "page",
    "static": "page",
    "verify": "page",
}
"""First part of a path -> what stands there and below. A service's own front page is a page too."""

LIVE = "/health/live"
READY = "/health/ready"
METRICS = "/metrics"
TOKEN = "/oauth/token"  # noqa: S105
AGENTS = "/mcp"
CATALOG = "/.well-known/api-catalog"
LLMS = "/llms.txt"
SERVER = "*"
"""The server as a whole (``OPTIONS *``, RFC 9110 section 9.3.7)."""

RESERVED = frozenset({*FIRST, CONSOLE} - {""})
"""Names that no service may have."""


def links(base_url: str) -> dict[str, str]:
    """The addresses that problems name, by purpose."""
    return {purpose: f"{base_url}{path}" for purpose, path in PLACES.items()}
