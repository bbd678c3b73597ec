"""A whole server without sockets: the composition of ``parvis serve``, its store and its meter, called as ASGI."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

from asgi import Answer, Message, receiver
from parvis.access.plans import Plan
from parvis.assembly.launch import Secrets
from parvis.assembly.server import server
from parvis.facade.compile import compile_facade
from parvis.facade.options import Options
from parvis.facade.target import load
from parvis.server.host import Host
from parvis.server.http.asgi import Asgi
from parvis.server.logs import Log
from parvis.settings import read
from parvis.store.queries import accounts, keys, plans
from parvis.store.records import AccountRecord, KeyRecord

FREE: dict[str, Any] = {"rate": 1000, "burst": 1000, "day": None}


class Guarded:
    """``account`` and ``key`` make what they say straight in the store: no password is hashed."""

    def __init__(self, target: Any, folder: Path, *, settings: dict[str, Any] | None = None, **options: Any) -> None:
        self.runner = asyncio.Runner()
        facade = compile_facade(load(target), Options(**options))
        flags = {"data": str(folder / "data"), **(settings or {})}
        self.log = (folder / "log").open("wb", buffering=0)
        (folder / "data").mkdir(exist_ok=True)
        try:
            made = self.run(
                server(
                    [facade], read(flags, environment={}), url="http://localhost", hosts=None, secrets=Secrets(),
                    log=Log(self.log.fileno(), terminal=False), run_key=False,
                )
            )  # fmt: skip
        except BaseException:
            self.runner.close()
            self.log.close()
            raise
        self.app = Asgi(made.application)
        self.host: Host = made.host
        self.run(self.app.open())
        self.context = made.context
        self.fold = made.fold

    def run(self, work: Coroutine[Any, Any, Any]) -> Any:
        return self.runner.run(work)

    def close(self) -> None:
        self.run(self.app.close())
        self.runner.close()
        self.log.close()

    def plan(self, name: str = "default", **changes: Any) -> Plan:
        changed: Plan = self.run(self.context.credentials.change_all(None, plans.change, name, changes))
        return changed

    def account(self, name: str = "acc_ada", **more: Any) -> str:
        record = AccountRecord(
            id=name, email=f"{name}@example.org", name="", password="", created_at=1, approved_at=1, **more
        )
        self.run(self.context.store.change(None, accounts.add, record))
        return name

    def key(self, *rights: str, account: str = "acc_ada", test: bool = False, **more: Any) -> str:
        """A new key; without ``rights`` it has all services of its account."""
        from parvis.access.keys import mint

        if self.run(self.context.store.ask(accounts.by_id, account)) is None:
            self.account(account)
        made = mint("test" if test else "live")
        record = KeyRecord(
            id=made.id, account=account, label="", rights=rights or None, digest=made.digest, test=test, created_at=1,
            **more,
        )  # fmt: skip
        self.run(self.context.credentials.change_key(made.id, None, keys.add, record))
        return made.text

    def ask(self, method: str, path: str, body: Any = None, **more: Any) -> Answer:
        answer: Answer = self.run(self.asked(method, path, body, **more))
        return answer

    def call(self, operation: str, key: str | None, /, **arguments: Any) -> Answer:
        """The canonical form of a call."""
        service, _, name = operation.partition(".")
        return self.ask("POST", f"/{service}/v1/{name}", arguments, key=key)

    async def asked(
        self, method: str, path: str, body: Any = None, *, key: str | None = None,
        basic: tuple[str, str] | None = None, headers: dict[str, str] | None = None, client: str = "192.0.2.1",
    ) -> Answer:  # fmt: skip
        messages: list[Message] = []

        async def send(message: Message) -> None:
            messages.append(message)

        data = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        await self.app(
            self.scope(method, path, body, key=key, basic=basic, headers=headers, client=client), receiver([data]), send
        )
        found = {name.decode(): value.decode() for name, value in messages[0]["headers"]}
        return Answer(messages[0]["status"], found, b"".join(m.get("body", b"") for m in messages[1:]))

    def scope(
        self, method: str, path: str, body: Any = None, *, key: str | None = None,
        basic: tuple[str, str] | None = None, headers: dict[str, str] | None = None, client: str = "192.0.2.1",
    ) -> dict[str, Any]:  # fmt: skip
        path, _, query = path.partition("?")
        said = {"host": "localhost"}
        if body is not None:
            said["content-type"] = "application/json"
        if key is not None:
            said["authorization"] = f"Bearer {key}"
        if basic is not None:
            said["authorization"] = "Basic " + base64.b64encode(":".join(basic).encode()).decode()
        said |= headers or {}
        return {
            "type": "http", "method": method, "path": path, "raw_path": path.encode(), "query_string": query.encode(),
            "headers": [(k.encode(), v.encode()) for k, v in said.items()], "client": (client, 5000),
            "server": ("127.0.0.1", 80), "root_path": "", "http_version": "1.1", "scheme": "http",
        }  # fmt: skip

    def calls(self, account: str | None = None) -> list[Any]:
        """What the meter holds, oldest first."""
        from parvis.store.queries import usage

        self.run(self.fold())
        return list(reversed(self.run(self.context.store.ask(usage.calls, account, None, 1000))))
