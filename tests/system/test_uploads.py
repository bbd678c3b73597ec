"""Large files through a real server: what they cost it, and what is left of them."""

from __future__ import annotations

import hashlib
import io
import os
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import parvis
from parvis.client import Refused
from served import Served, environment

CODE = """
import hashlib
from typing import BinaryIO

class Store:
    def put(self, name: str, file: BinaryIO) -> str:
        found = hashlib.sha256()
        while chunk := file.read(65536):
            found.update(chunk)
        return f"{name} {found.hexdigest()}"

    def get_bytes(self, size: int) -> bytes:
        return bytes(size)
"""
MB = 1_000_000


class Made(io.RawIOBase):
    """So many bytes, made as they are read."""

    def __init__(self, size: int) -> None:
        self.left = size
        self.digest = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        made = os.urandom(min(size, self.left))
        self.left -= len(made)
        self.digest.update(made)
        return made


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Served]:
    (tmp_path / "wares.py").write_text(CODE)
    with Served("wares:Store", cwd=tmp_path, data=tmp_path / "data", env=environment(TMPDIR="/nowhere")) as served:
        yield served


@pytest.fixture
def client(store: Served) -> Iterator[Any]:
    with parvis.connect(f"{store.url}/store", key=store.key) as made:
        yield made


def memory(store: Served) -> int:
    """Bytes that the worker had at most so far."""
    status = Path(f"/proc/{store.workers()[-1]}/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) * 1024


def spooled(store: Served) -> int:
    """Files without a name that the worker has open: what has come of uploads."""
    folder = Path(f"/proc/{store.workers()[-1]}/fd")
    return sum("(deleted)" in os.readlink(each) for each in folder.iterdir())


def settled(store: Served, expected: int) -> bool:
    deadline = time.monotonic() + 5
    while spooled(store) != expected and time.monotonic() < deadline:
        time.sleep(0.01)
    return spooled(store) == expected


def test_an_upload_takes_no_memory_and_leaves_nothing(store: Served, client: Any, tmp_path: Path) -> None:
    files = spooled(store)
    client.put("first", Made(1 * MB))
    before, there = memory(store), sorted(os.listdir(tmp_path / "data"))
    made = Made(80 * MB)
    answer = client.put("large", made)
    assert f"large {made.digest.hexdigest()}" == answer
    assert memory(store) - before < 10 * MB
    assert settled(store, files)  # the answer may be there before the file is gone
    assert there == sorted(os.listdir(tmp_path / "data"))


def test_an_upload_that_is_cut_leaves_nothing(store: Served, client: Any) -> None:
    files = spooled(store)
    client.put("first", Made(1 * MB))
    with socket.create_connection(("127.0.0.1", store.port)) as wire:
        wire.sendall(
            f"POST /store/v1/put?name=x HTTP/1.1\r\nhost: localhost:{store.port}\r\n"
            f"authorization: Bearer {store.key}\r\n"
            "content-type: application/octet-stream\r\ncontent-length: 5000000\r\n\r\n".encode()
            + bytes(1_000_000)
        )
        assert settled(store, files + 1)
    assert settled(store, files)


@pytest.mark.parametrize("told", [True, False])
def test_a_file_over_the_limit_is_refused_and_the_caller_learns_why(
    store: Served, client: Any, tmp_path: Path, told: bool
) -> None:
    size = 110 * MB
    (tmp_path / "large").touch()
    os.truncate(tmp_path / "large", size)
    with (tmp_path / "large").open("rb") as file, pytest.raises(Refused) as caught:
        client.put("x", file if told else Made(size))
    assert ("body-too-large", "Send at most 104857600 bytes.") == (caught.value.code, caught.value.fix)


def test_long_bytes_come_as_they_are(client: Any) -> None:
    assert bytes(20 * MB) == client.get_bytes(20 * MB)
