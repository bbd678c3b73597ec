"""Where the items of a stream come from: a sync generator on the object's threads, an async one on the event loop.

Rule: a generator is stepped by one at a time and closed once, however its stream ends. Who finds it in the midst of an
item leaves the closing to the thread that makes the item. One item may take ``stream_silence``, counted from when its
turn came: who waits behind the items of others is not given up for these.
"""

from __future__ import annotations

import asyncio
import contextlib
import inspect
import threading
from collections.abc import AsyncIterator, Iterator
from time import perf_counter
from typing import Any

from ..contract.outcomes import Refusal
from ..facade.codec import BrokenResult
from .bind import Bound
from .object.service import PATIENCE, BoundOperation
from .object.threads import Job, Lost
from .run import Expired, Failed, away, encoded, never_began

Items = tuple[list[bytes], bool]
"""Some items, and whether they are the last."""

MOST = 64
"""Items in one turn of the façade's thread, for a generator that is quick."""
END = object()
QUICK = 0.0002
"""Seconds an item may take for turns to grow: a live feed is passed on item by item."""
IMPATIENT = 0.4
"""Seconds that a stream which was cut waits for its generator to be closed; then it is closed without a witness."""


class SyncSource:
    """A sync generator, on the façade's threads, a few items a turn."""

    def __init__(self, operation: BoundOperation, bound: Bound) -> None:
        self._operation = operation
        self._method = operation.method
        self._bound = bound
        self._inline = operation.operation.mode == "inline"
        self._live = operation.service.live
        """The object that it belongs to, to its end: the service may have another by then."""
        self._live.streams.add(self)
        if not self._inline:
            self._threads = self._live.pools[operation.operation.pool]
        self._silence = silence_of(operation)
        self._iterator: Iterator[Any] | None = None
        self._failure: BaseException | None = None
        self._turn = 1
        self._waits = operation.operation.timeout
        """Seconds to wait for a turn: the first as any call, later ones for as long as it takes."""
        self._job: Job | None = None
        self._lock = threading.Lock()
        self._busy = False
        """Whether a thread has the generator in hand."""
        self._over = False
        """Whether no turn begins any more."""
        self._left: asyncio.Future[None] | None = None
        """Done when the thread that had it in hand has closed it."""

    async def next(self) -> Items:
        began = perf_counter()
        if self._inline:
            items, done = self._pull()
            await asyncio.sleep(0)  # an inline generator shares the loop
        else:
            items, done = await self._on_thread()
        quick = (perf_counter() - began) < QUICK * self._turn
        self._turn = min(self._turn * 2, MOST) if quick else 1
        return items, done

    async def close(self, *, patient: bool = True) -> None:
        """Close the generator. Not ``patient``: whoever waits for this has no time."""
        try:
            await self._close(patient)
        finally:
            self._live.streams.discard(self)

    async def _close(self, patient: bool) -> None:
        loop = asyncio.get_running_loop()
        with self._lock:
            self._over = True
            if self._busy:
                self._left = loop.create_future()
        if self._inline:
            self._shut()
        elif self._left is not None and self._job is not None:
            if not self._job.lost:
                timer = loop.call_later(self._rest(self._job), self._give_up, self._job, self._left)
                self._left.add_done_callback(lambda _: timer.cancel())
                if patient:
                    await asyncio.shield(self._left)
        elif self._iterator is not None:
            await self._closed_there(patient)

    # On the event loop

    async def _on_thread(self) -> Items:
        threads = self._threads
        if threads.alive == 0:
            raise away()
        self._job = job = threads.submit(self._step)
        self._timer = asyncio.get_running_loop().call_later(min(self._waits, self._silence), self._look, job)
        try:
            items: Items = await job.future
            return items
        except Expired:
            if threads.abandon(job):
                raise silent(self._silence) from None
            raise never_began(self._waits) from None
        except Lost:
            raise away() from None
        except asyncio.CancelledError:
            job.take()
            raise
        finally:
            self._timer.cancel()
            self._waits = float("inf")
            if job.waited > PATIENCE:
                self._operation.service.delayed(self._operation)

    def _look(self, job: Job) -> None:
        """Whether a turn has taken too long, or its waiting."""
        if job.future.done():
            return
        rest = self._rest(job) if job.began else min(self._waits - (perf_counter() - job.asked), self._silence)
        if rest > 0:
            self._timer = asyncio.get_running_loop().call_later(rest, self._look, job)
        else:
            job.future.set_exception(Expired())

    def _rest(self, job: Job) -> float:
        return job.began + self._silence - perf_counter()

    def _give_up(self, job: Job, left: asyncio.Future[None]) -> None:
        """Nobody waits any more for the item in hand, but its thread hangs."""
        self._threads.abandon(job)
        _done(left)

    async def _closed_there(self, patient: bool) -> None:
        threads = self._threads
        job = threads.submit(self._shut, stays=True)  # in its turn, whoever waits for that
        seconds = self._operation.operation.timeout if patient else IMPATIENT
        await asyncio.wait((job.future,), timeout=seconds if threads.alive else 0)
        if patient and job.began and not job.future.done():
            threads.abandon(job)

    # On the thread of a turn

    def _step(self) -> Items:
        with self._lock:
            if self._over:
                return [], True
            self._busy = True
        try:
            return self._pull()
        finally:
            with self._lock:
                self._busy = False
                over, left = self._over, self._left
            if over:
                self._shut()
                if left is not None:
                    with contextlib.suppress(RuntimeError):  # the loop is closed
                        left.get_loop().call_soon_threadsafe(_done, left)

    def _pull(self) -> Items:
        items: list[bytes] = []
        for _ in range(self._turn):
            if self._over:
                break  # nobody waits for more
            try:
                if self._failure is not None:
                    raise self._failure
                if self._iterator is None:
                    self._iterator = iter(self._method(*self._bound.arguments, **self._bound.keywords))
                value = next(self._iterator, END)
                if value is END:
                    return items, True
                items.append(self._operation.operation.result.encode(value))
            except BaseException as error:
                if items:  # what came before the error goes out first; the next turn meets it again
                    self._failure = error
                    return items, False
                raise error if isinstance(error, BrokenResult) else Failed(error) from error
        return items, False

    def _shut(self) -> None:
        iterator, self._iterator = self._iterator, None
        close = getattr(iterator, "close", None)
        if close is not None:
            # A generator may fail in its own clean-up: the caller has all it asked for.
            with contextlib.suppress(BaseException):
                close()


