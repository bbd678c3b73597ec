"""What a double does with a call: the arguments by the contract, the answer of the test, held to it.

Rules. Arguments are read as the server reads them, and refused in its words. An answer is written as the server writes
results; one that it could never write is an error of the test.
"""

from __future__ import annotations

import difflib
import inspect
import io
import itertools
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

from ..client.errors import ParvisError
from ..client.transport import PROBLEM, Answer
from ..contract.bodies import FILES
from ..contract.outcomes import Refusal

if TYPE_CHECKING:
    from ..client.values.codec import Codec
    from ..contract.model import DeclaredError, Operation
    from ..facade.codec import Arguments, Result


class Unanswered(AssertionError):
    """An operation was called for which the test has no answer."""

    __module__ = __package__ or ""  # where who reads the traceback finds it


class Impossible(AssertionError):
    """The test says an answer that the service could never give."""

    __module__ = __package__ or ""


class Called(NamedTuple):
    """One call: ``("price", {"item": "tea"})``, the arguments as the service would see them."""

    operation: str
    arguments: dict[str, Any]


class Declared(Exception):
    """An exception of the service by its name, for who has not its class."""

    def __init__(self, name: str, args: tuple[Any, ...]) -> None:
        super().__init__(*args)
        self.name = name


class Answers:
    """The operations of one double and what was asked of them."""

    def __init__(self, operations: Iterable[Operation], strict: bool) -> None:
        self.calls: list[Called] = []
        self._ids = itertools.count(1)
        self._operations = {each.name: Answering(each, self, strict) for each in operations}

    @property
    def handlers(self) -> Mapping[str, Callable[[dict[str, Any]], Any]]:
        return self._operations

    def read_by(self, codec: Codec) -> None:
        """Values are of the classes that ``codec`` knows."""
        for operation in self._operations.values():
            operation.codec = codec

    def answer(self, answers: Mapping[str, Any]) -> None:
        for name in answers:
            if name not in self._operations:
                raise ValueError(f"there is no operation {name!r}; the nearest is {near(name, self._operations)!r}")
        for name, given in answers.items():
            self._operations[name].check(given)
        for name, given in answers.items():
            self._operations[name].given = given

    def request(self) -> str:
        """The id of one more request, as a server counts them."""
        return f"double{next(self._ids):x}"


class _Nothing:
    """No answer was said; None is one."""


