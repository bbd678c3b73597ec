"""How the items of a stream are strung together: as lines, as events, or as one array.

One rule: an error in the middle is the last record, typed, and what went before it stays readable.
"""

from __future__ import annotations

from .accept import EVENTS, JSON
from .answer import event


class JsonLines:
    """JSON Lines."""

    heartbeat = b""
    """What may stand between two items and means nothing; empty where there is no such thing."""

    def items(self, items: list[bytes]) -> bytes:
        return b"".join([item + b"\n" for item in items])

    def problem(self, body: bytes) -> bytes:
        return b'{"$problem":' + body + b"}\n"

    def end(self) -> bytes:
        return b""


class ServerSentEvents(JsonLines):
    """Server-Sent Events; the last of a stream that fails is named ``problem``."""

    heartbeat = b": keep-alive\n\n"

    def items(self, items: list[bytes]) -> bytes:
        return b"".join([event(item) for item in items])

    def problem(self, body: bytes) -> bytes:
        return event(body, b"problem")


class JsonArray(JsonLines):
    """One JSON array, which a reader has whole at the end; the last element of one that fails is the problem."""

    def __init__(self) -> None:
        self._before = b"["

    def items(self, items: list[bytes]) -> bytes:
        if not items:  # the first turn of a stream may bring none, and opens the array all the same
            opened = self._before if self._before == b"[" else b""
            self._before = self._before.removeprefix(b"[")
            return opened
        text = self._before + b",".join(items)
        self._before = b","
        return text

    def problem(self, body: bytes) -> bytes:
        return self.items([b'{"$problem":' + body + b"}"])

    def end(self) -> bytes:
        return b"" if self._before == b"[" else b"]"  # what was never opened was asked for by HEAD


def frames(kind: bytes) -> JsonLines:
    """The framing of a stream, by the media type that was chosen for it."""
    return ServerSentEvents() if kind == EVENTS else JsonArray() if kind == JSON else JsonLines()
