"""The whole corpus: each server, its settings, and what is asked of it."""

from __future__ import annotations

from corpus import (
    agents,
    bodies,
    by_lines,
    callers,
    calls,
    console,
    contents,
    forms,
    hostile,
    letters,
    limits,
    manners,
    mounted,
    repeats,
)
from corpus.asks import Stage
from corpus.services import ALL, BAZAAR


def stages() -> tuple[Stage, ...]:
    setup = callers.setup()
    few = callers.setup(("ada",), ("plain", "near", "narrow"))
    plain = [*calls.stories(), *bodies.stories(), *contents.stories(), *agents.stories(), *by_lines.stories()]
    plain += repeats.stories()
    return (
        Stage("calls", (*setup, *plain), {"protocols": ["lines:serve"]}, ALL),
        Stage("manners", (*few, *manners.stories()), manners.SETTINGS, ALL, locked=True),
        Stage("limits", (*setup, *limits.stories()), {}, ALL),
        Stage("console", (*setup, *console.stories()), {}, ALL),
        Stage("hostile", tuple(hostile.stories()), hostile.SETTINGS, {"bazaar": BAZAAR}, at_once=16),
        Stage("forms", tuple(forms.stories()), {}, {"bazaar": BAZAAR}),
        Stage("approval", tuple(forms.stories()), {"registration": "approval"}, {"bazaar": BAZAAR}),
        Stage("closed", tuple(forms.stories()), {"registration": "closed"}, {"bazaar": BAZAAR}),
        Stage("letters", tuple(letters.stories()), letters.SETTINGS, {"bazaar": BAZAAR}, mail=True),
        Stage("letters by pages", tuple(letters.by_pages()), letters.SETTINGS, {"bazaar": BAZAAR}, mail=True),
        Stage("alone", mounted.stories(), app="mounted:alone"),
        Stage("below", mounted.stories("/api"), app="mounted:below"),
        Stage("in process", script="in_process.py"),
    )
