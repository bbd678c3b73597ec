"""What text must look like where JSON Schema has no word for it: said by a pattern, for tools that make or check text.

The rule: a pattern takes what the server writes, and nothing that it refuses. The contract itself has the formats
alone: there a pattern is a limit that the publisher set.
"""

from __future__ import annotations

import math
from typing import Any


def _base64(letters: str) -> str:
    """Whole groups, then one or two bytes whose last letter has no bits beyond them (RFC 4648 section 3.5)."""
    return f"({letters}{{4}})*({letters}[AQgw](==)?|{letters}{{2}}[AEIMQUYcgkosw048]=?)?"


PATTERNS: dict[str, str] = {
    # Either alphabet (sections 4 and 5), and never both in one text.
    "base64url": f"^({_base64('[A-Za-z0-9_-]')}|{_base64('[A-Za-z0-9+/]')})$",
    # Python's exponents have at most 18 digits.
    "decimal": r"^[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([Ee][+-]?[0-9]{1,17})?$",
    "fraction": r"^-?[0-9]+(/0*[1-9][0-9]*)?$",
}
"""Format -> the pattern of its text."""

_ONE = ("additionalProperties", "contains", "else", "if", "items", "not", "propertyNames", "then", "unevaluatedItems",
        "unevaluatedProperties")  # fmt: skip
_LISTS = ("allOf", "anyOf", "oneOf", "prefixItems")
_TABLES = ("$defs", "dependentSchemas", "patternProperties", "properties")
"""Where a JSON Schema holds others (draft 2020-12)."""


def patterned(schema: Any) -> Any:
    """A JSON Schema with the patterns of its formats; the argument stays as it is."""
    if not isinstance(schema, dict):
        return schema
    made = dict(schema)
    pattern = PATTERNS.get(made.get("format", ""))
    if pattern is not None:
        made.setdefault("pattern", pattern)
        if made["format"] == "base64url":
            _lengths(made)
        elif made["format"] == "decimal":
            del made["format"]  # from which OpenAPI Generator writes Python that imports no `decimal`
    made.update({key: patterned(made[key]) for key in _ONE if key in made})
    made.update({key: [patterned(each) for each in made[key]] for key in _LISTS if key in made})
    made.update({key: {k: patterned(v) for k, v in made[key].items()} for key in _TABLES if key in made})
    return made


def _lengths(made: dict[str, Any]) -> None:
    """Limits of bytes as limits of the text that stands for them, with or without its padding."""
    if "minLength" in made:
        made["minLength"] = math.ceil(made["minLength"] * 4 / 3)
    if "maxLength" in made:
        made["maxLength"] = math.ceil(made["maxLength"] / 3) * 4
