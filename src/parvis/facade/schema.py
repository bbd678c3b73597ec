"""JSON Schema of the façade's values, as they are written: bytes in base64, no default that JSON cannot hold, and of
what goes out every field, since a value that left one to its default has it all the same.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

import pydantic_core
from pydantic.json_schema import GenerateJsonSchema
from pydantic_core import core_schema

COMPONENTS = "#/components/schemas/"
WHOLE = "__parvis_whole__"
"""On a ``TypedDict`` that stands for a class: what comes of it has every key, also those that need not be given."""

_MODE = re.compile(r"-(Input|Output)(?=__\d+\Z|\Z)")


class Schema(GenerateJsonSchema):
    """pydantic's own schemas, where the defaults of classes are written otherwise and are always there on the way out.
    A key of a ``TypedDict`` that may be absent stays one that may."""

    # What a publisher's default looks like in a document is nothing to warn of each time that a service starts.
    ignored_warning_kinds = {"skipped-choice", "non-serializable-default"}  # noqa: RUF012

    def encode_default(self, dft: Any) -> Any:
        try:
            return pydantic_core.to_jsonable_python(dft, bytes_mode="base64", inf_nan_mode="constants")
        except ValueError as error:
            raise pydantic_core.PydanticSerializationError(str(error)) from None

    def bytes_schema(self, schema: core_schema.BytesSchema) -> dict[str, Any]:
        # Whatever stands around: what would write them otherwise is not published.
        return {**super().bytes_schema(schema), "format": "base64url"}

    def decimal_schema(self, schema: core_schema.DecimalSchema) -> dict[str, Any]:
        made = super().decimal_schema(schema)
        for form in made.get("anyOf", [made]):
            if form.get("type") == "string":
                form["format"] = "decimal"
        return made

    def field_is_required(
        self,
        field: core_schema.ModelField | core_schema.DataclassField | core_schema.TypedDictField,
        total: bool,
    ) -> bool:
        if self.mode == "serialization" and field["type"] != "typed-dict-field":
            return field.get("serialization_exclude_if") is None
        return super().field_is_required(field, total)

    def typed_dict_schema(self, schema: core_schema.TypedDictSchema) -> dict[str, Any]:
        made = super().typed_dict_schema(schema)
        if self.mode == "serialization" and WHOLE in vars(schema.get("cls", object)) and made.get("properties"):
            made["required"] = list(made["properties"])
        return made

    def named_tuple_schema(self, schema: Any) -> dict[str, Any]:
        made = super().named_tuple_schema(schema)
        if self.mode == "serialization" and made.get("prefixItems"):
            made["minItems"] = len(made["prefixItems"])
        return made


def named(components: Mapping[str, Any], schemas: Iterable[Any]) -> tuple[dict[str, Any], list[Any]]:
    """Components and what refers to them, with the names that generated clients show: of a class that is written
    otherwise than it is read, what goes out is called by the class's name, ``Order``, and what comes in ``OrderInput``.
    """
    names: dict[str, str] = {}
    taken = {name for name in components if not _MODE.search(name)}
    for name in components:
        if found := _MODE.search(name):
            wanted = _MODE.sub("Input" if found[1] == "Input" else "", name)
            names[name] = wanted if wanted not in taken else name
            taken.add(names[name])
    made = {names.get(name, name): _renamed(schema, names) for name, schema in components.items()}
    for name in names.values():
        if name.endswith("Input") and "title" in made[name]:
            made[name]["title"] += "Input"  # some generators call their classes by it
    return made, [_renamed(schema, names) for schema in schemas]


def _renamed(schema: Any, names: Mapping[str, str]) -> Any:
    """A schema with its references by their new names: in ``$ref``, and in the ``mapping`` of a discriminator."""
    if isinstance(schema, list):
        return [_renamed(item, names) for item in schema]
    if not isinstance(schema, dict):
        return schema
    made = {key: _renamed(value, names) for key, value in schema.items()}
    if isinstance(made.get("$ref"), str):
        made["$ref"] = _reference(made["$ref"], names)
    if isinstance(made.get("discriminator"), dict) and isinstance(made["discriminator"].get("mapping"), dict):
        mapping = made["discriminator"]["mapping"]
        made["discriminator"]["mapping"] = {value: _reference(ref, names) for value, ref in mapping.items()}
    return made


def _reference(reference: str, names: Mapping[str, str]) -> str:
    name = reference.removeprefix(COMPONENTS)
    return f"{COMPONENTS}{names.get(name, name)}"
