"""The fields of answers, as OpenAPI describes them: one table, and which answers have which.

The rule: a field that stands here without ``required`` may be absent, and one with it never is.
"""

from __future__ import annotations

from typing import Any

from ..bodies import raw
from ..model import CONSOLE, Contract, Operation
from ..pages import is_page
from .operation_errors import EARLY, takes_key


def _text(description: str, example: str, *, required: bool = False, **schema: Any) -> dict[str, Any]:
    told = {"description": description, "schema": {"type": "string", **schema}, "example": example}
    return {**told, "required": True} if required else told


_POLICY = r'"(rate|day|month)";q=\d+;w=\d+'
_STATE = r'"(rate|day|month)";r=\d+;t=\d+'

HEADERS: dict[str, dict[str, Any]] = {
    # Every answer
    "X-Request-Id": _text("Names this request to the operator.", "5f0c21ab1f"),
    "Cache-Control": _text(
        "`private, no-store`, but for reads that the service declares public: for how many seconds anybody may keep "
        "them.", "private, no-store", required=True,
    ),
    "X-Content-Type-Options": _text("The type is as `Content-Type` says.", "nosniff", required=True, const="nosniff"),
    "Content-Security-Policy": _text(
        "Should a browser show it as a page: in no frame, and without loading or running anything.",
        "default-src 'none'; frame-ancestors 'none'", required=True,
    ),
    "Referrer-Policy": _text("Its address is told to nobody.", "no-referrer", required=True),
    "Strict-Transport-Security": _text("This host is asked by https alone (RFC 6797).", "max-age=31536000"),
    "Access-Control-Allow-Origin": _text(
        "That a script of this origin may read the answer, where the operator lists it.", "https://app.example.org"
    ),
    "Access-Control-Expose-Headers": _text(
        "Which of these fields such a script may read.", "X-Request-Id, RateLimit, Retry-After"
    ),
    # Of what it is an answer to
    "Deprecation": _text(
        "Since when this operation is deprecated, as `@` and seconds since 1970 (RFC 9745).", "@1788220800",
        pattern=r"^@-?\d+$",
    ),
    "Sunset": _text("When this operation may go (RFC 8594).", "Mon, 01 Mar 2027 00:00:00 GMT"),
    "Link": _text(
        "Other addresses, each with its `rel` (RFC 8288).", '</shop/v1/orders?cursor=b2>; rel="next"', minLength=1
    ),
    # What is left
    "RateLimit-Policy": _text(
        "The limits and quotas of who calls: so many (`q`) within so many seconds (`w`) "
        "(draft-ietf-httpapi-ratelimit-headers).", '"rate";q=50;w=5, "day";q=10000;w=86400',
        pattern=f"^{_POLICY}(, {_POLICY})*$",
    ),
    "RateLimit": _text(
        "What is left of each (`r`), and in how many seconds there is more (`t`).",
        '"rate";r=49;t=1, "day";r=9999;t=43200', pattern=f"^{_STATE}(, {_STATE})*$",
    ),
    "Retry-After": {
        "description": "Seconds to wait before it is of use to ask again.",
        "schema": {"type": "integer", "minimum": 0},
        "example": 1,
    },
    # Results
    "Vary": _text("What the form of the answer depends on.", "Accept, Accept-Encoding", required=True),
    "Content-Encoding": _text(
        "That the body is compressed, where `Accept-Encoding` takes it.", "gzip", enum=["gzip", "zstd"]
    ),
    "ETag": _text(
        "Names this answer: sent back as `If-None-Match`, it spares the body while the answer is the same.",
        '"2b7c1f0e9d"', required=True, pattern='^"[^"]+"$',
    ),
    "Location": _text("The address of what was made.", "/shop/v1/orders/b2", format="uri-reference"),
    "Idempotency-Replayed": _text(
        "That this is the answer to an earlier call with the same `Idempotency-Key`.", "true", const="true"
    ),
    "Accept-Ranges": _text("That a part of the bytes may be asked for.", "bytes", const="bytes"),
    "Content-Range": _text("Which part this is, and of how many bytes.", "bytes 0-1023/146515"),
    # Refusals
    "WWW-Authenticate": _text("How to say who calls (RFC 9110 section 11.6.1).", 'Bearer realm="parvis"',
                              required=True),
    "Accept": _text("The types of which a body may be.", "application/json, application/msgpack"),
    "Accept-Encoding": _text("The ways in which a body may be compressed.", "gzip, zstd"),
}  # fmt: skip

