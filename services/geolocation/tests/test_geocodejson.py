from __future__ import annotations

import json
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any, Final

import pytest

from parvis_geolocation.geocodejson import collection, geohash, label
from parvis_geolocation.values import About, Counts, FoundPlace, Kind, Place, ReversePlace, Source, SourceKey

COUNTS: Final = Counts(places=0, names=0, countries=0, subdivisions=0, timezones=0, postal_codes=0, networks=0)


def source(key: SourceKey, licence: str, attribution: str | None) -> Source:
    return Source(key=key, name="", package="", version="", date=None, licence=licence, url="", attribution=attribution)


ABOUT: Final = About(
    version="1",
    built_at=datetime(2026, 1, 1, tzinfo=UTC),
    counts=COUNTS,
    sources=(
        source("geonames", "CC BY 4.0", "Data of GeoNames"),
        source("geonames", "CC BY 4.0", "Data of GeoNames"),
        source("iso-codes", "LGPL-2.1-or-later", None),
        source("ip", "CC BY 4.0", "IP Geolocation by DB-IP"),
    ),
    attribution=(),
    missing=(),
    boundaries="",
)

FIELDS: Final[dict[str, Any]] = {
    "id": 2988507, "kind": "city", "name": "Paris", "latitude": 48.85341, "longitude": 2.3488, "population": 2138551,
    "country_code": "FR", "country": "France", "admin1": "Île-de-France", "admin1_code": "FR-IDF", "admin2": "Paris",
    "timezone": "Europe/Paris", "sources": ("geonames", "iso-codes"),
}  # fmt: skip


def found(**changes: Any) -> FoundPlace:
    return FoundPlace(**{**FIELDS, **changes}, match="exact", distance_km=None)


def test_a_place_is_a_feature_in_the_words_of_the_draft() -> None:
    answer = json.loads(json.dumps(asdict(collection([found()], "paris", ABOUT)), ensure_ascii=False))
    assert answer == {
        "type": "FeatureCollection",
        "geocoding": {
            "version": "0.1.0",
            "licence": {"geonames": "CC BY 4.0", "iso-codes": "LGPL-2.1-or-later"},
            "attribution": {"geonames": "Data of GeoNames"},
            "query": "paris",
        },
        "features": [
            {
                "type": "Feature",
                "properties": {
                    "geocoding": {
                        "type": "city",
                        "label": "Paris, Île-de-France, France",
                        "name": "Paris",
                        "postcode": None,
                        "city": "Paris",
                        "county": "Paris",
                        "state": "Île-de-France",
                        "country": "France",
                        "country_code": "FR",
                        "admin": {"level2": "France", "level4": "Île-de-France", "level6": "Paris"},
                        "geohash": "u09tvmqre",
                        "geonames_id": 2988507,
                    }
                },
                "geometry": {"type": "Point", "coordinates": [2.3488, 48.85341]},
            }
        ],
    }


def test_nothing_found_is_a_collection_without_features() -> None:
    empty = collection([], "nowhere", ABOUT)
    assert (empty.features, empty.geocoding.licence, empty.geocoding.query) == ((), {}, "nowhere")


@pytest.mark.parametrize(
    ("kind", "type_", "city"),
    [
        ("city", "city", "Paris"),
        ("town", "city", "Paris"),
        ("village", "city", "Paris"),
        ("locality", "locality", None),
        ("region", "region", None),
        ("country", "country", None),
        ("postal_code", "postcode", None),
    ],
)
def test_every_kind_has_a_type_of_the_draft_or_of_its_open_list(kind: Kind, type_: str, city: str | None) -> None:
    geocoding = collection([found(kind=kind)], "", ABOUT).features[0].properties.geocoding
    assert (geocoding.type, geocoding.city) == (type_, city)


def test_a_postal_code_is_its_own_postcode_and_a_point_has_the_nearest() -> None:
    code = found(kind="postal_code", id=None, name="75001")
    point = ReversePlace(**FIELDS, distance_km=0.1, bearing=0.0, at_sea=False, border_countries=(), postal_code="75004")
    features = collection([code, point], "", ABOUT).features
    assert [feature.properties.geocoding.postcode for feature in features] == ["75001", "75004"]
    assert features[0].properties.geocoding.geonames_id is None


