"""The transport over HTTP: one origin, one caller.

Rules. What the other side sends is bounded in time and, after decompression, in size. A key goes to its origin only: no
redirect is followed and no cookie kept. No exception of the HTTP library gets out.
"""

from __future__ import annotations

import base64
import time
import weakref
from collections.abc import Iterator
from typing import TYPE_CHECKING

from parvis.contract.bodies import OCTETS, raw

from .address import Address
from .errors import AnswerUnreadable, ConnectionFailed
from .problems import error_of
from .transport import Answer, Lines
from .trouble import too_large, trouble
from .upload import Unread, Upload

if TYPE_CHECKING:
    import httpx2

    from parvis.contract.model import Contract, Operation

CONNECT_SECONDS = 5.0
TOTAL_SECONDS = 60.0
ANSWER_BYTES = 64 * 1024 * 1024
"""The most bytes of one answer after decompression; it bounds one line of a stream, too."""
CONTRACT_BYTES = 16 * 1024 * 1024


class HttpTransport:
    """Calls a service at ``address``.

    ``key`` goes as a Bearer credential; ``auth``, an e-mail or a key's id with its password, as a Basic one.
    ``timeout`` is in seconds and bounds a whole call, connecting included; for a stream it bounds the wait for the next
    bytes. None waits for ever. ``uds`` is the path of a Unix socket to go through; ``limit`` the most bytes to accept.
    """

    def __init__(
        self,
        address: Address,
        *,
        key: str | None = None,
        auth: tuple[str, str] | None = None,
        timeout: float | None = TOTAL_SECONDS,
        uds: str | None = None,
        limit: int = ANSWER_BYTES,
    ) -> None:
        self._address = address
        self._at = address.url
        self._seconds = timeout
        self._limit = limit
        self._client = _client(address, _credential(key, auth), timeout, uds)
        # A façade that is simply dropped lets go of its connections too.
        self._finalizer = weakref.finalize(self, self._client.close)

    @property
    def address(self) -> str:
        return self._at

    def contract(self) -> Contract:
        from parvis.contract.model import Contract

        deadline = self._deadline()
        with self._open("GET", f"{self._address.url}/contract.json", None, "application/json") as response:
            answer = _whole(response, min(self._limit, CONTRACT_BYTES), deadline)
        if not answer.ok:
            raise error_of(answer)
        try:
            contract = Contract.from_json(answer.body)
        except ValueError as error:
            raise AnswerUnreadable(
                f"There is no Parvis service at {self._address.url}",
                detail=f"What came is no contract: {error}",
                fix="Give the address of a service, as http://host:8000/shop.",
            ) from None
        self._at = self._address.mount(contract.prefix) + contract.prefix
        return contract

    def call(self, operation: Operation, body: bytes | Upload) -> Answer:
        deadline = self._deadline()
        accept = OCTETS if raw(operation) else "application/json"
        with self._open("POST", f"{self._at}/{operation.name}", body, accept) as response:
            # A file takes the time that it takes: what is bounded is the wait for the answer to it.
            return _whole(response, self._limit, self._deadline() if isinstance(body, Upload) else deadline)

    def stream(self, operation: Operation, body: bytes | Upload) -> Lines | Answer:
        deadline = self._deadline()
        opened = self._open("POST", f"{self._at}/{operation.name}", body, "application/jsonl")
        response = opened.__enter__()
        if response.is_success:
            return _HttpLines(response, self._limit)
        with opened:
            return _whole(response, self._limit, deadline)

    def close(self) -> None:
        self._finalizer()

    def _deadline(self) -> float | None:
        return None if self._seconds is None else time.monotonic() + self._seconds

    def _open(self, method: str, url: str, body: bytes | Upload | None, accept: str) -> _Opened:
        headers = {"Accept": f"{accept}, application/problem+json"}
        if isinstance(body, Upload):
            headers["Content-Type"] = OCTETS
            if (length := body.length) is not None:
                headers["Content-Length"] = str(length)
            url = f"{url}?{body.query}" if body.query else url
        elif body is not None:
            headers["Content-Type"] = "application/json"
        if self._client.is_closed:
            raise ConnectionFailed("This client is closed", outcome="not-sent", fix="Connect again.")
        with trouble(self._address.origin):
            content = body.chunks() if isinstance(body, Upload) else body
            request = self._client.build_request(method, url, content=content, headers=headers)
            try:
                return _Opened(self._client.send(request, stream=True))
            except Unread as unread:
                error = unread.error
        raise error


