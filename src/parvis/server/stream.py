"""Generators on the wire, in whatever form the call's protocol gives them.

The first item is asked for before the answer begins, so that a call which fails at once is a problem like any other.
Items are pulled, never pushed: a slow reader slows the generator, and other calls take their turns in between.
"""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import AsyncIterator, Iterator
from time import perf_counter
from typing import TYPE_CHECKING, Any

from ..contract.outcomes import Refusal
from ..facade.codec import BrokenResult
from .call import Call
from .invoke import ENDS, Failed, on_thread, timed_out

if TYPE_CHECKING:
    from .application import Application

MOST = 64
"""Items in one turn of the façade's thread, for a generator that is quick."""
END = object()
QUICK = 0.0002
"""Seconds an item may take for turns to grow: a live feed is passed on item by item."""


async def send(app: Application, call: Call) -> None:
    from . import pipeline

    assert call.entry is not None
    pull = _Async(call) if call.entry.operation.mode == "loop" else _Sync(call)
    task = asyncio.current_task()
    assert task is not None
    gone = asyncio.ensure_future(call.gone())

    def leave(watch: asyncio.Future[None]) -> None:
        if not watch.cancelled():  # by whoever ends everything here, the call itself too
            task.cancel()  # whatever it waits for, an item that may never come or room to send: nobody reads any more

    ended: list[Refusal] = []

    def cut(refusal: Refusal) -> None:
        if not ended:
            ended.append(refusal)
            task.cancel()

    gone.add_done_callback(leave)
    call.ran = True
    app.running.begin(call, cut)  # from now on: the first item may take minutes, too
    try:
        items, done = await pull.next()
        call.status = 200
        await pipeline.settle(app, call, opens=True)
        call.started = True
        wanted = await call.begin(app)
        problem = None
        while wanted:
            wanted = await call.items(items)
            if call.ticket is not None:
                call.ticket.items += len(items)
            if done or not wanted:
                break
            try:
                items, done = await pull.next()
            except Exception as error:
                problem = _problem(app, call, error)
                break
        await call.finish(problem)
    except asyncio.CancelledError:
        if ended and not gone.done():
            task.uncancel()
            app.running.end(call)
            if not call.started:
                raise ended[0] from None
            # A reader that takes nothing any more is not waited for: the connection is closed on it.
            try:
                async with asyncio.timeout(LAST_WORD):
                    await call.finish(_problem(app, call, ended[0]))
            except TimeoutError:
                raise pipeline.Cut from None
            return
        if not gone.done() or gone.cancelled():
            raise
        task.uncancel()
        call.status = call.status or pipeline.GONE
    finally:
        app.running.end(call)
        gone.remove_done_callback(leave)
        gone.cancel()
        await pull.close()


LAST_WORD = 0.4
"""Seconds for the last record of a stream that was cut."""


def _problem(app: Application, call: Call, error: Exception) -> bytes:
    """The last record of a stream that fails in the middle. Its status goes into the records: the head said 200."""
    from . import pipeline

    call.status, body = pipeline.problem(app, call, error)
    return body


class _Sync:
    """A sync generator, on the façade's thread, a few items a turn."""

    def __init__(self, call: Call) -> None:
        self._call = call
        self._iterator: Iterator[Any] | None = None
        self._failure: BaseException | None = None
        self._turn = 1

    async def next(self) -> tuple[list[bytes], bool]:

        began = perf_counter()
        assert self._call.entry is not None
        if self._call.entry.operation.mode == "inline":
            items, done = self._pull()
            await asyncio.sleep(0)  # an inline generator shares the loop
        else:
            items, done = await on_thread(self._call, self._pull)
        quick = (perf_counter() - began) < QUICK * self._turn
        self._turn = min(self._turn * 2, MOST) if quick else 1
        return items, done

    def _pull(self) -> tuple[list[bytes], bool]:
        entry = self._call.entry
        assert entry is not None
        items: list[bytes] = []
        for _ in range(self._turn):
            try:
                if self._failure is not None:
                    raise self._failure
                if self._iterator is None:
                    self._iterator = iter(entry.method(*self._call.arguments, **self._call.keywords))
                value = next(self._iterator, END)
                if value is END:
                    return items, True
                items.append(entry.operation.result.encode(value))
            except (Exception, *ENDS) as error:
                if items:  # what came before the error goes out first; the next turn meets it again
                    self._failure = error
                    return items, False
                raise error if isinstance(error, BrokenResult) else Failed(error) from error
        return items, False

    async def close(self) -> None:

        close = getattr(self._iterator, "close", None)
        if close is None:
            return
        assert self._call.entry is not None
        try:
            if self._call.entry.operation.mode == "inline":
                close()
            else:
                await on_thread(self._call, close)
        except Exception as error:  # a generator may fail in its own clean-up: the caller has all it asked for
            del error


class _Async:
    """An async generator, on the event loop."""

    def __init__(self, call: Call) -> None:
        self._call = call
        self._iterator: AsyncIterator[Any] | None = None

    async def next(self) -> tuple[list[bytes], bool]:
        entry = self._call.entry
        assert entry is not None
        try:
            async with asyncio.timeout(entry.hosted.timeout) as timer:
                if self._iterator is None:
                    made = entry.method(*self._call.arguments, **self._call.keywords)
                    self._iterator = aiter(await made if inspect.isawaitable(made) else made)
                value = await anext(self._iterator)
        except StopAsyncIteration:
            return [], True
        except asyncio.CancelledError as error:
            task = asyncio.current_task()
            if task is None or task.cancelling():
                raise
            raise Failed(error) from error
        except (Exception, *ENDS) as error:
            if timer.expired():
                raise timed_out(entry.hosted.timeout) from None
            raise Failed(error) from error
        return [entry.operation.result.encode(value)], False

    async def close(self) -> None:
        close = getattr(self._iterator, "aclose", None)
        if close is not None:
            try:
                await close()
            except Exception as error:
                del error
