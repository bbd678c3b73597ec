"""Tests that were written for an object pass with its client in the object's place, unchanged.

Façades of different kinds: geolocation, whose tests stand beside it; a stock with sub-objects and a state; and two
packages of others, a class and a module, whose tests come with their source. Each suite runs in a process of its own,
into which ``through.py`` puts the client. What differs is listed with its reason: such a test must fail, every other
must pass.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tarfile
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
FETCHED = ROOT / ".venv" / "upstream"
"""Where the source of others is kept; never in the tree."""


@dataclass(frozen=True, slots=True)
class Release:
    """A release of others, and what its tests give: ``excluded`` by test, with the reason."""

    name: str
    version: str
    digest: str
    swap: str
    tests: str
    excluded: dict[str, str]
    passed: int
    failed: int
    calls: int


RELEASES = (
    # MIT. A class with a state that its constructor works out; its tests are examples, and one search at random.
    Release(
        "sqids", "0.5.2", "5ac08f0c5c9b6814bc2e7c79ee5931e0849d25d95c50e415771b022a44f58af9", "sqids:Sqids", "tests",
        {
            "tests/test_blocklist.py::test_alphabet_is_not_superset_of_blocklist_word_characters": (
                "it looks at private attributes, which no client has"
            ),
            "tests/test_encoding.py::test_encode_out_of_range_numbers": (
                "no docstring declares the ValueError, so it is a bug of the service for its callers: 500"
            ),
        },
        115, 4, 400,
    ),
    # MIT. A module of functions over text.
    Release(
        "inflection", "0.5.1", "1a29730d366e996aaacffb2f1f1cb9593dc38e2ddd30c91250c6dde09ea9b417", "inflection",
        "test_inflection.py",
        dict.fromkeys(
            ("test_inflection.py::test_ordinal", "test_inflection.py::test_ordinalize"),
            "it gives text where the function says int, and types are strict",
        ),
        333, 122, 700,
    ),
)  # fmt: skip

GEOLOCATION_EXCLUDED = {
    "tests/test_geolocation.py::test_a_point_off_the_globe_is_refused_with_a_reason": (
        "NaN cannot cross: JSON has none, and the client says so with a TypeError before the call"
    ),
    "tests/test_geolocation.py::test_a_closed_geolocation_says_so": (
        "what is closed is the client, which raises its own ConnectionFailed"
    ),
}
STOCK_EXCLUDED = {
    "test_stock.py::test_what_is_given_back_is_the_order_itself": "values cross by copy",
    "test_stock.py::test_how_many_articles_there_are": "no name with underscores is published, so no len()",
    "test_stock.py::test_what_runs_low_is_watched": (
        "an async generator is a plain one for a sync caller; connect_async has it as it is"
    ),
}


def run(
    folder: Path, *arguments: str, swap: list[str], by: str, excluded: dict[str, str], report: Path,
    path: tuple[Path, ...] = (), options: dict[str, Any] | None = None,
) -> dict[str, int]:  # fmt: skip
    """Run the tests in ``folder`` through clients of ``swap``; how many of which outcome there were."""
    asked = {"swap": swap, "by": by, "excluded": excluded, "options": options or {}, "report": str(report)}
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "PARVIS_"))},
        "PYTHONPATH": os.pathsep.join(map(str, (HERE, *path))),
        "PYTHONDONTWRITEBYTECODE": "1",
        "THROUGH": json.dumps(asked),
    }
    command = [sys.executable, "-m", "pytest", "-q", "-p", "through", "-p", "no:cacheprovider", "--tb=short"]
    done = subprocess.run(
        [*command, f"--basetemp={report.parent / 'base'}", *arguments], cwd=folder, env=environment,
        capture_output=True, text=True, check=False, timeout=280,
    )  # fmt: skip
    assert 0 == done.returncode, f"{done.stdout[-6000:]}\n{done.stderr[-2000:]}"
    counted: dict[str, int] = json.loads(report.read_text())
    return counted


PLAIN = ("--rootdir=.", "--confcutdir=.", "-c", os.devnull, "--import-mode=importlib", "-W", "error")
"""For tests without a configuration of pytest of their own."""


FACADE = ("tests/test_geolocation.py", "tests/test_search.py", "tests/test_nearest.py")
"""The tests of geolocation that hold the façade in their hands; the others build and damage stores, and open them."""


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize(("by", "files", "least"), [("process", ("tests",), 190), ("http", FACADE, 80)])
def test_the_tests_of_geolocation_pass_through_the_client(
    by: str, files: tuple[str, ...], least: int, tmp_path: Path
) -> None:
    pytest.importorskip("parvis_geolocation", reason="services/geolocation is not installed")
    folder = ROOT / "services" / "geolocation"
    section = tomllib.loads((folder / "parvis.toml").read_text())["service"]["geolocation"]
    # Left out: what builds stores and opens none; and what needs the whole world.
    counted = run(
        folder, "-m", "not fulldata", "--ignore=tests/test_build.py", "--ignore=tests/test_cli.py", *files,
        swap=["parvis_geolocation:Geolocation"], by=by,
        excluded=GEOLOCATION_EXCLUDED, report=tmp_path / "report",
        options={"reads": section["reads"], "run": section["run"]},
    )  # fmt: skip
    assert 3 == counted["excluded"]
    assert counted["passed"] >= least
    assert counted["calls"] >= 4000


@pytest.mark.parametrize("by", ["object", *(pytest.param(by, marks=pytest.mark.slow) for by in ("process", "http"))])
def test_the_tests_of_a_stock_pass_through_the_client(by: str, tmp_path: Path) -> None:
    through = by != "object"
    counted = run(
        HERE / "stock", *PLAIN, ".", swap=["stock:Stock"] if through else [], by=by, path=(HERE / "stock",),
        excluded=STOCK_EXCLUDED if through else {}, report=tmp_path / "report",
    )  # fmt: skip
    expected = {"passed": 31, "excluded": 3, "clients": 35, "calls": 71} if through else {"passed": 34}
    assert expected == counted


@pytest.mark.slow
@pytest.mark.timeout(300)  # the first run fetches
@pytest.mark.parametrize("release", RELEASES, ids=lambda release: release.name)
def test_the_tests_of_a_package_of_others_pass_through_the_client(release: Release, tmp_path: Path) -> None:
    folder = fetched(release.name, release.version, release.digest)
    counted = run(
        folder, *PLAIN, release.tests, swap=[release.swap], by="process", path=(folder,), excluded=release.excluded,
        report=tmp_path / "report",
    )  # fmt: skip
    assert (release.passed, release.failed) == (counted["passed"], counted["excluded"])
    assert counted["calls"] >= release.calls


def fetched(name: str, version: str, digest: str) -> Path:
    """The source of a release, unpacked; fetched once, and held to its hash."""
    folder = FETCHED / f"{name}-{version}-{digest[:16]}"
    if not folder.exists():
        FETCHED.mkdir(parents=True, exist_ok=True)
        pins = FETCHED / f"{name}.txt"
        pins.write_text(f"{name}=={version} --hash=sha256:{digest}\n")
        pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "download", "--quiet", "--no-deps"]
        done = subprocess.run(
            [*pip, "--no-binary", ":all:", "--require-hashes", "--dest", str(FETCHED), "-r", str(pins)],
            capture_output=True, text=True, check=False, timeout=180,
        )  # fmt: skip
        if done.returncode:
            pytest.skip(f"the source of {name} {version} cannot be had: is there a network?\n{done.stderr[-500:]}")
        with tarfile.open(next(FETCHED.glob(f"{name}-{version}.tar.gz"))) as packed:
            # Python has filters from 3.11.4 on; what is unpacked is held to its hash.
            packed.extractall(FETCHED, **({"filter": "data"} if hasattr(tarfile, "data_filter") else {}))
        (FETCHED / f"{name}-{version}").rename(folder)
    return folder
