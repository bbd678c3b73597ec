"""The service of the meter's tests, in a folder that only the server sees."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncIterator, Iterator


class Shop:
    """A shop whose every call can be told from the others."""

    async def find(self, number: int) -> int:
        """Find an item.

        Raises:
            LookupError: It is an odd one.
        """
        if number % 10 == 1:
            raise LookupError("no such item", number)
        if number % 10 == 3:
            raise RuntimeError("a fault")
        return number

    async def price(self, number: int) -> int:
        """What it costs: three times as much to ask."""
        return number

    def order(self, number: int) -> int:
        """Order it: noted in a file, so that whoever reads that knows whether this ran."""
        noted = os.open(os.environ["ORDERS"], os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            os.write(noted, b"%d\n" % number)
        finally:
            os.close(noted)
        return number

    async def wait(self, seconds: float) -> str:
        """Wait so long."""
        await asyncio.sleep(seconds)
        return "waited"

    def ticks(self) -> Iterator[int]:
        """Count for ever."""
        number = 0
        while True:
            yield number
            number += 1
            time.sleep(0.01)

    async def follow(self) -> AsyncIterator[int]:
        """Count for ever, on the event loop."""
        number = 0
        while True:
            yield number
            number += 1
            await asyncio.sleep(0.01)

    async def flood(self) -> AsyncIterator[str]:
        """More than anybody reads."""
        while True:
            yield "x" * 10_000

    async def silence(self) -> AsyncIterator[int]:
        """One item, then nothing for an hour."""
        yield 0
        await asyncio.sleep(3600)
        yield 1

    async def nothing(self) -> AsyncIterator[int]:
        """Nothing for an hour, not even the first."""
        await asyncio.sleep(3600)
        yield 0

    def hush(self) -> Iterator[int]:
        """One item, then nothing for a minute, on a thread."""
        yield 0
        time.sleep(60)
        yield 1
