"""parvis.contract.pages: what is a page, by the contract alone."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from parvis.contract.model import Contract, Default, Operation, Parameter, Result, Route
from parvis.contract.pages import is_page

PAGE: dict[str, Any] = {
    "type": "object",
    "properties": {
        "items": {"$ref": "#/components/schemas/Orders"},
        "next": {"anyOf": [{"type": "string"}, {"type": "null"}]},
    },
}
SCHEMAS: dict[str, Any] = {
    "Page": PAGE,
    "Orders": {"type": "array", "items": {"type": "string"}},
    "NoItems": {"type": "object", "properties": {"items": {"type": "string"}, "next": {"type": "string"}}},
    "NoNext": {"type": "object", "properties": {"items": {"type": "array"}}},
    "Loop": {"$ref": "#/components/schemas/Loop"},
}
CURSOR = Parameter("cursor", "keyword_only", "str | None", {"type": "string"}, Default("None"), simple=True)
REF = {"$ref": "#/components/schemas/Page"}
LISTING = Operation("orders.list", (CURSOR,), Result("Page", REF), (Route("GET", "/orders"),), read="listed")


def told(operation: Operation) -> bool:
    return is_page(Contract("shop", (operation,), schemas=SCHEMAS), operation)


def test_a_cursor_and_a_result_with_items_and_next_make_a_page() -> None:
    assert told(LISTING)
    assert told(replace(LISTING, result=Result("Page", PAGE)))
    assert told(replace(LISTING, routes=(Route("POST", "/list"), Route("GET", "/list"))))


@pytest.mark.parametrize(
    "changed",
    [
        {"parameters": ()},
        {"parameters": (replace(CURSOR, name="after"),)},
        {"parameters": (replace(CURSOR, default=None),)},
        {"parameters": (replace(CURSOR, simple=False),)},
        {"routes": (Route("POST", "/orders.list"),)},
        {"result": Result("Page", REF, stream=True)},
        *(
            {"result": Result("X", {"$ref": f"#/components/schemas/{x}"})}
            for x in ("NoItems", "NoNext", "Loop", "None")
        ),
        {"result": Result("str", {"type": "string"})},
    ],
)
def test_without_one_of_them_it_is_none(changed: dict[str, Any]) -> None:
    assert not told(replace(LISTING, **changed))
