"""Arguments go where Python puts them; what Python refuses is refused in Python's words."""

from __future__ import annotations

import inspect
import typing
from collections.abc import AsyncIterator, Callable, Iterator
from decimal import Decimal
from typing import Any

import gallery as module
import pytest
from conftest import Held, agree, value


@pytest.mark.parametrize(("call", "expected"), [
    (lambda g: g.placed(1, d=4), [1, 2, 3, 4, 5]),
    (lambda g: g.placed(1, 20, d=4), [1, 20, 3, 4, 5]),
    (lambda g: g.placed(1, 20, 30, d=4, e=50), [1, 20, 30, 4, 50]),
    (lambda g: g.placed(1, c=30, e=50, d=4), [1, 2, 30, 4, 50]),
    (lambda g: g.placed(*[1, 2], d=4), [1, 2, 3, 4, 5]),
    (lambda g: g.odd(1, 2, 3, 4, 5, 6, 7), [1, 2, 3, 4, 5, 6, 7]),
    (lambda g: g.odd(args=1, kwargs=2, name=3, operation=4, key=5, parvis=6, type=7), [1, 2, 3, 4, 5, 6, 7]),
])  # fmt: skip
def test_every_kind_of_parameter_takes_its_argument(
    gallery: Any, call: Callable[[Any], Any], expected: list[int]
) -> None:
    agree(expected, call(gallery))


def test_defaults_are_the_object_s_own(gallery: Any, kinds: Any) -> None:
    agree(Decimal("3.60"), gallery.price("tea"))
    agree(Decimal("3.30"), gallery.price("tea", 0.1))
    agree(Decimal("6.60"), gallery.price("tea", vat=0.2, colour=kinds.Colour.BLUE, gift=True))


def test_static_and_class_methods_are_methods(gallery: Any) -> None:
    agree(8, gallery.double(4))
    agree("Gallery: A", gallery.titled("A"))


def test_an_async_method_gives_its_value(gallery: Any) -> None:
    agree(42, value(gallery.later(21)))


def test_sub_objects_keep_what_they_were_told(gallery: Any, kinds: Any) -> None:
    made = gallery.orders.create("Sunset")
    agree(kinds.Order(made.id, "Sunset", None), made)
    agree(made, gallery.orders.get(made.id))
    agree(kinds.Order(made.id, "Sunset", "soon"), gallery.orders.update(made.id, "soon"))
    agree(kinds.Order(made.id, "Sunset", None), gallery.orders.update(made.id, note=None))
    agree(kinds.Order(made.id, "Dawn", None), gallery.orders.rename(made.id, picture="Dawn"))
    agree([kinds.Order(made.id, "Dawn", None)], gallery.orders.list(limit=1))
    assert gallery.orders.delete(made.id) is None
    with pytest.raises(LookupError):
        gallery.orders.get(made.id)


def test_sub_objects_of_sub_objects_are_there_too(gallery: Any) -> None:
    order = gallery.orders.create("Sunset").id

    agree([1, 2], [gallery.orders.notes.add(order, "a"), gallery.orders.notes.add(order, text="b", bold=True)])
    agree(["a", "B"], gallery.orders.notes.of(order))


WRONG: list[Callable[[Any], Any]] = [
    lambda g: g.price(),
    lambda g: g.price("tea", 0.1, 0.2),
    lambda g: g.price("tea", 0.1, "red", gift=True),
    lambda g: g.price("tea", item="tea"),
    lambda g: g.price("tea", tax=1),
    lambda g: g.nothing(1),
    lambda g: g.nothing(x=1),
    lambda g: g.placed(),
    lambda g: g.placed(1),
    lambda g: g.placed(a=1, d=4),
    lambda g: g.placed(1, b=2, d=4),
    lambda g: g.placed(1, 2, 3, 4, d=4),
    lambda g: g.placed(1, 2, 3, 4),
    lambda g: g.placed(1, 2, 3, c=3, d=4),
    lambda g: g.odd(),
    lambda g: g.odd(1, 2, 3, 4, 5),
    lambda g: g.odd(1, 2, 3, 4, 5, 6, 7, 8),
    lambda g: g.maybe(1, 2),
    lambda g: g.pictures(),
    lambda g: g.endless(1),
]


@pytest.mark.parametrize(
    "call", WRONG, ids=lambda call: inspect.getsource(call).strip(" ,\n").removeprefix("lambda g: ")
)
def test_arguments_that_python_refuses_are_refused_in_its_words(held: Held, call: Callable[[Any], Any]) -> None:
    with pytest.raises(TypeError) as expected:
        call(module.Gallery())
    with pytest.raises(TypeError) as actual:
        bound(call, held)

    assert str(expected.value) == str(actual.value)


def bound(call: Callable[[Any], Any], held: Held) -> None:
    result = call(held.gallery)
    if held.awaited:  # an async generator of the client's binds its arguments with its first item
        next(result)


def test_a_name_that_is_not_there_is_an_attribute_error(gallery: Any) -> None:
    for name in ("_last", "nowhere", "__len__"):
        if name != "_last" or not isinstance(gallery, module.Gallery):
            with pytest.raises(AttributeError):
                getattr(gallery, name)


def methods() -> list[str]:
    return [name for name, _ in inspect.getmembers(module.Gallery, inspect.isroutine) if not name.startswith("_")]


@pytest.mark.parametrize("name", methods())
def test_a_method_has_the_signature_that_the_object_s_has(held: Held, name: str) -> None:
    expected = inspect.signature(getattr(module.Gallery(), name), eval_str=True)
    actual = inspect.signature(getattr(held.gallery, name), eval_str=True)

    if held.kinds is module:
        assert [*expected.parameters.values()] == [*actual.parameters.values()]
        returned = expected.return_annotation
        if typing.get_origin(returned) in (Iterator, AsyncIterator) and not held.original:
            # An async client reads every generator as an async one, the other kind every async one as any other.
            returned = (AsyncIterator if held.awaited else Iterator)[typing.get_args(returned)[0]]  # type: ignore[misc]
        assert returned == actual.return_annotation
    else:
        assert [(p.name, p.kind) for p in expected.parameters.values()] == [
            (p.name, p.kind) for p in actual.parameters.values()
        ]


def test_the_docstring_is_the_object_s(gallery: Any) -> None:
    assert inspect.getdoc(module.Gallery.price) == inspect.getdoc(gallery.price)
    assert inspect.getdoc(module.Gallery) == inspect.getdoc(gallery)
    assert inspect.getdoc(module.Colour) == "What paint there is."


def test_help_shows_the_signature_and_the_text(held: Held) -> None:
    import pydoc

    shown = pydoc.plain(pydoc.render_doc(held.cls))

    for part in (
        "price(",
        "item: str, vat: float = 0.2, *, colour:",
        "What is bought.",
        "KeyError: There is no such item.",
    ):
        assert part in shown
