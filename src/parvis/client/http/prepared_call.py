"""What goes out: the head that all requests of a caller have, and one call as it is sent each time."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..values.upload import Upload
    from .connections import Head

GZIP = "gzip"
IDENTITY = "identity"
JSON = "application/json"
LINES = "application/jsonl"


@dataclass(slots=True)
class PreparedCall:
    """One call, as it is sent each time."""

    method: str
    target: bytes
    head: Head
    body: bytes | Upload
    limit: int
    safe: bool = False
    lines: bool = False
    operation: str = ""
    key: bytes | None = None
    """The Idempotency-Key."""
    start: int | None = 0
    """Where the caller's file stood; None for one that can be read only once."""


def common_head(host: bytes, credential: str | None, language: str | None, local: bool) -> Head:
    """What every request has."""
    head = [
        (b"Host", host),
        (b"User-Agent", b"parvis-client"),
        # Within a machine compressing takes longer than the way is.
        (b"Accept-Encoding", (IDENTITY if local else GZIP).encode()),
    ]
    if credential is not None:
        head.append((b"Authorization", credential.encode()))
    if language is not None:
        if not (language.isascii() and language.isprintable()):
            raise ValueError("language is a language, or several, as Accept-Language has them: fr")
        head.append((b"Accept-Language", language.encode()))
    return head


def authorization(key: str | None, auth: tuple[str, str] | None) -> str | None:
    """The value of the field ``Authorization``; None without a key. Raises ``ValueError`` for a malformed one."""
    if auth is not None:
        name, password = auth
        if ":" in name or not name.isprintable():
            raise ValueError("the name before a password holds no colon and no control character (RFC 7617 section 2)")
        return "Basic " + base64.b64encode(f"{name}:{password}".encode()).decode()
    if not key:
        return None
    if not (key.isascii() and key.isprintable()) or " " in key:
        raise ValueError("this is not a key: give it as it was shown when it was made, without spaces or line ends")
    return f"Bearer {key}"
