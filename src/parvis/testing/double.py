"""A service in memory, for tests of what calls it: a façade over a table of answers.

Rule: nothing is opened, no thread, no socket, no file.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from os import PathLike
from typing import TYPE_CHECKING, Any, TypeVar, overload
from weakref import WeakKeyDictionary

from ..client.connect import Connecting
from ..contract.outcomes import OUTCOMES, Refusal
from .answering import Answers, Called, Declared, near
from .contracts import Known, known

if TYPE_CHECKING:
    from ..client.memory import MemoryTransport

T = TypeVar("T")


def declared(name: str, /, *args: Any) -> Declared:
    """As an answer: the exception that the contract declares by this name, with these ``args``."""
    return Declared(name, args)


def refusal(code: str, detail: str = "", /, *, retry_after: int | None = None, **members: Any) -> Refusal:
    """As an answer: what Parvis itself refuses with, by a code of docs/errors.md, such as ``"quota-exceeded"``.

    ``retry_after`` is in seconds; ``members`` stand in the problem. Raises ``ValueError`` for a code that there is not.
    """
    if code not in OUTCOMES:
        raise ValueError(f"there is no code {code!r}; the nearest is {near(code, OUTCOMES)!r}")
    values = {} if retry_after is None else {"seconds": retry_after}
    return Refusal(code, detail, members=members, **values)


@overload
def double(
    contract: type[T],
    answers: Mapping[str, Any] | None = None,
    *,
    strict: bool = True,
    presets: Mapping[str, Any] | None = None,
) -> T: ...
@overload
def double(
    contract: Any,
    answers: Mapping[str, Any] | None = None,
    *,
    like: type[T],
    strict: bool = True,
    presets: Mapping[str, Any] | None = None,
) -> T: ...
@overload
def double(
    contract: str | PathLike[str] | object,
    answers: Mapping[str, Any] | None = None,
    *,
    strict: bool = True,
    presets: Mapping[str, Any] | None = None,
) -> Any: ...
def double(
    contract: Any,
    answers: Mapping[str, Any] | None = None,
    *,
    like: type[Any] | None = None,
    strict: bool = True,
    presets: Mapping[str, Any] | None = None,
) -> Any:
    """A service in memory, for tests of what calls it.

    Args:
        contract: The file of a ``contract.json``, an address from which it is asked, or the class itself
            (or ``module:Class``, or a :class:`~parvis.Service`).
        answers: What it answers, by operation: a value, an exception or its class (:func:`declared`,
            :func:`refusal`, any ``ParvisError``), or a function of the arguments that gives or raises one. For a
            stream an iterable, in which an exception ends it; a list is given anew at each call.
        like: The class that the service publishes, where the test has it: for type checkers, and for its classes.
        strict: Without it, the example of the contract answers where ``answers`` does not.
        presets: As for :func:`parvis.connect`.

    Raises:
        ValueError: The contract is none, or has no such operation.
        Impossible: The service could never give that answer.
    """
    from ..client.facade import facade_of

    found = known(contract, like)
    service, transport = _behind(found, strict)
    facade = facade_of(transport, classes=found.classes, exceptions=found.exceptions, presets=presets)
    return _double(facade, service, answers)


def double_async(
    contract: Any,
    answers: Mapping[str, Any] | None = None,
    *,
    like: type[Any] | None = None,
    strict: bool = True,
    presets: Mapping[str, Any] | None = None,
) -> Connecting[Any]:
    """:func:`double` for async code: ``shop = await testing.double_async("contract.json", {"price": 3.5})``."""
    return Connecting(partial(_double_async, contract, answers, like, strict, presets))


async def _double_async(
    contract: Any, answers: Mapping[str, Any] | None, like: Any, strict: bool, presets: Mapping[str, Any] | None
) -> Any:
    from ..client.facade import async_facade_of

    found = known(contract, like)
    service, transport = _behind(found, strict)
    facade = await async_facade_of(transport, classes=found.classes, exceptions=found.exceptions, presets=presets)
    return _double(facade, service, answers)


def _behind(found: Known, strict: bool) -> tuple[Answers, MemoryTransport]:
    from ..client.memory import MemoryTransport

    service = Answers(found.contract.operations, strict)
    return service, MemoryTransport(found.contract, service.handlers)


def _double(facade: Any, service: Answers, answers: Mapping[str, Any] | None) -> Any:
    service.read_by(facade.parvis.codec)
    service.answer(answers or {})
    _DOUBLES[facade] = service
    return facade


def calls(service: Any) -> list[Called]:
    """What a double was asked, oldest first. Raises ``TypeError`` for anything else."""
    return _double_of(service).calls


def answer(service: Any, answers: Mapping[str, Any]) -> None:
    """Let a double answer this from now on. Raises what :func:`double` does."""
    _double_of(service).answer(answers)


_DOUBLES: WeakKeyDictionary[Any, Answers] = WeakKeyDictionary()


def _double_of(service: Any) -> Answers:
    found = _DOUBLES.get(service)
    if found is None:
        raise TypeError(f"{service!r} is no double: make one with parvis.testing.double(...)")
    return found
