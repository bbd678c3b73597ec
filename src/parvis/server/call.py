"""The call in hand, and the port for protocols: what the pipeline holds of a call, and what it asks of the protocol.

A protocol is one subclass of :class:`Call`: how its address names an operation, how its arguments become one JSON
object, and how a result, a stream or a problem goes back. All else is the same for every protocol, and none of it can
be passed over: who calls, rights, limits, the meter, repeats, threads, the log. Rule: nothing here, nor in the modules
that the pipeline is made of, knows one protocol.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from time import perf_counter
from typing import TYPE_CHECKING, Any, BinaryIO

from ..access.credential import Credential
from ..access.limits import Allowance, Plan
from ..access.rights import Constraints
from .hosted import Entry

if TYPE_CHECKING:
    from .admission import Ticket
    from .application import Application
    from .idempotency import Once


class Call:
    """One request from its first byte to its log line.

    The methods are the port: :meth:`find`, :meth:`read`, :meth:`answer` and :meth:`refuse` every protocol has;
    :meth:`begin`, :meth:`items` and :meth:`finish` are for streams; the others may stay as they are here. The pipeline
    calls them in the order in which they stand, each at most once (:meth:`items` for every few items).
    """

    __slots__ = (
        "address", "allowance", "arguments", "began", "body", "code", "constraints", "credential", "entry", "files",
        "headers", "id", "keywords", "method", "once", "outcome", "path", "plan", "ran", "replayed", "socket",
        "started", "status", "success", "ticket", "upload",
    )  # fmt: skip

    def __init__(
        self, id: str, method: str, path: str, *, address: str = "", socket: str = "",
        headers: Mapping[bytes, bytes] | None = None, began: float | None = None,
    ) -> None:  # fmt: skip
        """``id`` names the request to the operator (``app.new_id()``); ``method`` and ``path`` say in the log how it
        came. ``address`` is the caller's network address and ``socket`` the path of the Unix socket it came by, empty
        where there is none. ``headers`` are named fields as HTTP has them, names in lower case: ``authorization`` is
        who calls, ``accept-language`` the language of problems, ``idempotency-key`` makes repeats safe, and parameters
        may be bound to any other."""
        self.id = id
        self.began = perf_counter() if began is None else began
        self.method = method
        self.path = path
        self.address = address
        self.socket = socket
        self.headers: Mapping[bytes, bytes] = headers or {}
        self.entry: Entry | None = None
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
        """The arguments as one JSON object, keyed by name."""
        self.upload: BinaryIO | None = None
        """The content of the file-like parameter, where it came beside ``body``, which holds a digest of it."""
        self.files: list[BinaryIO] | None = None
        """What is closed when the call ends."""
        self.outcome: bytes = b""
        """The result as JSON."""
        self.success = 200
        """The status of the call when all goes well."""
        self.status = 0
        self.code = ""
        """The problem's code, for the log; empty for a success."""
        self.started = False
        """True when the answer has begun: from then on no problem can be told in its place."""

    def body_limit(self, app: Application) -> int:
        """Bytes that the arguments may have: by the server's bound, and by the plan of who calls."""
        plan = self.plan
        return app.body_limit if plan is None or plan.body is None else min(app.body_limit, plan.body)

    def find(self, app: Application) -> None:
        """Set ``entry``: the operation that is asked for. Raises :class:`Refusal` for what is no call of ours."""
        raise NotImplementedError

    def negotiate(self) -> None:
        """Refuse what could not be answered in any form that is wanted, before it runs."""

    async def read(self, app: Application) -> None:
        """Set ``body``: the arguments as JSON, within their bound. Raises :class:`Refusal`.

        What came from outside is vouched for by :func:`parvis.facade.codec.strict_json`."""
        raise NotImplementedError

    async def represent(self) -> None:
        """Make of ``outcome`` what goes out. The last moment to refuse: after it the record is written."""

    async def answer(self, app: Application) -> None:
        """Send the result of a call."""
        raise NotImplementedError

    async def begin(self, app: Application) -> bool:
        """A stream opens. False where no item is wanted."""
        raise NotImplementedError

    async def items(self, items: list[bytes]) -> bool:
        """Send some items, each JSON; waits while the caller takes no more. False where no more are wanted."""
        raise NotImplementedError

    async def finish(self, problem: bytes | None) -> None:
        """End a stream; with the problem (RFC 9457, JSON) that it ended with, where it did."""
        raise NotImplementedError

    async def refuse(self, app: Application, error: Exception, problem: bytes) -> None:
        """Send the problem (RFC 9457, JSON) that the call ended with; ``status`` is its status."""
        raise NotImplementedError

    async def gone(self) -> None:
        """Return when the caller has gone: a stream that nobody reads is ended. Never, where that cannot be known."""
        await asyncio.get_running_loop().create_future()
