"""Writing the journal: what is reserved can be written, and what was written stays, through ``kill -9``."""

import errno
import os
import random
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

import journals
from journals import CODES, NAMES, opened, put, read_all, requests, supply
from parvis.store import journal as module
from parvis.store.journal import Journal, drop_before, numbers
from parvis.store.journal_format import CALL, NOWHERE, Position, Record

KILLS = 20


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    return tmp_path / "journal"


def reserved(journal: Journal) -> int:
    """How many slots can still be reserved; they are, then."""
    count = 0
    while journal.reserve():
        count += 1
    return count


def write(journal: Journal, request: int) -> Position:
    """Write into a slot that was reserved before."""
    place = journal.write(
        Record(CALL, 0, 200, 0, 0, 1, 0, 1, journals.AT, request, NOWHERE, journals.ACCOUNT, journals.KEY)
    )
    journal.flush()
    return place


def test_a_new_journal_has_no_room_before_it_adopts_a_segment(directory):
    journal = Journal(directory, "0a1b2c3d", NAMES, CODES, first=1, slots=8)

    assert (False, True, Position(1, 0)) == (journal.reserve(), journal.needs_spare, journal.position())
    journal.adopt(journal.prepare())
    assert (True, True, Position(1, 0)) == (journal.reserve(), journal.needs_spare, journal.position())
    journal.close()


