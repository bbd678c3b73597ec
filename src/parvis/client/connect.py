"""From a URL to a façade, for callers who wait and for callers who await."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Generator, Mapping
from typing import Any, Generic, TypedDict, TypeVar, Unpack

from . import keyring
from .facade import async_facade_of, facade_of
from .http.address import ServiceAddress
from .http.transport import HttpTransport

T = TypeVar("T")


class Connecting(Generic[T]):
    """A connection that is about to be made: ``await`` it, or leave its closing to ``async with``."""

    def __init__(self, connect: Callable[[], Coroutine[Any, Any, T]]) -> None:
        self._connect = connect
        self._held: Any = None

    def __await__(self) -> Generator[Any, Any, T]:
        return self._connect().__await__()

    async def __aenter__(self) -> T:
        self._held = await self._connect()
        held: T = self._held
        return held

    async def __aexit__(self, *_: object) -> None:
        await self._held.parvis.close()


class ConnectOptions(TypedDict, total=False):
    """What may be said when connecting; :func:`connect_url` tells what it means."""

    auth: tuple[str, str] | None
    classes: Mapping[str, type] | None
    exceptions: Mapping[str, type] | None
    presets: Mapping[str, Any] | None
    timeout: float | None
    retries: int
    limit: int
    uds: str | None
    language: str | None


_FACADES = ("classes", "exceptions", "presets")
"""Options of the façade; the others are the transport's."""


def connect_url(url: str, key: str | None = None, **options: Unpack[ConnectOptions]) -> Any:
    """The service at ``url``, as if it were the object that stands behind it.

    Args:
        url: ``http://host:8000/shop`` for the newest stable version, ``http://host:8000/shop/v1`` for that one.
        key: What opens the service; without one, that of ``PARVIS_KEY``, else the one that ``parvis register`` kept
            for this origin. An empty string is no key at all. It goes to this origin only.
        auth: An e-mail and its password, or a key's id and its password, in place of a key.
        classes: Your own classes by name, for values, in place of those rebuilt from the contract.
        exceptions: Your own exceptions by name, likewise.
        presets: Values by parameter name, for every operation that has such a parameter and is not given it.
        timeout: Seconds for a whole call, repeats included; for a stream, to the next item; 60 unless said otherwise.
            None waits for ever.
        retries: How often a call that failed is sent again at most, where that does no harm; 2 unless said otherwise.
        limit: The most bytes to accept in one answer, or in one item of a stream; 64 MB unless said otherwise.
        uds: The path of a Unix socket to go through.
        language: The language in which the server tells its errors, as ``Accept-Language`` has it.

    Raises:
        ValueError: The address, the key or a preset is none, or the contract is one that Python cannot have.
        ParvisError: There is no such service, or it refuses the key.
    """
    transport, how = _way(url, key, options, awaited=False)
    return facade_of(transport, **how)


async def connect_url_async(url: str, key: str | None = None, **options: Unpack[ConnectOptions]) -> Any:
    """The same for callers who await."""
    transport, how = _way(url, key, options, awaited=True)
    return await async_facade_of(transport, **how)


def known(options: Mapping[str, Any]) -> None:
    """Raise ``TypeError`` for an option that there is not."""
    for name in options:
        if name not in ConnectOptions.__annotations__:
            raise TypeError(f"connect() got an unexpected keyword argument {name!r}")


def _way(url: str, key: str | None, options: ConnectOptions, *, awaited: bool) -> tuple[HttpTransport, dict[str, Any]]:
    """The transport to the service at a URL, with the key that was given or kept, and the options of the façade."""
    known(options)
    address = ServiceAddress.parse(url)
    found = None if options.get("auth") is not None else keyring.find(address.origin, key)
    given: dict[str, Any] = {**options}
    how = {name: given.pop(name) for name in _FACADES if name in given}
    return HttpTransport(address, key=found, awaited=awaited, **given), how
