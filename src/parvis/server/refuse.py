"""One problem (RFC 9457) for whatever went wrong, whoever asked for it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import NamedTuple

from ..access.account_state import Bounds
from ..contract.outcomes import Refusal
from ..facade.codec import BrokenResult
from ..i18n import language
from ..protocol import problems
from .logs import Log
from .object.service import BoundOperation
from .request import Request
from .run import Failed


class Replayed(Exception):
    """The problem that an earlier call with the same Idempotency-Key ended with: told again, byte by byte."""

    def __init__(self, status: int, body: bytes) -> None:
        super().__init__(status)
        self.status = status
        self.body = body


class Refused(NamedTuple):
    """A call that ends with a problem."""

    error: BaseException
    status: int
    code: str
    problem: bytes
    """RFC 9457, as JSON."""
    bounds: Bounds | None = None
    """None where the caller has none, or was refused before they were looked at."""


class Refusals:
    """Makes problems. ``links`` are addresses by purpose, for each of them; bugs go to the log whole."""

    def __init__(self, log: Log, links: Mapping[str, str]) -> None:
        self._log = log
        self._links = links

    def of(self, error: BaseException, request: Request, operation: BoundOperation | None) -> Refused:
        """The problem that an exception becomes; never fails for what the exception is like."""
        if isinstance(error, Replayed):
            return Refused(error, error.status, json.loads(error.body)["code"], error.body)
        spoken = language(request.fields.get(b"accept-language", b"").decode("latin-1"))
        try:
            return self._of(error, request, operation, spoken)
        except BaseException:  # an exception of the façade's that raises when it is looked at
            self.report(error.error if isinstance(error, Failed) else error, request, operation)
            return self._told(error, Refusal("internal-error"), request, spoken)

    def _of(self, error: BaseException, request: Request, operation: BoundOperation | None, spoken: str) -> Refused:
        told = error
        if isinstance(error, Failed):
            told = error.error
            raised = None if operation is None else operation.operation.declared(told)
            if raised is not None:
                body = problems.declared(raised.spec, told, request_id=request.id, language=spoken)
                return Refused(error, raised.spec.status, "declared-error", problems.to_json(body))
        if not isinstance(told, Refusal):
            self.report(told, request, operation)
            detail = "The service returned what it does not declare." if isinstance(told, BrokenResult) else ""
            told = Refusal("internal-error", detail)
        return self._told(error, told, request, spoken)

    def _told(self, error: BaseException, told: Refusal, request: Request, spoken: str) -> Refused:
        body = problems.problem(told, request_id=request.id, language=spoken, links=self._links)
        return Refused(error, told.outcome.status, told.outcome.code, problems.to_json(body))

    def report(self, error: BaseException, request: Request, operation: BoundOperation | None) -> None:
        """A bug of a façade or of ours: whole into the log, nothing of it to the caller."""
        name = operation.name if operation is not None else request.path[:200]
        self._log.error("call-failed", error, request_id=request.id, operation=name)
