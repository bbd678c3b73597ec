"""A source tree under test: servers and programs that run its code, and what they leave behind.

Only what any user has is used: commands, ``parvis.toml``, sockets, the tables of the store.
"""

from __future__ import annotations

import json
import os
import re
import select
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from corpus.asks import Stage, filled

HERE = Path(__file__).parent
SUBJECT = HERE / "subject"
OTHERS = (HERE.parent / "equal", HERE.parent / "conformance")
"""Where the façades of other tests stand, which are served too."""

START, STOP = 60.0, 30.0
"""Seconds."""


class Broken(Exception):
    """A server did not start, or did not end; the message is what it said."""


class Tree:
    """``root`` holds ``src/parvis``. Its own interpreter runs it, where it has one; ``parvis`` is its command."""

    def __init__(self, root: Path) -> None:
        self.root = root.resolve()
        if not (self.root / "src" / "parvis").is_dir():
            raise Broken(f"{root} has no src/parvis")
        own = self.root / ".venv" / "bin" / "python"
        self.python = str(own) if own.exists() else sys.executable
        scripts = tomllib.loads((self.root / "pyproject.toml").read_text())["project"]["scripts"]
        module, _, function = scripts["parvis"].partition(":")
        run = f"import sys; from {module} import {function}; sys.argv[0] = 'parvis'; sys.exit({function}())"
        self.parvis = (self.python, "-c", run)
        self._knows: dict[str, bool] = {}

    def environment(self, **more: str) -> dict[str, str]:
        clean = {name: value for name, value in os.environ.items() if not name.startswith("PARVIS_")}
        paths = (self.root / "src", self.root / "examples", SUBJECT, *OTHERS)
        return {
            **clean, "PYTHONPATH": os.pathsep.join(map(str, paths)), "PYTHONUNBUFFERED": "1", "PYTHONHASHSEED": "0",
            "NO_COLOR": "1", "LC_ALL": "C.UTF-8", "TZ": "UTC", **more,
        }  # fmt: skip

    def settings(self, stage: Stage, folder: Path) -> str:
        """The stage's ``parvis.toml``, in the words that this tree knows: how an operation runs was said otherwise."""
        lines = [f"{name} = {_toml(value)}" for name, value in stage.settings.items()]
        for name, options in stage.services.items():
            said = dict(options)
            run = said.pop("run", {})
            if run and self._takes("run", '{ "*" = "thread" }', folder):
                said["run"] = run
            elif run:
                said.update(_as_before(run))
            if "timeout" in said and not self._takes("timeout", "1.0", folder):
                said["timeout"] = {"*": said["timeout"]}
            lines += ["", f"[service.{name}]", *(f"{key} = {_toml(value)}" for key, value in said.items())]
        return "\n".join(lines) + "\n"

    def _takes(self, setting: str, value: str, folder: Path) -> bool:
        if setting not in self._knows:
            probe = folder / "probe.toml"
            probe.write_text(f'[service.x]\ntarget = "till:Till"\n{setting} = {value}\n')
            asked = [*self.parvis, "config", "--config", str(probe)]
            done = subprocess.run(asked, cwd=folder, env=self.environment(), capture_output=True, check=False)
            self._knows[setting] = done.returncode == 0
        return self._knows[setting]

    def lock(self, folder: Path) -> None:
        """Write ``parvis.lock``."""
        done = subprocess.run(
            [*self.parvis, "lock"], cwd=folder, env=self.environment(), capture_output=True, check=False
        )
        if done.returncode:
            raise Broken(f"parvis lock: {done.stderr.decode()}")

    def program(self, script: str, folder: Path) -> list[dict[str, Any]]:
        """What a script of the corpus prints, a JSON object a line."""
        ran = subprocess.run(
            [self.python, str(SUBJECT / script)], cwd=folder, env=self.environment(), capture_output=True, text=True,
            timeout=300, check=False,
        )  # fmt: skip
        if ran.returncode:
            raise Broken(f"{script}: {ran.stderr}")
        return [json.loads(line) for line in ran.stdout.splitlines()]


