"""OAuth 2.0's spelling of a token: the request and the answers of ``POST /oauth/token`` (RFC 6749 sections 4.4, 5).

Bytes in, bytes out. The client id and secret are those of a key: its Basic spelling, or the whole key as either.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

from ..access.rights import split_scope
from ..contract.outcomes import Refusal

GRANT = "client_credentials"
FORM = "application/x-www-form-urlencoded"
FIELDS = 20

NO_STORE = [(b"cache-control", b"no-store"), (b"pragma", b"no-cache")]
"""RFC 6749 section 5.1."""

ERRORS: dict[str, tuple[int, str]] = {
    "invalid-arguments": (400, "invalid_scope"),
    "right-missing": (400, "invalid_scope"),
    "key-right-missing": (400, "invalid_scope"),
    "malformed-request": (400, "invalid_request"),
    "unsupported-media-type": (400, "invalid_request"),
    "key-missing": (401, "invalid_client"),
    "key-malformed": (401, "invalid_client"),
    "key-unknown": (401, "invalid_client"),
    "key-revoked": (401, "invalid_client"),
    "key-expired": (401, "invalid_client"),
    "key-rotated": (401, "invalid_client"),
    "token-expired": (401, "invalid_client"),
    "password-wrong": (401, "invalid_client"),
    "password-not-accepted": (401, "invalid_client"),
    "run-key-elsewhere": (401, "invalid_client"),
    "account-suspended": (400, "unauthorized_client"),
    "network-refused": (400, "unauthorized_client"),
}
"""Code of a refusal -> status and error of RFC 6749 section 5.2. What is not here keeps its status and is no error of
that list; a client goes by the status."""


class UnsupportedGrant(Exception):
    """The grant is none that is given here."""


@dataclass(frozen=True, slots=True)
class TokenRequest:
    """What was asked. ``client`` is None when the header says who asks."""

    scope: tuple[str, ...] | None
    client: tuple[bytes, bytes] | None = field(repr=False)


def read(content_type: bytes, body: bytes) -> TokenRequest:
    """Raises :class:`Refusal` for what is no form, :class:`UnsupportedGrant` for another grant."""
    if content_type.partition(b";")[0].strip().lower() != FORM.encode():
        raise Refusal("unsupported-media-type", "Send application/x-www-form-urlencoded.", offered=FORM)
    try:
        pairs = parse_qsl(body.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=FIELDS)
    except ValueError:
        raise Refusal("malformed-request", "The form cannot be read.") from None
    given = dict(pairs)
    if len(given) != len(pairs):
        raise Refusal("malformed-request", "A parameter is given twice.")  # RFC 6749 section 3.2
    if "grant_type" not in given:
        raise Refusal("malformed-request", "`grant_type` is missing: send `grant_type=client_credentials`.")
    if given["grant_type"] != GRANT:
        raise UnsupportedGrant
    client = None
    if "client_id" in given or "client_secret" in given:
        client = given.get("client_id", "").encode(), given.get("client_secret", "").encode()
    scope = tuple(split_scope(given["scope"])) if given.get("scope", "").strip() else None
    return TokenRequest(scope, client)


def granted(token: str, seconds: int, scope: list[str]) -> bytes:
    """RFC 6749 section 5.1."""
    # A right with constraints holds spaces within its parentheses; :func:`split_scope` reads it back.
    text = " ".join(scope)
    return json.dumps({"access_token": token, "token_type": "Bearer", "expires_in": seconds, "scope": text}).encode()


def failed(refusal: Refusal, request_id: str, fix: str) -> tuple[int, bytes]:
    """RFC 6749 section 5.2, with the members of a problem beside."""
    code = refusal.outcome.code
    status, error = ERRORS.get(code, (refusal.outcome.status, "temporarily_unavailable"))
    told: dict[str, Any] = {
        "error": error,
        "error_description": _plain(refusal.detail or refusal.outcome.title),
        "code": code,
        "fix": fix,
        "request_id": request_id,
    }
    return status, json.dumps(told, ensure_ascii=False).encode()


def unsupported(request_id: str) -> tuple[int, bytes]:
    told = {
        "error": "unsupported_grant_type",
        "error_description": f"Only {GRANT} is given here.",
        "request_id": request_id,
    }
    return 400, json.dumps(told).encode()


def _plain(text: str) -> str:
    """What RFC 6749 lets a description hold: printable ASCII without quote and backslash."""
    return "".join(letter if " " <= letter <= "~" and letter not in '"\\' else "'" for letter in text)
