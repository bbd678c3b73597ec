"""The path of a request, decoded once and checked (OWASP ASVS 1.1.1): what is odd is refused, not mended."""

from __future__ import annotations

import re
from urllib.parse import unquote_to_bytes

from ...contract.outcomes import Refusal

PLAIN = re.compile(rb"(?:/[\w~-][\w.~-]*)+/?\Z")
"""Nearly every path: parts of letters, digits and marks, none of them empty or relative. No part can match in two ways,
so the time is linear."""
_ODD = ("\x00", "\\", "//", "\ufffd")


def canonical(raw_path: bytes) -> str:
    """The decoded path. Raises :class:`Refusal` for one that two readers could read differently."""
    if PLAIN.match(raw_path):
        return raw_path.decode("ascii")
    if b"%" not in raw_path:
        path = raw_path.decode("ascii", "replace")
    else:
        if b"%2f" in raw_path.lower():
            raise Refusal("unknown-operation", "A `/` inside an id cannot stand in a path: use the POST form.")
        try:
            path = unquote_to_bytes(raw_path).decode()
        except UnicodeDecodeError:
            raise Refusal("malformed-request", "The path is not UTF-8.") from None
    if any(odd in path for odd in _ODD) or "/../" in f"{path}/" or "/./" in f"{path}/":
        raise Refusal("malformed-request", "The path holds an empty or relative part, a backslash or a NUL.")
    return path
