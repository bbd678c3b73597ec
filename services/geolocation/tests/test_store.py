from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from parvis_geolocation import Geolocation, StoreDamagedError, StoreMissingError
from parvis_geolocation.storage.store import CURRENT, MANIFEST, locate, open_store


@pytest.fixture
def copy(store: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(store, tmp_path / "store"))


def generation(store: Path) -> Path:
    return store / (store / CURRENT).read_text(encoding="utf-8").strip()


def test_the_argument_comes_before_the_environment_and_that_before_the_default() -> None:
    home = {"XDG_DATA_HOME": "/somewhere"}
    assert locate("/there", {"GEOLOCATION_STORE": "/here", **home}) == Path("/there")
    assert locate(None, {"GEOLOCATION_STORE": "/here", **home}) == Path("/here")
    assert locate(None, home) == Path("/somewhere/parvis-geolocation")
    assert locate(None, {}) == Path.home() / ".local/share/parvis-geolocation"


def test_the_environment_names_the_store(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GEOLOCATION_STORE", str(store))
    with Geolocation() as geolocation:
        assert geolocation.search("Paris")


def test_a_missing_store_names_the_command_that_builds_it(tmp_path: Path) -> None:
    with pytest.raises(StoreMissingError, match=r"Build it: parvis-geolocation build --store .*/no\\? ?store") as error:
        Geolocation(str(tmp_path / "no store"))
    assert "'" in str(error.value), "the path is quoted for the shell"


@pytest.mark.parametrize("content", ["", "generation-../../x", "../..", "gen-x\n", "generation-abcdefgh"])
def test_a_pointer_to_nothing_is_damage(copy: Path, content: str) -> None:
    (copy / CURRENT).write_text(content, encoding="utf-8")
    with pytest.raises(StoreDamagedError, match="Build it again: parvis-geolocation build --store"):
        Geolocation(str(copy))


def test_every_missing_file_is_damage(copy: Path) -> None:
    for path in sorted(generation(copy).iterdir()):
        content = path.read_bytes()
        path.unlink()
        with pytest.raises(StoreDamagedError, match="Build it again"):
            Geolocation(str(copy))
        path.write_bytes(content)
    Geolocation(str(copy)).close()


def test_every_shortened_file_is_damage(copy: Path) -> None:
    for path in sorted(generation(copy).iterdir()):
        content = path.read_bytes()
        for length in (0, 1, len(content) // 2, len(content) - 1):
            path.write_bytes(content[:length])
            with pytest.raises(StoreDamagedError, match="Build it again"):
                Geolocation(str(copy))
        path.write_bytes(content)


def test_a_changed_byte_is_found_by_verification(copy: Path) -> None:
    path = generation(copy) / "entry.population.npy"
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    with pytest.raises(StoreDamagedError, match=r"entry.population.npy is not as it was built"):
        open_store(copy, lambda opened: opened.verify())


@pytest.mark.parametrize(("field", "value"), [("format", 0), ("format", 1), ("byteorder", "middle"), ("files", [])])
def test_a_store_of_another_kind_is_refused(copy: Path, field: str, value: object) -> None:
    path = generation(copy) / MANIFEST
    manifest = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps({**manifest, field: value}), encoding="utf-8")
    with pytest.raises(StoreDamagedError, match="Build it again"):
        Geolocation(str(copy))


def test_an_array_of_objects_is_never_unpickled(copy: Path) -> None:
    import numpy as np

    path = generation(copy) / "place.id.npy"
    size = path.stat().st_size
    np.save(path, np.array([{}], dtype=object), allow_pickle=True)
    path.write_bytes(path.read_bytes().ljust(size, b"\0"))
    with pytest.raises(StoreDamagedError, match=r"place.id.npy cannot be read"):
        Geolocation(str(copy))


def test_a_store_replaced_while_it_is_opened_is_opened_all_the_same(copy: Path) -> None:
    first = generation(copy)
    other = copy / "generation-otherone"
    tries: list[str] = []

    def replaced_meanwhile(opened: object) -> str:
        tries.append(opened.directory.name)  # type: ignore[attr-defined]
        if len(tries) == 1:
            first.rename(other)
            (copy / CURRENT).write_text(other.name, encoding="utf-8")
            (first / "place.id.npy").read_bytes()
        return tries[-1]

    assert open_store(copy, replaced_meanwhile) == other.name
    assert tries == [first.name, other.name]
