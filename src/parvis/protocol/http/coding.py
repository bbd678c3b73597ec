"""gzip (RFC 1952): answers out, bodies in, the latter by bounded inflation.

Whatever a body inflates to, no more than one byte over its bound is ever made of it.
"""

from __future__ import annotations

import zlib

from ...contract.outcomes import Refusal

LEAST = 1400
"""Bytes of an answer from which gzip is worth it: a smaller one goes in one packet anyway."""
LEVEL = 5
"""Beyond it JSON becomes hardly smaller, and takes twice the time."""
LONG = 65_536
"""Bytes from which an answer is compressed beside the event loop: above a millisecond."""

RATIO = 100
"""A body may be a hundred times what was sent; JSON that people write is below thirty, and gzip ends at a thousand."""
FREE = 65_536
"""Bytes that a body may have whatever was sent."""

_GZIP = 16 + zlib.MAX_WBITS


def gzipped(body: bytes) -> bytes:
    """Without a time or name in its head: the same bytes for the same body."""
    return zlib.compress(body, LEVEL, _GZIP)


class Inflater:
    """One compressed body, as it comes."""

    def __init__(self) -> None:
        self._inflate = zlib.decompressobj(_GZIP)
        self._came = 0
        self._made = 0

    def feed(self, part: bytes, room: int) -> bytes:
        """What the next part of the body inflates to, at most ``room + 1`` bytes: then it is too much.

        Raises :class:`Refusal` for what is no gzip, or inflates beyond measure.
        """
        if not part:
            return b""
        if self._inflate.eof:
            raise Refusal("malformed-request", "The compressed body has something after its end.")
        try:
            made = self._inflate.decompress(part, room + 1)
        except zlib.error:
            raise Refusal("malformed-request", "The body is not gzip, as `Content-Encoding` says.") from None
        if self._inflate.unused_data:
            raise Refusal("malformed-request", "The compressed body has something after its end.")
        self._came += len(part)
        self._made += len(made)
        if self._made > FREE and self._made > RATIO * self._came:
            raise Refusal("malformed-request", f"The body inflates to more than {RATIO} times what was sent.")
        return made

    def end(self) -> None:
        """Raises :class:`Refusal` where the body is cut."""
        if self._came and not self._inflate.eof:
            raise Refusal("malformed-request", "The compressed body is cut before its end.")
