"""parvis.contract.openapi: the documents are valid, say what docs/mapping.md promises, and agree with each other."""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Literal, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from openapi_schema_validator import OAS30Validator
from openapi_spec_validator import OpenAPIV30SpecValidator, OpenAPIV31SpecValidator

from parvis.contract.model import Contract, DeclaredError, Default, Operation, Own, Parameter, ParameterKind, Result
from parvis.contract.openapi.document import openapi
from parvis.contract.openapi.headers import HEADERS
from parvis.contract.openapi.version30 import schema30
from parvis.contract.routes import Shape, routes_of

Version = Literal["3.1", "3.0"]
VERSIONS: tuple[Version, ...] = get_args(Version)
STRING: dict[str, Any] = {"type": "string"}
NULLABLE: dict[str, Any] = {"anyOf": [{"type": "string"}, {"type": "null"}]}
ITEM: dict[str, Any] = {"$ref": "#/components/schemas/Item"}
CONDITION = {"$ref": "#/components/parameters/If-None-Match"}


def parameter(
    name: str,
    schema: dict[str, Any] = STRING,
    default: Default | None = None,
    *,
    kind: ParameterKind = "positional_or_keyword",
    description: str = "",
    simple: bool = True,
) -> Parameter:
    return Parameter(name, kind, "str", schema, default, description, simple)


def contract(*operations: Operation, service: str = "shop", **members: Any) -> Contract:
    """A contract whose operations have the routes of their names."""
    table = routes_of(
        Shape(o.name, o.parameters, o.read is not None, o.result.schema == {"type": "null"}) for o in operations
    )
    return Contract(service, tuple(replace(o, routes=table[o.name]) for o in operations), **members)


def operation(name: str, *parameters: Parameter, result: Result | None = None, **members: Any) -> Operation:
    return Operation(name, parameters, result or Result("str", STRING), (), **members)


NOTHING = Result("None", {"type": "null"})
SCHEMAS: dict[str, Any] = {
    "Item": {
        "type": "object",
        "description": "A thing on the shelf.",
        "properties": {
            "id": {"type": "string"},
            "size": {"anyOf": [{"$ref": "#/components/schemas/Size"}, {"type": "null"}], "default": None},
            "price": {"anyOf": [{"type": "number"}, {"type": "string", "pattern": r"^\d+(\.\d+)?$"}]},
            "at": {"type": "array", "prefixItems": [{"type": "number"}, STRING], "minItems": 2, "maxItems": 2},
            "photo": {"type": "string", "contentEncoding": "base64", "contentMediaType": "image/png"},
            "stock": {"type": "integer", "exclusiveMinimum": 0},
            "kind": {"const": "item"},
            "parts": {"type": "array", "items": {"$ref": "#/components/schemas/Item"}},
            "notes": {"type": "object", "additionalProperties": {"type": ["string", "null"]}},
            "any": True,
        },
        "required": ["id"],
        "additionalProperties": False,
    },
    "Size": {"type": "string", "enum": ["s", "m"]},
}  # fmt: skip
SHOP = contract(
    operation(
        "price",
        parameter("item", description="Which item."),
        parameter("vat", {"type": "number"}, Default("0.2", 0.2)),
        parameter("tags", {"type": "array", "items": STRING}, Default("()", [])),
        parameter("note", NULLABLE, Default("None")),
        parameter("options", {"type": "object"}, Default("{}", {}), simple=False),
        read="listed",
        summary="What an item costs.",
        description="With the value-added tax.",
        errors=(DeclaredError("UnknownItem", "LookupError", 404, "there is no such item"),),
    ),
    operation("watch", result=Result("Item", ITEM, stream=True), read="listed"),
    operation("ping", result=NOTHING),
    operation("orders.get", parameter("order", description="Its number."), read="listed", result=Result("Item", ITEM)),
    operation("orders.list", parameter("state", NULLABLE, Default("None")), read="listed"),
    operation("orders.create", parameter("item", ITEM, simple=False), result=Result("Item", ITEM)),
    operation("orders.update", parameter("order"), parameter("state", STRING, Default("…", exact=False))),
    operation("orders.delete", parameter("order"), parameter("force", {"type": "boolean"}, Default("False", False)),
              result=NOTHING, errors=(DeclaredError("ValueError", "ValueError", 422, "it has left"),)),
    operation("orders.rename", parameter("id", kind="positional_only"), parameter("name"), deprecated="Use update."),
    title="The shop", summary="Buy things.", description="All of the shop.", schemas=SCHEMAS,
    parts={"orders": "What was bought."},
)  # fmt: skip


