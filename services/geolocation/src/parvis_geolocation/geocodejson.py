"""Answers as GeocodeJSON 0.1.0 (draft, CC0), which is GeoJSON (RFC 7946) with agreed names for the parts of an address.

The rule: a member is there when the draft has it and this data can fill it. House numbers, streets, districts and
accuracies are never known here, so they have no member; what one place lacks is null. Two members are added, as the
draft allows: `geonames_id` and `country_code`. Licences and attributions are those of the sets of data that the
answers come from, by key, as the draft asks where there are several.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Literal

from .values.about import About
from .values.place import Kind, Place, ReversePlace

VERSION: Final = "0.1.0"
"""Version of the GeocodeJSON draft."""

FeatureKind = Literal["country", "region", "city", "locality", "postcode"]
"""What a feature is, in the words of the draft, whose list is open."""

_TYPES: Final[dict[Kind, FeatureKind]] = {
    "country": "country", "region": "region", "city": "city", "town": "city", "village": "city",
    "locality": "locality", "postal_code": "postcode",
}  # fmt: skip

_GEOHASH_ALPHABET: Final = "0123456789bcdefghjkmnpqrstuvwxyz"
_GEOHASH_LENGTH: Final = 9
"""Characters of a geohash: a cell about 5 m wide, somewhat finer than the positions."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PointGeometry:
    """A position (RFC 7946, section 3.1.2).

    Attributes:
        type: Always Point.
        coordinates: Degrees east of Greenwich, then degrees north of the equator (WGS 84).
    """

    type: Literal["Point"] = "Point"
    coordinates: tuple[float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceGeocoding:
    """A place, in the words of GeocodeJSON.

    Attributes:
        type: What it is.
        label: Line to show for it.
        name: Name of the place.
        postcode: Postal code; None when it is not known.
        city: Name of the city, town or village; None when the place is none.
        county: Name of the county, department or district; None when it is not known.
        state: Name of the state, province or region; None when it is not known.
        country: Name of the country.
        country_code: ISO 3166-1 alpha-2 code of the country.
        admin: Names of the divisions it lies in, by level of OpenStreetMap: level2, level4 and level6 are the country,
            the region and the county.
        geohash: Geohash of the position.
        geonames_id: GeoNames identifier; None when it has none.
    """

    type: FeatureKind
    label: str
    name: str
    postcode: str | None
    city: str | None
    county: str | None
    state: str | None
    country: str
    country_code: str
    admin: dict[str, str]
    geohash: str
    geonames_id: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FeatureProperties:
    """What a feature carries.

    Attributes:
        geocoding: The place.
    """

    geocoding: PlaceGeocoding


@dataclass(frozen=True, slots=True, kw_only=True)
class Feature:
    """A place and its position (RFC 7946, section 3.2).

    Attributes:
        type: Always Feature.
        properties: The place.
        geometry: Its position.
    """

    type: Literal["Feature"] = "Feature"
    properties: FeatureProperties
    geometry: PointGeometry


@dataclass(frozen=True, slots=True, kw_only=True)
class Geocoding:
    """What was asked, and whose data answers.

    Attributes:
        version: Version of the GeocodeJSON draft.
        licence: Licence of each set of data that the answers come from, by key of the set.
        attribution: Line to show for each set of data that asks for one, by key of the set.
        query: What was asked.
    """

    version: Literal["0.1.0"] = "0.1.0"
    licence: dict[str, str]
    attribution: dict[str, str]
    query: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FeatureCollection:
    """Places, best first, as GeocodeJSON.

    Attributes:
        type: Always FeatureCollection.
        geocoding: What was asked, and whose data answers.
        features: The places.
    """

    type: Literal["FeatureCollection"] = "FeatureCollection"
    geocoding: Geocoding
    features: tuple[Feature, ...]


def collection(places: Iterable[Place], query: str, about: About) -> FeatureCollection:
    """Places as GeocodeJSON, with the licences of the sets of data they come from."""
    places = list(places)
    used = {key for place in places for key in place.sources}
    licences: dict[str, list[str]] = {}
    lines: dict[str, list[str]] = {}
    for source in about.sources:
        if source.key in used:
            licences.setdefault(source.key, []).append(source.licence)
            if source.attribution:
                lines.setdefault(source.key, []).append(source.attribution)
    return FeatureCollection(
        geocoding=Geocoding(licence=_joined(licences), attribution=_joined(lines), query=query),
        features=tuple(_feature(place) for place in places),
    )


def label(place: Place) -> str:
    """A line to show for a place: its name, its region and its country, none of them twice."""
    return ", ".join(dict.fromkeys(part for part in (place.name, place.admin1, place.country) if part))


def geohash(latitude: float, longitude: float) -> str:
    """The geohash of a point: halves of the globe that hold it, longitude and latitude by turns, five to a letter."""
    size = 1 << (5 * _GEOHASH_LENGTH + 1) // 2
    x = min(size - 1, int((longitude + 180) / 360 * size))
    y = min(size // 2 - 1, int((latitude + 90) / 180 * (size // 2)))
    bits = 0
    # The number of bits is odd: one more of longitude, which comes first.
    for place in range((5 * _GEOHASH_LENGTH) // 2, -1, -1):
        bits = bits << 1 | x >> place & 1
        if place:
            bits = bits << 1 | y >> (place - 1) & 1
    return "".join(_GEOHASH_ALPHABET[bits >> 5 * at & 31] for at in range(_GEOHASH_LENGTH - 1, -1, -1))


def _feature(place: Place) -> Feature:
    kind = _TYPES[place.kind]
    state = place.admin1 or (place.name if kind == "region" else None)
    levels = {"level2": place.country, "level4": state, "level6": place.admin2}
    geocoding = PlaceGeocoding(
        type=kind,
        label=label(place),
        name=place.name,
        postcode=_postcode(place),
        city=place.name if kind == "city" else None,
        county=place.admin2,
        state=state,
        country=place.country,
        country_code=place.country_code,
        admin={level: name for level, name in levels.items() if name},
        geohash=geohash(place.latitude, place.longitude),
        geonames_id=place.id,
    )
    return Feature(
        properties=FeatureProperties(geocoding=geocoding),
        geometry=PointGeometry(coordinates=(place.longitude, place.latitude)),
    )


def _postcode(place: Place) -> str | None:
    if isinstance(place, ReversePlace):
        return place.postal_code
    return place.name if place.kind == "postal_code" else None


def _joined(lines: dict[str, list[str]]) -> dict[str, str]:
    return {key: "; ".join(dict.fromkeys(values)) for key, values in lines.items()}
