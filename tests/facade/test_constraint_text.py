"""Limits in the words of Python."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

import annotated_types
import pytest
from pydantic import Field

from parvis.facade.compile import Facade
from parvis.facade.constraint_text import constraint_text


@pytest.mark.parametrize(
    ("schema", "text"),
    [
        ({}, ""),
        ({"type": "integer", "minimum": 1}, "n >= 1"),
        ({"type": "integer", "exclusiveMinimum": 0}, "n > 0"),
        ({"type": "integer", "minimum": 1, "maximum": 9}, "1 <= n <= 9"),
        ({"type": "number", "exclusiveMaximum": 1.5}, "n < 1.5"),
        ({"type": "integer", "multipleOf": 5}, "n % 5 == 0"),
        ({"type": "string", "minLength": 1, "maxLength": 3}, "1 <= len(n) <= 3"),
        ({"type": "string", "pattern": "^a"}, "re.search('^a', n)"),
        ({"type": "array", "maxItems": 2}, "len(n) <= 2"),
        ({"anyOf": [{"type": "integer", "minimum": 1}, {"type": "null"}]}, "n >= 1"),
        ({"type": "integer", "minimum": 1, "multipleOf": 2}, "n >= 1 and n % 2 == 0"),
        ({"anyOf": [{"type": "integer", "minimum": 1}, {"type": "string"}]}, ""),
    ],
)
def test_a_limit_is_told_as_python_writes_it(schema: dict[str, Any], text: str) -> None:
    assert text == constraint_text("n", schema)


def test_the_limits_of_a_parameter_stand_in_its_description(compiled: Callable[..., Facade]) -> None:
    def f(
        a: Annotated[int, annotated_types.Interval(ge=1, lt=9)],
        b: Annotated[str, Field(max_length=3, description="A name.")] = "",
        c: Annotated[int, Field(description="Said by the type.")] = 1,
    ) -> None:
        """Do it.

        Args:
            a: How many.
            c: Said by the docstring.
        """

    parameters = compiled(f).operations["f"].spec.parameters
    assert ["How many. (1 <= a < 9)", "A name. (len(b) <= 3)", "Said by the docstring."] == [
        p.description for p in parameters
    ]