class _Opened:
    """An answer whose headers came: closed at the end of ``with``."""

    def __init__(self, response: httpx2.Response) -> None:
        self._response = response

    def __enter__(self) -> httpx2.Response:
        return self._response

    def __exit__(self, *_: object) -> None:
        self._response.close()


class _HttpLines:
    """The lines of an open answer, split at line feeds only: JSON text may hold other line separators."""

    def __init__(self, response: httpx2.Response, limit: int) -> None:
        self._response = response
        self._limit = limit
        self._origin = _origin(response)
        self._chunks = response.iter_bytes()
        self._buffer = bytearray()
        self._searched = 0
        self._ended = False

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        while not self._ended:
            end = self._buffer.find(b"\n", self._searched)
            if max(end, self._searched) > self._limit:
                self.close()
                raise too_large(self._limit)
            if end >= 0:
                line = bytes(self._buffer[:end])
                del self._buffer[: end + 1]
                self._searched = 0
                return line
            self._searched = len(self._buffer)
            with trouble(self._origin):
                chunk = next(self._chunks, None)
            if chunk is None:
                self.close()
            else:
                self._buffer += chunk
        if self._buffer:
            line, self._buffer = bytes(self._buffer), bytearray()
            return line
        raise StopIteration

    def close(self) -> None:
        self._ended = True
        self._response.close()

    def __del__(self) -> None:
        self.close()


def _whole(response: httpx2.Response, limit: int, deadline: float | None) -> Answer:
    body = bytearray()
    with trouble(_origin(response)):
        for chunk in response.iter_bytes():
            body += chunk
            if len(body) > limit:
                raise too_large(limit)
            if deadline is not None and time.monotonic() > deadline:
                raise ConnectionFailed(
                    "The answer took too long", fix="The outcome is unknown: check before you repeat the call."
                )
    return Answer(response.status_code, bytes(body), {k.lower(): v for k, v in response.headers.items()})


def _client(address: Address, authorization: str | None, timeout: float | None, uds: str | None) -> httpx2.Client:
    import http.cookiejar

    import httpx2

    headers = {"User-Agent": "parvis-client"}
    if authorization is not None:
        headers["Authorization"] = authorization
    connect = CONNECT_SECONDS if timeout is None else min(timeout, CONNECT_SECONDS)
    # Nothing that leads to this machine goes by a proxy of the environment, whatever no_proxy says or forgets.
    local = address.loopback or uds is not None
    if local:
        headers["Accept-Encoding"] = "identity"  # compressing takes longer than the way is
    return httpx2.Client(
        headers=headers,
        timeout=httpx2.Timeout(timeout, connect=connect),
        follow_redirects=False,
        trust_env=not local,
        cookies=http.cookiejar.CookieJar(http.cookiejar.DefaultCookiePolicy(allowed_domains=[])),
        transport=httpx2.HTTPTransport(uds=uds, trust_env=False) if uds is not None else None,
    )


def _credential(key: str | None, auth: tuple[str, str] | None) -> str | None:
    if auth is not None:
        name, password = auth
        if ":" in name or not name.isprintable():
            raise ValueError("the name before a password holds no colon and no control character (RFC 7617 section 2)")
        return "Basic " + base64.b64encode(f"{name}:{password}".encode()).decode()
    if not key:
        return None
    if not (key.isascii() and key.isprintable()) or " " in key:
        raise ValueError("this is not a key: give it as it was shown when it was made, without spaces or line ends")
    return f"Bearer {key}"


def _origin(response: httpx2.Response) -> str:
    return str(response.request.url.copy_with(raw_path=b"/")).rstrip("/")
