"""A body as it arrives, within its bound: what was sent, and what that inflates to."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any

from ...contract.outcomes import Refusal
from ...protocol.http import coding

if TYPE_CHECKING:
    from ..application import Application
    from .call import HttpCall


async def body_of(app: Application, call: HttpCall, inflating: coding.Inflater | None = None) -> bytes:
    """The whole body. Raises :class:`Refusal`."""
    limit = call.body_limit(app)
    _announced(call, limit)
    message = await call.receive()
    if inflating is None and not message.get("more_body") and message["type"] == "http.request":
        body: bytes = message.get("body", b"")
        if len(body) > limit:
            raise _too_large(call, limit)
        return body
    return b"".join([piece async for piece in pieces(call, limit, inflating, message)])


async def pieces(
    call: HttpCall, limit: int, inflating: coding.Inflater | None, message: Any = None
) -> AsyncIterator[bytes]:
    """The body piece by piece, from ``message`` on. Raises :class:`Refusal`."""
    if message is None:
        _announced(call, limit)
        message = await call.receive()
    came = made = 0
    while True:
        if message["type"] == "http.disconnect":
            raise Refusal("malformed-request", "The connection was closed before the whole body came.")
        part = message.get("body", b"")
        came += len(part)
        if came > limit:
            raise _too_large(call, limit)
        for piece in (part,) if inflating is None else inflating.pieces(part, limit - made):
            made += len(piece)
            if made > limit:
                raise _too_large(call, limit)
            yield piece
        if not message.get("more_body"):
            if inflating is not None:
                inflating.end()
            return
        message = await call.receive()


def _announced(call: HttpCall, limit: int) -> None:
    """What says itself that it is too large is refused before it comes."""
    length = call.headers.get(b"content-length")
    if length is not None and length.isdigit() and int(length) > limit:
        raise _too_large(call, limit)


def _too_large(call: HttpCall, limit: int) -> Refusal:
    call.problem_headers.append((b"connection", b"close"))  # rather than read the rest to its end
    return Refusal("body-too-large", f"The body has more than {limit} bytes.", limit=limit)
