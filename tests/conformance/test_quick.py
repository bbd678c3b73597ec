"""The quick tools in every run of the tests: what ``scripts/conformance`` says, without Node and Java.

The tools are installed once, in ``.venv/conformance``; that is not counted as a test's time.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from conformance import fuzzers, install
from conformance.argued import arguments, judged
from conformance.subject import Subject
from conformance.tool import Tool
from conformance.tools import BY_NAME

pytestmark = pytest.mark.slow

QUICK = (
    BY_NAME["openapi-spec-validator"],
    BY_NAME["httplint"],
    replace(BY_NAME["schemathesis"], run=fuzzers.schemathesis_few),
    BY_NAME["openapi-python-client"],
)


@pytest.fixture(scope="module")
def tools() -> None:
    install.kit("python")


@pytest.fixture
def subject(tools: None, tmp_path: Path) -> Iterator[Subject]:
    with Subject(tmp_path) as running:
        yield running


@pytest.mark.timeout(600)  # the first one installs
@pytest.mark.parametrize("tool", QUICK, ids=lambda tool: tool.name)
def test_a_tool_finds_nothing_but_what_is_argued(tool: Tool, subject: Subject) -> None:
    report = tool.run(subject)
    new, _, stale = judged(tool.name, report.findings, arguments())
    assert [] == [str(finding) for finding in new]
    assert [] == stale
    assert report.operations >= 15
    assert report.cases >= 4


@pytest.mark.timeout(600)
@pytest.mark.parametrize("tool", QUICK, ids=lambda tool: tool.name)
def test_a_tool_finds_the_fault_that_is_planted_for_it(tool: Tool, tools: None, tmp_path: Path) -> None:
    with Subject(tmp_path, tool.plant.put(tmp_path)) as planted:
        new, _, _ = judged(tool.name, tool.run(planted).findings, arguments())
    assert tool.plant.is_found(tuple(new))
