"""What a façade on the caller's side keeps to itself, in its one attribute ``parvis``.

Rule: an operation is found in a table made when connecting; no name is looked up on an object.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Generator, Mapping
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from parvis.contract.bodies import OCTETS

from . import names, types
from .codec import Codec
from .declared import DeclaredErrors, exception_of
from .problems import error_from, error_of, problem_of
from .transport import Answer, Transport
from .upload import Upload

if TYPE_CHECKING:
    from parvis.contract.model import Contract, Operation

    from .problems import Problem


class Session:
    """One caller's connection to one service.

    ``contract`` is what the service offers; ``types`` and ``errors`` are its classes and its exceptions, as attributes;
    ``address`` is where it is. ``close()`` lets go of connections; so does leaving ``with``.
    """

    def __init__(
        self,
        transport: Transport,
        contract: Contract,
        *,
        classes: Mapping[str, type] | None = None,
        exceptions: Mapping[str, type] | None = None,
    ) -> None:
        names.check(contract)
        built = types.build(contract, classes)
        self.contract = contract
        self.transport = transport
        self.types = SimpleNamespace(**built)
        self.errors = DeclaredErrors(contract, exceptions)
        self.codec = Codec(built)
        self.operations: dict[str, Operation] = {operation.name: operation for operation in contract.operations}

    @property
    def address(self) -> str:
        return self.transport.address

    def call(self, name: str, arguments: Mapping[str, object]) -> Any:
        """Call an operation by its dotted name. Raises ``KeyError`` for a name that the contract does not hold."""
        operation = self.operations[name]
        body = self.codec.arguments(operation, arguments)
        if operation.result.stream:
            return self._items(operation, body)
        answer = self._answer(operation, body)
        return answer.body if _raw(answer) else self.codec.result(operation, answer.body)

    def fetch(self, operation: Operation, body: bytes) -> bytes:
        """The JSON of an operation's one result, from the JSON of its arguments."""
        answer = self._answer(operation, body)
        return b'"' + base64.urlsafe_b64encode(answer.body) + b'"' if _raw(answer) else answer.body

    def _answer(self, operation: Operation, body: bytes | Upload) -> Answer:
        answer = self.transport.call(operation, body)
        if not answer.ok:
            raise self._failure(answer, operation)
        return answer

    def lines(self, operation: Operation, body: bytes | Upload) -> Generator[bytes, None, None]:
        """The lines of a stream as they come, each one JSON text; a problem at its end is raised.

        The stream opens at the first line and closes with the generator."""
        opened = self.transport.stream(operation, body)
        if isinstance(opened, Answer):
            raise self._failure(opened, operation)
        try:
            for line in opened:
                if line.startswith(b'{"$problem"') or b'"$problem"' in line[:64]:
                    self._end(line, operation)
                if line.strip():
                    yield line
        finally:
            opened.close()

    def close(self) -> None:
        self.transport.close()

    def __repr__(self) -> str:
        return f"<session with {self.contract.service} {self.address}>"

    def _items(self, operation: Operation, body: bytes | Upload) -> Generator[Any, None, None]:
        lines = self.lines(operation, body)
        try:
            for line in lines:
                yield self.codec.result(operation, line)
        finally:
            lines.close()

    def _end(self, line: bytes, operation: Operation) -> None:
        """Raise what a stream's last line says, when it is a problem and not an item that looks a little like one."""
        try:
            document = json.loads(line)
        except (ValueError, RecursionError):
            return
        if isinstance(document, dict) and list(document) == ["$problem"] and isinstance(document["$problem"], dict):
            raise self._raised(document["$problem"], operation, None)

    def _failure(self, answer: Answer, operation: Operation) -> Exception:
        problem = problem_of(answer)
        if problem is None:
            return error_of(answer, operation.name)
        return self._raised(problem, operation, answer.status)

    def _raised(self, problem: Problem, operation: Operation, status: int | None) -> Exception:
        whole = error_from(problem, operation.name, status)
        declared = exception_of(problem, operation, self.errors)
        if declared is None:
            return whole
        # Tracebacks look as they did around the object; who wants the problem finds it behind the exception.
        declared.__context__, declared.__suppress_context__ = whole, True
        return declared


def _raw(answer: Answer) -> bool:
    """Whether the answer is the value itself; only results of bytes are asked for so."""
    return answer.media_type == OCTETS