class Answering:
    """One operation: its handler, with what it answers."""

    codec: Codec

    def __init__(self, operation: Operation, service: Answers, strict: bool) -> None:
        self._operation = operation
        self._service = service
        self._strict = strict
        self.given: Any = _Nothing

    @cached_property
    def _arguments(self) -> Arguments:
        from ..facade.codec import Arguments
        from ..facade.pydantic_hooks import prepare

        codec, parameters = self.codec, self._operation.parameters
        kinds = {p.name: codec.resolve(p.type) for p in parameters}
        for kind in kinds.values():
            prepare(kind)
        positional = [
            (p.name, None if p.default is None else codec.default(p.default, p.type))
            for p in parameters
            if p.kind == "positional_only"
        ]
        return Arguments(self._operation.name, kinds, {p.name for p in parameters if p.required}, positional)

    @cached_property
    def _result(self) -> Result:
        from ..facade.codec import result_of
        from ..facade.pydantic_hooks import prepare

        text = self._operation.result.type
        kind = self.codec.resolve(text)
        prepare(kind)
        return result_of(kind, text)

    def check(self, given: Any) -> None:
        """Raises :class:`Impossible` for an answer of which that is known already."""
        stream = self._operation.result.stream
        if _is_raised(given):
            self._raisable(given)
        elif callable(given) or (stream and isinstance(given, Iterator)):
            return
        elif not stream:
            self._encoded(given)
        else:
            for item in self._items(given):
                if _is_raised(item):
                    self._raisable(item)
                else:
                    self._encoded(item)

    def _raisable(self, given: Any) -> None:
        error = _made(given)
        if not isinstance(error, ParvisError):  # the client's own is raised as it is
            self._problem(error)

    def __call__(self, sent: dict[str, Any]) -> Any:
        try:
            positional, named = self._arguments.decode(json.dumps(sent).encode())
        except Refusal as refused:
            return self._problem(refused)
        files = {p.name for p in self._operation.parameters if p.type in FILES}
        named = {name: io.BytesIO(v) if name in files and v is not None else v for name, v in named.items()}
        arguments = {**dict(zip(self._arguments.positional, positional, strict=False)), **named}
        self._service.calls.append(Called(self._operation.name, arguments))
        try:
            value = self._answer(positional, named)
            if self._operation.result.stream:
                return self._opened(iter(self._items(value)))
            return Answer(200, self._encoded(value), {"content-type": "application/json"})
        except (ParvisError, Unanswered, Impossible):
            raise
        except Exception as error:
            return self._problem(error)

    def _answer(self, positional: tuple[Any, ...], named: dict[str, Any]) -> Any:
        given = self.given
        if given is _Nothing:
            return self._example()
        if _is_raised(given):
            raise _made(given)
        if not callable(given):
            return given
        value = given(*positional, **self._filled(given, positional, named))
        if inspect.iscoroutine(value):
            value.close()
            raise Impossible(f"the answer of {self._operation.name} is a coroutine: say a plain function")
        return value

    def _example(self) -> Any:
        result, name = self._operation.result, self._operation.name
        if self._strict:
            raise Unanswered(f"{name} was called, and the test has no answer for it: add {{{name!r}: ...}}")
        if result.example is None or result.stream:
            raise Unanswered(f"{name} was called, and the contract has no example of its result: add {{{name!r}: ...}}")
        return self.codec.load(result.type, json.dumps(result.example).encode())

    def _filled(self, function: Any, positional: tuple[Any, ...], named: dict[str, Any]) -> dict[str, Any]:
        """The arguments by name, with the contract's defaults where the function does not do without."""
        try:
            wanted = list(inspect.signature(function).parameters.values())[len(positional) :]
        except (TypeError, ValueError):  # Python cannot tell: it gets what was sent
            return named
        missing = {
            p.name for p in wanted if p.default is p.empty and p.kind in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY)
        }
        codec = self.codec
        defaults = {
            p.name: codec.default(p.default, p.type)
            for p in self._operation.parameters
            if p.default is not None and p.name in missing and p.name not in named
        }
        return defaults | named

    def _encoded(self, value: Any) -> bytes:
        """A result as the server writes it; what is no value of the declared class may be spelt as JSON, or look like
        one: without the code a test has not the class."""
        from ..facade.codec import BrokenResult

        try:
            return self._result.encode(value)
        except BrokenResult:
            return self._spelt(value)

    def _spelt(self, value: Any) -> bytes:
        from pydantic import ValidationError

        from ..facade.codec import refusal as told_of

        result = self._operation.result
        try:
            body = b"[" + self.codec.dump("Any", value) + b"]"
            (read,) = self._result.adapter.validate_json(body, strict=True)
            return self._result.encode(read)
        except ValidationError as error:
            rows = told_of(error, body).members["errors"][:3]
            places = [row["location"].removeprefix("[0]").removeprefix(".") or "it" for row in rows]
            told = "; ".join(f"{place} {row['message']}" for place, row in zip(places, rows, strict=True))
        except ValueError as error:
            told = str(error)
        raise Impossible(f"{self._operation.name} gives {result.type}, and {_shown(value)} is none: {told}")

    def _items(self, value: Any) -> Iterable[Any]:
        if isinstance(value, str | bytes | Mapping) or not isinstance(value, Iterable):
            raise Impossible(f"{self._operation.name} cannot answer {_shown(value)}: it is a stream, so say its items "
                             "in a list")  # fmt: skip
        return value

    def _opened(self, items: Iterator[Any]) -> Any:
        """A stream; what fails before its first item is an answer like any other, as on a server."""
        first = next(items, _Nothing)
        if _is_raised(first):
            raise _made(first)
        return self._stream(first, items)

    def _stream(self, item: Any, items: Iterator[Any]) -> Iterator[Any]:
        try:
            while item is not _Nothing:
                if _is_raised(item):
                    raise _made(item)
                yield json.loads(self._encoded(item))
                item = next(items, _Nothing)
        except (ParvisError, Unanswered, Impossible):
            raise
        except Exception as error:
            yield {"$problem": json.loads(self._problem(error).body)}
        finally:
            close = getattr(items, "close", None)
            if close is not None:
                close()

    def _problem(self, error: BaseException) -> Answer:
        """What the server answers for an exception. Raises :class:`Impossible` for one that it never would."""
        from ..protocol import problems

        request = self._service.request()
        headers = {"content-type": PROBLEM, "x-request-id": request}
        if isinstance(error, Refusal):
            seconds = error.values.get("seconds", 1 if error.outcome.status == 503 else None)
            if seconds is not None:
                headers["retry-after"] = str(seconds)
            told = problems.problem(error, request_id=request, language="en", links={})
        else:
            told = problems.declared(self._declaration(error), error, request_id=request, language="en")
        return Answer(told["status"], problems.to_json(told), headers)

    def _declaration(self, error: BaseException) -> DeclaredError:
        names = [error.name] if isinstance(error, Declared) else [cls.__name__ for cls in type(error).__mro__]
        for each in self._operation.errors:
            # A declared built-in is meant exactly, a class of the service with what derives from it.
            if each.name in (names[:1] if each.name == each.base else names):
                return each
        offered = ", ".join(each.name for each in self._operation.errors) or "none"
        raise Impossible(f"{self._operation.name} declares no {names[0]}, so its callers see 500 `internal-error`; "
                         f"it declares {offered}") from (None if isinstance(error, Declared) else error)  # fmt: skip


def _is_raised(given: Any) -> bool:
    """Whether an answer is an exception or a class of them."""
    return isinstance(given, BaseException) or (isinstance(given, type) and issubclass(given, BaseException))


def _made(given: Any) -> BaseException:
    made: BaseException = given() if isinstance(given, type) else given
    return made


def near(name: str, names: Iterable[str]) -> str:
    return next(iter(difflib.get_close_matches(name, list(names), n=1, cutoff=0)), "")


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 200 else f"{text[:200]}…"
