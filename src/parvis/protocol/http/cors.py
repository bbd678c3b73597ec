"""Cross-origin calls from browsers, by allow-list (the CORS protocol, Fetch standard section 3.2).

Three rules. An origin is allowed because the operator's list holds it, byte for byte; what a request says is never
reflected. Credentials in the standard's sense, cookies, are never allowed: a key travels in a header that the caller's
own script sets, and that is why ``*`` can be a list. And with a list every answer varies by origin, the one to a
foreign origin too, so that no cache gives one site's answer to another.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from .answer import Headers

EXPOSED = (
    "X-Request-Id", "RateLimit", "RateLimit-Policy", "Retry-After", "Location", "ETag", "Link", "Deprecation", "Sunset",
    "WWW-Authenticate", "Idempotency-Replayed", "Accept-Ranges", "Content-Range",
)  # fmt: skip
"""What a script may read of an answer, beside what the standard lets it read anyway."""

TAKEN = (
    "Authorization", "Content-Type", "Content-Encoding", "Idempotency-Key", "If-Match", "If-None-Match", "If-Range",
    "Range", "Traceparent", "X-Request-Id", "MCP-Protocol-Version", "Mcp-Method", "Mcp-Name",
)  # fmt: skip
"""What a script may send, beside what the standard lets it send anyway. ``*`` would not cover Authorization."""

REMEMBERED = 7200
"""Seconds for which a browser may remember a preflight: the most that Chromium does."""

ANY = "*"
_ORIGIN = re.compile(r"[a-z][a-z0-9+.-]*://(?:[a-z0-9.-]+|\[[0-9a-f:.]+\])(?::[1-9]\d{0,4})?\Z")
"""As browsers serialise an origin (RFC 6454 section 6.2): in lower case, without a path."""
_DEFAULT_PORTS = {"http": "80", "https": "443"}
_VARY = b"vary"


class Cors:
    """Who may. Raises ``ValueError`` for what no browser ever sends as ``Origin``, or should not be trusted as one."""

    def __init__(self, origins: Iterable[str]) -> None:
        listed = tuple(origins)
        self._any = ANY in listed
        if self._any and len(listed) > 1:
            raise ValueError("`*` stands for all origins: list it alone")
        for origin in () if self._any else listed:
            scheme, _, rest = origin.partition("://")
            if not _ORIGIN.match(origin):
                raise ValueError(f"{origin!r} is no origin: write `https://app.example.org`, without a path")
            if rest.rpartition(":")[2] == _DEFAULT_PORTS.get(scheme):
                raise ValueError(f"{origin!r} names the port that its scheme has anyway, which browsers leave out")
        self._foreign: Headers = [] if self._any else [(_VARY, b"Origin")]
        exposed = (b"access-control-expose-headers", ", ".join(EXPOSED).encode())
        self._everybody = [(b"access-control-allow-origin", b"*"), exposed]
        self._listed: dict[bytes, Headers] = {
            origin.encode(): [(b"access-control-allow-origin", origin.encode()), exposed, *self._foreign]
            for origin in listed
        }

    def allows(self, origin: bytes | None) -> bool:
        """Whether scripts of this origin may call."""
        return self._any or origin in self._listed

    def headers(self, origin: bytes | None) -> Headers:
        """What every answer to a request of this ``Origin`` carries; made once, so not to be changed."""
        return self._everybody if self._any else self._listed.get(origin or b"", self._foreign)

    def preflight(self, origin: bytes | None, allow: bytes) -> Headers:
        """What the answer to a preflight carries beside: nothing for a foreign origin."""
        if not self.allows(origin):
            return []
        return [
            (b"access-control-allow-methods", allow),
            (b"access-control-allow-headers", ", ".join(TAKEN).encode()),
            (b"access-control-max-age", b"%d" % REMEMBERED),
        ]


def merged(headers: Iterable[tuple[bytes, bytes]], more: Headers) -> Headers:
    """Headers and more, with one ``Vary`` of both."""
    both = [*headers, *more]
    vary = [value for name, value in both if name == _VARY]
    if len(vary) < 2:
        return both
    return [*(each for each in both if each[0] != _VARY), (_VARY, b", ".join(dict.fromkeys(vary)))]
