"""One owner of a data directory at a time."""

import os

import pytest

from parvis.store.lock import DataInUse, DataLock


def test_a_directory_has_one_owner_until_it_is_given_back(tmp_path):
    first = DataLock(tmp_path, 0)
    with pytest.raises(DataInUse, match=f"using the data directory {tmp_path}: stop that server first"):
        DataLock(tmp_path, 0.1)
    first.close()

    DataLock(tmp_path, 0).close()


def test_a_lock_file_that_somebody_left_behind_locks_nobody_out(tmp_path):
    (tmp_path / "lock").write_text("12345\n")

    DataLock(tmp_path, 0).close()


def test_being_refused_leaves_no_file_open(tmp_path):
    first = DataLock(tmp_path, 0)
    before = len(os.listdir("/proc/self/fd")) if os.path.isdir("/proc/self/fd") else 0
    for _ in range(5):
        with pytest.raises(DataInUse):
            DataLock(tmp_path, 0)
    after = len(os.listdir("/proc/self/fd")) if os.path.isdir("/proc/self/fd") else 0
    first.close()

    assert before == after
