"""A real server of a rich sample, for others' tools to look at: ``market`` and the console, and a key for both."""

from __future__ import annotations

import base64
import http.client
import json
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from conformance.tool import HERE
from served import PARVIS, Served, environment

EMAIL, PASSWORD = "ada@example.org", "a long enough password"
ROOM = ("rate=1000000", "burst=1000000", "day=100000000", "concurrent=1000", "keys=1000", 'without:=["page"]')
"""So much that no tool meets a limit; with fewer they would test nothing else."""

PREFIXES = {"market": "/market/v1", "parvis": "/parvis/v1"}


@dataclass(frozen=True, slots=True)
class Answer:
    """As it came: ``fields`` in their order."""

    status: int
    reason: str
    fields: tuple[tuple[str, str], ...]
    body: bytes


class Subject:
    """``sources`` is the directory of another copy of Parvis to run in place of this one."""

    def __init__(self, folder: Path, sources: Path | None = None) -> None:
        env = environment(PYTHONPATH=str(sources)) if sources else environment()
        data = folder / "data"
        self.folder = folder
        self._served = Served(f"--config={HERE / 'parvis.toml'}", cwd=HERE, data=data, env=env)
        self.url = self._served.url
        try:
            raise_plan = [PARVIS, "admin", "--data", str(data), "plans.update", "name=default", *ROOM]
            subprocess.run(raise_plan, cwd=HERE, env=env, check=True, capture_output=True, timeout=60)
            account = {"email": EMAIL, "password": PASSWORD, "name": "Ada"}
            self._made(self.ask("POST", "/parvis/v1/accounts", account))
            login = base64.b64encode(f"{EMAIL}:{PASSWORD}".encode()).decode()
            self.basic = f"Basic {login}"
            made = self.ask("POST", "/parvis/v1/keys", {"label": "tools"}, {"Authorization": self.basic})
            self.key = str(self._made(made)["secret"])
            self.files = {name: self._document(name) for name in PREFIXES}
        except BaseException:
            self._served.stop()
            raise

    def __enter__(self) -> Subject:
        return self

    def __exit__(self, *_: Any) -> None:
        self._served.stop()

    def base(self, service: str) -> str:
        """The address below which the paths of the service's document stand."""
        return self.url + PREFIXES[service]

    def document(self, service: str) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.files[service].read_bytes())
        return found

    def workshop(self, tool: str) -> Path:
        """A new directory for what a tool leaves behind."""
        made = self.folder / tool
        made.mkdir()
        return made

    def ask(self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None) -> Answer:
        """One request, as it stands."""
        connection = http.client.HTTPConnection(self.url.rpartition("/")[2], timeout=30)
        try:
            said = dict(headers or {})
            if body is not None:
                said.setdefault("Content-Type", "application/json")
                body = body if isinstance(body, bytes) else json.dumps(body).encode()
            connection.request(method, path, body, said)
            answer = connection.getresponse()
            return Answer(answer.status, answer.reason, tuple(answer.getheaders()), answer.read())
        finally:
            connection.close()

    def _made(self, answer: Answer) -> dict[str, Any]:
        assert answer.status == 201, answer
        made: dict[str, Any] = json.loads(answer.body)
        return made

    def _document(self, service: str) -> Path:
        answer = self.ask("GET", f"{PREFIXES[service]}/openapi.json")
        assert answer.status == 200, answer
        path = self.folder / f"{service}.json"
        path.write_bytes(answer.body)
        return path
