"""The façade's own threads: plain Python is built, called and closed there, one call at a time on each.

A hung call cannot be interrupted in Python. Its thread counts as lost until it comes back; when none is left,
``exhausted`` is called, and whoever waits for a turn is told at once.
"""

from __future__ import annotations

import asyncio
import contextlib
import queue
import threading
from collections.abc import Callable
from time import perf_counter
from typing import Any

from ...contract.outcomes import type_name


class Lost(Exception):
    """Every thread hangs: the job will not run."""


class Job:
    """One piece of work and where its outcome goes."""

    __slots__ = ("_ticket", "asked", "began", "function", "future", "lost", "stays", "waited")

    def __init__(self, function: Callable[[], Any], future: asyncio.Future[Any], *, stays: bool = False) -> None:
        self.function = function
        self.future = future
        self.stays = stays
        """Whether it waits for a thread that comes back, where all hang."""
        self.lost = False
        self.waited = 0.0
        """Seconds until its turn came."""
        self.asked = perf_counter()
        self.began = 0.0
        """When its turn came, by ``perf_counter``; 0 before that."""
        self._ticket = [True]

    def take(self) -> bool:
        """True for the first who asks, and for nobody else: the thread that runs it, or the caller who gave up."""
        try:
            taken = self._ticket.pop()  # one step for the interpreter, so the two cannot both have it
        except IndexError:
            return False
        self.began = perf_counter()
        self.waited = self.began - self.asked
        return taken


class FacadeThreads:
    """``count`` threads that take work from one queue, in order."""

    def __init__(self, name: str, count: int, exhausted: Callable[[], None]) -> None:
        self._loop = asyncio.get_running_loop()
        self._queue: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
        self._exhausted = exhausted
        self.count = count
        self.alive = count
        self._running: set[Job] = set()
        self._threads = [
            threading.Thread(target=self._run, name=f"{name}-{n}", daemon=True)  # a hung call must not hold the exit
            for n in range(count)
        ]
        for thread in self._threads:
            thread.start()

    def submit(self, function: Callable[[], Any], *, stays: bool = False) -> Job:
        """Queue ``function``; await ``job.future`` for what it returns or raises, or :class:`Lost`.

        ``stays``: it waits for a thread that comes back, where all hang."""
        job = Job(function, self._loop.create_future(), stays=stays)
        self._queue.put(job)
        return job

    def abandon(self, job: Job) -> bool:
        """Give up on a job that took too long. True when it had started: then its outcome is unknown."""
        if job.take():
            return False  # now no thread will run it
        job.lost = True
        self.alive -= 1
        if self.alive == 0:
            self._tell_who_waits()
            self._exhausted()
        return True

    def _tell_who_waits(self) -> None:
        stays: list[Job | None] = []
        with contextlib.suppress(queue.Empty):
            while True:
                job = self._queue.get_nowait()
                if job is None or job.stays or job.future.done():  # by who gives up on it just now
                    stays.append(job)
                elif job.take():
                    job.future.set_exception(Lost())
        for job in stays:
            self._queue.put(job)

    @property
    def hangs(self) -> bool:
        """Whether a thread is lost."""
        return self.alive < self.count

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
                self._deliver(job, _fail, carried(error))
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


def carried(error: BaseException, *, told: bool = False) -> Exception:
    """What a façade raised, as an exception that can be handed on; and whose text can be asked for, where it is to be
    ``told``."""
    # A future refuses StopIteration, takes CancelledError for its own, and what is no Exception would end the server.
    if isinstance(error, Exception) and not isinstance(error, StopIteration) and not (told and _mute(error)):
        return error
    made = RuntimeError(f"the façade raised {type_name(error)}")
    made.__cause__ = error
    return made


def _mute(error: Exception) -> bool:
    try:
        str(error)
    except BaseException:
        return True
    return False
