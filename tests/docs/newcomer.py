"""A machine with a clone of the project and nothing of it installed: there the commands that install it are run.

It has Debian's own Python where there is one, an empty home, and none of the caller's environment but what pip needs to
find packages. To install takes time, so what one page has installed serves the next page that begins with the very
same commands.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

from one_terminal import Terminal

ROOT = Path(__file__).resolve().parents[2]

INSTALLING = ("python3 -m venv ", ". .venv/bin/activate", "pip install ")
"""Beginnings of the commands that install, or find what is installed."""

LASTING = ("python3 -m venv ", "pip install ")
"""Those of them that every terminal and every page can see afterwards."""

SECONDS = 600.0
BIN = "/usr/bin:/bin"
PYTHON = Path("/usr/bin/python3")
ENOUGH = "import ensurepip, sys; sys.exit(sys.version_info < (3, 11))"


@dataclass(slots=True)
class Machine:
    directory: Path
    """An empty one."""
    variables: dict[str, str] = field(default_factory=dict)
    _done: set[tuple[str, ...]] = field(default_factory=set)
    _cloned: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        _clone(self.clone)
        self._cloned = {entry.name for entry in self.clone.iterdir()}
        path = BIN
        if not PYTHON.exists() or subprocess.run([PYTHON, "-c", ENOUGH], env={}, capture_output=True).returncode != 0:
            (self.directory / "bin").mkdir()
            (self.directory / "bin" / "python3").symlink_to(Path(sys._base_executable).resolve())
            path = f"{self.directory / 'bin'}:{path}"
        pip = {name: value for name, value in os.environ.items() if _finds_packages(name)}
        # As Debian's pip refuses to install outside an environment, so must all others: this machine is not ours.
        self.variables = {"PATH": path, **pip, "PIP_REQUIRE_VIRTUALENV": "1"}

    @property
    def clone(self) -> Path:
        return self.directory / "clone"

    def install(self, terminal: Terminal, command: str) -> tuple[int, str]:
        """Run a command that installs; or not, when it was run before, in the same place and after the same ones."""
        terminal.installed.append(f"{terminal.place}$ {command}")
        done = tuple(terminal.installed)
        if command.startswith(LASTING) and done in self._done:
            return 0, ""
        code, output = terminal.run(command, SECONDS)
        if code == 0:
            self._done.add(done)
        return code, output

    def tidy(self) -> None:
        """Take away what a page has left in the clone and beside it, but not what it has installed."""
        for folder, kept in ((self.directory, {"bin", "clone"}), (self.clone, {*self._cloned, ".venv"})):
            for entry in folder.iterdir():
                if entry.name in kept:
                    continue
                if entry.is_dir():
                    shutil.rmtree(entry)
                else:
                    entry.unlink()


def _clone(to: Path) -> None:
    """The files that a clone would have if all were committed."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=ROOT, capture_output=True,
        check=True, text=True,
    ).stdout  # fmt: skip
    for name in filter(None, listed.split("\0")):
        if (ROOT / name).is_file():
            (to / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, to / name)


def _finds_packages(variable: str) -> bool:
    """Whether a variable tells pip where packages are; what tells it where they go is not the newcomer's."""
    placing = ("BREAK_SYSTEM_PACKAGES", "PREFIX", "REQUIRE_VIRTUALENV", "ROOT", "TARGET", "USER")
    return variable in ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE") or (
        variable.startswith("PIP_") and variable.removeprefix("PIP_") not in placing
    )
