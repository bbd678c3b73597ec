"""The client's front door: a service behind an address, or an object of this process.

``connect(Shop())`` runs the very pipeline of the server, on an event loop of its own, so that a test in one process
finds what a caller across the network would.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from functools import partial
from typing import Any, TypeVar, Unpack, cast, overload

from .client.connect import Connecting, ConnectOptions, known

T = TypeVar("T")


@overload
def connect(target: str, like: type[T], key: str | None = None, **options: Unpack[ConnectOptions]) -> T: ...
@overload
def connect(target: Any, like: None = None, key: str | None = None, **options: Unpack[ConnectOptions]) -> Any: ...
def connect(
    target: Any, like: type[Any] | None = None, key: str | None = None, **options: Unpack[ConnectOptions]
) -> Any:
    """A service as if it were the object behind it.

    Args:
        target: An address, ``http://host:8000/shop`` (newest stable version) or ``http://host:8000/shop/v1``; or an
            object, class or module of this process, or a :class:`~parvis.Service` of one with its settings, which is
            then called through the whole pipeline without a network.
        like: The class that the service publishes, where the caller has it: results and exceptions are then its own
            classes, and type checkers know the methods.
        key: The key; else ``PARVIS_KEY``, else the one that ``parvis register`` kept for the address.
        options: Those of :func:`parvis.client.connect_url`: ``auth``, an e-mail with its password; ``presets``, values
            by parameter name; ``timeout``, seconds for a call; ``retries``; ``limit``, bytes of an answer; ``uds``, a
            Unix socket; ``language`` of the server's errors; ``classes`` and ``exceptions``, your own by name.

    Raises:
        ValueError: The address, the key or a preset is malformed.
        ParvisError: There is no such service, or it cannot be reached.
    """
    from .client.connect import connect_url
    from .client.facade import facade_of

    if isinstance(target, str) and "://" in target:
        return connect_url(target, key, **cast(ConnectOptions, {**_native(like), **options}))
    known(options)
    from .local import LocalTransport

    facade = _compiled(target)
    return facade_of(LocalTransport(facade), presets=options.get("presets"), **_own(facade))


def connect_async(
    target: Any, like: type[Any] | None = None, key: str | None = None, **options: Unpack[ConnectOptions]
) -> Connecting[Any]:
    """The same for callers who await: the methods are coroutine functions, generators are async generators.

    ``shop = await connect_async(...)``, or ``async with connect_async(...) as shop:``, which closes it. The arguments
    are those of :func:`connect`, and errors come with the ``await``.
    """
    return Connecting(partial(_connect_async, target, like, key, **options))


async def _connect_async(
    target: Any, like: type[Any] | None, key: str | None, **options: Unpack[ConnectOptions]
) -> Any:
    from .client.connect import connect_url_async
    from .client.facade import async_facade_of

    if isinstance(target, str) and "://" in target:
        return await connect_url_async(target, key, **cast(ConnectOptions, {**_native(like), **options}))
    known(options)
    from .local import LocalTransport

    facade = _compiled(target)
    transport = await asyncio.to_thread(LocalTransport, facade, awaited=True)
    return await async_facade_of(transport, presets=options.get("presets"), **_own(facade))


def _compiled(target: Any) -> Any:
    from .facade.compile import compile_facade
    from .facade.target import load
    from .serving import Service

    service = target if isinstance(target, Service) else Service(target)
    return compile_facade(load(service.target), service.options)


def _native(like: type[Any] | None) -> dict[str, Any]:
    if like is None:
        return {}
    from .facade.compile import compile_facade
    from .facade.target import load

    return _own(compile_facade(load(like)))


def _own(facade: Any) -> dict[str, Mapping[str, type]]:
    """The classes and exceptions of a façade that is at hand, by name."""
    exceptions = {r.cls.__name__: r.cls for operation in facade.operations.values() for r in operation.errors}
    return {"classes": facade.classes, "exceptions": exceptions}
