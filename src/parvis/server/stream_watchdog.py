"""The streams that run now: each is looked at twice a second, whether whoever opened it still may have it.

Rule: what would be refused at the next call ends a running stream within a second: a revoked, expired or narrowed key,
the end of an overlap, a suspended account. On the way the meter is told how far each stream has come.
"""

from __future__ import annotations

import asyncio
from typing import Protocol

from ..contract.outcomes import Refusal

EVERY = 0.5
"""Seconds between two looks."""


class Watched(Protocol):
    """A running stream."""

    async def look(self) -> None:
        """Raises :class:`Refusal` when this call would not be admitted now; any other trouble is not for here."""

    def cut(self, refusal: Refusal) -> None:
        """End it, with that reason."""


class StreamWatchdog:
    """The streams of one host."""

    def __init__(self) -> None:
        self._streams: dict[Watched, None] = {}
        self._task: asyncio.Task[None] | None = None

    def begin(self, stream: Watched) -> None:
        """A stream runs."""
        self._streams[stream] = None
        if self._task is None or self._task.done():
            self._task = asyncio.ensure_future(self._look())

    def end(self, stream: Watched) -> None:
        self._streams.pop(stream, None)

    def close(self) -> None:
        if self._task is not None:
            self._task.cancel()

    async def _look(self) -> None:
        while self._streams:
            await asyncio.sleep(EVERY)
            for stream in list(self._streams):
                if stream not in self._streams:
                    continue  # it ended while another was looked at
                try:
                    await stream.look()
                except Refusal as refusal:
                    if refusal.outcome.code != "unavailable":  # then nothing can have been revoked either
                        stream.cut(refusal)
