"""The façade's threads: one queue, one owner of each job, and a count of those that hang."""

from __future__ import annotations

import asyncio
import gc
import threading
import time
import weakref
from collections.abc import Callable
from typing import Any

import pytest

from parvis.server.object.threads import FacadeThreads, Job


def run(work: Callable[[FacadeThreads], Any], count: int = 1, exhausted: Callable[[], None] = lambda: None) -> Any:
    async def main() -> Any:
        threads = FacadeThreads("thing", count, exhausted)
        try:
            return await work(threads)
        finally:
            await threads.close()

    return asyncio.run(main())


def test_jobs_run_in_order_on_one_thread() -> None:
    seen: list[tuple[int, str]] = []

    async def work(threads: FacadeThreads) -> None:
        jobs = [threads.submit(lambda n=n: seen.append((n, threading.current_thread().name))) for n in range(20)]
        await asyncio.gather(*(job.future for job in jobs))

    run(work)
    assert [(n, "thing-0") for n in range(20)] == seen


def test_several_threads_work_side_by_side() -> None:
    barrier = threading.Barrier(3, timeout=5)

    async def work(threads: FacadeThreads) -> list[int]:
        return await asyncio.gather(*(threads.submit(barrier.wait).future for _ in range(3)))

    assert [0, 1, 2] == sorted(run(work, count=3))


@pytest.mark.parametrize(
    ("raised", "carried"),
    [
        (ValueError("x"), ValueError),
        (StopIteration(1), RuntimeError),
        (SystemExit(1), RuntimeError),
        (KeyboardInterrupt(), RuntimeError),
        (GeneratorExit(), RuntimeError),
        (asyncio.CancelledError(), RuntimeError),
        (BaseExceptionGroup("all", [SystemExit(1)]), RuntimeError),
    ],
)
def test_whatever_is_raised_reaches_the_caller_and_ends_no_thread(raised: BaseException, carried: type) -> None:
    def fail() -> None:
        raise raised

    async def work(threads: FacadeThreads) -> int:
        with pytest.raises(carried):
            await threads.submit(fail).future
        return await threads.submit(lambda: 7).future

    assert 7 == run(work)


def test_a_job_has_one_owner_however_many_ask() -> None:
    async def main() -> int:
        taken = 0
        for _ in range(300):
            job = Job(lambda: None, asyncio.get_running_loop().create_future())
            barrier = threading.Barrier(2)
            owners: list[bool] = []

            def take(job: Job = job, barrier: threading.Barrier = barrier, owners: list[bool] = owners) -> None:
                barrier.wait()
                owners.append(job.take())

            other = threading.Thread(target=take)
            other.start()
            take()
            other.join()
            taken += sum(owners)
        return taken

    assert 300 == asyncio.run(main())


def test_a_job_that_was_given_up_before_its_turn_never_runs() -> None:
    seen: list[str] = []

    async def work(threads: FacadeThreads) -> tuple[bool, int]:
        first = threads.submit(lambda: time.sleep(0.05))
        second = threads.submit(lambda: seen.append("second"))
        started = threads.abandon(second)
        await first.future
        await asyncio.sleep(0.02)
        return started, threads.alive

    assert ((False, 1), []) == (run(work), seen)


def test_a_thread_that_hangs_is_lost_until_it_comes_back() -> None:
    release = threading.Event()
    exhausted: list[bool] = []

    async def work(threads: FacadeThreads) -> list[int]:
        job = threads.submit(lambda: release.wait(5))
        await asyncio.sleep(0.02)
        assert threads.abandon(job)
        lost = threads.alive
        release.set()
        await job.future
        return [lost, threads.alive]

    assert [0, 1] == run(work, exhausted=lambda: exhausted.append(True))
    assert [True] == exhausted


def test_an_answer_after_the_caller_gave_up_is_dropped() -> None:
    async def work(threads: FacadeThreads) -> int:
        job = threads.submit(lambda: time.sleep(0.05))
        await asyncio.sleep(0.01)
        job.future.cancel()
        return await threads.submit(lambda: 3).future

    assert 3 == run(work)


class Weighty: ...


def test_a_thread_keeps_nothing_of_the_last_call() -> None:
    async def work(threads: FacadeThreads) -> Any:
        watched = weakref.ref(await threads.submit(Weighty).future)
        await asyncio.sleep(0.02)
        gc.collect()
        return watched()

    assert None is run(work)


def test_closing_waits_for_the_work_in_hand_and_ends_the_threads() -> None:
    seen: list[str] = []

    async def main() -> None:
        threads = FacadeThreads("ends", 2, lambda: None)
        threads.submit(lambda: (time.sleep(0.1), seen.append("done")))
        await asyncio.sleep(0.02)
        await threads.close()

    asyncio.run(main())
    assert ["done"] == seen
    assert [] == [t.name for t in threading.enumerate() if t.name.startswith("ends-")]
