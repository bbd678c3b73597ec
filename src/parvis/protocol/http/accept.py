"""What a caller asks to get back: a media type by ``Accept``, a coding by ``Accept-Encoding`` (RFC 9110 section 12.5).

The most specific range that fits an offer says its q; the highest q wins, and where two have the same, the one that was
named, then the one that stands first in the table. A member that is none is passed over, and a field without one member
asks for nothing in particular. Parameters of a media type but ``q`` are passed over: what is offered has none.
"""

from __future__ import annotations

import re
from functools import lru_cache

JSON = b"application/json"
BYTES = b"application/octet-stream"
URLENCODED = b"application/x-www-form-urlencoded"
MULTIPART = b"multipart/form-data"
LINES = b"application/jsonl"
NDJSON = b"application/x-ndjson"
EVENTS = b"text/event-stream"
MESSAGEPACK = (b"application/msgpack", b"application/vnd.msgpack", b"application/x-msgpack")
"""The registered name, and those from before it was."""

VALUE = (JSON, *MESSAGEPACK)
STREAM = (LINES, NDJSON, EVENTS, JSON)
"""What is offered for one value, and for a stream of them; the first of each for who does not say."""

TAKEN = (JSON, *MESSAGEPACK)
"""What every body may be."""
FORMS = (URLENCODED, MULTIPART)
"""What a body of simple values may be, too."""
UNASKED = frozenset({*FORMS, b"text/plain"})
"""What a page may send to another site without that site being asked first (Fetch standard section 2.2.2)."""

ANYTHING = frozenset({b"", b"*/*"})

_LONGEST = 512
"""Bytes of a field that is remembered with its answer; no program sends more."""

_MEMBER = re.compile(rb'(?:[^,"]|"(?:[^"\\]|\\.)*"?)+')
_PARAMETER = re.compile(rb'(?:[^;"]|"(?:[^"\\]|\\.)*"?)+')
_RANGE = re.compile(rb"[!#$%&'*+.^_`|~0-9a-z-]+/[!#$%&'*+.^_`|~0-9a-z-]+\Z")
_CODING = re.compile(rb"[!#$%&'*+.^_`|~0-9a-z-]+\Z")
_QUALITY = re.compile(rb"[0-9]{0,4}(?:\.[0-9]{0,9})?\Z")


def chosen(accept: bytes, offers: tuple[bytes, ...]) -> bytes | None:
    """The media type to answer in, or None where none of those offered is welcome."""
    return (_chosen if len(accept) <= _LONGEST else _chosen.__wrapped__)(accept, offers)


@lru_cache(maxsize=256)
def _chosen(accept: bytes, offers: tuple[bytes, ...]) -> bytes | None:
    ranges = dict(_members(accept, _RANGE))
    if not ranges:
        return offers[0]
    best, best_rank = None, (0.0, 0)
    for offer in offers:
        names = (b"*/*", offer.partition(b"/")[0] + b"/*", offer)
        rank = next(((ranges[names[n]], n) for n in (2, 1, 0) if names[n] in ranges), (0.0, 0))
        if rank[0] > 0 and rank > best_rank:
            best, best_rank = offer, rank
    return best


def coding(accept_encoding: bytes) -> bytes | None:
    """The content coding that an answer may go out in: the one with the highest q, zstd before gzip, where it is named,
    or all codings are, with a q above 0 and none below that of ``identity``."""
    return (_coding if len(accept_encoding) <= _LONGEST else _coding.__wrapped__)(accept_encoding)


@lru_cache(maxsize=256)
def _coding(accept_encoding: bytes) -> bytes | None:
    said = dict(_members(accept_encoding, _CODING))
    least, best = said.get(b"identity", 0.0), None
    for name, names in _CODINGS:
        quality = next((said[each] for each in names if each in said), 0.0)
        if quality > 0 and (quality > least or (best is None and quality == least)):
            best, least = name, quality
    return best


_CODINGS = ((b"zstd", (b"zstd", b"*")), (b"gzip", (b"gzip", b"x-gzip", b"*")))
"""Coding -> the names that speak of it, the better one first."""


def _members(field: bytes, form: re.Pattern[bytes]) -> list[tuple[bytes, float]]:
    found = []
    for member in _MEMBER.findall(field.lower()):
        name, *parameters = [part.strip() for part in _PARAMETER.findall(member)] or [b""]
        quality = next((_quality(p[2:].strip()) for p in parameters if p.startswith(b"q=")), 1.0)
        if quality is not None and form.match(name):
            found.append((name, quality))
    return found


def _quality(text: bytes) -> float | None:
    if not _QUALITY.match(text) or text in (b"", b"."):
        return None
    return float(text) if float(text) <= 1 else None
