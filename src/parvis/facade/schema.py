"""JSON Schema of the façade's values, as they are written: bytes in base64, and no default that JSON cannot hold."""

from __future__ import annotations

from typing import Any

import pydantic_core
from pydantic.json_schema import GenerateJsonSchema


class Schema(GenerateJsonSchema):
    """pydantic's own schemas, where only the defaults of classes are written otherwise."""

    # What a publisher's default looks like in a document is nothing to warn of each time that a service starts.
    ignored_warning_kinds = {"skipped-choice", "non-serializable-default"}  # noqa: RUF012

    def encode_default(self, dft: Any) -> Any:
        try:
            return pydantic_core.to_jsonable_python(dft, bytes_mode="base64", inf_nan_mode="constants")
        except ValueError as error:
            raise pydantic_core.PydanticSerializationError(str(error)) from None
