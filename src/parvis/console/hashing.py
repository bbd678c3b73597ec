"""Password hashing off the event loop: one hash a core at a time, a bounded queue, and then a refusal.

A hash costs some 80 ms of a core, so a few dozen log-ins a second would stop a small machine; those that find the
queue full are refused at once, and calls with keys never notice.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import BoundedSemaphore
from typing import TypeVar

from parvis.access import passwords
from parvis.contract.outcomes import Refusal

T = TypeVar("T")

WAITING_A_CORE = 12
"""About a second's worth."""


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class Hashing:
    """The threads that hash. ``waiting`` is how many may be under way and queued together."""

    def __init__(self, cores: int | None = None, waiting: int | None = None) -> None:
        cores = cores or _cores()
        self._threads = ThreadPoolExecutor(cores, thread_name_prefix="parvis-password")
        self._room = BoundedSemaphore(waiting or cores * (1 + WAITING_A_CORE))

    async def hash(self, password: str) -> str:
        """The text to keep. Raises ``Refusal("unavailable")`` when too many wait."""
        return await self._run(passwords.hash_password, password)

    async def verify(self, kept: str | None, password: str) -> bool:
        """Whether it is the password; None, for no such account, costs the same. Raises as :meth:`hash` does."""
        return await self._run(passwords.verify, kept, password)

    def close(self) -> None:
        """Let the threads go, when they are done with what they have."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def _run(self, work: Callable[..., T], *args: object) -> T:
        if not self._room.acquire(blocking=False):
            raise Refusal("unavailable", "Too many passwords are being checked at this moment.")
        future = self._threads.submit(work, *args)
        # When the thread is done, not when the caller is: one who hangs up does not make room that is not there.
        future.add_done_callback(lambda _: self._room.release())
        return await asyncio.wrap_future(future)
