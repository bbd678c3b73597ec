"""The call in hand: what each step of the pipeline reads and writes."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from typing import TYPE_CHECKING, Any

from ..access.credential import Credential
from ..access.limits import Allowance, Plan
from ..access.rights import Constraints
from ..contract.model import Route
from ..protocol.http.answer import Headers
from .hosted import Entry

if TYPE_CHECKING:
    from .admission import Ticket
    from .idempotency import Once

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]


class Call:
    """One request from its first byte to its log line."""

    __slots__ = (
        "_address", "allowance", "arguments", "began", "body", "code", "constraints", "credential", "entry", "form",
        "headers", "id", "identifier", "keywords", "method", "once", "outcome", "path", "plan", "problem_headers",
        "ran", "receive", "replayed", "route", "scope", "send", "started", "status", "ticket",
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
        self.constraints: tuple[Constraints, ...] | None = None
        """What the arguments must keep to, where the right holds for some only."""
        self.plan: Plan | None = None
        self.allowance: Allowance | None = None
        """The bounds of who calls, and what was used of them; None for a caller without."""
        self.ticket: Ticket | None = None
        """What an admitted call has taken."""
        self.once: Once | None = None
        """The idempotency key that it has taken, while it runs."""
        self.replayed = 0
        """The status of the earlier call by whose result this one is answered; 0 for a call of its own."""
        self.ran = False
        """True from when the method was called on."""
        self.arguments: tuple[Any, ...] = ()
        self.keywords: dict[str, Any] = {}
        self.body = b""
        self.form = b""
        """The media type of the answer, where it is not the usual one."""
        self.outcome: bytes = b""
        self.status = 0
        self.code = ""
        """The problem's code, for the log; empty for a success."""
        self.started = False
        """True when the head of an answer is out: from then on no problem can be."""
        self.problem_headers: Headers = []
        self._address: str | None = None

    @property
    def address(self) -> str:
        """The caller's network address: the peer's, or what a trusted proxy says."""
        if self._address is None:
            client = self.scope.get("client")
            self._address = client[0] if client else ""
        return self._address

    def behind(self, address: str) -> None:
        """The peer is a proxy that is trusted, and this is whom it speaks for."""
        self._address = address
