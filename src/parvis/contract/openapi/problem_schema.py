"""What a problem looks like (RFC 9457), as OpenAPI describes it: its schema, and an example of each code.

The rule: an example is what the server would write, but for the numbers and names that only a call has; those are
plausible, stand in one table, and are the same at every look.
"""

from __future__ import annotations

from typing import Any

from ..model import DeclaredError
from ..outcomes import DECLARED_CODE, DECLARED_FIX, DECLARED_TITLE, OUTCOMES, PLACES, fill

MEDIA_TYPE = "application/problem+json"


def _one(description: str, **schema: Any) -> dict[str, Any]:
    return {"type": "string", "description": description, **schema}


PROBLEM: dict[str, Any] = {
    "type": "object",
    "description": "Why a call was refused or failed (RFC 9457).",
    "required": ["type", "title", "status", "code", "fix"],
    "properties": {
        "type": _one("The address of the page on this kind of problem.", format="uri-reference"),
        "title": _one("What kind of problem it is; constant for its code."),
        "status": {"type": "integer", "description": "The HTTP status.", "minimum": 400, "maximum": 599},
        "detail": _one("What happened this time."),
        "code": _one("The kind of problem, for programs."),
        "request_id": _one("Names this request to the operator; absent where it was not read whole (408, 431)."),
        "fix": _one("What to do about it, in one sentence."),
        "links": {
            "type": "object",
            "additionalProperties": {"type": "string", "format": "uri-reference"},
            "description": "Where to go next, by purpose.",
        },
        "errors": {
            "type": "array",
            "description": "Every argument that is not valid.",
            "minItems": 1,
            "items": {
                "type": "object",
                "required": ["location", "message", "fix"],
                "properties": {
                    "location": _one("The argument, or its part: `order.lines[0].count`."),
                    "message": _one("What is wrong with it."),
                    "fix": _one("What to do about it."),
                },
            },
        },
        "exception": {
            "type": "object",
            "description": "The exception of the service, when it is a declared one.",
            "required": ["name", "base", "args"],
            "properties": {
                "name": _one("Its class."),
                "base": _one("The nearest built-in exception of Python."),
                "args": {"type": "array", "description": "Its arguments.", "items": {}},
            },
        },
        "right": _one("The right that is missing."),
        "offered": {
            "type": "array",
            "description": "What would be taken, or can be had, instead.",
            "items": {"type": "string"},
        },
        "outcome": _one("Whether the method may have run.", enum=["not run", "unknown"]),
        "violated-policies": {
            "type": "array",
            "description": "Which of the policies of `RateLimit-Policy` have no room.",
            "items": {"type": "string"},
        },
        "first_request_id": _one("Names the first call with this `Idempotency-Key`."),
    },
}

_TYPES = ["application/json", "application/msgpack"]
_FIRST = {"first_request_id": "5f0c21ab1e"}
_SECONDS = {"seconds": 30}

FILLED: dict[str, dict[str, Any]] = {
    "argument-refused": {"allowed": "`country in [FR, BE]`"},
    "body-too-large": {"limit": 1_048_576},
    "concurrency-limited": {"limit": 10},
    "headers-too-large": {"limit": 32_768},
    "not-acceptable": {"offered": ", ".join(_TYPES)},
    "quota-exceeded": {"seconds": 43_200},
    "range-not-satisfiable": {"length": 146_515},
    "rate-limited": {"seconds": 1},
    "too-many-idempotency-keys": {"limit": 10_000, **_SECONDS},
    "too-many-keys": {"limit": 10},
    "unsupported-media-type": {"offered": ", ".join(_TYPES)},
    **dict.fromkeys(("request-timeout", "too-many-attempts", "too-many-sign-ups"), _SECONDS),
}
"""Code -> what stands in the places of its ``fix``."""

MEMBERS: dict[str, dict[str, Any]] = {
    "call-timeout": {"outcome": "unknown"},
    "concurrency-limited": {"violated-policies": ["concurrent"]},
    "invalid-arguments": {"errors": [{"location": "limit", "message": "is required", "fix": "Give it."}]},
    "quota-exceeded": {"violated-policies": ["day"]},
    "rate-limited": {"violated-policies": ["rate"]},
    "unavailable": {"outcome": "not run"},
    "not-acceptable": {"offered": _TYPES},
    "unsupported-media-type": {"offered": _TYPES},
    **dict.fromkeys(("idempotency-in-progress", "idempotency-mismatch", "not-replayable", "outcome-unknown"), _FIRST),
}
"""Code -> the members that its problem has beside those of all."""

REQUEST = {"request_id": "5f0c21ab1f"}
UNREAD = frozenset({"headers-too-large", "request-timeout"})
RIGHT = frozenset({"right-missing", "key-right-missing", "argument-refused"})


def refusal_example(code: str, right: str, location: str) -> dict[str, Any]:
    """The problem with one code; ``right`` might be missing, and the argument ``location`` might be wrong."""
    row = OUTCOMES[code]
    made: dict[str, Any] = {"type": f"/errors/{code}", "title": row.title, "status": row.status, "code": code}
    made |= {} if code in UNREAD else REQUEST
    made["fix"] = fill(row.fix, {**PLACES, "right": right, **FILLED.get(code, {})})
    made |= MEMBERS.get(code, {})
    if code in RIGHT:
        made["right"] = f"{right}(country in [FR, BE])" if code == "argument-refused" else right
    if "errors" in made:
        made["errors"] = [{**error, "location": location} for error in made["errors"]]
    return {"summary": row.title, "value": made}


def declared_example(error: DeclaredError) -> dict[str, Any]:
    """The problem that an exception becomes which the operation declares; its arguments are not known."""
    made: dict[str, Any] = {"type": f"/errors/{DECLARED_CODE}", "title": DECLARED_TITLE, "status": error.status}
    if error.description:
        made["detail"] = error.description
    made |= {"code": DECLARED_CODE, **REQUEST, "fix": fill(DECLARED_FIX, {"name": error.name})}
    made["exception"] = {"name": error.name, "base": error.base, "args": []}
    return {"summary": error.description or error.name, "value": made}