SECURE = ("Cache-Control", "X-Content-Type-Options", "Content-Security-Policy", "Referrer-Policy")
SHARED = ("Access-Control-Allow-Origin", "Access-Control-Expose-Headers")
LEFT = ("RateLimit-Policy", "RateLimit")

BY_STATUS: dict[int, tuple[str, ...]] = {
    401: ("WWW-Authenticate",),
    409: ("Retry-After",),
    415: ("Accept", "Accept-Encoding"),
    416: ("Content-Range",),
    429: ("Retry-After",),
    503: ("Retry-After",),
}
"""What a problem with this status has beside what all have."""

UNCOUNTED = frozenset({401, 404})
"""Who calls is not known yet, or not what: the limits are nobody's. A declared 404 has them."""
RAN = frozenset({500, 504})
"""A method that ran may have ended so, and a repeat is told the same."""


def of_every(server_url: str | None) -> tuple[str, ...]:
    """What every answer to a call has."""
    https = ("Strict-Transport-Security",) if (server_url or "").startswith("https://") else ()
    return ("X-Request-Id", *SECURE, *https, *SHARED)


def parting(operation: Operation) -> tuple[str, ...]:
    """What all answers of an operation that is to go have."""
    days = {"Deprecation": operation.deprecated_since, "Sunset": operation.sunset}
    link = ("Link",) if operation.deprecated or operation.sunset else ()
    return (*(name for name, day in days.items() if day), *link)


def of_result(contract: Contract, operation: Operation, *, located: bool) -> tuple[str, ...]:
    """What a success has beside; ``located`` for one that says where the new thing stands."""
    route, stream = operation.routes[0], operation.result.stream
    return (
        *(("Location",) if located else ()),
        *(("ETag",) if route.method == "GET" and not stream else ()),
        *(("Vary",) if route.status != 204 else ()),
        *(("Content-Encoding",) if route.status != 204 and not stream else ()),
        *(("Accept-Ranges",) if route.method == "GET" and raw(operation) else ()),
        *(("Link",) if route.method == "GET" and is_page(contract, operation) else ()),
        *left(contract),
        *(("Idempotency-Replayed",) if takes_key(operation) and not stream else ()),
    )


def of_unchanged(contract: Contract, operation: Operation) -> tuple[str, ...]:
    """What a 304 has beside."""
    return ("ETag", "Vary", *(("Accept-Ranges",) if raw(operation) else ()), *left(contract))


def of_part(contract: Contract) -> tuple[str, ...]:
    """What one range of a result has beside."""
    return ("ETag", "Vary", "Accept-Ranges", "Content-Range", *left(contract))


def of_problem(contract: Contract, status: int, *, declared: bool = False, repeatable: bool = False) -> tuple[str, ...]:
    """What a problem has beside; ``declared`` for one that the service itself answers with."""
    if status in EARLY and not declared:
        return ()
    return (
        *BY_STATUS.get(status, ()),
        *(left(contract) if declared or status not in UNCOUNTED else ()),
        *(("Idempotency-Replayed",) if repeatable and (declared or status in RAN) else ()),
    )


def left(contract: Contract) -> tuple[str, ...]:
    """The console costs nothing, and says so by saying nothing."""
    return LEFT if contract.service != CONSOLE else ()


def references(names: tuple[str, ...]) -> dict[str, Any]:
    """The fields of one answer, as a Response Object has them."""
    return {name: {"$ref": f"#/components/headers/{name}"} for name in dict.fromkeys(names)}
