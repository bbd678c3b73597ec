"""A generator on one thread of its own, from its first step to its last, whichever thread asks for its items.

The turns of a stream go to whatever thread of the façade is free. An object that was made for one call may belong to
the thread that made it, as a connection of ``sqlite3`` does.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Generator, Iterator
from typing import Any

_END = object()


def thread_affine(make: Callable[..., Generator[Any, None, None]]) -> Callable[..., Iterator[Any]]:
    """The same generator function, each of whose generators keeps to a thread of its own."""

    def generator(*args: Any, **keywords: Any) -> Iterator[Any]:
        thread = _Thread()
        try:
            items = make(*args, **keywords)
            try:
                while (item := thread.run(lambda: next(items, _END))) is not _END:
                    yield item
            finally:
                thread.run(items.close)
        finally:
            thread.end()

    return generator


class _Thread:
    """Runs one function after another; who asks waits for it."""

    def __init__(self) -> None:
        self._asked: queue.SimpleQueue[Callable[[], Any] | None] = queue.SimpleQueue()
        self._told: queue.SimpleQueue[tuple[Any, BaseException | None]] = queue.SimpleQueue()
        # A hung generator must not hold the exit.
        self._thread = threading.Thread(target=self._run, name="parvis-stream", daemon=True)
        self._thread.start()

    def run(self, function: Callable[[], Any]) -> Any:
        """What the function gives. Raises what it raises."""
        self._asked.put(function)
        value, error = self._told.get()
        if error is not None:
            try:
                raise error
            finally:
                del error  # or its traceback would hold this frame, and the frame the error
        return value

    def end(self) -> None:
        self._asked.put(None)
        self._thread.join()

    def _run(self) -> None:
        while (function := self._asked.get()) is not None:
            try:
                told: tuple[Any, BaseException | None] = (function(), None)
            except BaseException as error:
                told = (None, error)
            self._told.put(told)
            del function, told
