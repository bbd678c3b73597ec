"""Contracts of real façades, from their source."""

from __future__ import annotations

import sys
import types
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from parvis.contract.model import Contract
from parvis.facade.compile import compile_facade
from parvis.facade.options import Options
from parvis.facade.target import load

Published = Callable[..., Contract]


@pytest.fixture
def published() -> Iterator[Published]:
    """``published(source, reads=(...))``: the contract of the class ``Shop`` of a module with this source."""
    modules: list[str] = []

    def publish(source: str, **options: Any) -> Contract:
        module = types.ModuleType(f"published_{len(modules)}")
        modules.append(module.__name__)
        sys.modules[module.__name__] = module  # annotations are resolved there
        exec(compile(source, module.__name__, "exec"), vars(module))
        return compile_facade(load(module.Shop), Options(**options)).contract

    yield publish
    for name in modules:
        del sys.modules[name]
