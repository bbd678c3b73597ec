"""What a form posts: read with a bound, and only when it comes from our own pages."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlsplit

from starlette.requests import Request

from parvis.contract.outcomes import Refusal

LIMIT = 16_384
"""Bytes of a form's body: three short fields."""

FIELDS = 20


def from_elsewhere(request: Request, base_url: str) -> bool:
    """True when another site's page made the browser post this.

    ``Sec-Fetch-Site`` says so where the browser sends it (https and loopback); else the ``Origin`` of every post. A
    program that sends neither is no browser, so nobody's session or trust is borrowed.
    """
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site not in ("same-origin", "none")
    origin = request.headers.get("origin")
    if origin is None:
        return False
    return urlsplit(origin).netloc not in (urlsplit(base_url).netloc, request.headers.get("host"))


def address_of(request: Request) -> str:
    """The network address that a request came from; empty where the connection has none."""
    return request.client.host if request.client else ""


async def read_form(request: Request) -> dict[str, str]:
    """The fields of an ``application/x-www-form-urlencoded`` body, exactly as they were typed.

    Raises ``Refusal`` when the body is something else, or more than :data:`LIMIT` bytes.
    """
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/x-www-form-urlencoded":
        raise Refusal("unsupported-media-type", "A form is sent as application/x-www-form-urlencoded.")
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > LIMIT:
            raise Refusal("body-too-large", "The form is too long.", limit=LIMIT)
    try:
        text = body.decode("ascii")
        return dict(parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=FIELDS))
    except ValueError:
        raise Refusal("malformed-request", "The form cannot be read.") from None
