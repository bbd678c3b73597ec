"""In which form an answer goes out, and whether it has to: ``Accept``, ``Accept-Encoding``, a request's conditions.

What cannot be had in any form that was asked for is refused before it runs, and so is a change with a condition that
nobody here can judge. Everything else is decided when the result is there, on the JSON that every form is made from.
"""

from __future__ import annotations

import asyncio
import base64
from functools import lru_cache
from typing import TYPE_CHECKING

from ...contract.outcomes import Refusal
from ...protocol import messagepack
from ...protocol.http import accept, coding, conditions, ranges
from ...protocol.http import answer as heads
from ...protocol.http.answer import Headers
from ...protocol.http.coding import Coding

if TYPE_CHECKING:
    from .call import HttpCall


def negotiate(call: HttpCall) -> None:
    """Choose the form of the answer. Raises :class:`Refusal` where there is none (406), or a condition fails (412).

    A change is never made on a condition. Its address has no representation with a tag, so ``If-Match`` is false there
    whatever it lists (RFC 9110 section 13.1.1), and a server that passed over it would overwrite what the condition
    was to protect; ``If-None-Match: *`` speaks of a thing of which we do not know whether it exists. Tags listed in
    ``If-None-Match`` match nothing, so it holds. ``If-Unmodified-Since`` must be ignored where there is no date
    (section 13.1.4), and there never is.
    """
    entry, route, headers = call.entry, call.route, call.headers
    assert entry is not None
    assert route is not None
    asked = headers.get(b"accept", b"")
    if asked not in accept.ANYTHING and route.status != 204:
        offers = entry.offers
        form = accept.chosen(asked, offers)
        if form is None:
            raise _offering("not-acceptable", "This answer has none of the types that `Accept` names.", offers)
        call.form = form if form != offers[0] else b""
    if route.method != "GET" and (b"if-match" in headers or headers.get(b"if-none-match", b"").strip() == b"*"):
        raise Refusal("precondition-failed", "A call that may change something takes no condition on what there is.")


def inflater(call: HttpCall) -> coding.Inflater | None:
    """What makes a body of one that came compressed. Raises :class:`Refusal` for a coding that is not taken (415)."""
    named = call.headers.get(b"content-encoding")
    if named is None:
        return None
    known = coding.CODINGS.get(named.strip().lower())
    if known is None:
        call.problem_headers.append((b"accept-encoding", b", ".join(coding.OFFERED)))  # RFC 9110 section 12.5.3
        raise _offering("unsupported-media-type", "The body is compressed in a way that is not taken here.",
                        coding.OFFERED)  # fmt: skip
    return coding.Inflater(known)


def untaken(call: HttpCall, kind: bytes) -> Refusal:
    """The refusal of a body for its type."""
    assert call.entry is not None
    taken = call.entry.taken
    call.problem_headers.append((b"accept", b", ".join(taken)))  # RFC 9110 section 15.5.16
    told = kind.decode(errors="replace")[:100] or "of no type"
    return _offering("unsupported-media-type", f"The body is {told}.", taken)


async def represent(call: HttpCall) -> tuple[bytes, Headers]:
    """The result as it goes out, and the fields that tell of it. An answer that the caller has already becomes a 304.

    Raises :class:`Refusal` where a read was to be answered on a condition that does not hold.
    """
    entry, route, body = call.entry, call.route, call.outcome
    assert entry is not None
    assert route is not None
    if entry.raw is not None and call.form not in accept.VALUE:
        return await _raw(call, call.form or entry.raw)
    # What MessagePack cannot say goes out as JSON, and says so: refused after it ran, a result would be lost.
    packed = messagepack.from_json(body) if call.form in accept.MESSAGEPACK else None
    coded = compresses(call, body) if packed is None else None
    headers = [entry.vary]
    if route.method == "GET":
        tag = conditions.tag(body, conditions.PACKED if packed is not None else b"" if coded is None else coded.tag)
        headers.append((b"etag", tag))
        if unchanged(call, tag):
            call.status = 304
            return b"", headers
    if packed is not None:
        return packed, [(b"content-type", call.form), *headers]
    if coded is not None:
        short = len(body) < coding.LONG
        made = coded.compress(body) if short else await asyncio.to_thread(coded.compress, body)
        return made, [heads.JSON, coded.field, *headers]
    return body, [heads.JSON, *headers]


