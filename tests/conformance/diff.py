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
from dataclasses import dataclass, replace
from pathlib import Path

from mutations import mutants

from parvis.contract.evolution.changes import Change
from parvis.contract.evolution.diff import compare
from parvis.contract.evolution.normalized import restricted, terms
from parvis.contract.model import Contract
from parvis.contract.openapi.document import openapi
from parvis.facade.compile import compile_facade
from parvis.facade.options import Options, matches
from parvis.facade.target import TargetError, load

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True)
class Subject:
    """A façade to change: its source files, read as one module, and what in it is changed."""

    name: str
    files: tuple[str, ...]
    facade: str
    methods: tuple[str, ...]
    """Classes whose methods are changed."""
    values: tuple[str, ...]
    """Classes whose fields or members are changed."""
    package: str = ""
    reads: tuple[str, ...] | None = None
    only: tuple[str, ...] = ("*",)
    """The operations that are compared, where all of them would take too long."""


SUBJECTS = (
    Subject(
        "orders", ("examples/orders.py",), "Shop", ("Shop", "Orders"), ("Order",), reads=("orders.get", "orders.list")
    ),
    Subject("prices", ("examples/shop.py",), "Shop", ("Shop",), ()),
    Subject("items", ("tests/system/service/shop.py",), "Shop", ("Shop",), ("Item",)),
    Subject(
        "geolocation",
        tuple(f"services/geolocation/src/parvis_geolocation/{name}.py" for name in ("values", "geolocation")),
        "Geolocation",
        ("Geolocation",),
        ("TimeZone",),
        package="parvis_geolocation",
        reads=("*",),
    ),
    Subject(
        "gallery",
        ("tests/equal/gallery.py",),
        "Gallery",
        ("Notes",),
        ("Frame", "Colour", "Size"),
        only=("a_frame", "a_colour", "a_size", "notes.*"),
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
    for mutant in mutants(source, subject.methods, subject.values):
        try:
            new = _contract(subject, mutant.source)
        except TargetError:  # nothing is left to publish
            continue
        if new.operations:
            yield Pair(f"{subject.name} {mutant.label}", old, new, tuple(compare([old], [new])))


def _body(source: str, *, first: bool) -> str:
    return source if first else re.sub(r"^from (__future__|\.values) import .*$", "", source, flags=re.MULTILINE)


def _contract(subject: Subject, source: str) -> Contract:
    module = types.ModuleType(f"{subject.package}.mutated" if subject.package else subject.name)
    module.__package__ = subject.package
    sys.modules[module.__name__] = module  # annotations are resolved there
    exec(compile(source, subject.name, "exec"), vars(module))  # sources of this repository
    options = Options(name=subject.name, reads=subject.reads)
    contract = compile_facade(load(getattr(module, subject.facade)), options).contract
    return restricted(contract, [o for o in contract.operations if matches(o.name, subject.only)])


def _only(*kinds: str) -> Callable[[Pair], bool]:
    return lambda pair: pair.breaking and {c.kind for c in pair.changes if c.breaking} <= {*kinds}


def _types(pair: Pair) -> list[tuple[str, str]]:
    """New and old type of each breaking change; nothing when one of them is no change of a type."""
    found = [re.findall(r"`([^`]+)`", change.text)[-2:] for change in pair.changes if change.breaking]
    return [(each[0], each[1]) for each in found if len(each) == 2] if all(len(e) == 2 for e in found) else []


def _numbers(pair: Pair) -> bool:
    found = _types(pair)
    return bool(found) and all(re.sub(r"\bint\b", "float", a) == re.sub(r"\bint\b", "float", b) for a, b in found)


def _none_in_query(pair: Pair) -> bool:
    asked = {o.name for o in pair.old.operations if o.routes[0].query}
    found = _types(pair)
    return bool(found) and all(
        new == old.removesuffix(" | None") and change.subject in asked
        for (new, old), change in zip(found, [c for c in pair.changes if c.breaking], strict=True)
    )


def _always_there(pair: Pair) -> bool:
    """Whether the contracts differ only in the defaults of fields that are answered."""

    def without(contract: Contract) -> Contract:
        return replace(contract, types=tuple(
            replace(t, fields=tuple(replace(f, required=True, default=None) for f in t.fields)) for t in contract.types
        ))  # fmt: skip

    return not pair.breaking and without(terms(pair.old)) == without(terms(pair.new))


ARGUED: tuple[tuple[str, Callable[[Pair], bool]], ...] = (
    ("a default is what a call does: documents compare shapes", _only("default-changed")),
    ("order and position are Python's: JSON knows names alone",
     _only("parameter-kind-narrowed", "parameters-reordered", "fields-reordered")),
    ("Specmatic takes it that a server passes over what it does not know: an unknown argument is refused here",
     _only("parameter-removed", "parameter-renamed")),
    ("Specmatic takes it that a server passes over what it does not know: an unknown field is refused here",
     _only("field-removed")),
    ("Specmatic holds integers and numbers for one type: a caller in Python, Java or Go does not", _numbers),
    ("None is sayable by POST, and the document lists the GET", _none_in_query),
    ("a class has a value for each of its fields, and answers it: the document has no word for that", _always_there),
)  # fmt: skip
"""Why the verdicts may differ, and whether that is so of a pair. The first reason that applies is printed."""


def specmatic(jar: Path, place: Path, made: list[Pair]) -> dict[str, bool]:
    """Pair -> whether Specmatic finds it incompatible. It compares a working tree with a commit, all files at once.

    The documents are OpenAPI 3.0, whose ``nullable`` it understands: of 3.1 it says that a text is no part of
    ``anyOf`` a text or null.
    """
    files = {f"{n:03}.json": pair for n, pair in enumerate(made)}
    _git(place, "init", "--quiet")
    for side in ("old", "new"):
        for file, pair in files.items():
            document = openapi(getattr(pair, side), server_url="https://api.example.org", version="3.0")
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