@pytest.mark.parametrize(
    ("name", "admin1", "country", "line"),
    [
        ("Paris", "Île-de-France", "France", "Paris, Île-de-France, France"),
        ("Singapore", None, "Singapore", "Singapore"),
        ("Luxembourg", "Luxembourg", "Luxembourg", "Luxembourg"),
        ("New York", "New York", "United States", "New York, United States"),
        ("Bavaria", None, "Germany", "Bavaria, Germany"),
    ],
)
def test_a_label_names_nothing_twice(name: str, admin1: str | None, country: str, line: str) -> None:
    assert label(found(name=name, admin1=admin1, country=country)) == line


def test_a_region_is_its_own_state() -> None:
    bavaria = found(kind="region", name="Bavaria", admin1=None, admin2=None, country="Germany")
    geocoding = collection([bavaria], "", ABOUT).features[0].properties.geocoding
    assert (geocoding.state, geocoding.admin) == ("Bavaria", {"level2": "Germany", "level4": "Bavaria"})


@pytest.mark.parametrize(
    ("point", "expected"),
    [  # the example of the article that described geohashes first, and the corners of the globe
        ((57.64911, 10.40744), "u4pruydqq"),
        ((-25.382708, -49.265506), "6gkzwgjzn"),
        ((0.0, 0.0), "s00000000"),
        ((90.0, 180.0), "zzzzzzzzz"),
        ((-90.0, -180.0), "000000000"),
    ],
)
def test_geohashes_are_those_of_everybody(point: tuple[float, float], expected: str) -> None:
    assert geohash(*point) == expected


SCHEMA: Final = {
    "type": "object",
    "required": ["type", "geocoding", "features"],
    "properties": {
        "type": {"const": "FeatureCollection"},
        "geocoding": {
            "type": "object",
            "required": ["version"],
            "properties": {
                "version": {"type": "string", "pattern": r"^\d+\.\d+\.\d+$"},
                "licence": {"type": ["string", "object", "null"], "additionalProperties": {"type": "string"}},
                "attribution": {"type": ["string", "object", "null"], "additionalProperties": {"type": "string"}},
                "query": {"type": ["string", "null"]},
            },
        },
        "features": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["type", "properties", "geometry"],
                "properties": {
                    "type": {"const": "Feature"},
                    "properties": {
                        "type": "object",
                        "required": ["geocoding"],
                        "properties": {
                            "geocoding": {
                                "type": "object",
                                "required": ["type"],
                                "properties": {
                                    "type": {"type": "string"},
                                    **{
                                        name: {"type": ["string", "null"]}
                                        for name in (
                                            "label", "name", "housenumber", "street", "postcode", "city", "district",
                                            "county", "state", "country", "geohash",
                                        )
                                    },
                                    "accuracy": {"type": "number", "minimum": 0},
                                    "admin": {
                                        "type": "object",
                                        "patternProperties": {r"^level\d+$": {"type": "string"}},
                                        "additionalProperties": False,
                                    },
                                },
                            }
                        },
                    },
                    "geometry": {
                        "type": "object",
                        "required": ["type", "coordinates"],
                        "properties": {
                            "type": {"const": "Point"},
                            "coordinates": {"type": "array", "items": {"type": "number"}, "minItems": 2, "maxItems": 2},
                        },
                    },
                },
            },
        },
    },
}  # fmt: skip
"""The draft, as a schema: https://github.com/geocoders/geocodejson-spec, draft/README.md."""


def test_answers_hold_to_the_draft() -> None:
    jsonschema = pytest.importorskip("jsonschema")
    kinds: tuple[Kind, ...] = ("country", "region", "city", "town", "village", "locality", "postal_code")
    places: list[Place] = [found(kind=kind, admin1=None, admin2=None, id=None) for kind in kinds]
    answer = json.loads(json.dumps(asdict(collection(places, "x", ABOUT))))
    jsonschema.validate(answer, SCHEMA)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({**answer, "geocoding": {}}, SCHEMA)
