"""Every difference between contracts is a row of the table, told where it stands, in the direction that counts."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from parvis.contract.evolution import lock_reader, lock_writer
from parvis.contract.evolution.changes import KINDS, Change
from parvis.contract.evolution.diff import compare, diff
from parvis.contract.model import Contract

Published = Callable[..., Contract]

SOURCE = '''
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import Enum, StrEnum
from typing import Annotated, Any, Literal, NamedTuple, NotRequired, TypedDict
from pydantic import BaseModel, Field
from typing_extensions import deprecated

class Colour(Enum):  # sent
    RED = "red"
    BLUE = "blue"

class Mark(Enum):  # answered
    GOOD = "good"
    BAD = "bad"

@dataclass
class Line:  # sent
    item: str
    price: float
    count: int = 1

@dataclass(frozen=True)
class Order:  # answered
    id: int
    total: float
    parent: "Order | None" = None

@dataclass
class Point:  # sent and answered
    x: int
    y: int = 0

class Span(NamedTuple):  # answered
    low: int
    high: int

class Parcel(TypedDict):  # answered
    weight: float
    size: NotRequired[int]

class Address(TypedDict):  # sent
    street: str
    floor: NotRequired[int]

class Orders:
    def get(self, id: int) -> Order: ...
    def rename(self, id: int, /, name: str) -> None: ...

class Shop:
    orders: Orders

    def price(self, item: str, count: int = 1, *, vat: float = 0.2) -> float:
        """The price.

        Raises:
            KeyError: There is no such item.
        """

    def place(self, line: Line, to: Address, colour: Colour = Colour.RED) -> Mark: ...
    def move(self, point: Point, kind: Literal["a", "b"], many: list[int], /) -> Point: ...
    def span(self, name: str | None = None, page: Annotated[int, Field(ge=1, le=100)] = 1) -> Span: ...
    def parcel(self) -> Parcel | None: ...
    def ticks(self, first: int | None) -> Iterator[int]: ...
'''
READS = ("orders.get", "span")

MUTATIONS: list[tuple[str, str, str, str]] = [
    # what it was, what it is, the kind of that, the kind of the way back
    ("def parcel", "def package", "operation-removed operation-added", "operation-added operation-removed"),
    ("    def parcel(self) -> Parcel | None: ...\n", "", "operation-removed", "operation-added"),
    ("vat: float = 0.2)", "vat: float = 0.2, gift: bool)", "required-parameter-added", "parameter-removed"),
    ("vat: float = 0.2)", "vat: float = 0.2, gift: bool = False)", "optional-parameter-added", "parameter-removed"),
    ("count: int = 1, *", "*", "parameter-removed", "optional-parameter-added"),
    ("item: str, count: int = 1,", "article: str, count: int = 1,", "parameter-renamed", "parameter-renamed"),
    ("item: str, count: int = 1, *, vat: float = 0.2", "item: str, count: int = 1, *, vat: float",
     "parameter-became-required", "parameter-became-optional"),
    ("line: Line, to: Address", "to: Address, line: Line", "parameters-reordered", "parameters-reordered"),
    # A new one between them moves those behind it.
    ("item: str, count: int = 1,", "item: str, gift: bool = False, count: int = 1,",
     "optional-parameter-added parameters-reordered", "parameter-removed"),
    ("item: str, count", "item: str, gift: bool, count", "required-parameter-added", "parameter-removed"),
    ("item: str, count: int = 1, *", "item: str, *, count: int = 1",
     "parameter-kind-narrowed", "parameter-kind-widened"),
    ("item: str, count: int = 1, *", "item: str, /, count: int = 1, *",
     "parameter-kind-narrowed", "parameter-kind-widened"),
    ("first: int | None", "first: int | None | str", "parameter-widened", "parameter-narrowed"),
    ("first: int | None", "first: float | None", "parameter-widened", "parameter-narrowed"),
    ("first: int | None", "first: date | None", "parameter-type-changed", "parameter-type-changed"),
    ("first: int | None", "first: None | int", "", ""),
    ('Literal["a", "b"]', 'Literal["a", "b", "c"]', "parameter-widened", "parameter-narrowed"),
    ('Literal["a", "b"]', "str", "parameter-widened", "parameter-narrowed"),
    ("many: list[int]", "many: list[int | None]", "parameter-widened", "parameter-narrowed"),
    ("many: list[int]", "many: list[Any]", "parameter-widened", "parameter-narrowed"),
    ("many: list[int]", "many: set[int]", "parameter-type-changed", "parameter-type-changed"),
    ("ge=1, le=100", "ge=1, le=50", "parameter-narrowed", "parameter-widened"),
    ("ge=1, le=100", "gt=0", "parameter-widened", "parameter-narrowed"),
    ("count: int = 1, *", "count: int = 2, *", "default-changed", "default-changed"),
    ("-> Parcel | None", "-> Parcel", "result-narrowed", "result-widened"),
    ("-> Parcel | None", "-> date", "result-type-changed", "result-type-changed"),
    ("vat: float = 0.2) -> float", "vat: float = 0.2) -> Decimal", "result-type-changed", "result-type-changed"),
    ("-> Iterator[int]", "-> Iterator[float]", "result-widened", "result-narrowed"),
    ("-> Iterator[int]", "-> int", "became-value", "became-stream"),
    ("KeyError: There", "KeyError, IndexError: There", "error-added", "error-removed"),
    ("    def parcel", '    @deprecated("Ask instead")\n    def parcel', "deprecated", "deprecation-lifted"),
    # Classes
    ("class Line:", "class Row:\n    pass\n\n@dataclass\nclass Line:", "", ""),
    ("Line", "Row", "type-renamed", "type-renamed"),
    ("Colour", "Paint", "type-renamed", "type-renamed"),
    ("class Mark(Enum)", "class Mark(StrEnum)", "type-base-changed", "type-base-changed"),
    ("@dataclass(frozen=True)", "@dataclass", "type-base-changed", "type-base-changed"),
    ("@dataclass\nclass Line:", "class Line(BaseModel):", "type-kind-changed", "type-kind-changed"),
    ("    item: str\n", "    item: str\n    code: str\n", "required-field-added", "field-removed"),
    ("    count: int = 1\n", "    count: int = 1\n    gift: bool = False\n", "field-added", "field-removed"),
    ("    total: float\n", "    total: float\n    tax: float\n", "field-added", "field-removed"),
    ("    low: int\n", "    low: int\n    middle: int\n", "item-added", "field-removed"),
    ("    price: float\n", "    price: float = 0.0\n", "field-became-optional", "field-became-required"),
    ("    y: int = 0\n", "    y: int\n", "field-became-required", "field-became-optional"),
    ("    weight: float\n", "    weight: NotRequired[float]\n", "field-may-be-absent", "field-always-present"),
    ("    floor: NotRequired[int]\n", "    floor: int\n", "field-became-required", "field-became-optional"),
    # A class has a value for each of its fields, whoever gave it.
    ("    total: float\n", "    total: float = 0.0\n", "", ""),
    ("    item: str\n    price: float\n", "    price: float\n    item: str\n", "fields-reordered", "fields-reordered"),
    ("    low: int\n    high: int\n", "    high: int\n    low: int\n", "fields-reordered", "fields-reordered"),
    ("    weight: float\n    size: NotRequired[int]\n", "    size: NotRequired[int]\n    weight: float\n", "", ""),
    ("    item: str\n", "    item: str | None\n", "sent-field-widened", "sent-field-narrowed"),
    ("    total: float\n", "    total: float | None\n", "answered-field-widened", "answered-field-narrowed"),
    ("    x: int\n", "    x: float\n", "answered-field-widened", "sent-field-narrowed"),
    ("    item: str\n", "    item: Annotated[str, Field(max_length=9)]\n", "sent-field-narrowed", "sent-field-widened"),
    ("    item: str\n", "    item: int\n", "field-type-changed", "field-type-changed"),
    ("    count: int = 1\n", "    count: int = 2\n", "default-changed", "default-changed"),
    ('    RED = "red"\n', '    RED = "red"\n    GREEN = "green"\n', "sent-member-added", "sent-member-removed"),
    ('    GOOD = "good"\n', '    GOOD = "good"\n    FAIR = "fair"\n', "answered-member-added",
     "answered-member-removed"),
    ('    BLUE = "blue"\n', '    NAVY = "blue"\n', "member-renamed", "member-renamed"),
    ('    BLUE = "blue"\n', '    BLUE = "navy"\n', "member-value-changed", "member-value-changed"),
]  # fmt: skip


def kinds(changes: list[Change]) -> list[str]:
    return sorted({change.kind for change in changes})


@pytest.mark.parametrize(("was", "now", "kind", "back"), MUTATIONS, ids=[f"{a!r}-{b!r}" for a, b, *_ in MUTATIONS])
def test_a_change_has_exactly_its_kind_and_so_has_the_way_back(
    was: str, now: str, kind: str, back: str, published: Published
) -> None:
    assert was in SOURCE
    old, new = published(SOURCE, reads=READS), published(SOURCE.replace(was, now), reads=READS)
    assert sorted(kind.split()) == kinds(diff(old, new))
    assert sorted(back.split()) == kinds(diff(new, old))


OTHERWISE = {"service-removed", "service-added", "version-changed", "route-lost", "route-added", "read-lost",
             "read-gained", "error-changed", "right-changed", "binding-changed", "cost-raised", "cost-lowered",
             "caching-changed", "media-changed"}  # fmt: skip
"""The kinds that the tests below have."""


def test_every_kind_of_the_table_is_tried() -> None:
    tried = {kind for *_, a, b in MUTATIONS for kind in (*a.split(), *b.split())}
    assert set(KINDS) == tried | OTHERWISE
    assert not tried & OTHERWISE


@pytest.mark.parametrize(
    ("option", "value", "kind", "back", "text"),
    [
        ("rights", "shop.buy", "right-changed", "right-changed", "needs the right `shop.buy`, needed `shop.span`"),
        ("costs", 5, "cost-raised", "cost-lowered", "counts as 5 calls, counted as 1 call"),
        ("public", 60, "caching-changed", "caching-changed", "may be kept by anybody for 60 s"),
    ],
)
def test_what_the_settings_say_of_an_operation_is_part_of_its_contract(
    option: str, value: object, kind: str, back: str, text: str, published: Published
) -> None:
    old, new = published(SOURCE, reads=READS), published(SOURCE, reads=READS, **{option: {"span": value}})
    assert [(kind, "span", text)] == [(c.kind, c.subject, c.text) for c in diff(old, new)]
    assert [back] == kinds(diff(new, old))


def test_another_media_type_of_bytes_is_told(published: Published) -> None:
    source = "class Shop:\n    def photo(self, id: int) -> bytes: ..."
    old, new = published(source), published(source, media={"photo": "image/png"})
    assert [("media-changed", "its bytes are image/png, were of no type")] == [(c.kind, c.text) for c in diff(old, new)]
    assert ["media-changed"] == kinds(diff(new, old))
    (read,) = lock_reader.read(lock_writer.write([new]))
    assert "image/png" == read.operations[0].media


def test_a_read_that_is_none_any_more_loses_its_get(published: Published) -> None:
    old, new = published(SOURCE, reads=READS), published(SOURCE, reads=("orders.get",))
    assert ["read-lost"] == kinds(diff(old, new))
    assert ["read-gained"] == kinds(diff(new, old))


def test_a_wider_parameter_that_no_query_can_say_loses_the_get(published: Published) -> None:
    source = SOURCE.replace("name: str | None = None,", "name: str,")
    old = published(source, reads=READS)
    new = published(source.replace("name: str,", "name: str | dict[str, int],"), reads=READS)
    found = diff(old, new)
    assert [("parameter-widened", False), ("route-lost", True)] == [(c.kind, c.breaking) for c in found]
    assert "`GET /shop/v1/span` is gone" == found[1].text
    assert ["parameter-narrowed", "route-added"] == kinds(diff(new, old))


def test_a_new_operation_that_takes_the_address_of_another_is_told(published: Published) -> None:
    source = SOURCE.replace("def get(self, id: int)", "def latest(self)")
    source = source.replace("    def rename(self, id: int, /, name: str) -> None: ...\n", "")
    old = published(source)
    new = published(source.replace("class Orders:\n", "class Orders:\n    def get(self, id: int) -> Order: ...\n"))
    assert ["operation-added", "route-lost"] == kinds(diff(old, new))


def test_an_error_with_another_base_or_status_is_told(published: Published) -> None:
    old = published(SOURCE)
    first = next(o for o in old.operations if o.name == "price")
    error = first.errors[0]
    for changed in (replace(error, status=410), replace(error, base="ValueError")):
        operations = tuple(replace(o, errors=(changed,)) if o is first else o for o in old.operations)
        assert ["error-changed"] == kinds(diff(old, replace(old, operations=operations)))


def test_another_version_is_another_address(published: Published) -> None:
    old = published(SOURCE)
    assert ["version-changed"] == kinds(diff(old, replace(old, version=2)))
    assert ["version-changed"] == kinds(compare([old], [replace(old, version=2)]))


def test_a_version_beside_the_old_one_is_an_addition(published: Published) -> None:
    one = published(SOURCE)
    two = replace(one, version=2)
    assert [("service-added", "shop v2", False)] == [
        (c.kind, c.service, c.breaking) for c in compare([one], [one, two])
    ]
    assert [("service-removed", "shop v1", True)] == [
        (c.kind, c.service, c.breaking) for c in compare([one, two], [two])
    ]


def test_another_service_is_no_change_of_this_one(published: Published) -> None:
    shop = published(SOURCE)
    assert ["service-added", "service-removed"] == kinds(diff(shop, replace(shop, service="store")))


def test_a_class_is_told_once_however_many_operations_speak_of_it(published: Published) -> None:
    old = published(SOURCE)
    new = published(SOURCE.replace("    total: float\n", "    total: float | None\n"))
    assert [("Order", "the field `total` is `float | None`, was `float`")] == [
        (c.subject, c.text) for c in diff(old, new)
    ]


def test_a_class_that_no_operation_of_both_uses_is_not_told(published: Published) -> None:
    old = published(SOURCE)
    gone = "    def parcel(self) -> Parcel | None: ...\n"
    came = "    def weigh(self) -> Parcel: ...\n"
    new = published(SOURCE.replace(gone, came).replace("    weight: float\n", "    weight: str\n"))
    assert ["operation-added", "operation-removed"] == kinds(diff(old, new))


def test_descriptions_and_the_order_of_the_code_are_no_differences(published: Published) -> None:
    old = published(SOURCE)
    told = [replace(o, summary="Other words", description="and more", example={"a": 1}) for o in old.operations]
    new = replace(old, operations=tuple(reversed(told)), title="Another", types=tuple(reversed(old.types)), schemas={})
    # Without the schemas the limits are gone, and nothing else is.
    assert ["parameter-widened"] == kinds(diff(old, replace(new, operations=tuple(
        replace(o, parameters=tuple(replace(p, schema={}) for p in o.parameters)) for o in new.operations
    ))))  # fmt: skip
    assert [] == diff(old, replace(new, schemas=old.schemas))


def test_a_change_names_its_service_its_operation_and_what_happened(published: Published) -> None:
    old = published(SOURCE)
    new = published(SOURCE.replace("count: int = 1, *", "count: int = 2, *"))
    assert [Change("default-changed", "shop v1", "price", "the default of `count` is `2`, was `1`")] == diff(old, new)


def test_a_change_of_no_kind_cannot_be_made() -> None:
    with pytest.raises(ValueError, match="no kind"):
        Change("typo", "shop v1", "", "")


def test_the_page_on_versions_shows_the_table() -> None:
    page = (Path(__file__).parents[3] / "docs/versions.md").read_text()
    rows = re.findall(r"^\| `([a-z-]+)` \| (breaking|additive) \| (.+?) \| (.+?) \|$", page, re.MULTILINE)
    expected = [
        (kind.name, "breaking" if kind.breaking else "additive", kind.what, kind.why) for kind in KINDS.values()
    ]
    assert expected == rows
