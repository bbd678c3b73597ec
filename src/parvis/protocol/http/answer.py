"""What goes back: the heads of answers, made once where they do not change."""

from __future__ import annotations

from ...contract.model import Route

Headers = list[tuple[bytes, bytes]]

JSON = (b"content-type", b"application/json")
PROBLEM = (b"content-type", b"application/problem+json")
LINES = (b"content-type", b"application/jsonl; charset=utf-8")
EVENTS = (b"content-type", b"text/event-stream; charset=utf-8")
# RFC 9111 section 3.5: what was asked with a key is for its holder alone.
PRIVATE = (b"cache-control", b"private, no-store")
# RFC 9111 section 5.2.2.4: a document may be kept by anybody who asks each time whether it is still the one.
REVALIDATED = (b"cache-control", b"no-cache")
NOSNIFF = (b"x-content-type-options", b"nosniff")
# Nothing that a call answers is a page. Should a browser take it for one all the same, it shows it in no frame, loads
# nothing for it and runs nothing of it, and tells nobody its address (OWASP ASVS 5.0, 3.4.3 to 3.4.6: every answer).
LOCKED = (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'")
UNTOLD = (b"referrer-policy", b"no-referrer")
SECURE: Headers = [NOSNIFF, LOCKED, UNTOLD]
# RFC 6797, for a year (ASVS 3.4.1). Not for the domains below: those may be others' to decide.
HTTPS_ONLY = (b"strict-transport-security", b"max-age=31536000")


def common(base_url: str) -> Headers:
    """What every answer of the server at this address carries, whatever it answers; not to be changed in place."""
    return [*SECURE, HTTPS_ONLY] if base_url.startswith("https://") else SECURE


def written(fields: Headers) -> bytes:
    """Fields as they go out. Raises ``ValueError`` for one that holds a line break or a NUL."""
    lines = b"".join(b"%b: %b\r\n" % field for field in fields)
    if lines.count(b"\n") != len(fields) or lines.count(b"\r") != len(fields) or b"\0" in lines:
        raise ValueError("a header of the answer holds a line break or a NUL")
    return lines


def read(lines: bytes) -> Headers:
    """What :func:`written` wrote."""
    return [(name, value) for name, _, value in (line.partition(b": ") for line in lines.split(b"\r\n")[:-1])]


REPLAYED = (b"idempotency-replayed", b"true")
"""On what an earlier call with the same Idempotency-Key was answered."""

CHALLENGE = b'Bearer realm="parvis", Basic realm="parvis", charset="UTF-8"'
CHALLENGE_INVALID = b'Bearer realm="parvis", error="invalid_token", Basic realm="parvis", charset="UTF-8"'
"""RFC 6750 section 3.1 and RFC 7617 section 2."""


def kept(seconds: int, route: Route) -> tuple[bytes, bytes]:
    """What the publisher lets anybody keep: answers by GET alone (RFC 9111 section 3)."""
    return (b"cache-control", b"public, max-age=%d" % seconds) if route.method == "GET" else PRIVATE


def event(data: bytes, name: bytes = b"") -> bytes:
    """One Server-Sent Event; our JSON never holds a line break."""
    return (b"event: " + name + b"\n" if name else b"") + b"data: " + data + b"\n\n"
