"""What compiling costs, measured by the script that anybody can run."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "bench" / "compile.py"


@pytest.mark.slow
def test_a_thousand_operations_compile_in_less_than_two_seconds() -> None:
    done = subprocess.run([sys.executable, str(SCRIPT)], capture_output=True, text=True, check=True)
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert [("plain", 1000), ("classes", 1000), ("told", 1000)] == [(r["facade"], r["operations"]) for r in rows]
    assert [] == [row for row in rows if row["cpu_seconds"] >= 2]
