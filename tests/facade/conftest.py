"""Compile anything in a line."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))  # `kinds`

from parvis.facade.compile import Facade, compile_facade
from parvis.facade.options import Options
from parvis.facade.target import load

Compile = Callable[..., Facade]


@pytest.fixture
def compiled() -> Compile:
    """``compiled(Shop, reads=("price",))``: a target and the options of its service."""

    def compile(target: Any, **options: Any) -> Facade:
        return compile_facade(load(target), Options(**options))

    return compile


@pytest.fixture
def reasons() -> Callable[[Facade], dict[str, str]]:
    """What a façade leaves out, by name."""
    return lambda facade: {item.name: item.reason for item in facade.left_out}
