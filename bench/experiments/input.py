"""Wrong bodies of a megabyte beside right ones: how long each holds the event loop, by each protocol.

``scripts/experiments input [BYTES]`` reads each shape of tests/bad_input.py, made to about so many bytes (1,048,576),
and prints the milliseconds of a wrong body and of a right one of the same type, from its bytes to the problem or the
arguments, and their ratio. Marked are more than 100 ms with a ratio of more than 2.
"""

from __future__ import annotations

import gc
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "tests"))

from bad_input import SHAPES, bodies, cases, work

LONGEST, RATIO = 100, 2


def fitting(name: str, protocol: str, size: int) -> int:
    """The number of elements of which neither body is longer."""
    n = 2_000
    for _ in range(4):
        n = max(int(n * size / max(map(len, bodies(name, protocol, n)[1:]))), 1)
    while max(map(len, bodies(name, protocol, n)[1:])) > size and n > 1:
        n = n * 99 // 100
    return n


def main() -> int:
    size = int(sys.argv[1]) if len(sys.argv) > 1 else 1_048_576
    print(f"{'shape':>36} {'by':>11} {'bytes':>9} {'wrong ms':>9} {'right ms':>9} {'ratio':>6}")
    worst: list[float] = []
    marked = 0
    for name, protocol in cases():
        arguments, right, wrong = bodies(name, protocol, fitting(name, protocol, size))
        gc.collect()
        usual, told = work(name, protocol, arguments, right)
        assert not told, (name, told[:500])
        seconds, _ = work(name, protocol, arguments, wrong)
        ratio, held = seconds / usual, seconds * 1000
        mark = " *" if held > LONGEST * size / 1_048_576 and ratio > RATIO else ""
        marked += bool(mark)
        worst.append(held)
        print(
            f"{name:>36} {protocol:>11} {len(wrong):9,} {held:9.1f} {usual * 1000:9.1f} {ratio:6.1f}{mark}", flush=True
        )
    over = sum(each > LONGEST * size / 1_048_576 for each in worst)
    print(f"{len(SHAPES)} shapes, {len(worst)} bodies: the longest {max(worst):.0f} ms; {over} longer than "
          f"{LONGEST * size / 1_048_576:.0f} ms; {marked} of these more than {RATIO} times a right one")  # fmt: skip
    return 0


if __name__ == "__main__":
    sys.exit(main())
