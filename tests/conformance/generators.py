"""Tools that make a client of the document: it must compile, type-check with the program that uses it, and call."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from conformance import install
from conformance.subject import Subject
from conformance.tool import HERE, Finding, Report, operations

PROGRAMS = HERE / "clients"

_MYPY = re.compile(r"^(?P<file>[^:\n]+):\d+: error: (?P<text>.*?)  \[(?P<rule>[\w-]+)\]$", re.MULTILINE)
_TSC = re.compile(r"^(?P<file>[^(\n]+)\(\d+,\d+\): error (?P<rule>TS\d+): (?P<text>.*)$", re.MULTILINE)


def openapi_python_client(subject: Subject) -> Report:
    """Made of the market and of the console."""
    folder = subject.workshop("openapi-python-client")
    findings: list[Finding] = []
    for name, path in subject.files.items():
        done = _run(
            install.python(
                "openapi-python-client", "generate", "--path", str(path), "--output-path", f"{name}_client",
                "--overwrite", "--meta", "none",
            ), folder,
        )  # fmt: skip
        findings += _not_made(name, done)
        findings += _warned(name, done.stdout + done.stderr)
    return _python(subject, folder, "openapi_python_client.py", tuple(subject.files), findings)


def openapi_generator(subject: Subject) -> Report:
    """Its Python client, made of the market."""
    folder = subject.workshop("openapi-generator")
    command = install.python(
        "openapi-generator-cli", "generate", "-i", str(subject.files["market"]), "-g", "python", "-o", "made",
        "--package-name", "market_client",
    )  # fmt: skip
    findings = list(_not_made("market", _run(command, folder)))
    if not findings:
        shutil.move(folder / "made" / "market_client", folder)
    return _python(subject, folder, "openapi_generator.py", ("market",), findings)


def openapi_fetch(subject: Subject) -> Report:
    """openapi-typescript's types of the market and of the console, with openapi-fetch.

    Without the option it takes for required what has a default, in what is sent as in what is answered.
    """
    folder = subject.workshop("openapi-fetch")
    findings: list[Finding] = []
    for name, path in subject.files.items():
        command = install.node(
            "openapi-typescript/bin/cli.js", str(path), "-o", f"{name}.ts", "--default-non-nullable=false"
        )
        findings += _not_made(name, _run(command, folder))
    return _typescript(subject, folder, "openapi_fetch.ts", tuple(subject.files), findings)


def hey_api(subject: Subject) -> Report:
    """Made of the market; it reads events."""
    folder = subject.workshop("hey-api")
    (folder / "market.json").write_text(json.dumps(events_alone(subject.document("market"))))
    command = install.node("@hey-api/openapi-ts/bin/run.js", "-i", "./market.json", "-o", "market", "--no-log-file")
    findings = list(_not_made("market", _run(command, folder)))
    return _typescript(subject, folder, "hey_api.ts", ("market",), findings)


def events_alone(document: dict[str, Any]) -> dict[str, Any]:
    """The document for a caller who wants events of every stream: of several media types the tool takes JSON."""
    for item in document["paths"].values():
        for operation in item.values():
            content = operation["responses"].get("200", {}).get("content", {})
            for kind in list(content) if "text/event-stream" in content else ():
                if kind != "text/event-stream":
                    del content[kind]
    return document


def _python(subject: Subject, folder: Path, program: str, services: tuple[str, ...], findings: list[Finding]) -> Report:
    for file in (program, "told.py"):
        shutil.copy(PROGRAMS / file, folder)
    if not findings or all(f.rule != "not made" for f in findings):
        made = [f"{name}_client" for name in services]
        checked = _run(install.python("mypy", "--no-incremental", *made), folder)
        strict = _run(
            install.python("mypy", "--no-incremental", "--strict", "--follow-imports=silent", program), folder
        )
        findings += dict.fromkeys(_errors(_MYPY, checked) + _errors(_MYPY, strict))
    return _called(
        subject,
        folder,
        install.python("python", "-W", "error", "-W", "ignore::DeprecationWarning", program),
        services,
        findings,
    )


def _typescript(
    subject: Subject, folder: Path, program: str, services: tuple[str, ...], findings: list[Finding]
) -> Report:
    for file in (program, "told.ts"):
        shutil.copy(PROGRAMS / file, folder)
    options = json.loads((PROGRAMS / "tsconfig.json").read_text())
    (folder / "tsconfig.json").write_text(json.dumps({**options, "files": [program]}))
    (folder / "node_modules").symlink_to(install.NODE / "node_modules")
    findings += _errors(_TSC, _run(install.node("typescript/bin/tsc", "-p", "."), folder))
    made = folder / "made" / program.replace(".ts", ".js")
    if not made.exists():  # it does not compile, so there is nothing to run
        return Report(_count(subject, services), 0, tuple(findings) or (Finding("not made", program),))
    return _called(subject, folder, [str(install.node_home() / "bin" / "node"), str(made)], services, findings)


def _called(
    subject: Subject, folder: Path, command: list[str], services: tuple[str, ...], findings: list[Finding]
) -> Report:
    told = {"SERVER": subject.url, "KEY": subject.key, "BASIC": subject.basic}
    done = _run(command, folder, told)
    lines = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    findings += [
        Finding("call", f"{Path(command[-1]).name} {each['call']}", each["fault"]) for each in lines if each["fault"]
    ]
    if done.returncode or not lines:
        findings.append(Finding("program", Path(command[-1]).name, _short(done.stderr[-800:])))
    return Report(_count(subject, services), len(lines), tuple(findings))


def _not_made(name: str, done: subprocess.CompletedProcess[str]) -> Iterator[Finding]:
    if done.returncode:
        yield Finding("not made", name, _short((done.stdout + done.stderr)[-800:]))


def _warned(name: str, told: str) -> Iterator[Finding]:
    """What openapi-python-client left out, one finding for each kind of reason."""
    reasons = re.findall(r"^(?:WARNING|ERROR) [^\n]*\n+([^\n]+)\n", told, re.MULTILINE)
    for reason in dict.fromkeys(reasons):
        yield Finding("left out", name, reason)


def _errors(pattern: re.Pattern[str], done: subprocess.CompletedProcess[str]) -> list[Finding]:
    return [Finding(m["rule"], m["file"], m["text"]) for m in pattern.finditer(done.stdout)]


def _count(subject: Subject, services: tuple[str, ...]) -> int:
    return sum(len(operations(subject.document(name))) for name in services)


def _run(command: list[str], folder: Path, told: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    env = {**install.environment(), "OPENAPI_TS_LOG": "off", "PYTHONPATH": os.curdir, **(told or {})}
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=300, env=env)


def _short(text: str) -> str:
    return re.sub(r"\s+", " ", text)[:400]
