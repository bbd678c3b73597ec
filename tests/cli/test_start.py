"""A service that cannot start says why, and ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

MODULE = """
class Town:
    def __init__(self, name: str) -> None: ...

    def name(self) -> str:
        return ""


class Broken:
    def __init__(self) -> None:
        raise RuntimeError("no database")

    def name(self) -> str:
        return ""


class Confused:
    def __init__(self) -> None:
        int([])

    def name(self) -> str:
        return ""
"""


def start(target: str, place: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    (place / "towns.py").write_text(MODULE)
    command = [str(Path(sys.executable).with_name("parvis")), "serve", target, "--port", "0"]
    return subprocess.run(
        command, cwd=place, capture_output=True, text=True, timeout=30, env={**os.environ, **variables}
    )


def test_an_argument_that_is_not_given_is_named_without_a_traceback(tmp_path: Path) -> None:
    ended = start("towns:Town", tmp_path)
    assert (1, "") == (ended.returncode, ended.stdout)
    assert (
        "parvis: towns:Town needs name: write [service.NAME.settings] with name = ... in parvis.toml\n"
    ) == ended.stderr


def test_a_setting_that_is_found_wrong_after_the_store_was_opened_is_told_in_a_sentence(tmp_path: Path) -> None:
    ended = start("towns:Town", tmp_path, PARVIS_PROXIES="10.0.0.0/8,nowhere")
    assert (1, "", 1) == (ended.returncode, ended.stdout, len(ended.stderr.splitlines()))
    assert ended.stderr.startswith("parvis: proxies: ")


@pytest.mark.parametrize(
    ("target", "last"),
    [
        ("towns:Broken", "RuntimeError: no database"),
        # A TypeError of the class's own code is not mistaken for an argument that is not given.
        ("towns:Confused", "TypeError: int() argument must be"),
    ],
)
def test_an_exception_of_the_class_is_shown_with_its_traceback(target: str, last: str, tmp_path: Path) -> None:
    ended = start(target, tmp_path)
    assert (1, "") == (ended.returncode, ended.stdout)
    assert ended.stderr.startswith("Traceback (most recent call last):\n")
    assert "towns.py" in ended.stderr
    assert ended.stderr.splitlines()[-1].startswith(f"parvis: the service cannot start: {last}")


def test_serving_from_code_ends_without_a_word_at_ctrl_c(tmp_path: Path) -> None:
    (tmp_path / "towns.py").write_text(MODULE)
    program = "import parvis, towns; parvis.serve(towns.Town('Ghent'), port=0)"
    with subprocess.Popen(
        [sys.executable, "-c", program], cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        while "Ctrl-C stops." not in (line := process.stdout.readline()):
            assert line, process.communicate()[1]
        process.send_signal(signal.SIGINT)
        assert (0, "") == (process.wait(20), process.communicate()[1])
