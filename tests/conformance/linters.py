"""Tools that read: the documents, or answers as they are. None of them calls a method for its result."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from conformance import install
from conformance.exchanges import exchanges
from conformance.subject import Subject
from conformance.tool import HERE, Finding, Report, operations

PUBLIC = (
    "/market/v1/openapi.json", "/market/v1/openapi.json?version=3.0", "/market/v1/contract.json",
    "/.well-known/api-catalog", "/llms.txt", "/", "/market/", "/errors/invalid-arguments", "/health/ready",
)  # fmt: skip
"""Addresses that anybody may read: REDbot cannot sign its requests."""


def openapi_spec_validator(subject: Subject) -> Report:
    """Each document, and its spelling as OpenAPI 3.0, by the schema of OpenAPI and the rules beside it."""
    folder = subject.workshop("openapi-spec-validator")
    files = {}
    for name, path in subject.files.items():
        files[f"{name} 3.1"] = path
        files[f"{name} 3.0"] = older = folder / f"{name}-3.0.json"
        older.write_bytes(subject.ask("GET", f"/{name}/v1/openapi.json?version=3.0").body)
    findings = []
    for where, path in files.items():
        done = _run(install.python("openapi-spec-validator", "--subschema-errors", "all", str(path)), folder)
        if done.returncode:
            findings.append(Finding("invalid", where, _short(done.stdout + done.stderr)))
    return Report(_count(subject), len(files), tuple(findings))


def redocly(subject: Subject) -> Report:
    """Its recommended rules."""
    findings = []
    for name, path in subject.files.items():
        command = install.node("@redocly/cli/bin/cli.js", "lint", str(path), "--format=json", "--max-problems=1000")
        told = json.loads(_run(command, path.parent).stdout)
        for problem in told["problems"]:
            place = problem["location"][0].get("pointer", "")
            findings.append(Finding(problem["ruleId"], name + " " + place, problem["message"]))
    return Report(_count(subject), len(subject.files), tuple(findings))


def spectral(subject: Subject) -> Report:
    """The rules of OpenAPI and those of OWASP's API Security Top 10 of 2023."""
    rules = install.NODE / ".spectral.json"
    rules.write_text(json.dumps({"extends": ["spectral:oas", "@stoplight/spectral-owasp-ruleset"]}))
    findings = []
    for name, path in subject.files.items():
        command = install.node(
            "@stoplight/spectral-cli/dist/index.js", "lint", str(path), "-r", str(rules), "-f", "json", "--quiet"
        )
        for problem in json.loads(_run(command, path.parent).stdout):
            place = "/".join(map(str, problem["path"]))
            findings.append(Finding(problem["code"], f"{name} {place}", problem["message"]))
    return Report(_count(subject), len(subject.files), tuple(findings))


def httplint(subject: Subject) -> Report:
    """The semantics of HTTP (RFC 9110, 9111 and the registries), on an exchange of every kind."""
    made = exchanges(subject)
    lines = "".join(each.line() + "\n" for each in made)
    done = _run(install.python("python", str(HERE / "inside" / "lint_http.py")), subject.folder, lines)
    notes = [json.loads(line) for line in done.stdout.splitlines()]
    if len(notes) != len(made):
        raise RuntimeError(_short(done.stderr))
    findings = [
        Finding(rule, f"{each.ask.label} -> {each.answer.status}", text)
        for each, found in zip(made, notes, strict=True)
        for rule, text in found
    ]
    return Report(len(operations(subject.document("market"))), len(made), tuple(findings))


def redbot(subject: Subject) -> Report:
    """As httplint, and it asks again: with conditions, for gzip, for a range."""
    findings: list[Finding] = []
    for path in PUBLIC:
        done = _run(install.python("redbot", "-o", "har", subject.url + path), subject.folder)
        findings += [Finding(rule, path, text) for rule, text in _minded(json.loads(done.stdout))]
    return Report(len(PUBLIC), len(PUBLIC), tuple(findings))


def _minded(archive: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for entry in archive["log"]["entries"]:
        for note in entry.get("_red_messages", ()):
            if note["level"] in ("BAD", "WARN"):
                yield note["note_id"], note["summary"]


def _run(command: list[str], folder: Path, given: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command, cwd=folder, input=given, capture_output=True, text=True, check=False, timeout=300,
        env=install.environment(),
    )  # fmt: skip


def _count(subject: Subject) -> int:
    return sum(len(operations(subject.document(name))) for name in subject.files)


def _short(text: str) -> str:
    return re.sub(r"\s+", " ", text)[:400]
