"""The port between a façade on the caller's side and wherever the service is.

Two rules. A refusal is an answer like any other: a transport gives back the problem as it came, and raises only when
no whole answer came (``ConnectionFailed``, ``AnswerUnreadable``). Bytes cross here, never Python objects: so a
transport in the same process keeps the promise that values cross by copy.

:class:`parvis.client.memory.MemoryTransport` is its double for tests.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from parvis.contract.model import Contract, Operation

    from .upload import Upload

PROBLEM = "application/problem+json"


@dataclass(frozen=True, slots=True)
class Answer:
    """One whole answer: an HTTP status, a body, and headers by lower-case name."""

    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def ok(self) -> bool:
        return 200 <= self.status < 300

    @property
    def media_type(self) -> str:
        """The content type without its parameters, in lower case."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()


class Lines(Protocol):
    """The open answer of a stream: one JSON text a line, without its line end. A generator of bytes is one."""

    def __iter__(self) -> Iterator[bytes]: ...

    def __next__(self) -> bytes: ...

    def close(self) -> None:
        """Stop the stream, on both sides. Closing twice is harmless."""


class Transport(Protocol):
    """How calls reach one service, by one caller."""

    @property
    def address(self) -> str:
        """Where the service is, for readers: ``http://host:8000/shop/v1``, ``in this process``."""

    def contract(self) -> Contract:
        """What the service offers. Raises ``ParvisError`` when there is no service, ``ValueError`` when what came is
        no contract."""

    def call(self, operation: Operation, body: bytes | Upload) -> Answer:
        """Call an operation; ``body`` is one JSON object keyed by parameter name, or a file with such a one beside it.
        A result of bytes may come as it is: ``application/octet-stream``."""

    def stream(self, operation: Operation, body: bytes | Upload) -> Lines | Answer:
        """Open a stream; an ``Answer`` when it was refused before its first line."""

    def close(self) -> None:
        """Let go of connections. Later calls raise ``ConnectionFailed``. Closing twice is harmless."""
