"""What HTTP needs of the world, for callers who wait (:class:`Blocking`) and for callers who await (:class:`Awaiting`):
to send a request, to read the next part of an answer, to wait, to let go. All else is written once, in
``transport.py``.

The rules: what goes out is what it was handed and nothing beside; nothing is remembered; and each step has what is left
of the call's time, no more. The library bounds each of its steps by itself, so its sockets are handed to it in a
wrapper that asks the call's account. This module loads the library.
"""

from __future__ import annotations

import os
import ssl
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from typing import Any, Protocol
from urllib.parse import quote, unquote, urlsplit

import httpcore2

from .deadline import Deadline, current

CONNECT_SECONDS = 5.0
CONNECTIONS = 100
IDLE_CONNECTIONS = 20
IDLE_SECONDS = 5.0
"""For how long a connection is kept that nobody uses."""

Head = list[tuple[bytes, bytes]]


class Incoming(Protocol):
    """An answer whose head came."""

    status: int
    headers: dict[str, str]
    """By lower-case name; what came several times is one, with commas between (RFC 9110 section 5.3)."""

    async def chunk(self, deadline: Deadline) -> bytes | None:
        """The next bytes as they came; None at the end."""

    async def close(self) -> None:
        """Be done with it, read or not. Twice is harmless."""


class Wire(Protocol):
    """The way to one origin."""

    drop: Callable[[], object]
    """What is left to do when nobody closes it."""

    async def send(
        self, method: str, target: bytes, head: Head, body: bytes | Iterator[bytes], deadline: Deadline
    ) -> Incoming:
        """Send a request. Raises what the library does."""

    async def sleep(self, seconds: float) -> None: ...

    async def close(self) -> None: ...


class Blocking:
    """For callers who wait; any number of threads at once."""

    def __init__(self, origin: str, *, uds: str | None, proxies: bool) -> None:
        self._url = _parts(origin)
        self._pool = httpcore2.ConnectionPool(**_pool(origin, uds, proxies), network_backend=_Sockets())
        self.drop: Callable[[], object] = self._pool.close

    async def send(
        self, method: str, target: bytes, head: Head, body: bytes | Iterator[bytes], deadline: Deadline
    ) -> Incoming:
        current.set(deadline)
        url = httpcore2.URL(target=target, **self._url)
        request = httpcore2.Request(method, url, headers=head, content=body, extensions=_patience(deadline))
        return _Read(self._pool.handle_request(request), iter)

    async def sleep(self, seconds: float) -> None:
        time.sleep(seconds)

    async def close(self) -> None:
        self._pool.close()


class Awaiting:
    """For callers who await; any number of tasks of one event loop at once."""

    def __init__(self, origin: str, *, uds: str | None, proxies: bool) -> None:
        self._url = _parts(origin)
        self._pool = httpcore2.AsyncConnectionPool(**_pool(origin, uds, proxies), network_backend=_AwaitedSockets())
        self.drop: Callable[[], object] = lambda: None  # its connections are the loop's, which closes them

    async def send(
        self, method: str, target: bytes, head: Head, body: bytes | Iterator[bytes], deadline: Deadline
    ) -> Incoming:
        current.set(deadline)
        url = httpcore2.URL(target=target, **self._url)
        content = body if isinstance(body, bytes) else _aside(body)
        request = httpcore2.Request(method, url, headers=head, content=content, extensions=_patience(deadline))
        return _AwaitedRead(await self._pool.handle_async_request(request), aiter)

    async def sleep(self, seconds: float) -> None:
        import anyio

        await anyio.sleep(seconds)

    async def close(self) -> None:
        await self._pool.aclose()


class _Arrived:
    """An answer's head; ``begin`` makes what its bytes are read from."""

    __slots__ = ("_chunks", "_response", "headers", "status")

    def __init__(self, response: httpcore2.Response, begin: Callable[[Any], Any]) -> None:
        self.status = response.status
        self.headers = _fields(response.headers)
        self._response = response
        self._chunks = begin(response.stream)


class _Read(_Arrived):
    __slots__ = ()

    async def chunk(self, deadline: Deadline) -> bytes | None:
        current.set(deadline)
        part: bytes | None = next(self._chunks, None)
        return part

    async def close(self) -> None:
        self._response.close()


class _AwaitedRead(_Arrived):
    __slots__ = ()

    async def chunk(self, deadline: Deadline) -> bytes | None:
        current.set(deadline)
        part: bytes | None = await anext(self._chunks, None)
        return part

    async def close(self) -> None:
        await self._response.aclose()


async def _aside(parts: Iterator[bytes]) -> AsyncIterator[bytes]:
    """A body that is read as it goes. The caller's own file may make us wait, and the event loop shall not."""
    from anyio.to_thread import run_sync

    while (part := await run_sync(next, parts, None)) is not None:
        yield part


class _Socket(httpcore2.NetworkStream):
    """A connection that has as long as the call in hand."""

    def __init__(self, stream: httpcore2.NetworkStream) -> None:
        self._stream = stream
        self.close = stream.close  # type: ignore[method-assign]
        self.get_extra_info = stream.get_extra_info  # type: ignore[method-assign]

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, _reading())

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, _writing())

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore2.NetworkStream:
        return _Socket(self._stream.start_tls(ssl_context, server_hostname, _connecting()))


