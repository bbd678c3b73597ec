"""Servers under measurement: started on one core, their CPU time read from the kernel's books for the whole tree."""

from __future__ import annotations

import contextlib
import http.client
import os
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

TICK = 1 / os.sysconf("SC_CLK_TCK")
SERVER_CORE, LOAD_CORE = 0, 1


def tree(pid: int) -> list[int]:
    """A process and all below it."""
    found = [pid]
    for each in found:
        for children in Path(f"/proc/{each}/task").glob("*/children"):
            with contextlib.suppress(OSError):
                found += [int(child) for child in children.read_text().split() if int(child) not in found]
    return found


def cpu(pid: int) -> float:
    """Seconds of CPU time that a process tree has used, its ended children included."""
    total = 0
    for each in tree(pid):
        with contextlib.suppress(OSError):
            fields = Path(f"/proc/{each}/stat").read_text().rpartition(")")[2].split()
            total += sum(int(ticks) for ticks in fields[11:15])  # utime, stime, cutime, cstime (proc(5))
    return total * TICK


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Server:
    """A command that serves on ``port``; its log goes to a file, as in production."""

    command: list[str]
    port: int
    cwd: Path
    env: Mapping[str, str]
    headers: dict[str, str] = field(default_factory=dict)

    def __enter__(self) -> Server:
        self._log = tempfile.TemporaryFile()
        self.process = subprocess.Popen(
            self.command, cwd=self.cwd, env=dict(self.env), stdout=self._log, stderr=self._log, start_new_session=True,
            preexec_fn=lambda: os.sched_setaffinity(0, {SERVER_CORE}),
        )  # fmt: skip
        return self

    def __exit__(self, *_: object) -> None:
        self.process.send_signal(signal.SIGINT)
        try:
            self.process.wait(15)
        except subprocess.TimeoutExpired:
            for pid in tree(self.process.pid):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            self.process.wait()
        self._log.close()

    def ask(self, path: str) -> tuple[int, dict[str, str], bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        with contextlib.closing(connection):
            connection.request("GET", path, headers=self.headers)
            answer = connection.getresponse()
            return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()

    def resident(self) -> int:
        """Bytes of memory that the process tree has, shared ones counted in part (PSS)."""
        total = 0
        for pid in tree(self.process.pid):
            lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
            total += next(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
        return total * 1024

    def first_answer(self, path: str, status: int = 200) -> float:
        """Wait for the first answer; the CPU time that it took to get there."""
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                break
            with contextlib.suppress(OSError, http.client.HTTPException):
                if self.ask(path)[0] == status:
                    return cpu(self.process.pid)
            time.sleep(0.01)
        self._log.seek(0)
        raise SystemExit(f"{' '.join(self.command)} does not answer {path}:\n{self._log.read().decode()}")


def load(server: Server, path: str, seconds: float, connections: int = 16) -> float:
    """Calls as fast as they are answered, from the other core; the CPU microseconds of one call."""
    url = f"http://127.0.0.1:{server.port}{path}"
    headers = [part for name, value in server.headers.items() for part in ("-H", f"{name}: {value}")]
    before = cpu(server.process.pid)
    done = subprocess.run(
        ["taskset", "-c", str(LOAD_CORE), "wrk", "-t1", f"-c{connections}", f"-d{seconds:g}s", *headers, url],
        capture_output=True, text=True, timeout=seconds + 30, check=True,
    )  # fmt: skip
    spent = cpu(server.process.pid) - before
    if "Non-2xx" in done.stdout or "Socket errors" in done.stdout:
        raise SystemExit(f"{url} was not answered as it should be:\n{done.stdout}")
    count = next(int(line.split()[0]) for line in done.stdout.splitlines() if " requests in " in line)
    return spent / count * 1e6


@contextlib.contextmanager
def serving(servers: list[Server]) -> Iterator[None]:
    with contextlib.ExitStack() as stack:
        for server in servers:
            stack.enter_context(server)
        yield
