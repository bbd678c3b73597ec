"""Tools that make up requests from the document, send them, and hold the answers against it."""

from __future__ import annotations

import base64
import json
import re
import subprocess
from collections.abc import Iterator
from typing import Any

from conformance import install
from conformance.subject import Subject
from conformance.tool import HERE, Finding, Report, operations


def schemathesis(subject: Subject) -> Report:
    """All its checks, in all its phases."""
    return _schemathesis(subject, examples=40)


def schemathesis_few(subject: Subject) -> Report:
    """The same with few cases, for every run of the tests."""
    return _schemathesis(subject, examples=4)


def _schemathesis(subject: Subject, examples: int) -> Report:
    folder = subject.workshop("schemathesis")
    findings: dict[Finding, None] = {}
    counted = cases = 0
    for service, more in (("market", ()), ("parvis", ("--include-method", "GET"))):
        report = folder / f"{service}.json"
        events = folder / f"{service}.ndjson"
        command = install.python(
            "st", "run", subject.base(service) + "/openapi.json", "-H", f"Authorization: Bearer {subject.key}",
            "--max-examples", str(examples), "--seed", "1", "--generation-database", "none", "--continue-on-failure",
            "--checks", "all", "--no-color", "--output-sanitize", "false", "--report", "json,ndjson",
            "--report-json-path", str(report), "--report-ndjson-path", str(events), *more,
        )  # fmt: skip
        hooks = {"SCHEMATHESIS_HOOKS": "schemathesis_hooks", "PYTHONPATH": str(HERE / "inside")}
        done = subprocess.run(
            command, cwd=folder, capture_output=True, text=True, check=False, timeout=600,
            env={**install.environment(), **hooks},
        )  # fmt: skip
        if not report.exists():
            raise RuntimeError((done.stdout + done.stderr)[-2000:])
        told = json.loads(report.read_bytes())
        counted += told["operations"]["tested"]
        cases += told["test_cases"]["generated"]
        for line in events.read_bytes().splitlines():
            findings.update(dict.fromkeys(_failures(service, json.loads(line))))
        for error in told["errors"]:
            findings[Finding("error", service, error["title"])] = None
    return Report(counted, cases, tuple(findings))


def _failures(service: str, event: dict[str, Any]) -> Iterator[Finding]:
    """The checks that failed in one event: the rule is the check, and the code of the problem that was answered."""
    recorder = event.get("ScenarioFinished", {}).get("recorder") or {}
    for case, checks in recorder.get("checks", {}).items():
        for check in checks:
            if check["status"] != "failure":
                continue
            asked = recorder["cases"][case]["value"]
            answer = (recorder["interactions"].get(case) or {}).get("response") or {}
            rule = " ".join(filter(None, [check["name"], _code(answer)]))
            yield Finding(rule, f"{service} {asked['method']} {asked['path']}", str(answer.get("status_code", "")))


def _code(answer: dict[str, Any]) -> str:
    content = (answer.get("content") or {}).get("$base64")
    try:
        return str(json.loads(base64.b64decode(content))["code"]) if content else ""
    except (ValueError, KeyError, TypeError):
        return ""


def specmatic(subject: Subject) -> Report:
    """The tests that it makes of the market's document."""
    folder = subject.workshop("specmatic")
    document = adapted(subject.document("market"))
    file = folder / "openapi.json"
    file.write_text(json.dumps(document))
    command = install.jar(
        str(install.NODE / "node_modules/specmatic/specmatic.jar"),
        "test", str(file), f"--testBaseURL={subject.base('market')}",
    )  # fmt: skip
    # The name of the security scheme is where it looks for the token.
    done = subprocess.run(
        command, cwd=folder, capture_output=True, text=True, check=False, timeout=600,
        env={**install.environment(), "key": subject.key},
    )  # fmt: skip
    run = re.search(r"Tests run: (\d+), Successes: (\d+), Failures: (\d+)", done.stdout)
    if run is None:
        raise RuntimeError((done.stdout + done.stderr)[-2000:])
    findings = tuple(dict.fromkeys(_unsuccessful(done.stdout)))
    if int(run[3]) and not findings:  # it refuses the document
        told = done.stdout.rpartition("Unsuccessful Scenarios:")[2]
        findings = (Finding("refused", "market", re.sub(r"\s+", " ", told)[:300]),)
    return Report(len(operations(document)), int(run[1]), findings)


def adapted(document: dict[str, Any]) -> dict[str, Any]:
    """The document in words that Specmatic has: docs/conformance.md says why each change.

    JSON alone, for it has no MessagePack; no pattern of a header with a quote in it, which its regular expressions
    cannot read; ids as in the examples, for it takes others at random.
    """
    for kind in ("parameters", "headers"):
        for each in document["components"].get(kind, {}).values():
            if '"' in each.get("schema", {}).get("pattern", ""):
                del each["schema"]["pattern"]
    for item in document["paths"].values():
        for operation in item.values():
            for parameter in operation.get("parameters", ()):
                if parameter.get("in") == "path" and "example" in parameter:
                    parameter["schema"] = {**parameter["schema"], "enum": [parameter["example"]]}
            for holder in (operation.get("requestBody", {}), *operation["responses"].values()):
                content = holder.get("content", {})
                if "application/json" in content:
                    holder["content"] = {"application/json": content["application/json"]}
    return document


_SCENARIO = re.compile(r'^  "Scenario: (\w+ \S+ -> \d+)', re.MULTILINE)
_RULE = re.compile(
    r">> (?P<place>\S+)\s+(?P<rule>[A-Z]\d{4}): .*?\n\s*(?P<text>Specification expected [^\n]+)", re.DOTALL
)


def _unsuccessful(told: str) -> Iterator[Finding]:
    _, _, list_of = told.partition("Unsuccessful Scenarios:")
    parts = _SCENARIO.split(list_of)[1:]
    for scenario, reason in zip(parts[::2], parts[1::2], strict=True):
        rules = list(_RULE.finditer(reason))
        if not rules:
            yield Finding("failed", f"market {scenario}", re.sub(r"\s+", " ", reason)[:300])
        for rule in rules:
            yield Finding(rule["rule"], f"market {scenario}", f"{rule['place']}: {rule['text'].strip()}")