class _Sockets(httpcore2.SyncBackend):
    def connect_tcp(
        self, host: str, port: int, timeout: float | None = None, local_address: str | None = None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> httpcore2.NetworkStream:  # fmt: skip
        return _Socket(super().connect_tcp(host, port, _connecting(), local_address, socket_options))

    def connect_unix_socket(
        self, path: str, timeout: float | None = None, socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None
    ) -> httpcore2.NetworkStream:
        return _Socket(super().connect_unix_socket(path, _connecting(), socket_options))


class _AwaitedSocket(httpcore2.AsyncNetworkStream):
    """The same, awaited."""

    def __init__(self, stream: httpcore2.AsyncNetworkStream) -> None:
        self._stream = stream
        self.aclose = stream.aclose  # type: ignore[method-assign]
        self.get_extra_info = stream.get_extra_info  # type: ignore[method-assign]

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return await self._stream.read(max_bytes, _reading())

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        await self._stream.write(buffer, _writing())

    async def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore2.AsyncNetworkStream:
        return _AwaitedSocket(await self._stream.start_tls(ssl_context, server_hostname, _connecting()))


class _AwaitedSockets(httpcore2.AnyIOBackend):
    async def connect_tcp(
        self, host: str, port: int, timeout: float | None = None, local_address: str | None = None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> httpcore2.AsyncNetworkStream:  # fmt: skip
        return _AwaitedSocket(await super().connect_tcp(host, port, _connecting(), local_address, socket_options))

    async def connect_unix_socket(
        self, path: str, timeout: float | None = None, socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None
    ) -> httpcore2.AsyncNetworkStream:
        return _AwaitedSocket(await super().connect_unix_socket(path, _connecting(), socket_options))


def _connecting() -> float | None:
    left = current.get().left()
    return CONNECT_SECONDS if left is None else min(_some(left, httpcore2.ConnectTimeout), CONNECT_SECONDS)


def _reading() -> float | None:
    left = current.get().waiting()
    return None if left is None else _some(left, httpcore2.ReadTimeout)


def _writing() -> float | None:
    left = current.get().left()
    return None if left is None else _some(left, httpcore2.WriteTimeout)


def _some(left: float, over: type[Exception]) -> float:
    # To a socket 0 seconds mean something else than no time.
    if left <= 0.0:
        raise over("timed out")
    return left


def _patience(deadline: Deadline) -> dict[str, Any]:
    """How long to wait for one of the connections: the one step that is the library's alone."""
    return {"timeout": {"pool": deadline.left()}}


def _fields(raw: list[tuple[bytes, bytes]]) -> dict[str, str]:
    fields: dict[str, str] = {}
    for name, value in raw:
        key, text = name.lower().decode("latin-1"), value.decode("latin-1")
        fields[key] = f"{fields[key]}, {text}" if key in fields else text
    return fields


def _parts(origin: str) -> dict[str, Any]:
    """An origin as the library has it. Raises ``ValueError`` for a host that cannot be one."""
    found = urlsplit(origin)
    host = found.hostname or ""
    return {"scheme": found.scheme, "host": host if host.isascii() else host.encode("idna"), "port": found.port}


def host(origin: str) -> bytes:
    """The value of the field ``Host``."""
    name = origin.partition("://")[2]
    return name.encode() if name.isascii() else name.encode("idna")


def target(url: str, origin: str) -> bytes:
    """What stands in the request for a URL of an origin (RFC 9112 section 3.2.1)."""
    return quote(url.removeprefix(origin) or "/", safe="/%:~[]?=&+,;@!$'()*").encode()


def _pool(origin: str, uds: str | None, proxies: bool) -> dict[str, Any]:
    # Loading the certificates of the machine takes longer than all else, and a plain connection needs none of them.
    https = origin.startswith("https:")
    return {
        "ssl_context": httpcore2.default_ssl_context() if https else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT),
        "uds": uds,
        "proxy": _proxy(origin) if proxies and uds is None else None,
        "max_connections": CONNECTIONS,
        "max_keepalive_connections": IDLE_CONNECTIONS,
        "keepalive_expiry": IDLE_SECONDS,
    }


def _proxy(origin: str) -> httpcore2.Proxy | None:
    """The proxy of the environment for an origin, or of the machine's settings where it has some."""
    if sys.platform not in ("darwin", "win32") and not any(name.lower().endswith("_proxy") for name in os.environ):
        return None
    from urllib.request import getproxies, proxy_bypass

    scheme, _, name = origin.partition("://")
    found = getproxies()
    given = found.get(scheme) or found.get("all")
    if not given or proxy_bypass(name):
        return None
    url = urlsplit(given if "://" in given else f"http://{given}")
    auth = (unquote(url.username), unquote(url.password or "")) if url.username else None
    return httpcore2.Proxy(f"{url.scheme}://{url.netloc.rpartition('@')[2]}", auth=auth)
