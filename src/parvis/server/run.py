"""The step *run*: the façade's method, called where it may run, on the event loop, inline, or on the façade's thread.

Rule: whatever it raises is kept apart from what Parvis itself raises, and nothing that it raises ends the server.
"""

from __future__ import annotations

import asyncio
import types
from collections.abc import Callable, Coroutine, Generator
from contextlib import suppress
from functools import partial
from typing import Any, TypeVar

from ..contract.outcomes import Refusal
from .bind import Bound
from .object.service import PATIENCE, BoundOperation, ServiceInstance
from .object.threads import Lost
from .request import GONE, Body, CallerGone

T = TypeVar("T")

BUILDS = 5.0
"""Seconds that a call waits for an object that is being built: a quick start refuses nobody."""


async def in_task() -> None:
    """From here on in a task: what asks for the one it runs in, a timeout does, would find none, for whoever carries a
    call may drive it by hand to its first wait."""
    if asyncio.current_task() is None:
        await asyncio.sleep(0)


class Failed(Exception):
    """The façade raised; ``error`` is what: anything, ``SystemExit`` and ``CancelledError`` as well as a class of its
    own, and none of it may end the event loop or the server. Kept apart from everything that Parvis itself raises."""

    def __init__(self, error: BaseException) -> None:
        super().__init__(error)
        self.error = error


async def run(operation: BoundOperation, bound: Bound, caller: Body | None = None) -> bytes:
    """The result as JSON. Raises :class:`Failed`, :class:`Refusal` for a call that took too long, and for an async
    method whose ``caller`` went :class:`CallerGone`."""
    mode = operation.operation.mode
    if mode == "inline":
        return _invoke(operation, operation.method, bound)
    if mode == "thread":
        return await on_thread(operation, partial(_invoke, operation, operation.method, bound))
    steps = _Steps()
    try:
        called = operation.method(*bound.arguments, **bound.keywords)
        value = await _within(called, operation.operation.timeout, steps, caller)
    except Refusal:
        raise
    except asyncio.CancelledError as error:
        if steps.left:
            raise CallerGone(GONE) from None
        if steps.cancelled():
            raise  # this call was cancelled, and not something that the façade waited for
        raise Failed(error) from error
    except BaseException as error:
        raise Failed(error) from error
    finally:
        if steps.own:
            await steps.undo()
    return encoded(operation, value)


def _invoke(operation: BoundOperation, method: Callable[..., Any], bound: Bound) -> bytes:
    """Call a sync method and encode its result, on the same thread: nobody changes the result in between.

    The method is that of the object to which the threads belong: when its turn comes, there may be another."""
    try:
        value = method(*bound.arguments, **bound.keywords)
    except BaseException as error:
        raise Failed(error) from error
    return encoded(operation, value)


def encoded(operation: BoundOperation, value: Any) -> bytes:
    try:
        return operation.operation.result.encode(value)
    except Exception:
        raise
    except BaseException as error:  # a value of the façade's that raises when it is looked at
        raise Failed(error) from error


async def on_thread(operation: BoundOperation, function: Callable[[], T]) -> T:
    """Run on the façade's thread, for at most the operation's timeout."""
    threads, timeout = operation.service.pools[operation.operation.pool], operation.operation.timeout
    job = threads.submit(function)
    timer = asyncio.get_running_loop().call_later(timeout, _expire, job.future)
    try:
        result: T = await job.future
        return result
    except Expired:
        if threads.abandon(job):
            raise timed_out(timeout) from None
        raise never_began(timeout) from None
    except Lost:
        raise away() from None
    except asyncio.CancelledError:
        job.take()
        raise
    finally:
        timer.cancel()
        if job.waited > PATIENCE:
            operation.service.delayed(operation)


class Expired(Exception):
    """Whoever waits for a job has waited long enough."""


def _expire(future: asyncio.Future[Any]) -> None:
    if not future.done():
        future.set_exception(Expired())