def document(version: Version = "3.1", given_contract: Contract = SHOP) -> dict[str, Any]:
    return openapi(given_contract, server_url="https://api.example.org/", version=version)


def validate(made: dict[str, Any]) -> None:
    made = json.loads(json.dumps(made))
    (OpenAPIV31SpecValidator if made["openapi"].startswith("3.1") else OpenAPIV30SpecValidator)(made).validate()


@pytest.mark.parametrize("version", VERSIONS)
def test_the_document_is_valid(version: Version) -> None:
    validate(document(version))


@pytest.mark.parametrize("version", VERSIONS)
def test_the_document_of_a_service_without_operations_is_valid(version: Version) -> None:
    validate(document(version, Contract("empty", ())))


def test_the_document_names_the_service_and_where_it_stands() -> None:
    made = document()
    assert {
        "title": "The shop",
        "summary": "Buy things.",
        "description": "All of the shop.",
        "version": "1",
    } == made["info"]
    assert [{"url": "https://api.example.org/shop/v1"}] == made["servers"]
    assert [{"url": "/shop/v1"}] == openapi(SHOP, server_url=None)["servers"]


def test_each_operation_stands_at_the_first_of_its_routes() -> None:
    found = {
        o["operationId"]: (method.upper(), path)
        for path, item in document()["paths"].items()
        for method, o in item.items()
    }
    expected = {o.name.replace(".", "_"): (o.routes[0].method, o.routes[0].path) for o in SHOP.operations}
    assert expected == found


def test_operation_ids_stay_unique_where_underscores_make_two_names_one() -> None:
    twins = contract(operation("a_b.c"), operation("a.b_c"), operation("a_b_c"))
    ids = [o["operationId"] for item in document(given_contract=twins)["paths"].values() for o in item.values()]
    assert ["a_b_c", "a_b_c_2", "a_b_c_3"] == sorted(ids)
    validate(document(given_contract=twins))


def test_operations_are_tagged_by_their_sub_facade_and_the_tags_are_listed() -> None:
    made = document()
    shop, orders = {"name": "shop", "description": "Buy things."}, {"name": "orders", "description": "What was bought."}
    assert [shop, orders] == made["tags"]
    assert ["orders"] == made["paths"]["/orders"]["get"]["tags"]
    assert ["shop"] == made["paths"]["/price"]["post"]["tags"]


def test_a_path_holds_the_id_under_one_name_and_tells_the_parameters_own() -> None:
    expected = {"name": "id", "in": "path", "required": True, "description": "`order`: Its number.", "schema": STRING}
    assert [expected, CONDITION] == document()["paths"]["/orders/{id}"]["get"]["parameters"]


def test_a_query_says_no_null_and_names_its_style() -> None:
    expected = {"name": "state", "in": "query", "style": "form", "explode": True, "schema": STRING}
    assert [expected, CONDITION] == document()["paths"]["/orders"]["get"]["parameters"]


def test_a_delete_takes_its_other_arguments_from_the_query() -> None:
    delete = document()["paths"]["/orders/{id}"]["delete"]
    assert ["id", "force"] == [p["name"] for p in delete["parameters"] if "name" in p]
    assert {"type": "boolean", "default": False} == delete["parameters"][1]["schema"]
    assert "requestBody" not in delete


def test_a_compound_argument_stands_in_no_query() -> None:
    compound = parameter("filter", {"type": "object"}, Default("{}", {}), simple=False)
    found = contract(operation("things.list", compound, parameter("page", STRING, Default("''", "")), read="listed"))
    shown = document(given_contract=found)["paths"]["/things"]["get"]["parameters"]
    assert ["page"] == [p["name"] for p in shown if "name" in p]


