"""The lock, written and read: a file that people read, and that gives back exactly what was written."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parvis.contract.evolution import lock_reader
from parvis.contract.evolution.diff import compare, diff
from parvis.contract.evolution.lock_writer import HEAD, WIDE, write
from parvis.contract.evolution.normalized import terms
from parvis.contract.model import (
    Contract,
    DeclaredError,
    Default,
    Field,
    Member,
    Operation,
    Parameter,
    ParameterKind,
    Result,
    TypeDef,
)
from parvis.contract.query_types import simple
from parvis.contract.routes import Shape, routes_of
from parvis.contract.typetree import parse

Published = Callable[..., Contract]

SOURCE = '''
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Annotated
from pydantic import BaseModel, Field

class Colour(Enum):
    RED = "red"
    BLUE = "blue"

@dataclass
class Order:
    id: int
    colour: Colour = Colour.RED

class Unused(BaseModel):
    x: int

class Visit(BaseModel):
    when: str = Field(alias="the day", min_length=10)

class Sold(LookupError): ...

class Orders:
    def get(self, id: int) -> Order:
        """One.

        Raises:
            Sold: It is gone.
            KeyError: There is none.
        """

class Shop:
    orders: Orders

    def visit(
        self, visit: Visit, share_of_visitors: Annotated[float, Field(gt=0, le=1)] = 0.5, note: str = "à \\"b\\""
    ) -> None:
        """
        .. deprecated:: 1.0
           Come by.
        """

    def ticks(self) -> Iterator[int]: ...
'''

WRITTEN = (
    HEAD
    + '''
[shop.v1.operations."orders.get"]
signature = "(id: int) -> Order"
read = true
right = "shop.orders.get"
raises.KeyError = "KeyError 404"
raises.Sold = "LookupError 404"

[shop.v1.operations."ticks"]
signature = "() -> Iterator[int]"
read = false
right = "shop.ticks"

[shop.v1.operations."visit"]
signature = """
(
    visit: Visit,
    share_of_visitors: Annotated[float, Field(gt=0, le=1)] = 0.5,
    note: str = 'à \\"b\\"',
) -> None"""
read = false
right = "shop.visit"
deprecated = "Come by."

[shop.v1.types.Colour]
kind = "enum"
base = "Enum"
members.RED = "red"
members.BLUE = "blue"

[shop.v1.types.Order]
kind = "dataclass"
fields.id = "int"
fields.colour = "Colour = Colour.RED"

[shop.v1.types.Visit]
kind = "model"
fields."the day" = "Annotated[str, Field(min_length=10)]"
'''
)


def test_it_reads_as_one_paragraph_an_operation_and_one_a_class(published: Published) -> None:
    assert WRITTEN == write([published(SOURCE)])


def test_it_is_the_same_whatever_the_order_of_the_code(published: Published) -> None:
    first, _, rest = SOURCE.partition("    def visit")
    visit, _, ticks = rest.partition("    def ticks")
    assert WRITTEN == write([published(f"{first}    def ticks{ticks}\n    def visit{visit}")])


def test_it_is_read_back_as_it_was_written(published: Published) -> None:
    contract = published(SOURCE)
    assert (terms(contract),) == lock_reader.read(write([contract]))


def test_several_services_and_versions_stand_in_one_lock(published: Published) -> None:
    shop = published(SOURCE)
    ten, store = replace(shop, version=10), replace(shop, service="store")
    assert [("shop", 1), ("shop", 10), ("store", 1)] == [
        (c.service, c.version) for c in lock_reader.read(write([store, ten, shop]))
    ]


def test_a_long_signature_has_one_parameter_a_line(published: Published) -> None:
    names = [f"parameter_{n}" for n in range(10)]
    contract = published(f"class Shop:\n    def f(self, {', '.join(f'{n}: str' for n in names)}, /) -> None: ...")
    lines = write([contract]).splitlines()
    assert [f"    {name}: str," for name in names] == [line for line in lines if "parameter_" in line]
    assert max(map(len, lines)) <= WIDE + len('signature = ""')
    assert (terms(contract),) == lock_reader.read("\n".join(lines))


PARAGRAPH = f'{HEAD}\n[shop.v1.operations."price"]\nsignature = "(x: int) -> int"\nread = false\nright = "shop.price"\n'


@pytest.mark.parametrize(
    ("was", "now", "why"),
    [
        ("parvis = 1", "parvis = 2", "another version of parvis"),
        ("parvis = 1\n", "", "another version of parvis"),
        ("[shop", "[shop", None),
        ("shop.v1.op", "shop.one.op", r"\[shop.one\] is no version"),
        ("v1.operations", "v1.methods", r"\[shop.v1.methods\] is neither"),
        ("x: int", "x: Order", "'Order' is spoken of and nowhere defined"),
        ("x: int", "x: __import__('os')", "is not a type of a contract"),
        ("x: int", "x", "the parameter x has no type"),
        (") -> int", ")", "the result has no type"),
        ("(x: int)", "(*x: int)", "is no signature of an operation"),
        ("(x: int) -> int", "(x: int", "is no signature"),
        ("-> int", "-> int: ...\\nimport os\\ndef _() -> int", "is no signature of an operation"),
        ("read = false", "read = 0", "read = 0 is not true or false"),
        ("read = false\n", "", "it has no read"),
        ("read = false", "raed = false", "'raed' is none of signature, read, right"),
        ("read = false", "read = false\ncost = true", "cost = True is not an integer"),
        ('right = "shop.price"', 'right = "shop.price"\nraises.KeyError = 404', "write its built-in base"),
        ('right = "shop.price"', 'right = "shop.price"\n[shop.v1.types.A]\nkind = "class"', "'class' is none of"),
        ('right = "shop.price"', 'right = "shop.price"\n[shop.v1.types.A]\nkind = "enum"\nmembers.A = []',
         "neither text"),
        ('right = "shop.price"', 'right = "shop.price"\n[shop.v1.types.A]\nkind = "model"\nfields.a = "1 +"',
         "neither `type` nor"),
        ("price", "_price", "is not a dotted operation name"),
    ],
)  # fmt: skip
def test_a_lock_that_is_wrong_is_refused_with_the_reason(was: str, now: str, why: str | None) -> None:
    assert was in PARAGRAPH
    text = PARAGRAPH.replace(was, now)
    if why is None:
        assert "(x: int) -> int" == lock_reader.read(text)[0].operations[0].signature
        return
    with pytest.raises(ValueError, match=why):
        lock_reader.read(text)


def test_nothing_of_a_lock_is_ever_run(capsys: pytest.CaptureFixture[str]) -> None:
    lock_reader.read(PARAGRAPH.replace("x: int", "x: int = print('run')"))
    assert "" == capsys.readouterr().out


# Any contract

CLASSES = ("Order", "Colour", "Span", "Parcel")
NAMES = st.sampled_from(["a", "b", "item", "count", "großes_Maß", "x1"])
SIMPLE = ["int", "str", "float", "bool", "Decimal", "date", "bytes", "None", "Any", "list[int]", "dict[str, Any]",
          "Literal['a', 1, True]", "tuple[()]", "tuple[int, ...]",
          "Annotated[str, Field(max_length=3, pattern='^\\\\d\"')]",
          "Annotated[list[Annotated[int, Field(ge=-1.5)]], Field(min_length=1)]"]  # fmt: skip
TEXTS = st.recursive(
    st.sampled_from([*SIMPLE, *CLASSES]),
    lambda inner: st.one_of(
        inner.map(lambda t: f"list[{t}]"),
        inner.map(lambda t: f"{t} | None"),
        st.tuples(inner, inner).map(lambda t: f"{t[0]} | {t[1]}"),
        st.tuples(inner, inner).map(lambda t: f"tuple[{t[0]}, {t[1]}]"),
        inner.map(lambda t: f"dict[str, {t}]"),
    ),
    max_leaves=4,
).map(lambda text: str(parse(text)))
DEFAULTS = st.sampled_from(
    ["0", "-1", "0.5", "'text'", "'\"'", "None", "Colour.RED", "inf", "[1, {'a': (2,)}]", "'\\x7f \\\\ \\n ä'",
     "<object>", "...", "Decimal('0.1')"]
).map(Default)  # fmt: skip
VALUES = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"])), st.integers(), st.booleans(), st.floats(allow_nan=False)
)


@st.composite
def contracts(draw: st.DrawFn) -> Contract:
    types = tuple(draw(definitions(name)) for name in CLASSES)
    by_name = {t.name: t for t in types}
    names = draw(
        st.lists(
            st.sampled_from(["f", "g", "orders.get", "orders.list", "orders.sum", "types"]), min_size=1, unique=True
        )
    )
    operations = [draw(operation(name, by_name)) for name in names]
    routes = routes_of(Shape(o.name, o.parameters, o.read is not None, o.result.type == "None") for o in operations)
    return Contract("shop", tuple(replace(o, routes=routes[o.name]) for o in operations), types=types)


@st.composite
def definitions(draw: st.DrawFn, name: str) -> TypeDef:
    if name == "Colour":
        members = draw(st.dictionaries(st.text(min_size=1, max_size=5, alphabet='AB ä"\\'), VALUES, min_size=1))
        return TypeDef(name, "enum", members=tuple(Member(k, v) for k, v in members.items()), base="Enum")
    kind = draw(st.sampled_from(["dataclass", "model", "typeddict", "namedtuple"]))
    keys = draw(st.lists(st.one_of(NAMES, st.sampled_from(["the day", "a.b", "@id"])), unique=True))
    fields = []
    for key in keys:
        required = draw(st.booleans())
        default = None if required else draw(st.one_of(st.none(), DEFAULTS))
        fields.append(Field(key, draw(TEXTS), required, default))
    return TypeDef(name, kind, tuple(fields), base=draw(st.sampled_from(["", "frozen"])))


@st.composite
def operation(draw: st.DrawFn, name: str, types: dict[str, TypeDef]) -> Operation:
    kinds: list[ParameterKind] = ["positional_only", "positional_or_keyword", "keyword_only"]
    parameters = []
    optional = False
    chosen = draw(st.lists(st.sampled_from(kinds), max_size=4).map(lambda k: sorted(k, key=kinds.index)))
    for key, kind in zip(draw(st.permutations(["a", "b", "item", "größe"])), chosen, strict=False):
        optional = draw(st.booleans()) if kind == "keyword_only" else optional or draw(st.booleans())
        text = draw(TEXTS)
        is_simple = simple(str(parse(text).plain), types) is not None
        schema = {"type": "array"} if is_simple and parse(text).head == "list" else {}
        default = draw(DEFAULTS) if optional else None
        parameters.append(Parameter(key, kind, text, schema, default, simple=is_simple))
    errors = draw(st.lists(st.sampled_from(["KeyError", "Gone", "Zu spät"]), unique=True))
    return Operation(
        name,
        tuple(parameters),
        Result(draw(TEXTS), {}, stream=draw(st.booleans())),
        (),
        errors=tuple(DeclaredError(e, draw(st.sampled_from(["KeyError", "OSError"])), 404) for e in errors),
        read=draw(st.sampled_from([None, "listed", "name"])),
        right=draw(st.sampled_from(["", "shop.admin"])),
        cost=draw(st.integers(1, 3)),
        public=draw(st.sampled_from([None, 60])),
        deprecated=draw(st.sampled_from([None, "", 'Ask "b" \\ \n instead \x7f \x00 ä'])),
    )


@settings(max_examples=60, deadline=None)
@given(contracts())
def test_any_lock_is_read_back_as_it_was_written(contract: Contract) -> None:
    text = write([contract])
    tomllib.loads(text)
    text.encode()
    assert (terms(contract),) == lock_reader.read(text)
    assert write([contract]) == write(lock_reader.read(text))


@settings(max_examples=60, deadline=None)
@given(contracts())
def test_a_contract_does_not_differ_from_itself_nor_from_its_lock(contract: Contract) -> None:
    assert [] == diff(contract, contract)
    assert [] == compare(lock_reader.read(write([contract])), [contract])


@settings(max_examples=60, deadline=None)
@given(contracts(), contracts())
def test_any_two_contracts_can_be_compared_and_differ_when_their_terms_do(one: Contract, other: Contract) -> None:
    there, back = diff(one, other), diff(other, one)
    assert bool(there) == bool(back)
    assert {c.subject for c in there if c.kind == "operation-added"} == {
        c.subject for c in back if c.kind == "operation-removed"
    }
    assert {c.subject for c in there if c.kind == "read-lost"} == {c.subject for c in back if c.kind == "read-gained"}


def test_what_is_bound_stands_in_the_lock_and_nowhere_else() -> None:
    before = Contract("shop", (Operation("price", (), Result("int", {}), (), bound={"owner": "caller.account"}),))
    text = write([before])
    assert 'bound.owner = "caller.account"\n' in text
    (read_back,) = lock_reader.read(text)
    assert {"owner": "caller.account"} == read_back.operations[0].bound
    assert b"owner" not in before.to_json()
    opened = replace(before, operations=(replace(before.operations[0], bound={"owner": "header.x-owner"}),))
    (change,) = diff(before, opened)
    assert ("binding-changed", True) == (change.kind, change.breaking)
    assert "takes owner from header.x-owner, took it from caller.account" in change.text
