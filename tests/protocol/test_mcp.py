"""parvis.protocol.mcp: operations as tools, and their results, streams and problems as what agents are given."""

from __future__ import annotations

import json
import sys
import types
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given as drawn
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from parvis.contract.model import Contract
from parvis.contract.outcomes import Refusal
from parvis.facade.compile import compile_facade
from parvis.facade.options import Options
from parvis.facade.target import load
from parvis.protocol import mcp, problems

SHOP = '''
from __future__ import annotations
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

@dataclass
class Item:
    name: str
    """What it is."""
    count: int = 1

@dataclass
class Node:
    value: int
    children: list[Node] = field(default_factory=list)

@dataclass
class Cat:
    kind: Literal["cat"]

@dataclass
class Dog:
    kind: Literal["dog"]

class Orders:
    def get(self, id: int) -> Item: ...
    def list(self, limit: int = 10) -> list[Item]: ...
    def create(self, item: Item) -> Item: ...
    def update(self, id: int, count: int) -> Item: ...
    def replace(self, id: int, item: Item) -> Item: ...
    def delete(self, id: int) -> None: ...

class Shop:
    """A shop."""
    orders: Orders
    def __init__(self) -> None: self.orders = Orders()
    def price(self, item: str, vat: float | None = None) -> float:
        """The price of an item.

        With tax.

        Args:
            item: What is bought.

        Returns:
            Euros.

        Raises:
            KeyError: There is no such item.
        """
    def get_pet(self) -> Cat | Dog: ...
    def find(self) -> Item | None: ...
    def counts(self) -> dict[str, int]: ...
    def add_note(self, text: str) -> None: ...
    def grow(self, node: Node) -> Node: ...
    def ticks(self) -> Iterator[Item]:
        """Items, one by one."""
'''


@pytest.fixture(scope="module")
def shop() -> Iterator[Contract]:
    module = types.ModuleType("agents_shop")
    sys.modules[module.__name__] = module  # annotations are resolved there
    exec(compile(SHOP, module.__name__, "exec"), vars(module))
    options = Options(costs={"grow": 3}, deprecated={"counts": "use find"})
    yield compile_facade(load(module.Shop), options).contract
    del sys.modules[module.__name__]


@pytest.fixture
def of(shop: Contract) -> Callable[[str], mcp.Tool]:
    made = {tool.definition["_meta"][mcp.OPERATION]: tool for tool in mcp.tools(shop)}
    return lambda name: made[f"shop.{name}"]


Of = Callable[[str], mcp.Tool]


def test_a_tool_is_told_whole(of: Of) -> None:
    assert {
        "name": "shop-price",
        "title": "The price of an item",
        "description": "The price of an item.\n\nWith tax.\n\nReturns: Euros.\n\nKeyError: There is no such item.",
        "inputSchema": {
            "type": "object",
            "properties": {
                "item": {"type": "string", "description": "What is bought."},
                "vat": {"anyOf": [{"type": "number"}, {"type": "null"}], "default": None},
            },
            "required": ["item"],
            "additionalProperties": False,
        },
        "outputSchema": {
            "type": "object",
            "properties": {"result": {"type": "number"}},
            "required": ["result"],
            "additionalProperties": False,
        },
        "annotations": {
            "readOnlyHint": False, "destructiveHint": True, "idempotentHint": False, "openWorldHint": False,
        },
        "_meta": {"parvis/operation": "shop.price"},
    } == of("price").definition  # fmt: skip


def test_a_tool_is_called_by_its_service_and_operation_with_hyphens_for_dots(of: Of) -> None:
    assert "shop-orders-get" == of("orders.get").name


def test_a_name_that_would_be_too_long_is_cut_and_told_from_others_by_a_digest() -> None:
    one, other = (mcp.name_of("shop", "orders." + "a" * 60 + end) for end in "xy")
    assert (64, 64) == (len(one), len(other))
    assert one != other
    assert one.startswith("shop-orders-aaaa")
    assert mcp.name_of("shop", "a" * 59) == "shop-" + "a" * 59


WORD = st.from_regex(r"[A-Za-z][A-Za-z0-9_]{0,30}", fullmatch=True)


@drawn(st.lists(st.tuples(WORD, st.lists(WORD, min_size=1, max_size=3).map(".".join)), unique=True, max_size=20))
def test_no_two_operations_have_one_name_and_every_agent_takes_it(operations: list[tuple[str, str]]) -> None:
    names = [mcp.name_of(*operation) for operation in operations]
    assert len(set(names)) == len(names)
    assert all(len(name) <= 64 and name.replace("-", "_").isidentifier() for name in names)


