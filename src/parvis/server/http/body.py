"""A body as it arrives, within its bound: what was sent, and what that inflates to."""

from __future__ import annotations

from collections.abc import AsyncIterator

from ...contract.outcomes import Refusal
from ...protocol.http import coding
from ...protocol.http.refusal import HttpRefusal
from ..request import Request


async def body_of(request: Request, limit: int, inflating: coding.Inflater | None = None) -> bytes:
    """The whole body, of at most ``limit`` bytes. Raises :class:`Refusal`."""
    _announced(request, limit)
    first, more = await request.body.read()
    if inflating is None and not more:
        if len(first) > limit:
            raise _too_large(limit)
        return first
    return b"".join([piece async for piece in _pieces(request, limit, inflating, first, more)])


async def pieces(request: Request, limit: int, inflating: coding.Inflater | None) -> AsyncIterator[bytes]:
    """The body piece by piece. Raises :class:`Refusal`."""
    _announced(request, limit)
    first, more = await request.body.read()
    async for piece in _pieces(request, limit, inflating, first, more):
        yield piece


async def _pieces(
    request: Request, limit: int, inflating: coding.Inflater | None, part: bytes, more: bool
) -> AsyncIterator[bytes]:
    came = made = 0
    while True:
        came += len(part)
        if came > limit:
            raise _too_large(limit)
        for piece in (part,) if inflating is None else inflating.pieces(part, limit - made):
            made += len(piece)
            if made > limit:
                raise _too_large(limit)
            yield piece
        if not more:
            if inflating is not None:
                inflating.end()
            return
        part, more = await request.body.read()


def _announced(request: Request, limit: int) -> None:
    """What says itself that it is too large is refused before it comes."""
    length = request.fields.get(b"content-length")
    if length is not None and length.isdigit() and int(length) > limit:
        raise _too_large(limit)


def _too_large(limit: int) -> Refusal:
    # The connection is closed rather than read to the end of such a body.
    closes = [(b"connection", b"close")]
    return HttpRefusal(closes, "body-too-large", f"The body has more than {limit} bytes.", limit=limit)
