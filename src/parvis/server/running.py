"""The streams that run now: each is looked at twice a second, whether whoever opened it still may have it.

Rule: what would be refused at the next call ends a running stream within a second: a revoked, expired or narrowed key,
the end of an overlap, a suspended account. On the way the meter is told how far each stream has come.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING

from ..contract.outcomes import Refusal
from .call import Call

if TYPE_CHECKING:
    from .application import Application

EVERY = 0.5
"""Seconds between two looks."""

Cut = Callable[[Refusal], None]


class Running:
    """The streams of one application."""

    def __init__(self, app: Application) -> None:
        self._app = app
        self._streams: dict[Call, Cut] = {}
        self._task: asyncio.Task[None] | None = None

    def begin(self, call: Call, cut: Cut) -> None:
        """A stream runs; ``cut`` ends it with a reason."""
        self._streams[call] = cut
        if self._task is None or self._task.done():
            self._task = asyncio.ensure_future(self._look())

    def end(self, call: Call) -> None:
        self._streams.pop(call, None)

    def close(self) -> None:
        if self._task is not None:
            self._task.cancel()

    async def _look(self) -> None:
        while self._streams:
            await asyncio.sleep(EVERY)
            for call, cut in list(self._streams.items()):
                if call not in self._streams:
                    continue  # it ended while another was looked at
                try:
                    await self._again(call)
                except Refusal as refusal:
                    if refusal.outcome.code != "unavailable":  # then nothing can have been revoked either
                        cut(refusal)
                except Exception as error:  # a fault of ours must not end the looking at the others
                    self._app.report(call, error)
                if self._app.admission is not None and call.ticket is not None:
                    self._app.admission.more(call, call.ticket)

    async def _again(self, call: Call) -> None:
        """Raises :class:`Refusal` when this call would not be admitted now."""
        from . import pipeline

        entry = call.entry
        assert entry is not None
        assert call.credential is not None
        credential = await self._app.identifier.again(call.credential, call)
        verdict = credential.rights.verdict(entry.right)
        if verdict is None:
            raise pipeline.missing(credential, entry.right)
        if verdict is not True:
            call.constraints = verdict
            pipeline.constrain(call)