def test_a_body_is_one_object_keyed_by_parameter_name() -> None:
    expected = {
        "type": "object",
        "properties": {
            "item": {"type": "string", "description": "Which item."},
            "vat": {"type": "number", "default": 0.2},
            "tags": {"type": "array", "items": STRING, "default": []},
            "note": {**NULLABLE, "default": None},
            "options": {"type": "object", "default": {}},
        },
        "required": ["item"],
        "additionalProperties": False,
    }
    body = document()["paths"]["/price"]["post"]["requestBody"]
    either = {"application/json": {"schema": expected}, "application/msgpack": {"schema": expected}}
    assert {"required": True, "content": either} == body


def test_a_body_of_optional_arguments_is_optional_and_an_inexact_default_is_not_told() -> None:
    body = document()["paths"]["/orders/{id}"]["patch"]["requestBody"]
    assert body["required"] is False
    assert STRING == body["content"]["application/json"]["schema"]["properties"]["state"]


@pytest.mark.parametrize(
    ("path", "method", "status"),
    [
        ("/price", "post", "200"),
        ("/orders", "post", "201"),
        ("/orders/{id}", "delete", "204"),
        ("/orders/{id}", "patch", "200"),
        ("/ping", "post", "200"),
    ],
)
def test_the_success_has_the_status_of_the_route(path: str, method: str, status: str) -> None:
    responses = document()["paths"][path][method]["responses"]
    assert [status] == [s for s in responses if s < "300"]
    assert (status != "204") == ("content" in responses[status])


def test_a_stream_answers_with_json_lines_or_events_of_one_item_each_or_an_array_of_all() -> None:
    assert {
        "application/jsonl": {"schema": ITEM},
        "text/event-stream": {"schema": ITEM},
        "application/json": {"schema": {"type": "array", "items": ITEM}},
    } == document()["paths"]["/watch"]["post"]["responses"]["200"]["content"]


def test_a_value_answers_with_json_or_messagepack_of_one_schema() -> None:
    content = document()["paths"]["/orders/{id}"]["get"]["responses"]["200"]["content"]
    assert {"application/json": {"schema": ITEM}, "application/msgpack": {"schema": ITEM}} == content


def test_a_read_by_get_has_a_tag_and_may_be_unchanged_and_nothing_else() -> None:
    made = document()
    tagged = {
        (path, method)
        for path, item in made["paths"].items()
        for method, o in item.items()
        if "304" in o["responses"] or any("ETag" in r.get("headers", {}) for r in o["responses"].values())
    }
    assert {("/orders", "get"), ("/orders/{id}", "get")} == tagged
    assert "content" not in made["components"]["responses"]["unchanged"]
    assert "ETag" in made["components"]["headers"]


def test_a_create_beside_a_get_answers_with_location_if_the_result_has_an_id() -> None:
    assert "Location" in document()["paths"]["/orders"]["post"]["responses"]["201"]["headers"]
    for alone in (
        contract(operation("orders.create", result=Result("Item", ITEM)), schemas=SCHEMAS),
        contract(operation("orders.create"), operation("orders.get", parameter("id"), read="listed")),
    ):
        answered = document(given_contract=alone)["paths"]["/orders"]["post"]["responses"]["201"]
        assert "Location" not in answered["headers"]


def test_a_declared_error_has_a_response_that_names_it_beside_the_refusals_of_that_status() -> None:
    made = document()["paths"]
    assert "`UnknownItem`: there is no such item" == made["/price"]["post"]["responses"]["404"]["description"]
    refused = made["/orders/{id}"]["delete"]["responses"]["422"]["description"]
    assert "`ValueError`: it has left\n\n`invalid-arguments`: Some arguments are not valid" in refused


@pytest.mark.parametrize(
    ("path", "method", "expected"),
    [
        ("/watch", "post", "200 400 401 403 406 408 412 413 415 422 429 431 500 503 504"),
        ("/orders", "get", "200 304 400 401 403 406 408 412 422 429 431 500 503 504"),
        ("/orders/{id}", "get", "200 304 400 401 403 404 406 408 412 422 429 431 500 503 504"),
        ("/orders/{id}", "patch", "200 400 401 403 404 406 408 409 412 413 415 422 429 431 500 503 504"),
    ],
)
def test_a_response_stands_only_where_the_operation_can_answer_it(path: str, method: str, expected: str) -> None:
    assert expected == " ".join(document()["paths"][path][method]["responses"])


