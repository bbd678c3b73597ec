"""parvis.facade.schema: what comes in and what goes out are told apart where they differ, by names that read well."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any, Literal, NamedTuple

import attrs
import pydantic
import pytest
import typing_extensions

from parvis.facade.compile import Facade
from parvis.facade.schema import named

Compile = Callable[..., Facade]


@dataclasses.dataclass
class Line:
    item: str
    count: int = 1


@dataclasses.dataclass
class Order:
    id: str
    lines: list[Line]
    parent: Order | None = None


@dataclasses.dataclass
class Tag:
    name: str


@dataclasses.dataclass
class Sum:
    terms: list[int] = dataclasses.field(default_factory=list)
    total: int = dataclasses.field(init=False)

    def __post_init__(self) -> None:
        self.total = sum(self.terms)


@attrs.define
class Box:
    width: int
    height: int = 1


class Place(NamedTuple):
    x: int
    y: int = 0


class Loose(typing_extensions.TypedDict):
    a: int
    b: typing_extensions.NotRequired[int]


class Cat(pydantic.BaseModel):
    kind: Literal["cat"] = "cat"


class Dog(pydantic.BaseModel):
    kind: Literal["dog"] = "dog"


Pet = typing_extensions.Annotated[Cat | Dog, pydantic.Field(discriminator="kind")]


class Shop:
    def order(self, given: Order) -> Order:
        return given

    def tag(self, given: Tag) -> Tag:
        return given

    def sum(self, given: Sum) -> Sum:
        return given

    def box(self, given: Box) -> Box:
        return given

    def place(self, given: Place) -> Place:
        return given

    def loose(self, given: Loose) -> Loose:
        return given

    def pet(self, given: Pet) -> Pet:
        return given


@pytest.fixture
def schemas(compiled: Compile) -> dict[str, Any]:
    return compiled(Shop).contract.schemas


def ref(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}


@pytest.mark.parametrize(
    ("name", "came", "goes"),
    [
        ("Line", ["item"], ["item", "count"]),
        ("Order", ["id", "lines"], ["id", "lines", "parent"]),
        ("Sum", [], ["terms", "total"]),
        ("Box", ["width"], ["width", "height"]),
        ("Cat", [], ["kind"]),
    ],
)
def test_a_default_makes_a_field_optional_in_and_present_out(
    schemas: dict[str, Any], name: str, came: list[str], goes: list[str]
) -> None:
    assert (came, goes) == (schemas[f"{name}Input"].get("required", []), schemas[name]["required"])
    assert (f"{name}Input", name) == (schemas[f"{name}Input"]["title"], schemas[name]["title"])


@pytest.mark.parametrize("name", ["Tag", "Loose"])
def test_a_class_that_is_written_as_it_is_read_has_one_schema(schemas: dict[str, Any], name: str) -> None:
    assert name in schemas
    assert f"{name}Input" not in schemas


def test_a_key_that_may_be_absent_may_be_absent_in_an_answer_too(schemas: dict[str, Any]) -> None:
    assert ["a"] == schemas["Loose"]["required"]


def test_of_a_named_tuple_every_field_goes_out(schemas: dict[str, Any]) -> None:
    assert (1, 2, 2) == (
        schemas["PlaceInput"]["minItems"], schemas["Place"]["minItems"], schemas["Place"]["maxItems"],
    )  # fmt: skip


def test_each_side_refers_to_its_own_also_to_itself_and_by_a_discriminator(compiled: Compile) -> None:
    contract = compiled(Shop).contract
    schemas = contract.schemas
    assert ref("LineInput") == schemas["OrderInput"]["properties"]["lines"]["items"]
    assert ref("Line") == schemas["Order"]["properties"]["lines"]["items"]
    assert ref("OrderInput") in schemas["OrderInput"]["properties"]["parent"]["anyOf"]
    assert ref("Order") in schemas["Order"]["properties"]["parent"]["anyOf"]
    pet = next(o for o in contract.operations if o.name == "pet")
    assert "#/components/schemas/CatInput" == pet.parameters[0].schema["discriminator"]["mapping"]["cat"]
    assert "#/components/schemas/Cat" == pet.result.schema["discriminator"]["mapping"]["cat"]


def test_the_signature_that_a_dataclass_has_for_a_docstring_is_not_told(schemas: dict[str, Any]) -> None:
    assert [] == [name for name, schema in schemas.items() if "description" in schema]


def test_a_name_that_is_taken_is_left_as_it_is() -> None:
    components: dict[str, Any] = {"A-Input": {}, "A-Output": {}, "A": {}, "AInput": {}}
    made, (renamed,) = named(components, [{"anyOf": [ref("A-Input"), ref("A-Output")]}])
    assert ["A-Input", "A-Output", "A", "AInput"] == list(made)
    assert {"anyOf": [ref("A-Input"), ref("A-Output")]} == renamed
