"""Which operations give their result page by page: they take a ``cursor``, and their result has ``items`` and ``next``.

The rule: the contract alone decides, so that server, documents and clients agree, and it is asked once, at start.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .model import Contract, Operation

CURSOR = "cursor"
ITEMS = "items"
NEXT = "next"


def is_page(contract: Contract, operation: Operation) -> bool:
    """Whether an answer names the next page: by GET, since a link is followed by one; ``cursor`` may be left out, and
    of the first page is."""
    cursor = next((p for p in operation.parameters if p.name == CURSOR), None)
    if cursor is None or cursor.required or not cursor.simple or operation.result.stream:
        return False
    if not any(route.method == "GET" for route in operation.routes):
        return False
    fields = resolved(contract, operation.result.schema).get("properties", {})
    return NEXT in fields and resolved(contract, fields.get(ITEMS, {})).get("type") == "array"


def resolved(contract: Contract, schema: Any) -> dict[str, Any]:
    """A schema, or the component that it refers to; an empty one where it is none."""
    seen: set[str] = set()
    while isinstance(schema, dict) and "$ref" in schema and schema["$ref"] not in seen:
        seen.add(schema["$ref"])
        schema = contract.schemas.get(schema["$ref"].rpartition("/")[2], {})
    return schema if isinstance(schema, dict) else {}