async def present(service: ServiceInstance) -> None:
    """Wait a moment for an object that is being built. Raises :class:`Refusal` where it is not there."""
    if not service.built.is_set():
        with suppress(TimeoutError):
            async with asyncio.timeout(BUILDS):
                await service.built.wait()
        if not service.built.is_set():
            raise Refusal("unavailable", "This service is still starting.", members={"outcome": "not run"})
    if service.away:
        raise away()


def away() -> Refusal:
    """Of a service whose threads are lost, until it has others."""
    return Refusal("unavailable", "Every thread of this service hangs; it is being replaced.",
                   members={"outcome": "not run"})  # fmt: skip


def never_began(seconds: float) -> Refusal:
    return Refusal("unavailable", f"The call waited {seconds:g} s for its turn and did not run.",
                   members={"outcome": "not run"})  # fmt: skip


def timed_out(seconds: float) -> Refusal:
    return Refusal("call-timeout", f"The call took more than {seconds:g} s.", members={"outcome": "unknown"})


class _Steps:
    """The steps of one async method. Between two of them others may cancel its task, which ends the call; in a step
    only the façade can, and that is one of its bugs."""

    __slots__ = ("_task", "left", "own")

    def __init__(self) -> None:
        self._task = asyncio.current_task()
        self.own = 0
        """How often the task was cancelled, by the façade that runs in it or because its caller went."""
        self.left = False
        """Whether its caller went."""

    def leave(self, watch: asyncio.Future[int]) -> None:
        """The caller has gone: the method is cancelled where it waits."""
        if self._task is not None and not watch.cancelled() and watch.result() == GONE:
            self.left = True
            self.own += 1
            self._task.cancel()

    def cancelled(self) -> bool:
        """Whether anybody else has."""
        return self._task is None or self._task.cancelling() > self.own

    def take(self, step: Callable[[Any], Any], given: Any) -> Any:
        task = self._task
        if task is None:
            return step(given)
        before = task.cancelling()
        try:
            return step(given)
        finally:
            if task.cancelling() > before:
                self.own += task.cancelling() - before

    async def undo(self) -> None:
        """Or the first wait of ours would be cancelled in its place."""
        for _ in range(self.own):
            if self._task is not None:
                self._task.uncancel()
        try:
            await asyncio.sleep(0)
        except asyncio.CancelledError:
            if self._task is None or self._task.cancelling():
                raise


async def _within(coroutine: Coroutine[Any, Any, Any], seconds: float, steps: _Steps, caller: Body | None) -> Any:
    """Await for at most ``seconds``. A coroutine that never waits costs no timer: it is driven by hand first."""
    try:
        waiting = steps.take(coroutine.send, None)
    except StopIteration as done:
        return done.value
    watch = None
    if caller is not None:
        watch = asyncio.ensure_future(caller.gone())
        watch.add_done_callback(steps.leave)
    try:
        async with asyncio.timeout(seconds) as timer:
            return await driven(coroutine, waiting, steps.take)
    except TimeoutError:
        if timer.expired():
            raise timed_out(seconds) from None
        raise
    finally:
        if watch is not None:
            watch.remove_done_callback(steps.leave)
            watch.cancel()


def _take(step: Callable[[Any], Any], given: Any) -> Any:
    return step(given)


@types.coroutine
def driven(
    coroutine: Coroutine[Any, Any, T], owed: Any, take: Callable[[Callable[[Any], Any], Any], Any] = _take
) -> Generator[Any, Any, T]:
    """Go on with a coroutine that was driven by hand to its first wait: hand its futures up, and what comes back down.
    ``take`` takes each of its steps."""
    while True:
        given: Any
        step: Callable[[Any], Any]
        try:
            given, step = (yield owed), coroutine.send
        except BaseException as error:
            given, step = error, coroutine.throw
        try:
            owed = take(step, given)
        except StopIteration as done:
            result: T = done.value
            return result
