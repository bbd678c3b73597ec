"""What compiling costs grows with the operations and no faster, by the script that anybody can run."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

SCRIPT = Path(__file__).parents[2] / "bench" / "compile.py"


def measured(operations: int) -> dict[str, dict[str, Any]]:
    done = subprocess.run(
        [sys.executable, str(SCRIPT), str(operations)], capture_output=True, text=True, check=True, timeout=100
    )
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert ["plain", "classes", "told"] == [row["facade"] for row in rows]
    assert {operations} == {row["operations"] for row in rows}
    return {row["facade"]: row for row in rows}


@pytest.mark.slow
@pytest.mark.timeout(240)
def test_four_times_the_operations_cost_about_four_times_as_much() -> None:
    few, many = measured(100), measured(400)
    # Sixteen times would be the square; twice the share is left for a machine that does other things.
    assert [] == [name for name in few if many[name]["cpu_seconds"] >= 8 * few[name]["cpu_seconds"]]
    assert [] == [name for name in few if many[name]["bytes_per_operation"] >= 2 * few[name]["bytes_per_operation"]]
