"""``scripts/conformance [--plant] [TOOL ...]``: one line a tool, and below it what is new or out of date.

``--plant`` asks whether each tool finds its fault in a copy of the sources. Ends with 1 when anything is amiss.
"""

from __future__ import annotations

import argparse
import itertools
import sys
import tempfile
import time
from pathlib import Path

from conformance import install
from conformance.argued import Argument, arguments, judged
from conformance.subject import Subject
from conformance.tool import Finding, Tool
from conformance.tools import BY_NAME, TOOLS

SHOWN = 5
"""New findings of one rule that are printed; a fault in one place may be seen in a hundred."""


def main() -> int:
    parser = argparse.ArgumentParser(prog="scripts/conformance", description=__doc__.partition("\n\n")[0])
    parser.add_argument("tools", nargs="*", metavar="TOOL", help="of: " + ", ".join(BY_NAME))
    parser.add_argument("--plant", action="store_true", help="whether each tool finds the fault that is its own")
    asked = parser.parse_args()
    unknown = [name for name in asked.tools if name not in BY_NAME]
    if unknown:
        parser.error(f"there is no tool {unknown[0]}; there are {', '.join(BY_NAME)}")
    chosen = [BY_NAME[name] for name in asked.tools] or list(TOOLS)
    try:
        for need in dict.fromkeys(need for tool in chosen for need in tool.needs):
            install.kit(need)
        fit = [planted(tool) for tool in chosen] if asked.plant else _looked(chosen)
    except install.NotInstalled as missing:
        sys.exit(f"scripts/conformance: {missing}")
    return 0 if all(fit) else 1


def _looked(chosen: list[Tool]) -> list[bool]:
    table = arguments()
    fit = []
    for tool in chosen:  # each has a server of its own: what one leaves behind is no finding of the next
        with tempfile.TemporaryDirectory() as folder, Subject(Path(folder)) as subject:
            fit.append(look(tool, subject, table))
    return fit


def look(tool: Tool, subject: Subject, table: tuple[Argument, ...]) -> bool:
    """Run it and print what it found; False when something is new or out of date."""
    began = time.monotonic()
    report = tool.run(subject)
    seconds = time.monotonic() - began
    new, argued, stale = judged(tool.name, report.findings, table)
    print(
        f"{tool.name:24} {install.version(tool.package):9} {report.operations:3} operations x {report.cases:5} cases   "
        f"{len(new):3} new, {len(argued):3} argued   {seconds:5.1f} s",
        flush=True,
    )
    past = "".join(f"    no longer found, take it out of argued.toml: {row.rule} at {row.where}\n" for row in stale)
    print(_lines("new", new) + past, end="", flush=True)
    return not new and not stale


def planted(tool: Tool) -> bool:
    """Whether the tool finds its fault, beside what is argued."""
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder, Subject(Path(folder), tool.plant.put(Path(folder))) as subject:
        new, _, _ = judged(tool.name, tool.run(subject).findings, arguments())
    found = tool.plant.is_found(tuple(new))
    verdict = "found" if found else "NOT FOUND"
    print(f"{tool.name:24} {verdict}: {tool.plant.what}   {time.monotonic() - began:5.1f} s", flush=True)
    print("" if found else _lines("said", new), end="", flush=True)
    return found


def _lines(head: str, found: list[Finding]) -> str:
    """A few of each rule."""
    told = ""
    for rule, group in itertools.groupby(sorted(found, key=lambda each: each.rule), key=lambda each: each.rule):
        each = list(group)
        told += "".join(f"    {head}: {one}\n" for one in each[:SHOWN])
        told += f"    ... and {len(each) - SHOWN} more of {rule}\n" if len(each) > SHOWN else ""
    return told


if __name__ == "__main__":
    sys.exit(main())
