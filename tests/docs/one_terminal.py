"""A terminal of the reader: a shell that stays open, with exports and a directory of its own.

Each command is run by a new bash that begins with what the one before has left, and sees a real terminal.
"""

from __future__ import annotations

import os
import pty
import shlex
import signal
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

SECONDS = 60.0
"""The most that a command may take, when nothing else is said."""


class Differs(AssertionError):
    """A page says something else than what happens; the message shows both."""


@dataclass(slots=True)
class Terminal:
    state: Path
    """An empty directory to keep what lasts from one command to the next."""
    variables: Mapping[str, str]
    start: Path
    installed: list[str] = field(default_factory=list)
    """The commands so far that install, each with its place."""

    def __post_init__(self) -> None:
        self.state.mkdir()
        exports = (f"export {name}={shlex.quote(value)}\n" for name, value in self.variables.items())
        self._environment.write_text("".join(exports))
        self._place.write_text(str(self.start))

    @property
    def _environment(self) -> Path:
        return self.state / "environment"

    @property
    def _place(self) -> Path:
        return self.state / "place"

    @property
    def place(self) -> Path:
        return Path(self._place.read_text().strip())

    def exported(self) -> dict[str, str]:
        dumped = subprocess.run(self._script("env -0"), capture_output=True, text=True, env={}, check=True).stdout
        return dict(item.split("=", 1) for item in dumped.split("\0") if "=" in item)

    def run(self, command: str, seconds: float = SECONDS) -> tuple[int, str]:
        """The exit code of a command and all that it prints."""
        ours, theirs = pty.openpty()
        try:
            with subprocess.Popen(
                self._script(command), stdin=theirs, stdout=theirs, stderr=theirs, env={}, start_new_session=True
            ) as process:
                os.close(theirs)
                theirs = -1
                output = _read(ours, process, seconds)
                return process.wait(seconds), output
        finally:
            os.close(ours)
            if theirs >= 0:
                os.close(theirs)

    def stay(self, command: str, before: str, output: BinaryIO) -> subprocess.Popen[bytes]:
        """Start a command that stays, such as a server, after others of which no trace is left in the terminal."""
        return subprocess.Popen(
            ["bash", "-c", f"{self._begin}\n{before}\nexec {command}"], stdin=subprocess.DEVNULL, stdout=output,
            stderr=output, env={}, start_new_session=True,
        )  # fmt: skip

    def talk(self, command: str) -> subprocess.Popen[str]:
        """Start a command that is written to and read from, line by line."""
        return subprocess.Popen(
            ["bash", "-c", f"{self._begin}\nexec {command}"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            env={},
        )  # fmt: skip

    @property
    def _begin(self) -> str:
        return f'. {self._environment}; cd "$(cat {self._place})"'

    def _script(self, command: str) -> list[str]:
        end = f"code=$?; export -p > {self._environment}; pwd > {self._place}; exit $code"
        return ["bash", "-c", f"{self._begin}\n{command}\n{end}"]


def _read(terminal: int, process: subprocess.Popen[bytes], seconds: float) -> str:
    """All that a command prints; a terminal whose other end is closed says so by an error."""
    gathered = b""
    until = time.monotonic() + seconds
    os.set_blocking(terminal, False)
    while True:
        try:
            part = os.read(terminal, 65536)
        except BlockingIOError:
            if time.monotonic() > until:
                os.killpg(process.pid, signal.SIGKILL)
                raise Differs(f"a command does not end; so far:\n{gathered.decode(errors='replace')}") from None
            time.sleep(0.01)
            continue
        except OSError:
            break
        if not part:
            break
        gathered += part
    return gathered.decode(errors="replace")
