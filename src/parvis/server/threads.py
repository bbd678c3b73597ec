"""The façade's own threads: plain Python is built, called and closed there, one call at a time on each.

A hung call cannot be interrupted in Python. Its thread counts as lost; when none is left, ``exhausted`` is called and
the worker is replaced.
"""

from __future__ import annotations

import asyncio
import contextlib
import queue
import threading
from collections.abc import Callable
from typing import Any


class Job:
    """One piece of work and where its outcome goes."""

    __slots__ = ("_ticket", "function", "future", "lost")

    def __init__(self, function: Callable[[], Any], future: asyncio.Future[Any]) -> None:
        self.function = function
        self.future = future
        self.lost = False
        self._ticket = [True]

    def take(self) -> bool:
        """True for the first who asks, and for nobody else: the thread that runs it, or the caller who gave up."""
        try:
            return self._ticket.pop()  # one step for the interpreter, so the two cannot both have it
        except IndexError:
            return False


class FacadeThreads:
    """``count`` threads that take work from one queue, in order."""

    def __init__(self, name: str, count: int, exhausted: Callable[[], None]) -> None:
        self._loop = asyncio.get_running_loop()
        self._queue: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
        self._exhausted = exhausted
        self.alive = count
        self._running: set[Job] = set()
        self._threads = [
            threading.Thread(target=self._run, name=f"{name}-{n}", daemon=True)  # a hung call must not hold the exit
            for n in range(count)
        ]
        for thread in self._threads:
            thread.start()

    def submit(self, function: Callable[[], Any]) -> Job:
        """Queue ``function``; await ``job.future`` for what it returns or raises."""
        job = Job(function, self._loop.create_future())
        self._queue.put(job)
        return job

    def abandon(self, job: Job) -> bool:
        """Give up on a job that took too long. True when it had started: then its outcome is unknown."""
        if job.take():
            return False  # now no thread will run it
        job.lost = True
        self.alive -= 1
        if self.alive == 0:
            self._exhausted()
        return True

    @property
    def busy(self) -> bool:
        """Whether a job is running."""
        return bool(self._running)

    async def close(self) -> None:
        """Let the threads end after the work in hand; a lost one is left behind."""
        for _ in self._threads:
            self._queue.put(None)
        deadline = self._loop.time() + (0.1 if self.busy else 1.0)
        while self.alive > 0 and any(t.is_alive() for t in self._threads) and self._loop.time() < deadline:
            await asyncio.sleep(0.005)

    def _run(self) -> None:
        take = self._queue.get
        while (job := take()) is not None:
            if not job.take():
                continue
            self._running.add(job)
            try:
                result = job.function()
            except BaseException as error:
                self._deliver(job, _fail, _carried(error))
            else:
                self._deliver(job, _succeed, result)
                del result
            del job  # or the last call's arguments and result live until the next one

    def _deliver(self, job: Job, how: Callable[[asyncio.Future[Any], Any], None], outcome: Any) -> None:
        self._running.discard(job)
        with contextlib.suppress(RuntimeError):  # the loop is closed: the worker is gone, and with it the caller
            self._loop.call_soon_threadsafe(self._settle, job, how, outcome)

    def _settle(self, job: Job, how: Callable[[asyncio.Future[Any], Any], None], outcome: Any) -> None:
        if job.lost:
            self.alive += 1  # it came back after all
        if not job.future.done():
            how(job.future, outcome)


def _succeed(future: asyncio.Future[Any], result: Any) -> None:
    future.set_result(result)


def _fail(future: asyncio.Future[Any], error: BaseException) -> None:
    future.set_exception(error)


def _carried(error: BaseException) -> BaseException:
    # A future refuses StopIteration, and SystemExit or KeyboardInterrupt from a façade must not end the server.
    if isinstance(error, StopIteration | SystemExit | KeyboardInterrupt | GeneratorExit):
        carried = RuntimeError(f"the façade raised {type(error).__name__}")
        carried.__cause__ = error
        return carried
    return error
