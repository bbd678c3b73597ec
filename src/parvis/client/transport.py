"""The port between a façade on the caller's side and wherever the service is.

Three rules. A refusal is an answer like any other: a transport gives back the problem as it came, and raises only when
no whole answer came (``ConnectionFailed``, ``AnswerUnreadable``). Bytes cross here, never Python objects: so a
transport in the same process keeps the promise that values cross by copy. And all is written as coroutines: a transport
for callers who wait blocks inside of them, one for callers who await does not (:mod:`parvis.client.sync_runner`).

:class:`parvis.client.memory.MemoryTransport` is its double for tests, for both kinds.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from .errors import ConnectionFailed
from .sync_runner import Source

if TYPE_CHECKING:
    from parvis.contract.model import Contract, Operation

    from .values.upload import Upload

PROBLEM = "application/problem+json"


@dataclass(frozen=True, slots=True)
class Answer:
    """One whole answer: an HTTP status, a body, headers by lower-case name, and as which attempt it came."""

    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)
    attempts: int = 1

    @property
    def ok(self) -> bool:
        return 200 <= self.status < 300

    @property
    def media_type(self) -> str:
        """The content type without its parameters, in lower case."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()


class Lines(Source[bytes], Protocol):
    """The open answer of a stream: one JSON text a line, without its line end. Closing stops it on both sides."""

    @property
    def answer(self) -> Answer:
        """How it opened; its body is empty."""


class Transport(Protocol):
    """How calls reach one service, by one caller."""

    @property
    def address(self) -> str:
        """Where the service is, for readers: ``http://host:8000/shop/v1``, ``in this process``."""

    async def contract(self) -> Contract:
        """What the service offers. Raises ``ParvisError`` when there is no service, ``ValueError`` when what came is
        no contract."""

    async def call(self, operation: Operation, body: bytes | Upload) -> Answer:
        """Call an operation; ``body`` is one JSON object keyed by parameter name, or a file with such a one beside it.
        A result of bytes may come as it is: ``application/octet-stream``."""

    async def stream(self, operation: Operation, body: bytes | Upload) -> Lines | Answer:
        """Open a stream; an ``Answer`` when it was refused before its first line."""

    async def close(self) -> None:
        """Let go of connections. Later calls raise ``ConnectionFailed``. Closing twice is harmless."""


def closed() -> ConnectionFailed:
    """What a transport raises that was closed."""
    return ConnectionFailed("This client is closed", outcome="not-sent", fix="Connect again.")
