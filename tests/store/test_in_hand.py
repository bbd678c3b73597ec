"""The calls in hand, as the next process finds them."""

from __future__ import annotations

from pathlib import Path

import pytest

from parvis.store.in_hand import NAME, SLOT, InHand, LeftBehind, left_behind
from parvis.store.journal_format import NOWHERE, Position

CALL = LeftBehind("0a1b2c3d1", "shop.price", "k1", "acc_1", "k1", False, 1_700_000_000_000_000, NOWHERE)
STREAM = LeftBehind("0a1b2c3d2", "shop.ticks", "run", "", "", True, 5, Position(3, 4))


def hold(table: InHand, call: LeftBehind) -> int:
    place = table.free.pop()
    fields = (*call[:5], f"{call.test:d}", call.at, *call.opened)
    entry = "".join(f"{each}\n" for each in fields).encode()
    table.memory[place + 1 : place + 1 + len(entry)] = entry
    table.memory[place] = 1
    return place


def test_what_is_held_is_found_once_with_the_boot_of_its_process(tmp_path: Path) -> None:
    table = InHand(tmp_path, "0a1b2c3d")
    assert 0o600 == (tmp_path / NAME).stat().st_mode & 0o777
    places = [hold(table, each) for each in (CALL, STREAM, CALL._replace(request="0a1b2c3d3"))]
    table.memory[places[2]] = 0
    assert ("0a1b2c3d", [CALL, STREAM]) == left_behind(tmp_path)
    assert ("", []) == left_behind(tmp_path)
    table.close()


def test_calls_that_have_ended_leave_nothing(tmp_path: Path) -> None:
    table = InHand(tmp_path, "0a1b2c3d")
    place = hold(table, CALL)
    table.memory[place] = 0
    table.free.append(place)
    assert place == hold(table, STREAM)
    table.close()
    assert ("", []) == left_behind(tmp_path)


@pytest.mark.parametrize("damage", [b"\xff" * SLOT, b"x\n" * 100, b"1\n2\n3\n4\n5\n6\n7\n8\n", b"\n" * SLOT])
def test_what_cannot_be_read_is_passed_over(tmp_path: Path, damage: bytes) -> None:
    table = InHand(tmp_path, "0a1b2c3d")
    hold(table, CALL)
    place = table.free.pop()
    table.memory[place + 1 : place + SLOT] = damage[: SLOT - 1].ljust(SLOT - 1, b"\0")
    table.memory[place] = 1
    assert ("0a1b2c3d", [CALL]) == left_behind(tmp_path)


@pytest.mark.parametrize("data", [b"", b"0a1b", b"\0" * (SLOT + 1), b"\1" * (2 * SLOT + 7)])
def test_a_file_that_was_cut_off_holds_nothing(tmp_path: Path, data: bytes) -> None:
    (tmp_path / NAME).write_bytes(data)
    assert [] == left_behind(tmp_path)[1]
    assert not (tmp_path / NAME).exists()
