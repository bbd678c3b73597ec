"""What a façade on the caller's side keeps to itself, in its one attribute ``parvis``: for callers who wait, and for
callers who await.

Rule: nothing is done here. Both are faces of :class:`~.calls.Calls`, which is written once.
"""

from __future__ import annotations

import base64
from collections.abc import AsyncGenerator, Callable, Generator, Mapping
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from .calls import Calls, as_bytes
from .sync_runner import each, each_awaited, wait

if TYPE_CHECKING:
    from parvis.contract.model import Contract, Operation

    from .binding import Binder
    from .last_call import Last
    from .transport import Answer, Transport
    from .values.upload import Upload

OPERATION = "__parvis__"
"""The attribute of a façade's method that tells the operation, and binds its arguments."""


class _Face:
    """What both kinds say.

    ``contract`` is what the service offers; ``types`` and ``errors`` are its classes and its exceptions, as attributes;
    ``presets`` are the values that calls need not give.
    """

    def __init__(
        self,
        transport: Transport,
        contract: Contract,
        *,
        classes: Mapping[str, type] | None = None,
        exceptions: Mapping[str, type] | None = None,
        presets: Mapping[str, Any] | None = None,
    ) -> None:
        calls = self._calls = Calls(transport, contract, classes=classes, exceptions=exceptions, presets=presets)
        self.contract = contract
        self.types = SimpleNamespace(**calls.classes)
        self.errors = calls.errors
        self.codec = calls.codec
        self.operations = calls.operations
        self.presets = calls.presets

    @property
    def address(self) -> str:
        """Where the service is."""
        return self._calls.transport.address

    @property
    def transport(self) -> Transport:
        return self._calls.transport

    @property
    def last(self) -> Last | None:
        """The last call of this thread or task through this client; None before the first."""
        return self._calls.last.get()

    def __repr__(self) -> str:
        return f"<session with {self.contract.service} {self.address}>"

    def _bound(
        self, method: Callable[..., Any], args: tuple[Any, ...], kwargs: Mapping[str, Any]
    ) -> tuple[Operation, dict[str, Any]]:
        known: tuple[Operation, Binder] | None = getattr(method, OPERATION, None)
        if known is None or self.operations.get(known[0].name) is not known[0]:
            raise TypeError(f"{method!r} is no method of this client: give one of its own, as shop.find")
        operation, binder = known
        return operation, binder.bind(args, kwargs)


class Session(_Face):
    """One caller's connection to one service; any number of threads may use it at once."""

    def call(self, name: str, arguments: Mapping[str, object]) -> Any:
        """Call an operation by its dotted name. Raises ``KeyError`` for a name that the contract does not hold."""
        operation = self.operations[name]
        if operation.result.stream:
            return each(self._calls.items(operation, arguments))
        return wait(self._calls.call(operation, arguments))

    def fetch(self, operation: Operation, body: bytes | Upload) -> bytes:
        """The JSON of an operation's one result, from the JSON of its arguments."""
        return _json(operation, wait(self._calls.answer(operation, body)))

    def lines(self, operation: Operation, body: bytes | Upload) -> Generator[bytes, None, None]:
        """The lines of a stream as they come, each one JSON text; a problem at its end is raised.

        The stream opens at the first line and closes with the generator."""
        return each(self._calls.lines(operation, body))

    def items(self, method: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Generator[Any, None, None]:
        """Every item of every page, each asked for when it is needed: ``shop.parvis.items(shop.find, text="tea")``.

        Raises ``TypeError`` for a method that gives no pages, and for arguments that it does not take."""
        return each(self._calls.pages(*self._bound(method, args, kwargs)))

    def close(self) -> None:
        """Let go of the connections; later calls raise ``ConnectionFailed``."""
        wait(self._calls.close())


class AsyncSession(_Face):
    """One caller's connection to one service; any number of tasks of one event loop may use it at once."""

    async def call(self, name: str, arguments: Mapping[str, object]) -> Any:
        """Call an operation by its dotted name; a stream gives an async generator.

        Raises ``KeyError`` for a name that the contract does not hold."""
        operation = self.operations[name]
        if operation.result.stream:
            return each_awaited(self._calls.items(operation, arguments))
        return await self._calls.call(operation, arguments)

    async def fetch(self, operation: Operation, body: bytes | Upload) -> bytes:
        """The JSON of an operation's one result, from the JSON of its arguments."""
        return _json(operation, await self._calls.answer(operation, body))

    def lines(self, operation: Operation, body: bytes | Upload) -> AsyncGenerator[bytes, None]:
        """The lines of a stream as they come, each one JSON text; a problem at its end is raised."""
        return each_awaited(self._calls.lines(operation, body))

    def items(self, method: Callable[..., Any], /, *args: Any, **kwargs: Any) -> AsyncGenerator[Any, None]:
        """Every item of every page, for ``async for``; a page is asked for when it is needed.

        Raises ``TypeError`` for a method that gives no pages, and for arguments that it does not take."""
        return each_awaited(self._calls.pages(*self._bound(method, args, kwargs)))

    async def close(self) -> None:
        """Let go of the connections; later calls raise ``ConnectionFailed``."""
        await self._calls.close()

    aclose = close


def _json(operation: Operation, answer: Answer) -> bytes:
    if not as_bytes(operation, answer):
        return answer.body
    return b'"' + base64.urlsafe_b64encode(answer.body) + b'"'
