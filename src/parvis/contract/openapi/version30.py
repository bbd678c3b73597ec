"""An OpenAPI 3.1 document as OpenAPI 3.0.3, for tools that read no other.

The rule: the schemas of the result accept all that the originals accept. What 3.0 can say in other words is reworded
(``null``, ``const``, exclusive bounds, base64, tuples); what it cannot say is left out, so a schema may accept more.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

KEPT = frozenset(
    {"title", "multipleOf", "maximum", "minimum", "maxLength", "minLength", "pattern", "maxItems", "minItems",
     "uniqueItems", "maxProperties", "minProperties", "required", "enum", "type", "description", "format", "default",
     "discriminator", "readOnly", "writeOnly", "externalDocs", "deprecated"}
)  # fmt: skip
"""What a Schema Object of 3.0.3 takes as it is. The rest is reworded below or left out."""

NULL: dict[str, Any] = {"type": "object", "enum": [None], "nullable": True}
"""3.0 has no type ``null``; ``nullable`` counts only beside a ``type`` (3.0.3), whichever it is, and ``enum`` leaves
null alone."""


def downgrade(document: dict[str, Any]) -> dict[str, Any]:
    """The 3.0.3 document of a 3.1 document that :func:`.document.openapi` made; the argument stays."""
    info = {k: v for k, v in document["info"].items() if k != "summary"}
    if "summary" in document["info"] and "description" not in info:
        info["description"] = document["info"]["summary"]
    components = document["components"]
    return {
        **document,
        "openapi": "3.0.3",
        "info": info,
        "paths": _outside(document["paths"]),
        "components": {
            **{name: _outside(member) for name, member in components.items() if name != "schemas"},
            "schemas": {name: schema30(schema) for name, schema in components["schemas"].items()},
        },
    }


def _outside(node: Any) -> Any:
    """A part of the document that is no schema itself: a schema stands there only under the name ``schema``, and
    nothing at all within an example."""
    if isinstance(node, dict):
        return {
            k: v if k in ("example", "examples") else schema30(v) if k == "schema" else _outside(v)
            for k, v in node.items()
        }
    return [_outside(item) for item in node] if isinstance(node, list) else node


def schema30(schema: Mapping[str, Any] | bool) -> dict[str, Any]:
    """One JSON Schema (draft 2020-12) as a Schema Object of OpenAPI 3.0.3."""
    if isinstance(schema, bool):
        return {} if schema else {"not": {}}
    made: dict[str, Any] = {k: v for k, v in schema.items() if k in KEPT or k.startswith("x-")}
    if not made.get("required", True):
        del made["required"]  # 3.0 refuses an empty list
    _constants(schema, made)
    _bounds(schema, made)
    _members(schema, made)
    _unions(schema, made)
    _types(schema, made)
    if "$ref" in schema:
        # A Reference Object takes no siblings in 3.0.
        ref = {"$ref": schema["$ref"]}
        if not made:
            return ref
        made["allOf"] = [ref, *made.get("allOf", ())]
    return made


def _constants(schema: Mapping[str, Any], made: dict[str, Any]) -> None:
    if "const" in schema:
        made["enum"] = [schema["const"]]
    if schema.get("examples"):
        made["example"] = schema["examples"][0]
    if schema.get("contentEncoding") in ("base64", "base64url"):
        made["format"] = "byte"


def _bounds(schema: Mapping[str, Any], made: dict[str, Any]) -> None:
    # In 3.0 an exclusive bound is a flag beside the bound: of two bounds the stricter one stays.
    low, high = schema.get("exclusiveMinimum"), schema.get("exclusiveMaximum")
    if low is not None and low >= schema.get("minimum", low):
        made["minimum"], made["exclusiveMinimum"] = low, True
    if high is not None and high <= schema.get("maximum", high):
        made["maximum"], made["exclusiveMaximum"] = high, True


def _members(schema: Mapping[str, Any], made: dict[str, Any]) -> None:
    if "properties" in schema:
        made["properties"] = {name: schema30(sub) for name, sub in schema["properties"].items()}
    if isinstance(schema.get("additionalProperties"), bool):
        made["additionalProperties"] = schema["additionalProperties"]
    elif "additionalProperties" in schema:
        made["additionalProperties"] = schema30(schema["additionalProperties"])
    if "patternProperties" in schema:
        made.pop("additionalProperties", None)  # it spoke of the names that no pattern matches
    if "not" in schema:
        made["not"] = schema30(schema["not"])
    prefix = [schema30(item) for item in schema.get("prefixItems", ())]
    rest = schema.get("items", True)
    if prefix and rest is not True:
        # A tuple: each place takes what any place takes; minItems and maxItems still tell how many.
        forms = prefix if rest is False else [*prefix, schema30(rest)]
        made["items"] = _either(forms)
        if rest is False:
            made["maxItems"] = min(len(prefix), schema.get("maxItems", len(prefix)))
    elif prefix and schema.get("maxItems", len(prefix) + 1) <= len(prefix):
        made["items"] = _either(prefix)
    elif "items" in schema and not prefix:
        made["items"] = schema30(rest)


def _either(forms: list[dict[str, Any]]) -> dict[str, Any]:
    distinct = [form for index, form in enumerate(forms) if form not in forms[:index]]
    return distinct[0] if len(distinct) == 1 else {"anyOf": distinct}


def _unions(schema: Mapping[str, Any], made: dict[str, Any]) -> None:
    for keyword in ("allOf", "anyOf", "oneOf"):
        if keyword not in schema:
            continue
        forms = [schema30(form) for form in schema[keyword]]
        others = [form for form in forms if form != NULL]
        if (
            keyword != "allOf"
            and len(others) == 1
            and len(forms) == 2
            and "type" in others[0]
            and not others[0].keys() & {"allOf", "anyOf", "oneOf", "not"}  # which may refuse null on their own
            and not _clash(made, others[0])
        ):
            made.update(others[0])
            made["nullable"] = True
            if "enum" in made and None not in made["enum"]:
                made["enum"] = [*made["enum"], None]
        else:
            made[keyword] = forms


def _clash(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    return any(key in one and one[key] != value for key, value in other.items())


def _types(schema: Mapping[str, Any], made: dict[str, Any]) -> None:
    types = schema.get("type")
    if types == "null":
        made.pop("type")
        made.update(NULL)
    elif isinstance(types, list):
        others = [t for t in types if t != "null"]
        made.pop("type")
        if len(others) == 1:
            made["type"] = others[0]
            if len(others) < len(types):
                made["nullable"] = True
        elif others:
            forms: list[dict[str, Any]] = [{"type": t, **({"items": {}} if t == "array" else {})} for t in others]
            if len(others) < len(types):
                forms.append(dict(NULL))
            made.setdefault("allOf", []).append({"anyOf": forms})
        else:
            made.update(NULL)
    if made.get("type") == "array" and "items" not in made:
        made["items"] = {}
    if None in made.get("enum", ()):
        made["nullable"] = True
