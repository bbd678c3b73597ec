"""The façade's method, called where it may run: on the event loop, inline, or on the façade's own thread.

Rule: whatever it raises is kept apart from what Parvis itself raises, and nothing that it raises ends the server.
"""

from __future__ import annotations

import asyncio
import types
from collections.abc import Coroutine, Generator
from functools import partial
from typing import Any

from ..contract.outcomes import Refusal
from .call import Call


class Failed(Exception):
    """The façade raised; ``error`` is what. Kept apart from everything that Parvis itself raises."""

    def __init__(self, error: BaseException) -> None:
        super().__init__(error)
        self.error = error


ENDS = (SystemExit, KeyboardInterrupt, GeneratorExit)
"""What a façade may raise that is no ``Exception``, and that must end neither the event loop nor the server."""


def invoke(call: Call) -> bytes:
    """Call a sync method and encode its result, on the same thread: nobody changes the result in between."""
    entry = call.entry
    assert entry is not None
    try:
        value = entry.method(*call.arguments, **call.keywords)
    except (Exception, *ENDS) as error:
        raise Failed(error) from error
    return entry.operation.result.encode(value)


async def run(call: Call) -> None:
    entry = call.entry
    assert entry is not None
    call.ran = True
    mode = entry.operation.mode
    if mode == "inline":
        call.outcome = invoke(call)
    elif mode == "loop":
        try:
            coroutine = entry.method(*call.arguments, **call.keywords)
            value = await within(coroutine, entry.hosted.timeout)
        except Refusal:
            raise
        except asyncio.CancelledError as error:
            task = asyncio.current_task()
            if task is None or task.cancelling():
                raise  # this call was cancelled, and not something that the façade waited for
            raise Failed(error) from error
        except (Exception, *ENDS) as error:
            raise Failed(error) from error
        call.outcome = entry.operation.result.encode(value)
    else:
        call.outcome = await on_thread(call, partial(invoke, call))


async def on_thread(call: Call, function: Any) -> Any:
    """Run on the façade's thread, for at most the service's timeout."""
    assert call.entry is not None
    hosted = call.entry.hosted
    threads = hosted.threads
    assert threads is not None
    if threads.alive == 0:
        raise Refusal("unavailable", "Every thread of this service hangs; it is being replaced.",
                      members={"outcome": "not run"})  # fmt: skip
    job = threads.submit(function)
    timer = asyncio.get_running_loop().call_later(hosted.timeout, _expire, job.future)
    try:
        return await job.future
    except _Expired:
        if threads.abandon(job):
            raise timed_out(hosted.timeout) from None
        raise Refusal("unavailable", f"The call waited {hosted.timeout:g} s for its turn and did not run.",
                      members={"outcome": "not run"}) from None  # fmt: skip
    except asyncio.CancelledError:
        job.take()
        raise
    finally:
        timer.cancel()


class _Expired(Exception):
    pass


def _expire(future: asyncio.Future[Any]) -> None:
    if not future.done():
        future.set_exception(_Expired())


def timed_out(seconds: float) -> Refusal:
    return Refusal("call-timeout", f"The call took more than {seconds:g} s.", members={"outcome": "unknown"})


async def within(coroutine: Coroutine[Any, Any, Any], seconds: float) -> Any:
    """Await for at most ``seconds``. A coroutine that never waits costs no timer: it is driven by hand first."""
    try:
        waiting = coroutine.send(None)
    except StopIteration as done:
        return done.value
    try:
        async with asyncio.timeout(seconds) as timer:
            return await _drive(coroutine, waiting)
    except TimeoutError:
        if timer.expired():
            raise timed_out(seconds) from None
        raise


@types.coroutine
def _drive(coroutine: Coroutine[Any, Any, Any], waiting: Any) -> Generator[Any, Any, Any]:
    """Go on with a coroutine whose first step has been taken: hand its futures up, and what comes back down."""
    while True:
        try:
            sent = yield waiting
        except BaseException as error:
            step = partial(coroutine.throw, error)
        else:
            step = partial(coroutine.send, sent)
        try:
            waiting = step()
        except StopIteration as done:
            return done.value
