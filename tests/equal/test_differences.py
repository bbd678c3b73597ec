"""What differs by design from holding the object, asserted so that it stays a decision (docs/mapping.md)."""

from __future__ import annotations

import dataclasses
import datetime
from decimal import Decimal
from typing import Any

import gallery as module
import pytest
from conftest import Held

import parvis
from parvis.client import ArgumentsRefused, ServiceFailed


def test_an_argument_is_not_changed(held: Held) -> None:
    frame = held.kinds.Frame(1.0)

    back = held.gallery.paint(frame)

    assert ("gold", "gold" if held.original else "oak") == (back.wood, frame.wood)
    assert held.original is (back is frame)


def test_a_result_is_a_copy_of_its_own_each_time(held: Held) -> None:
    assert held.original is (held.gallery.same() is held.gallery.same())
    assert held.gallery.same() == held.gallery.same()


def test_an_object_that_was_given_out_does_not_follow_later_changes(held: Held) -> None:
    order = held.gallery.orders.create("Sunset")

    held.gallery.orders.update(order.id, "changed")

    assert ("changed" if held.original else None) == order.note


def test_a_value_of_another_type_than_declared_is_refused(held: Held) -> None:
    if held.original:
        assert ("twelve", "str") == held.gallery.an_int("twelve")
        return
    for wrong in ("12", 1.5, None, [1]):
        with pytest.raises(ArgumentsRefused) as raised:
            held.gallery.an_int(wrong)
        assert ["value"] == [error["location"] for error in raised.value.errors]


def test_an_integer_given_for_a_float_is_a_float(held: Held) -> None:
    back, seen = held.gallery.a_float(3)

    assert (("int" if held.original else "float"), 3) == (seen, back)


def test_a_boolean_given_for_an_integer_is_an_integer(held: Held) -> None:
    assert ((True, "bool") if held.original else (1, "int")) == held.gallery.an_int(True)


def test_a_tuple_where_anything_goes_is_a_list(held: Held) -> None:
    assert ((1, 2) if held.original else [1, 2]) == held.gallery.anything((1, 2))


def test_a_bug_says_nothing_of_itself(held: Held) -> None:
    expected: type[Exception] = AssertionError if held.original else ServiceFailed
    with pytest.raises(expected) as raised:
        held.gallery.break_down()

    assert held.original is ("nobody's business" in str(raised.value))
    if not held.original:
        assert isinstance(raised.value, parvis.ParvisError)
        assert not isinstance(raised.value, LookupError | ValueError | PermissionError | TimeoutError | TypeError)


def test_nan_is_no_value(held: Held) -> None:
    if held.original:
        assert held.gallery.a_float(float("nan"))[1] == "float"
        return
    with pytest.raises(TypeError, match="NaN"):
        held.gallery.a_float(float("nan"))


def test_an_enum_member_whose_value_is_given_is_the_member(held: Held) -> None:
    assert ("red" if held.original else held.kinds.Colour.RED) == held.gallery.a_colour("red")[0]


class TestWithoutTheClass:
    """``connect(url)`` alone: classes are rebuilt from the contract, and nothing is imported."""

    @pytest.fixture
    def kinds(self, server: Any) -> Any:
        with parvis.connect(f"{server.url}/gallery", key=server.key) as client:
            yield client.parvis.types

    def test_a_class_is_another_one_with_the_same_name_fields_and_defaults(self, kinds: Any) -> None:
        for name in ("Frame", "Picture", "Order"):
            own, rebuilt = getattr(module, name), getattr(kinds, name)
            assert own is not rebuilt
            assert [f.name for f in dataclasses.fields(own)] == [f.name for f in dataclasses.fields(rebuilt)]
        assert module.Frame(1.0).wood == kinds.Frame(1.0).wood
        assert (
            module.Picture("A", Decimal(1), datetime.date.min).inside
            == kinds.Picture("A", Decimal(1), datetime.date.min).inside
        )

    def test_enumerations_have_the_same_members(self, kinds: Any) -> None:
        for name in ("Colour", "Size", "Mood"):
            own, rebuilt = getattr(module, name), getattr(kinds, name)
            assert [(m.name, m.value) for m in own] == [(m.name, m.value) for m in rebuilt]
            assert own.__mro__[1:] == rebuilt.__mro__[1:]

    def test_a_model_is_a_dataclass_of_its_fields(self, kinds: Any) -> None:
        own, rebuilt = module.Visitor(name="Ann"), kinds.Visitor(name="Ann")

        assert own.model_dump() == dataclasses.asdict(rebuilt)

    def test_a_named_tuple_and_a_typed_dict_have_the_same_fields(self, kinds: Any) -> None:
        assert module.Point(1.0) == kinds.Point(1.0)
        assert module.Point._field_defaults == kinds.Point._field_defaults
        assert module.Label.__required_keys__ == kinds.Label.__required_keys__
        assert module.Label.__optional_keys__ == kinds.Label.__optional_keys__

    def test_values_of_the_caller_s_own_classes_are_taken(self, server: Any) -> None:
        with parvis.connect(f"{server.url}/gallery", key=server.key) as client:
            back, _ = client.a_picture(module.Picture("A", Decimal("1.10"), datetime.date(2026, 1, 1)))

        assert (client.parvis.types.Picture, "A", Decimal("1.10")) == (type(back), back.title, back.price)
