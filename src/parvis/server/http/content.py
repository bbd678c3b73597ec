"""In which form an answer goes out, and whether it has to: ``Accept``, ``Accept-Encoding``, a request's conditions.

What cannot be had in any form that was asked for is refused before it runs, and so is a change with a condition that
nobody here can judge. Everything else is decided when the result is there, on the JSON that every form is made from.
"""

from __future__ import annotations

import asyncio
import base64
from functools import lru_cache

from ...contract.model import Route
from ...contract.outcomes import Refusal
from ...protocol import messagepack
from ...protocol.http import accept, coding, conditions, ranges
from ...protocol.http import answer as heads
from ...protocol.http.answer import Headers
from ...protocol.http.coding import Coding
from ...protocol.http.refusal import HttpRefusal
from ..request import Request

Represented = tuple[int, bytes, Headers]
"""Status, body, and the fields that tell of it."""


def negotiate(request: Request, route: Route, offers: tuple[bytes, ...]) -> bytes:
    """The form of the answer, a media type of ``offers``, empty for the usual one. Raises :class:`Refusal` where there
    is none (406), or a condition fails (412).

    A change is never made on a condition. Its address has no representation with a tag, so ``If-Match`` is false there
    whatever it lists (RFC 9110 section 13.1.1), and a server that passed over it would overwrite what the condition
    was to protect; ``If-None-Match: *`` speaks of a thing of which we do not know whether it exists. Tags listed in
    ``If-None-Match`` match nothing, so it holds. ``If-Unmodified-Since`` must be ignored where there is no date
    (section 13.1.4), and there never is.
    """
    chosen = b""
    asked = request.fields.get(b"accept", b"")
    if asked not in accept.ANYTHING and route.status != 204:
        form = accept.chosen(asked, offers)
        if form is None:
            raise _offering("not-acceptable", "This answer has none of the types that `Accept` names.", offers)
        chosen = form if form != offers[0] else b""
    if route.method != "GET" and (
        b"if-match" in request.fields or request.fields.get(b"if-none-match", b"").strip() == b"*"
    ):
        raise Refusal("precondition-failed", "A call that may change something takes no condition on what there is.")
    return chosen


def inflater(request: Request) -> coding.Inflater | None:
    """What makes a body of one that came compressed. Raises :class:`Refusal` for a coding that is not taken (415)."""
    named = request.fields.get(b"content-encoding")
    if named is None:
        return None
    known = coding.CODINGS.get(named.strip().lower())
    if known is None:
        taken = (b"accept-encoding", b", ".join(coding.OFFERED))  # RFC 9110 section 12.5.3
        raise _offering("unsupported-media-type", "The body is compressed in a way that is not taken here.",
                        coding.OFFERED, taken)  # fmt: skip
    return coding.Inflater(known)


def untaken(kind: bytes, taken: tuple[bytes, ...]) -> Refusal:
    """The refusal of a body for its type."""
    told = kind.decode(errors="replace")[:100] or "of no type"
    accepted = (b"accept", b", ".join(taken))  # RFC 9110 section 15.5.16
    return _offering("unsupported-media-type", f"The body is {told}.", taken, accepted)


async def represent(
    request: Request, route: Route, vary: tuple[bytes, bytes], form: bytes, body: bytes, status: int
) -> Represented:
    """A result, which is JSON, as it goes out. An answer that the caller has already becomes a 304.

    Raises :class:`Refusal` where a read was to be answered on a condition that does not hold.
    """
    # What MessagePack cannot say goes out as JSON, and says so: refused after it ran, a result would be lost.
    packed = messagepack.from_json(body) if form in accept.MESSAGEPACK else None
    coded = compresses(request, body) if packed is None else None
    fields = [vary]
    if route.method == "GET":
        tag = conditions.tag(body, conditions.PACKED if packed is not None else b"" if coded is None else coded.tag)
        fields.append((b"etag", tag))
        if unchanged(request, tag):
            return 304, b"", fields
    if packed is not None:
        return status, packed, [(b"content-type", form), *fields]
    if coded is not None:
        short = len(body) < coding.LONG
        made = coded.compress(body) if short else await asyncio.to_thread(coded.compress, body)
        return status, made, [heads.JSON, coded.field, *fields]
    return status, body, [heads.JSON, *fields]


async def represent_raw(
    request: Request, route: Route, vary: tuple[bytes, bytes], kind: bytes, result: bytes, status: int
) -> Represented:
    """A result that is bytes, as it is: all of it, or the part that was asked for (RFC 9110 section 14.2).

    Raises :class:`Refusal` where that part is not there (416), and as :func:`represent` does.
    """
    short = len(result) < coding.LONG
    body, tag = _unwrapped(result) if short else await asyncio.to_thread(_unwrapped, result)
    fields = [(b"content-type", kind), vary]
    if route.method != "GET":
        return status, body, fields
    fields += [(b"etag", tag), ranges.ACCEPTED]
    if unchanged(request, tag):
        return 304, b"", fields[1:]
    wanted = request.fields.get(b"range")
    if wanted is None or request.method != "GET" or not ranges.holds(request.fields.get(b"if-range", tag), tag):
        return status, body, fields
    part = ranges.part(wanted, len(body))
    if part is None:
        return status, body, fields
    return 206, body[slice(*part)], [*fields, ranges.told(*part, len(body))]


def _unwrapped(result: bytes) -> tuple[bytes, bytes]:
    """The bytes that JSON has as base64 text, and their tag."""
    body = base64.urlsafe_b64decode(result[1:-1])
    return body, conditions.tag(body, conditions.RAW)


def compresses(request: Request, body: bytes) -> Coding | None:
    """The coding in which a body goes out: where it is long enough, and its caller takes one."""
    if len(body) <= coding.LEAST:
        return None
    named = accept.coding(request.fields.get(b"accept-encoding", b""))
    return None if named is None else coding.CODINGS[named]


def unchanged(request: Request, tag: bytes) -> bool:
    """Whether who reads has this answer already. ``If-Match`` comes first (RFC 9110 section 13.2.2)."""
    wanted = request.fields.get(b"if-match")
    if wanted is not None and not conditions.match(wanted, tag):
        raise Refusal("precondition-failed", "What is here now is none of what `If-Match` names.")
    known = request.fields.get(b"if-none-match")
    return known is not None and not conditions.none_match(known, tag)


def lasting(request: Request, body: bytes) -> Represented:
    """A document as it goes out, but for its type. Tag and compressed form are made at the first request for them.
    Raises :class:`Refusal` as :func:`represent` does."""
    coded = compresses(request, body)
    tag = _tag(body, b"" if coded is None else coded.tag)
    fields = [(b"etag", tag), heads.REVALIDATED, (b"vary", b"Accept-Encoding")]
    if unchanged(request, tag):
        return 304, b"", fields
    return (200, body, fields) if coded is None else (200, _compressed(coded, body), [coded.field, *fields])


# By the very bytes of a document, which last as long as the server does: a look-up costs next to nothing.
_tag = lru_cache(maxsize=128)(conditions.tag)


@lru_cache(maxsize=64)
def _compressed(coded: Coding, body: bytes) -> bytes:
    return coded.compress(body)


def _offering(code: str, detail: str, offers: tuple[bytes, ...], *fields: tuple[bytes, bytes]) -> Refusal:
    names = [offer.decode() for offer in offers]
    return HttpRefusal(list(fields), code, detail, members={"offered": names}, offered=", ".join(names))
