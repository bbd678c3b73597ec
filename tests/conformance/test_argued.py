"""The table of argued findings is held both ways, and the page shows it."""

from __future__ import annotations

from conformance.argued import Argument, arguments, judged, rows
from conformance.exchanges import KINDS
from conformance.tool import HERE, ROOT, Finding
from conformance.tools import BY_NAME, TOOLS

PAGE = (ROOT / "docs" / "conformance.md").read_text()

TABLE = (
    Argument("lint", "no-*", "It is so."),
    Argument("lint", "sum", "It is so.", where="market GET *"),
    Argument("lint", "luck", "It is so.", rare=True),
    Argument("other", "sum", "It is so."),
)


def test_what_no_row_covers_is_new_and_a_row_that_covers_nothing_is_stale() -> None:
    covered, uncovered = Finding("no-tags", "market"), Finding("sum", "market POST /price")
    assert ([uncovered], [covered], [TABLE[1]]) == judged("lint", [covered, uncovered], TABLE)


def test_every_row_is_of_a_tool_that_there_is() -> None:
    assert set() == {row.tool for row in arguments()} - set(BY_NAME)


def test_the_page_shows_each_argued_finding_as_the_table_has_it() -> None:
    assert rows() == [line for line in PAGE.partition("## What stays, and why")[2].splitlines() if line[:3] == "| `"]


def test_the_page_names_each_tool_and_the_fault_that_is_planted_for_it() -> None:
    shown = [line for line in PAGE.partition("## The tools")[2].partition("\n## ")[0].splitlines() if line[:3] == "| `"]
    assert [f"| `{tool.name}` |" for tool in TOOLS] == [line[: len(f"| `{tool.name}` |")] for line, tool in
                                                        zip(shown, TOOLS, strict=True)]  # fmt: skip
    assert [tool.plant.what for tool in TOOLS] == [line.strip("| ").rpartition("| ")[2] for line in shown]


def test_each_version_is_pinned() -> None:
    pins = (HERE / "requirements.txt").read_text().splitlines()
    assert [] == [line for line in pins if "==" not in line]
    assert len(KINDS) == len({ask.label + repr(ask.body) for ask in KINDS})
