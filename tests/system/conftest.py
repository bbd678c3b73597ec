"""A second machine: a network namespace with one cable to this one."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

HERE = Path(__file__).parent

SERVICE = HERE / "service"


@dataclass(frozen=True)
class Machine:
    """``inside`` stands before a command that runs there; ``host`` is the address of this machine, as seen there."""

    inside: tuple[str, ...]
    host: str
    own: str


def _ip(*arguments: str) -> None:
    subprocess.run(["ip", *arguments], check=True, capture_output=True, timeout=10)


@pytest.fixture(scope="session")
def machine() -> Iterator[Machine]:
    """A network namespace where loopback and one cable are all there is. Removed again whatever happens."""
    if os.geteuid() != 0 or shutil.which("ip") is None:
        pytest.skip("needs root and iproute2")
    number = os.getpid() % 16384
    name, here, there = f"parvis-{number}", f"pv{number}h", f"pv{number}n"
    # 198.18.0.0/15 is set apart for tests of networks (RFC 2544): nobody's real address.
    network = 4 * number
    host, own = (f"198.18.{(network + n) // 256}.{(network + n) % 256}" for n in (1, 2))
    try:
        _ip("netns", "add", name)
        _ip("link", "add", here, "type", "veth", "peer", "name", there, "netns", name)
        _ip("addr", "add", f"{host}/30", "dev", here)
        _ip("link", "set", here, "up")
        _ip("-n", name, "addr", "add", f"{own}/30", "dev", there)
        _ip("-n", name, "link", "set", there, "up")
        _ip("-n", name, "link", "set", "lo", "up")
    except subprocess.CalledProcessError as error:
        _remove(name, here)
        pytest.skip(f"this machine makes no network namespaces: {error.stderr.decode().strip()}")
    try:
        yield Machine(("ip", "netns", "exec", name), host, own)
    finally:
        _remove(name, here)


def _remove(name: str, link: str) -> None:
    for command in (["ip", "link", "del", link], ["ip", "netns", "del", name]):
        subprocess.run(command, check=False, capture_output=True, timeout=10)
