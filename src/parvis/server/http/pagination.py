"""Results that come page by page: an answer by GET says in ``Link`` where the next one is (RFC 8288, relation
``next``), so a program follows addresses and builds none.

Rule: the next page is the same request with another ``cursor``, which is the ``next`` of this one.
"""

from __future__ import annotations

from urllib.parse import quote

from pydantic_core import from_json

from ...contract.pages import CURSOR, NEXT
from ...protocol.http.answer import Headers
from ..request import Request

_CURSOR = f"{CURSOR}=".encode()


def following(request: Request, base_url: str, result: bytes) -> Headers:
    """The field that names the page after this one; none on the last, and none where what is next is no text or
    number: then no query can say it."""
    page = from_json(result)
    cursor = page.get(NEXT) if isinstance(page, dict) else None
    if not isinstance(cursor, str | int) or isinstance(cursor, bool) or cursor == "":
        return []
    kept = [pair for pair in request.query.split(b"&") if pair and not pair.startswith(_CURSOR)]
    query = b"&".join([*kept, _CURSOR + quote(str(cursor), safe="").encode()])
    before = (base_url or request.root).encode()
    return [(b"link", b"<" + before + request.path.encode() + b"?" + query + b'>; rel="next"')]
