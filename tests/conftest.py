"""Which tests ``scripts/test --fast`` leaves out: modules that start servers, kill them, wait or search at random."""

from __future__ import annotations

from pathlib import Path

import pytest

HERE = Path(__file__).parent
SLOW = (
    "cli/test_start.py",
    "client/test_commands.py",
    "client/test_http.py",
    "console/test_login.py",
    "contract/test_diff.py",
    "contract/test_lock.py",
    "equal/test_generators.py",
    "equal/test_in_process.py",
    "facade/test_construct.py",
    "facade/test_fuzz.py",
    "facade/test_kinds.py",
    "facade/test_wild.py",
    "portal/test_pages.py",
    "server/test_deadlines.py",
    "server/test_supervisor.py",
    "store/test_migrate.py",
    "store/test_sql.py",
    "store/test_store.py",
    "system/",
)
"""Modules and folders of more than some seconds; single tests elsewhere are marked ``slow`` where they stand."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.relative_to(HERE).as_posix().startswith(SLOW):
            item.add_marker(pytest.mark.slow)
