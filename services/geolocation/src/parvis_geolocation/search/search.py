"""From what somebody typed to places, best first.

The rule: a text is read in the likeliest way first, and the first way that finds something gives the answer.

1. A name, exactly: by its key, which case, accents, abbreviations and spaces do not change. Beside few places of the
   name come the localities that only postal codes know, then what is much better known and one edit away.
2. Coordinates.
3. A name followed by areas, with commas between: "Paris, Texas", "Paris, FR". An unknown area is no more than a hint.
4. A name without the words that people leave out: "Frankfurt Main".
5. A postal code, alone or beside the name of a place or an area.
6. A name and an area without a comma: "Paris Texas", "Springfield IL", "北京市朝阳区".
7. What is nearly so written: a locality, a name with a typing error, the beginning of a name, or a name that sounds
   so in another script, whichever is likeliest; then a long name with two errors; then a part of the text.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from ..entries import Filters
from ..places import Places
from ..points.distance import distance_and_bearing
from ..storage.store import Generation
from .area_names import AreaNames
from .fold import fold
from .meanings import Asked, Found, Meanings, Scored
from .post import Post, kilometres
from .query import coordinates, parts, postal_code
from .spelling import is_cjk, key, latin, unfinished_key, variants

if TYPE_CHECKING:
    from ..postal.postal import Postal

__all__ = ["Found", "Search"]

_LOCALITY: Final = 8.5
"""The score of a locality that only postal codes know."""
_AROUND_KM: Final = 60.0
"""How far from a place another one is when people say that it is there."""
_SHORTEST_PART: Final = 4
"""Letters of a part of a text that is looked for alone."""


class Search:
    """All that can be found by a text."""

    __slots__ = ("_areas", "_meanings", "_places", "_post")

    def __init__(
        self, generation: Generation, places: Places, postal: Callable[[], Postal | None] = lambda: None
    ) -> None:
        """Map the indexes of names.

        Args:
            generation: The store.
            places: Its places.
            postal: Gives the postal codes, when the store has them.
        """
        self._places = places
        self._areas = AreaNames(generation, places)
        self._meanings = Meanings(generation, places)
        self._post = Post(places, postal)

    def regions(self, name: str) -> tuple[int, ...]:
        """The numbers of the subdivisions that have this name or ISO 3166-2 code.

        Raises:
            ValueError: When none has it.
        """
        return self._areas.regions(name)

    def named(self, text: str) -> list[int]:
        """The ranks of the places that have exactly this name, best first."""
        at = self._meanings.find(key(fold(text)))
        return [] if at < 0 else [number for number in self._meanings.first(at, 1 << 30) if number < len(self._places)]

    def find(
        self, text: str, filters: Filters | None = None, bias: tuple[float, float] | None = None, limit: int = 10
    ) -> list[Found]:
        """What a text means, best first.

        Args:
            text: What somebody typed.
            filters: What the answer must be; anything when None.
            bias: Latitude and longitude of a point whose surroundings are favoured.
            limit: How much to return at most.

        Raises:
            ValueError: When the text is coordinates that are not on the globe.
        """
        folded = fold(text)
        asked = Asked(filters, (), bias, limit)
        pieces = parts(text)
        if len(pieces) == 1 and (found := self._exact(key(folded), asked)):
            return found
        if any(map(str.isdigit, folded)) and (point := coordinates(text)) is not None:
            return [(point, "coordinates")]
        if len(pieces) > 1:
            return self._with_areas(pieces, asked)
        return self._otherwise(text, folded, asked)

    def complete(
        self, text: str, filters: Filters | None = None, bias: tuple[float, float] | None = None, limit: int = 10
    ) -> list[Found]:
        """What a text may be the beginning of, best first; arguments as for `find`."""
        meanings = self._meanings
        asked = Asked(filters, (), bias, limit)
        name, *areas = parts(text) or [text]
        if areas:
            known = [*map(self._areas.named, areas[:-1]), self._areas.beginning(areas[-1])]
            narrowed = replace(asked, contexts=tuple(area for area in known if area))
            if found := meanings.best(meanings.completed(unfinished_key(name), narrowed), narrowed):
                return found
        begun = unfinished_key(text)
        if not begun:
            return []
        ways: tuple[Callable[[], list[Scored]], ...] = (
            lambda: meanings.completed(begun, asked),
            lambda: meanings.completed_mistyped(begun, asked),
            lambda: meanings.mistyped(begun, asked, 1),
        )
        return next((meanings.best(scored, asked) for way in ways if (scored := way())), [])

    # Names that are written as the data writes them

    def _exact(self, name: str, asked: Asked) -> list[Found]:
        meanings = self._meanings
        at = meanings.find(name)
        if at < 0:
            return []
        if asked.plain:
            found: list[Found] = [(number, "exact") for number in meanings.first(at, asked.limit)]
        elif not (scored := meanings.of_key(at, asked, "exact")):
            return []
        elif asked.bias is not None:
            return meanings.best(scored + self._localities(name, asked) + meanings.better_known(at, asked), asked)
        else:
            found = meanings.best(scored, asked)
        if len(found) < asked.limit:
            found += [(what, match) for _, what, match in self._localities(name, asked)]
            if len(found) < asked.limit and (known := meanings.better_known(at, asked)):
                found += [item for item in meanings.best(known, asked) if (item[0], "exact") not in found]
        return found[: asked.limit]

    def _localities(self, name: str, asked: Asked) -> list[Scored]:
        return [(_LOCALITY, hit, "exact") for hit in self._post.localities(name, asked)]

    def _exact_or_short(self, text: str, folded: str, asked: Asked) -> list[Found]:
        if found := self._exact(key(folded), asked):
            return found
        return next((found for other in variants(text, folded) if (found := self._exact(other, asked))), [])

    # Names with areas

    def _with_areas(self, pieces: list[str], asked: Asked) -> list[Found]:
        """What a name means that areas follow, each after a comma."""
        name, *rest = pieces
        folded = fold(name)
        contexts = tuple(area for area in map(self._areas.named, rest) if area)
        if contexts:
            narrowed = replace(asked, contexts=contexts)
            if found := self._exact_or_short(name, folded, narrowed) or self._otherwise(name, folded, narrowed):
                return found
        if found := self._near(folded, rest[-1], asked):
            return found
        whole = " ".join(pieces)
        return (
            self._exact_or_short(whole, fold(whole), asked)
            or self._exact_or_short(name, folded, asked)
            or self._coded(whole, asked)
            or ([] if contexts else self._otherwise(whole, fold(whole), asked))
        )

    def _near(self, folded: str, other: str, asked: Asked) -> list[Found]:
        """What a name means in or around another place: "Montmartre, Paris"."""
        around = self._position(other)
        at = self._meanings.find(key(folded))
        if around is None or at < 0:
            return []
        coordinates_of = self._places.coordinates
        near = [
            item
            for item in self._meanings.of_key(at, asked, "exact")
            if isinstance(item[1], int) and distance_and_bearing(around, coordinates_of(item[1]))[0] <= _AROUND_KM
        ]
        return self._meanings.best(near, asked)

    def _position(self, text: str) -> tuple[float, float] | None:
        at = self._meanings.find(key(fold(text)))
        return None if at < 0 else self._places.coordinates(self._meanings.first(at, 1)[0])

    def _split(self, folded: str, asked: Asked, depth: int = 2) -> list[Found]:
        """What a name and an area mean that no comma parts; and one more area, when there is depth left."""
        if " " not in folded and not is_cjk(folded):
            return []
        for name, areas in self._areas.splits(folded):
            narrowed = replace(asked, contexts=(*asked.contexts, areas))
            if found := self._exact_or_short(name, name, narrowed):
                return found
            if depth > 1 and (found := self._split(name, narrowed, depth - 1)):
                return found
        return []

    # What is not written as the data writes it

    def _otherwise(self, text: str, folded: str, asked: Asked) -> list[Found]:
        """The ways to read a text that is no name as it stands, the likeliest first."""
        name = key(folded)
        ways: tuple[Callable[[], list[Found]], ...] = (
            lambda: self._exact_or_short(text, folded, asked),
            lambda: self._coded(text, asked),
            lambda: self._split(folded, asked),
            lambda: self._meanings.best(self._nearly(text, name, asked), asked),
            lambda: self._split_nearly(folded, asked),
            lambda: self._meanings.best(self._meanings.mistyped(name, asked, 2), asked),
            lambda: self._part(folded, asked),
        )
        return next((found for way in ways if (found := way())), [])

    def _coded(self, text: str, asked: Asked) -> list[Found]:
        """A postal code, alone or with the name of a place or area beside it."""
        read = postal_code(text)
        if read is None:
            return []
        code, beside = read
        folded = fold(beside)
        if not folded:
            return [(hit, "postal_code") for hit in self._post.codes(code, asked)[: asked.limit]]
        around = self._position(beside)
        hits = [
            hit
            for hit in self._post.codes(code, asked)
            if fold(hit.locality) == folded or (around is not None and kilometres(around, hit) <= _AROUND_KM)
        ]
        if not hits and (areas := self._areas.named(beside)):
            hits = self._post.codes(code, replace(asked, contexts=(*asked.contexts, areas)))
        return [(hit, "postal_code") for hit in hits[: asked.limit]]

    def _nearly(self, text: str, name: str, asked: Asked) -> list[Scored]:
        meanings = self._meanings
        found = self._localities(name, asked) + meanings.mistyped(name, asked, 1) + meanings.begun(name, asked)
        return found if latin(text) else found + meanings.in_another_script(text, asked)

    def _split_nearly(self, folded: str, asked: Asked) -> list[Found]:
        """What a name that is nearly so written and an area mean that no comma parts."""
        if " " not in folded and not is_cjk(folded):
            return []
        for name, areas in self._areas.splits(folded):
            narrowed = replace(asked, contexts=(*asked.contexts, areas))
            if found := self._nearly(name, key(name), narrowed):
                return self._meanings.best(found, narrowed)
        return []

    def _part(self, folded: str, asked: Asked) -> list[Found]:
        """What a text means without its last or first words, taking away as few as possible."""
        words = folded.split(" ")
        for count in range(len(words) - 1, 0, -1):
            for some in (words[:count], words[-count:]):
                part = " ".join(some)
                if len(part) >= _SHORTEST_PART and (found := self._exact(key(part), asked)):
                    return [(what, "fuzzy") for what, _ in found]
        return []
