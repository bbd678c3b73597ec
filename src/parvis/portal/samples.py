"""A value for a parameter, to show in a first call: plausible by its schema, and the same at every look."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from parvis.contract.model import Contract, Parameter

BY_FORMAT: dict[str, str] = {
    "date": "2030-01-31",
    "date-time": "2030-01-31T12:00:00Z",
    "time": "12:00:00",
    "duration": "PT1H",
    "uuid": "00000000-0000-4000-8000-000000000000",
    "ipv4": "192.0.2.1",
    "ipv6": "2001:db8::1",
    "ipv4network": "192.0.2.0/24",
    "ipv6network": "2001:db8::/32",
    "byte": "UGFydmlz",
    "binary": "UGFydmlz",
    "base64url": "UGFydmlz",
    "email": "you@example.org",
    "uri": "https://example.org/",
}

DEPTH = 6
"""Schemas refer to themselves: below this, an array is empty and an object too."""


def sample(parameter: Parameter, contract: Contract) -> Any:
    """A JSON value that the parameter's schema most likely takes."""
    return _value(parameter.schema, contract.schemas, parameter.name, DEPTH)


def _value(schema: Mapping[str, Any] | bool, schemas: Mapping[str, Any], name: str, depth: int) -> Any:
    if isinstance(schema, bool) or depth == 0:
        return None
    match schema:
        case {"$ref": str() as ref}:
            return _value(schemas.get(ref.rpartition("/")[2], {}), schemas, name, depth - 1)
        case {"const": value} | {"examples": [value, *_]} | {"enum": [value, *_]}:
            return value
        case {"anyOf": [first, *_]} | {"oneOf": [first, *_]} | {"allOf": [first, *_]}:
            return _value(first, schemas, name, depth)
        case {"type": "integer"} | {"type": "number"}:
            return _number(schema)
        case {"type": "boolean"}:
            return True
        case {"type": "array"}:
            items = schema.get("prefixItems") or ([schema["items"]] if isinstance(schema.get("items"), dict) else [])
            return [_value(item, schemas, name, depth - 1) for item in items] if depth > 1 else []
        case {"type": "object"}:
            properties = schema.get("properties", {})
            return {k: _value(properties.get(k, {}), schemas, k, depth - 1) for k in schema.get("required", ())}
        case {"type": "string"}:
            # A string without a format: the parameter's own name tells most.
            return BY_FORMAT.get(schema.get("format", ""), BY_FORMAT["byte"] if "contentEncoding" in schema else name)
    return None


def _number(schema: Mapping[str, Any]) -> float:
    """One, or the first plain number within the bounds."""
    low, high = schema.get("minimum", -math.inf), schema.get("maximum", math.inf)
    above, below = schema.get("exclusiveMinimum", -math.inf), schema.get("exclusiveMaximum", math.inf)
    ends = [end for end in (low, above, high, below) if math.isfinite(end)]
    near = [math.floor(end) + step for end in ends for step in (0, 1, -1)]
    halves = [] if schema["type"] == "integer" else [*ends, sum(ends) / len(ends) if ends else 1]
    return next((n for n in (1, *near, *halves) if low <= n <= high and above < n < below), 1)
