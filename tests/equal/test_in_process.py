"""What is particular to ``connect(object)``: the object lives in this process, and is left in good order."""

from __future__ import annotations

import gc
import subprocess
import sys
import threading
from typing import Any

import gallery as module
import pytest

import parvis
from parvis.client import ConnectionFailed


class Diary:
    """Writes down on which thread it was built, called and closed."""

    def __init__(self) -> None:
        self.lines = [threading.get_ident()]

    def write(self) -> int:
        self.lines.append(threading.get_ident())
        return len(self.lines)

    def close(self) -> None:
        self.lines.append(threading.get_ident())
        CLOSED.append(self.lines)


CLOSED: list[list[int]] = []


@pytest.fixture(autouse=True)
def _no_thread_stays() -> Any:
    before = set(threading.enumerate())
    yield
    gc.collect()
    assert [] == [t.name for t in threading.enumerate() if t not in before and t.name.startswith(("parvis", "diary"))]


def test_a_class_is_built_called_and_closed_on_one_thread_of_its_own() -> None:
    CLOSED.clear()
    with parvis.connect(Diary) as diary:
        assert [2, 3] == [diary.write(), diary.write()]

    assert 4 == len(CLOSED[0])
    assert 1 == len(set(CLOSED[0]))
    assert threading.get_ident() not in CLOSED[0]


def test_a_client_that_is_simply_dropped_closes_its_object() -> None:
    CLOSED.clear()
    diary = parvis.connect(Diary)
    diary.write()

    del diary
    gc.collect()

    assert 1 == len(CLOSED)


def test_a_program_that_ends_without_closing_closes_the_object() -> None:
    program = (
        "import parvis\n"
        "class Door:\n"
        "    def knock(self) -> str: return 'who is there?'\n"
        "    def close(self) -> None: print('closed')\n"
        "door = parvis.connect(Door)\n"
        "print(door.knock())\n"
    )
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", program], capture_output=True, text=True, timeout=30, check=False
    )

    assert ("who is there?\nclosed\n", "", 0) == (done.stdout, done.stderr, done.returncode)


def test_a_closed_client_says_so() -> None:
    client = parvis.connect(module.Gallery())
    client.parvis.close()
    client.parvis.close()

    for call in (lambda: client.double(1), lambda: list(client.pictures(1))):
        with pytest.raises(ConnectionFailed, match="closed") as raised:
            call()
        assert "not-sent" == raised.value.outcome


def test_closing_ends_a_generator_in_hand() -> None:
    gallery = module.Gallery()
    client = parvis.connect(gallery)
    numbers = client.endless()
    assert 0 == next(numbers)

    client.parvis.close()

    assert 1 == gallery.closed()
    with pytest.raises(ConnectionFailed):
        list(numbers)
