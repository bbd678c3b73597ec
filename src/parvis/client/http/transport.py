"""The transport over HTTP: one origin, one caller.

Rules. What the other side sends is bounded in time and, after decompression, in size. A key goes to its origin only: no
redirect is followed and no cookie kept. A call that changes something goes with an Idempotency-Key wherever the server
may take one, so that it can be sent again (:mod:`.retries`). No exception of the HTTP library gets out.
"""

from __future__ import annotations

import time
import uuid
import weakref
from typing import TYPE_CHECKING

from parvis.contract.bodies import OCTETS, raw

from ..errors import AnswerUnreadable, ConnectionFailed, ParvisError
from ..problems import error_of, problem_of, retry_after
from ..transport import Answer, Lines, closed
from ..values.upload import Unread, Upload
from . import retries as policy
from .address import ServiceAddress
from .answer_body import BodyReader, HttpLines
from .deadline import Deadline
from .prepared_call import JSON, LINES, PreparedCall, authorization, common_head
from .retries import RETRIES
from .transport_errors import connection_error, too_large

if TYPE_CHECKING:
    from parvis.contract.model import Contract, Operation

    from .connections import Head, Incoming, Wire

TOTAL_SECONDS = 60.0
ANSWER_BYTES = 64 * 1024 * 1024
"""The most bytes of one answer after decompression; it bounds one line of a stream, too."""
CONTRACT_BYTES = 16 * 1024 * 1024