class Server:
    """A stage's server, running. ``folder`` is its own, and its path is short: a socket's name has 108 bytes."""

    def __init__(self, tree: Tree, stage: Stage, folder: Path) -> None:
        self.folder = folder
        self.data = folder / "data"
        self.lines = folder / "lines.sock"
        self._log = folder / "stderr"
        self.port = _free_port()
        self._mail: subprocess.Popen[str] | None = None
        self._known: dict[str, str] = {}
        if stage.mail:
            self._take_letters()
        if stage.app:
            command = [
                tree.python, "-m", "uvicorn", stage.app, "--host", "127.0.0.1", "--port", str(self.port), "--factory",
                "--no-access-log", "--log-level", "error",
            ]  # fmt: skip
        else:
            (folder / "parvis.toml").write_text(self._filled(tree.settings(stage, folder)))
            if stage.locked:
                tree.lock(folder)
            command = [*tree.parvis, "serve", "--port", str(self.port), "--data", str(self.data)]
        with self._log.open("w") as errors:
            self._process = subprocess.Popen(
                command, cwd=folder, env=tree.environment(LINES_SOCKET=str(self.lines)), stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE, stderr=errors, start_new_session=True,
            )  # fmt: skip
        self.banner = ""
        try:
            self._await(bool(stage.app))
        except BaseException:
            self.kill()
            raise

    def _take_letters(self) -> None:
        """Start a mail server that keeps what it is sent."""
        (self.folder / "letters").mkdir()
        command = [
            sys.executable,
            str(HERE.parent / "console" / "email" / "smtp_server.py"),
            str(self.folder / "letters"),
        ]
        self._mail = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert self._mail.stdout is not None
        self._known["smtp"] = self._mail.stdout.readline().strip()

    def _filled(self, text: str) -> str:
        return filled(text.encode(), self._known).decode()

    def letters(self) -> list[str]:
        """What was sent, in order."""
        return [json.loads(path.read_text())["content"] for path in sorted((self.folder / "letters").glob("*.json"))]

    def _await(self, silent: bool) -> None:
        deadline = time.monotonic() + START
        assert self._process.stdout is not None
        said = b""
        while time.monotonic() < deadline:
            if self._process.poll() is not None:
                raise Broken(f"the server ended: {self.log()}")
            if silent:
                with socket.socket() as probe:
                    if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                        return
                time.sleep(0.05)
            elif select.select([self._process.stdout], [], [], 0.2)[0]:
                said += os.read(self._process.stdout.fileno(), 65536)
                if b"Ctrl-C" in said:
                    self.banner = said.decode().strip()
                    return
        raise Broken(f"the server is not ready after {START:g} s: {self.log()}")

    def log(self) -> str:
        return self._log.read_text(errors="backslashreplace")

    def lock(self) -> str:
        """What is public, where that is written down."""
        path = self.folder / "parvis.lock"
        return path.read_text() if path.exists() else ""

    def secrets(self) -> dict[str, str]:
        """What the banner tells: the key of this run and the operator's link."""
        found = {"port": str(self.port), "folder": str(self.folder), **self._known}
        for name, pattern in (("run", r"pv_test_\w+"), ("link", r"link=([\w-]+)")):
            if match := re.search(pattern, self.banner):
                found[name] = match[match.lastindex or 0]
        return found

    def stop(self) -> None:
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGINT)
            try:
                self._process.wait(STOP)
            except subprocess.TimeoutExpired:
                self.kill()
                raise Broken(f"the server did not end: {self.log()}") from None
        self._ended()

    def kill(self) -> None:
        if self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGKILL)  # a session of its own: nobody else is in it
        self._ended()

    def _ended(self) -> None:
        if self._mail is not None:
            self._mail.kill()
            self._mail.communicate()
        self._process.wait(STOP)
        if self._process.stdout is not None:
            self._process.stdout.close()

    def table(self, name: str) -> list[dict[str, Any]]:
        """All rows, in the order of the first columns."""
        with sqlite3.connect(self.data / "parvis.db") as store:
            store.row_factory = sqlite3.Row
            return [dict(row) for row in store.execute(f'SELECT * FROM "{name}" ORDER BY 1, 2')]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port if port > 9999 else _free_port()  # of five digits: lengths are compared too


def _as_before(run: Mapping[str, str]) -> dict[str, Any]:
    """``run`` in the settings that stood in its place: ``threads`` and ``inline``."""
    said: dict[str, Any] = {}
    inline = [name for name, how in run.items() if how == "inline"]
    if inline:
        said["inline"] = inline
    many = [int(how.partition(":")[2]) for how in run.values() if how.startswith("threads:")]
    if many:
        said["threads"] = max(many)
    return said


def _toml(value: Any) -> str:
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{json.dumps(name)} = {_toml(each)}" for name, each in value.items()) + " }"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_toml(each) for each in value) + "]"
    return json.dumps(value, ensure_ascii=False)
