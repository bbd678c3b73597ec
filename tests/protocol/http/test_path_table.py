"""From a path to what stands there."""

from __future__ import annotations

import pytest

from parvis.contract.model import Route
from parvis.protocol.http.path_table import PathTable


@pytest.fixture
def table() -> PathTable[str]:
    made: PathTable[str] = PathTable()
    for route, owner in [
        (Route("GET", "/orders"), "list"),
        (Route("POST", "/orders", 201), "create"),
        (Route("GET", "/orders/{id}", id="id"), "get"),
        (Route("DELETE", "/orders/{id}", 204, id="number"), "delete"),
        (Route("POST", "/orders/{id}/rename", id="id"), "rename"),
        (Route("POST", "/orders.get"), "get"),
        (Route("GET", "/orders.get"), "get"),
        (Route("GET", "/usage/summary"), "summary"),
        (Route("POST", "/price"), "price"),
    ]:
        made.add("/shop/v1", route, owner)
    return made


@pytest.mark.parametrize(
    ("path", "owners"),
    [
        ("/shop/v1/price", {"POST": "price"}),
        ("/shop/v1/orders", {"GET": "list", "POST": "create"}),
        ("/shop/v1/orders.get", {"GET": "get", "POST": "get"}),
        ("/shop/v1/usage/summary", {"GET": "summary"}),
        ("/shop/v1/orders/7", {"GET": "get", "DELETE": "delete"}),
        ("/shop/v1/orders/été ...", {"GET": "get", "DELETE": "delete"}),
        ("/shop/v1/orders/rename", {"GET": "get", "DELETE": "delete"}),
        ("/shop/v1/orders/{id}", {"GET": "get", "DELETE": "delete"}),
        ("/shop/v1/orders/7/rename", {"POST": "rename"}),
    ],
)
def test_a_path_finds_its_place(table: PathTable[str], path: str, owners: dict[str, str]) -> None:
    found = table.find(path)
    assert found is not None
    assert owners == found.methods


@pytest.mark.parametrize(
    "path",
    [
        "", "/", "/shop", "/shop/v1", "/shop/v1/", "/shop/v1/price/", "/shop/v2/price", "/shop/v1/orders/",
        "/Shop/v1/price",
        "/shop/v1/orders/7/", "/shop/v1/orders/7/rename/x", "/shop/v1/orders/7/cancel", "/shop/v1/orders/..",
        "/shop/v1/orders/.", "/shop/v1/orders//rename", "/shop/v1/orders/../rename", "/shop/v1/price/7",
        "shop/v1/price",
    ],
)  # fmt: skip
def test_where_there_is_nothing_nothing_is_found(table: PathTable[str], path: str) -> None:
    assert None is table.find(path)


@pytest.mark.parametrize(
    ("path", "allow"),
    [
        ("/shop/v1/price", b"OPTIONS, POST"),
        ("/shop/v1/orders", b"GET, HEAD, OPTIONS, POST"),
        ("/shop/v1/orders/7", b"DELETE, GET, HEAD, OPTIONS"),
        ("/shop/v1/orders/7/rename", b"OPTIONS, POST"),
    ],
)
def test_allow_names_every_method_of_the_place(table: PathTable[str], path: str, allow: bytes) -> None:
    found = table.find(path)
    assert found is not None
    assert allow == found.allow


@pytest.mark.parametrize(
    ("path", "near"),
    [
        ("/shop/v1/prize", "/shop/v1/price"),
        ("/shop/v1/orders.gte", "/shop/v1/orders.get"),
        ("/shop/v1/price/", "/shop/v1/price"),
        ("/shop/v2/price", "/shop/v1/price"),
        ("/shop/v1/orders/7/renam", "/shop/v1/orders/{id}/rename"),
    ],
)
def test_the_nearest_address_is_told(table: PathTable[str], path: str, near: str) -> None:
    assert near in table.near(path)


def test_nothing_is_near_to_nonsense(table: PathTable[str]) -> None:
    assert [[], []] == [table.near("/wp-login.php"), table.near("x" * 100_000)]


def test_two_services_stay_apart(table: PathTable[str]) -> None:
    table.add("/other/v1", Route("POST", "/price"), "other")
    found = table.find("/other/v1/price"), table.find("/shop/v1/price")
    assert ["other", "price"] == [f.methods["POST"] for f in found if f is not None]
