"""All that an open store holds, put together.

The rule: built from one generation of the places, then never changed, but for the parts that are found when they come.
Here numbers of places become answers; the modules below know of numbers only.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from datetime import datetime
from functools import lru_cache
from pathlib import Path

from .addresses.addresses import Addresses
from .countries import Countries
from .entries import Filters
from .identifiers import Identifiers
from .languages import Languages
from .places import Places
from .points.borders import Borders
from .points.distance import distance_and_bearing
from .points.nearest import Nearest
from .points.outlines import BOUNDARIES
from .points.reverse import Reverse
from .points.zones import Zones
from .postal.postal import Postal, PostalHit
from .search.query import Point
from .search.search import Found, Search
from .sources import at_run_time
from .storage.parts import Part
from .storage.store import Generation
from .values.about import About, Counts
from .values.place import FoundPlace, Kind, MatchType, NearbyPlace, Place, PlaceDetails
from .values.source import Source
from .version import __version__


class Content:
    """An open store."""

    __slots__ = (
        "_about", "_generation", "addresses", "countries", "identifiers", "languages", "nearest", "places", "postal",
        "reverse", "search", "zones",
    )  # fmt: skip

    def __init__(self, store: Path, generation: Generation) -> None:
        self._generation = generation
        self.languages = Languages(generation)
        self.places = places = Places(generation, self.languages)
        self.countries = Countries(generation, self.languages)
        self.identifiers = Identifiers(generation)
        self.zones = Zones()
        self.nearest = Nearest(generation)
        self.reverse = Reverse(places, Borders(generation), self.nearest, self.zones)
        self.postal = Part(store, "postal", lambda part: Postal(part, places))
        self.search = Search(generation, places, self.postal.get)
        self.addresses = Part(
            store,
            "ip",
            lambda part: Addresses(part, places, self.search.named, self.countries.name, self.zones.name_at),
        )
        self._about = lru_cache(4)(self._described)

    def filters(
        self,
        country: str | None,
        region: str | None,
        kind: Kind | None,
        min_population: int,
        bbox: list[float] | None,
    ) -> Filters | None:
        """What callers ask of an answer; None when they ask nothing.

        Raises:
            ValueError: When no country or region is called so, or the box is none.
        """
        if country is None and region is None and kind is None and min_population <= 0 and bbox is None:
            return None
        return Filters(
            country=0 if country is None else self.countries.area(country)[0],
            regions=() if region is None else self.search.regions(region),
            kind=kind,
            min_population=min_population,
            bbox=None if bbox is None else box(bbox),
        )

    def found(self, what: Iterable[Found], language: int, bias: tuple[float, float] | None = None) -> list[FoundPlace]:
        """What a search found, as answers."""
        if bias is None:
            place = self.places.found
            return [
                place(it, language, match, None) if type(it) is int else self._found(it, match, language, None)
                for it, match in what
            ]
        return [self._found(it, match, language, bias) for it, match in what]

    def around(
        self, latitude: float, longitude: float, radius_km: float, filters: Filters | None, language: int, limit: int
    ) -> list[NearbyPlace]:
        """The places around a point, the nearest first."""
        answers = []
        entries = self.places.entries
        for rank in self.nearest.around(latitude, longitude, radius_km, entries, filters or Filters(), limit):
            distance, bearing = distance_and_bearing((latitude, longitude), self.places.coordinates(rank))
            fields = self.places.fields(rank, language)
            answers.append(NearbyPlace(**fields, distance_km=round(distance, 3), bearing=round(bearing, 1) % 360.0))
        return answers

    def details(self, identifier: int, language: int) -> PlaceDetails:
        """What is known of what has this identifier.

        Raises:
            LookupError: When nothing has it.
        """
        number = self.identifiers.number(identifier)
        return PlaceDetails(
            **self.places.fields(number, language),
            names=self.languages.all(identifier),
            alternate_names=self.identifiers.alternate_names(number),
        )

    def about(self) -> About:
        """Where the answers come from."""
        return self._about(self.postal.generation, self.addresses.generation)

    def _found(
        self, it: int | Point | PostalHit, match: MatchType, language: int, bias: tuple[float, float] | None
    ) -> FoundPlace:
        if isinstance(it, int):
            distance = None if bias is None else round(distance_and_bearing(bias, self.places.coordinates(it))[0], 3)
            return self.places.found(it, language, match, distance)
        if isinstance(it, PostalHit):
            distance = None if bias is None else round(distance_and_bearing(bias, (it.latitude, it.longitude))[0], 3)
            return FoundPlace(
                id=None,
                kind=it.kind,
                name=it.name,
                latitude=it.latitude,
                longitude=it.longitude,
                population=0,
                country_code=it.country_code,
                country=self.countries.name(it.country_code, language),
                admin1=it.admin1,
                admin1_code=it.admin1_code,
                admin2=it.admin2,
                timezone=it.timezone,
                sources=("geonames-postal",),
                match=match,
                distance_km=distance,
            )
        place = self.reverse.at(*it, language, None)
        fields = {field.name: getattr(place, field.name) for field in dataclasses.fields(Place)}
        return FoundPlace(**fields, match=match, distance_km=place.distance_km)

    def _described(self, postal: Generation | None, addresses: Generation | None) -> About:
        manifest = self._generation.manifest
        parts = [self._generation, *(part for part in (postal, addresses) if part)]
        sources = tuple(Source(**entry) for part in parts for entry in part.manifest["sources"]) + at_run_time()
        lacks = [part.lack for part in (self.postal, self.addresses)]
        return About(
            version=__version__,
            built_at=datetime.fromisoformat(manifest["built_at"]),
            counts=Counts(
                **manifest["counts"],
                postal_codes=postal.manifest["counts"]["postal_codes"] if postal else 0,
                networks=addresses.manifest["counts"]["networks"] if addresses else 0,
            ),
            sources=sources,
            attribution=tuple(dict.fromkeys(source.attribution for source in sources if source.attribution)),
            missing=(*manifest["missing"], *(lack for lack in lacks if lack)),
            boundaries=BOUNDARIES,
        )


def box(bbox: list[float]) -> tuple[float, float, float, float]:
    """A bounding box.

    Raises:
        ValueError: When it is none.
    """
    if len(bbox) != 4:
        raise ValueError(f"bbox has {len(bbox)} numbers. Give four: west, south, east, north")
    west, south, east, north = bbox
    # A comparison with NaN is false, so this refuses it too.
    if not (-180 <= west <= 180 and -180 <= east <= 180 and -90 <= south <= north <= 90):
        raise ValueError(f"bbox is {bbox}. Give degrees: west, south, east, north, with south below north")
    return west, south, east, north
