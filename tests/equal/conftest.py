"""One façade, four ways to hold it; every test of this folder runs with each."""

from __future__ import annotations

import asyncio
import enum
import inspect
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE)]  # `gallery`, as `parvis serve` will import it here

import gallery as module  # noqa: E402

import parvis  # noqa: E402
from served import Served  # noqa: E402


@dataclass(frozen=True)
class Held:
    """A façade in hand: ``kinds`` are its classes and ``errors`` its exceptions, as this holder knows them."""

    how: str
    gallery: Any
    kinds: Any
    errors: Any

    @property
    def original(self) -> bool:
        return self.how == "object"


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with Served("gallery:Gallery", cwd=HERE, data=tmp_path_factory.mktemp("equal") / "data") as running:
        yield running


@pytest.fixture(scope="session", params=["object", "in process", "http", "http, without the class"])
def held(request: pytest.FixtureRequest) -> Iterator[Held]:
    how = request.param
    if how == "object":
        yield Held(how, module.Gallery(), module, module)
        return
    if how == "in process":
        client = parvis.connect(module.Gallery())
    else:
        server: Served = request.getfixturevalue("server")
        like = module.Gallery if how == "http" else None
        client = parvis.connect(f"{server.url}/gallery", like=like, key=server.key)
    with client:
        native = how != "http, without the class"
        yield Held(how, client, module if native else client.parvis.types, module if native else client.parvis.errors)


@pytest.fixture(scope="session")
def gallery(held: Held) -> Any:
    return held.gallery


@pytest.fixture(scope="session")
def kinds(held: Held) -> Any:
    return held.kinds


@pytest.fixture(scope="session")
def errors(held: Held) -> Any:
    return held.errors


def value(result: Any) -> Any:
    """What an async method gives: the client gives it at once, as a sync caller needs it."""
    return asyncio.run(result) if inspect.isawaitable(result) else result


def items(result: Any) -> list[Any]:
    """The items of a generator of either kind."""

    async def collect() -> list[Any]:
        return [item async for item in result]

    return asyncio.run(collect()) if inspect.isasyncgen(result) else list(result)


def agree(expected: Any, actual: Any) -> None:
    """Equal in value and in type, all the way down."""
    assert expected == actual
    _same_type(expected, actual, "the value")


def _same_type(expected: Any, actual: Any, where: str) -> None:
    assert type(expected) is type(actual), f"{where}: {type(actual)} where {type(expected)} belongs"
    if isinstance(expected, list | tuple):
        for n, (one, other) in enumerate(zip(expected, actual, strict=True)):
            _same_type(one, other, f"{where}[{n}]")
    elif isinstance(expected, dict):
        for (key, one), (other_key, other) in zip(expected.items(), actual.items(), strict=True):
            _same_type(key, other_key, f"a key of {where}")
            _same_type(one, other, f"{where}[{key!r}]")
    elif hasattr(expected, "__dict__") and not isinstance(expected, enum.Enum):
        for name, one in vars(expected).items():
            _same_type(one, vars(actual)[name], f"{where}.{name}")
