"""``parvis`` exports exactly its public API, and imports nothing of it before it is used."""

from __future__ import annotations

import inspect
import subprocess
import sys

import pytest

import parvis

PUBLIC = ["Caller", "ParvisError", "Service", "asgi", "connect", "connect_async", "serve"]


def test_the_public_api_is_exactly_this() -> None:
    assert PUBLIC == parvis.__all__
    assert set(PUBLIC) <= set(dir(parvis))


@pytest.mark.parametrize("name", PUBLIC)
def test_every_public_name_is_there_and_documented(name: str) -> None:
    found = getattr(parvis, name)
    assert found is getattr(parvis, name)
    assert inspect.getdoc(found)
    assert found.__module__.startswith("parvis.")


def test_any_other_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="module 'parvis' has no attribute 'Shop'"):
        parvis.Shop  # type: ignore[attr-defined]


def test_a_star_import_gives_the_public_api() -> None:
    scope: dict[str, object] = {}
    exec("from parvis import *", scope)
    assert set(PUBLIC) == set(scope) - {"__builtins__"}


def test_importing_parvis_imports_nothing_heavy() -> None:
    code = "import sys, parvis; print(sorted({m.partition('.')[0] for m in sys.modules} & {'pydantic', 'sqlalchemy', " \
           "'starlette', 'uvicorn', 'httpx2', 'httpcore2', 'griffe', 'click', 'asyncio', 'jinja2'}))"  # fmt: skip
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=30, check=True)
    assert "[]\n" == done.stdout
