"""parvis.portal.snippets and samples: what a reader copies is the call, word for word."""

from __future__ import annotations

import dataclasses
import json
import shlex
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from parvis.contract.model import Contract, Default, Operation, Parameter, Result, Route
from parvis.portal.samples import sample
from parvis.portal.snippets import command, curl, first_call, new_key, python, register

from .conftest import BASE_URL, SHOP

BY_NAME = {operation.name: operation for operation in SHOP.operations}
AUTHORIZED = ["-H", "Authorization: Bearer $PARVIS_KEY"]


def words(line: str) -> list[str]:
    """The words that a shell makes of a command; ``shlex`` alone keeps a line's end that is escaped."""
    return shlex.split(line.replace("\\\n", " "))


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("price", [*AUTHORIZED, "/price?item=item"]),
        ("watch", ["-N", *AUTHORIZED, "--json", "{}", "/watch"]),
        ("orders.list", [*AUTHORIZED, "/orders"]),
        ("orders.create", [*AUTHORIZED, "--json", '{"item": "item", "size": "s"}', "/orders"]),
        ("orders.rename", [*AUTHORIZED, "--json", '{"name": "name"}', "/orders/id/rename"]),
        ("orders.delete", ["-X", "DELETE", *AUTHORIZED, "/orders/id"]),
    ],
)
def test_curl_calls_with_the_required_arguments_and_a_read_by_get(name: str, expected: list[str]) -> None:
    *options, url = words(curl(SHOP, BY_NAME[name], BASE_URL))
    assert ["curl", *expected] == [*options, url.removeprefix(f"{BASE_URL}/shop/v1")]


def operation(*parameters: Parameter, route: Route) -> Operation:
    return Operation("find", parameters, Result("str", {"type": "string"}), (route,), read="listed")


def test_what_the_shell_or_the_address_would_misread_is_quoted() -> None:
    odd = Parameter("q", "positional_or_keyword", "str", {"enum": ["it's a/b & $HOME"]}, simple=True)
    many = Parameter(
        "n", "positional_or_keyword", "list[int]", {"type": "array", "items": {"const": True}}, simple=True
    )
    query = curl(SHOP, operation(odd, many, route=Route("GET", "/find")), BASE_URL)
    assert f"{BASE_URL}/shop/v1/find?q=it%27s+a%2Fb+%26+%24HOME&n=true" == words(query)[-1]
    path = curl(SHOP, operation(odd, route=Route("GET", "/find/{id}", id="q")), BASE_URL)
    assert f"{BASE_URL}/shop/v1/find/it%27s%20a%2Fb%20%26%20%24HOME" == words(path)[-1]
    body = words(curl(SHOP, operation(odd, route=Route("POST", "/find")), BASE_URL))
    assert {"q": "it's a/b & $HOME"} == json.loads(body[body.index("--json") + 1])


def test_a_file_is_sent_as_one() -> None:
    name = Parameter("name", "positional_or_keyword", "str", {"type": "string"}, simple=True)
    file = Parameter("photo", "positional_or_keyword", "BinaryIO", {"type": "string", "format": "base64url"})
    put = Operation("put", (name, file), Result("str", {"type": "string"}), (Route("POST", "/put"),))
    asked = words(curl(SHOP, put, BASE_URL))
    assert ["--form-string", "name=name", "-F", "photo=@FILE", f"{BASE_URL}/shop/v1/put"] == asked[-5:]
    assert python(SHOP, put, BASE_URL).endswith("""print(shop.put(name='name', photo=open("FILE", "rb")))""")


def test_the_key_stands_in_the_command_once_there_is_one() -> None:
    assert "Bearer pv_live_x" in curl(SHOP, BY_NAME["price"], BASE_URL, "pv_live_x")
    assert ', key="pv_live_x")' in python(SHOP, BY_NAME["price"], BASE_URL, "pv_live_x")


@pytest.mark.parametrize(
    ("name", "last"),
    [
        ("price", "print(shop.price(item='item'))"),
        ("watch", "for item in shop.watch():\n    print(item)"),
        ("orders.create", "print(shop.orders.create(item='item', size=...))"),
        ("orders.rename", "print(shop.orders.rename('id', name='name'))"),
    ],
)
def test_python_calls_as_if_it_held_the_object(name: str, last: str) -> None:
    text = python(SHOP, BY_NAME[name], BASE_URL)
    assert f'from parvis import connect\n\nshop = connect("{BASE_URL}/shop")\n{last}' == text
    compile(text, "snippet", "exec")


