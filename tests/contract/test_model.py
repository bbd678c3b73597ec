"""The frozen description: its JSON, its text, and what it refuses to be."""

from __future__ import annotations

import dataclasses
import json

import pytest

from parvis.contract.model import (
    FORMAT,
    Contract,
    DeclaredError,
    Default,
    Field,
    Member,
    Operation,
    Parameter,
    Result,
    Route,
    TypeDef,
)

PRICE = Operation(
    "orders.price",
    (
        Parameter("item", "positional_only", "str", {"type": "string"}, description="Its name.", simple=True),
        Parameter("count", "positional_or_keyword", "int", {"type": "integer"}, Default("1", 1), simple=True),
        Parameter("vat", "keyword_only", "float", {"type": "number"}, Default("nan", exact=False)),
        Parameter("note", "keyword_only", "str | None", {}, Default("None")),
    ),
    Result("Decimal", {"type": "string"}, description="The price."),
    (Route("GET", "/orders/{id}/price", id="item"), Route("POST", "/orders.price")),
    summary="The price.",
    errors=(DeclaredError("KeyError", "KeyError", 404, "There is none."),),
    read="listed",
    deprecated="Use `cost`.",
)
SHOP = Contract(
    "shop",
    (PRICE, Operation("ping", (), Result("None", {}), (Route("POST", "/ping"),))),
    version=2,
    title="Shop",
    types=(
        TypeDef("Item", "dataclass", (Field("name", "str"), Field("n", "int", False, Default("1", 1))), base="frozen"),
        TypeDef("Colour", "enum", members=(Member("RED", "red"), Member("ONE", 1), Member("YES", True))),
    ),
    schemas={"Item": {"type": "object"}},
)


def test_a_contract_survives_its_json() -> None:
    assert SHOP == Contract.from_json(SHOP.to_json())
    assert SHOP.to_json() == Contract.from_json(SHOP.to_json().decode()).to_json()


def test_a_member_keeps_the_type_of_its_value() -> None:
    values = [m.value for m in Contract.from_json(SHOP.to_json()).types[1].members]
    assert [("red", str), (1, int), (True, bool)] == [(v, type(v)) for v in values]


def test_what_is_not_said_is_not_written() -> None:
    ping = json.loads(SHOP.to_json())["operations"][1]
    assert {"name", "parameters", "result", "routes"} == set(ping)


def test_the_signature_is_python() -> None:
    signature = PRICE.signature
    assert "(item: str, /, count: int = 1, *, vat: float = nan, note: str | None = None) -> Decimal" == signature
    scope = {"nan": float("nan"), "Decimal": float}
    exec(f"def f{signature}: ...", scope)


@pytest.mark.parametrize(
    ("kinds", "signature"),
    [
        ([], "() -> int"),
        (["positional_only"], "(a: int, /) -> int"),
        (["keyword_only"], "(*, a: int) -> int"),
        (["positional_only", "positional_only"], "(a: int, b: int, /) -> int"),
        (["positional_only", "keyword_only"], "(a: int, /, *, b: int) -> int"),
        (["positional_or_keyword", "keyword_only"], "(a: int, *, b: int) -> int"),
    ],
)
def test_the_marks_of_a_signature_stand_where_python_has_them(kinds: list[str], signature: str) -> None:
    parameters = tuple(Parameter(name, kind, "int", {}) for name, kind in zip("ab", kinds, strict=False))  # type: ignore[arg-type]
    assert signature == Operation("f", parameters, Result("int", {}), ()).signature


def test_a_stream_shows_as_an_iterator() -> None:
    assert "() -> Iterator[int]" == Operation("f", (), Result("int", {}, stream=True), ()).signature


@pytest.mark.parametrize(
    "name", ["", "_a", "a._b", "a.", ".a", "a..b", "__class__", "a-b", "a/b", "1a", "a b", "é", "a\n", "a.__init__"]
)
def test_no_private_or_odd_name_can_be_spelt(name: str) -> None:
    with pytest.raises(ValueError, match="is not a dotted operation name"):
        Operation(name, (), Result("int", {}), ())


def test_another_format_is_refused_with_what_to_do() -> None:
    document = json.loads(SHOP.to_json()) | {"parvis": FORMAT + 1}
    with pytest.raises(ValueError, match="version on both sides"):
        Contract.from_json(json.dumps(document))


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", "null", '{"service": 1}', '{"service": "a", "operations": 5}', "<html>"]
)
def test_what_is_no_contract_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"Contract|JSON"):
        Contract.from_json(text)


def test_a_contract_does_not_change() -> None:
    for value, name in ((SHOP, "service"), (PRICE, "name"), (PRICE.result, "type"), (PRICE.parameters[0], "type")):
        with pytest.raises(dataclasses.FrozenInstanceError):
            setattr(value, name, "other")


@pytest.mark.parametrize(
    ("method", "query"), [("GET", True), ("DELETE", True), ("POST", False), ("PUT", False), ("PATCH", False)]
)
def test_the_method_says_where_the_arguments_stand(method: str, query: bool) -> None:
    assert query == Route(method, "/a").query  # type: ignore[arg-type]


def test_a_parameter_with_a_default_is_not_required() -> None:
    assert [True, False, False, False] == [p.required for p in PRICE.parameters]
