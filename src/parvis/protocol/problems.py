"""Problems (RFC 9457): the one shape of every error that crosses the wire.

Two rules. What a problem says comes from the table of outcomes, from what the façade declared, or from the refusal in
hand; of an undeclared exception nothing ever enters. And making a problem cannot fail: whatever is missing or odd is
left out or written as text.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from typing import Any

from parvis.contract.model import DeclaredError
from parvis.contract.outcomes import DECLARED_CODE, DECLARED_FIX, DECLARED_TITLE, PLACES, Refusal, as_text, fill
from parvis.i18n import known, translate

MEDIA_TYPE = "application/problem+json"

DEPTH = 32
"""How deep an exception's argument may nest; what is deeper is written as text."""

LONGEST_INTEGER = 10_000
"""Bits. Python refuses to write longer integers as decimal digits."""

_NUMBER = re.compile(r"\d+(?:\.\d+)?")


def problem(refusal: Refusal, *, request_id: str, language: str, links: Mapping[str, str]) -> dict[str, Any]:
    """The problem that tells a refusal.

    ``links`` are addresses by purpose (``register``, ``docs``...); they fill the ``fix`` too.
    """
    row = refusal.outcome
    values = {**PLACES, **links, **refusal.values}
    made: dict[str, Any] = {"type": f"/errors/{row.code}", "title": translate(row.title, language)}
    made["status"] = row.status
    # Of a bug nothing goes out but our own words, even when somebody put the exception's text into the refusal.
    bug = row.code == "internal-error"
    if refusal.detail and not (bug and not known(refusal.detail)):
        made["detail"] = _own_words(refusal.detail, refusal.values, language)
    made |= {"code": row.code, "request_id": request_id, "fix": fill(translate(row.fix, language), values)}
    if links:
        made["links"] = dict(links)
    if not bug:
        made |= {name: _json(value) for name, value in refusal.members.items() if name not in made}
        _translate_errors(made.get("errors"), language)
    return made


def declared(error: DeclaredError, exception: BaseException, *, request_id: str, language: str) -> dict[str, Any]:
    """The problem that tells an exception which the operation declares; ``args`` are the exception's own where they
    are JSON."""
    made = {
        "type": f"/errors/{DECLARED_CODE}",
        "title": translate(DECLARED_TITLE, language),
        "status": error.status,
        "detail": _message(exception) or error.description,
        "code": DECLARED_CODE,
        "request_id": request_id,
        "fix": fill(translate(DECLARED_FIX, language), {"name": error.name}),
        "exception": {"name": error.name, "base": error.base, "args": [_json(a) for a in _args(exception)]},
    }
    return {name: value for name, value in made.items() if value != ""}


def to_json(problem: Mapping[str, Any]) -> bytes:
    """The problem's bytes. Takes every value that :func:`problem` and :func:`declared` make."""
    try:
        return json.dumps(problem, ensure_ascii=False, allow_nan=False).encode()
    except UnicodeEncodeError:  # half of a surrogate pair is no UTF-8, but JSON can escape it
        return json.dumps(problem, allow_nan=False).encode()


def _own_words(text: str, values: Mapping[str, Any], language: str) -> str:
    """A sentence of ours in the language; any other, which may hold a caller's words, braces and all, as it is.

    A text of the catalogue is a template. One with numbers is there with ``{0}``, ``{1}`` in their places.
    """
    if known(text):
        return fill(translate(text, language), values)
    numbers = {str(place): number for place, number in enumerate(_NUMBER.findall(text))}
    places = iter(numbers)
    template = _NUMBER.sub(lambda _: f"{{{next(places)}}}", text)
    return fill(translate(template, language), numbers) if numbers and known(template) else text


def _translate_errors(errors: object, language: str) -> None:
    for error in errors if isinstance(errors, list) else ():
        if isinstance(error, dict):
            error |= {
                k: _own_words(error[k], {}, language) for k in ("message", "fix") if isinstance(error.get(k), str)
            }


def _message(exception: BaseException) -> str:
    # str(KeyError("tea")) has quotes around: the one argument is what the author wrote.
    match _args(exception):
        case (str() as text,):
            return str.__str__(text)
        case _:
            return as_text(exception)


def _args(exception: BaseException) -> tuple[Any, ...]:
    """What an exception was made with, also where its class makes something else of ``args``, or raises there."""
    try:
        return tuple(exception.args)
    except BaseException:
        own: tuple[Any, ...] = BaseException.__dict__["args"].__get__(exception)
        return own


def _json(value: object, depth: int = DEPTH) -> Any:
    try:
        return _plain(value, depth)
    except BaseException:  # a class of text, numbers or lists that raises when it is looked at
        return as_text(value)


def _plain(value: object, depth: int) -> Any:
    match value:
        case int() if value.bit_length() > LONGEST_INTEGER:
            return f"<integer of {value.bit_length()} bits>"
        case None | bool() | int() | str():
            return value
        case float() if math.isfinite(value):
            return value
        case list() if depth:
            return [_json(item, depth - 1) for item in value]
        case dict() if depth and all(isinstance(key, str) for key in value):
            return {key: _json(item, depth - 1) for key, item in value.items()}
        case _:
            return as_text(value)
