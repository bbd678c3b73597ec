"""What pydantic lets pass on the way out: a ``None`` within a result, a missing key, a value that no ``Literal`` names.

The contract promises more than that, so the JSON is held against its own schema wherever one of these may be. It looks
at nothing else: types are pydantic's business.
"""

from __future__ import annotations

from typing import Any

_TYPES: dict[str, tuple[type, ...]] = {
    "null": (type(None),), "boolean": (bool,), "integer": (int,), "number": (int, float), "string": (str,),
    "array": (list,), "object": (dict,),
}  # fmt: skip


class Shape:
    """The schema of one result, as a serialiser writes it."""

    __slots__ = ("_definitions", "_schema")

    def __init__(self, schema: dict[str, Any]) -> None:
        self._schema = schema
        self._definitions: dict[str, Any] = schema.get("$defs", {})

    def fault(self, value: Any) -> str | None:
        """What is wrong with a JSON value, or None."""
        return self._fault(self._schema, value, "")

    def _fault(self, schema: Any, value: Any, place: str) -> str | None:
        if not isinstance(schema, dict):
            return None
        if "$ref" in schema:
            return self._fault(self._definitions.get(schema["$ref"].rpartition("/")[2], {}), value, place)
        branches = schema.get("anyOf") or schema.get("oneOf")
        if branches:
            fitting = [branch for branch in branches if self._fits(branch, value)]
            faults = [self._fault(branch, value, place) for branch in fitting]
            if None in faults:
                return None
            return faults[0] if faults else _none(place) if value is None else None
        if "const" in schema or "enum" in schema:
            known = schema["enum"] if "enum" in schema else [schema["const"]]
            return None if value in known else f"{place or 'it'} is {value!r}, which is not among the declared values"
        if value is None:
            return None if schema.get("type", "null") == "null" else _none(place)
        if isinstance(value, list):
            return self._items(schema, value, place)
        return self._members(schema, value, place) if isinstance(value, dict) else None

    def _fits(self, schema: dict[str, Any], value: Any) -> bool:
        """Whether a value may be meant for a branch: by its JSON type alone."""
        if "$ref" in schema:
            schema = self._definitions.get(schema["$ref"].rpartition("/")[2], {})
        return isinstance(value, _TYPES.get(schema.get("type", ""), (object,)))

    def _items(self, schema: dict[str, Any], value: list[Any], place: str) -> str | None:
        first = schema.get("prefixItems", [])
        for index, item in enumerate(value):
            fault = self._fault(first[index] if index < len(first) else schema.get("items"), item, f"{place}[{index}]")
            if fault:
                return fault
        return None

    def _members(self, schema: dict[str, Any], value: dict[str, Any], place: str) -> str | None:
        missing = next((name for name in schema.get("required", ()) if name not in value), None)
        if missing is not None:
            return f"{place}.{missing} is missing".lstrip(".")
        properties = schema.get("properties", {})
        for name, item in value.items():
            fault = self._fault(properties.get(name, schema.get("additionalProperties")), item, f"{place}.{name}")
            if fault:
                return fault.lstrip(".")
        return None


def _none(place: str) -> str:
    return f"{place.lstrip('.') or 'it'} is None"
