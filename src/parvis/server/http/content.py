"""In which form an answer goes out, and whether it has to: ``Accept``, ``Accept-Encoding``, a request's conditions.

What cannot be had in any form that was asked for is refused before it runs, and so is a change with a condition that
nobody here can judge. Everything else is decided when the result is there, on the JSON that every form is made from.
"""

from __future__ import annotations

import asyncio
from functools import lru_cache
from typing import TYPE_CHECKING

from ...contract.outcomes import Refusal
from ...protocol import messagepack
from ...protocol.http import accept, coding, conditions
from ...protocol.http import answer as heads
from ...protocol.http.answer import Headers

if TYPE_CHECKING:
    from .call import HttpCall

CODINGS = frozenset({b"gzip", b"x-gzip"})
"""Content codings of a body (RFC 9110 section 8.4.1.3: two names of one)."""


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
        offers = accept.STREAM if entry.stream else accept.VALUE
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
    if named.strip().lower() not in CODINGS:
        call.problem_headers.append((b"accept-encoding", b"gzip"))  # RFC 9110 section 12.5.3
        raise _offering("unsupported-media-type", "The body is compressed in a way that is not taken here.", (b"gzip",))
    return coding.Inflater()


def untaken(call: HttpCall, kind: bytes) -> Refusal:
    """The refusal of a body for its type."""
    call.problem_headers.append((b"accept", b", ".join(accept.TAKEN)))  # RFC 9110 section 15.5.16
    told = kind.decode(errors="replace")[:100] or "of no type"
    return _offering("unsupported-media-type", f"The body is {told}.", accept.TAKEN)


async def represent(call: HttpCall) -> tuple[bytes, Headers]:
    """The result as it goes out, and the fields that tell of it. An answer that the caller has already becomes a 304.

    Raises :class:`Refusal` where a read was to be answered on a condition that does not hold.
    """
    entry, route, body = call.entry, call.route, call.outcome
    assert entry is not None
    assert route is not None
    # What MessagePack cannot say goes out as JSON, and says so: refused after it ran, a result would be lost.
    packed = messagepack.from_json(body) if call.form else None
    zipped = packed is None and zips(call, body)
    headers = [entry.vary]
    if route.method == "GET":
        tag = conditions.tag(body, conditions.PACKED if packed is not None else conditions.GZIP if zipped else b"")
        headers.append((b"etag", tag))
        if unchanged(call, tag):
            call.status = 304
            return b"", headers
    if packed is not None:
        return packed, [(b"content-type", call.form), *headers]
    if zipped:
        short = len(body) < coding.LONG
        made = coding.gzipped(body) if short else await asyncio.to_thread(coding.gzipped, body)
        return made, [heads.JSON, heads.GZIPPED, *headers]
    return body, [heads.JSON, *headers]


def zips(call: HttpCall, body: bytes) -> bool:
    """Whether a body is long enough to go out as gzip, and may."""
    return len(body) > coding.LEAST and accept.takes_gzip(call.headers.get(b"accept-encoding", b""))


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
    zipped = zips(call, body)
    tag = _tag(body, conditions.GZIP if zipped else b"")
    headers = [(b"etag", tag), heads.REVALIDATED, (b"vary", b"Accept-Encoding")]
    if unchanged(call, tag):
        return 304, b"", headers
    return (200, _gzipped(body), [heads.GZIPPED, *headers]) if zipped else (200, body, headers)


# By the very bytes of a document, which last as long as the server does: a look-up costs next to nothing.
_tag = lru_cache(maxsize=128)(conditions.tag)
_gzipped = lru_cache(maxsize=64)(coding.gzipped)


def _offering(code: str, detail: str, offers: tuple[bytes, ...]) -> Refusal:
    names = [offer.decode() for offer in offers]
    return Refusal(code, detail, members={"offered": names}, offered=", ".join(names))
