"""What a tool is here: something that others wrote, that looks at a running server and tells what it found.

A tool is a row of a table (:data:`conformance.tools.TOOLS`). Each has a :class:`Plant`: one fault that is put into a
copy of the sources, and that the tool must find there; else its silence about the true sources would mean nothing.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from conformance.subject import Subject

ROOT = Path(__file__).resolve().parents[2]
HERE = Path(__file__).parent

Kit = Literal["python", "node", "java"]
"""What has to be installed for a tool, by :mod:`conformance.install`."""


@dataclass(frozen=True, slots=True)
class Finding:
    """``rule`` is the tool's own name of what it minds; ``where`` begins with the service."""

    rule: str
    where: str
    text: str = ""

    def __str__(self) -> str:
        return f"{self.rule} at {self.where}: {self.text}".rstrip(": ")


@dataclass(frozen=True, slots=True)
class Report:
    """``operations`` were looked at in ``cases``: documents, requests or calls, as the tool counts."""

    operations: int
    cases: int
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class Plant:
    """A fault: ``text`` is put at the end of a module of the sources, and a finding matches ``found``.

    Put there, and not in the midst of the code, it stands whatever becomes of the code; when a name that it takes is
    gone the server does not start, and says so.
    """

    what: str
    module: str
    text: str
    found: str

    def put(self, folder: Path) -> Path:
        """The directory of a copy of the sources that has the fault."""
        copy = folder / "src"
        shutil.copytree(ROOT / "src", copy, ignore=shutil.ignore_patterns("__pycache__"))
        with (copy / "parvis" / self.module).open("a") as module:
            module.write(self.text)
        return copy

    def is_found(self, findings: tuple[Finding, ...]) -> bool:
        return any(re.search(self.found, str(finding)) for finding in findings)


@dataclass(frozen=True, slots=True)
class Tool:
    """``package`` is what it is called where it comes from, and where its version is pinned."""

    name: str
    package: str
    needs: tuple[Kit, ...]
    run: Callable[[Subject], Report]
    plant: Plant


def operations(document: dict[str, Any]) -> list[tuple[str, str]]:
    """Method and path template of each operation of an OpenAPI document."""
    methods = ("get", "put", "post", "delete", "patch")
    return [(method.upper(), path) for path, item in document["paths"].items() for method in methods if method in item]
