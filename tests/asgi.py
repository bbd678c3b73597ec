"""What an ASGI server hands to an application and takes from it, for tests without a socket."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Coroutine, MutableMapping
from dataclasses import dataclass
from typing import Any

Message = MutableMapping[str, Any]


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def lines(self) -> list[Any]:
        assert self.body == b"" or self.body.endswith(b"\n")
        return [json.loads(line) for line in self.body.split(b"\n")[:-1]]


def receiver(chunks: list[bytes], gone: asyncio.Event | None = None) -> Callable[[], Coroutine[Any, Any, Message]]:
    """What an ASGI server hands in: the chunks of a body, then nothing until the caller goes."""
    waiting = list(chunks)

    async def receive() -> Message:
        if waiting:
            return {"type": "http.request", "body": waiting.pop(0), "more_body": bool(waiting)}
        await (gone or asyncio.Event()).wait()
        return {"type": "http.disconnect"}

    return receive
