"""parvis.contract.openapi: the documents are valid, say what docs/mapping.md promises, and agree with each other."""

from __future__ import annotations

import dataclasses
import json
import re
from dataclasses import replace
from typing import Any, Literal, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from openapi_schema_validator import OAS30Validator
from openapi_spec_validator import OpenAPIV30SpecValidator, OpenAPIV31SpecValidator

from parvis.contract.model import Contract, DeclaredError, Default, Operation, Parameter, ParameterKind, Result
from parvis.contract.openapi import openapi
from parvis.contract.openapi30 import schema30
from parvis.contract.routes import Shape, routes_of

Version = Literal["3.1", "3.0"]
VERSIONS: tuple[Version, ...] = get_args(Version)
STRING: dict[str, Any] = {"type": "string"}
NULLABLE: dict[str, Any] = {"anyOf": [{"type": "string"}, {"type": "null"}]}
ITEM: dict[str, Any] = {"$ref": "#/components/schemas/Item"}


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
    assert [{"name": "shop"}, {"name": "orders"}] == made["tags"]
    assert ["orders"] == made["paths"]["/orders"]["get"]["tags"]
    assert ["shop"] == made["paths"]["/price"]["post"]["tags"]


def test_a_path_holds_the_id_under_one_name_and_tells_the_parameters_own() -> None:
    expected = {"name": "id", "in": "path", "required": True, "description": "`order`: Its number.", "schema": STRING}
    assert [expected] == document()["paths"]["/orders/{id}"]["get"]["parameters"]


def test_a_query_says_no_null_and_names_its_style() -> None:
    expected = {"name": "state", "in": "query", "style": "form", "explode": True, "schema": STRING}
    assert [expected] == document()["paths"]["/orders"]["get"]["parameters"]


def test_a_delete_takes_its_other_arguments_from_the_query() -> None:
    delete = document()["paths"]["/orders/{id}"]["delete"]
    assert ["id", "force"] == [p["name"] for p in delete["parameters"] if "name" in p]
    assert {"type": "boolean", "default": False} == delete["parameters"][1]["schema"]
    assert "requestBody" not in delete


def test_a_compound_argument_stands_in_no_query() -> None:
    compound = parameter("filter", {"type": "object"}, Default("{}", {}), simple=False)
    found = contract(operation("things.list", compound, parameter("page", STRING, Default("''", "")), read="listed"))
    assert ["page"] == [p["name"] for p in document(given_contract=found)["paths"]["/things"]["get"]["parameters"]]


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
        assert ["RateLimit-Policy", "RateLimit", "Idempotency-Replayed"] == list(answered["headers"])


def test_a_declared_error_has_a_response_that_names_it_beside_the_refusals_of_that_status() -> None:
    made = document()["paths"]
    assert "`UnknownItem`: there is no such item" == made["/price"]["post"]["responses"]["404"]["description"]
    refused = made["/orders/{id}"]["delete"]["responses"]["422"]["description"]
    assert "`ValueError`: it has left\n\n`invalid-arguments`: Some arguments are not valid" in refused


@pytest.mark.parametrize(
    ("path", "method", "expected"),
    [
        ("/watch", "post", "200 400 401 403 406 408 412 413 415 422 429 500 503 504"),
        ("/orders", "get", "200 304 400 401 403 406 412 422 429 500 503 504"),
        ("/orders/{id}", "get", "200 304 400 401 403 404 406 412 422 429 500 503 504"),
        ("/orders/{id}", "patch", "200 400 401 403 404 406 408 409 412 413 415 422 429 500 503 504"),
    ],
)
def test_a_response_stands_only_where_the_operation_can_answer_it(path: str, method: str, expected: str) -> None:
    assert expected == " ".join(document()["paths"][path][method]["responses"])


def test_every_refusal_is_a_problem_and_none_is_unused() -> None:
    made = document()
    reference = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    assert all(reference == r["content"] for name, r in made["components"]["responses"].items() if name != "unchanged")
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
    assert "parameters" not in document(given_contract=reading)["components"]


def test_a_facade_may_have_a_class_named_problem() -> None:
    found = contract(operation("ask"), schemas={"Problem": {"type": "string"}})
    made = document(given_contract=found)
    assert {"type": "string"} == made["components"]["schemas"]["Problem"]
    assert "request_id" in made["components"]["schemas"]["Problem_2"]["properties"]
    validate(made)


def test_a_key_opens_every_service_and_a_password_the_console_alone() -> None:
    assert [{"key": []}] == document()["security"]
    console = document(given_contract=contract(operation("accounts.create"), service="parvis"))
    assert [{"key": []}, {"password": []}, {}] == console["security"]
    assert {"key", "password"} == set(console["components"]["securitySchemes"])
    validate(console)


def test_summary_description_signature_and_deprecation_are_told() -> None:
    price = document()["paths"]["/price"]["post"]
    assert ("What an item costs.", "With the value-added tax.") == (price["summary"], price["description"])
    assert price["x-python-signature"].startswith("price(item: str, vat: str = 0.2,")
    rename = document()["paths"]["/orders/{id}/rename"]["post"]
    assert (True, "Deprecated: Use update.") == (rename["deprecated"], rename["description"])


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
        ({"anyOf": [ITEM, {"type": "null"}]}, {"anyOf": [ITEM, {"enum": [None], "nullable": True}]}),
        ({"type": "null"}, {"enum": [None], "nullable": True}),
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
                "anyOf": [{"type": "string", "description": "inner"}, {"enum": [None], "nullable": True}],
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

    assert ["RateLimit-Policy", "RateLimit"] == list(shop["components"]["headers"])
    refused = shop["components"]["responses"]["problem-429"]["headers"]
    assert ["Retry-After", "RateLimit-Policy", "RateLimit"] == list(refused)
    assert "headers" not in console["components"]
    assert ["Retry-After"] == list(console["components"]["responses"]["problem-429"]["headers"])
