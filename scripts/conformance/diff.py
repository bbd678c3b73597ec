"""Whether ``parvis diff`` and Specmatic's backward-compatibility check give the same verdict.

Real façades are changed in one place at a time (:mod:`mutations`); of each change both judge, ``parvis diff`` from the
contracts and Specmatic from their OpenAPI documents. Where they differ the reason must stand in :data:`ARGUED`.

    diff.py SPECMATIC_JAR [DIRECTORY]

prints one line a pair, and ends with 1 when a difference is not argued.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
import time
import types
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from mutations import mutants

from parvis.contract.changes import Change
from parvis.contract.diff import compare
from parvis.contract.model import Contract
from parvis.contract.openapi import openapi
from parvis.facade.compile import compile_facade
from parvis.facade.options import Options
from parvis.facade.target import TargetError, load

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True)
class Subject:
    """A façade to change: its source files, read as one module, its class, and the classes that have methods."""

    name: str
    files: tuple[str, ...]
    facade: str
    methods: tuple[str, ...]
    package: str = ""
    reads: tuple[str, ...] | None = None


SUBJECTS = (
    Subject("orders", ("examples/orders.py",), "Shop", ("Shop", "Orders"), reads=("orders.get", "orders.list")),
    Subject("prices", ("examples/shop.py",), "Shop", ("Shop",)),
    Subject("items", ("tests/system/service/shop.py",), "Shop", ("Shop",)),
    Subject(
        "geolocation",
        tuple(f"services/geolocation/src/parvis_geolocation/{name}.py" for name in ("values", "geolocation")),
        "Geolocation",
        ("Geolocation",),
        package="parvis_geolocation",
        reads=("*",),
    ),
)


@dataclass(frozen=True, slots=True)
class Pair:
    """Two versions of a service, and what ``parvis diff`` says of them."""

    name: str
    old: Contract
    new: Contract
    changes: tuple[Change, ...]

    @property
    def breaking(self) -> bool:
        return any(change.breaking for change in self.changes)


def pairs(subject: Subject) -> Iterator[Pair]:
    source = "\n".join(_body((ROOT / file).read_text(), first=n == 0) for n, file in enumerate(subject.files))
    old = _contract(subject, source)
    for mutant in mutants(source, subject.methods):
        try:
            new = _contract(subject, mutant.source)
        except TargetError:  # nothing is left to publish
            continue
        yield Pair(f"{subject.name} {mutant.label}", old, new, tuple(compare([old], [new])))


def _body(source: str, *, first: bool) -> str:
    return source if first else re.sub(r"^from (__future__|\.values) import .*$", "", source, flags=re.MULTILINE)


def _contract(subject: Subject, source: str) -> Contract:
    module = types.ModuleType(f"{subject.package}.mutated" if subject.package else subject.name)
    module.__package__ = subject.package
    sys.modules[module.__name__] = module  # annotations are resolved there
    exec(compile(source, subject.name, "exec"), vars(module))
    options = Options(name=subject.name, reads=subject.reads)
    return compile_facade(load(getattr(module, subject.facade)), options).contract


Reason = tuple[str, Callable[[Pair], bool]]
ARGUED: tuple[Reason, ...] = ()


def specmatic(jar: Path, place: Path, made: list[Pair]) -> dict[str, bool]:
    """Pair -> whether Specmatic finds it incompatible. It compares a working tree with a commit, all files at once."""
    files = {f"{n:03}.json": pair for n, pair in enumerate(made)}
    _git(place, "init", "--quiet")
    for side in ("old", "new"):
        for file, pair in files.items():
            document = openapi(getattr(pair, side), server_url="https://api.example.org")
            (place / file).write_text(json.dumps(document, indent=1))
        if side == "old":
            _git(place, "add", ".")
            _git(place, "-c", "user.name=x", "-c", "user.email=x@example.org", "commit", "--quiet", "--message=old")
    command = ["java", "-jar", str(jar), "backward-compatibility-check", "--base-branch", "HEAD"]
    done = subprocess.run(command, cwd=place, capture_output=True, text=True, timeout=1800)
    (place / "specmatic.log").write_text(done.stdout + done.stderr)
    said = dict(re.findall(r"Verdict for spec \S*?(\d{3}\.json):\s+\((\w+)\)", done.stdout))
    # A document that is the same to the letter is not looked at.
    changed = set(_git(place, "diff", "--name-only").split())
    missing = changed - said.keys()
    if missing or not changed:
        raise SystemExit(f"Specmatic gave no verdict on {sorted(missing)}; see {place / 'specmatic.log'}")
    return {pair.name: said.get(file) == "INCOMPATIBLE" for file, pair in files.items()}


def _git(place: Path, *arguments: str) -> str:
    return subprocess.run(["git", *arguments], cwd=place, check=True, capture_output=True, text=True).stdout


def main(jar: Path, place: Path) -> int:
    began = time.monotonic()
    made = [pair for subject in SUBJECTS for pair in pairs(subject)]
    theirs = specmatic(jar, place, made)
    unargued = argued = 0
    for pair in made:
        incompatible = theirs[pair.name]
        reason = ""
        if pair.breaking != incompatible:
            reason = next((text for text, applies in ARGUED if applies(pair)), "NOT ARGUED")
            argued += reason != "NOT ARGUED"
            unargued += reason == "NOT ARGUED"
        kinds = ", ".join(sorted({change.kind for change in pair.changes})) or "nothing"
        print(f"{_word(pair.breaking)}  {_word(incompatible)}  {pair.name}  [{kinds}]  {reason}".rstrip())
    agreed = len(made) - argued - unargued
    print(
        f"{len(made)} pairs: {agreed} agreed, {argued} differ for an argued reason, {unargued} for none; "
        f"{time.monotonic() - began:.0f} s"
    )
    return 1 if unargued else 0


def _word(breaking: bool) -> str:
    return "breaks" if breaking else "keeps "


if __name__ == "__main__":
    if len(sys.argv) == 3:
        sys.exit(main(Path(sys.argv[1]).resolve(), Path(sys.argv[2]).resolve()))
    with tempfile.TemporaryDirectory() as directory:
        sys.exit(main(Path(sys.argv[1]).resolve(), Path(directory)))