@pytest.mark.parametrize(
    ("operation", "read", "destroys", "idempotent"),
    [
        ("orders.get", True, False, True),
        ("get_pet", True, False, True),
        ("orders.create", False, False, False),
        ("add_note", False, False, False),
        ("orders.update", False, True, False),
        ("orders.replace", False, True, True),
        ("orders.delete", False, True, True),
        ("grow", False, True, False),
    ],
)
def test_hints_follow_from_reads_names_and_routes(
    of: Of, operation: str, read: bool, destroys: bool, idempotent: bool
) -> None:
    hints = of(operation).definition["annotations"]
    assert (read, destroys, idempotent, False) == tuple(
        hints[name] for name in ("readOnlyHint", "destructiveHint", "idempotentHint", "openWorldHint")
    )


def test_what_a_call_costs_and_that_it_is_to_go_is_told(of: Of) -> None:
    assert "A call counts as 3." == of("grow").definition["description"]
    assert "Deprecated: use find" == of("counts").definition["description"]


def test_a_tool_without_a_docstring_has_a_title_and_no_description(of: Of) -> None:
    definition = of("orders.get").definition
    assert ("shop.orders.get", False) == (definition["title"], "description" in definition)


def test_a_class_stands_at_the_root_of_a_schema_and_what_it_refers_to_beside(of: Of) -> None:
    schema = of("grow").definition["outputSchema"]
    (name,) = schema["$defs"]
    assert "object" == schema["type"]
    assert {"$ref": f"#/$defs/{name}"} == schema["properties"]["children"]["items"]


def test_every_schema_is_one_and_needs_no_other_document(shop: Contract) -> None:
    for tool in mcp.tools(shop):
        for name in ("inputSchema", "outputSchema"):
            schema = tool.definition[name]
            Draft202012Validator.check_schema(schema)
            assert "object" == schema["type"]
            assert "#/components/" not in json.dumps(schema)
            assert "discriminator" not in json.dumps(schema)
            refs = {part["$ref"].removeprefix("#/$defs/") for part in parts(schema) if "$ref" in part}
            assert set(schema.get("$defs", {})) == refs


def parts(schema: Any) -> Iterator[dict[str, Any]]:
    if isinstance(schema, dict):
        yield schema
    for inner in schema.values() if isinstance(schema, dict) else schema if isinstance(schema, list) else ():
        yield from parts(inner)


@pytest.mark.parametrize(
    ("operation", "outcome", "expected"),
    [
        ("price", b"1.5", {"result": 1.5}),
        ("orders.get", b'{"name":"tea","count":2}', {"name": "tea", "count": 2}),
        ("orders.list", b'[{"name":"tea","count":2}]', {"result": [{"name": "tea", "count": 2}]}),
        ("orders.delete", b"null", {"result": None}),
        ("find", b"null", {"result": None}),
        ("find", b'{"name":"tea","count":2}', {"result": {"name": "tea", "count": 2}}),
        ("get_pet", b'{"kind":"cat"}', {"result": {"kind": "cat"}}),
        ("counts", b'{"tea":1}', {"tea": 1}),
        ("grow", b'{"value":1,"children":[{"value":2,"children":[]}]}',
         {"value": 1, "children": [{"value": 2, "children": []}]}),
    ],
)  # fmt: skip
def test_a_result_is_an_object_that_keeps_to_the_schema(
    of: Of, operation: str, outcome: bytes, expected: dict[str, Any]
) -> None:
    tool = of(operation)
    made = mcp.result(tool, outcome)
    assert (False, expected) == (made["isError"], made["structuredContent"])
    assert expected == json.loads(made["content"][0]["text"])
    Draft202012Validator(tool.definition["outputSchema"]).validate(made["structuredContent"])


@pytest.mark.parametrize("truncated", [True, False])
def test_the_items_of_a_stream_are_gathered(of: Of, truncated: bool) -> None:
    made = mcp.collected([b'{"name":"tea","count":1}', b'{"name":"jam","count":2}'], truncated=truncated)
    expected = {"items": [{"name": "tea", "count": 1}, {"name": "jam", "count": 2}], "truncated": truncated}
    assert expected == made["structuredContent"]
    Draft202012Validator(of("ticks").definition["outputSchema"]).validate(expected)
    assert "At most 1,000 items are given" in of("ticks").definition["description"]