def test_exactly_the_slots_there_are_can_be_reserved_and_written(directory):
    journal = opened(directory, slots=8)
    assert 16 == reserved(journal)
    places = [write(journal, request) for request in range(1, 17)]
    journal.close()

    assert [Position(1 + n // 8, n % 8) for n in range(16)] == places
    assert list(range(1, 17)) == requests(read_all(directory).records)


def test_several_slots_are_reserved_all_or_none(directory):
    journal = opened(directory, slots=8)

    assert [True, False, True, False] == [journal.reserve(n) for n in (10, 7, 6, 1)]
    journal.close()


def test_what_is_given_back_can_be_reserved_again(directory):
    journal = opened(directory, slots=8)
    journal.reserve(16)
    journal.release(3)

    assert 3 == reserved(journal)
    journal.close()


def test_writing_or_giving_back_what_was_not_reserved_is_refused(directory):
    journal = opened(directory)
    journal.reserve()

    with pytest.raises(RuntimeError, match="more slots were given back"):
        journal.release(2)
    journal.release()
    with pytest.raises(RuntimeError, match="no slot is reserved"):
        write(journal, 1)
    put(journal, 1)
    with pytest.raises(RuntimeError, match="no slot is reserved"):
        write(journal, 2)
    assert Position(1, 1) == journal.position()
    journal.close()


def test_a_whole_segment_is_kept_free_beyond_the_one_in_use(directory):
    journal = opened(directory, slots=8)
    assert not journal.needs_spare
    for request in range(9):
        assert not journal.needs_spare
        put(journal, request)

    assert journal.needs_spare
    supply(journal)
    assert 8 <= reserved(journal)
    journal.close()


def test_many_reservations_ask_for_more_than_one_spare(directory):
    journal = opened(directory, slots=8)
    journal.reserve(15)
    supply(journal)

    assert 8 <= reserved(journal)
    assert [1, 2, 3] == numbers(directory)
    journal.close()


def test_a_write_that_the_disk_refuses_leaves_its_slot_reserved(directory, monkeypatch):
    journal = opened(directory, slots=8)
    put(journal, 1)
    journal.reserve()

    def fail(*_: object) -> int:
        raise OSError(errno.EIO, "Input/output error")

    for broken, told in ((fail, "Input/output error"), (lambda *_: 60, "not written whole")):
        monkeypatch.setattr(module, "_pwrite", broken)
        with pytest.raises(OSError, match=told):
            write(journal, 2)
    monkeypatch.undo()
    assert Position(1, 1) == journal.position() == write(journal, 3)
    journal.close()
    assert [1, 3] == requests(read_all(directory).records)


def test_two_threads_that_prepare_at_once_get_the_same_segment(directory):
    journal = Journal(directory, "0a1b2c3d", NAMES, CODES, first=1, slots=8)
    made = []
    threads = [threading.Thread(target=lambda: made.append(journal.prepare())) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for segment in made:
        journal.adopt(segment)

    assert [1] == numbers(directory)
    assert 8 == reserved(journal)
    journal.close()


def test_a_segment_whose_adoption_was_missed_is_given_again(directory):
    journal = opened(directory, slots=8)
    put(journal, 1)
    missed = journal.prepare()

    assert missed is journal.prepare()
    assert 3 == missed.number
    journal.close()


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="counts open files in /proc")
def test_closing_leaves_no_file_open_and_no_room(directory):
    before = len(os.listdir("/proc/self/fd"))
    journal = opened(directory, slots=8)
    for request in range(20):
        supply(journal)
        put(journal, request)
    journal.prepare()
    end = journal.position()
    journal.close()
    journal.close()

    assert before == len(os.listdir("/proc/self/fd"))
    assert (False, False, end) == (journal.reserve(), journal.needs_spare, journal.position())
    with pytest.raises(RuntimeError, match="the journal is closed"):
        journal.prepare()


def test_a_number_that_was_used_before_is_refused(directory):
    opened(directory).close()

    with pytest.raises(ValueError, match="segment 2 of the journal was used before; the next is 3"):
        Journal(directory, "0a1b2c3d", NAMES, CODES, first=2)


def test_codes_that_do_not_begin_with_none_are_refused_at_once(directory):
    with pytest.raises(ValueError, match="first of the codes"):
        Journal(directory, "0a1b2c3d", NAMES, ("not-found",), first=1)


def test_only_the_owner_can_read_a_journal(directory):
    opened(directory).close()

    assert 0o700 == directory.stat().st_mode & 0o777
    assert {0o600} == {path.stat().st_mode & 0o777 for path in directory.iterdir()}


def test_segments_before_a_position_are_dropped_and_its_own_is_kept(directory):
    journal = opened(directory, slots=8)
    for request in range(20):
        supply(journal)
        put(journal, request)
    drop_before(directory, journal.position())

    assert [3, 4] == numbers(directory)
    assert list(range(16, 20)) == requests(read_all(directory, journal.position()).records)
    put(journal, 20)
    journal.sync()
    journal.close()


def test_sync_brings_to_the_disk_every_segment_written_since_the_last(directory, monkeypatch):
    journal = opened(directory, slots=8)
    synced: list[str] = []
    monkeypatch.setattr(module, "_sync_data", lambda file: synced.append(os.readlink(f"/proc/self/fd/{file}")[-14:]))
    for request in range(20):
        supply(journal)
        put(journal, request)
    journal.sync()
    assert ["0000000001.seg", "0000000002.seg", "0000000003.seg"] == synced
    synced.clear()
    put(journal, 20)
    journal.sync()

    assert ["0000000003.seg"] == synced
    journal.close()


def test_what_could_not_be_synced_is_tried_again(directory, monkeypatch):
    journal = opened(directory, slots=8)
    put(journal, 1)
    calls: list[int] = []

    def fail_once(file: int) -> None:
        calls.append(file)
        if len(calls) == 1:
            raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(module, "_sync_data", fail_once)
    with pytest.raises(OSError, match="Input/output error"):
        journal.sync()
    journal.sync()
    journal.close()

    assert 2 == len(calls)


def test_sync_waits_for_nothing_where_nothing_can_have_been_written(directory):
    journal = Journal(directory, "0a1b2c3d", NAMES, CODES, first=1)
    journal.sync()
    journal.close()


@pytest.mark.parametrize("number", [errno.EOPNOTSUPP, errno.EINVAL])
def test_where_space_cannot_be_allocated_zeros_are_written(directory, monkeypatch, number):
    def refuse(*_: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "posix_fallocate", refuse)
    journal = opened(directory, slots=20_000)  # more than is written at once
    put(journal, 1)
    journal.close()

    path = directory / "0000000001.seg"
    assert 20_000 * 128 <= path.stat().st_size <= path.stat().st_blocks * 512
    assert [1] == requests(read_all(directory).records)


def test_another_failure_to_allocate_is_told_and_leaves_nothing_behind(directory, monkeypatch):
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    journal = Journal(directory, "0a1b2c3d", NAMES, CODES, first=1)
    monkeypatch.setattr(os, "posix_fallocate", full)
    for _ in range(3):
        with pytest.raises(OSError, match="No space left"):
            journal.prepare()
    monkeypatch.undo()

    assert ([], 1) == (list(directory.iterdir()), journal.prepare().number)
    journal.close()


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 1 MiB."""
    if sys.platform != "linux" or os.geteuid() != 0:
        pytest.skip("needs root on Linux, to mount a small tmpfs")
    mount = tmp_path / "small"
    mount.mkdir()
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1m", "parvis-test", str(mount)], capture_output=True, text=True
    )
    if done.returncode:
        pytest.skip(f"may not mount a tmpfs here: {done.stderr.strip()}")
    yield mount
    subprocess.run(["umount", str(mount)], check=True)


@pytest.mark.parametrize("allocates", [True, False], ids=["allocates", "writes zeros"])
def test_a_full_disk_refuses_reservations_and_no_record_and_recovers_when_there_is_room(
    small_disk, monkeypatch, allocates
):
    if not allocates:

        def refuse(*_: object) -> None:
            raise OSError(errno.EOPNOTSUPP, os.strerror(errno.EOPNOTSUPP))

        monkeypatch.setattr(os, "posix_fallocate", refuse)
    directory = small_disk / "journal"
    journal = opened(directory, slots=1024)
    filler = small_disk / "filler"
    _fill(filler)

    assert 2048 == reserved(journal)
    for _ in range(2):
        with pytest.raises(OSError, match="No space left"):
            journal.prepare()
    for request in range(1, 2049):
        write(journal, request)
    assert (False, True, [1, 2]) == (journal.reserve(), journal.needs_spare, numbers(directory))
    assert ["0000000001.seg", "0000000002.seg"] == sorted(path.name for path in directory.iterdir())

    filler.unlink()
    supply(journal)
    put(journal, 2049)
    journal.close()
    batch = read_all(directory)
    assert (0, list(range(1, 2050))) == (batch.damaged, requests(batch.records))


def _fill(path: Path) -> None:
    with path.open("wb", buffering=0) as file:
        try:
            while file.write(bytes(4096)):
                pass
        except OSError as error:
            assert errno.ENOSPC == error.errno


def child(directory: Path, slots: int, *options: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, journals.__file__, str(directory), str(slots), *options]
    return subprocess.Popen(command, stdout=subprocess.PIPE)


@pytest.mark.parametrize("slots", [16, 16384])
def test_a_kill_at_any_moment_loses_no_record_that_was_acknowledged_and_doubles_none(directory, slots):
    seed = random.SystemRandom().randrange(2**32)
    moments = random.Random(seed)
    acknowledged: list[list[tuple[int, Position]]] = []
    for _ in range(KILLS // 2):
        with child(directory, slots) as process:
            assert process.stdout is not None
            lines = [process.stdout.readline()]
            # It is killed from another thread, while what it says is read on: its pipe is never full.
            killer = threading.Timer(moments.uniform(0, 0.2), process.kill)
            killer.start()
            lines += process.stdout.readlines()
            killer.join()
        said = [tuple(map(int, line.split())) for line in lines]
        acknowledged.append([(request, Position(segment, slot)) for request, segment, slot in said])

    batch = read_all(directory, None, 1000)
    assert (0, []) == (batch.damaged, batch.troubles), f"seed {seed}"
    places = [entry.position for entry in batch.records]
    assert sorted(set(places)) == places
    read_back = iter(batch.records)
    entry = next(read_back, None)
    for run in acknowledged:
        # Of each run: all that it said, where it said, then at most the one that it could not say any more.
        for request, place in run:
            assert entry is not None, f"seed {seed}"
            assert (request, place) == (entry.record.request, entry.position), f"seed {seed}"
            entry = next(read_back, None)
        if entry is not None and entry.record.request == len(run) + 1:
            entry = next(read_back, None)
    assert entry is None, f"seed {seed}"


@pytest.mark.parametrize("step", ["posix_fallocate", "fsync", "rename"])
def test_a_file_that_was_half_made_when_its_process_was_killed_is_removed(directory, step):
    directory.mkdir()
    with child(directory, 8, f"--stop-at={step}") as process:
        assert process.stdout is not None
        assert b"here\n" == process.stdout.readline()
        process.kill()
    assert ["0000000001.seg.new"] == [path.name for path in directory.iterdir()]

    journal = opened(directory)
    put(journal, 1)
    journal.close()
    assert ["0000000002.seg", "0000000003.seg"] == sorted(path.name for path in directory.iterdir())
    assert [1] == requests(read_all(directory).records)
