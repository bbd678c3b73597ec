"""parvis.contract.evolution.normalized: what callers rely on, with the limits of values in the type texts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from parvis.contract.bodies import FILE
from parvis.contract.evolution.normalized import closure, default, restricted, terms
from parvis.contract.model import Contract, Default
from parvis.contract.types import GENERICS, NAMES

Published = Callable[..., Contract]

SOURCE = '''
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, NamedTuple, TypedDict
from pydantic import BaseModel, Field

Count = Annotated[int, Field(ge=1)]
Name = Annotated[str, Field(pattern="^[a-z]+$", max_length=9)]

class Place(NamedTuple):
    row: Count
    seat: int

class Note(TypedDict):
    text: Name

class Box(BaseModel):
    """A box of boxes."""
    label: Name = Field(alias="the label")
    inner: "list[Box]" = Field(max_length=3)

@dataclass
class Seat:
    place: Place
    notes: list[Note]
    price: Annotated[float, Field(ge=0)] | None = None

class Shop:
    """A shop."""

    def seats(self, many: Annotated[list[Count], Field(min_length=1)], by: dict[Name, Count | None]) -> Seat:
        """Seats."""
    def boxes(self, pair: tuple[Count, str], either: Count | Name | None = None) -> Box: ...
'''


def test_limits_stand_in_the_type_texts_wherever_they_are(published: Published) -> None:
    found = terms(published(SOURCE))
    name, count = "Annotated[str, Field(max_length=9, pattern='^[a-z]+$')]", "Annotated[int, Field(ge=1)]"
    boxes, seats = found.operations
    assert f"(pair: tuple[{count}, str], either: {count} | {name} | None = None) -> Box" == boxes.signature
    assert [
        f"many: Annotated[list[{count}], Field(min_length=1)]",
        # Of the keys of an object JSON Schema, as pydantic writes it, says the pattern alone.
        "by: dict[Annotated[str, Field(pattern='^[a-z]+$')], Annotated[int, Field(ge=1)] | None]",
    ] == seats.arguments
    assert {
        "Box": {"the label": name, "inner": "Annotated[list[Box], Field(max_length=3)]"},
        "Note": {"text": name},
        "Place": {"row": count, "seat": "int"},
        "Seat": {
            "place": "Place",
            "notes": "list[Note]",
            "price": "Annotated[float, Field(ge=0)] | None",
        },
    } == {t.name: {f.name: f.type for f in t.fields} for t in found.types}


def test_a_class_that_is_sent_has_its_limits_though_it_is_answered_first(published: Published) -> None:
    price = "class Price(BaseModel):\n    amount: Annotated[Decimal, Field(ge=0)]\n"
    answered, sent = "    def a(self) -> list[Price]: ...\n", "    def b(self, offers: list[Offer]) -> None: ...\n"
    offer = "class Offer(BaseModel):\n    price: Price\n"
    source = SOURCE.partition("class Shop")[0] + price + offer + "class Shop:\n" + answered + sent
    amount = {f.type for t in terms(published(source)).types for f in t.fields if f.name == "amount"}
    assert {"Annotated[Decimal, Field(ge=0.0)]"} == amount


def test_terms_have_terms_of_their_own_that_are_themselves(published: Published) -> None:
    found = terms(published(SOURCE))
    assert found == terms(found)


def test_a_type_without_limits_has_none_in_its_terms(published: Published) -> None:
    bare = {"Counter": "[str]", "defaultdict": "[str, int]", "OrderedDict": "[str, int]", "dict": "[str, int]",
            "tuple": "[int, str]"}  # fmt: skip
    names = [n for n in NAMES if n not in ("Any", "None", FILE)]  # no result is a file
    names += [n + bare.get(n, "[int]") for n in GENERICS if n not in ("Optional", "Union")]
    source = "\n".join([
        "import datetime, decimal, fractions, ipaddress, pathlib, uuid, zoneinfo, collections",
        "from parvis.contract.types import GENERICS, NAMES",
        "globals().update({k: v for k, v in (NAMES | GENERICS).items() if v is not None})",
        "class Shop:",
        *(f"    def f{i}(self, x: {n}) -> {n}: ..." for i, n in enumerate(names)),
    ])  # fmt: skip
    contract = published(source)
    assert len(names) == len(contract.operations)
    assert [] == [o.signature for o in terms(contract).operations if "Field(" in o.signature]


def test_what_is_told_and_not_relied_on_is_left_out(published: Published) -> None:
    found = terms(published(SOURCE))
    assert {} == found.schemas
    assert ("", "", "") == (found.title, found.summary, found.description)
    assert {""} == {o.summary for o in found.operations} | {t.description for t in found.types}


def test_a_contract_with_fewer_operations_has_only_what_these_need(published: Published) -> None:
    contract = published(SOURCE)
    kept = restricted(contract, [o for o in contract.operations if o.name == "boxes"])
    assert ["Box"] == [t.name for t in kept.types]
    assert {"Box"} == {name.partition("-")[0] for name in kept.schemas}
    assert "A shop." == kept.summary
    assert contract == restricted(contract, contract.operations)


def test_classes_are_followed_through_the_fields_of_others(published: Published) -> None:
    types = {t.name: t for t in published(SOURCE).types}
    assert {"Seat", "Place", "Note"} == closure(["Seat"], types)
    assert {"Box"} == closure(["Box"], types)
    with pytest.raises(ValueError, match="'Gone' is spoken of and nowhere defined"):
        closure(["Gone"], types)


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("0.20", "0.2"),
        ('"a"', "'a'"),
        ("<object>", "..."),
        ("1 +", "..."),
        ("Colour.RED", "Colour.RED"),
        ("-inf", "-inf"),
    ],
)
def test_a_default_is_kept_by_its_text(given: str, kept: str) -> None:
    assert Default(kept) == default(Default(given, value=1, exact=False))


def test_a_class_that_no_operation_speaks_of_is_left_out(published: Published) -> None:
    contract = published(SOURCE)
    assert ["Box"] == [t.name for t in terms(replace(contract, operations=contract.operations[1:])).types]
