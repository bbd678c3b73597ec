"""The header ``Idempotency-Key`` (draft-ietf-httpapi-idempotency-key-header-07): its bytes -> the key that it names.

The draft has a String of RFC 9651, in quotes; most clients send the bare characters. Both are taken, and are the same
key. Parameters, lists and spaces are not: a key that two readers could read apart is none.
"""

from __future__ import annotations

import re

from ..contract.openapi.document import IDEMPOTENCY_KEY
from ..contract.outcomes import Refusal

HEADER = b"idempotency-key"

_KEY = re.compile(IDEMPOTENCY_KEY.encode().replace(b"$", rb"\Z"))
_ESCAPED = re.compile(rb'\\(["\\])')


def key_of(header: bytes) -> bytes:
    """The key: 1 to 255 visible ASCII characters. Raises ``Refusal("malformed-request")``."""
    if not _KEY.match(header):
        raise Refusal("malformed-request", "The Idempotency-Key is not 1 to 255 visible characters in quotes.")
    return _ESCAPED.sub(rb"\1", header[1:-1]) if header.startswith(b'"') else header
