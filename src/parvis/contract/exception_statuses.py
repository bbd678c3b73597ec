"""The kinds of declared exceptions: which HTTP status a built-in base has.

One table, most specific first; a declared exception takes the first row that it derives from. The statuses are those
a reader of RFC 9110 expects; an exception that derives from none of these is 400.
"""

from __future__ import annotations

STATUS_BY_BASE: tuple[tuple[type[Exception], int], ...] = (
    (FileNotFoundError, 404),
    (FileExistsError, 409),
    (PermissionError, 403),
    (TimeoutError, 504),
    (ConnectionError, 502),
    (NotImplementedError, 501),
    (LookupError, 404),
    (ValueError, 422),
    (TypeError, 422),
    (OverflowError, 422),
    (ArithmeticError, 422),
    (Exception, 400),
)


def status_of(exception: type[BaseException]) -> int:
    """The HTTP status of a declared exception class."""
    return next(status for base, status in STATUS_BY_BASE if issubclass(exception, base))


def builtin_base(exception: type[BaseException]) -> str:
    """The name of the nearest built-in exception that a class is or derives from."""
    return next(c.__name__ for c in exception.__mro__ if c.__module__ == "builtins")
