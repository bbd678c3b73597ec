"""Call the application as an ASGI server would, and start real servers."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest

from asgi import Answer, Message, receiver
from parvis.access.console import run_credential
from parvis.access.credential import Credential
from parvis.access.keys import MintedKey, mint
from parvis.access.rights import Rights
from parvis.contract.outcomes import Refusal
from parvis.facade.compile import compile_facade
from parvis.facade.options import Options
from parvis.facade.target import load
from parvis.protocol.http.addresses import links
from parvis.server.guards import Guards
from parvis.server.host import Host
from parvis.server.http.application import Application
from parvis.server.http.asgi import Asgi
from parvis.server.http.incoming import Incoming
from parvis.server.http.router import Router
from parvis.server.http.upload import Limits
from parvis.server.identify import Identifier
from parvis.server.logs import Log
from parvis.server.mcp.endpoint import McpEndpoint
from parvis.server.object.service import ServiceInstance
from parvis.store.credentials import MISS
from served import Served


class Keys:
    """Keys by id, in memory."""

    def __init__(self) -> None:
        self.known: dict[str, Credential] = {}

    def find(self, id: str) -> Any:
        return self.known.get(id, MISS)

    async def load(self, id: str) -> Credential | None:
        return self.known.get(id)

    async def now(self, id: str) -> Credential | None:
        return self.known.get(id)


async def _no_login(name: str, password: str, address: str) -> Credential:
    raise Refusal("password-wrong")


@dataclass
class Services:
    """Services behind one application, called without a socket. ``everyone`` is a key that may call all of them."""

    application: Asgi
    host: Host
    runner: asyncio.Runner
    keys: Keys
    log: Path
    run_key: MintedKey
    everyone: str = field(init=False)

    def __post_init__(self) -> None:
        self.everyone = self.key("*")

    def key(self, *rights: str) -> str:
        """A new key with these rights."""
        made = mint("live")
        self.keys.known[made.id] = Credential(made.id, "key", "acc_1", Rights.of(rights), made.digest, key=made.id)
        return made.text

    def run(self, work: Coroutine[Any, Any, Any]) -> Any:
        return self.runner.run(work)

    def ask(self, method: str, path: str, body: Any = None, **more: Any) -> Answer:
        answer: Answer = self.run(self.asked(method, path, body, **more))
        return answer

    def post(self, operation: str, /, **arguments: Any) -> Answer:
        """The canonical form of a call to the first service."""
        prefix = self.host.services[0].contract.prefix
        return self.ask("POST", f"{prefix}/{operation}", arguments)

    async def asked(
        self, method: str, path: str, body: Any = None, *, key: str | None = "everyone",
        headers: dict[str, str] | None = None, raw_headers: list[tuple[bytes, bytes]] | None = None,
        chunks: list[bytes] | None = None, root: str = "",
        client: str = "127.0.0.1",
    ) -> Answer:  # fmt: skip
        """One request and its whole answer. A ``body`` that is no bytes goes as JSON."""
        messages: list[Message] = []

        async def send(message: Message) -> None:
            messages.append(message)

        scope = self.scope(
            method, path, body, key=key, headers=headers, raw_headers=raw_headers, root=root, client=client
        )
        data = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        await self.application(scope, receiver(chunks or [data]), send)
        head = messages[0]
        assert [m["type"] for m in messages[1:]] == ["http.response.body"] * (len(messages) - 1)
        assert not messages[-1].get("more_body")
        found = {name.decode(): value.decode() for name, value in head["headers"]}
        assert len(found) == len(head["headers"])
        answer = Answer(head["status"], found, b"".join(m.get("body", b"") for m in messages[1:]))
        assert int(found.get("content-length", len(answer.body))) == len(answer.body)
        return answer

    def scope(
        self, method: str, path: str, body: Any = None, *, key: str | None = "everyone",
        headers: dict[str, str] | None = None, raw_headers: list[tuple[bytes, bytes]] | None = None, root: str = "",
        client: str = "127.0.0.1",
    ) -> dict[str, Any]:  # fmt: skip
        path, _, query = path.partition("?")
        shown = self.everyone if key == "everyone" else key
        said = {
            "host": "localhost",
            **({"content-type": "application/json"} if body is not None else {}),
            **({"authorization": f"Bearer {shown}"} if shown else {}),
            **(headers or {}),
        }
        raw = [(name.encode(), value.encode()) for name, value in said.items() if value is not None]
        return {
            "type": "http", "method": method, "path": unquote(path), "raw_path": path.encode(),
            "query_string": query.encode(), "headers": [*raw, *(raw_headers or [])], "client": (client, 5000),
            "server": ("127.0.0.1", 80), "root_path": root, "http_version": "1.1", "scheme": "http",
        }  # fmt: skip

    def lines(self) -> list[dict[str, Any]]:
        """The log, each line of which must be JSON."""
        self.host.guards.log.flush()
        return [json.loads(line) for line in self.log.read_text().splitlines()]


Serve = Callable[..., Services]


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Serve]:
    """``serve(Shop, timeout=1)``: an opened application; ``limits`` and ``hosts`` are its own."""
    opened: list[tuple[Services, int]] = []

    def start(
        target: Any, *, limits: Limits | None = None, hosts: frozenset[str] | None = None,
        exhausted: Callable[[], None] = lambda: None, **options: Any,
    ) -> Services:  # fmt: skip
        log = tmp_path / f"log{len(opened)}"
        descriptor = os.open(log, os.O_CREAT | os.O_WRONLY | os.O_APPEND)
        keys = Keys()
        run_key = mint("test")
        guards = Guards(
            identifier=Identifier(keys, _no_login, run_credential(run_key, 0)), log=Log(descriptor, terminal=False),
            links=links(""),
        )  # fmt: skip
        limits = limits or Limits()
        service = ServiceInstance(compile_facade(load(target), Options(**options)))
        host = Host([service], guards, body_limit=limits.body, exhausted=exhausted)
        router = Router(host, limits=limits, agents=McpEndpoint(host))
        application = Asgi(Application(router, Incoming(host.new_id, hosts=hosts)))
        services = Services(application, host, asyncio.Runner(), keys, log, run_key)
        opened.append((services, descriptor))
        services.run(application.open())
        return services

    yield start
    for services, descriptor in opened:
        services.run(services.application.close())
        services.runner.close()
        os.close(descriptor)


@pytest.fixture
def shelf(tmp_path: Path) -> Path:
    """A folder to write modules into and to serve from."""
    made = tmp_path / "shelf"
    made.mkdir()
    return made


@pytest.fixture
def real(shelf: Path, tmp_path: Path) -> Iterator[Callable[..., Served]]:
    """``real(code, "Shop", "--grace", "1")``: a server of its own process tree, stopped when the test ends."""
    running: list[Served] = []

    def start(code: str, attribute: str, *arguments: str, **more: Any) -> Served:
        (shelf / "wares.py").write_text(code)
        served = Served(f"wares:{attribute}", *arguments, cwd=shelf, data=tmp_path / f"data{len(running)}", **more)
        running.append(served)
        return served

    yield start
    for served in running:
        if served.process.poll() is None:
            served.kill()
        else:
            served.stop()


@pytest.fixture
def guarded(tmp_path: Path) -> Iterator[Callable[..., Any]]:
    """``guarded(Shop)``: a whole server with accounts, limits and a meter, called without a socket."""
    from guarded import Guarded

    opened: list[Guarded] = []

    def start(target: Any, **more: Any) -> Guarded:
        folder = tmp_path / f"server{len(opened)}"
        folder.mkdir()
        opened.append(Guarded(target, folder, **more))
        return opened[-1]

    yield start
    for each in opened:
        each.close()
