"""The façade on the caller's side: a class made for the contract, with real methods.

Rules. All that is the client's own stands behind one attribute, ``parvis``, of the outermost façade; every other public
name is the service's, but ``close``. An operation of that very name is called ``parvis_`` here. A sub-façade is an
attribute. There are two kinds, for callers who wait and for callers who await; each is one row of what differs between
them.
"""

from __future__ import annotations

import inspect
import types
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from .binding import Binder
from .calls import Calls
from .docs import docstring_of, signature_of
from .errors import printable
from .session import OPERATION, AsyncSession, Session
from .sync_runner import each, each_awaited, wait

if TYPE_CHECKING:
    from parvis.contract.model import Operation

    from .transport import Transport

OWN = "parvis"


class RemoteFacade:
    """A service, or a part of one, on the caller's side."""

    # No name of a service begins with an underscore.
    _shown = ""

    def __repr__(self) -> str:
        return self._shown


class RemoteService(RemoteFacade):
    """A service on the caller's side; ``parvis`` holds the client's own things, and ``with`` closes it.

    So does ``close``, as most objects have it that hold something; an operation of that name goes before it.
    """

    parvis: Session

    def __enter__(self) -> Any:
        return self

    def __exit__(self, *_: object) -> None:
        self.parvis.close()

    def close(self) -> None:
        """Let go of the connections; later calls raise ``ConnectionFailed``."""
        self.parvis.close()


class AsyncRemoteService(RemoteFacade):
    """A service whose methods are awaited; ``parvis`` holds the client's own things, and ``async with`` closes it, as
    does ``aclose``."""

    parvis: AsyncSession

    async def __aenter__(self) -> Any:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.parvis.close()

    async def aclose(self) -> None:
        """Let go of the connections; later calls raise ``ConnectionFailed``."""
        await self.parvis.close()


def facade_of(
    transport: Transport,
    *,
    classes: Mapping[str, type] | None = None,
    exceptions: Mapping[str, type] | None = None,
    presets: Mapping[str, Any] | None = None,
) -> Any:
    """A façade over a transport that blocks.

    ``classes`` and ``exceptions`` are the caller's own, by name, and stand in place of rebuilt ones; ``presets`` are
    values for every operation that has such a parameter. Raises ``ParvisError`` when the service cannot be asked,
    ``ValueError`` when its contract is none that Python can have, or a preset does not fit. The transport is closed
    when this fails.
    """
    return wait(_facade_of(transport, _WAITING, classes=classes, exceptions=exceptions, presets=presets))


async def async_facade_of(
    transport: Transport,
    *,
    classes: Mapping[str, type] | None = None,
    exceptions: Mapping[str, type] | None = None,
    presets: Mapping[str, Any] | None = None,
) -> Any:
    """The same over a transport that does not block: its methods are coroutine functions."""
    return await _facade_of(transport, _AWAITING, classes=classes, exceptions=exceptions, presets=presets)


async def _facade_of(transport: Transport, kind: _Kind, **how: Any) -> Any:
    try:
        session = kind.session(transport, await transport.contract(), **how)
        tree: dict[str, Any] = {}
        for operation in session.contract.operations:
            _plant(tree, operation)
        contract = session.contract
        text = "\n\n".join(printable(t) for t in (contract.summary or contract.title, contract.description) if t)
        name = "".join(part[:1].upper() + part[1:] for part in contract.service.split("_"))
        return _instance(name, text, tree, session, kind, (kind.service,))
    except BaseException:
        await transport.close()
        raise


def _plant(tree: dict[str, Any], operation: Operation) -> None:
    *parents, leaf = operation.name.split(".")
    node = tree
    for part in parents:
        node = node.setdefault(part, {})
        if not isinstance(node, dict):
            raise ValueError(f"{operation.name!r} stands below an operation: this contract is refused")
    if leaf in node:
        raise ValueError(f"{operation.name!r} is both an operation and a sub-façade: this contract is refused")
    node[leaf] = operation


