"""``scripts/demo`` shows what it says it shows; it checks each step itself."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

DEMO = Path(__file__).parents[2] / "scripts" / "demo"

pytestmark = pytest.mark.slow


def demo(path: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PARVIS_BIN": str(Path(sys.executable).parent), "PATH": path}
    return subprocess.run(["bash", str(DEMO)], env=environment, capture_output=True, text=True, timeout=60, check=False)


@pytest.mark.namespaces
def test_the_demo_shows_everything_on_two_machines(machine: Any) -> None:
    done = demo(os.environ["PATH"])

    assert (0, "") == (done.returncode, done.stderr), done.stdout
    assert "the network namespace parvis-demo-" in done.stdout
    assert "the class is here: False" in done.stdout
    assert "key-revoked" in done.stdout
    assert "All of it was so" in done.stdout


def test_without_a_second_network_the_demo_says_so_and_shows_the_rest(tmp_path: Path) -> None:
    # All that the machine has, but for the command that makes networks.
    for folder in os.environ["PATH"].split(":"):
        for command in Path(folder).glob("*"):
            link = tmp_path / command.name
            if command.name != "ip" and not link.is_symlink():
                link.symlink_to(command)

    done = demo(str(tmp_path))

    assert (0, "") == (done.returncode, done.stderr), done.stdout
    assert "The stranger is on this machine too" in done.stdout
    assert "All of it was so" in done.stdout


def test_a_step_that_is_not_so_ends_the_demo(tmp_path: Path) -> None:
    broken = tmp_path / "parvis"
    broken.write_text("#!/bin/sh\necho 'find_pricx() -> None'\n")
    broken.chmod(0o755)

    done = subprocess.run(
        ["bash", str(DEMO)], env={**os.environ, "PARVIS_BIN": str(tmp_path)}, capture_output=True, text=True,
        timeout=60, check=False,
    )  # fmt: skip

    assert 1 == done.returncode
    assert "NOT SO: it should say: find_price" in done.stdout
