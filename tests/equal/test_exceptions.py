"""Declared exceptions are raised as the object raises them: type and arguments."""

from __future__ import annotations

import inspect
from typing import Any

import gallery as module
import pytest
from conftest import Held, value

ARGS = ("it went wrong", 7, None, [1, "two"])


@pytest.mark.parametrize("kind", [
    LookupError, IndexError, ValueError, TypeError, PermissionError, FileExistsError, FileNotFoundError, TimeoutError,
    NotImplementedError, ZeroDivisionError, ConnectionError, RuntimeError,
])  # fmt: skip
def test_a_built_in_exception_is_itself(gallery: Any, kind: type[Exception]) -> None:
    with pytest.raises(kind) as raised:
        gallery.fail(kind.__name__)

    # An OSError of four arguments keeps two of them as its own attributes; the object's does so too.
    assert (kind, kind(*ARGS).args) == (raised.type, raised.value.args)
    assert str(kind(*ARGS)) == str(raised.value)


def test_key_error_keeps_its_key(gallery: Any) -> None:
    with pytest.raises(KeyError) as raised:
        gallery.price("nowhere")

    assert (KeyError, ("nowhere",)) == (raised.type, raised.value.args)


def test_an_exception_of_the_facade_s_own_is_caught_as_its_class_and_as_its_base(gallery: Any, errors: Any) -> None:
    with pytest.raises(errors.Sold) as raised:
        gallery.price("gone")

    assert (errors.Sold, ("gone", {"since": 2020})) == (raised.type, raised.value.args)
    assert ("Sold", True) == (raised.type.__name__, issubclass(raised.type, LookupError))


def test_an_exception_with_a_constructor_of_its_own_has_its_arguments(held: Held) -> None:
    with pytest.raises(held.errors.TooLoud) as raised:
        held.gallery.listen(100)

    assert ("TooLoud", ("Ann", 100)) == (raised.type.__name__, raised.value.args)
    if held.errors is module:
        assert ("Ann", 100) == (raised.value.visitor, raised.value.decibels)


def test_a_subclass_that_is_not_declared_itself_is_caught_as_the_declared_one(held: Held) -> None:
    with pytest.raises(held.errors.TooLoud) as raised:
        held.gallery.listen(130)

    assert ("Ann", 130) == raised.value.args
    # Only what is declared crosses by name.
    assert ("VeryLoud" if held.original else "TooLoud") == raised.type.__name__


def test_an_async_method_s_exception_is_the_object_s(gallery: Any) -> None:
    with pytest.raises(ValueError, match="negative") as raised:
        value(gallery.later(-1))

    assert (ValueError, ("negative", -1)) == (raised.type, raised.value.args)


def test_a_sub_object_s_exception_is_the_object_s(gallery: Any) -> None:
    with pytest.raises(LookupError) as raised:
        gallery.orders.get(0)

    assert (LookupError, ("no order", 0)) == (raised.type, raised.value.args)


def test_every_declared_exception_is_among_the_errors_of_the_client(held: Held) -> None:
    if held.original:
        assert not hasattr(held.gallery, "parvis")
        return
    known = {cls.__name__: cls for cls in held.gallery.parvis.errors}

    for name in ("Sold", "TooLoud"):
        own = getattr(module, name)
        base = next(c for c in inspect.getmro(own) if c.__module__ == "builtins")
        assert (base, held.errors is module) == (
            next(c for c in inspect.getmro(known[name]) if c.__module__ == "builtins"), known[name] is own,
        )  # fmt: skip
    assert known["KeyError"] is KeyError
