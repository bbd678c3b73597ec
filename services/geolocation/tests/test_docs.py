from __future__ import annotations

import fnmatch
import re
import shlex
import tomllib
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

import parvis_geolocation
from parvis_geolocation import Geolocation
from parvis_geolocation.cli import main
from parvis_geolocation.sources import PACKAGES

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("text", [README, parvis_geolocation.__doc__ or ""], ids=["README", "docstring"])
def test_every_line_of_the_examples_gives_what_its_comment_says(geolocation: Geolocation, text: str) -> None:
    examples = re.findall(r"^ +(geolocation\..*?) +# ('.*')$", text, re.MULTILINE)
    assert len(examples) >= 3
    for code, expected in examples:
        assert repr(eval(code, {"geolocation": geolocation})) == expected, code


def test_every_command_of_the_readme_runs(store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    points = tmp_path / "points.csv"
    points.write_text("48.8566,2.3522\n", encoding="utf-8")
    monkeypatch.setenv("GEOLOCATION_STORE", str(store))
    commands = re.findall(r"^parvis-geolocation (.*)$", README, re.MULTILINE)
    assert len(commands) == 9
    for command in commands:
        if command != "build":
            command = command.replace("batch reverse points.csv > answers.jsonl", "batch reverse " + str(points))
            assert CliRunner().invoke(main, shlex.split(command)).exit_code == 0, command


def test_the_lines_of_attribution_are_documented_word_for_word(geolocation: Geolocation) -> None:
    data = (ROOT / "LICENSE-DATA.md").read_text(encoding="utf-8")
    for line in geolocation.about().attribution:
        assert f"> {line}\n" in README
        assert line in data


def test_every_data_package_is_documented(geolocation: Geolocation) -> None:
    data = (ROOT / "LICENSE-DATA.md").read_text(encoding="utf-8")
    named = {name: f"`{name}` {package.version}" for name, package in PACKAGES.items() if package.part}
    assert [name for name, words in named.items() if words not in data] == []
    assert "`timezonefinder-data`" in data
    assert "`tzdata`" in data


def test_the_settings_name_the_class_and_its_operations() -> None:
    settings: dict[str, Any] = tomllib.loads((ROOT / "parvis.toml").read_text(encoding="utf-8"))
    service = settings["service"]["geolocation"]
    module, _, name = service["target"].partition(":")
    assert getattr(__import__(module), name) is Geolocation
    operations = [name for name in dir(Geolocation) if not name.startswith("_")]
    assert [pattern for pattern in service["run"] if not fnmatch.filter(operations, pattern)] == []
