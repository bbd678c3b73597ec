"""Files in, bytes out: as around the object itself."""

from __future__ import annotations

import io
import os
from pathlib import Path
from typing import Any

import pytest
from conftest import Held

SIZES = [0, 1, 65_536, 65_537, 3_000_000]


@pytest.mark.parametrize("size", SIZES)
def test_a_file_arrives_from_where_it_stands(held: Held, tmp_path: Path, size: int) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"left" + os.urandom(1) * size)
    with path.open("rb") as file:
        file.seek(4)
        expected = path.read_bytes()[4:]
        assert ("x", 2, len(expected), sum(expected)) == held.gallery.weigh("x", file, times=2)
        assert (False, b"") == (file.closed, file.read())


def test_a_file_is_read_and_moved_in_as_one_likes(held: Held) -> None:
    assert [b"one\n", b"two", b"t"] == held.gallery.wander(io.BytesIO(b"one\ntwo"))


def test_a_file_may_be_left_out(held: Held) -> None:
    assert held.gallery.has_file() is False
    assert held.gallery.has_file(None) is False
    assert held.gallery.has_file(io.BytesIO()) is True


def test_the_items_of_a_stream_come_from_a_file(held: Held) -> None:
    assert ["a\n", "b"] == list(held.gallery.read_lines(io.BytesIO(b"a\nb")))


@pytest.mark.parametrize("size", SIZES)
def test_bytes_go_and_come_back(held: Held, size: int) -> None:
    value = os.urandom(size if size < 1_000_000 else 900_000)
    assert value == held.gallery.turn(value)[::-1]


class Broken(io.RawIOBase):
    def read(self, size: int = -1) -> Any:
        if size == 0:
            return b""
        raise OSError("the caller's own trouble")


def test_what_the_callers_file_raises_is_raised_to_the_caller(held: Held) -> None:
    with pytest.raises(OSError, match="the caller's own trouble"):
        held.gallery.weigh("x", Broken())
