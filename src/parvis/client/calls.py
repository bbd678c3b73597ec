"""What happens with a call, from its arguments to its value: written once, for callers who wait and callers who await.

Rule: an operation is found in a table made when connecting; no name is looked up on an object.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from parvis.contract.bodies import OCTETS, raw
from parvis.contract.pages import CURSOR, ITEMS, NEXT

from .errors import AnswerUnreadable, ParvisError
from .last_call import Last, LastCall
from .log import log_call
from .presets import checked
from .problems import error_from, error_of, problem_of
from .transport import Answer, Lines, Transport
from .values import identifiers, types
from .values.codec import Codec
from .values.declared_errors import DeclaredErrors, exception_of

if TYPE_CHECKING:
    from parvis.contract.model import Contract, Operation

    from .problems import Problem
    from .values.upload import Upload

T = TypeVar("T")


class Calls:
    """The calls of one caller to one service. What it says of itself is in :class:`~.session.Session`."""

    def __init__(
        self,
        transport: Transport,
        contract: Contract,
        *,
        classes: Mapping[str, type] | None = None,
        exceptions: Mapping[str, type] | None = None,
        presets: Mapping[str, Any] | None = None,
    ) -> None:
        identifiers.check(contract)
        self.classes = types.build(contract, classes)
        self.contract = contract
        self.transport = transport
        self.errors = DeclaredErrors(contract, exceptions)
        self.codec = Codec(self.classes)
        self.operations: dict[str, Operation] = {operation.name: operation for operation in contract.operations}
        self.presets: Mapping[str, Any] = MappingProxyType(dict(presets or {}))
        self.preset = checked(self.presets, contract, self.codec)
        """Operation -> the presets that it has parameters for."""
        self.last = LastCall()

    async def call(self, operation: Operation, given: Mapping[str, object]) -> Any:
        """The value of an operation that is no stream."""
        if preset := self.preset.get(operation.name):
            given = {**preset, **given}
        answer = await self.answer(operation, self.codec.arguments(operation, given))
        return answer.body if as_bytes(operation, answer) else self.codec.result(operation, answer.body)

    async def answer(self, operation: Operation, body: bytes | Upload) -> Answer:
        """The answer to a call that succeeded. Raises what the call does."""
        began = time.perf_counter()
        try:
            answer = await self.transport.call(operation, body)
        except ParvisError as error:
            self._failed(error, operation, began)
            raise
        self._note(operation, answer, began)
        if not answer.ok:
            raise self._failure(answer, operation)
        return answer

    def items(self, operation: Operation, given: Mapping[str, object]) -> Stream[Any]:
        """The items of a stream. Raises ``TypeError`` for arguments that cannot cross."""
        if preset := self.preset.get(operation.name):
            given = {**preset, **given}
        return Stream(self, operation, self.codec.arguments(operation, given), self.codec.result)

    def lines(self, operation: Operation, body: bytes | Upload) -> Stream[bytes]:
        """The lines of a stream as they come, each one JSON text."""
        return Stream(self, operation, body, _as_it_is)

    def pages(self, operation: Operation, given: Mapping[str, object]) -> PagedItems:
        """Every item of every page. Raises ``TypeError`` for an operation that gives no pages."""
        if not _gives_pages(self.contract, operation):
            raise TypeError(f"{operation.name}() gives no pages: they have a parameter {CURSOR!r}, and {ITEMS!r} and "
                            f"{NEXT!r} in what they give")  # fmt: skip
        return PagedItems(self, operation, given)

    async def open(self, operation: Operation, body: bytes | Upload) -> Lines:
        """A stream that began. Raises what refused it."""
        began = time.perf_counter()
        try:
            opened = await self.transport.stream(operation, body)
        except ParvisError as error:
            self._failed(error, operation, began)
            raise
        if isinstance(opened, Answer):
            self._note(operation, opened, began)
            raise self._failure(opened, operation)
        self._note(operation, opened.answer, began)
        return opened

    async def close(self) -> None:
        await self.transport.close()

    def end(self, line: bytes, operation: Operation) -> None:
        """Raise what a stream's last line says, when it is a problem and not an item that looks a little like one."""
        try:
            document = json.loads(line)
        except (ValueError, RecursionError):
            return
        if isinstance(document, dict) and list(document) == ["$problem"] and isinstance(document["$problem"], dict):
            problem = document["$problem"]
            raise self._declared(error_from(problem, operation.name), problem, operation)

    def _failure(self, answer: Answer, operation: Operation) -> Exception:
        whole = error_of(answer, operation.name)
        problem = problem_of(answer)
        return whole if problem is None else self._declared(whole, problem, operation)

    def _declared(self, whole: ParvisError, problem: Problem, operation: Operation) -> Exception:
        declared = exception_of(problem, operation, self.errors)
        if declared is None:
            return whole
        # Tracebacks look as they did around the object; who wants the problem finds it behind the exception.
        declared.__context__, declared.__suppress_context__ = whole, True
        return declared

    def _note(self, operation: Operation, answer: Answer, began: float) -> None:
        seconds = time.perf_counter() - began
        self.last.set(Last(operation.name, answer.status, answer.headers, seconds, answer.attempts))
        log_call(operation.name, answer.status, seconds, answer.attempts, answer.headers)

    def _failed(self, error: ParvisError, operation: Operation, began: float) -> None:
        error.operation = error.operation or operation.name
        seconds = time.perf_counter() - began
        self.last.set(Last(operation.name, None, {}, seconds, error.attempts))
        log_call(operation.name, type(error).__name__, seconds, error.attempts, {})