def test_every_refusal_is_a_problem_and_none_is_unused() -> None:
    made = document()
    shared = {name: r for name, r in made["components"]["responses"].items() if name != "unchanged"}
    contents = {name: r["content"]["application/problem+json"] for name, r in shared.items()}
    reference = {"$ref": "#/components/schemas/Problem"}
    assert [] == [name for name, content in contents.items() if content["schema"] != reference]
    assert [] == [name for name, content in contents.items() if not content["examples"]]
    text = json.dumps(made["paths"])
    assert all(f"#/components/responses/{name}" in text for name in made["components"]["responses"])


def test_an_operation_that_may_change_something_takes_an_idempotency_key() -> None:
    made = document()
    key = {"$ref": "#/components/parameters/Idempotency-Key"}
    assert key in made["paths"]["/orders"]["post"]["parameters"]
    assert key not in made["paths"]["/orders"]["get"]["parameters"]
    assert "409" not in made["paths"]["/orders"]["get"]["responses"]
    shape = re.compile(made["components"]["parameters"]["Idempotency-Key"]["schema"]["pattern"])
    assert shape.search(made["components"]["parameters"]["Idempotency-Key"]["example"])
    reading = contract(operation("things.list", read="listed"))
    assert ["If-None-Match"] == list(document(given_contract=reading)["components"]["parameters"])


def test_a_facade_may_have_a_class_named_problem() -> None:
    found = contract(operation("ask"), schemas={"Problem": {"type": "string"}})
    made = document(given_contract=found)
    assert {"type": "string"} == made["components"]["schemas"]["Problem"]
    assert "request_id" in made["components"]["schemas"]["Problem_2"]["properties"]
    validate(made)


def test_a_key_opens_every_service_and_a_password_the_console_alone() -> None:
    assert [{"key": []}] == document()["security"]
    console = document(given_contract=contract(operation("accounts.create"), service="parvis"))
    assert [{"key": []}, {"password": []}] == console["security"]
    assert {"key", "password"} == set(console["components"]["securitySchemes"])
    validate(console)


def test_summary_description_signature_and_deprecation_are_told() -> None:
    price = document()["paths"]["/price"]["post"]
    assert ("What an item costs.", "With the value-added tax.") == (price["summary"], price["description"])
    assert price["x-python-signature"].startswith("price(item: str, vat: str = 0.2,")
    rename = document()["paths"]["/orders/{id}/rename"]["post"]
    assert (True, "Deprecated: Use update.") == (rename["deprecated"], rename["description"])


def test_an_operation_that_says_nothing_is_called_by_its_name() -> None:
    assert "orders.list" == document()["paths"]["/orders"]["get"]["summary"]


def test_making_a_document_changes_nothing_in_the_contract() -> None:
    before = SHOP.to_json()
    document("3.0")
    assert before == SHOP.to_json()


# 3.0: the same document in older words


def test_the_older_document_has_the_same_operations_and_responses() -> None:
    newer, older = document("3.1")["paths"], document("3.0")["paths"]
    assert {(p, m, *o["responses"]) for p, item in newer.items() for m, o in item.items()} == {
        (p, m, *o["responses"]) for p, item in older.items() for m, o in item.items()
    }


