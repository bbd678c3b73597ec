"""The call in hand: what each step of the pipeline reads and writes."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from ..access.credential import Credential
from ..contract.model import Route
from ..protocol.http.answer import Headers
from .hosted import Entry

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]


class Call:
    """One request from its first byte to its log line."""

    __slots__ = (
        "arguments", "began", "body", "code", "credential", "entry", "headers", "id", "identifier", "keywords",
        "method", "outcome", "path", "problem_headers", "receive", "route", "scope", "send", "started", "status",
    )  # fmt: skip

    def __init__(self, scope: Scope, receive: Receive, send: Send, identity: str, began: float) -> None:
        self.scope = scope
        self.receive = receive
        self.send = send
        self.id = identity
        self.began = began
        self.method: str = scope["method"]
        self.path: str = ""
        self.headers: dict[bytes, bytes] = {}
        self.entry: Entry | None = None
        self.route: Route | None = None
        self.identifier: bytes | None = None
        self.credential: Credential | None = None
        self.arguments: tuple[Any, ...] = ()
        self.keywords: dict[str, Any] = {}
        self.body = b""
        self.outcome: bytes = b""
        self.status = 0
        self.code = ""
        """The problem's code, for the log; empty for a success."""
        self.started = False
        """True when the head of an answer is out: from then on no problem can be."""
        self.problem_headers: Headers = []

    @property
    def address(self) -> str:
        client = self.scope.get("client")
        return client[0] if client else ""
