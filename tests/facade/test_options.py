"""The options of a service and the patterns that name operations."""

from __future__ import annotations

import pytest

from parvis.facade.options import Options, matches


@pytest.mark.parametrize(
    ("name", "patterns", "expected"),
    [
        ("price", ("price",), True),
        ("price", (), False),
        ("prices", ("price",), False),
        ("orders.get", ("orders.*",), True),
        ("orders", ("orders.*",), False),
        ("orders.get", ("*",), True),
        ("orders.get", ("*.get",), True),
        ("Price", ("price",), False),
        ("price", ("cost", "pri?e"), True),
    ],
)
def test_patterns_name_operations(name: str, patterns: tuple[str, ...], expected: bool) -> None:
    assert expected == matches(name, patterns)


@pytest.mark.parametrize(
    "wrong", [{"threads": 0}, {"threads": -1}, {"timeout": 0}, {"timeout": -1}, {"timeout": float("nan")}]
)
def test_a_wrong_option_is_refused_at_birth(wrong: dict[str, float]) -> None:
    (name,) = wrong
    with pytest.raises(ValueError, match=f"{name} = "):
        Options(**wrong)  # type: ignore[arg-type]