def test_a_read_with_too_large_a_result_is_refused_with_what_to_do(of: Of) -> None:
    fits = b'"' + b"a" * (mcp.LARGEST - 2) + b'"'
    tool = replace(of("orders.get"), wrapped=True)
    assert mcp.LARGEST == len(mcp.result(tool, fits)["structuredContent"]["result"]) + 2
    with pytest.raises(Refusal) as refused:
        mcp.result(tool, fits + b" ")
    assert "result-too-large" == refused.value.outcome.code


@pytest.mark.parametrize(("language", "said"), [("en", "do not repeat it"), ("fr", "ne le répétez pas")])
def test_what_took_effect_is_never_refused_for_its_size(of: Of, language: str, said: str) -> None:
    made = mcp.result(of("grow"), b'"' + b"a" * mcp.LARGEST + b'"', language)
    assert (True, False) == (made["isError"], "structuredContent" in made)
    assert said in made["content"][0]["text"]
    assert str(mcp.LARGEST + 2) in made["content"][0]["text"]


PLACES = {"register": "http://s/r", "keys": "http://s/k", "limits": "http://s/l", "explain": "http://s/e", "docs": "/"}


def told(refusal: Refusal) -> str:
    made = mcp.refused(problems.problem(refusal, request_id="r1", language="en", links=PLACES))
    assert made["isError"]
    text: str = made["content"][0]["text"]
    return text


def test_a_refusal_names_each_argument_and_what_to_do() -> None:
    errors = [
        {"location": "item", "message": "is required", "fix": "Give it."},
        {"location": "count", "message": "should be an integer", "fix": ""},
    ]
    refusal = Refusal("invalid-arguments", "2 arguments are not valid.", members={"errors": errors})
    assert (
        "Some arguments are not valid.\n2 arguments are not valid.\n- item: is required. Give it.\n"
        "- count: should be an integer.\nCorrect each argument that `errors` names.\nrequest_id: r1"
    ) == told(refusal)


@pytest.mark.parametrize(
    ("code", "lines"),
    [
        ("right-missing", ["explain: http://s/e", "keys: http://s/k"]),
        ("rate-limited", ["limits: http://s/l"]),
        ("key-revoked", ["register: http://s/r", "keys: http://s/k"]),
        ("unavailable", []),
    ],
)
def test_a_refusal_says_where_the_remedy_is(code: str, lines: list[str]) -> None:
    assert [*lines, "request_id: r1"] == told(Refusal(code, right="shop.price", seconds=3)).split("\n")[2:]


def test_a_declared_error_is_told_by_its_name_and_words(shop: Contract) -> None:
    spec = next(o for o in shop.operations if o.name == "price").errors[0]
    made = mcp.refused(problems.declared(spec, KeyError("pan"), request_id="r1", language="en"))
    assert (
        "The service answers with an error that it declares: KeyError.\npan\nrequest_id: r1"
        == (made["content"][0]["text"])
    )
    assert {"name": "KeyError", "base": "KeyError", "args": ["pan"]} == made["_meta"][mcp.PROBLEM]["exception"]


def test_no_problem_stands_where_a_client_would_check_it_against_the_schema() -> None:
    assert "structuredContent" not in mcp.refused({"title": "Broken"})


def test_what_a_stream_gave_before_it_failed_is_told_too() -> None:
    made = mcp.refused({"title": "Broken", "status": 500}, [b"1", b"2"])
    assert ["Broken.", '{"items":[1,2],"truncated":true}'] == [part["text"] for part in made["content"]]


def test_arguments_are_one_json_object() -> None:
    assert {"a": [1, None], "é": "\ud800"} == json.loads(mcp.given({"a": [1, None], "é": "\ud800"}))


def deep() -> dict[str, Any]:
    made: dict[str, Any] = {}
    for _ in range(100_000):
        made = {"a": made}
    return made


@pytest.mark.parametrize(
    "arguments", [{"a": float("nan")}, {"a": float("inf")}, {"a": 10**5000}, deep()],
    ids=["nan", "infinity", "digits", "depth"],
)  # fmt: skip
def test_arguments_that_are_no_json_are_refused(arguments: dict[str, Any]) -> None:
    with pytest.raises(Refusal) as refused:
        mcp.given(arguments)
    assert "malformed-request" == refused.value.outcome.code
