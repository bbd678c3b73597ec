"""What a body and a result may be, as OpenAPI describes it: the media types of each, with schema and example.

The rule: here stands what a program would send. Every operation that takes simple arguments takes forms too, for
browsers; they are told where nothing else carries an upload's bytes as they are beside other arguments.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import JsonValue

from ..bodies import OCTETS, raw, upload, uploads
from ..model import Operation, Parameter

VALUE = ("application/json", "application/msgpack")
STREAM = ("application/jsonl", "text/event-stream")
"""The media types of a value, be it a body or an answer; and those of a stream that have its items one by one."""

MULTIPART = "multipart/form-data"

BINARY: dict[str, Any] = {"type": "string", "format": "binary"}
"""Bytes as they are. JSON Schema has no word for them; this is the one that generators know, of both versions."""

Example = Mapping[str, JsonValue] | None


def body(operation: Operation, parameters: list[Parameter]) -> dict[str, Any]:
    """The Request Body Object; ``parameters`` are those that do not stand in the path."""
    shown = _shown(operation.example, parameters)
    schema = _object([(p, with_default(p.schema, p, null=True)) for p in parameters])
    content: dict[str, Any] = {kind: {"schema": schema, **shown} for kind in VALUE}
    file = upload(operation)
    if file is not None and file in parameters:
        if any(p is not file for p in parameters):
            fields = [(p, BINARY if p is file else without_null(p.schema)) for p in parameters if p.simple or p is file]
            content[MULTIPART] = {
                "schema": _object(fields),
                "encoding": {file.name: {"contentType": ", ".join(uploads(operation))}},
            }
        if not any(p.required for p in parameters if p is not file):  # they would stand in the query
            content.update({kind: {"schema": BINARY} for kind in uploads(operation)})
    return {"required": any(p.required for p in parameters), "content": content}


def result(operation: Operation) -> dict[str, Any]:
    """The Media Type Objects of a success that has a body."""
    given = operation.result
    if given.stream:
        # One schema for each item: a line, or the data of an event.
        array = {"schema": {"type": "array", "items": given.schema}}
        return {**{kind: {"schema": given.schema} for kind in STREAM}, "application/json": array}
    shown = {} if given.example is None else {"example": given.example}
    plain = raw(operation)
    return {
        **({} if plain is None else {plain: {"schema": BINARY}}),
        **{kind: {"schema": given.schema, **shown} for kind in VALUE},
    }


def part(operation: Operation) -> dict[str, Any]:
    """The same of an answer that is one range of the bytes."""
    return {raw(operation) or OCTETS: {"schema": BINARY}}


def with_default(schema: dict[str, Any], p: Parameter, *, null: bool) -> dict[str, Any]:
    if p.default is None or not p.default.exact or (p.default.value is None and not null):
        return schema
    return {**schema, "default": p.default.value}


def without_null(schema: dict[str, Any]) -> dict[str, Any]:
    """A schema as a path, a query and a form have it: absent means the default, and None cannot be said."""
    forms = schema.get("anyOf")
    if not forms:
        return schema
    left = [form for form in forms if form != {"type": "null"}]
    rest = {k: v for k, v in schema.items() if k != "anyOf" and not (k == "default" and v is None)}
    return {**left[0], **rest} if len(left) == 1 else {**rest, "anyOf": left}


def _object(fields: list[tuple[Parameter, dict[str, Any]]]) -> dict[str, Any]:
    properties = {p.name: {**each, "description": p.description} if p.description else each for p, each in fields}
    required = [p.name for p, _ in fields if p.required]
    made: dict[str, Any] = {"type": "object"}
    made |= {"properties": properties} if properties else {}
    made |= {"required": required} if required else {}
    return {**made, "additionalProperties": False}


def _shown(example: Example, parameters: list[Parameter]) -> dict[str, Any]:
    names = {p.name for p in parameters}
    return {} if example is None else {"example": {k: v for k, v in example.items() if k in names}}
