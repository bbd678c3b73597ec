"""With which refusals of Parvis's own an operation answers, called at its right address by the right method.

One table, of conditions that a contract decides, each with the codes that it brings; the status of a code stands in
:mod:`parvis.contract.outcomes`. What an operation of the console refuses beside these, its contract says.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from ..bodies import by_form, raw
from ..model import CONSOLE, Contract, Operation
from ..outcomes import OUTCOMES


def takes_key(operation: Operation) -> bool:
    """Whether a call may carry an ``Idempotency-Key``: it may change something, and is given no secret."""
    return operation.read is None and (operation.own is None or operation.own.repeatable)


def _always(contract: Contract, operation: Operation) -> bool:
    return True


def _service(contract: Contract, operation: Operation) -> bool:
    return contract.service != CONSOLE


def _console(contract: Contract, operation: Operation) -> bool:
    return contract.service == CONSOLE


def _change(contract: Contract, operation: Operation) -> bool:
    return operation.read is None


def _untested(contract: Contract, operation: Operation) -> bool:
    return _service(contract, operation) and operation.read is None


def _repeatable(contract: Contract, operation: Operation) -> bool:
    return takes_key(operation)


def _body(contract: Contract, operation: Operation) -> bool:
    return not operation.routes[0].query


def _identified(contract: Contract, operation: Operation) -> bool:
    # An id that is empty is another address, at which there may be nothing.
    return operation.routes[0].id is not None


def _answers(contract: Contract, operation: Operation) -> bool:
    return operation.routes[0].status != 204


def _formed(contract: Contract, operation: Operation) -> bool:
    # A browser sends forms to other sites, so such a body may be refused for where it comes from.
    return _body(contract, operation) and by_form(operation)


def _ranged(contract: Contract, operation: Operation) -> bool:
    return operation.routes[0].method == "GET" and raw(operation) is not None


@dataclass(frozen=True, slots=True)
class ErrorCondition:
    holds: Callable[[Contract, Operation], bool]
    codes: tuple[str, ...]
    name: str = ""
    """What tells the responses of operations for which it holds from those of others in the same document."""


ROWS = (
    ErrorCondition(_always, (
        "malformed-request", "host-refused",
        "key-missing", "key-malformed", "key-unknown", "key-revoked", "key-rotated", "key-expired", "token-expired",
        "run-key-elsewhere",
        "right-missing", "key-right-missing", "argument-refused", "network-refused", "account-suspended",
        "request-timeout", "precondition-failed", "invalid-arguments", "headers-too-large", "rate-limited",
        "internal-error", "unavailable", "call-timeout",
    )),
    ErrorCondition(_service, ("password-not-accepted", "concurrency-limited", "quota-exceeded")),
    ErrorCondition(_console, ("password-wrong", "too-many-attempts")),
    ErrorCondition(_identified, ("unknown-operation",), "id"),
    ErrorCondition(_answers, ("not-acceptable",)),
    ErrorCondition(_body, ("body-too-large", "unsupported-media-type")),
    ErrorCondition(_formed, ("origin-refused",), "form"),
    ErrorCondition(_ranged, ("range-not-satisfiable",)),
    ErrorCondition(_untested, ("no-sandbox",), "change"),
    ErrorCondition(_change, ("no-idempotency",), "change"),
    ErrorCondition(_repeatable, (
        "idempotency-in-progress", "outcome-unknown", "not-replayable", "idempotency-mismatch",
        "too-many-idempotency-keys",
    ), "repeatable"),
)  # fmt: skip

ELSEWHERE = frozenset({
    "method-not-allowed",  # another method than the one that the document names
    "result-too-large",  # the protocol for agents
    "cross-site-post",  # pages
    "method-unknown", "coding-unknown", "version-unknown",  # what is no request that is understood
})  # fmt: skip
"""Codes that no operation answers with at the address that OpenAPI lists. A test holds that every other stands above,
or in what the console says of its operations."""

EARLY = frozenset({408, 431})
"""Statuses of requests that are not read whole: they are answered before there is a call."""


@dataclass(frozen=True, slots=True)
class ErrorResponse:
    """The refusals with one status."""

    status: int
    codes: tuple[str, ...]
    name: str
    """Of the response that tells them; two operations of a document for which it is the same have the same codes."""


def refusals(contract: Contract, operation: Operation) -> dict[int, ErrorResponse]:
    """Status -> what Parvis itself answers with it, in the order of the statuses."""
    found: dict[int, list[str]] = {}
    marks: dict[int, list[str]] = {}
    for code, mark in _codes(contract, operation):
        status = OUTCOMES[code].status
        if code not in found.setdefault(status, []):
            found[status].append(code)
            if mark and mark not in marks.setdefault(status, []):
                marks[status].append(mark)
    return {
        status: ErrorResponse(status, tuple(found[status]), "-".join(["problem", str(status), *marks.get(status, ())]))
        for status in sorted(found)
    }


def _codes(contract: Contract, operation: Operation) -> Iterator[tuple[str, str]]:
    """Each code, and what its response is told apart by."""
    for row in ROWS:
        if row.holds(contract, operation):
            yield from ((code, row.name) for code in row.codes)
    for code in operation.own.refusals if operation.own is not None else ():
        yield code, code
