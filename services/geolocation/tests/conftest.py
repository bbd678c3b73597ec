from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from parvis_geolocation import Geolocation, StoreMissingError
from parvis_geolocation.build import build
from parvis_geolocation.sources import PARTS, in_directory

DATA = Path(__file__).parent / "data"


@pytest.fixture(scope="session")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store of the extract, made by the real build."""
    directory = tmp_path_factory.mktemp("store")
    for part in PARTS:
        build(directory, in_directory(DATA, part))
    return directory


@pytest.fixture(scope="session")
def geolocation(store: Path) -> Iterator[Geolocation]:
    with Geolocation(str(store)) as opened:
        yield opened


@pytest.fixture(scope="session")
def world() -> Iterator[Geolocation]:
    """The full store, where the machine has one."""
    try:
        opened = Geolocation()
    except StoreMissingError as error:
        pytest.skip(str(error))
    with opened:
        if opened.about().counts.places < 200_000:
            pytest.skip("GEOLOCATION_STORE holds an extract only")
        yield opened