class HttpTransport:
    """Calls a service at ``address``.

    ``key`` goes as a Bearer credential; ``auth``, an e-mail or a key's id with its password, as a Basic one.
    ``timeout`` is in seconds and bounds a whole call, connecting and repeating included; for a stream it bounds the
    wait for the next bytes. None waits for ever. ``retries`` is how often a call is sent again at most. ``uds`` is the
    path of a Unix socket to go through; ``limit`` the most bytes to accept; ``language`` that of the server's errors.
    ``awaited``: its coroutines await an event loop, where they block without.
    """

    def __init__(
        self,
        address: ServiceAddress,
        *,
        key: str | None = None,
        auth: tuple[str, str] | None = None,
        timeout: float | None = TOTAL_SECONDS,
        retries: int = RETRIES,
        uds: str | None = None,
        limit: int = ANSWER_BYTES,
        language: str | None = None,
        awaited: bool = False,
    ) -> None:
        credential = authorization(key, auth)
        if retries < 0:
            raise ValueError("retries is how often a call is sent again: 0 or more")
        from .connections import Awaiting, Blocking, host

        self._address = address
        self._at = address.url
        self._seconds = timeout
        self._limit = limit
        self._retries = retries
        # Nothing that leads to this machine goes by a proxy of the environment, whatever no_proxy says or forgets.
        local = address.loopback or uds is not None
        wire = (Awaiting if awaited else Blocking)(address.origin, uds=uds, proxies=not local)
        self._wire: Wire = wire
        self._head = common_head(host(address.origin), credential, language, local)
        self._requests: dict[str, tuple[bytes, Head]] = {}
        self._named = credential is not None and retries > 0
        """Whether calls go with an Idempotency-Key: what belongs to nobody is taken from nobody."""
        self._unnamed: set[str] = set()
        """Operations that take none, as the server said."""
        self._unnamed_until = 0.0
        self._closed = False
        # A façade that is simply dropped lets go of its connections too.
        weakref.finalize(self, wire.drop)

    @property
    def address(self) -> str:
        return self._at

    async def contract(self) -> Contract:
        from parvis.contract.model import Contract

        target, head = self._request(f"{self._address.url}/contract.json", JSON, None)
        answer = await self._repeated(
            PreparedCall("GET", target, head, b"", min(self._limit, CONTRACT_BYTES), safe=True)
        )
        assert isinstance(answer, Answer)
        if not answer.ok:
            raise error_of(answer)
        try:
            contract = Contract.from_json(answer.body)
        except ValueError as error:
            raise AnswerUnreadable(
                f"There is no Parvis service at {self._address.url}",
                detail=f"What came is no contract: {error}",
                fix="Give the address of a service, as http://host:8000/shop.",
            ) from None
        self._at = self._address.mount(contract.prefix) + contract.prefix
        self._requests.clear()
        return contract

    async def call(self, operation: Operation, body: bytes | Upload) -> Answer:
        answer = await self._repeated(self._made(operation, body, lines=False))
        assert isinstance(answer, Answer)
        return answer

    async def stream(self, operation: Operation, body: bytes | Upload) -> Lines | Answer:
        return await self._repeated(self._made(operation, body, lines=True))

    async def ask(self, url: str, body: bytes, more: Head) -> Answer:
        """POST JSON to another address of the origin, once."""
        target, head = self._request(url, JSON, JSON)
        call = PreparedCall("POST", target, [*head, *more], body, self._limit)
        answer = await self._attempt(call, Deadline(self._seconds), 1)
        assert isinstance(answer, Answer)
        return answer

    async def close(self) -> None:
        self._closed = True
        await self._wire.close()

    def _made(self, operation: Operation, body: bytes | Upload, *, lines: bool) -> PreparedCall:
        accept = LINES if lines else OCTETS if raw(operation) else JSON
        upload = isinstance(body, Upload)
        kind = OCTETS if upload else JSON
        kept = self._requests.get(name := operation.name)
        if kept is None or upload:
            query = f"?{body.query}" if isinstance(body, Upload) and body.query else ""
            kept = self._request(f"{self._at}/{name}{query}", accept, kind)
            if not upload:
                self._requests[name] = kept
        target, head = kept
        call = PreparedCall("POST", target, head, body, self._limit, safe=operation.read == "listed", lines=lines)
        call.start = body.start if isinstance(body, Upload) else 0
        changes = operation.read is None and operation.own is None and not lines
        takes = self._named and name not in self._unnamed and time.monotonic() >= self._unnamed_until
        if changes and takes and call.start is not None:
            call.operation, call.key = name, str(uuid.uuid4()).encode()
        return call

    def _request(self, url: str, accept: str, kind: str | None) -> tuple[bytes, Head]:
        from .connections import target

        head = [*self._head, (b"Accept", f"{accept}, application/problem+json".encode())]
        return target(url, self._address.origin), [*head, (b"Content-Type", kind.encode())] if kind else head

    async def _repeated(self, call: PreparedCall) -> Answer | HttpLines:
        """Send a call until it is over: answered, refused, or not worth another attempt."""
        deadline = Deadline(self._seconds)
        attempt, repeats = 0, 0
        while True:
            attempt += 1
            try:
                outcome = await self._attempt(call, deadline, attempt)
                if isinstance(outcome, HttpLines) or outcome.status < 400:
                    return outcome
                again = self._again(call, outcome, repeats)
                if again is None or not deadline.outlasts(again[0]):
                    return outcome
            except ConnectionFailed as failed:
                failed.attempts = attempt
                again = self._again(call, failed, repeats)
                if again is None or not deadline.outlasts(again[0]):
                    raise
            seconds, counted = again
            repeats += counted
            await self._wire.sleep(seconds)

    def _again(self, call: PreparedCall, outcome: Answer | ConnectionFailed, repeats: int) -> tuple[float, int] | None:
        """Seconds until the call is sent again, and as how many repeats that counts; None where it is not."""
        if call.start is None or self._closed:
            return None
        if call.key is not None and isinstance(outcome, Answer):
            if self._takes_none(call.operation, outcome):
                call.key = None
                return 0.0, 0
            if (seconds := policy.in_progress(outcome)) is not None:
                return seconds, 0
        if repeats >= self._retries:
            return None
        pause = policy.pause(outcome, repeats + 1, call.safe or call.key is not None)
        return None if pause is None else (pause, 1)

    def _takes_none(self, operation: str, answer: Answer) -> bool:
        """Whether a call was refused for its Idempotency-Key alone. The caller did not ask for one, so nothing that
        works without may fail by it."""
        code = (problem_of(answer) or {}).get("code") if answer.status in (400, 429) else None
        if code == "no-idempotency":
            self._unnamed.add(operation)
        elif code == "too-many-idempotency-keys":
            self._unnamed_until = time.monotonic() + (retry_after(answer) or policy.LONGEST)
        else:
            return False
        return True

    async def _attempt(self, call: PreparedCall, deadline: Deadline, attempt: int) -> Answer | HttpLines:
        if self._closed:
            raise closed()
        body, head = call.body, call.head
        if call.key is not None:
            head = [*head, (b"Idempotency-Key", call.key)]
        if isinstance(body, Upload):
            if attempt > 1 and call.start is not None:
                body.content.seek(call.start)
            length = body.length
            size = (b"Transfer-Encoding", b"chunked") if length is None else (b"Content-Length", b"%d" % length)
            head = [*head, size]
        elif call.method != "GET":
            head = [*head, (b"Content-Length", b"%d" % len(body))]
        if isinstance(body, Upload):
            deadline = Deadline(self._seconds, resting=True)
        incoming = None
        try:
            content = body.chunks() if isinstance(body, Upload) else body
            incoming = await self._wire.send(call.method, call.target, head, content, deadline)
            if call.lines and 200 <= incoming.status < 300:
                lines = HttpLines(BodyReader(incoming, call.limit, self._address.origin), self._seconds, attempt)
                incoming = None  # it is closed with its lines
                return lines
            return await self._whole(incoming, call.limit, deadline, attempt)
        except Unread as unread:
            error: Exception = unread.error
        except ParvisError:
            raise
        except Exception as raised:
            error = connection_error(raised, self._address.origin) or raised
        finally:
            if incoming is not None:
                await incoming.close()
        raise error from None

    async def _whole(self, incoming: Incoming, limit: int, deadline: Deadline, attempt: int) -> Answer:
        parts = BodyReader(incoming, limit, self._address.origin)
        body = await parts.next(deadline) or b""
        size = len(body)
        found = [body]
        while size <= limit and (part := await parts.next(deadline)) is not None:
            found.append(part)
            size += len(part)
        if size > limit:
            raise too_large(limit)
        return Answer(incoming.status, body if len(found) == 1 else b"".join(found), incoming.headers, attempt)
