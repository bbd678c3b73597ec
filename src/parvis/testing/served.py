"""A service over the whole wire, in one line of a test, before a caller of the test's choice.

Rule: it is the real thing. The bytes are HTTP over loopback, the caller has a real key of a real account, limits and
quotas are counted by the real meter, in a directory that is gone at the end.
"""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, TypeVar, cast, overload

from ..access.rights import Rights
from .callers import ANYBODY, Caller
from .contracts import native_of
from .server import Server

if TYPE_CHECKING:
    from ..access.plans import Plan
    from ..facade.compile import Facade

T = TypeVar("T")


class served(Generic[T]):
    """A service over the whole wire, for tests of what is published.

    ::

        with testing.served(Shop, caller=testing.caller(rights=["shop.price"])) as shop:
            shop.price("tea")

    ``as_`` gives the same service as seen by another caller; ``url`` and ``key`` are for any other program.
    ``async with`` gives the service to async code. No call is sent again by itself: a test sees each refusal.
    """

    @overload
    def __init__(
        self: served[T], target: type[T], *, caller: Caller = ..., plan: Plan | None = ..., **options: Any
    ) -> None: ...
    @overload
    def __init__(
        self: served[Any], target: Any, *, caller: Caller = ..., plan: Plan | None = ..., **options: Any
    ) -> None: ...
    def __init__(
        self,
        target: Any,
        *,
        caller: Caller = ANYBODY,
        plan: Plan | None = None,
        **options: Any,
    ) -> None:
        """Compile it.

        Args:
            target: A class, an instance, ``module:Class``, a :class:`~parvis.Service`, or the path of a settings file
                (``parvis.toml``), of which ``name`` says the service when it has several.
            caller: Who calls.
            plan: What bounds every account; nothing does without one. Test keys have bounds of their own.
            options: Of the service, by the names that ``parvis.toml`` has: ``reads``, ``bind``...

        Raises:
            ValueError: The target cannot be published so, or a right fits none of its operations.
            TypeError: There is no such option.
        """
        self._caller = caller
        self._plan = plan
        self._facade = _compiled(target, options)
        self._check(caller)
        self._keys: dict[Caller, str] = {}
        self._server: Server | None = None
        self._opened = contextlib.ExitStack()

    def __enter__(self) -> T:
        if self._server is not None:
            raise RuntimeError("it is served already: make another, served(...), or see it as_(caller)")
        with contextlib.ExitStack() as opening:
            self._opened = opening  # of what as_ gives, too
            self._server = opening.enter_context(Server(self._facade, self._plan))
            opening.callback(self._ended)
            shop = self.as_(self._caller)
            self._opened = opening.pop_all()
        return shop

    def __exit__(self, *_: object) -> None:
        self._opened.close()

    def _ended(self) -> None:
        self._server = None
        self._keys.clear()

    async def __aenter__(self) -> Any:
        from ..front_door import connect_async

        await asyncio.to_thread(self.__enter__)
        try:
            self._async = await connect_async(self.url, key=self.key(), **self._how())
        except BaseException:
            await asyncio.to_thread(self.__exit__)
            raise
        return self._async

    async def __aexit__(self, *_: object) -> None:
        try:
            await self._async.parvis.close()
        finally:
            await asyncio.to_thread(self.__exit__)

    def as_(self, caller: Caller, **options: Any) -> T:
        """The service as ``caller`` sees it; ``options`` are those of :func:`parvis.connect`. It is closed with this.

        Raises ``ValueError`` for a right that fits none of its operations."""
        from ..front_door import connect

        made = connect(self.url, key=self.key(caller), **{**self._how(), **options})
        self._opened.callback(made.parvis.close)
        return cast(T, made)

    @property
    def url(self) -> str:
        """The address of the service."""
        return f"{self._running.url}{self._facade.contract.prefix}"

    def key(self, caller: Caller | None = None) -> str:
        """A key of ``caller``, the first one without; empty for one that has no account."""
        caller = caller or self._caller
        if caller not in self._keys:
            self._check(caller)
            self._keys[caller] = self._running.key(caller)
        return self._keys[caller]

    @property
    def _running(self) -> Server:
        if self._server is None:
            raise RuntimeError("the service is not served: say `with served(...) as shop:`")
        return self._server

    def _how(self) -> dict[str, Any]:
        native = native_of(self._facade)
        return {"classes": native.classes, "exceptions": native.exceptions, "retries": 0}

    def _check(self, caller: Caller) -> None:
        """A right that fits no operation is a slip of the pen: the test would pass for the wrong reason."""
        needed = [each.right for each in self._facade.contract.operations]
        for pattern in caller.rights or ():
            held = Rights.of((pattern,))
            if not pattern.startswith("parvis.") and not any(held.verdict(right) is not None for right in needed):
                raise ValueError(f"{pattern!r} fits no operation of {self._facade.contract.service}: its rights are "
                                 f"{', '.join(sorted(set(needed)))}")  # fmt: skip


def _compiled(target: Any, options: dict[str, Any]) -> Facade:
    from ..facade.compile import compile_facade
    from ..facade.target import load
    from ..serving import Service

    if isinstance(target, str | Path) and str(target).endswith(".toml"):
        service = _of_settings(Path(target), options.pop("name", None))
    elif isinstance(target, Service):
        service = target
    else:
        return compile_facade(load(target), Service(target, **options).options)
    lists = {name: tuple(value) if isinstance(value, list) else value for name, value in options.items()}
    return compile_facade(load(service.target), dataclasses.replace(service.options, **lists))


def _of_settings(path: Path, name: str | None) -> Any:
    from ..assembly.launch import options_of
    from ..serving import Service
    from ..settings import read

    settings = read(file=path, environment={})
    names = [name] if name else list(settings.services)
    if len(names) != 1 or names[0] not in settings.services:
        raise ValueError(f"{path} has the services {', '.join(settings.services) or 'none'}: say which with name=")
    service = Service(settings.service(names[0])["target"])
    service.options = options_of(settings, names[0])
    return service