class Stream(Generic[T]):
    """The items of a stream, each made by ``read``. It opens with the first one; a problem at its end is raised."""

    def __init__(
        self, calls: Calls, operation: Operation, body: bytes | Upload, read: Callable[[Operation, bytes], T]
    ) -> None:
        self._calls = calls
        self._operation = operation
        self._body = body
        self._read = read
        self._lines: Lines | None = None

    async def __anext__(self) -> T:
        if self._lines is None:
            self._lines = await self._calls.open(self._operation, self._body)
        while True:
            try:
                line = await self._lines.__anext__()
            except ParvisError as error:
                error.operation = error.operation or self._operation.name
                raise
            if b'"$problem"' in line[:64]:
                self._calls.end(line, self._operation)
            if line and not line.isspace():
                return self._read(self._operation, line)

    async def aclose(self) -> None:
        if self._lines is not None:
            await self._lines.aclose()


class PagedItems:
    """Every item of every page; a page is asked for when the one before it was read."""

    def __init__(self, calls: Calls, operation: Operation, given: Mapping[str, object]) -> None:
        self._calls = calls
        self._operation = operation
        self._given = dict(given)
        self._items: list[Any] = []
        self._more = True

    async def __anext__(self) -> Any:
        while not self._items:
            if not self._more:
                raise StopAsyncIteration
            page = await self._calls.call(self._operation, self._given)
            self._items = list(_member(page, ITEMS))[::-1]
            cursor = _member(page, NEXT)
            if cursor is not None and cursor == self._given.get(CURSOR):
                raise AnswerUnreadable(
                    "The pages do not end",
                    operation=self._operation.name,
                    detail=f"The page after {cursor!r} is that page again.",
                    fix="Tell the publisher of the service.",
                )
            self._given[CURSOR] = cursor
            self._more = cursor is not None
        return self._items.pop()

    async def aclose(self) -> None:
        self._items, self._more = [], False


def _gives_pages(contract: Contract, operation: Operation) -> bool:
    """As the server decides it, but that a page need not be asked for by GET: it is no link that is followed here."""
    optional = any(p.name == CURSOR and not p.required for p in operation.parameters)
    fields = next(({f.name for f in d.fields} for d in contract.types if d.name == operation.result.type), set())
    return optional and not operation.result.stream and {ITEMS, NEXT} <= fields


def _member(page: Any, name: str) -> Any:
    return page[name] if isinstance(page, dict) else getattr(page, name)


def _as_it_is(operation: Operation, line: bytes) -> bytes:
    return line


def as_bytes(operation: Operation, answer: Answer) -> bool:
    """Whether the answer is the value itself: only results of bytes are asked for so."""
    return raw(operation) is not None and answer.media_type == OCTETS
