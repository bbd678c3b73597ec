"""What `search` finds for the names of a set: alone, with the country, with the region, with one typing error.

A typing error is a letter inserted, left out, replaced, or two transposed, anywhere in the name. Why a case is wrong:

    wrong twin     the store knows the place by this name, and put another first
    other name     it knows a place there by a name that begins so or differs by a typing error
    too far        the first answer is within 75 km: the centre of the place lies elsewhere
    missing place  it knows no place within 25 km by such a name
    lost           only with an area or a typing error: the bare name finds it first
    refused        the text was refused

The bound: missing places cannot be right, and of places far apart with one name only one can come first.
"""

from __future__ import annotations

import math
import random
from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import cache
from typing import Final

from parvis_geolocation import Geolocation
from parvis_geolocation.search.fold import fold
from parvis_geolocation.values import FoundPlace

from .figure import SEED, WITHIN_KM, Figure, distance_km, near
from .sets import Case

SHORTEST: Final = 4
"""Letters of the shortest name that is given a typing error."""

TOO_FAR_KM: Final = 75.0
"""Distance within which an answer may still be the place, with its centre elsewhere: an airport lies out of town."""

_ALPHABET: Final = "abcdefghijklmnopqrstuvwxyz"

Answers = Sequence[FoundPlace] | None
"""What a text finds; None when it is refused."""


def searched(geolocation: Geolocation, subject: str, group: str, cases: Sequence[Case]) -> list[Figure]:
    """The figures of a set; `group` is what is common to its names: Latin letters, or a language."""

    def ask(text: str) -> Answers:
        try:
            return geolocation.search(text)
        except (ValueError, LookupError):
            return None

    @cache
    def country_name(country: str) -> str:
        coded = len(country) == 2 and country.isascii()
        try:
            return geolocation.country(country).name if coded else country
        except LookupError:
            return country

    bare, ten = Figure(subject, "name"), Figure(subject, "name, first ten")
    country, region = Figure(subject, "name, country"), Figure(subject, "name, region")
    typo, typo_ten = Figure(subject, "typing error"), Figure(subject, "typing error, first ten")
    possible: list[Case] = []
    for case in cases:
        found = ask(case.text)
        first = _is_first(case, found)
        reason = "" if first else why(geolocation, case, found)
        there = _is_there(case, found)
        if there or reason in ("wrong twin", "other name"):
            possible.append(case)
        if not bare.count(first):
            bare.fail(reason, _described(case, case.text, found))
        if not ten.count(there):
            ten.fail(reason, _described(case, case.text, found))
        for figure, area in ((country, country_name(case.country)), (region, case.region)):
            if area:
                text = f"{case.text}, {area}"
                answers = ask(text)
                if not figure.count(_is_first(case, answers)):
                    figure.fail(reason or "lost", _described(case, text, answers))
        if group == "latin" and (wrong := misspelt(case.text)):
            answers = ask(wrong)
            if not typo.count(_is_first(case, answers)):
                typo.fail(reason or "lost", _described(case, wrong, answers))
            if not typo_ten.count(_is_there(case, answers)):
                typo_ten.fail(reason or "lost", _described(case, wrong, answers))
    bare.bound = _at_once(possible)
    ten.bound = country.bound = len(possible)
    region.bound = sum(bool(case.region) for case in possible)
    return [figure for figure in (bare, ten, country, region, typo, typo_ten) if figure.total]


def why(geolocation: Geolocation, case: Case, answers: Answers) -> str:
    """The class of a case that its name alone does not find first: what the store knows there by that name."""
    if answers is None:
        return "refused"
    if answers and distance_km(case, answers[0]) <= TOO_FAR_KM:
        return "too far"
    south, north = (max(-90.0, min(90.0, case.latitude + side * WITHIN_KM / 111.0)) for side in (-1, 1))
    wide = min(179.9, WITHIN_KM / 111.0 / max(1e-3, math.cos(math.radians(case.latitude))))
    west, east = ((case.longitude + side * wide + 540) % 360 - 180 for side in (-1, 1))
    found = geolocation.search(case.text, bbox=[west, south, east, north], limit=100)
    there = [place for place in found if near(case, [place])]
    if any(place.match == "exact" for place in there):
        return "wrong twin"
    return "other name" if there else "missing place"


def misspelt(name: str) -> str | None:
    """The name with one typing error, the same one each time; None when it is too short for one."""
    letters = [at for at, letter in enumerate(name) if letter.isalpha()]
    if len(letters) < SHORTEST:
        return None
    draw = random.Random(f"{SEED} {name}")
    while True:
        at, letter = draw.choice(letters), draw.choice(_ALPHABET)
        before, here, after = name[:at], name[at], name[at + 1 :]
        edits = [before + letter + here + after, before + after, before + letter + after]
        if after[:1].isalpha():
            edits.append(before + after[0] + here + after[1:])
        changed = draw.choice(edits)
        if fold(changed) != fold(name):
            return changed


def _is_first(case: Case, answers: Answers) -> bool:
    return answers is not None and near(case, answers[:1])


def _is_there(case: Case, answers: Answers) -> bool:
    return answers is not None and near(case, answers)


def _described(case: Case, text: str, answers: Answers) -> str:
    if answers is None:
        found = "refused"
    elif not answers:
        found = "nothing"
    else:
        place = answers[0]
        found = (
            f"{place.name}, {place.admin1}, {place.country_code} ({place.match}, {distance_km(case, place):,.0f} km)"
        )
    return f"{text!r} in {case.country or 'any country'} at {case.latitude:.3f}, {case.longitude:.3f}: {found}"


def _at_once(possible: Iterable[Case]) -> int:
    """How many cases can be right at once: of those with one name, the most that lie together."""
    namesakes: dict[str, list[Case]] = defaultdict(list)
    for case in possible:
        namesakes[fold(case.text)].append(case)
    return sum(max(_together(one, group) for one in group) for group in namesakes.values())


def _together(one: Case, group: Iterable[Case]) -> int:
    return sum(distance_km(one, other) <= WITHIN_KM for other in group)
