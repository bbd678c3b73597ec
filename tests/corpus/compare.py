"""Compares two recordings, and tells what differs: the request, and what has changed of what it brought about."""

from __future__ import annotations

import difflib
import json
from collections.abc import Container, Iterable, Iterator
from pathlib import Path
from typing import Any

LONGEST = 40
"""Lines of a difference that are shown."""

LEFT = "left behind"
COUNTED = frozenset({"log", "said", "counts", "call", "refusal", "usage_day", "quota", "idempotency"})
"""Lines of a stage that tell of all its requests together."""

Line = dict[str, Any]


def read(path: Path) -> dict[tuple[str, str, str, int], Line]:
    """The lines of a recording, each by what it is called; a name that comes again is numbered."""
    found: dict[tuple[str, str, str, int], Line] = {}
    with path.open() as lines:
        for text in lines:
            line = json.loads(text)
            place = (line["stage"], line["group"], line["ask"])
            number = 0
            while (*place, number) in found:
                number += 1
            found[*place, number] = line
    return found


def differences(
    old: Path, new: Path, *, without: Iterable[str] = (), only: Container[str] | None = None
) -> tuple[int, list[str]]:
    """How many requests there are, and of each that differs what to tell.

    ``without``: groups that are left aside, and with them what their stages counted and logged beside answers.
    ``only``: the stages that are looked at.
    """
    before, after = read(old), read(new)
    every = dict.fromkeys([*before, *after])
    aside = set(without)
    touched = {stage for stage, group, _, _ in every if group in aside}
    places = [
        place
        for place in every
        if (only is None or place[0] in only)
        and place[1] not in aside
        and not (place[0] in touched and place[1] == LEFT and place[2] in COUNTED)
    ]
    requests = sum(1 for place in places if "rows" not in (before.get(place) or after[place]))
    told = []
    for place in places:
        one, other = before.get(place), after.get(place)
        if one != other:
            told.append("\n".join(_told(place, one, other)))
    return requests, told


def _told(place: tuple[str, str, str, int], one: Line | None, other: Line | None) -> Iterator[str]:
    stage, group, ask, number = place
    yield f"== {stage} / {group} / {ask}" + (f" ({number + 1})" if number else "")
    if one is None or other is None:
        yield "   only in the " + ("new" if one is None else "old") + " recording"
        return
    if sent := one.get("sent", ""):
        yield from (f"   | {line}" for line in sent.splitlines()[:12])
    shown = list(_lines(difflib.unified_diff(_spread(one), _spread(other), "old", "new", n=0, lineterm="")))
    yield from shown[:LONGEST]
    if len(shown) > LONGEST:
        yield f"   ... and {len(shown) - LONGEST} lines more"


def _lines(diff: Iterable[str]) -> Iterator[str]:
    for line in diff:
        if not line.startswith(("---", "+++", "@@")):
            yield f"   {line[:600]}"


def _spread(line: Line) -> list[str]:
    """A recording's line as many, so that what differs stands alone."""
    rows: list[str] = []
    for name, value in line.items():
        if name == "body" and isinstance(value, str):
            rows += [f"body: {each}" for each in _body(value)]
        elif isinstance(value, list):
            rows += [
                f"{name}: {each if isinstance(each, str) else json.dumps(each, ensure_ascii=False)}" for each in value
            ]
        else:
            rows.append(f"{name}: {value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)}")
    return rows


def _body(text: str) -> list[str]:
    """Spread out where it is JSON that is written as usual; what differs in spaces alone is still seen."""
    rows: list[str] = []
    for each in text.splitlines(keepends=True):
        try:
            spread = json.dumps(json.loads(each), indent=1, ensure_ascii=False).splitlines()
        except ValueError:
            spread = []
        rows += [*spread, repr(each)] if len(spread) > 1 else [repr(each)]
    return rows
