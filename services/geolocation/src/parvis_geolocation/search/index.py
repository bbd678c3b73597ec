"""Building what a search looks names up in: names with scores, hot prefixes, typing errors, and names of areas."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

import numpy as np

from ..gazetteer import Gazetteer
from ..languages import TaggedName
from ..storage.draft import Draft
from .fold import fold, fold_many
from .hot import hot_prefixes
from .importance import CAPITAL, SEATS, importance, scores
from .names import SCORE_SCALE, NameIndex, ScoredIndex
from .naming import Kind, Naming, naming
from .sounds import write_sounds
from .spelling import is_cjk, key
from .typos import write_typos

_CJK_LETTERS: Final = 4
"""Letters from which an error in a Chinese, Japanese or Korean name leaves it recognisable."""


def write_names(
    draft: Draft,
    gazetteer: Gazetteer,
    codes: list[str],
    tagged: Sequence[TaggedName],
    progress: Callable[[str, int, int], None],
) -> int:
    """Write all indexes of names.

    Args:
        draft: Where to.
        gazetteer: The places and areas.
        codes: The feature code of each place.
        tagged: Names in other languages.
        progress: Told of the steps "fold" and "index".

    Returns:
        How many different names there are.
    """
    made = naming(gazetteer, ((identifier, name) for identifier, _, name in tagged), progress)
    progress("index", 0, 4)
    _name_cities_as_their_areas(made, gazetteer, codes)
    of = np.array(made.of, dtype=np.uint32)
    numbers = np.array(made.numbers, dtype=np.uint32)
    kinds = np.frombuffer(bytes(made.kinds), dtype=np.uint8)
    important = importance(gazetteer, codes)
    scored = scores(important, gazetteer, codes, of, numbers, kinds)

    keys = sorted(made.keys)
    renumbered = np.zeros(len(keys), dtype=np.uint32)
    position = {spelling: number for number, spelling in enumerate(keys)}
    renumbered[:] = [position[spelling] for spelling in made.keys]
    del position
    of = renumbered[of]
    names = ScoredIndex.ranked(keys, of, numbers, scored)
    draft.index("names", names)
    progress("index", 1, 4)

    country_codes = ["", *(country["iso"] for country in gazetteer.countries)]
    country_of = [country for country, _, _ in gazetteer.place_areas]
    country_of += [gazetteer.lineage(number)[0] for number in range(len(gazetteer.areas))]
    draft.index("hot", hot_prefixes(names, np.array(country_of, dtype=np.uint32), country_codes))
    progress("index", 2, 4)

    sound = np.zeros(len(keys), dtype=bool)
    sound[of[kinds < Kind.SPELLED]] = True
    sound &= np.array([len(spelling) >= _CJK_LETTERS or not is_cjk(spelling) for spelling in keys])
    best = names.scores[np.minimum(names.starts[:-1], len(names.scores) - 1)] if len(keys) else np.zeros(0)
    write_typos(draft, keys, sound, best / SCORE_SCALE)
    progress("index", 3, 4)

    draft.index("contexts", NameIndex.of(_contexts(gazetteer, tagged)))
    of_places = important[: len(gazetteer.places)]
    write_sounds(draft, [place["name"] for place in gazetteer.places], of_places)
    draft.array("place.score", np.rint(of_places * SCORE_SCALE).astype(np.uint16))
    progress("index", 4, 4)
    return len(keys)


def _name_cities_as_their_areas(made: Naming, gazetteer: Gazetteer, codes: list[str]) -> None:
    """Give the city that an area is named after the names of the area: few languages have names for both.

    It is the seat of the area and shares a name with it, in any language: Campeche, Tombouctou, Guatemala. Names that
    hold another one say what the area is: 坎佩切州 is the state, 坎佩切 also the city.
    """
    total = len(gazetteer.places)
    seats: dict[int, int] = {}
    for rank in range(total - 1, -1, -1):
        country, region, _ = gazetteer.place_areas[rank]
        if codes[rank] == CAPITAL:
            seats[total + country] = rank
        if codes[rank] in SEATS and region:
            seats[total + region] = rank
    wanted = {*seats, *seats.values()}
    keys: dict[int, set[int]] = {number: set() for number in wanted}
    for key_number, number, kind in zip(made.of, made.numbers, made.kinds, strict=True):
        if kind <= Kind.SHORTENED and number in wanted:
            keys[number].add(key_number)
    for area, rank in seats.items():
        if keys[area] & keys[rank]:
            spellings = {made.keys[key_number]: key_number for key_number in keys[area]}
            for spelling, key_number in spellings.items():
                holds = any(other in spelling and other != spelling for other in spellings)
                if key_number not in keys[rank] and not holds:
                    made.add(rank, Kind.ALTERNATE, key_number)


def _contexts(gazetteer: Gazetteer, tagged: Sequence[TaggedName]) -> list[tuple[str, int]]:
    """The keys of the names and codes of all areas."""
    by_id = {area.id: number for number, area in enumerate(gazetteer.areas) if area.id}
    named = [(name, by_id[identifier]) for identifier, _, name in tagged if identifier in by_id]
    folded = fold_many([name for name, _ in named])
    pairs = gazetteer.area_aliases + [(name, area) for name, (_, area) in zip(folded, named, strict=True)]
    pairs += [(fold(area.code), number) for number, area in enumerate(gazetteer.areas)]
    return [(key(name), area) for name, area in pairs if name]
