"""The statuses of declared exceptions."""

from __future__ import annotations

import asyncio
import builtins

import pytest

from parvis.contract.exception_statuses import STATUS_BY_BASE, builtin_base, status_of


class OutOfStock(LookupError): ...


class Both(ValueError, LookupError): ...


@pytest.mark.parametrize(
    ("exception", "status", "base"),
    [
        (LookupError, 404, "LookupError"),
        (KeyError, 404, "KeyError"),
        (IndexError, 404, "IndexError"),
        (OutOfStock, 404, "LookupError"),
        (ValueError, 422, "ValueError"),
        (UnicodeDecodeError, 422, "UnicodeDecodeError"),
        (TypeError, 422, "TypeError"),
        (ZeroDivisionError, 422, "ZeroDivisionError"),
        (OverflowError, 422, "OverflowError"),
        (PermissionError, 403, "PermissionError"),
        (FileExistsError, 409, "FileExistsError"),
        (FileNotFoundError, 404, "FileNotFoundError"),
        (TimeoutError, 504, "TimeoutError"),
        (ConnectionResetError, 502, "ConnectionResetError"),
        (NotImplementedError, 501, "NotImplementedError"),
        (RuntimeError, 400, "RuntimeError"),
        (OSError, 400, "OSError"),
        (Exception, 400, "Exception"),
        (asyncio.InvalidStateError, 400, "Exception"),
        (Both, 404, "ValueError"),
    ],
)
def test_the_kind_of_an_exception_decides_its_status(exception: type[Exception], status: int, base: str) -> None:
    assert (status, base) == (status_of(exception), builtin_base(exception))


def test_every_built_in_exception_has_a_status() -> None:
    found = [e for e in vars(builtins).values() if isinstance(e, type) and issubclass(e, Exception)]
    assert dict.fromkeys(found, True) == {e: 400 <= status_of(e) < 600 for e in found}


def test_the_table_goes_from_the_most_derived_to_the_least() -> None:
    classes = [cls for cls, _ in STATUS_BY_BASE]
    assert [] == [(a, b) for i, a in enumerate(classes) for b in classes[i + 1 :] if issubclass(b, a)]
