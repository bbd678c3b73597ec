"""The transport's double: a service made of plain functions over JSON values, in memory, for tests of a caller's code.

::

    contract = Contract("shop", (Operation("price", ...),))
    shop = facade_of(MemoryTransport(contract, {"price": lambda arguments: "12.50"}))
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from .transport import PROBLEM, Answer, Lines, closed
from .values.upload import Upload

if TYPE_CHECKING:
    from parvis.contract.model import Contract, Operation

Handler = Callable[[dict[str, Any]], Any]
"""Takes the arguments as JSON values; gives a JSON value, an iterable of them for a stream, or an :class:`Answer`."""


class MemoryTransport:
    """Answers from ``handlers``, by operation name; ``calls`` is what was asked, in order.

    It serves façades of both kinds."""

    address = "in memory"

    def __init__(self, contract: Contract, handlers: Mapping[str, Handler]) -> None:
        self._contract = contract
        self._handlers = dict(handlers)
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self.closed = False

    async def contract(self) -> Contract:
        return self._contract

    async def call(self, operation: Operation, body: bytes | Upload) -> Answer:
        value = self._handle(operation, body)
        return value if isinstance(value, Answer) else Answer(200, _dump(value), {"content-type": "application/json"})

    async def stream(self, operation: Operation, body: bytes | Upload) -> Lines | Answer:
        value = self._handle(operation, body)
        return value if isinstance(value, Answer) else _Lines(value)

    async def close(self) -> None:
        self.closed = True

    def _handle(self, operation: Operation, body: bytes | Upload) -> Any:
        if self.closed:
            raise closed()
        arguments = json.loads(body.arguments if isinstance(body, Upload) else body)
        if isinstance(body, Upload):  # a file is base64 text among JSON values
            arguments[body.name] = base64.urlsafe_b64encode(b"".join(body.chunks())).decode()
        self.calls.append((operation.name, arguments))
        return self._handlers[operation.name](arguments)


def problem(status: int, code: str, title: str = "", **members: Any) -> Answer:
    """An answer that refuses, as a server writes it (RFC 9457)."""
    document = {"type": "about:blank", "title": title or code, "status": status, "code": code, **members}
    return Answer(status, _dump(document), {"content-type": PROBLEM})


class _Lines:
    """What a handler gives, an item at a time; its generator is closed with it."""

    answer = Answer(200, b"")

    def __init__(self, items: Iterable[Any]) -> None:
        self._items = items
        self._left: Iterator[Any] = iter(items)

    async def __anext__(self) -> bytes:
        for item in self._left:
            return _dump(item)
        raise StopAsyncIteration

    async def aclose(self) -> None:
        self._left = iter(())
        close = getattr(self._items, "close", None)
        if close is not None:
            close()


def _dump(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
