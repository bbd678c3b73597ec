"""Every way in which Parvis itself refuses or fails a call: one table, read by the code, the problems and the docs.

A declared exception of a façade is not here: it is an answer of the service, told apart by the problem's ``exception``
member and the code ``declared-error``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Outcome:
    """A row: ``title`` is constant for the code (RFC 9457 section 3.1.3); ``fix`` is one sentence on what to do.

    ``fix`` may hold ``{name}`` fields, filled from the refusal's ``values``.
    """

    code: str
    status: int
    title: str
    fix: str


_ROWS = (
    # The message itself
    Outcome("malformed-request", 400, "The request cannot be read", "Correct what `detail` names and send it again."),
    Outcome(
        "host-refused",
        400,
        "This host name is not served here",
        "Use one of the addresses the operator published, or ask the operator to add this name to `hosts`.",
    ),
    Outcome(
        "origin-refused",
        403,
        "Pages of this origin may not do this here",
        "Call from a page of this server, or ask the operator to add the page's origin to `cors`.",
    ),
    Outcome(
        "unknown-operation", 404, "There is nothing at this address", "Look at {docs} for what this service offers."
    ),
    Outcome("method-not-allowed", 405, "This address does not take this method", "Use one of the methods in `Allow`."),
    Outcome(
        "method-unknown",
        501,
        "This method is not known here",
        "Use GET, HEAD, QUERY, POST, PUT, PATCH, DELETE or OPTIONS.",
    ),
    Outcome(
        "coding-unknown",
        501,
        "This transfer coding is not known here",
        "Send the body with a Content-Length, or with `Transfer-Encoding: chunked` alone.",
    ),
    Outcome(
        "version-unknown", 505, "This version of HTTP is not spoken here", "Use HTTP/1.1; HTTP/1.0 is understood too."
    ),
    Outcome(
        "unsupported-media-type",
        415,
        "This content type is not understood",
        "Send the body in one of these: {offered}.",
    ),
    Outcome(
        "not-acceptable",
        406,
        "There is no answer in a form that you accept",
        "Accept one of these, or send no `Accept`: {offered}.",
    ),
    Outcome(
        "precondition-failed",
        412,
        "The condition of this request does not hold",
        "Read again what there is, and decide anew; leave `If-Match` out of a call that changes something.",
    ),
    Outcome(
        "range-not-satisfiable", 416, "There is nothing in this range", "Ask for a range within the {length} bytes."
    ),
    Outcome("body-too-large", 413, "The body is too large", "Send at most {limit} bytes."),
    Outcome("headers-too-large", 431, "The headers are too large", "Send at most {limit} bytes of headers."),
    Outcome(
        "request-timeout", 408, "The request did not arrive in time", "Send the whole request within {seconds} seconds."
    ),
    Outcome("invalid-arguments", 422, "Some arguments are not valid", "Correct each argument that `errors` names."),
    # Who calls
    Outcome(
        "key-missing",
        401,
        "This call needs a key",
        "Register with `POST {register}`, make a key with `POST {keys}`, and send it as `Authorization: Bearer <key>`.",
    ),
    Outcome(
        "key-malformed",
        401,
        "This is not a key",
        "Send the whole key, as it was shown when it was made, as `Authorization: Bearer <key>`.",
    ),
    Outcome(
        "key-unknown",
        401,
        "This key is not known here",
        "Check that the key was made on this server; make a new one with `POST {keys}`.",
    ),
    Outcome("key-revoked", 401, "This key was revoked", "Make a new key with `POST {keys}`."),
    Outcome("key-rotated", 401, "This secret of the key was replaced", "Use the key's new secret."),
    Outcome("key-expired", 401, "This key has expired", "Make a new key with `POST {keys}`."),
    Outcome("token-expired", 401, "This token has expired", "Get a new one with the key, by `POST {token}`."),
    Outcome(
        "network-refused",
        403,
        "This key is not accepted from this address",
        "Call from one of the key's networks, or change them with the account's password, by `PATCH {keys}/<id>`.",
    ),
    Outcome(
        "account-suspended", 403, "This account is suspended", "Ask the operator of this server why, and to resume it."
    ),
    Outcome(
        "run-key-elsewhere",
        401,
        "This test key is accepted from this machine only",
        "Register with `POST {register}` and make a key of your own.",
    ),
    Outcome(
        "password-wrong",
        401,
        "E-mail or password is not right",
        "Check both; the password is taken exactly as it was set.",
    ),
    Outcome(
        "password-not-accepted",
        401,
        "A password does not open this service",
        "Make a key with `POST {keys}` and send it as `Authorization: Bearer <key>`.",
    ),
    Outcome("too-many-attempts", 429, "Too many log-ins have failed", "Wait {seconds} seconds before you try again."),
    Outcome(
        "right-missing",
        403,
        "The right to do this is missing",
        "Ask the operator of this server to give your account the right `{right}`.",
    ),
    Outcome(
        "key-right-missing",
        403,
        "This key was not given the right to do this",
        "Your account has the right `{right}`: use a key that has it, or give it to this one by `PATCH {keys}/<id>`.",
    ),
    Outcome(
        "argument-refused",
        403,
        "The right to do this holds for other arguments only",
        "Keep to {allowed}, or ask the operator of this server for a wider right.",
    ),
    Outcome(
        "no-sandbox",
        403,
        "A test key cannot do this",
        "Use a live key: this service has no sandbox, and without one a test key can only read.",
    ),
    # How much
    Outcome("rate-limited", 429, "Too many calls in a short time", "Wait {seconds} seconds before you repeat it."),
    Outcome("concurrency-limited", 429, "Too many calls at one time", "Wait for one of your {limit} calls to end."),
    Outcome(
        "quota-exceeded",
        429,
        "The quota is used up",
        "Wait {seconds} seconds, or ask the operator of this server for a larger plan.",
    ),
    Outcome("too-many-sign-ups", 429, "Too many accounts were made from this network", "Wait {seconds} seconds."),
    # Once, however often it is sent
    Outcome(
        "no-idempotency",
        400,
        "This call takes no Idempotency-Key",
        "Leave the header out, or call with a key where the operation has no secret among its arguments.",
    ),
    Outcome(
        "idempotency-mismatch",
        422,
        "This Idempotency-Key belongs to another call",
        "Take a new Idempotency-Key for other arguments.",
    ),
    Outcome(
        "idempotency-in-progress",
        409,
        "The first call with this Idempotency-Key is not over",
        "Repeat it after the time in `Retry-After`, with the same Idempotency-Key.",
    ),
    Outcome(
        "outcome-unknown",
        409,
        "It is not known what the first call did",
        "Look whether it took effect; if it did not, call with a new Idempotency-Key.",
    ),
    Outcome(
        "not-replayable",
        409,
        "The answer to the first call was not kept",
        "The first call was made, and is not made again: ask for its result in another way.",
    ),
    Outcome(
        "too-many-idempotency-keys",
        429,
        "Too many Idempotency-Keys are kept",
        "At most {limit} are kept of a day: wait {seconds} seconds, or call without one.",
    ),
    # The console
    Outcome(
        "account-exists",
        409,
        "There is an account with this e-mail",
        "Use its password, or register with another e-mail.",
    ),
    Outcome("registration-closed", 403, "Nobody can register here", "Ask the operator of this server for an account."),
    Outcome(
        "account-not-approved",
        403,
        "This account cannot have live keys yet",
        "Make a test key meanwhile (`test`: true); live keys come with the operator's approval, or the e-mail's.",
    ),
    Outcome(
        "too-many-keys",
        409,
        "This account has as many keys as its plan allows",
        "Revoke one of the {limit} that you do not need, or ask the operator of this server for a larger plan.",
    ),
    Outcome(
        "mail-link-unknown", 403, "This link is not valid any more", "Ask for a new letter and use its link soon, once."
    ),
    Outcome("no-mail", 409, "This server sends no letters", "Ask the operator of this server for a link."),
    Outcome("plan-exists", 409, "There is a plan with this name", "Change it, or take another name."),
    Outcome("plan-in-use", 409, "This plan is in use", "Give its accounts another plan first."),
    Outcome("operator-exists", 409, "The operator is already set", "Use `parvis operator` on the server to change it."),
    Outcome(
        "account-needed",
        403,
        "This call needs an account",
        "Register, and call with the account's e-mail and password.",
    ),
    Outcome(
        "link-unknown",
        403,
        "This is not the one-time link",
        "Use the link that the server printed when it last started.",
    ),
    Outcome("link-spent", 403, "This one-time link is spent", "Run `parvis operator` on the server instead."),
    Outcome("cross-site-post", 403, "This form came from another site", "Open the page here and send the form again."),
    Outcome("not-found", 404, "There is no such thing", "Check the id; list what there is first."),
    # The call
    Outcome(
        "result-too-large",
        422,
        "The result is too large for an agent",
        "Ask for less at a time, by narrower arguments; or call over HTTP, which has no such bound ({limit} bytes).",
    ),
    Outcome("call-timeout", 504, "The call took too long", "The outcome is unknown: check before you repeat it."),
    Outcome(
        "internal-error",
        500,
        "Something broke on our side",
        "Repeat later; if it stays, tell the operator the `request_id`.",
    ),
    Outcome("unavailable", 503, "The service cannot answer now", "Repeat after the time in `Retry-After`."),
)

OUTCOMES: dict[str, Outcome] = {row.code: row for row in _ROWS}

DECLARED_CODE = "declared-error"
DECLARED_TITLE = "The service answers with an error that it declares"
DECLARED_FIX = "Look at what the service says of `{name}`; `exception` holds its arguments."
"""Of every exception that a façade declares, which no row can name."""

PLACES: dict[str, str] = {
    "docs": "/",
    "register": "/parvis/v1/accounts",
    "keys": "/parvis/v1/keys",
    "limits": "/parvis/v1/limits",
    "explain": "/parvis/v1/access/explain",
    "token": "/oauth/token",
}
"""What a ``fix`` may name without the refusal knowing it: the same on every server."""

_PLACEHOLDER = re.compile(r"\{(\w+)\}")


def fill(text: str, values: Mapping[str, Any]) -> str:
    """The text with its ``{name}`` fields filled. An unknown name becomes an ellipsis; nothing is evaluated."""
    return _PLACEHOLDER.sub(lambda match: as_text(values[match[1]]) if match[1] in values else "…", text)


def as_text(value: object) -> str:
    """What somebody else's value says of itself, whatever its ``__str__`` does."""
    try:
        return str.__str__(str(value))  # of a class of text of its own, the text
    except BaseException:  # a ``__str__`` that raises SystemExit must not end the server
        return f"<{type_name(value)}>"


def type_name(value: object) -> str:
    """The name of the class of somebody else's value, whatever its metaclass makes of names."""
    name: str = type.__dict__["__name__"].__get__(type(value))
    return name


class Refusal(Exception):
    """A refusal or failure of Parvis's own, on its way to the caller as one problem.

    ``detail`` says what happened this time; ``values`` fill the row's ``fix``; ``members`` become members of the
    problem (``errors``, ``right``...).
    """

    def __init__(self, code: str, detail: str = "", /, *, members: dict[str, Any] | None = None, **values: Any) -> None:
        super().__init__(code, detail)
        self.outcome = OUTCOMES[code]
        self.detail = detail
        self.values = values
        self.members = members or {}
