"""Idempotency keys: a call that names one runs once, however often it is sent.

Rules. The key is taken, and that is on the disk, before the method runs. What the call was answered is on the disk
before the first byte of the answer goes out, and is what each repeat is told. A call of which it is not known how it
ended is never run again. What Parvis refused before the method ran leaves nothing: the key is free.
Only calls that send the header pay: two commits of the store, one to three milliseconds.

Keys belong to the account, whatever credential it calls by, and test keys' apart. Of a key and its arguments digests
alone are kept; the second holds the first's text, so that arguments cannot be guessed by trying.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import TYPE_CHECKING

from ..access.clock import Clock
from ..contract.outcomes import Refusal
from ..protocol.idempotency import HEADER, key_of
from ..store.queries import idempotency
from ..store.queries.idempotency import MOST, Taken
from .call import Call
from .pipeline import Replayed

if TYPE_CHECKING:
    from ..store.sql import SqlStore

LARGEST = 65_536
"""Bytes of an answer that is kept for repeats."""


class Idempotency:
    """One for all services of an application.

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

    async def begin(self, call: Call) -> bool:
        """Take the call's key: it is to run now. True when it is answered already, by what an earlier one was.

        Raises :class:`Refusal`; :class:`~.pipeline.Replayed` when the earlier one was answered with a problem.
        """
        entry, credential = call.entry, call.credential
        assert entry is not None
        assert credential is not None
        key = key_of(call.headers[HEADER])
        if credential.kind == "anonymous":
            # To run it as if there were no key would be silent, and twice what the caller wants once.
            raise Refusal("no-idempotency", "A caller without a key or password has nothing that its Idempotency-Key "
                          "could belong to.")  # fmt: skip
        if entry.console and entry.name in self._untaken:
            raise Refusal("no-idempotency", "This operation is given a secret, of which nothing is kept.")
        caller = credential.account or credential.kind
        operation = f"{entry.hosted.contract.prefix}/{entry.operation.spec.name}"
        whose = f"{caller}\0{credential.test:d}\0{operation}\0".encode()
        id = hashlib.sha256(whose + key).hexdigest()
        fingerprint = hashlib.sha256(b"\0".join((whose + key, _canonical(call.body)))).hexdigest()
        self._running.add(call.id)
        call.once = Once(self, id, call.id)
        found = await self._store.change(
            None, idempotency.take, id, caller, fingerprint, call.id, self._clock.now(), self._most
        )
        if found is None:
            return False
        call.once.leave()
        call.once = None
        self._repeat(call, found, fingerprint)
        return True

    def _repeat(self, call: Call, found: Taken, fingerprint: str) -> None:
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
        call.replayed, call.outcome = found.status, body

    async def _finish(self, once: Once, status: int, body: bytes | None, operation: str) -> None:
        text = None
        if body is not None and len(body) <= LARGEST:
            text = _blanked(body, self._secret.get(operation, ())).decode()
        try:
            await self._store.change(None, idempotency.finish, once.id, once.request, status, text)
        except Refusal:
            return  # the store has said why. The caller gets its answer, and a repeat is told `outcome-unknown`

    async def _forget(self, once: Once) -> None:
        try:
            await self._store.change(None, idempotency.forget, once.id, once.request)
        except Refusal:
            return  # a repeat is told `outcome-unknown`, which is less than is known, and safe


class Once:
    """A key that a running call has taken."""

    __slots__ = ("_done", "_owner", "id", "request")

    def __init__(self, owner: Idempotency, id: str, request: str) -> None:
        self._owner = owner
        self.id = id
        self.request = request
        self._done = False

    async def answered(self, call: Call) -> None:
        """The method gave its result: keep the answer. Of a stream only that it was."""
        assert call.entry is not None
        if not self._done:
            await self._finish(call, call.status, None if call.entry.stream else call.outcome)

    async def failed(self, call: Call, error: Exception, status: int, problem: bytes) -> None:
        """The call ends with a problem. What the façade raised is kept, a bug too: it may have done something before.

        A refusal is kept where the method ran out of its time; where it did not run, or the console itself refused to
        do anything, the key is free again. Where the console lost its store midway, nobody knows.
        """
        if self._done:  # its result is kept; what failed is what came after
            return
        entry = call.entry
        assert entry is not None
        refusal = error if isinstance(error, Refusal) else None
        unrun = not call.ran or (refusal is not None and refusal.members.get("outcome") == "not run")
        if unrun or (refusal is not None and entry.console and status < 500):
            self._done = True
            await self._owner._forget(self)
        elif refusal is not None and entry.stream:
            await self._finish(call, status, None)
        elif refusal is None or status != 503:
            await self._finish(call, status, problem)

    def leave(self) -> None:
        """The call has ended, however it did."""
        self._owner._running.discard(self.request)

    async def _finish(self, call: Call, status: int, body: bytes | None) -> None:
        assert call.entry is not None
        self._done = True
        await self._owner._finish(self, status, body, call.entry.name if call.entry.console else "")


def _canonical(body: bytes) -> bytes:
    """The arguments, the same bytes for the same JSON, whatever its spaces and the order of its names."""
    return json.dumps(json.loads(body), sort_keys=True, separators=(",", ":")).encode()


def _blanked(body: bytes, fields: tuple[str, ...]) -> bytes:
    """A result without what is shown once; a problem holds none of it."""
    if not fields:
        return body
    if fields == ("",):
        return b'""'
    made = json.loads(body)
    made |= {name: "" for name in fields if name in made}
    return json.dumps(made, ensure_ascii=False, separators=(",", ":")).encode()
