"""``parvis serve`` as a process of its own, for the tests that need a real one."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import re
import select
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

PARVIS = str(Path(sys.executable).with_name("parvis"))
"""The command of the interpreter that runs the tests."""

START = 30.0
"""Seconds in which a server must be ready; it takes one."""


class DidNotStart(Exception):
    """The server ended instead; the message is what it said."""


def environment(**more: str) -> dict[str, str]:
    """This process's, without any setting of Parvis."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("PARVIS_")}
    return {**clean, "PYTHONUNBUFFERED": "1", **more}


class Served:
    """A running server: ``url`` is its address, ``key`` the test key of its run (empty beyond loopback)."""

    def __init__(
        self, target: str, *arguments: str, cwd: Path, data: Path, port: int = 0, prefix: Sequence[str] = (),
        env: Mapping[str, str] | None = None,
    ) -> None:  # fmt: skip
        """Start it and wait until it is ready. ``prefix`` stands before the command. Raises :class:`DidNotStart`."""
        command = [*prefix, PARVIS, "serve", target, "--port", str(port), "--data", str(data), *arguments]
        self.data = data
        self._errors = (data.parent / f"{data.name}.log").open("a+")
        self.process = subprocess.Popen(
            command, cwd=cwd, env=env or environment(), stdout=subprocess.PIPE, stderr=self._errors,
            start_new_session=True,
        )  # fmt: skip
        try:
            self.banner = self._read_banner()
        except BaseException:
            self.kill()
            raise
        self.url = re.search(r"https?://[^/\s]+", self.banner)[0]  # type: ignore[index]
        self.port = int(self.url.rpartition(":")[2])
        found = re.search(r"pv_test_\w+", self.banner)
        self.key = found[0] if found else ""

    def __enter__(self) -> Served:
        return self

    def __exit__(self, *_: Any) -> None:
        self.stop()

    def _read_banner(self) -> str:
        assert self.process.stdout is not None
        deadline = time.monotonic() + START
        said = b""
        while time.monotonic() < deadline:
            if not select.select([self.process.stdout], [], [], 0.2)[0]:
                continue
            part = os.read(self.process.stdout.fileno(), 65536)
            said += part
            if b"Ctrl-C" in said and said.endswith(b"\n"):
                return said.decode()
            if not part:
                self.process.wait(5)
                raise DidNotStart(self.log())
        raise DidNotStart(f"not ready after {START:g} s: {said.decode()}{self.log()}")

    def call(self, operation: str, timeout: float = 15, **arguments: Any) -> tuple[int, Any]:
        """Call ``service.operation`` with the test key: status and answer."""
        service, _, name = operation.partition(".")
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        try:
            headers = {"authorization": f"Bearer {self.key}", "content-type": "application/json"}
            connection.request("POST", f"/{service}/v1/{name}", json.dumps(arguments), headers)
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read())
        finally:
            connection.close()

    def log(self) -> str:
        """All that it wrote on standard error."""
        self._errors.flush()
        return Path(self._errors.name).read_text()

    def told(self, event: str) -> list[dict[str, Any]]:
        """The lines of the log about one kind of event."""
        lines = [json.loads(line) for line in self.log().splitlines() if line.startswith("{")]
        return [line for line in lines if line["event"] == event]

    def workers(self) -> list[int]:
        """The ids of its processes, itself first."""
        found = [self.process.pid]
        for pid in found:
            for children in Path(f"/proc/{pid}/task").glob("*/children"):
                found += [int(child) for child in children.read_text().split() if int(child) not in found]
        return found

    def kill(self) -> None:
        """``kill -9`` of every process of it at once, as when the machine loses its power."""
        for pid in self.workers():
            _signal(pid, signal.SIGKILL)
        self._ended()

    def stop(self) -> None:
        """Ctrl-C, once; what does not end within 15 seconds is killed, and that is an error."""
        if self.process.poll() is None:
            _signal(self.process.pid, signal.SIGINT)
            try:
                self.process.wait(15)
            except subprocess.TimeoutExpired:
                self.kill()
                raise
        self._ended()

    def _ended(self) -> None:
        self.process.wait(15)
        if self.process.stdout is not None:
            self.process.stdout.close()
        self._errors.close()


def _signal(pid: int, number: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, number)


def parvis(
    *arguments: str, cwd: Path, prefix: Sequence[str] = (), env: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a ``parvis`` command to its end."""
    return subprocess.run(
        [*prefix, PARVIS, *arguments], cwd=cwd, env=env or environment(), capture_output=True, text=True, timeout=60,
        stdin=subprocess.DEVNULL, check=False,
    )  # fmt: skip
