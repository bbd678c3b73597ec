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
)

if TYPE_CHECKING:
    from .transport import Answer

Problem = Mapping[str, Any]

CLASSES: tuple[tuple[Callable[[str, int], bool], type[ParvisError]], ...] = (
    (lambda code, status: code == "invalid-arguments", ArgumentsRefused),
    (lambda code, status: status == 401, KeyRefused),
    (lambda code, status: status == 403, NotAllowed),
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
    if problem is not None:
        return error_from(problem, operation, answer.status)
    if 300 <= answer.status < 400:
        return AnswerUnreadable(
            "The address has moved",
            status=answer.status,
            detail=f"It points to {answer.headers.get('location', 'nowhere')}.",
            operation=operation,
            fix="Connect to that address if you trust it; your key was not sent there.",
        )
    return next(cls for holds, cls in CLASSES if holds("", answer.status))(
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
    cls = next(cls for holds, cls in CLASSES if holds(code, known))
    links, errors = problem.get("links"), problem.get("errors")
    return cls(
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


def _text(problem: Problem, name: str) -> str:
    value = problem.get(name)
    return value if isinstance(value, str) else ""