class AsyncSource:
    """An async generator, on the event loop."""

    def __init__(self, operation: BoundOperation, bound: Bound) -> None:
        self._operation = operation
        self._method = operation.method
        self._bound = bound
        self._live = operation.service.live
        self._live.streams.add(self)
        self._silence = silence_of(operation)
        self._iterator: AsyncIterator[Any] | None = None

    async def next(self) -> Items:
        try:
            async with asyncio.timeout(self._silence) as timer:
                if self._iterator is None:
                    made = self._method(*self._bound.arguments, **self._bound.keywords)
                    self._iterator = aiter(await made if inspect.isawaitable(made) else made)
                try:
                    value = await anext(self._iterator)
                except StopAsyncIteration:
                    return [], True
        except asyncio.CancelledError as error:
            task = asyncio.current_task()
            if task is None or task.cancelling():
                raise
            raise Failed(error) from error
        except BaseException as error:
            if timer.expired():
                raise silent(self._silence) from None
            raise Failed(error) from error
        return [encoded(self._operation, value)], False

    async def close(self, *, patient: bool = True) -> None:
        try:
            async with asyncio.timeout(self._operation.operation.timeout):
                close = getattr(self._iterator, "aclose", None)
                if close is not None:
                    await close()
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if task is None or task.cancelling():
                raise
        except BaseException as error:
            del error
        finally:
            self._live.streams.discard(self)


def silence_of(operation: BoundOperation) -> float:
    return operation.service.facade.options.stream_silence


def silent(seconds: float) -> Refusal:
    return Refusal("call-timeout", f"The stream gave nothing for {seconds:g} s.", members={"outcome": "unknown"})


def _done(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_result(None)
