"""Generators on the wire, in whatever form the call's protocol gives them.

The first item is asked for before the answer begins, so that a call which fails at once is a problem like any other.
Items are pulled, never pushed: a slow reader slows the generator, and other calls take their turns in between.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from typing import Any, Protocol

from ..access.credential import Credential
from ..contract.outcomes import Refusal
from .authorise import held
from .bind import Bound
from .constrain import constrain
from .guards import Guards
from .object.service import BoundOperation
from .request import CallerGone, Request
from .settle import Progress, finish, go_on, hold, open_stream
from .stream_sources import AsyncSource, SyncSource

HEARTBEAT = 15.0
"""Seconds of silence after which a reader is told that the stream goes on, where its form has a way to say so."""
LAST_WORD = 0.4
"""Seconds for the last record of a stream that was cut."""


class StreamAborted(Exception):
    """A stream is over, and its reader takes nothing any more: the connection is closed, with nothing to report."""


class Sink(Protocol):
    """Where the items of one stream go, in the form of its protocol."""

    async def begin(self) -> bool:
        """The stream opens. False where no item is wanted."""

    async def items(self, items: list[bytes]) -> int:
        """Some items, each JSON; waits while the caller takes no more. How many were taken: where they were not all,
        no more are wanted."""

    async def finish(self, problem: bytes | None) -> None:
        """The end; with the problem (RFC 9457, JSON) that it ended with, where it did."""


class Stream:
    """One stream, from its first item to its end, in one task. :meth:`open` first; whoever is given an opened stream
    has it carried, once."""

    def __init__(
        self, guards: Guards, request: Request, progress: Progress, operation: BoundOperation, credential: Credential,
        bound: Bound,
    ) -> None:  # fmt: skip
        self._guards = guards
        self._request = request
        self._progress = progress
        self._operation = operation
        self._credential = credential
        self._bound = bound
        self._source = (AsyncSource if operation.operation.mode == "loop" else SyncSource)(operation, bound)
        self._first: tuple[list[bytes], bool] = [], True
        self._task: asyncio.Task[Any] | None = None
        self._interrupted: Refusal | int | None = None
        """Why the task was cancelled by us: the refusal of a stream that is cut, or the caller went."""
        self._asked: float | None = None
        """Since when the generator owes an item, by the loop's clock; None while the reader owes room."""
        self._sending = asyncio.Lock()

    async def open(self) -> None:
        """Wait for the first items, and write the record of the opening. Raises what the call fails with, and
        :class:`CallerGone`."""
        self._task = asyncio.current_task()
        self._gone = asyncio.ensure_future(self._request.body.gone())
        self._gone.add_done_callback(self._left)
        self._progress.executed = True
        hold(self._guards, self._request, self._progress)
        self._guards.watchdog.begin(self)  # from now on: the first item may take minutes, too
        try:
            self._first = await self._source.next()
            self._progress.status = 200
            open_stream(self._guards, self._request, self._progress)
            meter = self._guards.meter
            if meter is not None and meter.waits and self._progress.admitted.ticket is not None:
                await meter.synced()
        except asyncio.CancelledError:
            try:
                why = self._why()
            finally:
                await self._close()
            raise why if isinstance(why, Refusal) else CallerGone(why) from None
        except BaseException:
            await self._close()
            raise

    async def drop(self) -> None:
        """End an opened stream that nobody will carry."""
        await self._close()

    async def carry(self, sink: Sink, heartbeat: Callable[[], Awaitable[None]] | None = None) -> None:
        """Give all items to ``sink``, and end the call; ``heartbeat`` is called after every :data:`HEARTBEAT` seconds
        without an item, never while the sink has something in hand. Raises where the connection should be closed on
        it."""
        beating = None if heartbeat is None else asyncio.ensure_future(self._beat(heartbeat))
        try:
            await self._carry(sink, beating)
        except Exception as error:
            if not isinstance(error, StreamAborted):
                # The answer has begun: nothing more can be said than by breaking it off.
                self._guards.refusals.report(error, self._request, self._operation)
            await self._kept()
            raise
        else:
            await self._kept()
        finally:
            if beating is not None:
                beating.cancel()
            finish(self._guards, self._request, self._progress)

    async def look(self) -> None:
        """For the watchdog. Raises :class:`Refusal` when this call would not be admitted now."""
        try:
            credential = await self._guards.identifier.again(self._credential, self._request)
            constraints = held(self._operation, credential)
            if constraints is not None:
                constrain(self._operation, constraints, self._progress.admitted.bounds, self._bound)
        except Refusal:
            raise
        except Exception as error:  # a fault of ours must not end the looking at the others
            self._guards.refusals.report(error, self._request, self._operation)
        finally:
            if self._guards.meter is not None and self._progress.admitted.ticket is not None:
                go_on(self._guards.meter, self._progress.admitted.ticket)

    def cut(self, refusal: Refusal) -> None:
        """For the watchdog."""
        self._interrupt(refusal)

    async def _carry(self, sink: Sink, beating: asyncio.Future[None] | None) -> None:
        ticket = self._progress.admitted.ticket
        items, done = self._first
        try:
            problem = None
            wanted = await sink.begin()
            while wanted:
                async with self._sending:
                    taken = await sink.items(items)
                if ticket is not None:
                    ticket.items += taken
                if done or taken < len(items):
                    break
                self._asked = asyncio.get_running_loop().time()
                try:
                    items, done = await self._source.next()
                except Exception as error:
                    problem = self._problem(error)
                    break
                finally:
                    self._asked = None
            async with self._sending:
                await sink.finish(problem)
        except asyncio.CancelledError:
            why = self._why()
            self._guards.watchdog.end(self)
            if beating is not None:
                beating.cancel()
            if isinstance(why, Refusal):
                # A reader that takes nothing any more is not waited for: the connection is closed on it.
                try:
                    async with asyncio.timeout(LAST_WORD):
                        await sink.finish(self._problem(why))
                except TimeoutError:
                    raise StreamAborted from None
        finally:
            await self._close()

    async def _close(self) -> None:
        self._guards.watchdog.end(self)
        self._gone.remove_done_callback(self._left)
        self._gone.cancel()
        # Who went holds nothing but his place, until the item in hand is done. Others wait for the end of this call.
        task = asyncio.current_task()
        cut = isinstance(self._interrupted, Refusal) or (task is not None and task.cancelling() > 0)
        await self._source.close(patient=not cut)

    async def _beat(self, heartbeat: Callable[[], Awaitable[None]]) -> None:
        clock, rest = asyncio.get_running_loop().time, HEARTBEAT
        with contextlib.suppress(Exception):  # a connection that takes nothing any more: whoever watches it ends us
            while True:
                await asyncio.sleep(rest)
                asked = self._asked
                rest = HEARTBEAT if asked is None else asked + HEARTBEAT - clock()
                if rest <= 0:
                    async with self._sending:
                        if self._asked == asked:  # else something was sent meanwhile, its end perhaps
                            await heartbeat()
                            self._asked = None if self._asked is None else clock()
                    rest = HEARTBEAT

    async def _kept(self) -> None:
        if self._progress.claim is not None:
            await self._progress.claim.answered(self._operation, self._progress.status, None)

    def _problem(self, error: Exception) -> bytes:
        """The last record of a stream that fails in the middle. Its status goes into the records: the head said 200."""
        refused = self._guards.refusals.of(error, self._request, self._operation)
        self._progress.status, self._progress.code = refused.status, refused.code
        return refused.problem

    def _left(self, watch: asyncio.Future[int]) -> None:
        if not watch.cancelled():  # by whoever ends everything here, the call itself too
            self._interrupt(watch.result())

    def _interrupt(self, why: Refusal | int) -> None:
        # Whatever it waits for, an item that may never come or room to send.
        if self._interrupted is None and self._task is not None:
            self._interrupted = why
            self._task.cancel()

    def _why(self) -> Refusal | int:
        """Why the task was cancelled. Raises ``CancelledError`` where it was not by us."""
        if self._interrupted is None or self._task is None:
            raise asyncio.CancelledError
        self._task.uncancel()
        return self._interrupted
