"""The step *repeat*: a call that names an idempotency key runs once, however often it is sent.

Rules. The key is taken, and that is on the disk, before the method runs. What the call was answered is on the disk
before the first byte of the answer goes out, and is what each repeat is told. A call of which it is not known how it
ended is never run again. What Parvis refused before the method ran leaves nothing: the key is free.
Only calls that send the header pay: two commits of the store, one to three milliseconds.

Keys belong to the account, whatever credential it calls by, and test keys' apart. A key stands for all that the method
is told: its arguments, and what of them is bound to who calls or to the request. Of a key and of these digests alone
are kept; the second holds the first's text, so that arguments cannot be guessed by trying.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import NamedTuple

from ..access.clock import Clock
from ..access.credential import Credential
from ..contract.outcomes import Refusal
from ..protocol.idempotency import HEADER, key_of
from ..store.queries import idempotency
from ..store.queries.idempotency import MOST, Taken
from ..store.sql import SqlStore
from .bind import beside
from .object.service import BoundOperation
from .refuse import Replayed
from .request import Request

LARGEST = 65_536
"""Bytes of an answer that is kept for repeats."""


class Answered(NamedTuple):
    """What an earlier call with the same key was answered; the result is JSON."""

    status: int
    result: bytes


class Idempotency:
    """One for all services of a host.

    ``secret`` tells which fields of which operations' results are blank in a repeat (an empty name: all of it);
    ``untaken`` are the operations that are given a secret, of which nothing is kept. ``most`` bounds the keys of one
    caller.
    """

    def __init__(
        self,
        store: SqlStore,
        clock: Clock,
        *,
        secret: Mapping[str, tuple[str, ...]] | None = None,
        untaken: frozenset[str] = frozenset(),
        most: int = MOST,
    ) -> None:
        self._store = store
        self._clock = clock
        self._secret = secret or {}
        self._untaken = untaken
        self._most = most
        self._running: set[str] = set()
        """The requests of this process that took a key, or are about to, and have not ended."""

    async def begin(
        self, request: Request, operation: BoundOperation, credential: Credential, body: bytes
    ) -> Claim | Answered:
        """Take the call's key: it is to run now. Or what an earlier call with it was answered.

        Raises :class:`Refusal`; :class:`~.refuse.Replayed` when the earlier one was answered with a problem.
        """
        key = key_of(request.fields[HEADER])
        if credential.kind == "anonymous":
            # To run it as if there were no key would be silent, and twice what the caller wants once.
            raise Refusal("no-idempotency", "A caller without a key or password has nothing that its Idempotency-Key "
                          "could belong to.")  # fmt: skip
        if operation.console and operation.name in self._untaken:
            raise Refusal("no-idempotency", "This operation is given a secret, of which nothing is kept.")
        caller = credential.account or credential.kind
        named = f"{operation.service.contract.prefix}/{operation.operation.spec.name}"
        whose = f"{caller}\0{credential.test:d}\0{named}\0".encode()
        id = hashlib.sha256(whose + key).hexdigest()
        told = [whose + key, _canonical(body)]
        told += filter(None, [beside(operation.operation, body, credential, request)])
        fingerprint = hashlib.sha256(b"\0".join(told)).hexdigest()
        claim = Claim(self, id, request.id)
        self._running.add(request.id)
        try:
            found = await self._store.change(
                None, idempotency.take, id, caller, fingerprint, request.id, self._clock.now(), self._most
            )
        except Refusal:
            await self._forget(claim)  # it may be there all the same
            claim.leave()
            raise
        except BaseException:
            claim.leave()
            raise
        if found is None:
            return claim
        claim.leave()
        return self._answered(found, fingerprint)

    def _answered(self, found: Taken, fingerprint: str) -> Answered:
        first = {"first_request_id": found.request}
        if found.fingerprint != fingerprint:
            raise Refusal("idempotency-mismatch", "This Idempotency-Key came with other arguments before.",
                          members=first)  # fmt: skip
        if found.status is None:
            if found.request not in self._running:
                raise Refusal("outcome-unknown", "The first call with this Idempotency-Key did not come to its end.",
                              members=first)  # fmt: skip
            raise Refusal("idempotency-in-progress", "The first call with this Idempotency-Key is still running.",
                          members=first, seconds=1)  # fmt: skip
        if found.body is None:
            raise Refusal("not-replayable", "The first call with this Idempotency-Key has ended; its answer was a "
                          "stream, or too large to be kept.", members=first)  # fmt: skip
        body = found.body.encode()
        if found.status >= 400:
            raise Replayed(found.status, body)
        return Answered(found.status, body)

    async def _finish(self, claim: Claim, status: int | None, body: bytes | None, operation: str) -> None:
        text = None
        if body is not None and len(body) <= LARGEST:
            text = _blanked(body, self._secret.get(operation, ())).decode()
        try:
            await self._store.change(None, idempotency.finish, claim.id, claim.request, status, text)
        except Refusal:
            return  # the store has said why. The caller gets its answer, and a repeat is told `outcome-unknown`

    async def _forget(self, claim: Claim) -> None:
        try:
            await self._store.change(None, idempotency.forget, claim.id, claim.request)
        except Refusal:
            return  # a repeat is told `outcome-unknown`, which is less than is known, and safe


class Claim:
    """A key that a running call has taken."""

    __slots__ = ("_done", "_owner", "id", "request")

    def __init__(self, owner: Idempotency, id: str, request: str) -> None:
        self._owner = owner
        self.id = id
        self.request = request
        self._done = False

    async def answered(self, operation: BoundOperation, status: int, result: bytes | None) -> None:
        """The method gave its result, as JSON: keep the answer. Of a stream, None, only that it was."""
        if not self._done:
            await self._finish(operation, status, result)

    async def failed(
        self, operation: BoundOperation, error: BaseException, status: int, problem: bytes, *, executed: bool
    ) -> None:
        """The call ends with a problem. What the façade raised is kept, a bug too: it may have done something before.

        A refusal is kept where the method ran out of its time; where it did not run, or the console itself refused to
        do anything, the key is free again. Where the console lost its store midway, nobody knows.
        """
        if self._done:  # its result is kept; what failed is what came after
            return
        refusal = error if isinstance(error, Refusal) else None
        unrun = not executed or (refusal is not None and refusal.members.get("outcome") == "not run")
        if unrun or (refusal is not None and operation.console and status < 500):
            self._done = True
            await self._owner._forget(self)
        elif refusal is not None and operation.stream:
            await self._finish(operation, status, None)
        elif refusal is None or status != 503:
            await self._finish(operation, status, problem)

    async def unknown(self) -> None:
        """What was kept is not what the caller was told: that nobody knows how the call ended."""
        await self._owner._finish(self, None, None, "")

    def leave(self) -> None:
        """The call has ended, however it did."""
        self._owner._running.discard(self.request)

    async def _finish(self, operation: BoundOperation, status: int, body: bytes | None) -> None:
        self._done = True
        await self._owner._finish(self, status, body, operation.name if operation.console else "")


def _canonical(body: bytes) -> bytes:
    """The arguments, the same bytes for the same JSON, whatever its spaces and the order of its names.

    A fraction counts as it is spelt: a float would make one of two decimals. It is in brackets, for no text is so."""
    return json.dumps(
        json.loads(body, parse_float=lambda text: {"number": text}), sort_keys=True, separators=(",", ":")
    ).encode()


def _blanked(body: bytes, fields: tuple[str, ...]) -> bytes:
    """A result without what is shown once; a problem holds none of it."""
    if not fields:
        return body
    if fields == ("",):
        return b'""'
    made = json.loads(body)
    made |= {name: "" for name in fields if name in made}
    return json.dumps(made, ensure_ascii=False, separators=(",", ":")).encode()
