"""Tools that speak the Model Context Protocol: its inspector, and the scenarios of its own conformance suite.

Both come from npm: ``@modelcontextprotocol/inspector`` and ``@modelcontextprotocol/conformance``.
"""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from conformance import install
from conformance.subject import Subject
from conformance.tool import Finding, Plant, Report, Tool
from served import PARVIS, environment

_INSPECTOR = "@modelcontextprotocol/inspector/clients/launcher/build/index.js"
_SUITE = "@modelcontextprotocol/conformance/dist/index.js"
_SUMMARY = re.compile(r"^\S+ (?P<name>[\w-]+): (?P<passed>\d+) passed, (?P<failed>\d+) failed", re.MULTILINE)

OTHERS: dict[str, str] = {
    "completion-complete": "there are no prompts or resources whose arguments could be completed",
    "elicitation-": "a tool of ours asks nothing back",
    "json-schema-2020-12": "it asks for a tool of its own name; tests/protocol/test_mcp.py checks each schema",
    "logging-set-level": "the log is the operator's; the newest revision has none for agents",
    "prompts-": "operations are tools; there are no prompts",
    "resources-": "operations are tools; there are no resources",
    "tools-call-": "they ask for tools of their own names, that give images, ask back or tell of progress",
}
"""Beginnings of the scenarios that are for another kind of server, and why. Any that is not here has to pass."""


def inspector(subject: Subject) -> Report:
    """Lists the tools, with its rules on their schemas, and calls each that has an example, with it."""
    folder = subject.workshop("inspector")
    listed = _inspect(subject, folder, "tools/list", "--strict")
    findings = [Finding("schema", "market tools/list", line) for line in listed.stderr.splitlines() if line.strip()]
    if not listed.stdout:
        raise RuntimeError(listed.stderr[-1000:])
    tools = json.loads(listed.stdout)["tools"]
    cases = 1
    for tool in tools:
        for example in tool["inputSchema"].get("examples", ()):
            cases += 1
            words = [f"--tool-arg={name}={_word(value)}" for name, value in example.items()]
            done = _inspect(subject, folder, "tools/call", "--tool-name", tool["name"], *words)
            if done.returncode:
                text = re.sub(r"\s+", " ", done.stdout[-400:] + done.stderr[-400:])
                findings.append(Finding("call", f"market {tool['name']}", text))
    return Report(len(tools), cases, tuple(findings))


def suite(subject: Subject) -> Report:
    """Every scenario that is for a server of tools. It sends no key, so anybody may call while it runs."""
    data = subject.folder / "data"
    grant = ["plans.update", "name=anonymous", 'rights:=["market.*"]', "rate=100000", "burst=100000", "day=1000000"]
    subprocess.run([PARVIS, "admin", "--data", str(data), *grant], env=environment(), check=True, capture_output=True,
                   timeout=60)  # fmt: skip
    folder = subject.workshop("mcp-conformance")
    command = install.node(_SUITE, "server", "--url", f"{subject.url}/mcp", "--suite", "all")
    done = _run(command, folder)
    scenarios = {found["name"]: found for found in _SUMMARY.finditer(done.stdout.partition("=== SUMMARY ===")[2])}
    if not scenarios:
        raise RuntimeError(done.stdout[-1000:] + done.stderr[-1000:])
    ours = [name for name in scenarios if not name.startswith(tuple(OTHERS))]
    findings = [
        Finding(name, "market /mcp", f"{scenarios[name]['failed']} failed")
        for name in ours
        if scenarios[name]["failed"] != "0"
    ]
    findings += _stale(scenarios)
    return Report(len(ours), sum(int(scenarios[name]["passed"]) for name in ours), tuple(findings))


def _stale(scenarios: dict[str, Any]) -> Iterator[Finding]:
    """What is left out and need not be: a row that no scenario begins with, or one that passes all the same."""
    for beginning in OTHERS:
        meant = [found for name, found in scenarios.items() if name.startswith(beginning)]
        if not meant or all(found["failed"] == "0" for found in meant):
            yield Finding("stale", f"conformance/agents.py {beginning}", "nothing fails any more")


def _inspect(subject: Subject, folder: Path, method: str, *more: str) -> subprocess.CompletedProcess[str]:
    key = f"Authorization: Bearer {subject.key}"
    at = ("--cli", f"{subject.url}/mcp", "--transport", "http", "--header", key, "--method", method)
    return _run(install.node(_INSPECTOR, *at, *more), folder)


def _word(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _run(command: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    # With a home of its own: the inspector keeps there what it was asked.
    env = install.environment() | {"HOME": str(folder)}
    return subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, check=False, timeout=300)


_RENAMED = """

_sound = _output

def _output(contract, operation):
    wrapped, schema = _sound(contract, operation)
    if wrapped:
        schema |= {"required": ["results"], "properties": {"results": schema["properties"]["result"]}}
    return wrapped, schema
"""

TOOLS: tuple[Tool, ...] = (
    Tool(
        "mcp-inspector", "@modelcontextprotocol/inspector", ("python", "node"), inspector,
        Plant(
            "a result that is no object stands under another name than its schema says",
            "protocol/mcp.py",
            _RENAMED,
            r"^call at market market-price",
        ),
    ),
    Tool(
        "mcp-conformance", "@modelcontextprotocol/conformance", ("python", "node"), suite,
        Plant(
            "any name that is made to lead here is one of ours",
            "server/http/incoming.py",
            "\n\nIncoming._check_host = lambda self, host, socket: None\n",
            r"^dns-rebinding-protection",
        ),
    ),
)  # fmt: skip
