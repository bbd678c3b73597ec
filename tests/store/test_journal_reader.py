"""Reading the journal: whole, damaged, cut off, and while it is written."""

import queue
import threading
from pathlib import Path

import pytest

from journals import AT, CODES, KEY, NAMES, opened, put, read_all, requests, supply
from parvis.store.journal import Journal, next_number, numbers, path_of
from parvis.store.journal_format import CALL, CHARGED, CLOSE, MORE, NOWHERE, OPEN, TEST, Position, Record, UnknownFormat
from parvis.store.journal_reader import Batch, read

ACCOUNT = "acc_aaaabbbbcccc"
START = 128 * 2
"""Where slot 0 begins in these segments."""


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    return tmp_path / "journal"


def written(directory: Path, records: int, slots: int = 8) -> Position:
    """A journal of so many records, closed; its last position."""
    journal = opened(directory, slots)
    for request in range(1, records + 1):
        supply(journal)
        put(journal, request)
    end = journal.position()
    journal.close()
    return end


def overwrite(path: Path, offset: int, data: bytes) -> None:
    with path.open("r+b") as file:
        file.seek(offset)
        file.write(data)


def test_where_the_slots_begin_is_what_these_tests_take_it_for(directory):
    written(directory, 1)

    assert START + 8 * 128 == path_of(directory, 1).stat().st_size


def test_what_was_written_is_read_with_the_tables_it_points_into(directory):
    journal = opened(directory)
    journal.reserve(4)
    call = journal.write(Record(CALL, TEST | CHARGED, 404, 1, 1, 3, 0, 1500, AT, 41, NOWHERE, ACCOUNT, KEY))
    stream = journal.write(Record(OPEN, CHARGED, 200, 0, 0, 2, 0, 0, AT, 42, NOWHERE, ACCOUNT, KEY))
    journal.write(Record(MORE, 0, 0, 0, 0, 0, 17, 10, AT, 42, stream, ACCOUNT, KEY))
    journal.write(Record(CLOSE, 0, 200, 0, 0, 0, 3, 20, AT, 42, stream, ACCOUNT, KEY))
    assert Position(1, 0) == journal.position()
    journal.flush()
    batch = read(directory, None, journal.position(), 100)
    journal.close()

    assert (Position(1, 0), Position(1, 1)) == (call, stream)
    assert [
        Record(CALL, TEST | CHARGED, 404, 1, 1, 3, 0, 1500, AT, 41, NOWHERE, "acc_aaaabbbbcccc", KEY),
        Record(OPEN, CHARGED, 200, 0, 0, 2, 0, 0, AT, 42, NOWHERE, "acc_aaaabbbbcccc", KEY),
        Record(MORE, 0, 0, 0, 0, 0, 17, 10, AT, 42, stream, "acc_aaaabbbbcccc", KEY),
        Record(CLOSE, 0, 200, 0, 0, 0, 3, 20, AT, 42, stream, "acc_aaaabbbbcccc", KEY),
    ] == [entry.record for entry in batch.records]
    assert [Position(1, slot) for slot in range(4)] == [entry.position for entry in batch.records]
    first = batch.records[0]
    assert ("shop.orders.get", "not-found", "0a1b2c3d") == (
        first.header.names[first.record.operation], first.header.codes[first.record.code], first.header.boot
    )  # fmt: skip
    assert (Position(1, 4), 0, []) == (batch.next, batch.damaged, batch.troubles)


@pytest.mark.parametrize("most", [1, 3, 8, 9, 1000])
def test_batches_of_any_size_bring_every_record_once_and_in_order(directory, most):
    end = written(directory, 37)

    assert list(range(1, 38)) == requests(read_all(directory, None, most).records)
    assert list(range(1, 38)) == requests(read_all(directory, end, most).records)


def test_a_batch_holds_no_more_than_was_asked_for_and_says_where_to_go_on(directory):
    written(directory, 20)
    first = read(directory, None, None, 11)
    second = read(directory, first.next, None, 11)

    assert (11, Position(2, 3)) == (len(first.records), first.next)
    assert (list(range(12, 21)), Position(4, 0)) == (requests(second.records), second.next)


def test_reading_ends_at_the_end_that_was_given(directory):
    written(directory, 20)

    assert [4, 5, 6, 7, 8, 9, 10] == requests(read(directory, Position(1, 3), Position(2, 2), 100).records)
    assert Position(2, 2) == read(directory, Position(1, 3), Position(2, 2), 100).next


def test_when_there_is_nothing_more_the_position_stays(directory):
    written(directory, 20)
    at = read_all(directory).next
    again = read(directory, at, None, 100)

    assert ([], at) == (again.records, again.next)


def test_a_directory_that_is_not_there_holds_no_records(directory):
    assert Batch(NOWHERE) == read(directory, None, None, 100)
    assert Position(3, 0) == read(directory, None, Position(3, 0), 100).next


def test_unwritten_slots_end_a_segment_that_is_not_the_last(directory):
    written(directory, 3)
    written(directory, 2)

    assert [1, 2, 3, 1, 2] == requests(read_all(directory).records)


def test_segments_of_two_runs_have_each_its_own_tables(directory):
    written(directory, 1)
    journal = Journal(directory, "ffff0000", ("other.name", *NAMES), CODES, first=next_number(directory), slots=8)
    supply(journal)
    put(journal, 2)
    journal.close()

    said = [(e.header.boot, e.header.names[e.record.operation]) for e in read_all(directory).records]
    assert [("0a1b2c3d", "shop.orders.get"), ("ffff0000", "shop.find")] == said


