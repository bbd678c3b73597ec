"""Declared exceptions: the problem of one becomes the exception that the object itself would have raised.

Rule: a class is found by exact name in a closed table of built-ins or among the classes that the caller handed over;
any other is made here, below its built-in base. Nothing is imported by a name from the wire, and only what the
operation declares is raised at all.
"""

from __future__ import annotations

import builtins
import types
import weakref
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from parvis.contract.model import Contract, DeclaredError, Operation

    from ..problems import Problem

# Not here: what ends a program or a loop (SystemExit, StopIteration), groups and warnings.
_NAMES = (
    "ArithmeticError", "AssertionError", "AttributeError", "BlockingIOError", "BrokenPipeError", "BufferError",
    "ChildProcessError", "ConnectionAbortedError", "ConnectionError", "ConnectionRefusedError",
    "ConnectionResetError", "EOFError", "Exception", "FileExistsError", "FileNotFoundError", "FloatingPointError",
    "ImportError", "IndexError", "InterruptedError", "IsADirectoryError", "KeyError", "LookupError", "MemoryError",
    "ModuleNotFoundError", "NameError", "NotADirectoryError", "NotImplementedError", "OSError", "OverflowError",
    "PermissionError", "ProcessLookupError", "RecursionError", "ReferenceError", "RuntimeError", "SyntaxError",
    "SystemError", "TimeoutError", "TypeError", "UnboundLocalError", "UnicodeDecodeError", "UnicodeEncodeError",
    "UnicodeError", "UnicodeTranslateError", "ValueError", "ZeroDivisionError",
)  # fmt: skip
BUILTINS: Mapping[str, type[Exception]] = {name: getattr(builtins, name) for name in _NAMES}

_made: weakref.WeakValueDictionary[tuple[object, ...], type[Exception]] = weakref.WeakValueDictionary()


class DeclaredErrors:
    """The exception classes of one service, as attributes: ``except shop.parvis.errors.OutOfStock``."""

    def __init__(self, contract: Contract, native: Mapping[str, type] | None = None) -> None:
        # Kept in the instance's own namespace and nowhere else, so that no name of a service hides a method.
        for operation in contract.operations:
            for error in operation.errors:
                if error.name not in self.__dict__:
                    self.__dict__[error.name] = _class_of(error, contract, native or {})

    def __iter__(self) -> Iterator[type[Exception]]:
        return iter(self.__dict__.values())

    def __repr__(self) -> str:
        return f"<errors: {', '.join(self.__dict__) or 'none'}>"


def exception_of(problem: Problem, operation: Operation, errors: DeclaredErrors) -> Exception | None:
    """The exception that a problem stands for, or None when it is none that the operation declares."""
    said = problem.get("exception")
    name = said.get("name") if isinstance(said, dict) else None
    if not isinstance(said, dict) or name not in [e.name for e in operation.errors]:
        return None
    args = said.get("args")
    made = _make(vars(errors)[str(name)], tuple(args) if isinstance(args, list) else ())
    request = problem.get("request_id")
    if isinstance(request, str) and request.isprintable():
        made.add_note(f"(raised by the service in {operation.name}, request {request[:100]})")
    return made


def _class_of(error: DeclaredError, contract: Contract, native: Mapping[str, type]) -> type[Exception]:
    own = native.get(error.name)
    if own is not None:
        if not issubclass(own, Exception):
            raise ValueError(f"{own!r} was given for the exception {error.name!r}, and is no exception class")
        return own
    if error.name == error.base and error.name in BUILTINS:
        return BUILTINS[error.name]
    key = (contract.service, contract.version, error.name, error.base, error.description)
    made = _made.get(key)
    if made is None:
        base = BUILTINS.get(error.base, Exception)

        def fill(namespace: dict[str, Any]) -> None:
            namespace.update(__module__=contract.service, __doc__=error.description or None)

        made = _made[key] = types.new_class(error.name, (base,), exec_body=fill)
    return made


def _make(cls: type[Exception], args: tuple[Any, ...]) -> Exception:
    # As copy and pickle do: the class is called with ``args``. One whose __init__ takes something else is made
    # without calling it: what it promises about ``args`` holds, its other attributes are not on the wire.
    try:
        made = cls(*args)
    except Exception:
        made = None
    if made is None or made.args != args:
        made = cls.__new__(cls)
        made.args = args
    return made
