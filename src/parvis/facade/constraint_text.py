"""Limits of a parameter as a reader of Python says them: ``1 <= count <= 100``. They are in no language."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_BELOW = {"minimum": "<=", "exclusiveMinimum": "<"}
_ABOVE = {"maximum": "<=", "exclusiveMaximum": "<"}
_LENGTHS = (("minLength", "maxLength"), ("minItems", "maxItems"), ("minProperties", "maxProperties"))


def constraint_text(name: str, schema: Mapping[str, Any]) -> str:
    """What the JSON Schema of a parameter bounds, or an empty text."""
    branches = [each for each in schema.get("anyOf", ()) if each.get("type") != "null"]
    if len(branches) == 1:  # None or something: the something is bounded
        schema = branches[0]
    told = [_range(name, schema, _BELOW, _ABOVE)]
    for least, most in _LENGTHS:
        told.append(_range(f"len({name})", schema, {least: "<="}, {most: "<="}))
    if "multipleOf" in schema:
        told.append(f"{name} % {schema['multipleOf']} == 0")
    if "pattern" in schema and schema.get("type") == "string" and "format" not in schema:
        told.append(f"re.search({schema['pattern']!r}, {name})")
    return " and ".join(filter(None, told))


def _range(name: str, schema: Mapping[str, Any], below: Mapping[str, str], above: Mapping[str, str]) -> str:
    low = next((f"{schema[k]} {sign} " for k, sign in below.items() if k in schema), "")
    high = next((f" {sign} {schema[k]}" for k, sign in above.items() if k in schema), "")
    if low and not high:  # n >= 1 rather than 1 <= n
        number, sign = low.split()
        return f"{name} {sign.replace('<', '>')} {number}"
    return f"{low}{name}{high}" if low or high else ""