def test_registration_is_one_command_or_two_of_curl() -> None:
    assert ["parvis", "register", BASE_URL] == words(command(BASE_URL))
    account = words(register(BASE_URL))
    assert ["curl", "--json", f"{BASE_URL}/parvis/v1/accounts"] == [*account[:2], account[3]]
    assert {"email", "password", "name"} == set(json.loads(account[2]))
    key = ["curl", "-u", "you@example.org", "--json", '{"label": "first"}', f"{BASE_URL}/parvis/v1/keys"]
    assert key == words(new_key(BASE_URL))
    wanted = ["curl", "-u", "acc_1", "--json", '{"label": "test", "test": true}', f"{BASE_URL}/parvis/v1/keys"]
    assert wanted == words(new_key(BASE_URL, "acc_1", test=True))
    assert words(new_key(BASE_URL, "o'neil&co@example.org"))[2] == "o'neil&co@example.org"


def test_the_consoles_own_operations_take_a_password_or_nobody() -> None:
    console = Contract("parvis", (BY_NAME["orders.list"],))
    make, mine = (Operation(name, (), Result("str", {}), (Route("POST", "/x"),)) for name in ("accounts.create", "a.b"))
    assert "-u" not in words(curl(console, make, BASE_URL))
    assert ["-u", "you@example.org"] == words(curl(console, mine, BASE_URL))[1:3]


def test_the_first_call_is_a_read_with_nothing_to_invent() -> None:
    found = first_call(SHOP)
    assert found is not None
    assert found.name == "orders.list"
    without = Contract("shop", tuple(o for o in SHOP.operations if o.name != "orders.list"))
    found = first_call(without)
    assert found is not None
    assert found.name == "price", "a read before what changes something"
    assert first_call(Contract("empty", ())) is None


def test_who_can_only_read_is_shown_a_read_or_nothing() -> None:
    found = first_call(SHOP, reads=True)
    assert found is not None
    assert found.name == "orders.list"
    writes = Contract("shop", tuple(o for o in SHOP.operations if o.read is None))
    assert first_call(writes) is not None
    assert first_call(writes, reads=True) is None


SCHEMAS: dict[str, Any] = {
    "Node": {"type": "object", "properties": {"next": {"$ref": "#/components/schemas/Node"}}, "required": ["next"]},
    "Item": {"type": "object", "properties": {"id": {"type": "string"}, "n": {"type": "integer"}}, "required": ["id"]},
}


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "string"}, {"type": "string", "format": "date"}, {"type": "string", "format": "uuid"},
        {"type": "integer"}, {"type": "integer", "minimum": 5}, {"type": "integer", "exclusiveMinimum": 5},
        {"type": "integer", "exclusiveMinimum": 0.5}, {"type": "number", "exclusiveMinimum": 0.5}, {"type": "boolean"},
        {"type": "integer", "maximum": -3}, {"type": "number", "exclusiveMaximum": 0.5, "minimum": 0}, {"type": "null"},
        {"const": 3}, {"enum": ["a", "b"]}, {"anyOf": [{"type": "integer"}, {"type": "null"}]},
        {"type": "array", "items": {"type": "integer"}}, {"type": "array", "prefixItems": [{"const": 1}, {"const": 2}]},
        {"$ref": "#/components/schemas/Item"}, {"type": "object", "additionalProperties": {"type": "string"}}, {},
        {"type": "string", "contentEncoding": "base64"}, {"allOf": [{"$ref": "#/components/schemas/Item"}]},
    ],
    ids=json.dumps,
)  # fmt: skip
def test_a_sample_is_valid(schema: dict[str, Any]) -> None:
    given = Contract("x", (), schemas=SCHEMAS)
    value = sample(Parameter("p", "positional_or_keyword", "Any", schema, Default("1", 1)), given)
    assert Draft202012Validator({**schema, "components": {"schemas": SCHEMAS}}).is_valid(value), value


def test_a_schema_of_itself_ends() -> None:
    node = Parameter("p", "positional_or_keyword", "Node", {"$ref": "#/components/schemas/Node"})
    assert json.dumps(sample(node, Contract("x", (), schemas=SCHEMAS))).count("next") < 10


def test_an_example_of_the_publisher_is_the_call_that_is_shown() -> None:
    shown = dataclasses.replace(BY_NAME["price"], example={"item": "green tea", "vat": 0.1})
    assert words(curl(SHOP, shown, BASE_URL))[-1] == f"{BASE_URL}/shop/v1/price?item=green+tea&vat=0.1"
    assert python(SHOP, shown, BASE_URL).endswith("print(shop.price(item='green tea', vat=0.1))")
