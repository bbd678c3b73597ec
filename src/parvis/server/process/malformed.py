"""What cannot be understood, and how that is told where there is no request that an application could answer.

Rule: what two readers of HTTP could read differently is refused (RFC 9112 section 11.2), never mended.
"""

from __future__ import annotations

import json
import re
from http import HTTPStatus

from httptools import HttpParserError, HttpParserInvalidMethodError

from ...contract.outcomes import Refusal, fill
from ...protocol.http.answer import PRIVATE, SECURE

Fields = list[tuple[bytes, bytes]]
_ALWAYS = b"".join(b"%b: %b\r\n" % header for header in (PRIVATE, *SECURE))
_VERSION = re.compile(rb"(?:\r\n)*\S+ +\S+ HTTP/(?:[02-9]|1\.[2-9])")
_OTHER = re.compile(rb"(?:\r\n)*\S+ +\S+ (?:RTSP|ICE)/")
"""What the parser takes beside HTTP."""
_METHOD = re.compile(rb"(?:\r\n)*[!#$%&'*+.^_`|~0-9A-Za-z-]{1,32}(?: |\Z)")


def measured(url: bytes, fields: Fields) -> int:
    """The bytes of a head, about."""
    return len(url) + sum(len(name) + len(value) + 4 for name, value in fields)


def length_of(fields: Fields) -> int | None:
    """The length that a head tells of its body."""
    told = dict(fields).get(b"content-length")
    return None if told is None else int(told)


def frame_of(fields: Fields) -> bytes:
    """A head that says of the body what this one says, and nothing else."""
    told = [b"%b: %b\r\n" % each for each in fields if each[0] in (b"content-length", b"transfer-encoding")]
    return b"POST / HTTP/1.1\r\n%b\r\n" % b"".join(told)


def diagnosis(error: HttpParserError, line: bytes) -> Refusal:
    """What is wrong with what the parser does not take; ``line`` is the beginning of the head, as far as it came."""
    if _VERSION.match(line):
        return Refusal("version-unknown")
    if isinstance(error, HttpParserInvalidMethodError) and _METHOD.match(line):
        return Refusal("method-unknown")
    return Refusal("malformed-request")


def objection(method: str, version: str, url: bytes, fields: dict[bytes, bytes], line: bytes) -> Refusal | None:
    """What is wrong with a head that the parser takes."""
    if version not in ("1.1", "1.0") or _OTHER.match(line):
        return Refusal("version-unknown")
    coding = fields.get(b"transfer-encoding")
    if coding is not None:
        if version == "1.0":  # RFC 9112 section 6.1
            return Refusal("malformed-request", "HTTP/1.0 has no Transfer-Encoding.")
        if coding.lower() != b"chunked":
            return Refusal("coding-unknown")
    if method == "CONNECT":
        return Refusal("method-unknown")
    if b"#" in url:
        return Refusal("malformed-request", "The target holds a fragment.")
    if not url.startswith(b"/") and (method != "OPTIONS" or url != b"*") and absolute(url)[0] == b"":
        return Refusal("malformed-request", "The target is neither a path nor an address.")
    return None


def absolute(target: bytes) -> tuple[bytes, bytes]:
    """The authority and the path of a target in absolute form (RFC 9112 section 3.2.2); no authority where it is
    none, and none is empty there, nor names a user."""
    scheme, _, rest = target.partition(b"?")[0].partition(b"://")
    authority, slash, path = rest.partition(b"/")
    if scheme.lower() not in (b"http", b"https") or b"@" in authority:
        return b"", b""
    return authority, slash + path or b"/"


def refusal(why: Refusal, date: bytes) -> bytes:
    """The whole answer; the connection ends with it."""
    row = why.outcome
    problem = {"type": f"/errors/{row.code}", "title": row.title, "status": row.status, "code": row.code}
    if why.detail:
        problem["detail"] = why.detail
    body = json.dumps({**problem, "fix": fill(row.fix, why.values)}).encode()
    return (
        b"HTTP/1.1 %d %s\r\n%scontent-type: application/problem+json\r\ncontent-length: %d\r\n%s"
        b"connection: close\r\n\r\n%s"
        % (row.status, HTTPStatus(row.status).phrase.encode(), date, len(body), _ALWAYS, body)
    )
