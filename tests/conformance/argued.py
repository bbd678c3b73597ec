"""The findings that stay, each with its reason: ``argued.toml``, one table that docs/conformance.md shows.

It is held both ways: a finding that is not there is new, and a row that nothing matched is out of date.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase

from conformance.tool import HERE, Finding


@dataclass(frozen=True, slots=True)
class Argument:
    """``rule`` and ``where`` may hold ``*``; ``rare`` is for what a random search meets in some runs only."""

    tool: str
    rule: str
    why: str
    where: str = "*"
    rare: bool = False

    def covers(self, tool: str, finding: Finding) -> bool:
        return self.tool == tool and fnmatchcase(finding.rule, self.rule) and fnmatchcase(finding.where, self.where)


def arguments() -> tuple[Argument, ...]:
    told = tomllib.loads((HERE / "argued.toml").read_text())
    return tuple(Argument(**row) for row in told.get("argued", ()))


def judged(
    tool: str, findings: Iterable[Finding], table: tuple[Argument, ...]
) -> tuple[list[Finding], list[Finding], list[Argument]]:
    """The new findings, the argued ones, and the rows of this tool that nothing matched."""
    new: list[Finding] = []
    argued: list[Finding] = []
    used: set[Argument] = set()
    for finding in findings:
        rows = [row for row in table if row.covers(tool, finding)]
        used.update(rows)
        (argued if rows else new).append(finding)
    return new, argued, [row for row in table if row.tool == tool and not row.rare and row not in used]


def rows() -> list[str]:
    """The lines of the table on the page."""
    shown = []
    for row in arguments():
        where = "" if row.where == "*" else f"`{row.where}`"
        shown.append(f"| `{row.tool}` | `{row.rule}` | {where} | {row.why} |")
    return shown