def _instance(
    name: str, doc: str, tree: Mapping[str, Any], session: Session | AsyncSession, kind: _Kind, bases: tuple[type, ...]
) -> Any:
    count = _count(tree)
    shown = f"<{name} at {printable(session.address)}, {count} operation{'s' if count != 1 else ''}>"
    namespace: dict[str, Any] = {
        "__module__": session.contract.service,
        "__qualname__": name,
        "__doc__": doc or None,
        "_shown": shown,
    }
    for key, value in tree.items():
        key = f"{key}_" if key == OWN and kind.service in bases else key
        if key in namespace:
            raise ValueError(f"{key!r} is there twice: this contract is refused")
        if isinstance(value, dict):
            namespace[key] = _instance(f"{name}.{key}", "", value, session, kind, (RemoteFacade,))
        else:
            namespace[key] = _method(key, f"{name}.{key}", value, session, kind)
    if kind.service in bases:
        namespace[OWN] = session
    return types.new_class(name.rpartition(".")[2], bases, exec_body=lambda body: body.update(namespace))()


def _method(
    name: str, qualname: str, operation: Operation, session: Session | AsyncSession, kind: _Kind
) -> Callable[..., Any]:
    calls = session._calls
    binder = Binder(qualname, operation.parameters, calls.preset.get(operation.name, ()))
    signature = signature_of(operation, session.codec, kind.iterator)
    method: Any = (kind.stream if operation.result.stream else kind.value)(calls, operation, binder)
    method.__name__ = name
    method.__qualname__ = qualname
    method.__module__ = session.contract.service
    method.__doc__ = docstring_of(operation)
    method.__annotations__ = {p.name: p.annotation for p in signature.parameters.values()}
    method.__annotations__["return"] = signature.return_annotation
    method.__signature__ = _with_self(signature)
    setattr(method, OPERATION, (operation, binder))
    return method  # type: ignore[no-any-return]


def _waits(calls: Calls, operation: Operation, binder: Binder) -> Callable[..., Any]:
    def method(self: RemoteFacade, /, *args: Any, **kwargs: Any) -> Any:
        return wait(calls.call(operation, binder.bind(args, kwargs)))

    return method


def _yields(calls: Calls, operation: Operation, binder: Binder) -> Callable[..., Any]:
    def method(self: RemoteFacade, /, *args: Any, **kwargs: Any) -> Any:
        return each(calls.items(operation, binder.bind(args, kwargs)))

    return method


def _waits_async(calls: Calls, operation: Operation, binder: Binder) -> Callable[..., Any]:
    async def method(self: RemoteFacade, /, *args: Any, **kwargs: Any) -> Any:
        return await calls.call(operation, binder.bind(args, kwargs))

    return method


def _yields_async(calls: Calls, operation: Operation, binder: Binder) -> Callable[..., Any]:
    async def method(self: RemoteFacade, /, *args: Any, **kwargs: Any) -> AsyncGenerator[Any, None]:
        # The inner one is closed with this one, not when it is collected.
        items = each_awaited(calls.items(operation, binder.bind(args, kwargs)))
        try:
            async for item in items:
                yield item
        finally:
            await items.aclose()

    return method


class _Kind(NamedTuple):
    session: type[Session] | type[AsyncSession]
    service: type[RemoteFacade]
    value: Callable[[Calls, Operation, Binder], Callable[..., Any]]
    """Makes the method of an operation that gives one value."""
    stream: Callable[[Calls, Operation, Binder], Callable[..., Any]]
    """Makes that of a stream."""
    iterator: Any
    """As what signatures show the stream."""


_WAITING = _Kind(Session, RemoteService, _waits, _yields, Iterator)
_AWAITING = _Kind(AsyncSession, AsyncRemoteService, _waits_async, _yields_async, AsyncIterator)


def _with_self(signature: inspect.Signature) -> inspect.Signature:
    parameters = list(signature.parameters.values())
    only = any(p.kind is p.POSITIONAL_ONLY for p in parameters)
    kind = inspect.Parameter.POSITIONAL_ONLY if only else inspect.Parameter.POSITIONAL_OR_KEYWORD
    # A plain function may have a parameter of that name; this one is seen on the class alone.
    name = "self_" if "self" in signature.parameters else "self"
    return signature.replace(parameters=[inspect.Parameter(name, kind), *parameters])


def _count(tree: Mapping[str, Any]) -> int:
    return sum(_count(value) if isinstance(value, dict) else 1 for value in tree.values())