async def _raw(call: HttpCall, kind: bytes) -> tuple[bytes, Headers]:
    """A result that is bytes, as it is: all of it, or the part that was asked for (RFC 9110 section 14.2).

    Raises :class:`Refusal` where that part is not there (416), and as :func:`represent` does.
    """
    entry, route = call.entry, call.route
    assert entry is not None
    assert route is not None
    short = len(call.outcome) < coding.LONG
    body, tag = _unwrapped(call.outcome) if short else await asyncio.to_thread(_unwrapped, call.outcome)
    headers = [(b"content-type", kind), entry.vary]
    if route.method != "GET":
        return body, headers
    headers += [(b"etag", tag), ranges.ACCEPTED]
    if unchanged(call, tag):
        call.status = 304
        return b"", headers[1:]
    wanted = call.headers.get(b"range")
    if wanted is None or call.method != "GET" or not ranges.holds(call.headers.get(b"if-range", tag), tag):
        return body, headers
    try:
        part = ranges.part(wanted, len(body))
    except Refusal:
        call.problem_headers.append(ranges.untold(len(body)))
        raise
    if part is None:
        return body, headers
    call.status = 206
    return body[slice(*part)], [*headers, ranges.told(*part, len(body))]


def _unwrapped(outcome: bytes) -> tuple[bytes, bytes]:
    """The bytes that JSON has as base64 text, and their tag."""
    body = base64.urlsafe_b64decode(outcome[1:-1])
    return body, conditions.tag(body, conditions.RAW)


def compresses(call: HttpCall, body: bytes) -> Coding | None:
    """The coding in which a body goes out: where it is long enough, and its caller takes one."""
    if len(body) <= coding.LEAST:
        return None
    named = accept.coding(call.headers.get(b"accept-encoding", b""))
    return None if named is None else coding.CODINGS[named]


def unchanged(call: HttpCall, tag: bytes) -> bool:
    """Whether who reads has this answer already. ``If-Match`` comes first (RFC 9110 section 13.2.2)."""
    wanted = call.headers.get(b"if-match")
    if wanted is not None and not conditions.match(wanted, tag):
        raise Refusal("precondition-failed", "What is here now is none of what `If-Match` names.")
    known = call.headers.get(b"if-none-match")
    return known is not None and not conditions.none_match(known, tag)


def lasting(call: HttpCall, body: bytes) -> tuple[int, bytes, Headers]:
    """A document as it goes out: status, bytes, and the fields that tell of it beside its type. Tag and compressed
    form are made at the first request for them. Raises :class:`Refusal` as :func:`represent` does."""
    coded = compresses(call, body)
    tag = _tag(body, b"" if coded is None else coded.tag)
    headers = [(b"etag", tag), heads.REVALIDATED, (b"vary", b"Accept-Encoding")]
    if unchanged(call, tag):
        return 304, b"", headers
    return (200, body, headers) if coded is None else (200, _compressed(coded, body), [coded.field, *headers])


# By the very bytes of a document, which last as long as the server does: a look-up costs next to nothing.
_tag = lru_cache(maxsize=128)(conditions.tag)


@lru_cache(maxsize=64)
def _compressed(coded: Coding, body: bytes) -> bytes:
    return coded.compress(body)


def _offering(code: str, detail: str, offers: tuple[bytes, ...]) -> Refusal:
    names = [offer.decode() for offer in offers]
    return Refusal(code, detail, members={"offered": names}, offered=", ".join(names))
