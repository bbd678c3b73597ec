"""parvis.contract.routes: every address of docs/mapping.md, and that no two operations ever share one."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parvis.contract.model import Default, Parameter, ParameterKind, Route
from parvis.contract.routes import OWN, VERBS, Shape, routes_of


def parameter(
    name: str,
    *,
    kind: ParameterKind = "positional_or_keyword",
    simple: bool = True,
    required: bool = True,
    schema: dict[str, Any] | None = None,
) -> Parameter:
    default = None if required else Default("0", 0)
    return Parameter(name, kind, "str", schema or {"type": "string"}, default, simple=simple)


def shape(name: str, *parameters: Parameter, read: bool = False, returns_nothing: bool = False) -> Shape:
    return Shape(name, parameters, read, returns_nothing)


def addresses(table: dict[str, tuple[Route, ...]], name: str) -> list[str]:
    return [f"{r.method} {r.path}" for r in table[name]]


ITEM = parameter("item")
ID = parameter("id", kind="positional_only")
COMPLEX = parameter("address", simple=False, schema={"type": "object"})
MANY = parameter("ids", schema={"type": "array", "items": {"type": "string"}})
MAYBE_MANY = parameter("ids", schema={"anyOf": [{"type": "array", "items": {}}, {"type": "null"}]})


def test_an_operation_of_the_facade_itself_has_its_post() -> None:
    assert ["POST /buy"] == addresses(routes_of([shape("buy", ITEM)]), "buy")


def test_a_read_with_simple_arguments_has_get_beside_post() -> None:
    assert ["POST /price", "GET /price"] == addresses(routes_of([shape("price", ITEM, read=True)]), "price")


def test_a_read_that_requires_a_compound_argument_has_its_post_alone() -> None:
    assert ["POST /price"] == addresses(routes_of([shape("price", COMPLEX, read=True)]), "price")


def test_a_read_may_have_an_optional_compound_argument_and_still_be_a_get() -> None:
    optional = parameter("filter", simple=False, required=False, schema={"type": "object"})
    assert ["POST /find", "GET /find"] == addresses(routes_of([shape("find", optional, read=True)]), "find")


@pytest.mark.parametrize(
    ("leaf", "first", "status"),
    [
        ("get", "GET /orders/{id}", 200),
        ("list", "GET /orders", 200),
        ("create", "POST /orders", 201),
        ("update", "PATCH /orders/{id}", 200),
        ("replace", "PUT /orders/{id}", 200),
        ("delete", "DELETE /orders/{id}", 204),
    ],
)
def test_the_conventional_names_have_their_resource_form_first(leaf: str, first: str, status: int) -> None:
    read = leaf in ("get", "list")
    arguments = (ITEM,) if VERBS[leaf].item else ()
    routes = routes_of([shape(f"orders.{leaf}", *arguments, read=read, returns_nothing=leaf == "delete")])
    assert [first, f"POST /orders.{leaf}"] == addresses(routes, f"orders.{leaf}")[:2]
    assert status == routes[f"orders.{leaf}"][0].status
    assert ("item" if VERBS[leaf].item else None) == routes[f"orders.{leaf}"][0].id


def test_a_delete_that_returns_something_is_200() -> None:
    assert 200 == routes_of([shape("orders.delete", ITEM)])["orders.delete"][0].status


def test_the_id_is_the_first_required_parameter_not_the_first() -> None:
    s = shape("orders.update", parameter("note", required=False), parameter("order"), parameter("state"))
    assert "order" == routes_of([s])["orders.update"][0].id


@pytest.mark.parametrize(
    "s",
    [
        shape("orders.get", read=True),
        shape("orders.get", parameter("id", required=False), read=True),
        shape("orders.get", COMPLEX, read=True),
        shape("orders.get", MANY, read=True),
        shape("orders.get", MAYBE_MANY, read=True),
        shape("orders.get", ITEM, COMPLEX, read=True),
        shape("orders.get", ITEM),
        shape("orders.get", ID),
        shape("orders.list"),
        shape("orders.list", COMPLEX, read=True),
        shape("orders.delete", ITEM, COMPLEX),
        shape("orders.update", COMPLEX),
        shape("orders.replace"),
    ],
    ids=lambda s: f"{s.name}{[p.name for p in s.parameters]}",
)
def test_a_conventional_name_whose_arguments_do_not_fit_keeps_the_canonical_form(s: Shape) -> None:
    assert {f"/{s.name}"} == {r.path for r in routes_of([s])[s.name]}


def test_a_positional_only_id_stands_in_the_path() -> None:
    table = routes_of([shape("orders.rename", ID, parameter("name"))])
    assert ["POST /orders/{id}/rename", "POST /orders.rename"] == addresses(table, "orders.rename")
    assert "id" == table["orders.rename"][0].id


def test_a_read_with_a_positional_only_id_has_get_first() -> None:
    table = routes_of([shape("orders.total", ID, read=True)])
    assert ["GET /orders/{id}/total", "POST /orders/{id}/total"] == addresses(table, "orders.total")[:2]


def test_a_positional_only_list_is_no_id() -> None:
    many = parameter("ids", kind="positional_only", schema={"type": "array", "items": {"type": "string"}})
    assert "POST /orders/merge" == addresses(routes_of([shape("orders.merge", many)]), "orders.merge")[0]


def test_a_method_of_a_sub_facade_without_ids_has_a_path_of_its_own() -> None:
    table = routes_of([shape("usage.summary", read=True), shape("usage.list", read=True)])
    assert ["GET /usage/summary", "POST /usage/summary", "POST /usage.summary", "GET /usage.summary"] == addresses(
        table, "usage.summary"
    )


@pytest.mark.parametrize(
    "with_id",
    [shape("orders.get", ITEM, read=True), shape("orders.rename", ID), shape("orders.delete", ITEM)],
    ids=lambda s: s.name,
)
def test_beside_an_id_address_a_method_without_id_keeps_the_canonical_form(with_id: Shape) -> None:
    table = routes_of([shape("orders.summary", read=True), with_id])
    assert ["POST /orders.summary", "GET /orders.summary"] == addresses(table, "orders.summary")


@pytest.mark.parametrize("with_id", [shape("a.get", ITEM, read=True), shape("a.rename", ID)], ids=lambda s: s.name)
def test_a_sub_facade_below_one_with_ids_keeps_the_canonical_form(with_id: Shape) -> None:
    table = routes_of([shape("a.b.list", read=True), shape("a.b.c.rename", ID), with_id])
    assert ["POST /a.b.list", "GET /a.b.list"] == addresses(table, "a.b.list")
    assert ["POST /a.b.c.rename"] == addresses(table, "a.b.c.rename")


def test_an_id_of_which_the_get_is_no_read_leaves_the_others_their_paths() -> None:
    table = routes_of([shape("usage.get", ITEM), shape("usage.summary", read=True)])
    assert ["POST /usage.get"] == addresses(table, "usage.get")
    assert "GET /usage/summary" == addresses(table, "usage.summary")[0]


def test_an_operation_with_the_name_of_a_sub_facade_has_the_address() -> None:
    table = routes_of([shape("orders.create"), shape("orders"), shape("x.orders"), shape("x.orders.list", read=True)])
    assert ["POST /orders"] == addresses(table, "orders")
    assert ["POST /orders.create"] == addresses(table, "orders.create")
    assert {"/x.orders.list"} == {r.path for r in table["x.orders.list"]}


def test_the_documents_of_parvis_itself_keep_their_get() -> None:
    table = routes_of([shape(path[1:], read=True) for path in sorted(OWN)])
    assert all(("GET", path) not in {(r.method, r.path) for r in table[path[1:]]} for path in OWN)


# No two operations share an address, whatever the façade looks like.

LEAVES = [*VERBS, "rename", "summary", "a", "b", "orders"]
SEGMENTS = st.sampled_from(["orders", "a", "b", "rename", "get", "list", "summary"])
PARAMETERS = st.sampled_from([ITEM, ID, COMPLEX, MANY, MAYBE_MANY, parameter("page", required=False)])


@st.composite
def shapes(draw: st.DrawFn) -> list[Shape]:
    names = draw(
        st.lists(
            st.tuples(st.lists(SEGMENTS, max_size=3), st.sampled_from(LEAVES)).map(lambda t: ".".join([*t[0], t[1]])),
            unique=True,
            max_size=12,
        )
    )
    return [
        Shape(
            name,
            tuple(draw(st.lists(PARAMETERS, max_size=2, unique_by=lambda p: p.name))),
            draw(st.booleans()),
            draw(st.booleans()),
        )
        for name in names
    ]


def meet(one: Route, other: Route) -> bool:
    """True when some request matches both: ``{id}`` matches any segment."""
    left, right = one.path.split("/"), other.path.split("/")
    return (
        one.method == other.method
        and len(left) == len(right)
        and all(x == y or "{id}" in (x, y) for x, y in zip(left, right, strict=True))
    )


@given(shapes())
def test_no_two_routes_of_a_service_match_one_request(given_shapes: list[Shape]) -> None:
    routes = [route for own in routes_of(given_shapes).values() for route in own]
    assert [] == [(a, b) for a, b in combinations(routes, 2) if meet(a, b)]


def literal_beside_id(one: Route, other: Route) -> bool:
    """True when a literal segment of one path stands where the other, equal so far, has ``{id}``."""
    for x, y in zip(one.path.split("/"), other.path.split("/"), strict=False):
        if x != y:
            return "{id}" in (x, y)
    return False


@given(shapes())
def test_no_literal_segment_ever_stands_where_another_address_has_its_id(given_shapes: list[Shape]) -> None:
    routes = [route for own in routes_of(given_shapes).values() for route in own]
    assert [] == [(a.path, b.path) for a, b in combinations(routes, 2) if literal_beside_id(a, b)]


@given(shapes(), st.randoms(use_true_random=False))
def test_the_order_of_the_operations_changes_nothing(given_shapes: list[Shape], random: Any) -> None:
    shuffled = list(given_shapes)
    random.shuffle(shuffled)
    assert routes_of(given_shapes) == routes_of(shuffled)


@given(shapes())
def test_every_operation_has_its_post_and_every_route_can_say_its_required_arguments(given_shapes: list[Shape]) -> None:
    table = routes_of(given_shapes)
    assert {s.name for s in given_shapes} == set(table)
    for s in given_shapes:
        assert Route("POST", f"/{s.name}") in table[s.name]
        for route in table[s.name]:
            assert ("{id}" in route.path) == (route.id is not None)
            required = {p.name: p for p in s.parameters if p.required}
            if route.id is not None:
                assert required[route.id].simple
                assert route.id != "ids", "a list never stands in a path"
            if route.query:
                assert all(p.simple for name, p in required.items() if name != route.id)
            if route.method == "GET":
                assert s.read


@given(shapes(), st.booleans())
def test_a_parameter_with_a_default_never_changes_an_address(given_shapes: list[Shape], simple: bool) -> None:
    extra = parameter("added", kind="keyword_only", simple=simple, required=False)
    grown = [Shape(s.name, (*s.parameters, extra), s.read, s.returns_nothing) for s in given_shapes]
    assert routes_of(given_shapes) == routes_of(grown)
