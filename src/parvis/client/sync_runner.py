"""One implementation for callers who wait and for callers who await: all that the client does is written as coroutines.

The rule: whoever waits drives them by hand. What they await at the bottom, the effects of a transport, then blocks
where the other kind awaits. So a coroutine that is driven ends at its first step, in the caller's own thread and
without an event loop.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Coroutine, Generator
from typing import Any, Protocol, TypeVar

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)


class Source(Protocol[T_co]):
    """Things that come one by one; ``aclose`` ends it before its end, and twice is harmless."""

    def __anext__(self) -> Coroutine[Any, Any, T_co]:
        """The next one. Raises ``StopAsyncIteration`` at the end."""

    async def aclose(self) -> None: ...


def wait(work: Coroutine[Any, Any, T]) -> T:
    """What a coroutine gives whose effects block. Raises what it raises; ``RuntimeError`` where one awaits."""
    try:
        work.send(None)
    except StopIteration as done:
        result: T = done.value
        return result
    work.close()
    raise RuntimeError("this transport awaits an event loop: use connect_async, or one that blocks")


def each(source: Source[T]) -> Generator[T, None, None]:
    """A source as a generator, for those who wait."""
    try:
        while True:
            try:
                item = wait(source.__anext__())
            except StopAsyncIteration:
                return
            yield item
    finally:
        wait(source.aclose())


async def each_awaited(source: Source[T]) -> AsyncGenerator[T, None]:
    """A source as an async generator."""
    try:
        while True:
            try:
                item = await source.__anext__()
            except StopAsyncIteration:
                return
            yield item
    finally:
        await source.aclose()
