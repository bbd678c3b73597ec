"""The mail server by which e-mail goes out, as the settings say it.

The rule: a URL is read once, at start, and what is wrong is said in one sentence that tells what to write. The
password is in no message and no ``repr``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import unquote, urlsplit

Security = Literal["none", "starttls", "tls"]

SCHEMES: dict[str, tuple[Security, int]] = {
    "smtp": ("none", 25),
    "smtp+starttls": ("starttls", 587),
    "smtps": ("tls", 465),  # RFC 8314 section 3.3
}
"""Scheme -> how the connection is secured, and the port when none is given."""

_HOST = re.compile(r"[A-Za-z0-9._:-]+")
_ESCAPED = "in a password / ? # @ are %2F %3F %23 %40"


@dataclass(frozen=True, slots=True)
class MailServer:
    """Where e-mail is handed in, as ``smtp://[user:password@]host[:port]`` says it."""

    security: Security
    host: str
    port: int
    user: str = ""
    password: str = field(default="", repr=False)

    @classmethod
    def parse(cls, url: str) -> MailServer:
        """Raises ValueError with what to write. The URL is not repeated, for it may hold a password."""
        if not url.isprintable():  # urlsplit would drop a line break without a word
            raise ValueError(_write("it holds a control character"))
        try:
            parts = urlsplit(url)
            host, port = parts.hostname, parts.port
        except ValueError:
            parts = None
        # Raised out here: the error of urlsplit holds parts of the URL, and would hang on this one as its context.
        if parts is None:
            raise ValueError(_write(f"its host or port cannot be read; {_ESCAPED}"))
        if parts.scheme not in SCHEMES:
            raise ValueError(_write("its scheme is another"))
        if not host or not _HOST.fullmatch(host):
            raise ValueError(_write("it names no host"))
        if port == 0:
            raise ValueError(_write("no server listens on port 0"))
        if parts.path not in ("", "/") or "?" in url or "#" in url:
            raise ValueError(_write(f"something stands behind the host; {_ESCAPED}"))
        user, password = unquote(parts.username or ""), unquote(parts.password or "")
        if bool(user) != bool(password):
            raise ValueError(_write("user and password come together"))
        if not all(part.isascii() and part.isprintable() for part in (user, password)):
            raise ValueError(_write("user and password can hold printable ASCII characters alone"))
        security, usual = SCHEMES[parts.scheme]
        return cls(security, host, port or usual, user, password)


def _write(problem: str) -> str:
    return (
        "write the mail server as smtp://user:password@host:25, smtp+starttls://user:password@host:587 or "
        f"smtps://user:password@host:465, user:password@ and :port only where needed: {problem}"
    )
