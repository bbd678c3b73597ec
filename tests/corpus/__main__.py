"""``scripts/corpus``: records what a tree answers to the corpus, and compares recordings."""

from __future__ import annotations

import argparse
import json
import signal
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from corpus.compare import differences
from corpus.record import record
from corpus.stages import stages
from corpus.tree import HERE, Tree

ROOT = HERE.parents[1]


def main() -> int:
    parser = argparse.ArgumentParser(prog="scripts/corpus", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    for name, text in (
        ("record", "Play the corpus to a tree, and write down what it answers."),
        ("compare", "The same with a tree, or another recording, against FILE; 1 when anything differs."),
        ("list", "The groups of the corpus, and how many requests each has."),
    ):
        command = commands.add_parser(name, help=text, description=text)
        if name != "list":
            command.add_argument("file", type=Path, metavar="FILE")
        if name == "compare":
            command.add_argument(
                "new", type=Path, nargs="?", metavar="NEW", help="a second recording; else this tree's"
            )
            command.add_argument("--without", action="append", default=[], metavar="GROUP", help="leave a group aside")
            command.add_argument("--most", type=int, default=50, metavar="N", help="differences that are shown (50)")
        if name != "list":
            command.add_argument("--tree", type=Path, default=ROOT, metavar="DIR", help="a source tree (this one)")
            command.add_argument("--stage", action="append", default=[], metavar="NAME", help="this stage alone")
            command.add_argument("--every", type=int, default=1, metavar="N", help="of N stories one")
    asked = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # no server is left behind
    if asked.command == "list":
        groups = Counter((s.name, story.group) for s in stages() for story in s.stories for _ in story.asks)
        for (stage, group), count in groups.items():
            print(f"{count:6}  {stage} / {group}")
        print(f"{sum(groups.values()):6}")
        return 0
    chosen = [stage for stage in stages() if not asked.stage or stage.name in asked.stage]
    if asked.command == "record":
        _record(asked.tree, asked.file, chosen, asked.every)
        return 0
    if asked.new is not None:
        return _compare(asked.file, asked.new, asked.without, asked.most)
    with tempfile.TemporaryDirectory() as folder:
        new = Path(folder) / "new.jsonl"
        _record(asked.tree, new, chosen, asked.every)
        return _compare(asked.file, new, asked.without, asked.most, {stage.name for stage in chosen})


def _record(tree: Path, file: Path, chosen: list, every: int) -> None:  # type: ignore[type-arg]
    began = time.monotonic()
    count = 0
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("w") as out:
        for line in record(Tree(tree), chosen, every=every, told=lambda text: print(text, file=sys.stderr, flush=True)):
            out.write(json.dumps(line, ensure_ascii=False) + "\n")
            count += "rows" not in line
    print(f"{count} requests in {time.monotonic() - began:.0f} s: {file}")


def _compare(old: Path, new: Path, without: list[str], most: int, only: set[str] | None = None) -> int:
    requests, told = differences(old, new, without=without, only=only)
    for each in told[:most]:
        print(each)
    if len(told) > most:
        print(f"... and {len(told) - most} more")
    print(f"{requests} requests, {len(told)} differ")
    return 1 if told else 0


if __name__ == "__main__":
    sys.exit(main())
