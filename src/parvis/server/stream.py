"""Generators on the wire: JSON Lines, Server-Sent Events or one JSON array, by ``Accept``.

The first item is asked for before the head goes out, so that a call which fails at once is a problem like any other.
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
from ..protocol.http import accept
from ..protocol.http import answer as heads
from ..protocol.http.frames import Lines, frames
from .call import Call
from .invoke import ENDS, Failed, on_thread, timed_out

if TYPE_CHECKING:
    from .application import Application

MOST = 64
"""Items in one turn of the façade's thread, for a generator that is quick."""
_KINDS = {
    b"": heads.LINES, accept.LINES: heads.LINES, accept.EVENTS: heads.EVENTS, accept.JSON: heads.JSON,
    accept.NDJSON: (b"content-type", accept.NDJSON + b"; charset=utf-8"),
}  # fmt: skip
"""The form that was chosen -> the field that says it."""
END = object()
QUICK = 0.0002
"""Seconds an item may take for turns to grow: a live feed is passed on item by item."""


async def send(app: Application, call: Call) -> None:
    from . import pipeline

    framed = frames(call.form)
    assert call.entry is not None
    pull = _Async(call) if call.entry.operation.mode == "loop" else _Sync(call)
    task = asyncio.current_task()
    assert task is not None
    gone = asyncio.ensure_future(_gone(call))

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
        fields = await pipeline.settle(app, call, opens=True)
        call.started = True
        await call.send({
            "type": "http.response.start", "status": 200,
            "headers": [_KINDS[call.form], call.entry.vary, (b"x-request-id", call.id.encode()), heads.PRIVATE,
                        *call.entry.manners, *fields],
        })  # fmt: skip
        while call.method != "HEAD":  # which asks for what stands above alone, and a stream may have no end
            await call.send({"type": "http.response.body", "body": framed.items(items), "more_body": True})
            if call.ticket is not None:
                call.ticket.items += len(items)
            if done:
                break
            try:
                items, done = await pull.next()
            except Exception as error:
                await call.send(_problem(app, call, error, framed))
                break
        await call.send({"type": "http.response.body", "body": framed.end()})
    except asyncio.CancelledError:
        if ended and not gone.done():
            task.uncancel()
            app.running.end(call)
            if not call.started:
                raise ended[0] from None
            # A reader that takes nothing any more is not waited for: the connection is closed on it.
            try:
                async with asyncio.timeout(LAST_WORD):
                    await call.send(_problem(app, call, ended[0], framed))
                    await call.send({"type": "http.response.body", "body": framed.end()})
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


def _problem(app: Application, call: Call, error: Exception, framed: Lines) -> dict[str, Any]:
    """The last record of a stream that fails in the middle. Its status goes into the records: the head said 200."""
    from . import pipeline

    call.status, body = pipeline.problem(app, call, error)
    return {"type": "http.response.body", "body": framed.problem(body), "more_body": True}


async def _gone(call: Call) -> None:
    """Ends when the caller has gone."""
    while (await call.receive())["type"] != "http.disconnect":
        pass


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
