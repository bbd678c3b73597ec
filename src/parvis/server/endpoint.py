"""The port for protocols: what the pipeline asks of one, and what it is given.

A protocol finds the endpoint that a request means. An endpoint is an operation at one address of one protocol, with all
that is fixed for it worked out at the start: how arguments become one JSON object, and how a result, a stream or a
problem becomes an answer. All else is the same for every protocol, and none of it can be passed over: who calls,
rights, limits, the meter, repeats, threads, the log.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, BinaryIO, Generic, TypeVar

from ..access.account_state import Bounds
from ..contract.outcomes import Refusal
from ..facade.codec import strict_json
from .bind import Arguments
from .object.service import BoundOperation
from .refuse import Refused
from .request import Request
from .stream import Stream

A = TypeVar("A")
"""An answer, in whatever form the protocol sends it."""
F = TypeVar("F")
"""What an endpoint settles about the form of the answer before the method runs."""


class Endpoint(ABC, Generic[A, F]):
    """An operation at one address of one protocol. The pipeline calls the methods in the order in which they stand."""

    status: int = 200
    """Of the answer when all goes well."""

    def __init__(self, operation: BoundOperation, limit: int) -> None:
        """``limit``: bytes that the arguments may have."""
        self.operation = operation
        self.limit = limit

    def negotiate(self, request: Request) -> F:
        """Settle the form of the answer. Raises :class:`Refusal` for what could be answered in no form that is wanted,
        before it runs. Nothing, unless the protocol has forms."""
        return None  # type: ignore[return-value]

    async def read(self, request: Request, bounds: Bounds | None, files: list[BinaryIO]) -> Arguments:
        """The arguments, within their limit: the body is one JSON object, unless the protocol knows better.

        ``files`` are closed when the call ends. Raises :class:`Refusal`."""
        limit, body, more = body_limit(self.limit, bounds), b"", True
        while more:
            piece, more = await request.body.read()
            body += piece
            if len(body) > limit:
                raise too_large(limit)
        strict_json(body)
        return Arguments(body)

    @abstractmethod
    async def represent(self, request: Request, form: F, result: bytes, status: int, replayed: bool) -> tuple[int, A]:
        """Make of the result, which is JSON, an answer, and the status that goes into the records. The last moment to
        refuse: after it the record is written."""

    @abstractmethod
    def open(self, request: Request, form: F, stream: Stream) -> A:
        """The answer to a stream whose first items are there; whoever sends it has the stream carried."""

    def tell(self, answer: A, bounds: Bounds) -> None:
        """Add to an answer what is left of the caller's limits, where the protocol can say it."""


class Protocol(ABC, Generic[A]):
    """A way to call."""

    @abstractmethod
    def find(self, request: Request) -> Endpoint[A, Any]:
        """The endpoint that a request means. Raises :class:`Refusal` where there is none."""

    @abstractmethod
    def refuse(self, request: Request, refused: Refused, endpoint: Endpoint[A, Any] | None) -> A:
        """The answer that tells a problem; ``endpoint`` is None where none was found."""


def body_limit(limit: int, bounds: Bounds | None) -> int:
    """Bytes that arguments may have: by the server's ``limit``, and by the plan of who calls."""
    largest = None if bounds is None else bounds.plan.body
    return limit if largest is None else min(limit, largest)


def too_large(limit: int) -> Refusal:
    return Refusal("body-too-large", f"The body has more than {limit} bytes.", limit=limit)