@pytest.mark.parametrize(
    ("newer", "older"),
    [
        ({"type": ["string", "null"]}, {"type": "string", "nullable": True}),
        (NULLABLE, {"type": "string", "nullable": True}),
        ({"anyOf": [ITEM, {"type": "null"}]}, {"anyOf": [ITEM, {"type": "object", "enum": [None], "nullable": True}]}),
        ({"type": "null"}, {"type": "object", "enum": [None], "nullable": True}),
        ({"const": "x"}, {"enum": ["x"]}),
        ({"type": "integer", "exclusiveMinimum": 0}, {"type": "integer", "minimum": 0, "exclusiveMinimum": True}),
        ({"minimum": 5, "exclusiveMinimum": 0}, {"minimum": 5}),
        ({"maximum": 5, "exclusiveMaximum": 5}, {"maximum": 5, "exclusiveMaximum": True}),
        ({"type": "string", "contentEncoding": "base64"}, {"type": "string", "format": "byte"}),
        ({"type": "array"}, {"type": "array", "items": {}}),
        (
            {"type": "array", "prefixItems": [{"type": "string"}, {"type": "integer"}], "maxItems": 2},
            {"type": "array", "items": {"anyOf": [{"type": "string"}, {"type": "integer"}]}, "maxItems": 2},
        ),
        ({"type": "array", "prefixItems": [STRING, STRING], "items": False},
         {"type": "array", "items": STRING, "maxItems": 2}),
        ({"type": "array", "prefixItems": [STRING]}, {"type": "array", "items": {}}),
        ({**ITEM, "description": "x"}, {"allOf": [ITEM], "description": "x"}),
        ({"properties": {"const": {"const": 1}}, "required": []}, {"properties": {"const": {"enum": [1]}}}),
        ({"type": "object", "propertyNames": {"pattern": "^a"}, "$comment": "x"}, {"type": "object"}),
        (
            {"description": "outer", "anyOf": [{"type": "string", "description": "inner"}, {"type": "null"}]},
            {
                "description": "outer",
                "anyOf": [
                    {"type": "string", "description": "inner"}, {"type": "object", "enum": [None], "nullable": True},
                ],
            },
        ),
        ({"examples": ["a", "b"]}, {"example": "a"}),
        ({"additionalProperties": False, "patternProperties": {"^x": True}}, {}),
        (True, {}),
        (False, {"not": {}}),
    ],
)  # fmt: skip
def test_a_schema_is_reworded(newer: dict[str, Any] | bool, older: dict[str, Any]) -> None:
    assert older == schema30(newer)


SCALARS: list[dict[str, Any] | bool] = [
    {"type": "string"}, {"type": "integer"}, {"type": "number"}, {"type": "boolean"}, {"type": "null"}, True, False,
    {"type": ["string", "null"]}, {"type": ["integer", "string"]}, {"type": ["array", "null", "boolean"]}, {"const": 1},
    {"const": None}, {"enum": ["a", None]}, {"type": "string", "enum": ["a"]}, {"type": "integer", "minimum": 1},
    {"type": "number", "exclusiveMinimum": 0, "minimum": -1}, {"type": "integer", "exclusiveMaximum": 1},
    {"type": "string", "contentEncoding": "base64"}, {"type": "string", "maxLength": 1}, {"type": "array"},
]  # fmt: skip