def test_a_damaged_slot_is_counted_and_passed_over(directory):
    written(directory, 20)
    overwrite(path_of(directory, 2), START + 3 * 128 + 50, b"\xff")
    batch = read_all(directory)

    assert 1 == batch.damaged
    assert [n for n in range(1, 21) if n != 12] == requests(batch.records)


def test_a_hole_of_zeros_before_written_slots_is_counted_and_passed_over(directory):
    written(directory, 20)
    overwrite(path_of(directory, 2), START + 2 * 128, bytes(3 * 128))
    batch = read_all(directory)

    assert 3 == batch.damaged
    assert [n for n in range(1, 21) if n not in (11, 12, 13)] == requests(batch.records)


def test_zeros_before_the_end_that_was_given_are_damage_too(directory):
    end = written(directory, 20)
    overwrite(path_of(directory, 3), START + 2 * 128, bytes(2 * 128))
    batch = read_all(directory, end)

    assert (2, list(range(1, 19)), end) == (batch.damaged, requests(batch.records), batch.next)


def test_a_record_copied_to_another_slot_or_segment_is_damage(directory):
    written(directory, 20)
    record = path_of(directory, 1).read_bytes()[START : START + 128]
    overwrite(path_of(directory, 1), START + 5 * 128, record)
    overwrite(path_of(directory, 2), START, record)
    batch = read_all(directory)

    assert (2, [n for n in range(1, 21) if n not in (6, 9)]) == (batch.damaged, requests(batch.records))


@pytest.mark.parametrize(("left", "kept", "damaged"), [(0, 0, 0), (3 * 128, 3, 0), (3 * 128 + 100, 3, 1)])
def test_a_segment_that_is_cut_off_is_told_and_the_next_is_read(directory, left, kept, damaged):
    written(directory, 20)
    with path_of(directory, 2).open("r+b") as file:
        file.truncate(START + left)
    batch = read_all(directory)

    assert [*range(1, 9), *range(9, 9 + kept), *range(17, 21)] == requests(batch.records)
    assert damaged == batch.damaged
    assert [f"Segment 2 of the journal is cut off: {kept} of its 8 slots are left."] == batch.troubles


def test_slots_cut_off_before_the_end_that_was_given_are_damage(directory):
    end = written(directory, 20)
    with path_of(directory, 3).open("r+b") as file:
        file.truncate(START + 128)

    assert (3, end) == ((batch := read_all(directory, end)).damaged, batch.next)


@pytest.mark.parametrize("damage", [b"", b"\0" * 4096, b"parvis\x01\x00" + b"\xff" * 4096])
def test_a_segment_with_a_damaged_header_is_set_aside_and_the_others_are_read(directory, damage):
    written(directory, 20)
    path_of(directory, 2).write_bytes(damage)
    batch = read_all(directory)

    assert [*range(1, 9), *range(17, 21)] == requests(batch.records)
    assert ["Segment 2 of the journal is set aside as 0000000002.seg.damaged"] == [
        trouble.partition(":")[0] for trouble in batch.troubles
    ]
    assert damage == (directory / "0000000002.seg.damaged").read_bytes()
    assert [1, 3, 4] == numbers(directory)


def test_folding_ends_though_the_last_segment_is_set_aside(directory):
    end = written(directory, 20)
    for number in (3, 4):
        overwrite(path_of(directory, number), 0, b"?")

    assert (list(range(1, 17)), end) == (requests((batch := read_all(directory, end)).records), batch.next)


def test_the_number_of_a_segment_set_aside_is_not_used_again(directory):
    written(directory, 20)
    overwrite(path_of(directory, 4), 0, b"?")
    read_all(directory)

    assert 5 == next_number(directory)


def test_a_segment_of_a_newer_version_stops_reading_and_stays(directory, monkeypatch):
    monkeypatch.setattr("parvis.store.journal_format._VERSION", 2)
    written(directory, 1)
    monkeypatch.undo()

    with pytest.raises(UnknownFormat, match="start the newer version again"):
        read(directory, None, None, 100)
    assert [1, 2] == numbers(directory)


def test_other_files_in_the_directory_are_left_alone(directory):
    written(directory, 1)
    (directory / "notes.txt").write_text("mine")
    (directory / "7.seg").write_text("mine")

    assert [1] == requests(read_all(directory).records)
    assert (3, [1, 2]) == (next_number(directory), numbers(directory))


def test_a_journal_is_read_on_another_thread_while_it_is_written(directory):
    journal = opened(directory, slots=64)
    ends: queue.SimpleQueue[Position | None] = queue.SimpleQueue()
    whole = Batch(NOWHERE)

    def fold() -> None:
        while (end := ends.get()) is not None:
            while whole.next < end:
                batch = read(directory, whole.next, end, 50)
                whole.records += batch.records
                whole.damaged += batch.damaged
                whole.next = batch.next

    reader = threading.Thread(target=fold)
    reader.start()
    for request in range(1, 5001):
        supply(journal)
        put(journal, request)
        if request % 10 == 0:
            ends.put(journal.position())
    ends.put(None)
    reader.join()
    journal.close()

    assert (0, list(range(1, 5001))) == (whole.damaged, requests(whole.records))
