"""From an answer that is no success to the exception that a caller sees.

The rows of :data:`CLASSES` are read in order: by code first, then by status. What the body says is taken only where it
has the right shape; a broken body still gives an error that names the status.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from .errors import (
    AnswerUnreadable,
    ArgumentsRefused,
    KeyRefused,
    NotAllowed,
    ParvisError,
    Refused,
    ServiceFailed,
    TooManyCalls,
)

if TYPE_CHECKING:
    from .transport import Answer

Problem = Mapping[str, Any]

REQUEST_ID = "x-request-id"

CLASSES: tuple[tuple[Callable[[str, int], bool], type[ParvisError]], ...] = (
    (lambda code, status: code == "invalid-arguments", ArgumentsRefused),
    (lambda code, status: status == 401, KeyRefused),
    (lambda code, status: status == 403, NotAllowed),
    (lambda code, status: status == 429, TooManyCalls),
    (lambda code, status: 400 <= status < 500, Refused),
    (lambda code, status: 500 <= status < 600, ServiceFailed),
    (lambda code, status: True, AnswerUnreadable),
)


def problem_of(answer: Answer) -> Problem | None:
    """The problem that an answer holds, or None where it holds none."""
    try:
        document = json.loads(answer.body)
    except (ValueError, RecursionError):
        return None
    return document if isinstance(document, dict) and isinstance(document.get("code"), str) else None


def error_of(answer: Answer, operation: str = "") -> ParvisError:
    """The error that an unsuccessful answer stands for."""
    problem = problem_of(answer)
    error = error_from(problem, operation, answer.status) if problem is not None else _stranger(answer, operation)
    error.attempts = answer.attempts
    # What stands between does not know the request's name, and may have let it through.
    error.request_id = error.request_id or answer.headers.get(REQUEST_ID, "")
    if isinstance(error, TooManyCalls):
        error.retry_after = retry_after(answer)
    return error


def retry_after(answer: Answer) -> float | None:
    """The seconds of ``Retry-After`` (RFC 9110 section 10.2.3). A date there is not taken: clocks differ."""
    text = answer.headers.get("retry-after", "").strip()
    return float(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


def _stranger(answer: Answer, operation: str) -> ParvisError:
    """The error for an answer that holds no problem."""
    if 300 <= answer.status < 400:
        return AnswerUnreadable(
            "The address has moved",
            status=answer.status,
            detail=f"It points to {answer.headers.get('location', 'nowhere')}.",
            operation=operation,
            fix="Connect to that address if you trust it; your key was not sent there.",
        )
    return _class("", answer.status)(
        "The answer is none of Parvis's",
        status=answer.status,
        detail=answer.body[:200].decode("utf-8", "replace").strip(),
        operation=operation,
        fix="Check the address; a proxy may answer in the service's place.",
    )


def error_from(problem: Problem, operation: str = "", status: int | None = None) -> ParvisError:
    """The error that a problem stands for; ``status`` is the answer's own, which the body cannot overrule."""
    code = _text(problem, "code")
    said = problem.get("status")
    known = status if status is not None else said if type(said) is int else 0
    links, errors, policies = (problem.get(name) for name in ("links", "errors", "violated-policies"))
    error = _class(code, known)(
        _text(problem, "title") or code,
        code=code,
        status=known or None,
        detail=_text(problem, "detail"),
        fix=_text(problem, "fix"),
        request_id=_text(problem, "request_id"),
        operation=operation,
        links=links if isinstance(links, (dict, list)) else None,
        errors=[e for e in errors if isinstance(e, dict)] if isinstance(errors, list) else (),
        problem=problem,
    )
    if isinstance(error, TooManyCalls) and isinstance(policies, list):
        error.policies = tuple(each for each in policies if isinstance(each, str))
    return error


def _class(code: str, status: int) -> type[ParvisError]:
    return next(cls for holds, cls in CLASSES if holds(code, status))


def _text(problem: Problem, name: str) -> str:
    value = problem.get(name)
    return value if isinstance(value, str) else ""