def compound(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    forms = st.lists(inner, min_size=1, max_size=3)
    return st.one_of(
        st.builds(lambda s: {"type": "array", "items": s}, inner),
        st.builds(lambda s: {"type": "array", "prefixItems": s}, forms),
        st.builds(lambda s, r: {"type": "array", "prefixItems": s, "items": r}, forms, inner),
        st.builds(lambda s: {"type": "array", "prefixItems": s, "maxItems": len(s)}, forms),
        st.builds(lambda s: {"type": "object", "properties": {"a": s}, "required": ["a"]}, inner),
        st.builds(lambda s: {"type": "object", "additionalProperties": s}, inner),
        st.builds(lambda s: {"type": "object", "patternProperties": {"^a": s}, "additionalProperties": False}, inner),
        st.builds(lambda s: {"anyOf": s}, forms),
        st.builds(lambda s: {"anyOf": [s, {"type": "null"}]}, inner),
        st.builds(lambda s: {"anyOf": [s, {"type": "null"}], "type": ["string", "null", "array"]}, inner),
        st.builds(lambda s: {"allOf": s}, forms),
        st.builds(
            lambda s, t: {"allOf": s, "type": t}, forms, st.sampled_from([["string", "null"], ["integer", "object"]])
        ),
    )


VALUES = st.recursive(
    st.sampled_from([None, True, False, 0, 1, -1, 2, 0.5, "", "a", "ab"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["a", "b"]), inner, max_size=2),
    max_leaves=6,
)


@given(st.recursive(st.sampled_from(SCALARS), compound, max_leaves=6), VALUES)
def test_what_the_newer_schema_accepts_the_older_accepts(schema: Any, value: Any) -> None:
    older = schema30(schema)
    OAS30Validator.check_schema(older)
    if Draft202012Validator(schema).is_valid(value):
        assert OAS30Validator(older).is_valid(value), (older, value)


@given(st.sampled_from(SCALARS), VALUES)
def test_a_schema_that_both_versions_can_say_refuses_the_same_values(schema: Any, value: Any) -> None:
    assert Draft202012Validator(schema).is_valid(value) == OAS30Validator(schema30(schema)).is_valid(value)


def test_answers_to_a_caller_with_limits_tell_what_is_left_and_the_console_s_do_not() -> None:
    shop = document(given_contract=contract(operation("find", parameter("id"), read="listed")))
    console = document(given_contract=dataclasses.replace(contract(operation("limits")), service="parvis"))

    left = {"RateLimit-Policy", "RateLimit"}
    assert left == left & set(shop["components"]["headers"])
    assert left <= set(shop["components"]["responses"]["problem-429"]["headers"])
    assert set() == left & set(console["components"]["headers"])
    assert not left & set(shop["components"]["responses"]["problem-401"]["headers"])


def problems(made: dict[str, Any]) -> Iterator[tuple[str, str, Any]]:
    """Status, name and value of each example of a problem, wherever it stands."""
    shared = made["components"]["responses"]
    for item in made["paths"].values():
        for o in item.values():
            for status, response in o["responses"].items():
                told = shared[response["$ref"].rpartition("/")[2]] if "$ref" in response else response
                for name, example in told.get("content", {}).get(PROBLEM, {}).get("examples", {}).items():
                    known = made["components"]["examples"]
                    yield status, name, known[example["$ref"].rpartition("/")[2]] if "$ref" in example else example


PROBLEM = "application/problem+json"


def test_every_example_of_a_problem_is_one_of_its_response_with_the_address_of_its_page() -> None:
    made = document()
    schema = Draft202012Validator(made["components"]["schemas"]["Problem"])
    found = list(problems(made))
    assert len(found) > 100
    for status, name, example in found:
        value = example["value"]
        schema.validate(value)
        assert (int(status), f"/errors/{value['code']}") == (value["status"], value["type"])
        assert name in (value["code"], value.get("exception", {}).get("name"))
        assert "…" not in value["fix"]


def test_a_declared_error_has_an_example_with_its_exception() -> None:
    examples = document()["paths"]["/price"]["post"]["responses"]["404"]["content"][PROBLEM]["examples"]
    assert {"name": "UnknownItem", "base": "LookupError", "args": []} == examples["UnknownItem"]["value"]["exception"]


def test_the_example_of_a_result_stands_in_each_form_of_a_value() -> None:
    found = contract(operation("price", result=Result("float", {"type": "number"}, example=3.5)))
    content = document(given_contract=found)["paths"]["/price"]["post"]["responses"]["200"]["content"]
    assert [3.5, 3.5] == [each["example"] for each in content.values()]


def test_an_example_that_counts_for_nothing_is_shown_too() -> None:
    found = contract(operation("things.list", parameter("from_"), read="listed", example={"from_": 0}))
    shown = document(given_contract=found)["paths"]["/things"]["get"]["parameters"][0]
    assert 0 == shown["example"]


def test_an_example_is_no_schema_in_the_older_version_either() -> None:
    given = {"item": {"schema": {"const": 1}}}
    found = contract(operation("price", parameter("item", {"type": "object"}, simple=False), example=given))
    body = document("3.0", found)["paths"]["/price"]["post"]["requestBody"]["content"]["application/json"]
    assert given == body["example"]


def test_every_answer_has_the_fields_of_every_answer_and_a_reference_for_each() -> None:
    made = document()
    every = {"X-Request-Id", "Cache-Control", "X-Content-Type-Options", "Strict-Transport-Security"}
    for item in made["paths"].values():
        for o in item.values():
            for status, response in o["responses"].items():
                told = (
                    made["components"]["responses"][response["$ref"].rpartition("/")[2]]
                    if "$ref" in response
                    else response
                )
                early = {"X-Request-Id", "Strict-Transport-Security"} if status in ("408", "431") else set()
                assert every - early <= set(told["headers"]), status
    assert "integer" == made["components"]["headers"]["Retry-After"]["schema"]["type"]
    assert "uri-reference" == made["components"]["headers"]["Location"]["schema"]["format"]
    assert "Strict-Transport-Security" not in openapi(SHOP, server_url="http://a.example")["components"]["headers"]


@pytest.mark.parametrize("name", HEADERS)
def test_the_example_of_a_field_is_one(name: str) -> None:
    Draft202012Validator(HEADERS[name]["schema"]).validate(HEADERS[name]["example"])


def test_every_answer_of_an_operation_that_is_to_go_says_so() -> None:
    parting = operation("find", parameter("id"), read="listed", deprecated="Use get.", deprecated_since="2026-09-01",
                        sunset="2027-03-01")  # fmt: skip
    found = document(given_contract=contract(parting, operation("stay", read="listed")))["paths"]
    for status, response in found["/find"]["get" if "get" in found["/find"] else "post"]["responses"].items():
        told = {"Deprecation", "Sunset", "Link"} & set(response["headers"])
        assert (set() if status in ("408", "431") else {"Deprecation", "Sunset", "Link"}) == told, status


def test_an_operation_that_anybody_may_call_says_so_and_one_with_a_secret_takes_no_key() -> None:
    console = contract(
        operation("accounts.create", own=Own(open=True, repeatable=False, refusals=("account-exists",))),
        operation("accounts.erase", own=Own()),
        service="parvis",
    )
    made = document(given_contract=console)
    create, erase = made["paths"]["/accounts"]["post"], made["paths"]["/accounts/erase"]["post"]
    assert {} in create["security"]
    assert "security" not in erase
    key = {"$ref": "#/components/parameters/Idempotency-Key"}
    assert (False, True) == (key in create.get("parameters", []), key in erase["parameters"])
    assert {"$ref": "#/components/responses/problem-409-account-exists"} == create["responses"]["409"]
    assert {"$ref": "#/components/responses/problem-409-repeatable"} == erase["responses"]["409"]
    validate(made)


def test_a_page_has_a_link_to_the_next() -> None:
    page = {"type": "object", "properties": {"items": {"type": "array", "items": STRING}, "next": NULLABLE}}
    cursor = parameter("cursor", NULLABLE, Default("None"))
    listing = operation("things.list", cursor, read="listed", result=Result("Page", page))
    found = contract(listing, operation("others.list", read="listed", result=Result("Page", page)))
    paths = document(given_contract=found)["paths"]
    linked = {path: "Link" in item["get"]["responses"]["200"]["headers"] for path, item in paths.items()}
    assert {"/things": True, "/others": False} == linked


def test_the_page_of_the_service_is_named_where_it_has_one() -> None:
    made = openapi(SHOP, server_url=None, page="https://api.example.org/shop/")
    assert "https://api.example.org/shop/" == made["externalDocs"]["url"]
    # OpenAPI takes no relative address here.
    assert "externalDocs" not in openapi(SHOP, server_url=None, page="/shop/")
    assert "externalDocs" not in openapi(SHOP, server_url=None)
    validate(made)


RAW = Result("bytes", {"type": "string", "contentEncoding": "base64"})


def blob(name: str, default: Default | None = None) -> Parameter:
    return Parameter(name, "positional_or_keyword", "bytes", RAW.schema, default)


@pytest.mark.parametrize("version", VERSIONS)
def test_bytes_come_and_go_as_they_are_in_parts_too(version: Version) -> None:
    found = contract(
        operation("photos.get", parameter("id"), read="listed", result=RAW, media="image/png"),
        operation("put", blob("content"), media="image/png"),
        operation("name", parameter("title"), blob("content")),
    )
    made = document(version, found)
    validate(made)
    get = made["paths"]["/photos/{id}"]["get"]
    binary = {"type": "string", "format": "binary"}
    assert {"schema": binary} == get["responses"]["200"]["content"]["image/png"]
    assert ["image/png"] == list(get["responses"]["206"]["content"])
    assert {"Content-Range", "Accept-Ranges", "ETag"} <= set(get["responses"]["206"]["headers"])
    assert "416" in get["responses"]
    assert {"$ref": "#/components/parameters/Range"} in get["parameters"]
    put = made["paths"]["/put"]["post"]["requestBody"]["content"]
    assert ["application/json", "application/msgpack", "application/octet-stream", "image/png"] == list(put)
    # Octets would have their other arguments in the query, which the document cannot say of one type alone.
    named = made["paths"]["/name"]["post"]["requestBody"]["content"]
    assert ["application/json", "application/msgpack", "multipart/form-data"] == list(named)
    assert binary == named["multipart/form-data"]["schema"]["properties"]["content"]
