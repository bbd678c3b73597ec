"""One façade, seven ways to hold it; every test of this folder runs with each."""

from __future__ import annotations

import asyncio
import enum
import functools
import inspect
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE)]  # `gallery`, as `parvis serve` will import it here

import gallery as module  # noqa: E402

import parvis  # noqa: E402
from parvis.client.facade import RemoteFacade  # noqa: E402
from parvis.client.package import write  # noqa: E402
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

    @property
    def awaited(self) -> bool:
        return self.how.startswith("async")

    @property
    def cls(self) -> type:
        return type(self.gallery._facade if self.awaited else self.gallery)


class Driven:
    """An async façade for tests that know nothing of it: what it would be awaited for is run to its end."""

    def __init__(self, facade: Any, runner: asyncio.Runner) -> None:
        self.__doc__ = facade.__doc__
        self._facade = facade
        self._runner = runner

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._facade, name)
        if isinstance(found, RemoteFacade):
            return Driven(found, self._runner)
        if inspect.iscoroutinefunction(found):
            return self._as(found, lambda *args, **kwargs: self._runner.run(found(*args, **kwargs)))
        if inspect.isasyncgenfunction(found):
            return self._as(found, lambda *args, **kwargs: self._items(found(*args, **kwargs)))
        return found

    def _items(self, source: Any) -> Iterator[Any]:
        async def step() -> Any:
            return await anext(source)

        async def close() -> None:
            await source.aclose()

        try:
            while True:
                try:
                    item = self._runner.run(step())
                except StopAsyncIteration:
                    return
                yield item
        finally:
            self._runner.run(close())

    def _as(self, found: Any, made: Callable[..., Any]) -> Callable[..., Any]:
        made = functools.wraps(found)(made)
        made.__signature__ = inspect.signature(found)  # type: ignore[attr-defined]
        return made


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with Served("gallery:Gallery", cwd=HERE, data=tmp_path_factory.mktemp("equal") / "data") as running:
        yield running


WAYS = ["object", "in process", "http", "http, without the class", "http, by a package", "async, in process",
        "async, http"]  # fmt: skip


@pytest.fixture(scope="session", params=WAYS)
def held(request: pytest.FixtureRequest) -> Iterator[Held]:
    how = request.param
    if how == "object":
        yield Held(how, module.Gallery(), module, module)
        return
    if how.startswith("async"):
        with asyncio.Runner() as runner:
            yield from _driven(how, runner, request)
        return
    if how == "http, by a package":
        yield from _packaged(how, request)
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


def _packaged(how: str, request: pytest.FixtureRequest) -> Iterator[Held]:
    """By the package that `parvis client` writes of it."""
    server: Served = request.getfixturevalue("server")
    folder: Path = request.getfixturevalue("tmp_path_factory").mktemp("package")
    with parvis.connect(f"{server.url}/gallery", key=server.key) as plain:
        files = write(plain.parvis.contract, name="gallery_client")
    for path, text in files.items():
        (folder / path).parent.mkdir(exist_ok=True)
        (folder / path).write_text(text)
    sys.path.append(str(folder))
    package, types, errors = map(import_module, ("gallery_client", "gallery_client.types", "gallery_client.errors"))
    with package.connect(f"{server.url}/gallery", key=server.key) as client:
        yield Held(how, client, types, errors)


def _driven(how: str, runner: asyncio.Runner, request: pytest.FixtureRequest) -> Iterator[Held]:
    async def connect() -> Any:
        if how == "async, in process":
            return await parvis.connect_async(module.Gallery())
        server: Served = request.getfixturevalue("server")
        return await parvis.connect_async(f"{server.url}/gallery", like=module.Gallery, key=server.key)

    client = runner.run(connect())
    try:
        yield Held(how, Driven(client, runner), module, module)
    finally:
        runner.run(client.parvis.close())


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
