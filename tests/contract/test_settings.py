"""The rows of settings: what is made from them has nothing of its own to forget."""

from __future__ import annotations

import dataclasses
import inspect
from typing import Any

import pytest

from parvis import publish
from parvis.contract.evolution import lock_reader, lock_writer
from parvis.contract.evolution.changes import KINDS
from parvis.contract.evolution.diff import diff
from parvis.contract.model import Contract, Operation, Result
from parvis.contract.setting_row import Setting
from parvis.contract.settings import OPTIONS, PROMISES, SERVICE_SETTINGS, ServiceSettings
from parvis.facade.options import Options
from parvis.settings import SETTINGS

USUAL = Operation("price", (), Result("int", {}), (), right="shop.price")

OTHER: dict[str, Any] = {
    "read": "listed", "right": "shop.other", "bound": {"who": "caller.account"}, "cost": 3, "public": 60,
    "media": "image/png", "deprecated": "Use cost.",
}  # fmt: skip
"""Field -> a value that it does not have where nobody says anything."""


def shop(**fields: Any) -> Contract:
    return Contract("shop", (dataclasses.replace(USUAL, **fields),))


def test_a_row_has_the_name_of_its_option() -> None:
    assert [f.name for f in dataclasses.fields(ServiceSettings)] == [row.name for row in OPTIONS.values()]


def test_an_option_that_nobody_gives_is_the_default_of_its_row() -> None:
    made = {name: getattr(Options(), name) for name in OPTIONS}
    assert {name: row.default for name, row in OPTIONS.items()} == {
        name: list(value) if isinstance(value, tuple) else value for name, value in made.items()
    }


def test_every_default_is_of_the_type_of_its_row() -> None:
    assert [] == [
        s.name for s in (*SETTINGS, *SERVICE_SETTINGS) if s.default is not None and type(s.default) not in s.types
    ]


def test_every_decorator_notes_a_setting_that_names_it() -> None:
    offered = {
        name for name, made in vars(publish).items()
        if inspect.isfunction(made) and made.__module__ == publish.__name__ and not name.startswith("_")
    }  # fmt: skip
    assert offered == {row.decorator for row in OPTIONS.values() if row.decorator}


def test_every_field_that_a_row_names_is_one_of_the_contract() -> None:
    fields = {f.name for f in dataclasses.fields(Operation)}
    assert set() == {row.field for row in OPTIONS.values() if row.field} - fields


def test_what_is_usual_in_the_lock_is_the_default_of_the_contract() -> None:
    said = {name: promise.to_lock(getattr(USUAL, name)) for name, promise in PROMISES.items() if not promise.always}
    assert {name: PROMISES[name].usual for name in said} == said


def test_every_promise_is_tried_here() -> None:
    assert set(PROMISES) == set(OTHER)


@pytest.mark.parametrize("name", OTHER)
def test_a_promise_is_written_read_and_compared(name: str) -> None:
    usual, other = shop(), shop(**{name: OTHER[name]})
    assert lock_writer.write([usual]) != lock_writer.write([other])
    (read,) = lock_reader.read(lock_writer.write([other]))
    assert OTHER[name] == getattr(read.operations[0], name)
    assert lock_writer.write([read]) == lock_writer.write([other])
    kinds = {kind.name for kind in PROMISES[name].kinds}
    there, back = ({change.kind for change in diff(*pair)} for pair in ((usual, other), (other, usual)))
    assert there
    assert back
    assert (there | back) - {"route-lost", "route-added"} == kinds  # addresses follow from a read
    assert kinds <= set(KINDS)


@pytest.mark.parametrize("name", [name for name in OTHER if PROMISES[name].held])
def test_what_a_start_is_held_to_is_broken_by_a_difference(name: str) -> None:
    assert PROMISES[name].broken(OTHER[name], getattr(USUAL, name))
    assert not PROMISES[name].broken(OTHER[name], OTHER[name])


def test_a_row_says_what_to_write_in_place_of_a_wrong_value() -> None:
    assert [] == [row.name for row in OPTIONS.values() if row.scope == "operations" and row.check is None]


@pytest.mark.parametrize(
    ("row", "value", "told"),
    [
        (Setting("list", list, [], "", scope="names"), "secret", "list = 'secret': give a list of names or patterns"),
        (Setting("table", dict, {}, ""), [1], r"table = \[1\]: give a table"),
    ],
)
def test_a_value_of_another_shape_is_refused(row: Setting, value: Any, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        row.validate(value)
