"""Calls written by hand on kept connections: quick, nothing is sent twice, and every answer is seen as it came.

Also the two who prepare a server for such tests: an account with its key, and the operator at its socket.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2

PASSWORD = "an honest password"
_numbers = itertools.count(1)


@dataclass(frozen=True)
class Answer:
    """What came back. ``headers`` are in lower case."""

    status: int
    headers: dict[str, str]
    body: bytes = field(default=b"", repr=False)

    @property
    def id(self) -> str:
        return self.headers["x-request-id"]

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def code(self) -> str:
        """The problem's; empty for an answer that is none."""
        return str(self.json["code"]) if "problem" in self.headers.get("content-type", "") else ""


def request(path: str, arguments: Any = None, key: str = "", method: str = "POST", **headers: str) -> bytes:
    """The bytes of a request; ``x_forwarded_for="..."`` becomes a header."""
    body = b"" if arguments is None else json.dumps(arguments).encode()
    lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1"]
    if key:
        lines.append(f"Authorization: Bearer {key}")
    if arguments is not None:
        lines += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode() + body


class Wire:
    """One kept connection. It raises ``OSError`` or ``EOFError`` when the server is gone."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    @classmethod
    async def open(cls, port: int, *, address: str = "127.0.0.1", limit: int = 65536) -> Wire:
        """``address`` is where the caller stands: any of 127.0.0.0/8."""
        pair = await asyncio.open_connection("127.0.0.1", port, local_addr=(address, 0), limit=limit)
        return cls(*pair)

    @classmethod
    async def open_unix(cls, path: Path) -> Wire:
        """To a server's own socket, as its operator."""
        return cls(*await asyncio.open_unix_connection(path))

    async def call(self, sent: bytes) -> Answer:
        """Send a request and read its whole answer."""
        head = await self.begin(sent)
        if "transfer-encoding" in head.headers:
            return Answer(head.status, head.headers, b"".join([part async for part in self.parts()]))
        length = int(head.headers.get("content-length", 0))
        return Answer(head.status, head.headers, await self._reader.readexactly(length))

    async def begin(self, sent: bytes) -> Answer:
        """Send a request and read the head of its answer."""
        self._writer.write(sent)
        await self._writer.drain()
        first, *lines = (await self._reader.readuntil(b"\r\n\r\n")).decode("latin-1").splitlines()
        pairs = (line.partition(":") for line in lines if line)
        return Answer(int(first.split()[1]), {name.lower(): value.strip() for name, _, value in pairs})

    async def parts(self) -> AsyncIterator[bytes]:
        """The body of a stream, as it comes, to its end."""
        while size := int(await self._reader.readuntil(b"\r\n"), 16):
            yield (await self._reader.readexactly(size + 2))[:-2]
        await self._reader.readuntil(b"\r\n")

    async def __aenter__(self) -> Wire:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        self._writer.close()
        with contextlib.suppress(OSError):
            await self._writer.wait_closed()


@contextlib.contextmanager
def operator(data: Path) -> Iterator[httpx2.Client]:
    """The operator, at the socket in the data directory."""
    transport = httpx2.HTTPTransport(uds=str(data / "admin.sock"))
    with httpx2.Client(transport=transport, base_url="http://localhost/parvis/v1", timeout=30) as client:
        yield client


def plan(data: Path, name: str = "default", **bounds: Any) -> None:
    """Change a plan; a bound that is None is none from then on."""
    without = [bound for bound, value in bounds.items() if value is None]
    given = {bound: value for bound, value in bounds.items() if value is not None}
    with operator(data) as client:
        answer = client.patch(f"/plans/{name}", json={**given, "without": without} if without else given)
    assert answer.status_code == 200, answer.text


@dataclass(frozen=True)
class Registered:
    """An account, and one key of it."""

    url: str
    account: str
    email: str
    id: str
    key: str
    username: str
    password: str

    def post(self, path: str, arguments: Any = None) -> Any:
        """A call of Parvis itself, with the account's password. Gives what was answered."""
        answer = httpx2.post(f"{self.url}/parvis/v1{path}", json=arguments or {}, auth=(self.email, PASSWORD))
        assert answer.is_success, answer.text
        return answer.json()


def register(url: str, **of_key: Any) -> Registered:
    """Register, and make a live key."""
    email = f"caller{next(_numbers)}@example.org"
    made = httpx2.post(f"{url}/parvis/v1/accounts", json={"email": email, "password": PASSWORD, "name": "A caller"})
    assert made.status_code == 201, made.text
    key = httpx2.post(f"{url}/parvis/v1/keys", json={"label": "of a test", **of_key}, auth=(email, PASSWORD))
    assert key.status_code == 201, key.text
    found = key.json()
    return Registered(
        url, made.json()["id"], email, found["id"], found["secret"], found["username"], found["password"]
    )  # fmt: skip


def usage(data: Path, account: str = "*", **more: Any) -> list[dict[str, Any]]:
    """Every single call that is counted, by the operator's ``usage.export``."""
    with operator(data) as client:
        answer = client.post("/usage.export", json={"account": account, **more})
    assert answer.status_code == 200, answer.text
    lines = [json.loads(line) for line in answer.text.splitlines()]
    assert all(isinstance(line, str) for line in lines), lines[-1]
    return [json.loads(line) for line in lines]
