"""Content codings (RFC 9110 section 8.4.1): answers out in zstd (RFC 8878) or gzip (RFC 1952), bodies in by bounded
inflation.

Whatever a body inflates to, no more than one byte over its bound is ever made of it, and no more than a piece of it at
a time.
"""

from __future__ import annotations

import sys
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Protocol

from ...contract.outcomes import Refusal

LEAST = 1400
"""Bytes of an answer from which a coding is worth it: a smaller one goes in one packet anyway."""
LONG = 65_536
"""Bytes from which an answer is compressed beside the event loop: above a millisecond."""

RATIO = 100
"""A body may be a hundred times what was sent; JSON that people write is below thirty, and gzip ends at a thousand."""
FREE = 65_536
"""Bytes that a body may have whatever was sent."""
PIECE = 262_144
"""Bytes that are inflated at a time."""

_GZIP = 16 + zlib.MAX_WBITS
_GZIP_LEVEL = 5
"""Beyond it JSON becomes hardly smaller, and takes twice the time."""
_ZSTD_LEVEL = 3
_ZSTD_WINDOW = 23
"""The binary logarithm of the largest window that a body may ask for, 8 MB (RFC 9659 section 3)."""


class _Inflating(Protocol):
    """What the standard library's decompressors have in common."""

    @property
    def eof(self) -> bool: ...

    @property
    def unused_data(self) -> bytes: ...

    def decompress(self, data: bytes, max_length: int) -> bytes:
        """At most so many bytes; what is left over is kept, and comes with the next call."""


@dataclass(frozen=True, slots=True)
class Coding:
    """One content coding; ``tag`` is the suffix of the entity tag of what it makes."""

    name: bytes
    tag: bytes
    compress: Callable[[bytes], bytes]
    """Without a time or a name in it: the same bytes for the same body."""
    inflating: Callable[[], _Inflating]
    wrong: Callable[[], type[Exception]]
    """What the decompressor raises for bytes that are none of its own."""

    @property
    def field(self) -> tuple[bytes, bytes]:
        return (b"content-encoding", self.name)


class _Gunzip:
    """zlib's decompressor, keeping what is left over as the others do."""

    def __init__(self) -> None:
        self._inflate = zlib.decompressobj(_GZIP)

    @property
    def eof(self) -> bool:
        return self._inflate.eof

    @property
    def unused_data(self) -> bytes:
        return self._inflate.unused_data

    def decompress(self, data: bytes, max_length: int) -> bytes:
        return self._inflate.decompress(self._inflate.unconsumed_tail + data, max_length)


def _zstd() -> Any:
    """The module, loaded by the first who speaks it."""
    if sys.version_info >= (3, 14):
        from compression import zstd
    else:
        from backports import zstd
    return zstd


def _unzstd() -> _Inflating:
    zstd = _zstd()
    inflating: _Inflating = zstd.ZstdDecompressor(options={zstd.DecompressionParameter.window_log_max: _ZSTD_WINDOW})
    return inflating


ZSTD = Coding(
    b"zstd", b"-zs", lambda body: bytes(_zstd().compress(body, level=_ZSTD_LEVEL)), _unzstd, lambda: _zstd().ZstdError
)
GZIP = Coding(b"gzip", b"-gz", lambda body: zlib.compress(body, _GZIP_LEVEL, _GZIP), _Gunzip, lambda: zlib.error)

CODINGS: dict[bytes, Coding] = {b"zstd": ZSTD, b"gzip": GZIP, b"x-gzip": GZIP}
"""Name -> coding, the better one first; ``x-gzip`` is another name of gzip (RFC 9110 section 8.4.1.3)."""
OFFERED = (b"zstd", b"gzip")


class Inflater:
    """One compressed body, as it comes."""

    def __init__(self, coding: Coding = GZIP) -> None:
        self._name = coding.name.decode()
        self._inflate = coding.inflating()
        self._wrong = coding.wrong()
        self._came = 0
        self._made = 0

    def pieces(self, part: bytes, room: int) -> Iterator[bytes]:
        """What the next part of the body inflates to, at most ``room + 1`` bytes of it: then it is too much.

        Raises :class:`Refusal` for what is not of the coding, or inflates beyond measure.
        """
        if not part:
            return
        if self._inflate.eof:
            raise _after()
        self._came += len(part)
        while True:
            most = min(PIECE, room + 1)
            try:
                made = self._inflate.decompress(part, most)
            except self._wrong:
                raise Refusal(
                    "malformed-request", f"The body is not {self._name}, as `Content-Encoding` says."
                ) from None
            if self._inflate.unused_data:
                raise _after()
            self._made += len(made)
            if self._made > FREE and self._made > RATIO * self._came:
                raise Refusal("malformed-request", f"The body inflates to more than {RATIO} times what was sent.")
            if made:
                yield made
            room -= len(made)
            if len(made) < most or room < 0 or self._inflate.eof:
                return
            part = b""

    def end(self) -> None:
        """Raises :class:`Refusal` where the body is cut."""
        if self._came and not self._inflate.eof:
            raise Refusal("malformed-request", "The compressed body is cut before its end.")


def _after() -> Refusal:
    return Refusal("malformed-request", "The compressed body has something after its end.")
